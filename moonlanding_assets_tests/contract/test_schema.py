"""The schema against the application's own database, as PRAGMAs of a real file show it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.errors import BrokenDatabase
from moonlanding_assets.load.integrity import check_search, rebuild_search
from moonlanding_assets.load.target import build_candidate
from moonlanding_assets.schema.catalogue import BASE_TABLES, MIGRATION_TABLES, SEARCH, TABLE, VIEWS
from moonlanding_assets_tests.stages import LISTED, selected, write_stage

SHADOWS = ("config", "data", "docsize", "idx")
COMPLETED = ("message", "client_user", "letter", "rfi_section")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    candidate = tmp_path_factory.mktemp("schema") / "candidate.db"
    build_candidate({}, candidate, run={})
    return candidate


def listed() -> list[list[str]]:
    return [line.split(" ") for line in LISTED.read_text().splitlines() if line[0] != "#"]


def application_tables(database: Path) -> set[str]:
    rows = selected(
        database,
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT GLOB 'migration_*' AND name NOT GLOB 'sqlite_*'",
    )
    return {row[0] for row in rows}


def found_lines(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """What the real table is, in the words of the expectation file, the mark left out."""
    yield f"table {table}"
    for place, name, declared, required, default, key in connection.execute(
        f'PRAGMA table_info("{table}")'
    ):
        null = "required" if required else "null"
        shown = "-" if default is None else default
        yield f"column {table} {place} {name} {declared} {null} {shown} key{key}"
    for _, _, parent, column, target, on_update, on_delete, _ in connection.execute(
        f'PRAGMA foreign_key_list("{table}")'
    ):
        assert (on_update, on_delete) == ("NO ACTION", "NO ACTION")
        yield f"foreign_key {table} {column} -> {parent}.{target}"
    for _, name, is_unique, origin, is_partial in connection.execute(
        f'PRAGMA index_list("{table}")'
    ):
        columns = ",".join(row[2] for row in connection.execute(f'PRAGMA index_info("{name}")'))
        assert not is_partial
        if origin == "c":
            assert not is_unique
            yield f"index {table} {name} {columns}"
        elif origin == "u":
            yield f"unique {table} {columns}"


def expected_lines(table: str) -> list[str]:
    lines = []
    for kind, name, *rest in listed():
        if name == table and kind in ("table", "column", "foreign_key", "index", "unique"):
            kept = rest[:-1] if kind == "column" else rest
            lines.append(" ".join((kind, name, *kept)))
    return sorted(lines)


def test_the_file_holds_112_tables(database: Path) -> None:
    names = {line[1] for line in listed() if line[0] in ("table", "search", "shadow")}
    assert len(names) == 112
    assert application_tables(database) == names


@pytest.mark.parametrize("table", [table.name for table in BASE_TABLES])
def test_table_is_the_applications(database: Path, table: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        assert sorted(found_lines(connection, table)) == expected_lines(table)


def test_nothing_listed_is_undeclared() -> None:
    assert {line[1] for line in listed() if line[0] == "table"} == {one.name for one in BASE_TABLES}


def test_original_and_later_columns_are_told_apart() -> None:
    marks = {(line[1], line[3]): line[-1] for line in listed() if line[0] == "column"}
    declared = {
        (table.name, column.name): column.is_later
        for table in BASE_TABLES
        for column in table.columns
    }
    assert declared == {where: mark != "original" for where, mark in marks.items()}
    assert list(marks.values()).count("original") == 316
    assert list(marks.values()).count("later") == 70


def test_search_indexes_are_the_applications(database: Path) -> None:
    for _, name, content, columns in (line for line in listed() if line[0] == "search"):
        found = [row[1] for row in selected(database, f"PRAGMA table_info({name})")]
        assert found == columns.split(",")
        (sql,) = selected(database, "SELECT sql FROM sqlite_master WHERE name = ?", name)[0]
        assert f"content='{content}'" in sql
        assert "content_rowid" not in sql
        assert {f"{name}_{shadow}" for shadow in SHADOWS} <= application_tables(database)


def test_each_key_and_index_names_columns_that_exist() -> None:
    for table in TABLE.values():
        names = {column.name for column in table.columns}
        assert len(names) == len(table.columns)
        assert {key.column for key in table.foreign_keys} <= names
        for group in (*table.unique, *(index.columns for index in table.indexes)):
            assert set(group) <= names
        for key in table.foreign_keys:
            assert key.target in TABLE[key.table].primary_key
    for index in SEARCH:
        assert set(index.columns) <= {column.name for column in TABLE[index.content].columns}


def test_references_are_the_foreign_key_columns() -> None:
    for table in BASE_TABLES:
        meant = {column.name for column in table.columns if column.meaning == "reference"}
        assert meant == {key.column for key in table.foreign_keys}, table.name


def test_times_are_every_integer_that_holds_a_moment() -> None:
    for table in BASE_TABLES:
        for column in table.columns:
            sounds = column.name.endswith(("_at", "_date", "_check")) or column.name in (
                "deadline",
                "timestamp",
            )
            assert (column.meaning == "time") == sounds, f"{table.name}.{column.name}"


def test_the_four_crippled_tables_have_a_key_and_content(database: Path) -> None:
    for table in COMPLETED:
        rows = selected(database, f"PRAGMA table_info({table})")
        assert [row[1] for row in rows if row[5]] == ["id"]
        assert len(rows) >= 6


def test_each_singular_table_has_its_plural_view(database: Path) -> None:
    tables = {table.name for table in BASE_TABLES}
    viewed = {view.table for view in VIEWS}
    already = {"rfi", "rfi_response"} | {name for name in tables if name.endswith("s")}
    assert viewed == tables - already
    for view in VIEWS:
        assert view.name not in tables
        shown = [row[1] for row in selected(database, f"PRAGMA table_info({view.name})")]
        assert shown == [column.name for column in TABLE[view.table].columns]


def test_migration_tables_are_real_and_the_rectangles_strict(database: Path) -> None:
    rows = selected(database, "PRAGMA table_list")
    strict = {row[1]: row[5] for row in rows}
    for table in MIGRATION_TABLES:
        assert strict[table.name] == int(table.is_strict)
        with closing(sqlite3.connect(database)) as connection:
            assert f"table {table.name}" in found_lines(connection, table.name)
    assert strict["migration_highlight_rects"] == 1


def test_a_hit_returns_its_row_with_text_ids_and_after_vacuum(tmp_path: Path) -> None:
    clients = [
        {"id": f"0-{n}-text", "name": f"Firm number{n}", "code": f"K{n}"} for n in range(300)
    ]
    stage = write_stage(tmp_path / "stage", {"client": clients})
    candidate = tmp_path / "candidate.db"
    build_candidate(stage, candidate, run={})
    by_search = (
        "SELECT client.id, client_fts.code FROM client_fts"
        " JOIN client ON client.rowid = client_fts.rowid WHERE client_fts MATCH ?"
    )
    assert selected(candidate, by_search, "number217") == [("0-217-text", "K217")]
    with closing(sqlite3.connect(candidate, isolation_level=None)) as connection:
        connection.execute("DELETE FROM client WHERE rowid % 3 = 1")
        connection.execute("VACUUM")
        with pytest.raises(BrokenDatabase, match="client_fts"):
            check_search(connection)
        rebuild_search(connection)
        check_search(connection)
        hit = connection.execute(by_search, ("number217",)).fetchall()
        left = connection.execute("SELECT id FROM client WHERE id = '0-217-text'").fetchall()
    assert [row[0] for row in hit] == [row[0] for row in left] == ["0-217-text"]
