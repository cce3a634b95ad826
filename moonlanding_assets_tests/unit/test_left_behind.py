"""What a killed run leaves half-made is cleared away by the next: it may hold personal values."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.console.machine import plainly
from moonlanding_assets.cutover.exercise import recover
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.errors import TargetBusy
from moonlanding_assets.load.opening import reading, require_readable
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.migrating import firm, make_stage, write_sources


def test_half_made_rows_go(tmp_path: Path) -> None:
    left = tmp_path / ".normalize-killed" / "parts"
    left.mkdir(parents=True)
    (left / "users.parquet").write_text("half")
    make_stage(write_sources(tmp_path / "sources", firm()), tmp_path / "stage")
    assert {one.name for one in tmp_path.iterdir()} == {"sources", "stage"}


def test_a_judged_file_without_its_name_goes(tmp_path: Path) -> None:
    layout, sample = Layout(data=tmp_path), BY_NUMBER["3.4"]
    layout.phase("3.4").mkdir(parents=True)
    (layout.phase("3.4") / ".judged.db-7").write_text("half")
    assert not recover(layout, sample)
    assert list(layout.phase("3.4").iterdir()) == []


def test_a_database_that_is_locked_is_named(tmp_path: Path) -> None:
    database = tmp_path / "app.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE client (id TEXT)")
        writer.execute("BEGIN EXCLUSIVE")
        with reading(database) as connection:
            connection.execute("PRAGMA busy_timeout = 1")
            with pytest.raises(TargetBusy, match=r"app\.db: another process holds it locked"):
                require_readable(connection, database)
        writer.execute("ROLLBACK")
        with reading(database) as connection:
            require_readable(connection, database)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("(sqlite3.OperationalError) database or disk is full", "make room"),
        ("[Errno 28] No space left on device: 'x'", "make room"),
        ("database is locked", "let it end"),
        ("attempt to write a readonly database", "cannot be written"),
        ("[Errno 30] Read-only file system: 'x'", "cannot be written"),
        ("no such table: client", ""),
    ],
)
def test_what_the_machine_says_is_said_plainly(message: str, said: str) -> None:
    found = plainly(message)
    assert said in found
    assert bool(found) == bool(said)
    assert not found or found.endswith(message)


def test_a_statement_is_not_shown() -> None:
    link = "\n(Background on this error at: https://sqlalche.me/e/21/e3q8)"
    shown = plainly(f"database is locked\n[SQL: INSERT]\n[parameters: ('value',)]{link}\nafter")
    assert shown.endswith("database is locked\nafter")
