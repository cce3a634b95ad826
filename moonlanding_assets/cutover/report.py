"""The report of a phase as data: what ran, what became of what, verdicts, times, pictures.

Built from recorded verdicts, the ledger in the database and the phase's log; nothing is compared
again. Holds counts, digests, names of tables and checks, and coordinates: no text of a document.
"""

import datetime
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.cutover.drawing import Drawing, sampled_drawings
from moonlanding_assets.cutover.exercise import Exercise
from moonlanding_assets.cutover.phase_log import Times, read_times
from moonlanding_assets.cutover.phases import Phase
from moonlanding_assets.cutover.receipt import Receipt
from moonlanding_assets.cutover.recorded import Recorded
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.load.opening import reading
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.snapshot import Snapshot

SCHEMA_VERSION = 2
READABLE = (1, 2)  # version 1 had no `failure`
JSON_FILE, HTML_FILE = "report.json", "report.html"
EXPECTED_DEDUP = (0.10, 0.15)  # of all people, known in both systems: a finding, not a proof
_USERS = """
SELECT count(*), count(*) FILTER (WHERE outcome = 'loaded') FROM migration_documents
WHERE collection IN ('friday/users', 'mwr/users')"""
_MERGES = """
SELECT count(*) FILTER (WHERE friday AND mwr), coalesce(sum(review), 0)
FROM (SELECT max(path LIKE 'friday/%') AS friday, max(path LIKE 'myworkreview/%') AS mwr,
             max(needs_review) AS review
      FROM migration_user_merges WHERE field = '' GROUP BY user_id)"""


@dataclass(frozen=True, kw_only=True)
class PhaseReport:
    """Everything about one phase. The names are the JSON's; report_schema.py says what each is."""

    schema_version: int
    phase: str
    title: str
    fraction: str
    verdict: str
    criterion: str
    undo: str
    too_late: str
    made_at: str
    run_id: str
    gate: dict[str, str]
    steps: list[dict[str, Any]]
    source: dict[str, dict[str, Any]]
    outcomes: dict[str, dict[str, int]]
    rows: dict[str, int]
    checks: list[dict[str, Any]]
    times: dict[str, dict[str, float]]
    throughput: dict[str, float]
    dedup: dict[str, Any]
    quarantine: dict[str, int]
    rollback: dict[str, Any] | None
    backups: list[str]
    database: dict[str, Any]
    drawings: list[Drawing]
    evidence: str
    failure: dict[str, Any] | None = None

    def to_json(self) -> bytes:
        """The report as indented JSON."""
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(asdict(self), option=options)


def build_report(
    layout: Layout,
    phase: Phase,
    *,
    receipt: Receipt,
    checks: tuple[Recorded, ...],
    exercise: Exercise | None,
    steps: list[dict[str, Any]],
) -> PhaseReport:
    """The report that goes with a receipt."""
    database = layout.database(phase.fraction)
    times = read_times(layout.phase(phase.number))
    signed = {"signature": receipt.signature} if receipt.signature else {}
    with reading(database) as connection:
        outcomes = _outcomes(connection)
        documents = sum(sum(one.values()) for one in outcomes.values())
        return PhaseReport(
            **declared(phase),
            **_counted(connection),
            verdict=receipt.verdict,
            made_at=receipt.made_at,
            run_id="" if times is None else times.run_id,
            gate={**receipt.rests_on, **signed},
            steps=steps,
            source=_source(layout, outcomes),
            outcomes=outcomes,
            checks=[check_content(one) for one in checks],
            times=times_of(times),
            throughput=throughput_of(times, documents),
            rollback=None if exercise is None else _rollback(exercise),
            backups=list(receipt.backups),
            database=_database(layout, database, receipt),
            evidence=receipt.evidence,
        )


def declared(phase: Phase) -> dict[str, Any]:
    """What a report repeats of the phase's declaration."""
    return {
        "schema_version": SCHEMA_VERSION,
        "phase": phase.number,
        "title": phase.title,
        "fraction": phase.fraction,
        "criterion": phase.criterion,
        "undo": phase.undo,
        "too_late": phase.too_late,
    }


