"""The file of the present state: its tables, how it is begun, and how one event moves it on.

Of each document only a newer version counts. What is deleted keeps its version, so that an event
that comes late cannot bring it back. Holds no reading of the store (present.py).
"""

import sqlite3
import uuid
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from moonlanding_assets.errors import SyncError
from moonlanding_assets.load.files import create_private, discard
from moonlanding_assets.parallel.forward.changes import Change, Event, Poison
from moonlanding_assets.source.document import Document

_TABLES = (
    "CREATE TABLE said (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE document (
        path TEXT PRIMARY KEY, collection TEXT NOT NULL, version INTEGER NOT NULL,
        sha256 TEXT NOT NULL, fields TEXT, is_pending INTEGER NOT NULL DEFAULT 0,
        held_version INTEGER, held_fields TEXT)""",  # of a pending one: what the rows still hold
    "CREATE INDEX document_collection ON document (collection, path)",
    "CREATE INDEX document_pending ON document (path) WHERE is_pending",
    """CREATE TABLE event (
        number INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,
        path TEXT NOT NULL, version INTEGER NOT NULL, op TEXT NOT NULL, outcome TEXT NOT NULL,
        reason TEXT NOT NULL, payload BLOB, is_noted INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX event_unnoted ON event (number) WHERE NOT is_noted",
)


def begin(
    file: Path, documents: Iterable[tuple[Document, int]], *, notes: Mapping[str, str]
) -> None:
    """Makes the store from snapshots, whole or not at all: each document with its version.

    notes: what the store says of itself, snapshot_time among them. Raises SyncError where there is
    one already.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        raise SyncError(f"{file}: there is a present state already; it moves on, it is not begun")
    building = file.with_name(f".{file.name}.building")
    discard(building)
    create_private(building)
    said = {**notes, "store": uuid.uuid4().hex}
    with closing(sqlite3.connect(building)) as connection, connection:
        for statement in _TABLES:
            connection.execute(statement)
        connection.executemany(
            "INSERT INTO document (path, collection, version, sha256, fields) "
            "VALUES (?, ?, ?, ?, ?)",
            (
                (one.path, one.collection, version, one.sha256, one.fields)
                for one, version in documents
            ),
        )
        connection.executemany("INSERT INTO said VALUES (?, ?)", sorted(said.items()))
    building.rename(file)


def take_one(connection: sqlite3.Connection, one: Change | Poison) -> int:
    """Take an event in, once; 1 if it was new. Inside the transaction of the caller."""
    event = one.event
    outcome = "poison" if isinstance(one, Poison) else _outcome(connection, event)
    reason, payload = "", None
    if isinstance(one, Poison):
        reason, payload = one.reason, event.payload.encode("utf-8", "surrogatepass")
    cursor = connection.execute(
        "INSERT OR IGNORE INTO event "
        "(event_id, origin, path, version, op, outcome, reason, payload) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (event.event_id, event.origin, _text(event.path), event.version, event.op, outcome, reason,
         payload),
    )  # fmt: skip
    if cursor.rowcount and outcome == "applied" and isinstance(one, Change):
        fields = one.fields if event.op == "set" else None
        connection.execute(
            "INSERT INTO document (path, collection, version, sha256, fields, is_pending) "
            "VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (path) DO UPDATE SET "
            "held_version = CASE WHEN is_pending THEN held_version ELSE version END, "
            "held_fields = CASE WHEN is_pending THEN held_fields ELSE fields END, "
            "version = excluded.version, sha256 = excluded.sha256, fields = excluded.fields, "
            "is_pending = 1",
            (event.path, one.collection, event.version, event.sha256 if fields else "", fields),
        )
    return max(cursor.rowcount, 0)


def _outcome(connection: sqlite3.Connection, event: Event) -> str:
    row = connection.execute("SELECT version FROM document WHERE path = ?", (event.path,))
    found = row.fetchone()
    return "applied" if found is None or event.version > found[0] else "stale"


def _text(path: str) -> str:
    """A path that is no Unicode can be noted, too."""
    return path.encode("utf-8", "backslashreplace").decode()
