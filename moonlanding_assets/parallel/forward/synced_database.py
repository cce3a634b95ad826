"""The database that is kept in step: opened, its sync_* tables, its transaction, its notes.

Holds no row of a document. While the sync writes, sync_state says origin = OLD, in the same
transaction: triggers that log the application's own changes leave those rows out by it.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.backward.log import keep_log
from moonlanding_assets.parallel.forward.difference import Row, RowChange
from moonlanding_assets.parallel.forward.present import Known, Present, Received
from moonlanding_assets.schema.migration import RUN
from moonlanding_assets.schema.sync import SYNC_TABLES, SYNC_TRIGGERS
from moonlanding_assets.settings import TimestampStorage

ORIGIN = "origin"  # of sync_state
_STORE, _LAST = "store", "last_event"
_SAME = ("snapshot_time", "friday_snapshot_digest", "mwr_snapshot_digest")
_BUSY_SECONDS = 10.0


def open_database(database: Path) -> sqlite3.Connection:
    """The database in WAL mode, with foreign keys enforced and the sync_* tables made.

    Raises SyncError where there is none, or none that a migration made.
    """
    if not database.is_file():
        raise SyncError(f"{database}: there is no database to keep in step; migrate first")
    connection = sqlite3.connect(database, isolation_level=None, timeout=_BUSY_SECONDS)
    connection.text_factory = exact_text
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"SELECT 1 FROM {RUN.name}")
        for statement in (*SYNC_TABLES.values(), *SYNC_TRIGGERS):
            connection.execute(statement)
        keep_log(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise SyncError(f"{database}: is not the result of a migration ({error})") from error
    return connection


def require_same_beginning(connection: sqlite3.Connection, notes: Mapping[str, str]) -> None:
    """Raise SyncError unless the database was made from the snapshots that the store began with."""
    run = dict(connection.execute(f"SELECT key, value FROM {RUN.name}"))
    for key in _SAME:
        if key in run and key in notes and run[key] != notes[key]:
            raise SyncError(
                f"the database and the present state began with different snapshots ({key}): "
                "delete the present state and begin it again"
            )


def timestamp_storage(connection: sqlite3.Connection) -> TimestampStorage:
    """How the database stores times, as its migration noted it."""
    query = f"SELECT value FROM {RUN.name} WHERE key = 'timestamp_storage'"
    found = connection.execute(query).fetchone()
    return "unix_seconds" if found == ("unix_seconds",) else "iso8601"


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction, marked as OLD's; foreign keys are judged at its end.

    Raises SyncError where a row that no document makes refers to one that is to go.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT OR REPLACE INTO sync_state VALUES (?, 'OLD')", (ORIGIN,))
        yield connection
        connection.execute("DELETE FROM sync_state WHERE key = ?", (ORIGIN,))
        _commit(connection)
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _commit(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("COMMIT")
    except sqlite3.IntegrityError as error:
        wrong = connection.execute("PRAGMA foreign_key_check").fetchone()
        if wrong is None:
            raise
        raise SyncError(
            f"{wrong[0]}: a row that no document makes refers to a row of {wrong[2]} that is to "
            "go: take the reference away. Until then nothing is applied, and nothing is lost"
        ) from error


def last_event(connection: sqlite3.Connection, store: str) -> int | None:
    """The number of the last event noted of this very store; None where rows follow another."""
    said = dict(connection.execute("SELECT key, value FROM sync_state"))
    return int(said[_LAST]) if said.get(_STORE) == store else None


def held_versions(connection: sqlite3.Connection, paths: Iterable[str]) -> dict[str, int]:
    """The versions that the rows hold, of documents that ever changed."""
    query = "SELECT version FROM sync_documents WHERE path = ?"
    found = {path: connection.execute(query, (path,)).fetchone() for path in paths}
    return {path: int(row[0]) for path, row in found.items() if row is not None}


def note(
    connection: sqlite3.Connection,
    present: Present,
    documents: Iterable[Known],
    events: Iterable[Received],
) -> None:
    """Note, in the transaction of the rows, which state they hold and by which events."""
    said = {_STORE: present.notes["store"], _LAST: str(present.numbers()[1])}
    connection.executemany("INSERT OR REPLACE INTO sync_state VALUES (?, ?)", said.items())
    connection.executemany(
        "INSERT OR REPLACE INTO sync_documents VALUES (?, ?, ?, ?)",
        [
            (one.path, one.version, "delete" if one.fields is None else "set", one.sha256)
            for one in documents
        ],
    )
    for one in events:
        connection.execute(
            "INSERT OR IGNORE INTO sync_applied VALUES (?, ?, ?, ?, ?, ?)",
            (one.event_id, one.origin, one.path, one.version, one.op, one.outcome),
        )
        if one.outcome == "poison":
            _put_aside(connection, one)
        elif one.outcome == "applied":
            connection.execute(
                "UPDATE sync_quarantine SET resolved_by = ? "
                "WHERE path = ? AND version < ? AND resolved_by IS NULL",
                (one.event_id, one.path, one.version),
            )


def _put_aside(connection: sqlite3.Connection, one: Received) -> None:
    """A poison event shuts the gate, unless a newer state of the document was carried already.

    The same content lies there once: each whole reading meets it again.
    """
    same = connection.execute(
        "SELECT 1 FROM sync_quarantine q WHERE path = ? AND payload IS ? AND (resolved_by IS NULL "
        "OR EXISTS (SELECT 1 FROM sync_resolutions r WHERE r.kind = 'set aside' "
        "AND r.subject = q.event_id))",
        (one.path, one.payload),
    ).fetchone()
    if same is not None:
        return
    newer = connection.execute(
        "SELECT event_id FROM sync_applied WHERE path = ? AND version > ? AND outcome = 'applied'",
        (one.path, one.version),
    ).fetchone()
    connection.execute(
        "INSERT OR IGNORE INTO sync_quarantine VALUES (?, ?, ?, ?, ?, ?)",
        (one.event_id, one.path, one.version, one.reason, one.payload, newer and newer[0]),
    )


def note_conflicts(connection: sqlite3.Connection, changes: Iterable[RowChange]) -> None:
    """Keep what rows held that nobody but the sync should have written, and what was put back."""
    connection.executemany(
        "INSERT INTO sync_conflicts (table_name, key, found, put_back) VALUES (?, ?, ?, ?)",
        [(one.table, ascii(one.key), _kept(one.old), _kept(one.new)) for one in changes],
    )


def _kept(row: Row | None) -> str | None:
    return None if row is None else ascii(row)


def exact_text(value: bytes) -> str:
    """A text of the database as it lies there, also where it is no Unicode."""
    return value.decode("utf-8", "surrogateescape")
