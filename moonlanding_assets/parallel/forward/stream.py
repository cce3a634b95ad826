"""Forward sync: what changes in the old systems, through the mappings of the migration, as rows.

Events are taken into the present state first, then the rows are made what a migration of it would
make, with the note of the events in the same transaction. So it does not matter how often, in
which order or how late an event comes, nor where a process is killed. Holds the order of these
steps; it listens to nothing. Undo: publish the backup of the database, delete the present state.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from moonlanding_assets.errors import SyncError
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.normalize.existing import read_existing
from moonlanding_assets.parallel.backward.settle import settled
from moonlanding_assets.parallel.documents.rows_of_documents import write_changed
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.forward.difference import RowChange, write
from moonlanding_assets.parallel.forward.present import Pending, Present
from moonlanding_assets.parallel.forward.renormalising import Renormaliser
from moonlanding_assets.parallel.forward.schema_watch import SchemaWatch
from moonlanding_assets.parallel.forward.strangers import (
    forget_all,
    has_strangers,
    note_overwritten,
    put_back,
)
from moonlanding_assets.parallel.forward.synced_database import (
    held_versions,
    last_event,
    note,
    note_conflicts,
    open_database,
    require_same_beginning,
    timestamp_storage,
    transaction,
)
from moonlanding_assets.parallel.forward.trying import carriable, unseen
from moonlanding_assets.parallel.forward.whole_sync import in_words, whole_changes, wrong_searches
from moonlanding_assets.schema.sync import OPEN_CONFLICTS, OPEN_QUARANTINE

Also = Callable[[sqlite3.Connection, set[tuple[str, str]]], None]


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What one call did: events taken in for the first time, documents made anew, rows changed.

    is_whole: everything was compared, not only what the changes concern.
    """

    events: int = 0
    documents: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    is_whole: bool = False


