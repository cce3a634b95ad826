"""What the rows of a database lack of what they should be, and the writing of exactly that.

Rows are compared by their keys, in storage class and in every bit. Search indexes move with
their rows. Holds no rule about what the rows should be, and no transaction: that is the caller's.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from moonlanding_assets.errors import SyncError
from moonlanding_assets.load.integrity import rebuild_search
from moonlanding_assets.load.stage import verified
from moonlanding_assets.load.storage import untagged
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.stage import StageRow, batch_of
from moonlanding_assets.parallel.forward.search_kept import search_kept
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.schema.columns import SearchIndex, Table
from moonlanding_assets.schema.search import SEARCH
from moonlanding_assets.settings import TimestampStorage

Key = tuple[SqlValue, ...]
Row = tuple[SqlValue, ...]
Rows = Mapping[str, Mapping[Key, Row]]  # table → key → row, as the database stores it

_SEARCH: Mapping[str, SearchIndex] = {one.content: one for one in SEARCH}


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """One row that is to change: `old` is None of a new row, `new` of one that goes."""

    table: str
    key: Key
    rowid: int | None
    old: Row | None
    new: Row | None

    @property
    def kind(self) -> str:
        """inserted, updated or deleted."""
        if self.old is None:
            return "inserted"
        return "deleted" if self.new is None else "updated"


def stored_rows(
    table: Table, rows: Sequence[StageRow], storage: TimestampStorage
) -> dict[Key, Row]:
    """Rows of the engine as the database stores them, by key; raises StageError as a load does."""
    return rows_of_batch(table, verified(table, batch_of(table, rows), storage)) if rows else {}


def rows_of_batch(table: Table, batch: pa.RecordBatch) -> dict[Key, Row]:
    """The rows of a verified batch by key; ANY values untagged, -0.0 as a REAL column keeps it."""
    columns: list[Sequence[SqlValue]] = []
    for column, values in zip(table.columns, batch.columns, strict=True):
        listed: list[SqlValue] = values.to_pylist()
        if column.type == "ANY":
            listed = [untagged(None if one is None else str(one)) for one in listed]
        if column.type == "REAL":
            listed = [None if one is None else float(one) + 0.0 for one in listed]
        columns.append(listed)
    places = key_places(table)
    return {tuple(row[n] for n in places): row for row in zip(*columns, strict=True)}


@cache
def key_places(table: Table) -> tuple[int, ...]:
    """Where in a row the columns of its key are."""
    names = [column.name for column in table.columns]
    return tuple(names.index(name) for name in table.primary_key)


def differences(
    connection: sqlite3.Connection, desired: Rows, keys: Mapping[str, Iterable[Key]]
) -> Iterator[RowChange]:
    """The changes that give the rows of these keys; a key without a desired row loses its row.

    keys: table → keys; those of the desired rows need not be among them.
    """
    for name, table in TABLE.items():
        wanted = desired.get(name, {})
        for key in {*wanted, *keys.get(name, ())}:
            found = connection.execute(_select(table, by_key=True), key).fetchone()
            rowid, old = (None, None) if found is None else (found[0], found[1:])
            if old is not None or key in wanted:
                yield from _change(name, key, rowid, old, wanted.get(key))


def differences_of_table(
    connection: sqlite3.Connection, table: Table, desired: Mapping[Key, Row], spared: set[Key]
) -> Iterator[RowChange]:
    """The changes that make the whole table what is desired; rows of `spared` keys are not ours."""
    places = [place + 1 for place in key_places(table)]
    left = dict(desired)
    for rowid, *old in connection.execute(_select(table, by_key=False)):
        key = tuple((rowid, *old)[place] for place in places)
        wanted = left.pop(key, None)
        if wanted is not None or key not in spared:
            yield from _change(table.name, key, rowid, tuple(old), wanted)
    for key, row in left.items():
        yield from _change(table.name, key, None, None, row)


def _change(
    table: str, key: Key, rowid: int | None, old: Row | None, new: Row | None
) -> Iterator[RowChange]:
    # ascii() tells 1 from 1.0 and -0.0 from 0.0, which == does not
    if old is None or new is None or (old is not new and ascii(old) != ascii(new)):
        yield RowChange(table=table, key=key, rowid=rowid, old=old, new=new)


@cache
def _select(table: Table, *, by_key: bool) -> str:
    names = ", ".join(quoted(column.name) for column in table.columns)
    where = " AND ".join(f"{quoted(name)} = ?" for name in table.primary_key)
    return f"SELECT rowid, {names} FROM {quoted(table.name)}" + (f" WHERE {where}" * by_key)


def write(
    connection: sqlite3.Connection, changes: Iterable[RowChange], *, is_search_right: bool = True
) -> dict[str, int]:
    """Carry out the changes; rows by kind. Foreign keys must be deferred to the end.

    Rows that go, go first; a row whose UNIQUE column changes goes and comes back, so that two
    rows can swap what must be unique. is_search_right: each row is in its search index as it is;
    else all indexes are made anew. Raises SyncError where that was said and is not so.
    """
    listed = list(changes)
    writer = _Writer(connection, _SEARCH if is_search_right else {})
    try:
        with search_kept(connection):
            _write(writer, listed)
    except sqlite3.DatabaseError as error:
        if not error.sqlite_errorname.startswith("SQLITE_CORRUPT"):
            raise
        raise SyncError(
            "a row is not in its search index as it is: somebody else wrote it. Look at it with "
            "a sweep, and let the sweep repair it"
        ) from error
    if not is_search_right:
        rebuild_search(connection)
    return dict(Counter(one.kind for one in listed))


def _write(writer: "_Writer", changes: Sequence[RowChange]) -> None:
    moved = {id(one) for one in changes if _moves(one)}
    for one in changes:
        if one.kind == "deleted" or id(one) in moved:
            writer.delete(one)
    for one in changes:
        if one.kind == "updated" and id(one) not in moved:
            writer.update(one)
    for one in changes:
        if one.kind == "inserted" or id(one) in moved:
            writer.insert(one)


def _moves(one: RowChange) -> bool:
    if one.old is None or one.new is None:
        return False
    return any(one.old[n] != one.new[n] for n in _unique_places(TABLE[one.table]))


@cache
def _unique_places(table: Table) -> tuple[int, ...]:
    names = [column.name for column in table.columns]
    return tuple(names.index(name) for group in table.unique for name in group)


@dataclass(frozen=True)
class _Writer:
    connection: sqlite3.Connection
    search: Mapping[str, SearchIndex]

    def delete(self, one: RowChange) -> None:
        self._forget(one)
        statement = f"DELETE FROM {quoted(one.table)} WHERE rowid = ?"
        self.connection.execute(statement, (one.rowid,))

    def update(self, one: RowChange) -> None:
        if one.old is None or one.new is None:
            return
        pairs = enumerate(zip(one.old, one.new, strict=True))
        changed = [n for n, (old, new) in pairs if ascii(old) != ascii(new)]
        is_searched = not _search_places(one.table).isdisjoint(changed)
        if is_searched:
            self._forget(one)
        columns = TABLE[one.table].columns
        marks = ", ".join(f"{quoted(columns[n].name)} = ?" for n in changed)
        values = [one.new[n] for n in changed]
        statement = f"UPDATE {quoted(one.table)} SET {marks} WHERE rowid = ?"
        self.connection.execute(statement, (*values, one.rowid))
        if is_searched:
            self._enter(one, one.rowid)

    def insert(self, one: RowChange) -> None:
        if one.new is None:
            return
        marks = ", ".join("?" for _ in one.new)
        names = ", ".join(quoted(column.name) for column in TABLE[one.table].columns)
        statement = f"INSERT INTO {quoted(one.table)} ({names}) VALUES ({marks})"
        self._enter(one, self.connection.execute(statement, one.new).lastrowid)

    def _forget(self, one: RowChange) -> None:
        index = self.search.get(one.table)
        if index is not None and one.old is not None:
            name, columns, marks = _search_parts(index)
            values = _searched(index, one.old)
            self.connection.execute(
                f"INSERT INTO {name} ({name}, rowid, {columns}) VALUES ('delete', ?, {marks})",
                (one.rowid, *values),
            )

    def _enter(self, one: RowChange, rowid: int | None) -> None:
        index = self.search.get(one.table)
        if index is not None and one.new is not None:
            name, columns, marks = _search_parts(index)
            statement = f"INSERT INTO {name} (rowid, {columns}) VALUES (?, {marks})"
            self.connection.execute(statement, (rowid, *_searched(index, one.new)))


@cache
def _search_parts(index: SearchIndex) -> tuple[str, str, str]:
    columns = ", ".join(quoted(column) for column in index.columns)
    return quoted(index.name), columns, ", ".join("?" for _ in index.columns)


def _searched(index: SearchIndex, row: Row) -> list[SqlValue]:
    names = [column.name for column in TABLE[index.content].columns]
    return [row[names.index(column)] for column in index.columns]


@cache
def _search_places(table: str) -> frozenset[int]:
    index = _SEARCH.get(table)
    names = [column.name for column in TABLE[table].columns]
    return frozenset(() if index is None else map(names.index, index.columns))
