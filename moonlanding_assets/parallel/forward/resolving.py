"""What a person decides about what shuts the gate: events in quarantine, conflicts of rows.

Each decision is a line that stays, with who and why. Shows ids, places, hashes and counts, never
what a document or a row holds. Undo: none; a wrong decision is found by the next whole reading or
sweep of the rows, which shut the gate again when there is something new.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonlanding_assets.errors import SyncError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.forward.changes import Event, sha256_of
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.parallel.state.control_row import utc_now
from moonlanding_assets.schema.sync import OPEN_CONFLICTS, OPEN_QUARANTINE

_WAIT_SECONDS = 10.0
_RETRIED = "retried"  # of sync_state


@dataclass(frozen=True, kw_only=True)
class AsideEvent:
    """An event in quarantine that nobody has resolved. sha256: of its payload, "" without one."""

    event_id: str
    path: str
    version: int
    reason: str
    payload_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class OpenConflict:
    """A row that somebody else had written; sha256 of what it held and what was put back."""

    number: int
    table: str
    key: str
    found_sha256: str
    put_back_sha256: str


def events_aside(database: Path) -> tuple[AsideEvent, ...]:
    """The events in quarantine, the oldest version first; none before the first sync."""
    columns = "event_id, path, version, reason, payload"
    return tuple(
        AsideEvent(
            event_id=event_id, path=path, version=version, reason=reason,
            payload_bytes=len(payload or b""), sha256=_sha256(payload),
        )
        for event_id, path, version, reason, payload in _rows(
            database, f"SELECT {columns} FROM {OPEN_QUARANTINE} ORDER BY version, event_id"
        )
    )  # fmt: skip


def open_conflicts(database: Path) -> tuple[OpenConflict, ...]:
    """The conflicts that nobody has settled, in the order in which they were found."""
    return tuple(
        OpenConflict(
            number=number, table=table, key=key, found_sha256=_sha256(found),
            put_back_sha256=_sha256(put_back),
        )
        for number, table, key, found, put_back in _rows(
            database,
            "SELECT number, table_name, key, found, put_back "
            f"FROM {OPEN_CONFLICTS} ORDER BY number",
        )
    )  # fmt: skip


def set_aside(database: Path, event_id: str, *, by: str, reason: str) -> None:
    """The event is not to be carried: the document stays as Moonlanding has it."""
    with _deciding(database) as connection:
        _require_open(connection, event_id)
        number = _decided(connection, "set aside", event_id, by=by, reason=reason)
        _resolved(connection, event_id, number)


def settle(database: Path, conflict: int, *, by: str, reason: str) -> None:
    """Somebody has looked at both values, and the authority's stays."""
    with _deciding(database) as connection:
        query = f"SELECT 1 FROM {OPEN_CONFLICTS} AND number = ?"
        if connection.execute(query, (conflict,)).fetchone() is None:
            raise SyncError(
                f"there is no open conflict {conflict}: see `moonlanding parallel conflicts list`"
            )
        _decided(connection, "settle", str(conflict), by=by, reason=reason)


def ask_for_retry(database: Path, event_id: str, *, by: str) -> int:
    """Note that an event is to be tried again; the number of the request."""
    with _deciding(database) as connection:
        _require_open(connection, event_id)
        return _decided(connection, "retry", event_id, by=by, reason="")


def retried_up_to(database: Path) -> int:
    """The number of the last request to try an event again that was carried out."""
    found = _rows(database, f"SELECT value FROM sync_state WHERE key = '{_RETRIED}'")
    return int(found[0][0]) if found else 0


def retry_what_was_asked(sync: ForwardSync) -> None:
    """Try the events again that somebody asked for since the last time."""
    after = retried_up_to(sync.database)
    asked = _rows(
        sync.database,
        "SELECT r.number, q.event_id, q.path, q.version, q.payload, a.op, a.origin "
        "FROM sync_resolutions r JOIN sync_quarantine q ON q.event_id = r.subject "
        "JOIN sync_applied a USING (event_id) "
        f"WHERE r.kind = 'retry' AND r.number > {after} ORDER BY r.number",
    )
    for number, event_id, path, version, payload, op, origin in asked:
        text = (payload or b"").decode("utf-8", "surrogatepass")
        name = hashlib.sha256(f"retry {number} {event_id}".encode()).hexdigest()[:32]
        again = Event(
            event_id=name, origin=origin, path=path, version=version, op=op, payload=text,
            sha256=sha256_of(text),
        )  # fmt: skip
        sync.apply((again,))
        with _deciding(sync.database) as connection:
            if _outcome(connection, name) in ("applied", "stale"):
                _resolved(connection, event_id, number)
            connection.execute(
                "INSERT OR REPLACE INTO sync_state VALUES (?, ?)", (_RETRIED, str(number))
            )


def _outcome(connection: sqlite3.Connection, event_id: str) -> str:
    query = "SELECT outcome FROM sync_applied WHERE event_id = ?"
    found = connection.execute(query, (event_id,)).fetchone()
    return "" if found is None else str(found[0])


def _require_open(connection: sqlite3.Connection, event_id: str) -> None:
    query = f"SELECT 1 FROM {OPEN_QUARANTINE} AND event_id = ?"
    if connection.execute(query, (event_id,)).fetchone() is None:
        raise SyncError(
            f"no event {event_id} lies in quarantine: see `moonlanding parallel quarantine list`"
        )


def _decided(
    connection: sqlite3.Connection, kind: str, subject: str, *, by: str, reason: str
) -> int:
    if not by.strip() or (kind != "retry" and not reason.strip()):
        raise SyncError("a decision needs who takes it, and why")
    cursor = connection.execute(
        "INSERT INTO sync_resolutions (kind, subject, by, reason, at) VALUES (?, ?, ?, ?, ?)",
        (kind, subject, by, reason, utc_now()),
    )
    return int(cursor.lastrowid or 0)


def _resolved(connection: sqlite3.Connection, event_id: str, number: int) -> None:
    connection.execute(
        "UPDATE sync_quarantine SET resolved_by = ? WHERE event_id = ?",
        (f"resolution {number}", event_id),
    )


@contextmanager
def _deciding(database: Path) -> Iterator[sqlite3.Connection]:
    """A transaction beside a sync that may be running."""
    uri = f"{database.resolve().as_uri()}?mode=rw"
    with closing(
        sqlite3.connect(uri, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
    ) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    """What the query finds; nothing in a database that was never kept in step."""
    with reading(database) as connection:
        known = "SELECT count(*) FROM sqlite_master WHERE name = 'sync_resolutions'"
        if connection.execute(known).fetchone() == (0,):
            return []
        return connection.execute(query).fetchall()


def _sha256(content: str | bytes | None) -> str:
    if not content:
        return ""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(raw).hexdigest()
