"""Moonlanding as documents: rebuilt from its rows and residue, changed through its columns.

A read is proof/'s own rebuild. A write goes through documents/document_rows.py and is kept only if
the document, rebuilt, is exactly what was asked for; else it is refused and nothing changes. Epoch,
key and rows are one transaction. Holds no HTTP.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from moonlanding_assets.parallel.documents.document_pages import paths_of_page
from moonlanding_assets.parallel.documents.document_rows import (
    create_document,
    delete_document,
    put_document,
    read_document,
)
from moonlanding_assets.parallel.gateway.documents import (
    CannotCarryError,
    NoDocumentError,
    Page,
    StaleEpochError,
    UnavailableError,
    Write,
    accept,
    accepted_epoch,
    make_notes,
    note_write,
    require_no_query,
    require_open,
    version_of,
)
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.source.value import Fields

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
        self._writing = threading.Lock()
        try:
            connection = self._connection()
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            make_notes(connection)
        except sqlite3.DatabaseError as error:
            raise UnavailableError(f"{database}: {error}") from error

    def read(self, path: str) -> Fields | None:
        """The rebuilt document; None when the ledger has none of that path."""
        with self._viewing() as connection:
            return read_document(connection, path)

    def page(self, collection: str, *, after: str, limit: int) -> Page:
        """As the ledger lists them, in Firestore's order."""
        with self._viewing() as connection:
            paths = paths_of_page(connection, collection, after=after, limit=limit)
            found = ((path, read_document(connection, path)) for path in paths)
            return tuple((path, fields) for path, fields in found if fields is not None)

    def write(self, write: Write, *, epoch: int) -> int:
        """Epoch, key, rows and proof in one transaction; one after the other, in turn."""
        with self._writing:  # SQLite has one writer, and lets those who wait go in no order
            return self._write(write, epoch)

    def _write(self, write: Write, epoch: int) -> int:
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise UnavailableError(f"{self.database.name}: {error}") from error
        try:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            version = self._written(connection, write, epoch)
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError):
                raise CannotCarryError(f"the schema refuses it: {error}") from None
            if isinstance(error, sqlite3.OperationalError):  # a full disk; a ledger that is out
                raise UnavailableError(f"{self.database.name}: {error}") from error
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
        for query in noted[: 2 if _has(connection, "sync_documents") else 1]:
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

    def _written(self, connection: sqlite3.Connection, write: Write, epoch: int) -> int:
        if accepted_epoch(connection) != epoch:
            raise StaleEpochError(f"epoch {epoch} is not accepted by {self.side}")
        done = version_of(connection, write.key)
        if done is not None:
            return done
        require_open(write)
        with _search_kept(connection):
            _change(connection, write)
        version = self._now()
        note_write(connection, write, version)
        return version

    @contextmanager
    def _viewing(self) -> Iterator[sqlite3.Connection]:
        """One state of the database for all queries of an answer."""
        try:
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise UnavailableError(f"{self.database.name}: {error}") from error

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


def _change(connection: sqlite3.Connection, write: Write) -> None:
    """Change rows; what only the residue would hold is refused: no stream back could see it."""
    require_no_query(write.path, write.fields)
    held = read_document(connection, write.path)
    wanted: Fields | None = write.fields
    if write.kind == "delete":
        wanted, is_seen = None, delete_document(connection, write.path)
    elif write.kind == "create":
        is_seen = create_document(connection, write.path, write.fields)
    elif write.kind == "put":
        is_seen = put_document(connection, write.path, write.fields)
    elif held is None:
        raise NoDocumentError(write.path)
    else:
        wanted = {**held, **write.fields}
        is_seen = put_document(connection, write.path, wanted)
    if not is_seen and held != wanted:
        names = sorted(
            name for name in write.fields if (held or {}).get(name) != write.fields[name]
        )
        raise CannotCarryError(f"{', '.join(names) or 'the document'}: no row holds this")


@contextmanager
def _search_kept(connection: sqlite3.Connection) -> Iterator[None]:
    """Say that the search indexes move with the rows here: no trigger does it again."""
    if not _has(connection, "sync_state"):
        yield
        return
    connection.execute("INSERT OR REPLACE INTO sync_state VALUES ('search', 'writer')")
    yield
    connection.execute("DELETE FROM sync_state WHERE key = 'search'")


def _has(connection: sqlite3.Connection, table: str) -> bool:
    query = "SELECT 1 FROM sqlite_schema WHERE name = ?"
    return connection.execute(query, (table,)).fetchone() is not None
