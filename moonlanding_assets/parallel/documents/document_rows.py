"""One document made, replaced or deleted in a finished database, by the migration's own `apply`.

Inside the caller's transaction, with foreign keys deferred to its end. What is kept gives the
document back exactly, or CannotCarryError names the field and the caller rolls back. Holds no
epoch, no key and no second mapping; people are refused, because one row is two documents.
"""

import re
import sqlite3
from functools import cache

import orjson

from moonlanding_assets.contract.catalogue import pattern_key
from moonlanding_assets.errors import StageError
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import Unset
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.apply import RawDocument, apply
from moonlanding_assets.normalize.directory_build import (
    ROLE_COLLECTIONS,
    SIBLINGS,
    USER_COLLECTIONS,
)
from moonlanding_assets.normalize.placeholders import add_placeholders
from moonlanding_assets.parallel.documents.directory_of_rows import directory_of_rows
from moonlanding_assets.parallel.documents.referring_rows import referring_tables
from moonlanding_assets.parallel.documents.rows_of_documents import Keys, add_keys_of_document
from moonlanding_assets.parallel.forward.changes import sha256_of
from moonlanding_assets.parallel.forward.completed_rows import begin_completed, complete_rows
from moonlanding_assets.parallel.forward.difference import Key, Row, differences, stored_rows, write
from moonlanding_assets.parallel.forward.synced_database import timestamp_storage
from moonlanding_assets.parallel.gateway.documents import CannotCarryError, NoDocumentError
from moonlanding_assets.proof.rebuild import rebuild
from moonlanding_assets.proof.stored import read_documents
from moonlanding_assets.schema.catalogue import MIGRATION_TABLES, TABLE, quoted
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import Fields, canonical

_LEDGER = "migration_documents"
_OF_THE_LEDGER = frozenset(one.name for one in MIGRATION_TABLES)
_SEPARATORS = re.compile(r"[.\[]")


def read_document(connection: sqlite3.Connection, path: str) -> Fields | None:
    """The document as its rows and residue give it back; None when the ledger has none."""
    for one in read_documents(connection, path, path):
        directory = directory_of_rows(connection)
        return rebuild(one.collection, one.rows, one.residue, directory)
    return None


def put_document(connection: sqlite3.Connection, path: str, fields: Fields) -> bool:
    """The rows and ledger lines of the document are what a migration of these fields makes.

    Whether it was there or not. True when a row of the application changed, not only the ledger.
    Raises CannotCarryError, with whatever was written still there: the caller rolls back.
    """
    collection = _collection(path)
    output = _made(connection, path, collection, fields)
    keys = _keys_of(connection, path, collection)
    storage = timestamp_storage(connection)
    rows: dict[str, list[Row]] = {table: list(found) for table, found in output.rows.items()}
    begin_completed(rows, snapshot_time=directory_of_rows(connection).snapshot_time)
    try:
        desired = {name: stored_rows(TABLE[name], found, storage) for name, found in rows.items()}
    except StageError as error:
        raise CannotCarryError(f"the schema refuses it: {error}") from None
    _keep_own(connection, collection, desired)
    is_seen = _change(connection, path, desired, keys)
    held = read_document(connection, path)
    if held is None or canonical(held) != canonical(fields):
        names = {*(held or {}), *fields}
        differ = sorted(name for name in names if (held or {}).get(name) != fields.get(name))
        raise CannotCarryError(f"{', '.join(differ)}: the rows do not give this back exactly")
    return is_seen


def create_document(connection: sqlite3.Connection, path: str, fields: Fields) -> bool:
    """As put_document, of a document that is not there; raises CannotCarryError when it is."""
    if connection.execute(f"SELECT 1 FROM {_LEDGER} WHERE path = ?", (path,)).fetchone():
        raise CannotCarryError("there is such a document already")
    return put_document(connection, path, fields)


def delete_document(connection: sqlite3.Connection, path: str) -> bool:
    """Its rows and its lines of the ledger go; True when it had a row of the application.

    Raises NoDocumentError, and CannotCarryError naming the tables whose rows refer to it: these
    are deleted first, by whoever asks. Documents below it that have no reference stay.
    """
    if not connection.execute(f"SELECT 1 FROM {_LEDGER} WHERE path = ?", (path,)).fetchone():
        raise NoDocumentError(path)
    collection = _collection(path)
    _require_same_role(collection, read_document(connection, path) or {}, {})
    return _change(connection, path, {}, _keys_of(connection, path, collection))


def _change(
    connection: sqlite3.Connection, path: str, desired: dict[str, dict[Key, Row]], keys: Keys
) -> bool:
    changes = list(differences(connection, desired, keys))
    gone = [(one.table, str(one.key[0])) for one in changes if one.kind == "deleted"]
    write(connection, changes)
    complete_rows(connection, changes)
    referring = sorted({one for row in gone for one in referring_tables(connection, *row)})
    if referring:
        raise CannotCarryError(f"rows of {', '.join(referring)} refer to what would go")
    if pattern_key(system_of(path), path) in SIBLINGS:
        _require_no_item(connection, path)
    return not _OF_THE_LEDGER.issuperset(one.table for one in changes)


