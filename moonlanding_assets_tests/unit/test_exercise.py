"""The exercise of rollback: what it does to a real small database, where it must fail, kills."""

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from moonlanding_assets.cutover import exercise as subject
from moonlanding_assets.cutover.change import change_as_an_application
from moonlanding_assets.cutover.exercise import JUDGED, exercise, recover
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.errors import BackupRefused, RollbackFailed
from moonlanding_assets.load.backup import take_backup
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.publish import Lease, candidate_path, publish
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.collection_file import file_sha256
from moonlanding_assets_tests.migrating import firm, migrate, write_sources

SAMPLE = BY_NUMBER["3.4"]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("exercise")
    return migrate(write_sources(directory / "sources", firm()), directory)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(data=tmp_path / "data")


def put(source: Path, layout: Layout) -> None:
    """Publish a copy of the source as the sample's database, as a migration does."""
    database = layout.database("1%")
    database.parent.mkdir(parents=True, exist_ok=True)
    with Lease(database):
        candidate = candidate_path(database)
        shutil.copy(source, candidate)
        publish(candidate, database)


def prepared(layout: Layout, migrated: Path, *, with_before: bool) -> None:
    """A database of before, or none; the backup; the result of the first migration."""
    if with_before:
        put(migrated, layout)
        change_as_an_application(layout.database("1%"))
    take_backup(layout, "1%", "3.4")
    put(migrated, layout)


@pytest.mark.parametrize("with_before", [True, False])
def test_there_and_back_and_there_again(layout: Layout, migrated: Path, with_before: bool) -> None:
    prepared(layout, migrated, with_before=with_before)
    database = layout.database("1%")
    judged = file_sha256(database)
    steps: list[str] = []
    done = exercise(layout, SAMPLE, again=partial(put, migrated, layout), tell=steps.append)
    assert done.changed_rows >= 2
    assert done.result == done.again == logical_digest(migrated)
    assert len({done.result, done.changed, done.back}) == 3
    assert (done.back != "") == with_before
    assert 0 <= done.rollback_seconds < 5
    assert file_sha256(database) == judged  # the verdicts are still about this file
    assert steps == list(done.seconds)
    assert not (layout.phase("3.4") / JUDGED).exists()


def test_a_second_migration_that_gives_something_else_fails(
    layout: Layout, migrated: Path, tmp_path: Path
) -> None:
    prepared(layout, migrated, with_before=False)
    other = shutil.copy(migrated, tmp_path / "other.db")
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("DELETE FROM migration_derived")
    with pytest.raises(RollbackFailed, match="the second migration gave another database"):
        exercise(layout, SAMPLE, again=partial(put, Path(other), layout))
    assert recover(layout, SAMPLE)
    assert logical_digest(layout.database("1%")) == logical_digest(migrated)


def test_a_rollback_that_gives_something_else_fails(
    layout: Layout, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(layout, migrated, with_before=True)
    monkeypatch.setattr(subject, "restore", _restores_nothing)
    with pytest.raises(RollbackFailed, match="is not the one that was backed up"):
        exercise(layout, SAMPLE, again=partial(put, migrated, layout))


def _restores_nothing(_layout: Layout, _backup: object) -> None:
    """A restore that forgot to."""


def test_a_rollback_that_takes_too_long_fails(
    layout: Layout, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(layout, migrated, with_before=False)
    monkeypatch.setattr(subject, "ALLOWED_SECONDS", 0.0)
    with pytest.raises(RollbackFailed, match="took longer than 0 s"):
        exercise(layout, SAMPLE, again=partial(put, migrated, layout))


def test_without_a_backup_nothing_is_changed(layout: Layout, migrated: Path) -> None:
    put(migrated, layout)
    before = file_sha256(layout.database("1%"))
    with pytest.raises(BackupRefused, match=r"no backup of fraction/1%/app\.db before phase 3\.4"):
        exercise(layout, SAMPLE, again=partial(put, migrated, layout))
    assert file_sha256(layout.database("1%")) == before
