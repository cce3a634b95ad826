"""kill -9 at every named step of backup, restore, publish and the exercise of rollback.

The steps are read from the source, and each is passed by one of the works below: a step that no
work passes fails here, and so does one whose kill leaves anything but the old or the new.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from moonlanding_assets.cutover.exercise import exercise, recover
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.load.backup import forget_old, take_backup
from moonlanding_assets.load.backup_manifest import damaged_backups, find_backups, verify_backup
from moonlanding_assets.load.publish import Lease, candidate_path, clean_leftovers, publish
from moonlanding_assets.load.restore import newest_of_phase, restore
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.migrating import firm, migrate, write_sources
from moonlanding_assets_tests.named_steps import killed_at, named_steps, passed_by

SAMPLE = BY_NUMBER["3.4"]
#: passed in whole phases only: real/test_faults.py kills there
IN_A_PHASE = {
    "load: build", "load: note", "conclude: receipt", "conclude: report",
}  # fmt: skip


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("steps")
    return migrate(write_sources(directory / "sources", firm()), directory)


def put(source: Path, layout: Layout) -> None:
    """Publish a copy of the source as the sample's database, as a migration does."""
    database = layout.database("1%")
    database.parent.mkdir(parents=True, exist_ok=True)
    with Lease(database) as lease:
        clean_leftovers(lease)
        candidate = candidate_path(database)
        shutil.copy(source, candidate)
        publish(candidate, database)


def written(layout: Layout, name: str) -> None:
    """One more client, as an application writes it."""
    with closing(sqlite3.connect(layout.database("1%"))) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "INSERT INTO client (id, name, created_at) VALUES (?, ?, 'now')", (name, name)
        )


def held(layout: Layout) -> frozenset[str]:
    """The clients that were written; the database is whole."""
    with closing(sqlite3.connect(layout.database("1%"))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = connection.execute("SELECT id FROM client WHERE id LIKE 'w-%'").fetchall()
    return frozenset(str(row[0]) for row in rows)


def nothing_half_done(layout: Layout) -> None:
    """No file of a killed process is left."""
    names = [one.name for one in layout.data.rglob(".*")]
    assert names == []


# the works: what is there before, what is done, what may be there after a kill ------------------


def database_of_one(layout: Layout, migrated: Path) -> None:
    put(migrated, layout)
    written(layout, "w-before")


def after_backup(layout: Layout, step: str) -> None:
    assert len(find_backups(layout)) == (step == "backup: done")
    assert held(layout) == {"w-before"}


def backed_up(layout: Layout, _migrated: Path) -> None:
    take_backup(layout, "1%", "3.4")
    for backup in find_backups(layout):
        assert verify_backup(backup.directory) == backup


def three_backups(layout: Layout, migrated: Path) -> None:
    database_of_one(layout, migrated)
    for name in ("w-two", "w-three", "w-four"):
        take_backup(layout, "1%", "3.4")
        written(layout, name)


def forgotten(layout: Layout, _migrated: Path) -> None:
    forget_old(layout, keep=1, named=())
    assert len(find_backups(layout)) == 1
    take_backup(layout, "1%", "3.4")  # which also clears away what a kill left


def after_forgetting(layout: Layout, _step: str) -> None:
    kept = find_backups(layout)
    assert kept[-1].manifest.number >= 3
    assert [verify_backup(one.directory) for one in kept] == list(kept)
    assert damaged_backups(layout) == ()


def written_since(layout: Layout, migrated: Path) -> None:
    database_of_one(layout, migrated)
    take_backup(layout, "1%", "3.4")
    written(layout, "w-after")


def restored(layout: Layout, _migrated: Path) -> None:
    restore(layout, newest_of_phase(layout, "3.4", "1%"))
    if layout.database("1%").exists():
        assert held(layout) == {"w-before"}


def after_restore(layout: Layout, step: str) -> None:
    done = step in ("publish: sync directory", "publish: done", "restore: record")
    assert held(layout) == ({"w-before"} if done else {"w-before", "w-after"})


def none_before(layout: Layout, migrated: Path) -> None:
    take_backup(layout, "1%", "3.4")
    put(migrated, layout)
    written(layout, "w-after")


def after_removal(layout: Layout, step: str) -> None:
    assert layout.database("1%").exists() == (step != "restore: record")
    if layout.database("1%").exists():
        assert held(layout) == {"w-after"}


OVERWRITTEN = b"overwritten by something " * 400


def no_database_any_more(layout: Layout, migrated: Path) -> None:
    written_since(layout, migrated)
    for suffix in ("-wal", "-shm"):
        Path(f"{layout.database('1%')}{suffix}").unlink(missing_ok=True)
    layout.database("1%").write_bytes(OVERWRITTEN)


def after_setting_aside(layout: Layout, _step: str) -> None:
    beside = layout.database("1%").parent.glob("app.db*")
    assert OVERWRITTEN in [one.read_bytes() for one in beside]


def pilot(layout: Layout, migrated: Path) -> None:
    database_of_one(layout, migrated)
    take_backup(layout, "1%", "3.4")
    put(migrated, layout)


def exercised(layout: Layout, migrated: Path) -> None:
    if find_backups(layout):
        done = exercise(layout, SAMPLE, again=partial(put, migrated, layout))
        assert done.result == done.again


def after_exercise(layout: Layout, _step: str) -> None:
    recover(layout, SAMPLE)
    assert held(layout) == frozenset()  # the judged file, not the changed and not the old one


@dataclass(frozen=True)
class Work:
    """`before` prepares, `act` is killed and then done again, `after` looks in between."""

    before: Callable[[Layout, Path], None]
    act: Callable[[Layout, Path], None]
    after: Callable[[Layout, str], None]


WORKS = {
    "backup": Work(database_of_one, backed_up, after_backup),
    "forget": Work(three_backups, forgotten, after_forgetting),
    "restore": Work(written_since, restored, after_restore),
    "restore to none": Work(none_before, restored, after_removal),
    "restore over rubbish": Work(no_database_any_more, restored, after_setting_aside),
    "exercise": Work(pilot, exercised, after_exercise),
}


@pytest.mark.parametrize("name", WORKS)
def test_killed_at_every_step_it_passes_the_work_is_done_or_not_begun(
    migrated: Path, tmp_path: Path, name: str
) -> None:
    work = WORKS[name]
    for step in dict.fromkeys(steps_of(work, migrated, tmp_path / "undisturbed")):
        layout = Layout(data=tmp_path / step.replace(" ", "_") / "data")
        work.before(layout, migrated)
        killed_at(step, partial(work.act, layout, migrated))
        work.after(layout, step)
        work.act(layout, migrated)
        nothing_half_done(layout)


def steps_of(work: Work, migrated: Path, directory: Path) -> list[str]:
    """What the work passes when nothing stops it."""
    layout = Layout(data=directory / "data")
    work.before(layout, migrated)
    return passed_by(partial(work.act, layout, migrated))


def test_every_step_of_the_source_is_passed_by_a_work(migrated: Path, tmp_path: Path) -> None:
    passed = {
        step
        for name, work in WORKS.items()
        for step in steps_of(work, migrated, tmp_path / name.replace(" ", "_"))
    }
    assert passed | IN_A_PHASE == named_steps()
    assert not passed & IN_A_PHASE