def _keep_own(
    connection: sqlite3.Connection, collection: str, desired: dict[str, dict[Key, Row]]
) -> None:
    """What no document of this collection can say stays in rows that are there already."""
    for name, places in _silent(collection).items():
        names = ", ".join(quoted(column.name) for column in TABLE[name].columns)
        query = f"SELECT {names} FROM {quoted(name)} WHERE id = ?"
        for key, row in desired.get(name, {}).items():
            held = connection.execute(query, key).fetchone()
            if held is not None:
                kept = [held[n] if n in places else one for n, one in enumerate(row)]
                desired[name][key] = tuple(kept)


@cache
def _silent(collection: str) -> dict[str, frozenset[int]]:
    """Table → the places of the columns that no rule fills from a document."""
    found: dict[str, frozenset[int]] = {}
    for mapping in MAPPINGS:
        for one in mapping.tables if mapping.collection.key == collection else ():
            rules = enumerate(one.columns.values())
            places = frozenset(place for place, rule in rules if isinstance(rule, Unset))
            found[one.table.name] = found.get(one.table.name, places) & places
    return {table: places for table, places in found.items() if places}


def _collection(path: str) -> str:
    key = pattern_key(system_of(path), path)
    if key in USER_COLLECTIONS:
        raise CannotCarryError(
            f"{key}: people are merged by e-mail, so a row may be two documents; "
            "they are made and deleted in Moonlanding itself"
        )
    return key


def _require_same_role(collection: str, before: Fields, fields: Fields) -> None:
    if collection in ROLE_COLLECTIONS and before.get("name") != fields.get("name"):
        raise CannotCarryError("name: the roles of people depend on what these are called")


def _made(connection: sqlite3.Connection, path: str, collection: str, fields: Fields) -> Output:
    """What the engine makes of the document, and of placeholders that were not there before."""
    standing = "SELECT 1 FROM migration_placeholders WHERE key = ?"
    if connection.execute(standing, (path,)).fetchone():
        raise CannotCarryError("other rows refer to a placeholder that stands for this document")
    before = read_document(connection, path) or {}
    _require_same_role(collection, before, fields)
    text = canonical(fields)
    document = RawDocument(path=path, collection=collection, fields=text, sha256=sha256_of(text))
    directory = directory_of_rows(connection)
    whole_seconds = timestamp_storage(connection) == "unix_seconds"
    output = apply((document,), directory, whole_seconds=whole_seconds)
    _require_carried(output, before, fields)
    placeholders = Output()
    add_placeholders(directory, placeholders)
    for table, rows in placeholders.rows.items():
        place = 1 if table == "migration_placeholders" else _id_place(table)
        for row in rows:
            if not _is_there(connection, table, str(row[place])):
                output.add(table, *row)
    return output


def _require_carried(output: Output, before: Fields, fields: Fields) -> None:
    """A migration keeps aside what it cannot carry; a client is told instead.

    What the document held before, and is the same now, stays where the migration put it.
    """
    for _, locator, _, name, reason in output.rows.get("migration_quarantine", ()):
        top = _SEPARATORS.split(str(locator or name))[0]
        if not top or before.get(top) != fields.get(top):
            raise CannotCarryError(f"{locator or name or 'the document'}: {reason}")
    for _, field, reason, _ in output.rows.get("migration_residue", ()):
        top = str(orjson.loads(str(field))[0])
        if reason == "unknown_field" and before.get(top) != fields.get(top):
            raise CannotCarryError(f"{top}: no declaration knows this field")


def _id_place(table: str) -> int:
    return [column.name for column in TABLE[table].columns].index("id")


def _is_there(connection: sqlite3.Connection, table: str, identity: str) -> bool:
    name = "row_id" if table == "migration_placeholders" else "id"
    query = f"SELECT 1 FROM {quoted(table)} WHERE {name} = ?"
    return connection.execute(query, (identity,)).fetchone() is not None


def _keys_of(connection: sqlite3.Connection, path: str, collection: str) -> Keys:
    keys: Keys = {}
    if connection.execute(f"SELECT 1 FROM {_LEDGER} WHERE path = ?", (path,)).fetchone():
        add_keys_of_document(connection, keys, path, collection, {})
    return keys


def _require_no_item(connection: sqlite3.Connection, path: str) -> None:
    """An array item of the same id gives its row to the document, and takes it back: not here."""
    parts = path.split("/")
    item = f"{parts[-2]}[{parts[-1]}]"
    query = (
        "SELECT 1 FROM migration_items WHERE path >= ?1 || '/' AND path < ?1 || '0' "
        "AND locator = ?2 UNION ALL SELECT 1 FROM migration_residue "
        "WHERE path >= ?1 || '/' AND path < ?1 || '0' AND reason = 'merged' "
        "AND (json_extract(value, '$.mapValue.fields.id.stringValue') = ?3 "
        "OR json_extract(value, '$.mapValue.fields.cloud_id.stringValue') = ?3)"
    )
    if connection.execute(query, ("/".join(parts[:-2]), item, parts[-1])).fetchone():
        raise CannotCarryError("an item of the RFI's own array has the same id")
