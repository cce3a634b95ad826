"""What there is now: read from the published databases and the reports, not from memory.

Holds no rendering. A report that does not judge the very bytes of the database is stale, and a
missing one is missing: neither is a pass.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.pipeline.reports import PROOFS
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.validate.catalogue import VALIDATORS
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import Verdict

STALE = "STALE"
MISSING = "MISSING"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One check on one fraction. `verdict`: a Verdict, STALE or MISSING; `said`: its figures."""

    name: str
    title: str
    verdict: str
    said: str = ""
    report: str = ""

    @property
    def is_pass(self) -> bool:
        """Only PASS is a pass."""
        return self.verdict == Verdict.PASS


@dataclass(frozen=True, kw_only=True)
class FractionResult:
    """What one fraction's database holds and what was found out about it.

    `documents`: read, by collection; `outcomes`: documents by outcome; `rows`: by table.
    """

    fraction: str
    database: str
    size_bytes: int
    documents: Mapping[str, int]
    outcomes: Mapping[str, int]
    rows: Mapping[str, int]
    checks: tuple[CheckResult, ...]

    @property
    def is_pass(self) -> bool:
        """Whether every check passed."""
        return all(check.is_pass for check in self.checks)


def read_result(layout: Layout, fraction: str) -> FractionResult | None:
    """The fraction's result, None when it has no database. Raises sqlite3.DatabaseError."""
    database = layout.database(fraction)
    if not database.is_file():
        return None
    uri = f"{database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        return FractionResult(
            fraction=fraction,
            database=str(database),
            size_bytes=database.stat().st_size,
            documents=_counts(connection, "collection"),
            outcomes=_counts(connection, "outcome"),
            rows=_rows(connection),
            checks=_checks(layout, fraction),
        )


def read_withheld(layout: Layout) -> dict[str, int]:
    """What the snapshots left out because it is secret: what it was, and how often."""
    withheld: dict[str, int] = {}
    for system in SYSTEMS:
        manifest = Snapshot.open(layout.snapshot(system), with_contents=False).manifest
        found = {f"documents of {key}": n for key, n in manifest.withheld.collections.items()}
        found |= {f"field {name}": n for name, n in manifest.withheld.fields.items()}
        found |= {f"query strings of URLs in {system}": manifest.withheld.url_queries}
        withheld |= {what: count for what, count in found.items() if count}
    return withheld


def _counts(connection: sqlite3.Connection, column: str) -> dict[str, int]:
    statement = f"SELECT {column}, count(*) FROM migration_documents GROUP BY 1 ORDER BY 1"
    return dict(connection.execute(statement).fetchall())


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    counted = {}
    for name in TABLE:
        (counted[name],) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()
    return counted


def _checks(layout: Layout, fraction: str) -> tuple[CheckResult, ...]:
    titles = {validator.name: validator.title for validator in VALIDATORS} | PROOFS
    evidence = Evidence(layout, fraction)
    try:
        return tuple(_check(name, title, layout, evidence) for name, title in titles.items())
    finally:
        evidence.close()


def _check(name: str, title: str, layout: Layout, evidence: Evidence) -> CheckResult:
    file = layout.report(evidence.fraction, name)
    report = _report(file)
    if report is None:
        return CheckResult(name=name, title=title, verdict=MISSING)
    is_current = report.judges(
        database_digest=evidence.database_digest, snapshot_digests=evidence.snapshot_digests
    )
    return CheckResult(
        name=name,
        title=title,
        verdict=report.verdict.value if is_current else STALE,
        said=f"{report.compared:,} compared{_findings(report)}",
        report=str(file),
    )


def _findings(report: Report) -> str:
    return f", {report.finding_count:,} findings" if report.finding_count else ""


def _report(file: Path) -> Report | None:
    try:
        return Report.from_json(file.read_text())
    except (OSError, ValueError, KeyError):
        return None
