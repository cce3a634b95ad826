"""Phases as they leave their evidence, made by hand: snapshots, a database, reports, a receipt.

Holds no assertion. Nothing is migrated: gates read what was recorded, so that is what is made.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from moonlanding_assets.cutover.gate import snapshot_digests
from moonlanding_assets.cutover.phases import BY_NUMBER, CHECKS, Phase
from moonlanding_assets.cutover.receipt import Receipt, write_receipt
from moonlanding_assets.cutover.recorded import recorded_of
from moonlanding_assets.load.before import take_before
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.pipeline.reports import keep
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.collection_file import file_sha256
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import Finding, TableResult, Verdict
from moonlanding_assets_tests.snapshots import build

ROOTS = {"friday": "friday/users/list/u1", "mwr": "myworkreview/users/list/m1"}


def with_snapshots(data: Path, *, project: str = "firm", name: str = "one") -> Layout:
    """A data directory with three snapshots, of exports of `project`; `name` is their content."""
    layout = Layout(data=data)
    for system in SYSTEMS:
        documents = {ROOTS[system]: {"name": {"stringValue": name}}}
        build(data / "snapshot", system, documents, project=f"{project}-{system}")
    if not layout.snapshot("moonlanding").exists():
        take_before(layout.snapshot("moonlanding"), database=layout.database("100%"))
    return layout


def with_database(layout: Layout, fraction: str, *names: str) -> Path:
    """A small database with one client a name."""
    database = layout.database(fraction)
    database.parent.mkdir(parents=True, exist_ok=True)
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE client (id TEXT PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO client VALUES (?, ?)", [(one, one) for one in names])
    return database


def with_reports(
    layout: Layout, fraction: str, verdicts: Mapping[str, Verdict] | None = None, seconds: float = 1
) -> None:
    """The eleven reports about the database as it is; PASS where nothing else is said."""
    evidence = Evidence(layout, fraction)
    for name, title in CHECKS.items():
        verdict = (verdicts or {}).get(name, Verdict.PASS)
        is_bad = verdict is Verdict.FAIL
        found = (Finding(table="client", kind="row_lost", row_id="c1"),) if is_bad else ()
        result = TableResult(
            table="client", compared=3, evidence_in_snapshot=3, finding_count=len(found),
            findings=found,
        )  # fmt: skip
        report = Report(
            name=name, title=title, fraction=fraction, verdict=verdict, tables=(result,),
            seconds=seconds, snapshot_digests=dict(evidence.snapshot_digests),
            database_digest=evidence.database_digest,
        )  # fmt: skip
        keep(report, layout)


def receipt_of(layout: Layout, phase: Phase, **changed: object) -> Receipt:
    """What the phase's receipt says when everything passed, but for `changed`."""
    database = layout.database(phase.fraction)
    checks = recorded_of(layout, phase)
    fields = {
        "phase": phase.number, "fraction": phase.fraction, "verdict": "PASS",
        "snapshots": snapshot_digests(layout), "database_sha256": file_sha256(database),
        "logical_digest": logical_digest(database),
        "reports": {one.name: one.digest for one in checks},
        "checks": {one.name: one.verdict for one in checks},
        "backups": ("backup-1",), "rollback_seconds": 0.1, "rests_on": {}, "signature": "",
        "made_at": "2026-02-05T12:00:00.000+00:00",
    }  # fmt: skip
    return Receipt(**{**fields, **changed})  # type: ignore[arg-type]


def passed(layout: Layout, number: str) -> Receipt:
    """A phase that has passed: database, reports and receipt."""
    phase = BY_NUMBER[number]
    with_database(layout, phase.fraction, "a", "b")
    with_reports(layout, phase.fraction)
    receipt = receipt_of(layout, phase)
    write_receipt(layout, receipt)
    return receipt
