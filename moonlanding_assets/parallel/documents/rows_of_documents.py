"""Which rows of the database belong to a document, and the writing of those that changed.

Asked of the ledger, by its indexes. Holds no comparison (forward/difference.py) and no transaction.
"""

import sqlite3
from collections.abc import Mapping

from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.compiled import compiled
from moonlanding_assets.normalize.directory_build import USER_COLLECTIONS
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.parallel.backward.settle import settled
from moonlanding_assets.parallel.forward.difference import (
    Key,
    Row,
    differences,
    key_places,
    stored_rows,
    write,
)
from moonlanding_assets.parallel.forward.renormalising import Changed, Renormaliser
from moonlanding_assets.parallel.forward.strangers import note_overwritten
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.settings import TimestampStorage

Keys = dict[str, set[Key]]

_OF_A_PATH = ("migration_documents", "migration_residue", "migration_quarantine")
_RECTANGLES = "migration_highlight_rects"


def add_keys_of_document(
    connection: sqlite3.Connection,
    keys: Keys,
    path: str,
    collection: str,
    taken: Mapping[str, frozenset[str]],
) -> None:
    """Add the keys of every row that the database holds of this document.

    taken: table → ids of production's own rows, which are no document's.
    """
    for table in _OF_A_PATH:
        keys.setdefault(table, set()).update(_keys(connection, table, "path", path))
    rows = _own_rows(path, collection)
    items = _keys(connection, "migration_items", "path", path)
    keys.setdefault("migration_items", set()).update(items)
    rows += [(str(table), str(identity)) for table, identity in items]
    for table, identity in rows:
        if identity in taken.get(table, ()):
            continue
        keys.setdefault(table, set()).add((identity,))
        _add_what_hangs_on(connection, keys, table, identity)


def _own_rows(path: str, collection: str) -> list[tuple[str, str]]:
    plan = compiled().get(collection)
    if plan is None:
        return []
    own = [one.name for one in plan.tables if not one.mapping.each]
    if collection in USER_COLLECTIONS:
        own.remove("users")  # made by the merge
    return [(table, row_id(path)) for table in own]


def _add_what_hangs_on(
    connection: sqlite3.Connection, keys: Keys, table: str, identity: str
) -> None:
    derived = connection.execute(
        "SELECT column_name FROM migration_derived WHERE table_name = ? AND row_id = ?",
        (table, identity),
    )
    found = keys.setdefault("migration_derived", set())
    found.update((table, identity, column) for (column,) in derived)
    if table == "highlight":
        rectangles = _keys(connection, _RECTANGLES, "highlight_id", identity)
        keys.setdefault(_RECTANGLES, set()).update(rectangles)


def _keys(connection: sqlite3.Connection, table: str, column: str, value: str) -> list[Key]:
    names = ", ".join(quoted(name) for name in TABLE[table].primary_key)
    statement = f"SELECT {names} FROM {quoted(table)} WHERE {quoted(column)} = ?"
    return connection.execute(statement, (value,)).fetchall()


def write_changed(
    connection: sqlite3.Connection,
    engine: Renormaliser,
    changed: Changed,
    storage: TimestampStorage,
    kept: set[tuple[str, str]] | None = None,
) -> dict[str, int]:
    """Write what an update of the engine came to; rows by kind. Inside the caller's transaction.

    kept: gets the rows that keep what an application wrote, as backward_settle.settled says.
    """
    keys: Keys = {}
    rows: dict[str, list[Row]] = {}
    for path, output in changed.documents.items():
        add_keys_of_document(connection, keys, path, engine.collection(path), engine.taken)
        _add_rows(rows, output)
    for before, now in changed.whole.values():
        _add_changed(rows, keys, before, now)
    desired = {table: stored_rows(TABLE[table], found, storage) for table, found in rows.items()}
    changes = settled(connection, differences(connection, desired, keys), kept)
    seen = {
        (table, str(key[0])) for held in (desired, keys) for table in held for key in held[table]
    }
    note_overwritten(connection, changes, seen, engine.taken)
    return write(connection, changes)


def _add_changed(rows: dict[str, list[Row]], keys: Keys, before: Output, now: Output) -> None:
    """Add what differs between two outputs: the new rows, and the keys of the old ones."""
    for table in {*before.rows, *now.rows}:
        old, new = set(before.rows.get(table, ())), set(now.rows.get(table, ()))
        places = key_places(TABLE[table])
        keys.setdefault(table, set()).update(tuple(row[n] for n in places) for row in old - new)
        rows.setdefault(table, []).extend(new - old)


def _add_rows(rows: dict[str, list[Row]], output: Output) -> None:
    for table, found in output.rows.items():
        rows.setdefault(table, []).extend(found)
