"""The digest: blind to order and layout, awake to every bit and storage class."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.load.digest import VOLATILE_RUN_KEYS, logical_digest, table_digests
from moonlanding_assets.load.integrity import rebuild_search
from moonlanding_assets.load.target import build_candidate
from moonlanding_assets_tests.stages import firm, write_stage


@pytest.fixture
def database(tmp_path: Path) -> Path:
    candidate = tmp_path / "candidate.db"
    build_candidate(write_stage(tmp_path / "stage", firm()), candidate, run={"seed": "7"})
    return candidate


def changed(database: Path, statement: str, *values: object) -> str:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, values)
    return logical_digest(database)


def test_order_of_rows_and_file_layout_do_not_matter(tmp_path: Path) -> None:
    digests = set()
    for turn, name in enumerate(("one", "two")):
        rows = {key: value[:: -1 if turn else 1] for key, value in firm().items()}
        candidate = tmp_path / f"{name}.db"
        build_candidate(write_stage(tmp_path / name, rows), candidate, run={})
        digests.add(logical_digest(candidate))
    with closing(sqlite3.connect(candidate, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 16384")
        connection.execute("VACUUM")
        rebuild_search(connection)
    digests.add(logical_digest(candidate))
    assert len(digests) == 1


def test_every_storage_class_and_bit_is_seen(database: Path) -> None:
    numbers = (1, 1.0, "1", b"1", None, "", 0.1, 0.10000000000000002, 0.0, -0.0, "a\x00b", "a")
    statement = "UPDATE migration_highlight_rects SET x1 = ?"
    assert len({changed(database, statement, value) for value in numbers}) == len(numbers)
    texts = (None, "", "None", "e\u0301", "\u00e9", "\\xe9")
    statement = "UPDATE client SET phone = ?"
    assert len({changed(database, statement, value) for value in texts}) == len(texts)


def test_a_value_restored_restores_the_digest(database: Path) -> None:
    before = logical_digest(database)
    assert changed(database, "UPDATE client SET name = 'Birch'") != before
    assert changed(database, "UPDATE client SET name = 'Alder Ltd'") == before


def test_a_value_moved_to_another_column_or_row_is_seen(database: Path) -> None:
    before = logical_digest(database)
    assert changed(database, "UPDATE client SET phone = '5'") != before
    moved = changed(database, "UPDATE client SET phone = NULL, address = '5'")
    swapped = changed(database, "UPDATE client SET phone = '5', address = NULL")
    assert len({before, moved, swapped}) == 3
    doubled = "INSERT INTO job_execution_log VALUES (1, '1', '1', '0', '1', 'success', NULL)"
    assert changed(database, doubled) != changed(database, doubled)


def test_text_that_is_not_utf8_is_read_and_seen(database: Path) -> None:
    one = changed(database, "UPDATE client SET phone = CAST(x'ff41' AS TEXT)")
    two = changed(database, "UPDATE client SET phone = CAST(x'fe41' AS TEXT)")
    assert one != two
    good = changed(database, "UPDATE client SET phone = 'A'")  # and such text changes no other
    assert len({one, two, good}) == 3
    exact = table_digests(database)
    changed(database, "UPDATE letter SET id = CAST(x'ff' AS TEXT)")
    broken = table_digests(database)
    assert {name for name in exact if exact[name] != broken[name]} <= {"letter"}


@pytest.mark.parametrize("key", VOLATILE_RUN_KEYS)
def test_what_a_run_notes_of_itself_does_not_count(database: Path, key: str) -> None:
    before = logical_digest(database)
    statement = "INSERT INTO migration_run VALUES (?, 'whatever')"
    assert changed(database, statement, key) == before
    assert changed(database, statement, "snapshot_digest") != before


def test_table_digests_say_where_two_databases_differ(database: Path) -> None:
    before = table_digests(database)
    changed(database, "UPDATE rfi SET title = 'other' WHERE id = 'r0'")
    after = table_digests(database)
    assert [name for name in before if before[name] != after[name]] == ["rfi"]
    changed(database, "DROP TABLE sessions")
    assert table_digests(database)["sessions"] == "absent"
