"""Documents read out of a finished database: rows, residue, and the directory for the way back.

Reads only what the database holds; never the snapshot. Holds no inverse of a rule (rebuild.py).
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.times import utc_text
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.directory import Directory, Placeholder, rest_of
from moonlanding_assets.normalize.directory_build import NAMED, USER_COLLECTIONS
from moonlanding_assets.proof.rebuild import Residue, StoredRow, path_of
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.source.value import parse


@dataclass(frozen=True, kw_only=True)
class StoredDocument:
    """Everything that the database holds of one document."""

    path: str
    collection: str
    rows: tuple[StoredRow, ...]
    residue: tuple[Residue, ...]


def directory_of(connection: sqlite3.Connection) -> Directory:
    """The way back from row ids to document ids, e-mails and role ids."""
    run = dict(connection.execute("SELECT key, value FROM migration_run"))
    named = json.dumps([*NAMED, *USER_COLLECTIONS])
    documents = {
        (row_id, collection): rest_of(path)
        for row_id, collection, path in connection.execute(
            "SELECT row_id, collection, min(path) FROM migration_documents "
            "WHERE row_id IS NOT NULL AND collection IN (SELECT value FROM json_each(?)) "
            "GROUP BY row_id, collection",
            (named,),
        )
    }
    roles = json.loads(run.get("role_ids", "{}"))
    directory = Directory(
        snapshot_time=run.get("snapshot_time", ""),
        documents=documents,
        emails=dict(connection.execute("SELECT id, email FROM users")),
        role_ids={
            (key.partition(":")[0], key.partition(":")[2]): one for key, one in roles.items()
        },
    )
    lines = "SELECT table_name, row_id, key, reason FROM migration_placeholders"
    for table, row_id, key, reason in connection.execute(lines):
        found = match("mwr" if key.startswith("myworkreview/") else "friday", key)
        placeholder = Placeholder(table=table, row_id=row_id, key=key, reason=reason)
        directory.know(placeholder, found.key if found else "")
    return directory


def read_documents(
    connection: sqlite3.Connection, first: str, last: str
) -> Iterator[StoredDocument]:
    """The documents whose paths lie between two, both included, in the order of their paths."""
    return _read(connection, _Which(condition="BETWEEN ? AND ?", values=(first, last)))


def read_named(connection: sqlite3.Connection, paths: Sequence[str]) -> Iterator[StoredDocument]:
    """Those of the documents that are there, in the order of their paths."""
    named = (json.dumps(sorted(paths)),)
    return _read(connection, _Which(condition="IN (SELECT value FROM json_each(?))", values=named))


@dataclass(frozen=True, kw_only=True)
class _Which:
    """What is asked of the paths."""

    condition: str
    values: tuple[str, ...]


def _read(connection: sqlite3.Connection, which: _Which) -> Iterator[StoredDocument]:
    documents = connection.execute(
        "SELECT path, collection, row_id FROM migration_documents "
        f"WHERE path {which.condition} ORDER BY path",
        which.values,
    ).fetchall()
    wanted, placed = _wanted(connection, documents, which)
    rows: dict[str, list[StoredRow]] = {}
    for table, ids in wanted.items():
        found = _rows(connection, table, ids)
        for row_id, path, position in placed[table]:
            columns, derived = found[row_id]
            rows.setdefault(path, []).append(
                StoredRow(table=table, columns=columns, position=position, derived=derived)
            )
    residue = _residue(connection, which)
    for path, collection, _ in documents:
        yield StoredDocument(
            path=path,
            collection=collection,
            rows=tuple(rows.get(path, ())),
            residue=tuple(residue.get(path, ())),
        )


Placed = dict[str, list[tuple[str, str, tuple[str | int, ...]]]]


def _wanted(
    connection: sqlite3.Connection,
    documents: Sequence[tuple[str, str, str | None]],
    which: _Which,
) -> tuple[dict[str, set[str]], Placed]:
    """Row ids by table, and for each row the document and the place in it."""
    placed: Placed = {}
    for path, collection, row_id in documents:
        if row_id is not None:
            for table in _own_tables().get(collection, ()):
                placed.setdefault(table, []).append((row_id, path, ()))
    items = connection.execute(
        "SELECT table_name, row_id, path, position FROM migration_items "
        f"WHERE path {which.condition}",
        which.values,
    )
    for table, row_id, path, position in items:
        placed.setdefault(table, []).append((row_id, path, path_of(position)))
    return {table: {line[0] for line in lines} for table, lines in placed.items()}, placed


@cache
def _own_tables() -> Mapping[str, tuple[str, ...]]:
    """Collection → the tables in which a document has a row of its own."""
    return {
        one.collection.key: tuple(table.table.name for table in one.tables if not table.each)
        for one in MAPPINGS
    }


def _rows(
    connection: sqlite3.Connection, table: str, ids: set[str]
) -> dict[str, tuple[dict[str, SqlValue], frozenset[str]]]:
    """Row id → its columns (times as ISO text) and the columns that are derived."""
    wanted = json.dumps(sorted(ids))
    derived: dict[str, set[str]] = {}
    lines = connection.execute(
        "SELECT row_id, column_name FROM migration_derived "
        "WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))",
        (table, wanted),
    )
    for row_id, column in lines:
        derived.setdefault(row_id, set()).add(column)
    columns = TABLE[table].columns
    names = [column.name for column in columns]
    times = [place for place, column in enumerate(columns) if column.meaning == "time"]
    listed = ", ".join(quoted(name) for name in names)
    query = f"SELECT {listed} FROM {quoted(table)} WHERE id IN (SELECT value FROM json_each(?))"
    found = {}
    for values in connection.execute(query, (wanted,)):
        held = list(values)
        for place in times:
            held[place] = _iso_text(held[place])
        row = dict(zip(names, held, strict=True))
        found[str(row["id"])] = (row, frozenset(derived.get(str(row["id"]), ())))
    return found


def _residue(connection: sqlite3.Connection, which: _Which) -> dict[str, list[Residue]]:
    found: dict[str, list[Residue]] = {}
    lines = connection.execute(
        f"SELECT path, field, reason, value FROM migration_residue WHERE path {which.condition}",
        which.values,
    )
    for path, field, reason, value in lines:
        one = Residue(
            path=path_of(field), reason=reason, value=None if value is None else parse(value)
        )
        found.setdefault(path, []).append(one)
    return found


def _iso_text(stored: SqlValue) -> SqlValue:
    """A time as ISO text, also where the database holds whole Unix seconds."""
    if stored is None or "T" in str(stored):
        return stored
    return utc_text(int(stored) * 1000)
