"""Phases run from the command line: which, in which order, where they stop, and the way out.

Holds no parsing and no rendering; whether a phase may begin is decided in cutover/gate.py.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from moonlanding_assets.console.failures import StoppedError
from moonlanding_assets.console.results import FractionResult, read_result
from moonlanding_assets.console.work import Session, require_snapshots
from moonlanding_assets.cutover.approval import approve_demo
from moonlanding_assets.cutover.concluding import conclude_failed
from moonlanding_assets.cutover.gate import evidence_missing, require_open
from moonlanding_assets.cutover.page import keep_page
from moonlanding_assets.cutover.phases import BY_NUMBER, NUMBERS, Phase
from moonlanding_assets.cutover.receipt import PASSED, read_receipt
from moonlanding_assets.cutover.signoff import Signature
from moonlanding_assets.errors import StageError
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.pipeline.p5_phases import report_signature
from moonlanding_assets.settings import Layout, Settings

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class PhaseResult:
    """What one phase came to; `failed` names the checks that did not pass."""

    phase: str
    title: str
    fraction: str
    verdict: str
    evidence: str
    report: str
    failed: tuple[str, ...] = ()

    @property
    def is_pass(self) -> bool:
        """Only PASS is a pass."""
        return self.verdict == PASSED


def chosen_phases(layout: Layout, which: str) -> tuple[Phase, ...]:
    """The phase of this number; of "all", those that have not passed for the data as they are."""
    if which != ALL:
        return (BY_NUMBER[which],)
    numbers = list(NUMBERS)
    while numbers and not evidence_missing(layout, BY_NUMBER[numbers[0]]):
        numbers.pop(0)
    return tuple(BY_NUMBER[number] for number in numbers)


def run_phases(
    work: Session, phases: Sequence[Phase], *, plan: str = "", is_demo: bool = False
) -> tuple[PhaseResult, ...]:
    """Run the phases in turn; one that did not pass is the last one.

    plan: the digest of the only plan that a phase may carry out; "": any. is_demo: sign by itself,
    which invented data allow. Raises GateClosed at a gate that is shut, StoppedError with the way
    out when anything but a check stopped a phase.
    """
    require_snapshots(work.settings)
    results = []
    for phase in phases:
        require_open(work.settings.layout, phase)
        results.append(_run(work, phase, plan=plan))
        if not results[-1].is_pass:
            break
        if is_demo:
            announce(work.settings, approve_demo(work.settings.layout, phase))
    return tuple(results)


def announce(settings: Settings, signature: Signature) -> None:
    """Show a signature in the phase's page and in the UI."""
    keep_page(settings.layout, signature.phase)
    with open_instance(settings) as instance:
        report_signature(instance, signature)


def fraction_results(layout: Layout, phases: Sequence[str]) -> tuple[FractionResult, ...]:
    """The databases that these phases are about, each once."""
    about = dict.fromkeys(BY_NUMBER[number].fraction for number in phases)
    found = (read_result(layout, fraction) for fraction in about)
    return tuple(result for result in found if result is not None)


def phase_result(layout: Layout, phase: Phase) -> PhaseResult | None:
    """What the phase's receipt says; None without one."""
    receipt = read_receipt(layout, phase.number)
    if receipt is None:
        return None
    return PhaseResult(
        phase=phase.number,
        title=phase.title,
        fraction=phase.fraction,
        verdict=receipt.verdict,
        evidence=receipt.evidence,
        report=str(layout.phase(phase.number) / "report.html"),
        failed=tuple(name for name, verdict in receipt.checks.items() if verdict != PASSED),
    )


def _run(work: Session, phase: Phase, *, plan: str) -> PhaseResult:
    layout = work.settings.layout
    name = f"{phase.number}: {phase.fraction if phase.is_writing else phase.title}"
    before = read_receipt(layout, phase.number)
    try:
        outcome = work.run(phase.job, name, plan=plan)
    except StoppedError as error:
        failure = error.failure
        said = f"{failure.message}\n{way_out(layout, phase)}"
        raise StoppedError(dataclasses.replace(failure, message=said)) from error
    if read_receipt(layout, phase.number) == before:  # a check ended it before it was closed
        with Lease(work.settings.layout.migration):
            conclude_failed(layout, phase)
    result = phase_result(layout, phase)
    if result is None:
        raise StageError(f"phase {phase.number} left no receipt; {way_out(layout, phase)}")
    if result.is_pass and not outcome.is_success:
        raise StageError(
            f"phase {phase.number}: the run {outcome.run_id} ended red though its receipt passes: "
            "look at it in the UI (`moonlanding ui`)"
        )
    return result


def way_out(layout: Layout, phase: Phase) -> str:
    """What a person can do after a phase stopped: look, go back, fix, try again."""
    return (
        f"phase {phase.number} stopped. What it did: {layout.phase(phase.number) / 'log'}. "
        f"To go back: {phase.undo}. To try again after a fix: `moonlanding run {phase.number}`. "
        "More: docs/runbook.md"
    )
