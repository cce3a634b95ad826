"""Stage files and original databases for tests of the target; rows are dictionaries.

Holds no expectation: those are in the tests.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.schema.columns import Column, Table

Row = Mapping[str, Any]
LISTED = Path(__file__).parent / "contract" / "moonlanding_112.txt"
NOON = "2026-02-05T12:00:00.000Z"
_ARROW = {
    "TEXT": pa.string(), "INTEGER": pa.int64(), "BOOLEAN": pa.int64(), "REAL": pa.float64(),
    "ANY": pa.string(),
}  # fmt: skip


def arrow_schema(table: Table) -> pa.Schema:
    """The columns of a stage file, spelled out here a second time."""
    return pa.schema(
        [(one.name, pa.string() if one.meaning == "time" else _ARROW[one.type])
         for one in table.columns]
    )  # fmt: skip


def write_stage(directory: Path, rows: Mapping[str, Iterable[Row]]) -> dict[str, Path]:
    """One Parquet file a table; required columns that a row leaves out get a plain value."""
    directory.mkdir(parents=True, exist_ok=True)
    stage = {}
    for name, given in rows.items():
        table = TABLE[name]
        filled = [_filled(table, row) for row in given]
        stage[name] = directory / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(filled, arrow_schema(table)), stage[name])
    return stage


def firm() -> dict[str, list[Row]]:
    """A small consistent set of rows that touches 8 tables."""
    return {
        "users": [{"id": f"u{n}", "email": f"u{n}@one.example"} for n in range(3)],
        "client": [{"id": "c1", "name": "Alder Ltd", "created_by": "u0"}],
        "engagement": [{"id": "e1", "client_id": "c1", "created_by": "u1"}],
        "rfi": [{"id": f"r{n}", "engagement_id": "e1", "title": f"Lease {n}"} for n in range(4)],
        "review": [{"id": "w1", "engagement_id": "e1", "name": "Review", "wip_value": 0.1}],
        "highlight": [{"id": "h1", "review_id": "w1", "page_number": "1"}],
        "chat_messages": [{"id": "m1", "rfi_id": "r0", "user_id": "u2", "content": "hello"}],
        "migration_highlight_rects": [
            {"highlight_id": "h1", "kind": "rect", "ordinal": 0, "x1": "d0.1", "y1": "i5"}
        ],
    }


def selected(database: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """All rows of one query."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql, values).fetchall()


def original_database(path: Path, *statements: str) -> Path:
    """The application's database of 2026-02-01, made from the expectation file, in WAL mode."""
    lines = [line.split(" ") for line in LISTED.read_text().splitlines() if line[0] != "#"]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for table in (line[1] for line in lines if line[0] == "table"):
            connection.execute(_original_table(table, lines))
        for _, table, name, columns in (line for line in lines if line[0] == "index"):
            if not name.endswith("_later"):
                listed = ", ".join(f'"{column}"' for column in columns.split(","))
                connection.execute(f'CREATE INDEX {name} ON "{table}" ({listed})')
        for _, name, content, columns in (line for line in lines if line[0] == "search"):
            connection.execute(
                f"CREATE VIRTUAL TABLE {name} USING fts5({columns}, content='{content}', "
                "content_rowid='id')"
            )
        for statement in statements:
            connection.execute(statement)
    return path


def _original_table(table: str, lines: list[list[str]]) -> str:
    parts = []
    columns = [line for line in lines if line[:2] == ["column", table]]
    original = {line[3] for line in columns if line[-1] == "original"}
    for kind, name, *rest in lines:
        if name != table:
            continue
        if kind == "column" and rest[-1] == "original":
            _, column, declared, null, *default, key, _ = rest
            clause = f'"{column}" {declared}' + (" NOT NULL" if null == "required" else "")
            clause += "" if default == ["-"] else f" DEFAULT {' '.join(default)}"
            parts.append(clause + (" PRIMARY KEY" if key == "key1" else ""))
        elif kind == "unique":
            parts.append(f"UNIQUE ({rest[0]})")
        elif kind == "foreign_key" and rest[0] in original:
            parent, _, target = rest[2].partition(".")
            parts.append(f'FOREIGN KEY ("{rest[0]}") REFERENCES "{parent}" ("{target}")')
    return f'CREATE TABLE "{table}" ({", ".join(parts)})'


def _filled(table: Table, row: Row) -> dict[str, Any]:
    plain = {column.name: _plain(column) for column in table.columns if column.not_null}
    return {**plain, **row}


def _plain(column: Column) -> Any:
    if column.meaning == "time":
        return NOON
    return 0 if column.type in ("INTEGER", "BOOLEAN") else "x"
