"""What the sync may write into rows that applications write, too: everything but their own cells.

While the stream back runs, a cell that an application wrote since it was last sent is not written
over: it was read from the log which those are. What no document can hold stays for good, as long as
the documents go on saying the same. Inside the caller's transaction; holds no comparison of rows.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from moonlanding_assets.parallel.backward.log import row_before, stream_state
from moonlanding_assets.parallel.backward.rules import back_rules, mapping_of
from moonlanding_assets.parallel.backward.spelling import is_same
from moonlanding_assets.parallel.forward.difference import Row, RowChange
from moonlanding_assets.proof.rebuild import path_of
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.schema.triggers_of_sync import LOGGED

RowKey = tuple[str, str]
_LOGGED = frozenset(one.name for one in LOGGED)
_WHOLE = ""  # column_name of a row that is all its own


def settled(
    connection: sqlite3.Connection, changes: Iterable[RowChange], kept: set[RowKey] | None = None
) -> list[RowChange]:
    """The changes that may be made; what a row has that no document can hold is noted.

    kept: gets the rows that keep a cell though a document could hold it.
    """
    if stream_state(connection) != "started":
        result = list(pinned_apart(connection, changes))
    else:
        kept = set() if kept is None else kept
        result = []
        for one in pinned_apart(connection, changes):
            left = _merged(connection, one, kept) if one.table in _LOGGED else one
            if left is not None:
                result.append(left)
    for one in result:
        if one.old is None or one.new is None:
            _unpin(connection, one)  # the row goes, or went: with it what was its own
    return result


_PINNED = "SELECT DISTINCT table_name, key FROM sync_own"
_HAS_PINS = "SELECT 1 FROM sqlite_schema WHERE name = 'sync_own'"


def own_row(connection: sqlite3.Connection, table: str, key: str) -> None:
    """The row is Moonlanding's own: no document holds it, and no sync writes it."""
    _pin(connection, table, key, _WHOLE, "")


def pinned_apart(
    connection: sqlite3.Connection, changes: Iterable[RowChange]
) -> Iterator[RowChange]:
    """The changes without what is noted as Moonlanding's own. Reads only."""
    pinned = _pinned(connection)
    for one in changes:
        left = _without_pins(connection, one) if _place(one) in pinned else one
        if left is not None:
            yield left


def _pinned(connection: sqlite3.Connection) -> set[RowKey]:
    if connection.execute(_HAS_PINS).fetchone() is None:
        return set()
    return {(table, key) for table, key in connection.execute(_PINNED)}


def _place(one: RowChange) -> RowKey:
    return one.table, str(one.key[0])


def _without_pins(connection: sqlite3.Connection, one: RowChange) -> RowChange | None:
    lines = connection.execute(
        "SELECT column_name, instead FROM sync_own WHERE table_name = ? AND key = ?", _place(one)
    )
    pins = dict(lines.fetchall())
    if one.old is None:
        return one
    if _WHOLE in pins:
        return None
    if one.new is None:
        return one
    names = [column.name for column in TABLE[one.table].columns]
    return _with_row(one, tuple(
        old if pins.get(name) == ascii(new) else new
        for name, old, new in zip(names, one.old, one.new, strict=True)
    ))  # fmt: skip


def _merged(connection: sqlite3.Connection, one: RowChange, kept: set[RowKey]) -> RowChange | None:
    table, key = one.table, str(one.key[0])
    is_touched, before = row_before(connection, table, key)
    if not is_touched:
        return one
    if one.old is None:
        return None  # the application deleted it, maybe after it was sent for the first time
    if one.new is None:
        return None if before is None else one
    cells = []
    homes = _homes(connection, table, key)
    for place, column in enumerate(TABLE[table].columns):
        old, new = one.old[place], one.new[place]
        is_written = before is None or ascii(before[place]) != ascii(old)
        if column.name in homes and is_same(column, old, new):
            is_written = False  # the same, in the migration's spelling
        cells.append(old if is_written else new)
        if is_written and ascii(old) != ascii(new):
            if column.name in homes:
                kept.add((table, key))
            else:
                _pin(connection, table, key, column.name, ascii(new))
    return _with_row(one, tuple(cells))


def _with_row(one: RowChange, new: Row) -> RowChange | None:
    return None if ascii(one.old) == ascii(new) else replace(one, new=new)


def _homes(connection: sqlite3.Connection, table: str, key: str) -> frozenset[str]:
    """The columns of this row that a document holds."""
    item = connection.execute(
        "SELECT d.collection, i.position FROM migration_items i JOIN migration_documents d "
        "USING (path) WHERE i.table_name = ? AND i.row_id = ?",
        (table, key),
    ).fetchone()
    if item is not None:
        keys = tuple(one for one in path_of(item[1]) if isinstance(one, str))
        return _home_columns(item[0], table, keys)
    own = connection.execute(
        "SELECT collection FROM migration_documents WHERE row_id = ?", (key,)
    ).fetchall()
    found = [_home_columns(collection, table, ()) for (collection,) in own]
    return frozenset().union(*found)


@cache
def _home_columns(collection: str, table: str, keys: tuple[str, ...]) -> frozenset[str]:
    mapping = mapping_of(collection, table, keys)
    rules = () if mapping is None else back_rules(mapping)
    return frozenset(rule.column for rule in rules if rule.is_home)


def _pin(connection: sqlite3.Connection, table: str, key: str, column: str, instead: str) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO sync_own VALUES (?, ?, ?, ?)", (table, key, column, instead)
    )


def _unpin(connection: sqlite3.Connection, one: RowChange) -> None:
    connection.execute(
        "DELETE FROM sync_own WHERE table_name = ? AND key = ?", (one.table, str(one.key[0]))
    )
