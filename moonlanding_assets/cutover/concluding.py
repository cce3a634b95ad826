"""The end of a phase: its verdict, its receipt and its reports, from what was recorded.

Holds the order of these; the gate is asked again before anything is written, so that a phase that
was begun by hand ends nowhere.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from moonlanding_assets.cutover.exercise import Exercise, Tell, exercise, in_silence
from moonlanding_assets.cutover.gate import Gate, require_open, snapshot_digests
from moonlanding_assets.cutover.page import keep_page
from moonlanding_assets.cutover.phases import Phase
from moonlanding_assets.cutover.receipt import (
    FAILED,
    PASSED,
    Receipt,
    read_receipt,
    write_receipt,
)
from moonlanding_assets.cutover.recorded import Recorded, recorded_of
from moonlanding_assets.cutover.report import PhaseReport, build_report, keep_report, now
from moonlanding_assets.cutover.steps import step_states
from moonlanding_assets.load.backup_manifest import find_backups
from moonlanding_assets.load.known_digest import known_digest
from moonlanding_assets.load.passing import passing
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.collection_file import file_sha256


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """How a phase ended, and where its reports are."""

    receipt: Receipt
    report: PhaseReport
    json_file: Path
    html_file: Path


def conclude_phase(
    layout: Layout, phase: Phase, *, again: Callable[[], object], tell: Tell = in_silence
) -> Conclusion:
    """Exercise rollback if the phase does, then write receipt and reports.

    `again` migrates the fraction a second time. Raises GateClosed when the phase may not run,
    RollbackFailed when going back did not work; the receipt of an earlier run is void then.
    """
    gate = require_open(layout, phase)
    checks = recorded_of(layout, phase)
    is_good = all(one.is_pass for one in checks)
    done = None
    if phase.is_exercising and is_good:
        done = exercise(layout, phase, again=again, tell=tell)
        checks = recorded_of(layout, phase)  # the same file again: the same verdicts
        is_good = all(one.is_pass for one in checks)
    receipt = _receipt(layout, phase, gate=gate, checks=checks, done=done, is_good=is_good)
    return _kept(layout, phase, receipt=receipt, checks=checks, done=done, tell=tell)


def conclude_failed(layout: Layout, phase: Phase) -> Conclusion:
    """Receipt and reports of a phase that a check ended: they say FAIL, and why.

    Raises GateClosed, BrokenDatabase or SnapshotError when there is nothing to report on.
    """
    gate = require_open(layout, phase)
    checks = recorded_of(layout, phase)
    receipt = _receipt(layout, phase, gate=gate, checks=checks, done=None, is_good=False)
    return _kept(layout, phase, receipt=receipt, checks=checks, done=None, tell=in_silence)


def _kept(
    layout: Layout,
    phase: Phase,
    *,
    receipt: Receipt,
    checks: tuple[Recorded, ...],
    done: Exercise | None,
    tell: Tell,
) -> Conclusion:
    tell("receipt")
    passing("conclude: receipt")
    write_receipt(layout, receipt)
    tell("report")
    passing("conclude: report")
    report = build_report(
        layout,
        phase,
        receipt=receipt,
        checks=checks,
        exercise=done,
        steps=[asdict(one) for one in step_states(layout, phase)],
    )
    json_file = keep_report(layout, report)
    return Conclusion(
        receipt=receipt,
        report=report,
        json_file=json_file,
        html_file=keep_page(layout, phase.number),
    )


def _receipt(
    layout: Layout,
    phase: Phase,
    *,
    gate: Gate,
    checks: tuple[Recorded, ...],
    done: Exercise | None,
    is_good: bool,
) -> Receipt:
    database = layout.database(phase.fraction)
    backups = _newest_backups(layout, phase)
    before = read_receipt(layout, phase.requires) if phase.requires else None
    sha256 = file_sha256(database)
    return Receipt(
        phase=phase.number,
        fraction=phase.fraction,
        verdict=PASSED if is_good and backups else FAILED,
        snapshots=snapshot_digests(layout),
        database_sha256=sha256,
        logical_digest=_content(database, sha256, before),
        reports={one.name: one.digest for one in checks},
        checks={one.name: one.verdict for one in checks},
        backups=backups,
        rollback_seconds=None if done is None else done.rollback_seconds,
        rests_on={} if before is None else {before.phase: before.evidence},
        signature="" if gate.signature is None else gate.signature.hash,
        made_at=now(),
    )


def _content(database: Path, sha256: str, before: Receipt | None) -> str:
    """The logical digest; of the very file of the phase before, as its receipt has it."""
    if before is not None and before.database_sha256 == sha256:
        return before.logical_digest
    return known_digest(database)


def _newest_backups(layout: Layout, phase: Phase) -> tuple[str, ...]:
    """The last backup before this phase of each database that it backs up."""
    wanted = {str(layout.database(one).relative_to(layout.data)) for one in phase.backs_up}
    newest: dict[str, str] = {}
    for backup in find_backups(layout):
        if backup.manifest.phase == phase.number and backup.manifest.source in wanted:
            newest[backup.manifest.source] = backup.name
    return tuple(newest.values())