class ForwardSync:
    """One process keeps one database in step, and holds its lease: no migration may replace it.

    existing: production's database from before. Raises SyncError, and TargetBusy where another
    process syncs or migrates.
    """

    def __init__(self, present: Present, database: Path, *, existing: Path | None = None) -> None:
        self.present = present
        self.database = database
        self.existing = existing
        with ExitStack() as opened:
            opened.enter_context(Lease(database))
            self.connection = opened.enter_context(closing(open_database(database)))
            require_same_beginning(self.connection, present.notes)
            self._opened = opened.pop_all()
        self.storage = timestamp_storage(self.connection)
        self.schema = SchemaWatch(self.connection)
        self._renormaliser: Renormaliser | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database and gives up its lease."""
        self._opened.close()

    @property
    def is_gate_open(self) -> bool:
        """Whether no event lies in quarantine unresolved, and no row was in conflict."""
        query = (
            f"SELECT (SELECT count(*) FROM {OPEN_QUARANTINE})"
            f" + (SELECT count(*) FROM {OPEN_CONFLICTS})"
        )
        return bool(self.connection.execute(query).fetchone() == (0,))

    def start(self) -> Applied:
        """Learn what all documents depend on; make the rows right where that is not certain.

        It is certain where this very store was followed: then only what is pending is applied.
        Else everything is compared.
        """
        started = time.perf_counter()
        waiting = self._waiting()
        documents, rows = 0, {}
        if waiting is None:
            rows = self._write_changes(list(self._changes()), are_conflicts=False)
            self._renormaliser = self._loaded({})
        else:
            self._renormaliser = self._loaded({one.known.path: one.held for one in waiting})
            documents, rows = self.settle()
        seconds = time.perf_counter() - started
        return Applied(documents=documents, rows=rows, seconds=seconds, is_whole=waiting is None)

    def _waiting(self) -> list[Pending] | None:
        """The pending documents that the rows lack; None where that cannot be told."""
        noted, last = self.present.numbers()
        held = last_event(self.connection, self.present.notes["store"])
        if held is None or not noted <= held <= last:
            return None
        pending = self.present.pending()
        versions = held_versions(self.connection, (one.known.path for one in pending))
        waiting = [one for one in pending if versions.get(one.known.path) != one.known.version]
        for one in waiting:
            version = versions.get(one.known.path)
            if version is not None and version != one.held_version:
                return None
        return waiting

    def apply(self, events: Sequence[Event]) -> Applied:
        """Take in the events and make the rows follow; durable on return.

        What raises is raised with everything as it was, but for the events, which are kept: the
        next call, or the next start, goes on with them.
        """
        started = time.perf_counter()
        if self._renormaliser is None:
            self.start()
        tried = carriable(self.engine, self.storage, unseen(self.present, events))
        new = self.present.take(tried)
        documents, rows = self.settle()
        seconds = time.perf_counter() - started
        return Applied(events=new, documents=documents, rows=rows, seconds=seconds)

    @property
    def engine(self) -> Renormaliser:
        """What knows the documents as the rows hold them; raises SyncError before the start."""
        if self._renormaliser is None:
            raise SyncError("the sync was not started")
        return self._renormaliser

    def settle(
        self, concerned: Mapping[str, str] | None = None, also: Also | None = None
    ) -> tuple[int, dict[str, int]]:
        """Make the rows follow the pending documents, and note the events; (documents, rows).

        concerned: other documents (path → collection) to make anew. also: what else belongs into
        the same transaction; it is told the rows that keep what an application wrote.
        """
        self.schema.look()
        pending = [one.known for one in self.present.pending()]
        received = self.present.received()
        if not pending and not received and also is None:
            return 0, {}
        engine, self._renormaliser = self.engine, None
        changed = engine.update({**(concerned or {}), **{x.path: x.collection for x in pending}})
        kept: set[tuple[str, str]] = set()
        with transaction(self.connection) as connection:
            rows = write_changed(connection, engine, changed, self.storage, kept)
            note(connection, self.present, pending, received)
            if also is not None:
                also(connection, kept)
        self.present.noted(pending, received)
        self._renormaliser = engine  # only now: it knows what the database holds
        return len(changed.documents), rows

    def sweep(self, *, is_repair: bool) -> tuple[str, ...]:
        """Compare every row with a migration of the present documents; in words what differs.

        What is pending is applied first, so that a difference is a row that somebody else wrote,
        or a fault of this program. is_repair: put back what should be there, and note in
        sync_conflicts what was found, which shuts the gate.
        """
        try:
            self.apply(())
        except SyncError:
            if not is_repair:
                raise
        changes = list(self._changes())
        found = (*wrong_searches(self.connection), *sorted(map(in_words, changes)))
        if is_repair and found:
            self._write_changes(changes, are_conflicts=True)
        return found

    def put_back(self) -> int:
        """Rows that somebody else wrote, as the sync had left them; how many were otherwise."""
        if not has_strangers(self.connection):
            return 0
        with transaction(self.connection) as connection:
            return put_back(connection, self.engine.taken)

    def _write_changes(
        self, changes: Sequence[RowChange], *, are_conflicts: bool
    ) -> dict[str, int]:
        """Write what a whole comparison found; with it, everything is applied that is known."""
        pending = [one.known for one in self.present.pending()]
        received = self.present.received()
        with transaction(self.connection) as connection:
            rows = write(connection, changes, is_search_right=False)
            note(connection, self.present, pending, received)
            if are_conflicts:
                note_conflicts(connection, changes)
            else:
                note_overwritten(connection, changes, (), {})
            forget_all(connection)
        self.present.noted(pending, received)
        return rows

    def _changes(self) -> Iterator[RowChange]:
        found = whole_changes(self.connection, self.present, self.storage, existing=self.existing)
        return iter(settled(self.connection, found))

    def _loaded(self, held: Mapping[str, RawDocument | None]) -> Renormaliser:
        """An engine that knows the documents as the rows hold them.

        held: of those that are pending, the state before.
        """
        engine = Renormaliser(
            self._present_document,
            snapshot_time=self.present.notes["snapshot_time"],
            whole_seconds=self.storage == "unix_seconds",
            existing=read_existing(self.existing),
        )
        engine.load(self.present.collections(), held)
        return engine

    def _present_document(self, path: str) -> RawDocument | None:
        known = self.present.document(path)
        return None if known is None else known.raw