def _counted(connection: sqlite3.Connection) -> dict[str, Any]:
    return {
        "rows": _rows(connection),
        "dedup": _dedup(connection),
        "quarantine": _quarantine(connection),
        "drawings": sampled_drawings(connection),
    }


def keep_report(layout: Layout, report: PhaseReport) -> Path:
    """Write report.json in the place of an older one; where it is."""
    return put_in_place(layout.phase(report.phase) / JSON_FILE, report.to_json())


def read_report(layout: Layout, phase: str) -> dict[str, Any] | None:
    """The phase's report as JSON; None when there is none of a version that is known."""
    try:
        content = orjson.loads((layout.phase(phase) / JSON_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    is_ours = isinstance(content, dict) and content.get("schema_version") in READABLE
    return {"failure": None, **content} if is_ours else None


def now() -> str:
    """This moment, UTC, to the millisecond."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _outcomes(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    rows = connection.execute(
        "SELECT collection, outcome, count(*) FROM migration_documents GROUP BY 1, 2 ORDER BY 1, 2"
    )
    for collection, outcome, count in rows:
        found.setdefault(str(collection), {})[str(outcome)] = int(count)
    return found


def _source(layout: Layout, outcomes: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, Any]]:
    source = {}
    for system in SYSTEMS:
        manifest = Snapshot.open(layout.snapshot(system)).manifest
        taken = (one for key, one in outcomes.items() if key.startswith(f"{system}/"))
        source[system] = {
            "documents_in_snapshot": manifest.documents,
            "documents_in_fraction": sum(sum(one.values()) for one in taken),
            "snapshot_time": manifest.snapshot_time,
            "snapshot_digest": manifest.digest,
        }
    return source


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    counts = {}
    for name in TABLE:
        (count,) = connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()
        if count:
            counts[name] = int(count)
    return counts


def check_content(one: Recorded) -> dict[str, Any]:
    """A check as reports have it."""
    return {**asdict(one), "kinds": dict(one.kinds), "seconds": round(one.seconds, 3)}


def times_of(times: Times | None) -> dict[str, dict[str, float]]:
    """Seconds and documents by stage."""
    if times is None:
        return {}
    return {
        name: {"seconds": round(one.seconds, 3), "documents": one.documents}
        for name, one in times.stages.items()
    }


def throughput_of(times: Times | None, documents: int) -> dict[str, float]:
    """Documents by the time of all stages."""
    seconds = 0.0 if times is None else sum(one.seconds for one in times.stages.values())
    rate = documents / seconds if seconds else 0.0
    return {
        "documents": documents,
        "seconds": round(seconds, 3),
        "documents_a_second": round(rate, 1),
    }


def _dedup(connection: sqlite3.Connection) -> dict[str, Any]:
    documents, people = connection.execute(_USERS).fetchone()
    both, review = connection.execute(_MERGES).fetchone()
    return {
        "user_documents": documents,
        "people": people,
        "in_both_systems": both,
        "share": round(both / people, 4) if people else 0.0,
        "expected_from": EXPECTED_DEDUP[0],
        "expected_to": EXPECTED_DEDUP[1],
        "for_review": review,
    }


def _quarantine(connection: sqlite3.Connection) -> dict[str, int]:
    rows = connection.execute(
        "SELECT reason, count(*) FROM migration_quarantine GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return dict(rows.fetchall())


def _rollback(exercise: Exercise) -> dict[str, Any]:
    return {**asdict(exercise), "rollback_seconds": exercise.rollback_seconds}


def _database(layout: Layout, database: Path, receipt: Receipt) -> dict[str, Any]:
    return {
        "path": str(database.relative_to(layout.data)),
        "bytes": database.stat().st_size,
        "sha256": receipt.database_sha256,
        "logical_digest": receipt.logical_digest,
    }
