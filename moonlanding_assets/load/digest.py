"""One number for the content of a database, whatever the order, page size or file layout.

Holds reading only. Two databases have the same digest exactly when all their rows agree in
storage class and in every bit.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from moonlanding_assets.load.opening import reading
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.schema.migration import RUN
from moonlanding_assets.schema.sync import SYNC_TABLES

# What differs between two runs over the same input, and says nothing about the result.
VOLATILE_RUN_KEYS = (
    "run_id", "dagster_run_id", "started_at", "finished_at", "created_at", "loaded_at", "host",
    "process_id", "target_sha256", "target_path", "published_digest",
)  # fmt: skip
_FETCHED_ROWS = 2_000
_MODULUS = 2**256
_ABSENT = "absent"


def logical_digest(database: Path) -> str:
    """Hex SHA-256 over every row of every ordinary table, VOLATILE_RUN_KEYS left out.

    Tables that the schema does not know count too. Independent of the order of rows and columns.
    Search indexes and statistics are derived and left out, and so are the notes of a sync
    (schema/sync.py). Raises sqlite3.DatabaseError when the file is no database.
    """
    return combined(table_digests(database))


def combined(lines: Mapping[str, str]) -> str:
    """The one digest of what table_digests found."""
    total = hashlib.sha256()
    for name, line in sorted(lines.items()):
        total.update(f"{name} {line}\n".encode())
    return total.hexdigest()


def rows_of(lines: Mapping[str, str]) -> dict[str, int]:
    """Rows by table of what table_digests found; absent tables are left out."""
    return {name: int(line.rsplit(" ", 2)[1]) for name, line in lines.items() if line != _ABSENT}


def table_digests(database: Path) -> dict[str, str]:
    """Per table "COLUMNS ROWS HEX", or "absent": shows where two databases differ."""
    with reading(database) as connection:
        connection.execute("BEGIN")  # one view of all tables
        names = [*TABLE, *sorted(strangers(connection))]
        return {name: _table_digest(connection, name) for name in names}


def strangers(connection: sqlite3.Connection) -> frozenset[str]:
    """The ordinary tables that the schema does not know: not of a search index, not SQLite's."""
    rows = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    )
    found = {str(name) for (name,) in rows}
    known = TABLE.keys() | SYNC_TABLES.keys()
    return frozenset(name for name in found if name not in known and name[:7] != "sqlite_")


def _table_digest(connection: sqlite3.Connection, table: str) -> str:
    names = sorted(row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})"))
    if not names:
        return _ABSENT
    try:
        count, total = _summed(connection, table, names)
    except sqlite3.OperationalError:  # text that is not UTF-8; that alone costs a call a value
        connection.text_factory = _exact_text
        count, total = _summed(connection, table, names)
    finally:
        connection.text_factory = str
    return f"{names!a} {count} {total % _MODULUS:064x}"


def _summed(connection: sqlite3.Connection, table: str, names: list[str]) -> tuple[int, int]:
    """How many rows, and the sum of the hashes of each."""
    count, total = 0, 0
    for row in _rows(connection, table, names):
        # ascii() of a tuple of None, int, float, str and bytes is exact and the same everywhere:
        # 1, 1.0, '1' and b'1' differ, and a double is its shortest text, the sign of zero kept.
        total += int.from_bytes(hashlib.sha256(ascii(row).encode()).digest())
        count += 1
    return count, total


def _rows(
    connection: sqlite3.Connection, table: str, names: list[str]
) -> Iterator[tuple[object, ...]]:
    columns = ", ".join(quoted(name) for name in names)
    statement = f"SELECT {columns} FROM {quoted(table)}"
    if table == RUN.name:
        marks = ", ".join("?" for _ in VOLATILE_RUN_KEYS)
        cursor = connection.execute(f"{statement} WHERE key NOT IN ({marks})", VOLATILE_RUN_KEYS)
    else:
        cursor = connection.execute(statement)
    while fetched := cursor.fetchmany(_FETCHED_ROWS):
        yield from fetched


def _exact_text(value: bytes) -> str:
    """Text with bytes that are not UTF-8 kept apart, instead of an error."""
    return value.decode("utf-8", "surrogateescape")
