"""Backups and going back to them, with real files, real readers and real SIGKILL."""

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from moonlanding_assets.errors import (
    BackupRefused,
    BrokenDatabase,
    LoadError,
    NoSpace,
    TargetBusy,
)
from moonlanding_assets.load.backup import forget_old, take_backup
from moonlanding_assets.load.backup_manifest import (
    Backup,
    damaged_backups,
    find_backups,
    verify_backup,
)
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.load.restore import RECORD, choose_backup, newest_of_phase, restore
from moonlanding_assets.settings import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(data=tmp_path / "data")


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database, timeout=1)) as connection, connection:
        yield connection


def make(database: Path, *names: str) -> Path:
    """A database in WAL mode with one client a name."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with opened(database) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE client (id TEXT PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO client VALUES (?, ?)", [(n, n) for n in names])
    return database


def names(database: Path) -> list[str]:
    with opened(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [row[0] for row in connection.execute("SELECT name FROM client ORDER BY 1")]


def write(database: Path, name: str) -> None:
    with opened(database) as connection:
        connection.execute("INSERT INTO client VALUES (?, ?)", (name, name))


def test_a_backup_names_what_it_holds_and_nobody_else_reads_it(layout: Layout) -> None:
    database = make(layout.database("10%"), "a", "b")
    backup = take_backup(layout, "10%", "3.5")
    manifest = backup.manifest
    assert (manifest.kind, manifest.phase, manifest.source) == (
        "database", "3.5", "fraction/10%/app.db",
    )  # fmt: skip
    assert manifest.rows == {"client": 2}
    assert manifest.logical_digest == logical_digest(database)
    assert backup.name.startswith("3.5-20")
    assert backup.name.endswith(f"Z-{manifest.logical_digest[:8]}")
    assert sorted(one.name for one in backup.directory.iterdir()) == ["app.db", "manifest.json"]
    assert stat.S_IMODE((backup.directory / "app.db").stat().st_mode) == 0o600
    assert verify_backup(backup.directory) == backup
    assert find_backups(layout) == (backup,)


def test_what_is_only_in_the_wal_is_in_the_backup(layout: Layout) -> None:
    database = make(layout.database("100%"), "a")
    with opened(database) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO client VALUES ('late', 'late')")
        writer.commit()
        assert Path(f"{database}-wal").stat().st_size > 0
        backup = take_backup(layout, "100%", "3.6")
    assert names(backup.directory / "app.db") == ["a", "late"]


def test_a_broken_database_gives_no_backup(layout: Layout) -> None:
    database = make(layout.database("100%"), *map(str, range(3000)))
    with opened(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    torn = bytearray(database.read_bytes())
    torn[8192:12288] = os.urandom(4096)
    database.write_bytes(torn)
    with pytest.raises(BrokenDatabase):
        take_backup(layout, "100%", "3.6")
    assert find_backups(layout) == ()
    assert not [one for one in layout.backups.iterdir() if one.is_dir()]


def test_a_short_disk_refuses_before_anything_is_copied(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(layout.database("100%"), "a")
    usage = shutil.disk_usage(layout.data)._replace(free=900_000)
    monkeypatch.setattr(shutil, "disk_usage", usage_of(usage))
    with pytest.raises(NoSpace, match="900000 are free"):
        take_backup(layout, "100%", "3.6")
    assert find_backups(layout) == ()


def usage_of(usage: object) -> object:
    def answer(_path: Path) -> object:
        return usage

    return answer


def test_two_backups_at_once_are_refused(layout: Layout) -> None:
    layout.backups.mkdir(parents=True)
    with Lease(layout.backups / "backup"), pytest.raises(TargetBusy):
        take_backup(layout, "1%", "3.4")


@pytest.mark.parametrize("fraction", ["1%", "10%", "100%"])
def test_going_back_gives_the_same_bytes_under_a_reader(layout: Layout, fraction: str) -> None:
    database = make(layout.database(fraction), "before")
    backup = take_backup(layout, fraction, "3.5")
    write(database, "after")
    with closing(sqlite3.connect(database)) as reader:
        assert len(reader.execute("SELECT name FROM client").fetchall()) == 2
        restored = restore(layout, newest_of_phase(layout, "3.5", fraction))
        assert len(reader.execute("SELECT name FROM client").fetchall()) == 2
    assert names(database) == ["before"]
    assert logical_digest(database) == backup.manifest.logical_digest == restored.logical_digest
    assert 0 < restored.seconds < 5
    lines = (layout.backups / RECORD).read_text().splitlines()
    assert [json.loads(line)["backup"] for line in lines] == [backup.name]


def test_a_stale_wal_beside_the_file_is_not_applied(layout: Layout, tmp_path: Path) -> None:
    database = make(layout.database("100%"), "before")
    backup = take_backup(layout, "100%", "3.6")
    with opened(database) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO client VALUES ('lost', 'lost')")
        writer.commit()
        left = [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")]
        kept = [(file.name, file.read_bytes()) for file in left]
    for name, content in kept:  # as a killed application leaves them
        (database.parent / name).write_bytes(content)
    restore(layout, backup)
    assert not Path(f"{database}-wal").exists()
    assert names(database) == ["before"]


def test_a_database_that_is_none_any_more_is_set_aside_and_replaced(layout: Layout) -> None:
    database = make(layout.database("100%"), "before")
    backup = take_backup(layout, "100%", "3.6")
    for suffix in ("-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
    database.write_text("overwritten by something " * 200)
    restored = restore(layout, backup)
    assert names(database) == ["before"]
    assert restored.set_aside.startswith("app.db.unreadable-")
    assert (database.parent / restored.set_aside).read_text().startswith("overwritten")


def test_where_there_was_none_going_back_removes_the_file(layout: Layout) -> None:
    backup = take_backup(layout, "100%", "3.6")
    assert (backup.manifest.kind, backup.name[-5:]) == ("none", "-none")
    database = make(layout.database("100%"), "new")
    restored = restore(layout, backup)
    assert not database.exists()
    assert not Path(f"{database}-wal").exists()
    assert restored.sha256 == ""


def test_a_writer_in_the_middle_is_not_cut_off(layout: Layout) -> None:
    database = make(layout.database("100%"), "before")
    backup = take_backup(layout, "100%", "3.6")
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO client VALUES ('mine', 'mine')")
        with pytest.raises(TargetBusy):
            restore(layout, backup, wait_seconds=0.2)
        writer.execute("COMMIT")
    assert names(database) == ["before", "mine"]


@pytest.mark.parametrize("file", ["app.db", "manifest.json"])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.98])
def test_one_wrong_bit_is_refused(layout: Layout, file: str, place: float) -> None:
    database = make(layout.database("100%"), "before")
    backup = take_backup(layout, "100%", "3.6")
    write(database, "after")
    flipped = bytearray((backup.directory / file).read_bytes())
    flipped[int(len(flipped) * place)] ^= 1
    (backup.directory / file).write_bytes(flipped)
    with pytest.raises(BackupRefused):
        restore(layout, Backup(backup.directory, backup.manifest))
    with pytest.raises(BackupRefused):
        verify_backup(backup.directory)
    assert names(database) == ["after", "before"]
    assert damaged_backups(layout) == ((backup.name,) if file == "manifest.json" else ())


def test_a_backup_of_another_database_is_refused(layout: Layout, tmp_path: Path) -> None:
    database = make(layout.database("100%"), "mine")
    other = Layout(data=tmp_path / "other")
    make(other.database("100%"), "theirs")
    foreign = take_backup(other, "100%", "3.6")
    with pytest.raises(BackupRefused, match="another database"):
        restore(layout, choose_backup(layout, str(foreign.directory)))
    assert names(database) == ["mine"]


def test_the_last_ones_the_named_and_the_newest_sound_one_are_kept(layout: Layout) -> None:
    database = make(layout.database("100%"), "a")
    taken = [take_backup(layout, "100%", "3.6").name]
    for name in "bcdef":
        write(database, name)
        taken.append(take_backup(layout, "100%", "3.6").name)
    other = take_backup(layout, "100%", "3.7").name
    for name in taken[3:]:
        (layout.backups / name / "app.db").write_bytes(b"damaged")
    removed = forget_old(layout, keep=2, named={taken[0]})
    assert removed == (taken[1], taken[3])
    kept = [one.name for one in find_backups(layout)]
    assert kept == [taken[0], taken[2], taken[4], taken[5], other]
    with pytest.raises(LoadError):
        forget_old(layout, keep=0, named=())


def test_the_order_does_not_hang_on_the_clock(layout: Layout) -> None:
    make(layout.database("100%"), "a")
    first, second = (take_backup(layout, "100%", "3.6") for _ in range(2))
    older = first.directory.with_name(first.name.replace("3.6-20", "3.6-29"))
    first.directory.rename(older)  # the clock was set back after it
    assert [one.manifest.number for one in find_backups(layout)] == [1, 2]
    assert newest_of_phase(layout, "3.6", "100%").name == second.name
