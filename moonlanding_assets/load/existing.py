"""An existing production database as the start of a candidate: copied, compared, completed.

Holds what may be added to a database that people already use, and what is refused. It changes
only the copy. Undo: throw the copy away.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.errors import TargetRefused
from moonlanding_assets.load.opening import reading, require_readable
from moonlanding_assets.schema.catalogue import (
    TABLE,
    added_column_ddl,
    quoted,
    search_ddl,
    table_ddl,
    view_ddl,
)  # fmt: skip
from moonlanding_assets.schema.columns import Table
from moonlanding_assets.schema.search import SEARCH
from moonlanding_assets.schema.views import VIEWS

_Columns = dict[str, sqlite3.Row]


def copy_existing(existing: Path, candidate: Path) -> None:
    """A consistent copy, also of a database in use (its -wal included).

    Raises TargetRefused; TargetBusy where a writer keeps readers out for longer than five seconds.
    """
    if not existing.is_file():
        raise TargetRefused(f"{existing}: there is no such database")
    try:
        with (
            reading(existing) as source,
            closing(sqlite3.connect(candidate)) as target,
        ):
            source.execute("BEGIN")
            require_readable(source, existing)  # from here on no writer gets between
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if "disk is full" in str(error) or "disk I/O" in str(error):
            raise
        raise TargetRefused(f"{existing}: cannot be copied: {error}") from error


@dataclass(frozen=True, kw_only=True)
class SchemaChanges:
    """What a migration would change in the schema of an existing database, spelled out.

    made: tables, columns and search indexes that would be added or made anew. refused: differences
    that cannot be bridged; with one of them nothing is written at all.
    """

    made: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def require(self) -> None:
        """Raise TargetRefused naming every difference that cannot be bridged."""
        if self.refused:
            listed = "; ".join(self.refused)
            raise TargetRefused(f"the existing database cannot be completed: {listed}")


def schema_changes(existing: Path) -> SchemaChanges:
    """The changes that `complete` would make, without making any; raises TargetRefused."""
    if not existing.is_file():
        raise TargetRefused(f"{existing}: there is no such database")
    try:
        with reading(existing) as connection:
            connection.row_factory = sqlite3.Row
            return _changes(connection)
    except sqlite3.DatabaseError as error:
        raise TargetRefused(f"{existing}: cannot be read: {error}") from error


def complete(connection: sqlite3.Connection) -> None:
    """Adds what the schema has and the database lacks; rows stay as they are.

    Later columns are added as nullable. An empty table that cannot be completed (the original's
    tables without a key) is made anew, and so is a search index of another definition. Raises
    TargetRefused with every difference that cannot be bridged, before anything is changed.
    """
    connection.row_factory = sqlite3.Row
    try:
        _changes(connection).require()
        for table in TABLE.values():
            _complete_table(connection, table)
        _replace_search(connection)
    finally:
        connection.row_factory = None


def _changes(connection: sqlite3.Connection) -> SchemaChanges:
    refused = [*_triggers(connection), *_names(connection), *_broken(connection)]
    made: list[str] = []
    for table in TABLE.values():
        refused += [*_differences(connection, table), *_unique(connection, table)]
        made += _made(connection, table)
    for index in SEARCH:
        if _definition(connection, index.name) not in (None, search_ddl(index)):
            made.append(f"search index {index.name} is made anew")
    return SchemaChanges(made=tuple(made), refused=tuple(refused))


def _made(connection: sqlite3.Connection, table: Table) -> Iterator[str]:
    found = _columns(connection, table)
    missing = [column for column in table.columns if column.name not in found]
    if not found:
        yield f"table {table.name} is made"
    elif any(column.primary_key for column in missing):
        yield f"table {table.name} is made anew: it is empty and has no key"
    else:
        for column in missing:
            yield f"column {table.name}.{column.name} is added"


def _complete_table(connection: sqlite3.Connection, table: Table) -> None:
    found = _columns(connection, table)
    if not found:
        connection.execute(table_ddl(table))
        return
    missing = [column for column in table.columns if column.name not in found]
    if any(column.primary_key for column in missing):
        connection.execute(f"DROP TABLE {quoted(table.name)}")
        connection.execute(table_ddl(table))
        return
    for column in missing:
        connection.execute(added_column_ddl(table, column))


def _differences(connection: sqlite3.Connection, table: Table) -> Iterator[str]:
    found = _columns(connection, table)
    if not found:
        return
    has_rows = connection.execute(f"SELECT 1 FROM {quoted(table.name)} LIMIT 1").fetchone()
    for column in table.columns:
        where = f"{table.name}.{column.name}"
        row = found.get(column.name)
        if row is None:
            if column.primary_key and has_rows:
                yield f"{where} is a key column that rows already lack"
        elif row["type"].upper() != column.type:
            yield f"{where} is {row['type']}, expected {column.type}"
        elif bool(row["pk"]) != bool(column.primary_key):
            yield f"{where} is {'' if row['pk'] else 'not '}part of the primary key"
    yield from _unknown(table, found)


def _unknown(table: Table, found: _Columns) -> Iterator[str]:
    declared = {column.name for column in table.columns}
    for name, row in found.items():
        if name not in declared and row["notnull"] and row["dflt_value"] is None:
            yield f"{table.name}.{name} is unknown, required and without default"


def _unique(connection: sqlite3.Connection, table: Table) -> Iterator[str]:
    """Unique indexes that nobody here knows: rows that are loaded could clash with them."""
    known = {table.primary_key, *table.unique}
    listed = connection.execute(
        'SELECT name FROM pragma_index_list(?) WHERE "unique" = 1', (table.name,)
    )
    for (name,) in listed.fetchall():
        parts = connection.execute("SELECT name FROM pragma_index_info(?)", (name,)).fetchall()
        columns = tuple(part[0] for part in parts)
        if columns not in known:
            yield f"{table.name} has an unknown unique index {name}"


def _broken(connection: sqlite3.Connection) -> Iterator[str]:
    """References of its own rows that lead nowhere: the result could not be proved sound."""
    counted = connection.execute(
        'SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2'
    )
    for table, parent, count in counted.fetchall():
        yield f"{table}: {count} rows of its own without their parent in {parent}"


def _triggers(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    for name, table in rows:
        if table in TABLE:
            yield f"trigger {name} on {table} would change the rows that are loaded"


def _names(connection: sqlite3.Connection) -> Iterator[str]:
    for view in VIEWS:
        sql = _definition(connection, view.name)
        if sql not in (None, view_ddl(view)):
            yield f"{view.name} exists with another definition than the view of {view.table}"


def _replace_search(connection: sqlite3.Connection) -> None:
    for index in SEARCH:
        sql = _definition(connection, index.name)
        if sql not in (None, search_ddl(index)):
            connection.execute(f"DROP TABLE {quoted(index.name)}")


def _columns(connection: sqlite3.Connection, table: Table) -> _Columns:
    rows = connection.execute(f"PRAGMA table_info({quoted(table.name)})")
    return {row["name"]: row for row in rows}


def _definition(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])
