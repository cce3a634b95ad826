"""The final report as data: every phase from 3.4 to 3.10, the switch, the soak, the archive.

Read from what each of them recorded; nothing is measured or judged again. Holds counts, digests,
times, names of those who signed: no text of a document, no reason that a person typed.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from moonlanding_assets.cutover.archive.credentials import credentials_of
from moonlanding_assets.cutover.archive.file import LEDGER, Archive, find_archives
from moonlanding_assets.cutover.archive.restoring import read_restoration
from moonlanding_assets.cutover.archive.sealing import read_seal
from moonlanding_assets.cutover.completion.phase_lines import (
    OPEN,
    STALE,
    PhaseLine,
    approved_on,
    phase_lines,
)
from moonlanding_assets.cutover.completion.soaked import soak_content
from moonlanding_assets.cutover.completion.to_do import Task, left_to_do
from moonlanding_assets.cutover.phases import PHASES
from moonlanding_assets.cutover.receipt import PASSED
from moonlanding_assets.cutover.report import read_report
from moonlanding_assets.cutover.switch.record import read_records
from moonlanding_assets.load.detaching import has_ledger
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Line
from moonlanding_assets.parallel.state.states import STATE
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.validator import Verdict

SCHEMA_VERSION = 1
_OF_A_SWITCH = (
    "number", "kind", "verdict", "by", "began_at", "ended_at", "from_state", "to_state", "epoch",
    "seconds", "hold_seconds", "figures",
)  # fmt: skip
#: What this report does not show, whatever its verdict.
LIMITS = (
    "Clients that speak straight to Firestore do not pass the gateway: rules and IAM fence them, "
    "and what they did is seen only as documents that differ.",
    "That credentials were revoked is the word of the person named; nothing here can try them.",
    "Critical issues are criteria that were met; what people report by telephone is not counted.",
    "Whoever may write as this user account can forget, or invent, files of evidence.",
)


@dataclass(frozen=True, kw_only=True)
class FinalReport:
    """Everything. The names are the JSON's; schema.py says what each is."""

    schema_version: int
    made_at: str
    verdict: str
    state: str
    epoch: int
    phases: Sequence[PhaseLine]
    documents: Mapping[str, Mapping[str, int]]
    people: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    switches: Sequence[Mapping[str, Any]]
    soak: Mapping[str, Any] | None
    archive: Mapping[str, Any] | None
    credentials: Mapping[str, Any] | None
    ledger: str
    left_to_do: Sequence[Task]
    limits: Sequence[str]

    def to_json(self) -> bytes:
        """The report as indented JSON."""
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(asdict(self), option=options)


def build_final_report(layout: Layout) -> FinalReport:
    """Of everything as it is now; before the end it says what is left to do."""
    history = Control(layout.control).history() if layout.control.exists() else ()
    phases, tasks = phase_lines(layout), left_to_do(layout)
    archive = _archive_of(layout, history)
    return FinalReport(
        schema_version=SCHEMA_VERSION,
        made_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        verdict=_verdict(phases),
        state=history[-1].state if history else "",
        epoch=history[-1].epoch if history else 0,
        phases=phases,
        documents=_outcomes(layout),
        people=_people(layout),
        history=[_change(one) for one in history if one.kind != "step"],
        switches=_switches(layout),
        soak=soak_content(layout) if history else None,
        archive=None if archive is None else _archive(archive),
        credentials=None if archive is None else asdict(credentials_of(archive)),
        ledger=_ledger(layout),
        left_to_do=tasks,
        limits=LIMITS,
    )


def _verdict(phases: Sequence[PhaseLine]) -> str:
    """The worst of all phases; one that is open or under way is OPEN."""
    found = {one.verdict for one in phases}
    if found == {PASSED}:
        return PASSED
    for verdict in (Verdict.FAIL, STALE, Verdict.NO_EVIDENCE):
        if str(verdict) in found:
            return str(verdict)
    return OPEN


def _outcomes(layout: Layout) -> dict[str, dict[str, int]]:
    """Outcome → documents of each fraction, as the reports of the phases counted them."""
    found: dict[str, dict[str, int]] = {}
    for phase in (one for one in PHASES if one.is_writing):
        report = read_report(layout, phase.number)
        counts: dict[str, int] = {}
        for outcomes in ({} if report is None else report["outcomes"]).values():
            for name, count in outcomes.items():
                counts[name] = counts.get(name, 0) + count
        if counts:
            found[phase.fraction] = counts
    return found


def _people(layout: Layout) -> dict[str, Any]:
    report = read_report(layout, "3.6")
    return {} if report is None else dict(report["dedup"])


def _change(one: Line) -> dict[str, Any]:
    return {
        "number": one.number,
        "at": one.at,
        "from": one.from_state,
        "to": one.state,
        "name": STATE[one.state].name,
        "kind": one.kind,
        "epoch": one.epoch,
        "by": one.by,
        "evidence": one.evidence_digest,
    }


def _switches(layout: Layout) -> list[dict[str, Any]]:
    """Every switch, rehearsal and reverse switch, as its own record has it."""
    return [
        {name: getattr(record, name) for name in _OF_A_SWITCH} for record in read_records(layout)
    ]


def _archive_of(layout: Layout, history: Sequence[Line]) -> Archive | None:
    """The archive that S10 was entered with; before that the newest."""
    seal = approved_on(history).get("archive")
    found = find_archives(layout)
    named = [one for one in found if one.manifest.seal == seal]
    return next(iter([*named, *reversed(found)]), None)


def _archive(archive: Archive) -> dict[str, Any]:
    restored, sealed = read_restoration(archive), read_seal(archive)
    manifest = archive.manifest
    return {
        "number": manifest.number,
        "seal": manifest.seal,
        "made_at": manifest.made_at,
        "bytes": archive.file.stat().st_size,
        "documents": {name: one.documents for name, one in manifest.systems.items()},
        "read_at": {name: one.read_at for name, one in manifest.systems.items()},
        "of_this_soak": manifest.is_live and manifest.state in ("S9", "S10"),
        "restored_at": None if restored is None else restored.at,
        "restored_equal": None if restored is None else restored.is_equal,
        "sealed_by": None if sealed is None else sealed.by,
        "sealed_at": None if sealed is None else sealed.at,
        "has_ledger": LEDGER in manifest.members,
    }


def _ledger(layout: Layout) -> str:
    """Where the migration_* tables are."""
    database = layout.database("100%")
    if not database.is_file():
        return "no database"
    return "in app.db" if has_ledger(database) else "detached, in the archive"
