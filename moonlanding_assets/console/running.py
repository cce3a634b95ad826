"""Phases run from the command line: which, in which order, where they stop, and the way out.

Holds no parsing and no rendering; whether a phase may begin is decided in cutover/gate.py.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.console.failures import StoppedError
from moonlanding_assets.console.results import FractionResult, read_result
from moonlanding_assets.console.work import Session, require_snapshots
from moonlanding_assets.cutover.approval import approve_demo
from moonlanding_assets.cutover.failing import last_failure
from moonlanding_assets.cutover.gate import evidence_missing, require_open
from moonlanding_assets.cutover.page import keep_page
from moonlanding_assets.cutover.phases import BY_NUMBER, NUMBERS, Phase
from moonlanding_assets.cutover.receipt import PASSED, read_receipt
from moonlanding_assets.cutover.signoff import Signature
from moonlanding_assets.errors import StageError
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.pipeline.p5_phases import report_signature
from moonlanding_assets.settings import Layout, Settings

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class PhaseResult:
    """What one phase came to; `failed` names the checks that did not pass.

    failure: step, evidence and ways out of a run that failed, as its report has them.
    """

    phase: str
    title: str
    fraction: str
    verdict: str
    evidence: str
    report: str
    failed: tuple[str, ...] = ()
    failure: Mapping[str, Any] | None = None

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
    if signature.phase in BY_NUMBER:  # a signature is on the page of its phase
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
        failure=last_failure(layout, phase),
    )


def _run(work: Session, phase: Phase, *, plan: str) -> PhaseResult:
    layout = work.settings.layout
    name = f"{phase.number}: {phase.fraction if phase.is_writing else phase.title}"
    before = read_receipt(layout, phase.number)
    failed_before = last_failure(layout, phase)
    try:
        outcome = work.run(phase.job, name, plan=plan)
    except StoppedError as error:
        said = f"{error.failure.message}\n{way_out(layout, phase, failed_before)}"
        raise StoppedError(dataclasses.replace(error.failure, message=said)) from error
    result = phase_result(layout, phase)
    if result is None or read_receipt(layout, phase.number) == before:
        said = way_out(layout, phase, failed_before)
        raise StageError(f"phase {phase.number} left no receipt; {said}")
    if result.is_pass and not outcome.is_success:
        raise StageError(
            f"phase {phase.number}: the run {outcome.run_id} ended red though its receipt passes: "
            "look at it in the UI (`moonlanding ui`)"
        )
    return result


def way_out(layout: Layout, phase: Phase, failed_before: Mapping[str, Any] | None) -> str:
    """What a person can do after a phase stopped: look, go back, fix, try again.

    failed_before: the failure that the phase's report named before this run.
    """
    failure = last_failure(layout, phase)
    where, report = f"phase {phase.number} stopped", ""
    if failure is not None and failure != failed_before:
        step = f"step {failure['step']}, {failure['title']}"
        where += f" at {step if failure['step'] else failure['title'].lower()}"
        report = f"Its report: {layout.phase(phase.number) / 'report.html'}. "
    return (
        f"{where}. {report}What it did: {layout.phase(phase.number) / 'log'}. "
        f"To go back: {phase.undo}. To try again after a fix: `moonlanding run {phase.number}`. "
        "More: docs/runbook.md"
    )
