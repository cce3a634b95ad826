"""Moonlanding as documents: rebuilt from its rows and residue, changed through its columns.

A read is proof/'s own rebuild. A write changes columns of the document's own row by the rules of
the mapping, and is kept only if the document, rebuilt, is exactly what was asked for; else it is
refused and nothing changes. Holds no HTTP, and no creating or deleting of documents.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.parallel.column_changes import changed_row
from moonlanding_assets.parallel.difference import differences, key_places, write
from moonlanding_assets.parallel.gateway_documents import (
    CannotCarryError,
    NoDocumentError,
    Patch,
    StaleEpochError,
    UnavailableError,
    accept,
    accepted_epoch,
    make_notes,
    note_write,
    version_of,
)
from moonlanding_assets.parallel.states import Side
from moonlanding_assets.proof.rebuild import rebuild
from moonlanding_assets.proof.stored import StoredDocument, directory_of, read_documents
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.source.value import Fields, canonical

_BUSY_SECONDS = 5.0


def now_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


class MoonlandingDocuments:
    """The documents of one database. Each thread has a connection of its own."""

    side: Side = "NEW"

    def __init__(self, database: Path, *, now: Callable[[], int] = now_us) -> None:
        self.database = database
        self._now = now
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            connection = self._connection()
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            make_notes(connection)
        except sqlite3.DatabaseError as error:
            raise UnavailableError(f"{database}: {error}") from error

    def read(self, path: str) -> Fields | None:
        """The rebuilt document; None when the ledger has none of that path."""
        try:
            connection = self._connection()
            connection.execute("BEGIN")  # one state of the database for all of its queries
            try:
                found = _stored(connection, path)
                return None if found is None else self._rebuilt(connection, found)
            finally:
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise UnavailableError(f"{self.database.name}: {error}") from error

    def patch(self, patch: Patch, *, epoch: int) -> int:
        """Epoch, key, rows and proof in one transaction."""
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise UnavailableError(f"{self.database.name}: {error}") from error
        try:
            version = self._patched(connection, patch, epoch)
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError):
                raise CannotCarryError(f"the schema refuses it: {error}") from None
            raise
        return version

    def written(self, key: str) -> int | None:
        """As noted in the transaction of the write."""
        return version_of(self._connection(), key)

    def has_seen(self, path: str, version: int) -> bool:
        """As the sync noted it, or as written here."""
        connection = self._connection()
        noted = (
            "SELECT 1 FROM sync_writes WHERE path = ? AND version >= ?",
            "SELECT 1 FROM sync_documents WHERE path = ? AND version >= ?",
        )
        for query in noted[: 2 if _is_synced(connection) else 1]:
            if connection.execute(query, (path, version)).fetchone():
                return True
        return False

    def fence(self, epoch: int | None) -> None:
        """SQLite has one writer: when this returns, no write of before is under way."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        accept(connection, epoch)
        connection.execute("COMMIT")

    def accepts(self) -> int | None:
        """The epoch whose writes are accepted."""
        return accepted_epoch(self._connection())

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for one in self._opened:
                one.close()
            self._opened.clear()

    def _patched(self, connection: sqlite3.Connection, patch: Patch, epoch: int) -> int:
        if accepted_epoch(connection) != epoch:
            raise StaleEpochError(f"epoch {epoch} is not accepted by {self.side}")
        done = version_of(connection, patch.key)
        if done is not None:
            return done
        before = _stored(connection, patch.path)
        if before is None:
            raise NoDocumentError(patch.path)
        wanted = {**self._rebuilt(connection, before), **patch.fields}
        change_row(connection, before, patch)
        after = _stored(connection, patch.path)
        held = {} if after is None else self._rebuilt(connection, after)
        if canonical(held) != canonical(wanted):
            raise CannotCarryError("the rows do not give back exactly what was asked for")
        version = self._now()
        note_write(connection, patch, version)
        return version

    def _rebuilt(self, connection: sqlite3.Connection, found: StoredDocument) -> Fields:
        directory = self._directory(connection)
        return rebuild(found.collection, found.rows, found.residue, directory)

    def _directory(self, connection: sqlite3.Connection) -> Directory:
        """Read again only after somebody wrote; its own writes change no name in it."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if getattr(self._local, "version", None) != version:
            self._local.directory = directory_of(connection)
            self._local.version = version
        found: Directory = self._local.directory
        return found

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            address = f"{self.database.absolute().as_uri()}?mode=rw"
            try:
                found = sqlite3.connect(
                    address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None,
                    check_same_thread=False,
                )  # fmt: skip
            except sqlite3.OperationalError as error:
                raise UnavailableError(f"{self.database.name}: {error}") from error
            found.execute("PRAGMA foreign_keys = ON")
            self._local.connection = found
            with self._lock:
                self._opened.append(found)
        return found


def change_row(connection: sqlite3.Connection, before: StoredDocument, patch: Patch) -> None:
    """The columns of the document's own row get the values of the fields."""
    changed = changed_row(before, patch.fields)
    table = TABLE[changed.table]
    stored: dict[str, Any] = {
        name: value
        for name, value in zip(
            (column.name for column in table.columns),
            _row(connection, changed.table, changed.row_id),
            strict=True,
        )
    }
    row = tuple({**stored, **changed.columns}.values())
    key = tuple(row[place] for place in key_places(table))
    write(connection, list(differences(connection, {table.name: {key: row}}, {})))
    for field in patch.fields:
        connection.execute(
            "DELETE FROM migration_residue WHERE path = ? AND field = json_array(?)",
            (patch.path, field),
        )
    for column in changed.columns:
        connection.execute(
            "DELETE FROM migration_derived WHERE table_name = ? AND row_id = ? AND column_name = ?",
            (changed.table, changed.row_id, column),
        )


def _row(connection: sqlite3.Connection, table: str, row_id: str) -> tuple[Any, ...]:
    names = ", ".join(f'"{column.name}"' for column in TABLE[table].columns)
    query = f'SELECT {names} FROM "{table}" WHERE id = ?'
    found: tuple[Any, ...] = connection.execute(query, (row_id,)).fetchone()
    return found


def _stored(connection: sqlite3.Connection, path: str) -> StoredDocument | None:
    return next(iter(read_documents(connection, path, path)), None)


def _is_synced(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_schema WHERE name = 'sync_documents'"
    return connection.execute(query).fetchone() is not None
