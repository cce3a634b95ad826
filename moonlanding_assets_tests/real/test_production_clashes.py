"""A production database that has taken a key in most tables: all quarantined, all of it right.

One row of each table of a finished migration becomes production's own, then it is migrated again.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.load.before import take_before
from moonlanding_assets.progress import Silent
from moonlanding_assets.proof.accounts import check_ledger
from moonlanding_assets.proof.inverse import prove
from moonlanding_assets.proof.sources import fraction_sources
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets.validate.catalogue import VALIDATORS, run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.shapes import READ_TABLES
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets_tests.migrated_demo import migrate_fraction, snapshots_of_demo
from moonlanding_assets_tests.production import production_for
from moonlanding_assets_tests.stages import selected

pytestmark = pytest.mark.timeout(300)
THEIRS = {
    "users": "p-own", "client": "p-client", "engagement": "p-engagement", "rfi": "p-rfi",
    "rfi_response": "p-response", "review": "p-review", "highlight": "p-highlight",
}  # fmt: skip


@pytest.fixture(scope="module")
def clashing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Evidence, set[str]]:
    """The evidence, and the tables in which a key was taken."""
    layout = snapshots_of_demo(tmp_path_factory.mktemp("clash") / "data", scale=scale_of("400"))
    production = layout.data.parent / "production.db"
    production_for(layout, production)
    migrate_fraction(layout, "100%").close()
    with closing(sqlite3.connect(production)) as connection, connection:
        taken = {table for table in READ_TABLES if take_one(layout, connection, table)}
    layout.database("100%").unlink()
    directory = layout.snapshot("moonlanding")
    take_before(directory, database=layout.database("100%"), target=production)
    return migrate_fraction(layout, "100%"), taken


def take_one(layout: Layout, connection: sqlite3.Connection, table: str) -> bool:
    """Give production a row with the id of one that the migration made; False where it cannot."""
    columns = connection.execute(
        f'SELECT name, pk, "notnull", type FROM pragma_table_info("{table}")'
    )
    needed = [(name, kind) for name, key, required, kind in columns.fetchall() if key or required]
    keys = connection.execute(f'SELECT "from", "table" FROM pragma_foreign_key_list("{table}")')
    parents = dict(keys.fetchall())
    if "id" not in [name for name, _ in needed] or {parents.get(n) for n, _ in needed} - {
        None, *THEIRS,
    }:  # fmt: skip
        return False
    known = f'SELECT id FROM "{table}" WHERE id NOT IN (SELECT row_id FROM migration_placeholders)'
    free = [row for (row,) in selected(layout.database("100%"), f"{known} ORDER BY id")]
    held = {row for (row,) in connection.execute(f'SELECT id FROM "{table}"')}
    identity = next((row for row in free if row not in held), None)
    if identity is None:
        return False
    values = [
        identity
        if name == "id"
        else THEIRS.get(parents.get(name, ""), 5 if kind == "INTEGER" else f"{table}@x")
        for name, kind in needed
    ]
    listed, marks = ", ".join(f'"{name}"' for name, _ in needed), ", ".join("?" for _ in needed)
    connection.execute(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', values)
    return True


def test_a_key_is_taken_in_most_tables_and_quarantined(clashing: tuple[Evidence, set[str]]) -> None:
    evidence, taken = clashing
    assert len(taken) >= 18, sorted(taken)
    [(count,)] = evidence.query(
        "SELECT count(*) FROM migration_quarantine WHERE reason = 'key_clash'"
    )
    assert count >= len(taken) - 2  # twins share the key of one document


def test_every_validator_passes(clashing: tuple[Evidence, set[str]]) -> None:
    reports: list[Report] = [run(validator, clashing[0]) for validator in VALIDATORS]
    bad = [(one.name, one.error, one.findings[:3]) for one in reports if one.finding_count]
    assert bad == []
    assert {one.verdict for one in reports} == {Verdict.PASS}


def test_every_document_comes_back_and_is_accounted_for(
    clashing: tuple[Evidence, set[str]],
) -> None:
    layout = clashing[0].layout
    snapshots = {system: Snapshot.open(layout.snapshot(system)) for system in SYSTEMS}
    sources = fraction_sources(layout, "100%", snapshots)
    database: Path = layout.database("100%")
    assert prove(database, sources, workers=1, progress=Silent()).is_proved
    assert check_ledger(database, sources).is_balanced
