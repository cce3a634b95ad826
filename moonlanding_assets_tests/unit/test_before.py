"""The target before the migration: copied once, kept, and never forgotten or replaced unseen."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from moonlanding_assets.errors import BrokenDatabase, SnapshotError, TargetRefused
from moonlanding_assets.load.before import Before, open_before, take_before
from moonlanding_assets.load.carry_out import carry_out
from moonlanding_assets.load.plan import Plan, make_plan
from moonlanding_assets.load.published import (
    NEW,
    TARGET_PATH_KEY,
    Replaceable,
    require_replaceable,
    standing_of,
    target_digest,
)
from moonlanding_assets_tests.handmade import staged, write_sources
from moonlanding_assets_tests.stages import selected
from moonlanding_assets_tests.unit.test_existing_target import DOCUMENTS, production, user


def written(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


class Place:
    """One data directory: the place of the database, the snapshot of the target, a stage."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.database = directory / "app.db"
        self.snapshot = directory / "snapshot" / "moonlanding"

    def take(self, target: Path | None = None) -> Before:
        return take_before(self.snapshot, database=self.database, target=target)

    def plan(self) -> Plan:
        existing = open_before(self.snapshot).copy(self.snapshot)
        sources = write_sources(self.directory / "source", dict(DOCUMENTS))
        staged(self.directory / "stage", sources, existing=existing)
        return make_plan(self.stage(), timestamp_storage="iso8601", existing=existing)

    def stage(self) -> dict[str, Path]:
        return {one.stem: one for one in (self.directory / "stage").glob("*.parquet")}

    def load(self, plan: Plan) -> str:
        before = open_before(self.snapshot)
        _, digest = carry_out(
            plan, stage=self.stage(), database=self.database, existing=before.copy(self.snapshot),
            run={TARGET_PATH_KEY: before.path}, is_target=True,
        )  # fmt: skip
        return digest


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Before, Plan]:
    """A production database at the place of the result, migrated into."""
    place = Place(tmp_path_factory.mktemp("migrated") / "data")
    production(place.database)
    before, plan = place.take(), place.plan()
    place.load(plan)
    return place, before, plan


