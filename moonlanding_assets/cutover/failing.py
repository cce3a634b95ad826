"""A phase that did not pass: which step, on which evidence, and the way out; added to its report.

Holds no reading of Dagster's events: whoever ran the phase says what stopped it. Our own messages
are kept, those of other exceptions are not: they may hold a value of a document.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from moonlanding_assets.cutover.concluding import conclude_failed
from moonlanding_assets.cutover.failing_report import bare_report, write_failure
from moonlanding_assets.cutover.gate import evidence_missing
from moonlanding_assets.cutover.phase_log import LOG
from moonlanding_assets.cutover.phases import BACKUP, DATABASE, REPORT, ROLLBACK, Phase, Step
from moonlanding_assets.cutover.receipt import Receipt, read_receipt
from moonlanding_assets.cutover.recorded import Recorded, recorded_of
from moonlanding_assets.cutover.report import now, read_report
from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.load.backup_manifest import find_backups
from moonlanding_assets.settings import Layout

CHECK = "a check did not pass"
GATE_CLOSED = "GateClosed"
_UNREADABLE = (MoonlandingError, OSError, sqlite3.Error)
_STAGES = {  # stage of the phase's log → what a step rests on; others are named as checks are
    "gate and backup": BACKUP,
    "prove": "every_document_comes_back",
    "balance the ledger": "everything_is_accounted_for",
    "keep the judged file": ROLLBACK,
    "change": ROLLBACK,
    "roll back": ROLLBACK,
    "migrate again": ROLLBACK,
    "publish the judged file": ROLLBACK,
    "receipt": REPORT,
    "report": REPORT,
}


@dataclass(frozen=True, kw_only=True)
class Stop:
    """What ended a run. `asset`: in Dagster; `kind`: the exception's class, "" for a check."""

    asset: str
    kind: str = ""
    said: str = ""
    stage: str = ""
    is_interrupt: bool = False


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The part `failure` of a report; report_schema.py says what each name is."""

    run_id: str
    at: str
    step: str
    title: str
    asset: str
    stage: str
    kind: str
    said: str
    evidence: list[dict[str, str]]
    restore: str
    fix: str
    retry: str
    earlier_counts: bool

    @property
    def place(self) -> str:
        """The step in words."""
        return f"step {self.step}, {self.title}" if self.step else self.title

    @property
    def cause(self) -> str:
        """Kind and message."""
        return f"{self.kind}: {self.said}" if self.said else self.kind


def report_failure(
    layout: Layout, phase: Phase, stop: Stop, *, run_id: str, before: Receipt | None
) -> Failure:
    """Add what stopped the phase to its report; `before` is the receipt as the run found it.

    Where an earlier run passed and still counts for the data as they are, the report stays its
    own. Otherwise it is of the run that failed, as far as that came.
    """
    is_closed = read_receipt(layout, phase.number) != before
    if not is_closed and not stop.kind:
        is_closed = _is_concluded(layout, phase)
    counts = not evidence_missing(layout, phase)
    checks = () if stop.kind else failed_checks(layout, phase)
    step = _step(phase, stop, tuple(one.name for one in checks))
    failure = Failure(
        run_id=run_id,
        at=now(),
        step="" if step is None else step.number,
        title="The gate before the phase" if step is None else step.title,
        asset=stop.asset,
        stage=stop.stage,
        kind=stop.kind or CHECK,
        said=stop.said or ", ".join(f"{one.title}: {one.verdict}" for one in checks),
        evidence=[*_evidence(checks), {"what": "the log", "where": f"phase/{phase.number}/{LOG}"}],
        restore=_restore(layout, phase),
        fix=_fix(phase, stop),
        retry=f"moonlanding run {phase.number}",
        earlier_counts=counts,
    )
    kept = read_report(layout, phase.number) if is_closed or counts else None
    write_failure(layout, kept or bare_report(layout, phase, run_id), asdict(failure))
    return failure


def last_failure(layout: Layout, phase: Phase) -> Mapping[str, Any] | None:
    """The part `failure` of the phase's report; None when its last run did not fail."""
    report = read_report(layout, phase.number)
    return None if report is None else report["failure"]


def _is_concluded(layout: Layout, phase: Phase) -> bool:
    """Receipt and report of a phase that a check ended; False where there is nothing to judge."""
    try:
        conclude_failed(layout, phase)
    except _UNREADABLE:
        return False
    return True


def failed_checks(layout: Layout, phase: Phase) -> tuple[Recorded, ...]:
    """The recorded checks that are no pass for the data as they are; none without data."""
    try:
        return tuple(one for one in recorded_of(layout, phase) if not one.is_pass)
    except _UNREADABLE:
        return ()


def _step(phase: Phase, stop: Stop, checks: tuple[str, ...]) -> Step | None:
    """The step that rests on what failed; None for the gate before the first one."""
    if stop.kind == GATE_CLOSED:
        return None
    stage = stop.stage.removeprefix("validate ")
    wanted = (*checks, _STAGES.get(stage, stage), DATABASE)
    found = (one for what in wanted for one in phase.steps if what in one.rests_on)
    return next(found, phase.steps[0])


def _evidence(checks: tuple[Recorded, ...]) -> list[dict[str, str]]:
    return [
        {"what": f"{one.title}: {one.verdict}, {one.findings:,} findings", "where": one.file}
        for one in checks
        if one.file
    ]


def _restore(layout: Layout, phase: Phase) -> str:
    if not phase.is_writing:
        return phase.undo
    if not any(one.manifest.phase == phase.number for one in find_backups(layout)):
        return "not needed: the run ended before it took a backup, and so before it wrote"
    return f"`moonlanding restore --phase {phase.number}`, if the database is not to stay as it is"


def _fix(phase: Phase, stop: Stop) -> str:
    if not stop.kind:
        return (
            "what the check's own report names: at the source (then `moonlanding snapshot`), in a "
            "declaration (`moonlanding declare --suggest` prints it), or in the code"
        )
    if stop.said:
        return "what the message asks for"
    return f"`moonlanding --debug run {phase.number}` shows where in the program it happened"
