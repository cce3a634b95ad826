"""One screen: phases, verdicts and sign-offs, how fresh it all is, and all that is left to do.

Holds reading and rendering; nothing is judged here, but by cutover/gate.py and the states.
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass

import click
from rich import box
from rich.console import Console
from rich.table import Table

from moonlanding_assets.console.completing import task_lines
from moonlanding_assets.console.results import FractionResult
from moonlanding_assets.console.standing import lines
from moonlanding_assets.cutover.completion.phase_lines import (
    OPEN,
    UNDER_WAY,
    PhaseLine,
    phase_lines,
)
from moonlanding_assets.cutover.completion.to_do import Task, left_to_do
from moonlanding_assets.cutover.failing import last_failure
from moonlanding_assets.cutover.freshness import OLD_AFTER, Freshness, freshness
from moonlanding_assets.cutover.gate import evidence_missing, look_at
from moonlanding_assets.cutover.live_phases import LIVE_PHASES
from moonlanding_assets.cutover.phases import PHASES, Phase
from moonlanding_assets.cutover.receipt import PASSED, read_receipt
from moonlanding_assets.cutover.signoff import valid_signature
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.parallel.state.control import Control
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
    """Everything on the one screen. live: 3.8 to 3.10; left_to_do: empty at the end of all."""

    phases: tuple[PhaseStatus, ...]
    live: tuple[PhaseLine, ...]
    snapshots: tuple[Freshness, ...]
    left_to_do: tuple[Task, ...]

    @property
    def next_step(self) -> str:
        """The first command of what is left; "" when nothing is."""
        return self.left_to_do[0].command if self.left_to_do else ""

    @property
    def is_pass(self) -> bool:
        """Whether every phase that was run passed for the data as they are."""
        return all(one.verdict in ("", PASSED) for one in self.phases)


def read_status(layout: Layout) -> Status:
    """What there is now."""
    row = Control(layout.control).row() if layout.control.exists() else None
    is_followed = row is not None and row.state != "S0"
    phases = tuple(_phase(layout, phase, is_followed=is_followed) for phase in PHASES)
    live = {one.number for one in LIVE_PHASES}
    return Status(
        phases=phases,
        live=tuple(one for one in phase_lines(layout) if one.number in live),
        snapshots=freshness(layout),
        left_to_do=left_to_do(layout),
    )


def print_status(console: Console, status: Status) -> None:
    """The screen."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left")
    for name in ("phase", "", "of", "verdict", "checks", "evidence", "when", "signed by", "gate"):
        table.add_column(name, no_wrap=name in ("phase", "of", "verdict"))
    for one in status.phases:
        table.add_row(
            one.phase, one.title, one.fraction, _verdict(one.verdict or "not run"), one.checks,
            one.evidence[:8], one.at[:16].replace("T", " "), one.signed_by or "-", one.gate,
        )  # fmt: skip
    for live in status.live:
        table.add_row(
            live.number, live.title, "both", _verdict(live.verdict), "", live.evidence[:8],
            live.at[:16].replace("T", " "), live.signed_by or "-", live.said,
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
    _print_left(console, status)


def _print_left(console: Console, status: Status) -> None:
    """All that is left to do, and the first of it once more."""
    console.print()
    for line in task_lines(status.left_to_do):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    for first in status.left_to_do[:1]:
        console.print(f"\nnext: [bold]{first.command}[/]  ({first.what})", highlight=False)


def _verdict(word: str) -> str:
    style = {"PASS": "green", "not run": "dim", OPEN: "dim", UNDER_WAY: "yellow"}
    return f"[{style.get(word, 'bold red')}]{word}[/]"


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

    parallel: how parallel operation stands, once it has begun.
    """
    if as_json:
        content = {
            **dataclasses.asdict(status),
            "next_step": status.next_step,
            "fractions": [dataclasses.asdict(result) for result in results],
            "parallel": None if parallel is None else parallel.as_json(),
        }
        click.echo(json.dumps(content, indent=2))
        return
    wide = Console()
    print_status(wide if wide.is_terminal else Console(width=140), status)
    if parallel is not None:
        click.echo("\n".join(["", *lines(parallel)]))


def _phase(layout: Layout, phase: Phase, *, is_followed: bool) -> PhaseStatus:
    """is_followed: the database moves on with the old systems; what was judged is as recorded."""
    receipt = read_receipt(layout, phase.number)
    gate = look_at(layout, phase)
    missing = () if receipt is None or is_followed else evidence_missing(layout, phase)
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