def copied(place: Place, to: Path) -> Place:
    """The same again in another directory, where a test may do harm."""
    again = Place(to)
    for file in place.directory.rglob("*"):
        if file.is_file():
            target = to / file.relative_to(place.directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    manifest = again.snapshot / "manifest.json"
    manifest.write_text(manifest.read_text().replace(str(place.database), str(again.database)))
    statement = f"UPDATE migration_run SET value = '{again.database}' WHERE key = 'target_path'"
    written(again.database, statement)
    return again


def test_nothing_there_is_recorded_as_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    before = place.take()
    assert (before.kind, before.digest, before.copy(place.snapshot)) == ("none", NEW, None)
    assert open_before(place.snapshot) == before


def test_a_production_database_is_copied_with_what_its_wal_holds(tmp_path: Path) -> None:
    place = Place(tmp_path)
    production(place.database)
    with closing(sqlite3.connect(place.database)) as writer:
        writer.execute(user("p-late", "late@y", "Late"))
        writer.commit()
        before = place.take()
    assert before.kind == "database"
    assert before.rows == {"users": 5, "client": 2, "engagement": 1, "review": 1, "highlight": 1}
    copy = before.copy(place.snapshot)
    assert copy is not None
    assert selected(copy, "SELECT count(*) FROM users WHERE id = 'p-late'") == [(1,)]
    assert copy.stat().st_mode & 0o077 == 0
    assert before.digest == target_digest(place.database)


@pytest.mark.parametrize("harm", ["UPDATE users SET name = 'x'", None])
def test_a_copy_that_was_changed_or_emptied_is_refused(tmp_path: Path, harm: str | None) -> None:
    place = Place(tmp_path)
    production(place.database)
    copy = place.take().copy(place.snapshot)
    assert copy is not None
    if harm is None:
        copy.write_bytes(b"")
    else:
        written(copy, harm)
    with pytest.raises(SnapshotError, match="not the copy"):
        open_before(place.snapshot)


def test_without_a_snapshot_the_way_to_one_is_said(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="moonlanding snapshot"):
        open_before(tmp_path / "nothing")


def test_a_second_migration_starts_from_the_same_copy(
    migrated: tuple[Place, Before, Plan], tmp_path: Path
) -> None:
    place, before, _ = migrated
    assert standing_of(place.database).kind == "result"
    again = copied(place, tmp_path / "data")
    kept = again.take()
    assert replace(kept, path=before.path) == before
    digest = standing_of(again.database).digest
    again.load(again.plan())
    assert standing_of(again.database).digest == digest


def test_a_result_that_somebody_wrote_into_is_neither_taken_nor_replaced(
    migrated: tuple[Place, Before, Plan], tmp_path: Path
) -> None:
    place, _, plan = migrated
    again = copied(place, tmp_path / "data")
    written(again.database, "UPDATE client SET phone = '1' WHERE name = 'Two'")
    bytes_before = again.database.read_bytes()
    with pytest.raises(TargetRefused, match="somebody has written into it"):
        again.take()
    with pytest.raises(TargetRefused, match="somebody has written into it"):
        again.load(plan)
    assert again.database.read_bytes() == bytes_before
    again.database.unlink()  # what the message says: move it away
    again.load(plan)
    assert standing_of(again.database).kind == "result"


@pytest.mark.parametrize(
    "change",
    [
        user("p-new", "new@production", "New"),
        "CREATE TABLE theirs (a TEXT)",
        "CREATE INDEX theirs ON client (phone)",
        "ALTER TABLE client ADD COLUMN theirs TEXT",
    ],
)
def test_production_that_changed_since_the_snapshot_is_not_replaced(
    migrated: tuple[Place, Before, Plan], tmp_path: Path, change: str
) -> None:
    _, before, _ = migrated
    changed = production(tmp_path / "app.db")
    require_replaceable(changed, before=before.digest)
    written(changed, change)
    with pytest.raises(TargetRefused, match="not what the snapshot"):
        require_replaceable(changed, before=before.digest)


def test_a_row_in_a_table_that_nobody_here_knows_counts(tmp_path: Path) -> None:
    changed = production(tmp_path / "app.db", "CREATE TABLE theirs (a TEXT)")
    before = target_digest(changed)
    written(changed, "INSERT INTO theirs VALUES ('x')")
    assert target_digest(changed) != before


def test_a_write_between_the_two_looks_is_seen(tmp_path: Path) -> None:
    changed = production(tmp_path / "app.db")
    replaceable = Replaceable(changed, before=target_digest(changed))
    replaceable.require()
    replaceable.require()
    with closing(sqlite3.connect(changed)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute(user("p-late", "late@y", "Late"))
        writer.commit()  # into the -wal: the file itself is the same
        with pytest.raises(TargetRefused, match="not what the snapshot"):
            replaceable.require()


def test_another_file_can_be_the_target_and_is_never_written_to(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    elsewhere = production(tmp_path / "production.db")
    with closing(sqlite3.connect(elsewhere)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bytes_before = elsewhere.read_bytes()
    before = place.take(elsewhere)
    assert before.path == str(elsewhere)
    place.load(place.plan())
    assert elsewhere.read_bytes() == bytes_before
    assert standing_of(place.database).made_from == before.digest
    written(elsewhere, user("p-more", "more@y", "More"))
    newer = place.take(elsewhere)
    assert newer.digest != before.digest
    place.load(place.plan())  # the first result is ours alone: production lies elsewhere
    assert standing_of(place.database).made_from == newer.digest


def test_a_target_that_is_no_production_database_is_refused(
    migrated: tuple[Place, Before, Plan], tmp_path: Path
) -> None:
    place = Place(tmp_path / "data")
    with pytest.raises(TargetRefused, match="no such database"):
        place.take(tmp_path / "nothing.db")
    with pytest.raises(TargetRefused, match="result of an earlier migration"):
        place.take(migrated[0].database)
    assert not place.snapshot.exists()


def test_the_only_copy_of_production_is_not_forgotten(
    migrated: tuple[Place, Before, Plan], tmp_path: Path
) -> None:
    again = copied(migrated[0], tmp_path / "data")
    again.database.unlink()
    with pytest.raises(TargetRefused, match="may be the only copy"):
        again.take()
    assert open_before(again.snapshot).kind == "database"


def test_a_result_whose_production_is_not_in_the_snapshot_is_not_replaced(
    migrated: tuple[Place, Before, Plan], tmp_path: Path
) -> None:
    again = copied(migrated[0], tmp_path / "data")
    with pytest.raises(TargetRefused, match="rows of a production database"):
        require_replaceable(again.database, before=NEW)
    for file in again.snapshot.iterdir():
        file.unlink()
    with pytest.raises(TargetRefused, match="the copy of that one is not in the snapshot"):
        again.take()


def test_a_load_that_did_not_do_what_was_planned_publishes_nothing(
    migrated: tuple[Place, Before, Plan], tmp_path: Path
) -> None:
    again = copied(migrated[0], tmp_path / "data")
    bytes_before = again.database.read_bytes()
    plan = migrated[2]
    other = replace(plan, inserts={**plan.inserts, "client": plan.inserts["client"] + 1})
    with pytest.raises(BrokenDatabase, match="client: 4 rows planned, 3 inserted"):
        again.load(other)
    assert again.database.read_bytes() == bytes_before
    assert not list(again.directory.glob(".app.db.candidate*[0-9]"))
