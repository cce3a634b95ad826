"""What there is now: read from the published databases and the reports, not from memory.

Holds no rendering. A report that does not judge the very bytes of the database is stale, and a
missing one is missing: neither is a pass.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from moonlanding_assets.cutover.phases import VERIFICATION
from moonlanding_assets.cutover.recorded import Recorded, recorded_checks, recorded_twelve
from moonlanding_assets.load.opening import reading
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.validate.before import TARGET, Before
from moonlanding_assets.validate.validator import Verdict


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

    `documents`: read, by collection; `outcomes`: documents by outcome; `rows`: that the migration
    wrote, by table; `already_there`: rows that the target had before, by table.
    """

    fraction: str
    database: str
    size_bytes: int
    documents: Mapping[str, int]
    outcomes: Mapping[str, int]
    rows: Mapping[str, int]
    already_there: Mapping[str, int]
    checks: tuple[CheckResult, ...]
    verification: tuple[CheckResult, ...] = ()  # the twelve; empty when nobody asked them

    @property
    def is_pass(self) -> bool:
        """Whether every check passed."""
        return all(check.is_pass for check in self.checks)


def read_result(layout: Layout, fraction: str) -> FractionResult | None:
    """The fraction's result, None when there is none yet. Raises sqlite3.DatabaseError."""
    database = layout.database(fraction)
    if not database.is_file():
        return None
    with reading(database) as connection:
        if not _is_result(connection):
            return None
        before = _already_there(layout, connection)
        return FractionResult(
            fraction=fraction,
            database=str(database),
            size_bytes=database.stat().st_size,
            documents=_counts(connection, "collection"),
            outcomes=_counts(connection, "outcome"),
            rows={name: n - before.get(name, 0) for name, n in _rows(connection).items()},
            already_there=before,
            checks=tuple(map(_check, recorded_checks(layout, fraction))),
            verification=_verification(layout, fraction),
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


def _is_result(connection: sqlite3.Connection) -> bool:
    """Whether a migration wrote the database; data/app.db may be production's own."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migration_documents'")
    return known.fetchone() is not None


def _already_there(layout: Layout, connection: sqlite3.Connection) -> dict[str, int]:
    """Rows of the target by table, as the snapshot counted them; none beside another one."""
    manifest = Before(layout.snapshot(TARGET)).manifest
    made_from = connection.execute(
        "SELECT value FROM migration_run WHERE key = 'target_digest'"
    ).fetchone()
    return dict(manifest["rows"]) if made_from == (manifest["digest"],) else {}


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    counted = {}
    for name in TABLE:
        (counted[name],) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()
    return counted


def _verification(layout: Layout, fraction: str) -> tuple[CheckResult, ...]:
    if not layout.report(fraction, VERIFICATION).is_file():
        return ()
    return tuple(map(_check, recorded_twelve(layout, fraction)))


def _check(one: Recorded) -> CheckResult:
    findings = f", {one.findings:,} findings" if one.findings else ""
    return CheckResult(
        name=one.name,
        title=one.title,
        verdict=one.verdict,
        said=f"{one.compared:,} compared{findings}" if one.digest else "",
        report=one.file,
    )
