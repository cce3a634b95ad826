"""A copy of the file made large enough to measure at: rows doubled with new ids, relations kept.

Works on a copy only. The same file gives the same rows. Holds no measurement.
"""

import sqlite3
from dataclasses import dataclass

from moonlanding_assets.schema.catalogue import BASE_TABLES, SEARCH, quoted
from moonlanding_assets.schema.columns import Column, Table
from moonlanding_assets.schema.migration import HIGHLIGHT_RECTS
from moonlanding_assets.validate.verification import count_of

_DOUBLED = (*BASE_TABLES, HIGHLIGHT_RECTS)
_IN_HASTE = ("foreign_keys = OFF", "journal_mode = OFF", "synchronous = OFF",
             "cache_size = -131072")  # fmt: skip
_KEYS_BESIDES = {  # columns that hold keys, though the schema does not call them references
    ("highlight_comment", "thread_id"),
    ("audit_logs", "entity_id"),
    (HIGHLIGHT_RECTS.name, "highlight_id"),
}


@dataclass(frozen=True, kw_only=True)
class Size:
    """Rows of the application's tables before and after, and how often each row is there."""

    own_rows: int
    rows: int
    times: int

    @property
    def is_enlarged(self) -> bool:
        """Whether there are rows that the judged file does not have."""
        return self.times > 1


def base_rows(connection: sqlite3.Connection) -> int:
    """How many rows the application's tables hold together."""
    return sum(count_of(connection, table.name) for table in BASE_TABLES)


def enlarge(connection: sqlite3.Connection, wanted: int) -> Size:
    """Double rows until there are at least `wanted`; with none at all there is nothing to double.

    Search indexes and statistics are made anew, foreign keys hold as they did.
    """
    own = base_rows(connection)
    times = -(-wanted // own) if own else 1
    if times > 1:
        for setting in _IN_HASTE:
            connection.execute(f"PRAGMA {setting}")
        connection.execute("BEGIN")
        for table in _DOUBLED:
            connection.execute(_doubling(table), (times - 1,))
        for index in SEARCH:
            name = quoted(index.name)
            connection.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")
        connection.execute("ANALYZE")
        connection.execute("COMMIT")
    return Size(own_rows=own, rows=base_rows(connection), times=times)


def _doubling(table: Table) -> str:
    """One statement that copies every row as often as the parameter says."""
    unique = {name for group in table.unique for name in group}
    names = ", ".join(quoted(column.name) for column in table.columns)
    values = ", ".join(_value(table, column, unique) for column in table.columns)
    source = quoted(table.name)
    return (
        "WITH RECURSIVE copy(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM copy "
        f"WHERE number < ?) INSERT INTO {source} ({names}) SELECT {values} FROM {source}, copy"
    )


def _value(table: Table, column: Column, unique: set[str]) -> str:
    name = f"{quoted(table.name)}.{quoted(column.name)}"
    is_key = column.meaning in ("key", "reference") or (table.name, column.name) in _KEYS_BESIDES
    if is_key:
        return f"{name} || '~' || copy.number"
    return f"copy.number || '.' || {name}" if column.name in unique else name
