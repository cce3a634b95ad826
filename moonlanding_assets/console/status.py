"""One screen: the phases, their verdicts and sign-offs, how fresh it all is, and the next step.

Holds reading and rendering; nothing is judged here but by cutover/gate.py.
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass

import click
from rich import box
from rich.console import Console
from rich.table import Table

from moonlanding_assets.console.results import FractionResult
from moonlanding_assets.console.standing import lines
from moonlanding_assets.cutover.failing import last_failure
from moonlanding_assets.cutover.freshness import OLD_AFTER, Freshness, freshness
from moonlanding_assets.cutover.gate import Gate, evidence_missing, look_at
from moonlanding_assets.cutover.phases import PHASES, Phase
from moonlanding_assets.cutover.receipt import PASSED, read_receipt
from moonlanding_assets.cutover.signoff import valid_signature
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.parallel.state.standing import Standing
from moonlanding_assets.settings import Layout


@dataclass(frozen=True, kw_only=True)
class PhaseStatus:
    """One phase now. `verdict`: PASS, FAIL, STALE (of other data than these) or "" (not run)."""

    phase: str
    title: str
    fraction: str
    verdict: str
    checks: str
    evidence: str
    at: str
    signed_by: str
    gate: str
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Status:
    """Everything on the one screen. `next_step` is a command."""

    phases: tuple[PhaseStatus, ...]
    snapshots: tuple[Freshness, ...]
    next_step: str
    because: str

    @property
    def is_pass(self) -> bool:
        """Whether every phase that was run passed for the data as they are."""
        return all(one.verdict in ("", PASSED) for one in self.phases)


def read_status(layout: Layout) -> Status:
    """What there is now."""
    phases = tuple(_phase(layout, phase) for phase in PHASES)
    next_step, because = _next(layout, phases)
    return Status(phases=phases, snapshots=freshness(layout), next_step=next_step, because=because)


def print_status(console: Console, status: Status) -> None:
    """The screen."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left")
    for name in ("phase", "", "of", "verdict", "checks", "evidence", "when", "signed by", "gate"):
        table.add_column(name, no_wrap=name in ("phase", "of", "verdict"))
    for one in status.phases:
        style = {"PASS": "green", "": "dim"}.get(one.verdict, "bold red")
        verdict = f"[{style}]{one.verdict or 'not run'}[/]"
        table.add_row(
            one.phase, one.title, one.fraction, verdict, one.checks, one.evidence[:8],
            one.at[:16].replace("T", " "), one.signed_by or "-", one.gate,
        )  # fmt: skip
    console.print(table)
    console.print()
    for fresh in status.snapshots:
        warning = f" [bold yellow]older than {OLD_AFTER.days} days[/]" if fresh.is_old else ""
        console.print(
            f"snapshot of {fresh.system}: {fresh.documents:,} documents, {fresh.taken_at[:19]}, "
            f"{_ago(fresh.age_days)}{warning}",
            highlight=False,
        )
    for one in status.phases:
        for reason in one.why:
            console.print(f"phase {one.phase}: {reason}", highlight=False, soft_wrap=True)
    console.print(f"\nnext: [bold]{status.next_step}[/]  ({status.because})", highlight=False)


def _ago(days: float) -> str:
    if days < 0:
        return "[bold yellow]which is still to come: is the clock of this computer right?[/]"
    return f"{days:,.1f} days ago"


def show_status(
    status: Status,
    results: Sequence[FractionResult],
    *,
    as_json: bool,
    parallel: Standing | None = None,
) -> None:
    """Print the screen, or JSON with the checks of each database as well.

    parallel: how parallel operation stands, once it has begun; the next step is its then.
    """
    if parallel is not None:
        command, because = parallel.next_step
        status = dataclasses.replace(status, next_step=command, because=because)
    if as_json:
        content = {
            **dataclasses.asdict(status),
            "fractions": [dataclasses.asdict(result) for result in results],
            "parallel": None if parallel is None else parallel.as_json(),
        }
        click.echo(json.dumps(content, indent=2))
        return
    wide = Console()
    print_status(wide if wide.is_terminal else Console(width=140), status)
    if parallel is not None:
        click.echo("\n".join(["", *lines(parallel)]))


def _phase(layout: Layout, phase: Phase) -> PhaseStatus:
    receipt = read_receipt(layout, phase.number)
    gate = look_at(layout, phase)
    missing = () if receipt is None else evidence_missing(layout, phase)
    verdict = "" if receipt is None else receipt.verdict
    if verdict == PASSED and missing:
        verdict = "STALE"
    checks = {} if receipt is None else receipt.checks
    passed = sum(one == PASSED for one in checks.values())
    return PhaseStatus(
        phase=phase.number,
        title=phase.title,
        fraction=phase.fraction,
        verdict=verdict,
        checks=f"{passed}/{len(checks)}" if checks else "",
        evidence="" if receipt is None else receipt.evidence,
        at="" if receipt is None else receipt.made_at,
        signed_by=_signed_by(layout, phase.number, "" if receipt is None else receipt.evidence),
        gate="open" if gate.is_open else "shut",
        why=(*(one.what for one in missing), *_failed(layout, phase)),
    )


def _failed(layout: Layout, phase: Phase) -> tuple[str, ...]:
    """What its last run failed of, in a line."""
    failure = last_failure(layout, phase)
    if failure is None:
        return ()
    step = f"{failure['step']} {failure['title']}".strip()
    report = layout.phase(phase.number) / "report.html"
    return (f"its last run failed at {step} ({failure['kind']}): {report}",)


def _signed_by(layout: Layout, phase: str, evidence: str) -> str:
    try:
        signature = valid_signature(layout, phase=phase, evidence=evidence)
    except SignOffRefused:
        return "the log was changed"
    return "" if signature is None else signature.by


def _next(layout: Layout, phases: tuple[PhaseStatus, ...]) -> tuple[str, str]:
    """The first command that brings the migration on, and why."""
    for phase, status in zip(PHASES, phases, strict=True):
        if status.verdict == PASSED:
            continue
        gate: Gate = look_at(layout, phase)
        if not gate.is_open:
            first = gate.missing[0]
            return first.command, first.what
        if status.verdict == "":
            return f"moonlanding run {phase.number}", f"{phase.title.lower()}, its gate is open"
        return f"moonlanding run {phase.number}", f"it is {status.verdict}"
    return "moonlanding ui", "every phase has passed for these data"
