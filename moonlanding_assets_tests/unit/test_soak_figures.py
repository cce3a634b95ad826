"""What the monitor measures of real files, and how it reads the gateway's own text."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from moonlanding_assets.cutover.soak.figures import (
    INTEGRITY_EVERY_SECONDS,
    INTEGRITY_FRESH_SECONDS,
    Backups,
    Integrity,
    disk_figures,
    own_figures,
    state_now,
    sync_figures,
)
from moonlanding_assets.cutover.soak.scrape import parse, require_loopback
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.load.backup import take_backup
from moonlanding_assets.parallel.gateway.metrics import Metrics
from moonlanding_assets.parallel.gateway.watched import process_text
from moonlanding_assets.schema.sync import SYNC_TABLES
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.soaking import SetClock, watched


@pytest.fixture
def database(tmp_path: Path) -> Layout:
    layout = Layout(data=tmp_path)
    with closing(sqlite3.connect(layout.database("100%"))) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE parent (id TEXT PRIMARY KEY)")
        connection.execute("CREATE TABLE child (id TEXT, parent TEXT REFERENCES parent)")
        for statement in SYNC_TABLES.values():
            connection.execute(statement)
    return layout


def test_sync_figures_are_those_of_the_tables(database: Layout) -> None:
    nothing = {"conflicts": 0, "quarantined": 0}
    assert sync_figures(database) == nothing
    with closing(sqlite3.connect(database.database("100%"))) as connection, connection:
        connection.execute("INSERT INTO sync_conflicts VALUES (1, 'client', 'c', NULL, NULL)")
        connection.execute("INSERT INTO sync_quarantine VALUES ('e', 'p', 1, 'r', NULL, NULL)")
        connection.execute("INSERT INTO sync_quarantine VALUES ('f', 'p', 1, 'r', NULL, 'e')")
        connection.execute("INSERT INTO sync_state VALUES ('backward', 'started')")
        rows = [("client", "c", "update", None, kept) for kept in (0, 0, 1)]
        connection.executemany(
            "INSERT INTO sync_changes (table_name, key, op, before, is_kept) "
            "VALUES (?, ?, ?, ?, ?)", rows,
        )  # fmt: skip
        connection.execute("DELETE FROM sync_changes WHERE number = 1")
    assert sync_figures(database) == {
        "conflicts": 1, "quarantined": 1, "change_sequence": 3, "change_waiting": 2,
    }  # fmt: skip


def test_disk_and_state_and_process(database: Layout, tmp_path: Path) -> None:
    found = disk_figures(database)
    assert 0 < found["disk_free_share"] < 1
    assert found["database_bytes"] > 0
    assert "wal_bytes" in found
    assert "wal_bytes" not in disk_figures(Layout(data=database.data.parent))
    with pytest.raises(FileNotFoundError):
        state_now(database)
    walk_to_s1 = watched(tmp_path / "other", states="S1").layout
    assert state_now(walk_to_s1) == ("S1", 0)
    assert own_figures(database)["monitor_fds"] > 0


def test_the_age_of_a_backup_is_of_one_that_is_sound(database: Layout) -> None:
    backups, now = Backups(), datetime.now(UTC)
    assert backups.figures(database, now) == {}
    first = take_backup(database, "100%", "soak")
    second = take_backup(database, "100%", "soak")
    later = now + timedelta(seconds=500)
    age = backups.figures(database, later)["backup_age_seconds"]
    (second.directory / "app.db").write_bytes(b"something else")
    older = Backups().figures(database, later)["backup_age_seconds"]
    assert 0 < age < older <= 500
    (first.directory / "app.db").write_bytes(b"something else")
    assert Backups().figures(database, later) == {}
    assert backups.figures(database, now - timedelta(hours=1)) == {}  # of a time to come


def directly(work: object) -> None:
    assert callable(work)
    work()


def test_integrity_is_checked_rarely_and_grows_old(database: Layout) -> None:
    clock = SetClock()
    integrity = Integrity(clock, run=directly)
    integrity.figures(database)
    assert integrity.figures(database) == {
        "integrity_faults": 0, "foreign_key_faults": 0, "integrity_age_seconds": 0,
    }  # fmt: skip
    with closing(sqlite3.connect(database.database("100%"))) as connection, connection:
        connection.execute("INSERT INTO child VALUES ('a', 'nobody')")
    clock.wait(INTEGRITY_EVERY_SECONDS - 1)
    assert integrity.figures(database)["foreign_key_faults"] == 0
    clock.wait(1)
    integrity.figures(database)
    found = integrity.figures(database)
    assert (found["integrity_faults"], found["foreign_key_faults"]) == (0, 1)
    database.database("100%").unlink()
    clock.wait(INTEGRITY_FRESH_SECONDS + 1)
    assert integrity.figures(database) == {}


def test_a_damaged_file_fails_its_integrity_check(database: Layout) -> None:
    file = database.database("100%")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE INDEX by_parent ON child (parent)")
        connection.executemany("INSERT INTO child VALUES (?, NULL)", [(str(n),) for n in range(50)])
        connection.commit()
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = 'CREATE INDEX by_parent ON child (id)' "
                           "WHERE name = 'by_parent'")  # fmt: skip
        connection.commit()
    integrity = Integrity(SetClock(), run=directly)
    integrity.figures(database)
    assert integrity.figures(database)["integrity_faults"] == 1


def test_the_gateways_own_text_is_understood() -> None:
    metrics = Metrics()
    for seconds in (0.0005, 0.02, 0.02, 0.7, 20.0):
        metrics.add("answers_total", code="2xx" if seconds < 1 else "5xx")
        metrics.took("answer_seconds", seconds)
    counters, figures = parse(metrics.text({"gate_open": 1}) + process_text())
    assert counters is not None
    assert dict(counters.codes) == {"2xx": 4, "5xx": 1}
    assert (sum(counters.buckets), counters.buckets[0], counters.buckets[-1]) == (5, 1, 1)
    assert counters.buckets[counters.bounds.index(0.02)] == 2
    assert figures["gateway_fds"] > 0
    assert parse(metrics.text({}))[0] is None  # whose counters these are is not known
    assert parse("what is this?") == (None, {})


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1:8480", "https://127.0.0.1", "x", "http://a.b"]
)
def test_only_a_gateway_of_this_machine_is_watched(address: str) -> None:
    with pytest.raises(SettingsError):
        require_loopback(address)
