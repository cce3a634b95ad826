"""The old documents, straight from Firestore's raw API, and writes to them.

Firestore knows no epochs and no keys: the accepted epoch, the writes done and those begun are noted
in a small SQLite file beside it, so this fences only those who write through here. Holds no HTTP
and no retries.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.parallel.gateway.documents import (
    ConflictError,
    Page,
    StaleEpochError,
    Write,
    accept,
    accept_first,
    accepted_epoch,
    kept_open,
    make_notes,
    note_write,
    require_open,
    version_of,
)
from moonlanding_assets.parallel.gateway.firestore_calls import FirestoreCalls
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.source.firestore_values import LiveDocument
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import Fields
from moonlanding_assets.source.withholding import secret_collection

TIMEOUT_SECONDS = 10.0
#: Named writes that went to Firestore, and the document's version before (NULL: it was not there).
_BEGUN = "CREATE TABLE IF NOT EXISTS begun (key TEXT PRIMARY KEY, before INTEGER) WITHOUT ROWID"


class FirestoreDocuments:
    """Both old systems: `homes` names the database of each. Safe to use from many threads."""

    side: Side = "OLD"

    def __init__(
        self, homes: dict[str, Home], notes: Path, *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._notes = notes
        self._calls = {
            system: FirestoreCalls(home, timeout_seconds=timeout_seconds)
            for system, home in homes.items()
        }
        self._under_way = 0
        self._ended = threading.Condition()
        notes.parent.mkdir(parents=True, exist_ok=True)
        notes.touch(0o600)
        with self._noting() as connection:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            make_notes(connection)
            connection.execute(_BEGUN)
        self._idle = kept_open(notes)

    def read(self, path: str) -> Fields | None:
        """The document as it is now; one in a secret place is none."""
        if system_of(path) not in self._calls or secret_collection(path) is not None:
            return None
        found = self._calls[system_of(path)].get(path)
        return None if found is None else _fields(found)

    def page(self, collection: str, *, after: str, limit: int) -> Page:
        """As Firestore lists it; a secret collection is empty."""
        system = system_of(collection)
        if system not in self._calls or secret_collection(f"{collection}/any") is not None:
            return ()
        found = self._calls[system].page(collection, after=after, limit=limit)
        return tuple((one.path, _fields(one)) for one in found)

    def write(self, write: Write, *, epoch: int) -> int:
        """Firestore takes it, if its precondition holds; its update time is the version."""
        with self._ended:
            with self._noting() as connection:
                if accepted_epoch(connection) != epoch:
                    raise StaleEpochError(f"epoch {epoch} is not accepted by {self.side}")
                done = version_of(connection, write.key)
            if done is not None:
                return done
            self._under_way += 1
        try:
            require_open(write)
            version = self._finished_before(write) if write.is_named else None
            if version is None:
                version = self._commit(write)
            with self._noting() as connection:
                note_write(connection, write, version)
                connection.execute("DELETE FROM begun WHERE key = ?", (write.key,))
            return version
        finally:
            with self._ended:
                self._under_way -= 1
                self._ended.notify_all()

    def written(self, key: str) -> int | None:
        """As noted after Firestore took it."""
        with self._noting() as connection:
            return version_of(connection, key)

    def has_seen(self, path: str, version: int) -> bool:
        """The old side has what was written to it; NEW's versions are not told to it."""
        del version
        return path != ""

    def fence(self, epoch: int | None) -> None:
        """Durable first; then waits for the writes that had been let in before."""
        with self._ended:
            with self._noting() as connection:
                accept(connection, epoch)
            self._ended.wait_for(self._is_idle)

    def begin(self, epoch: int) -> None:
        """Accept writes of that epoch, unless it was ever fenced: how it all begins."""
        with self._noting() as connection:
            accept_first(connection, epoch)

    def accepts(self) -> int | None:
        """The epoch whose writes are accepted."""
        with self._noting() as connection:
            return accepted_epoch(connection)

    def close(self) -> None:
        """Close the channels."""
        for calls in self._calls.values():
            calls.close()
        self._idle.close()

    def _is_idle(self) -> bool:
        return self._under_way == 0

    def _commit(self, write: Write) -> int:
        """The one place where something changes in Firestore."""
        return self._calls[system_of(write.path)].commit(write)

    def _finished_before(self, write: Write) -> int | None:
        """The version, when this very write reached Firestore before somebody could note it.

        Notes what the document is now, the first time. Raises ConflictError where somebody else
        has changed the document meanwhile: whether this write was there first cannot be told.
        """
        found = self._calls[system_of(write.path)].get(write.path)
        now = None if found is None else found.update_time_us
        with self._noting() as connection:
            begun = connection.execute("SELECT before FROM begun WHERE key = ?", (write.key,))
            before = begun.fetchone()
            if before is None:
                connection.execute("INSERT INTO begun VALUES (?, ?)", (write.key, now))
        if before is None or before[0] == now:
            return None
        if _is_done(write, found):
            return now if now is not None else int(before[0]) + 1
        raise ConflictError("an earlier try began, and the document was changed since: read it")

    @contextmanager
    def _noting(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._notes, timeout=5)) as connection, connection:
            connection.execute("PRAGMA synchronous = FULL")
            yield connection


def _fields(found: LiveDocument) -> Fields:
    collection = match(system_of(found.path), found.path)
    return found.fields(collection.secret_fields if collection is not None else frozenset())


def _is_done(write: Write, found: LiveDocument | None) -> bool:
    """Whether the document is as this write leaves it; one of this new id is nobody else's."""
    if write.kind == "delete" or found is None:
        return write.kind == "delete" and found is None
    held = found.fields()
    if write.kind == "patch":
        return all(held.get(name) == value for name, value in write.fields.items())
    return write.kind == "create" or held == write.fields
