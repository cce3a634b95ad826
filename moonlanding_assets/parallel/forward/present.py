"""The present state of both old systems, as far as it is known: one durable store of documents.

Begun from the snapshots and moved on by events (present_file.py says how). Holds no row of the
target and reads no old system. Undo: delete the file and begin again.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pyarrow as pa

from moonlanding_assets.errors import SyncError
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.parallel.forward.changes import Change, Poison, sha256_of
from moonlanding_assets.parallel.forward.present_file import take_one
from moonlanding_assets.source.collection_file import write_documents
from moonlanding_assets.source.document import DOCUMENT_SCHEMA, document_row

_BATCH = 1_000


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the store knows of one document; fields and sha256 are None and "" of a deleted one."""

    path: str
    collection: str
    version: int
    sha256: str
    fields: str | None

    @property
    def raw(self) -> RawDocument | None:
        """The document as the engine takes it; None of a deleted one."""
        if self.fields is None:
            return None
        return RawDocument(
            path=self.path, collection=self.collection, fields=self.fields, sha256=self.sha256
        )


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A document whose present state the rows do not hold yet, and the state that they hold.

    held_version is None where they hold nothing of it, held where the document was not there.
    """

    known: Known
    held_version: int | None
    held: RawDocument | None


@dataclass(frozen=True, kw_only=True)
class Received:
    """An event as it was taken in. outcome: applied, stale, poison; payload only of a poison.

    number: in the order in which events came.
    """

    number: int
    event_id: str
    origin: str
    path: str
    version: int
    op: str
    outcome: str
    reason: str
    payload: bytes | None


class Present:
    """The store; one process writes it. Every method is one transaction.

    A power cut may take back the last ones, the place to listen on from with them: the database
    then knows of later events than the store, and everything is compared and comes again.
    """

    def __init__(self, file: Path) -> None:
        """Opens a store that was begun; raises SyncError where there is none."""
        if not file.is_file():
            raise SyncError(f"{file}: no present state here; begin it from the snapshots first")
        self.file = file
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self.notes: dict[str, str] = dict(self._connection.execute("SELECT key, value FROM said"))
        if "store" not in self.notes:
            self._connection.close()
            raise SyncError(f"{file}: was never begun to its end; delete it and begin again")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def document(self, path: str) -> Known | None:
        """What is known of a document; None of one that nobody ever spoke of."""
        return next(self._known("WHERE path = ?", path), None)

    def documents(self, after: str = "") -> Iterator[Known]:
        """All that are known, the deleted ones as well, in the order of their paths."""
        while batch := list(self._known("WHERE path > ? ORDER BY path LIMIT 1000", after)):
            yield from batch
            after = batch[-1].path

    def collections(self) -> dict[str, str]:
        """Path → collection of every document that is or was there."""
        return dict(self._connection.execute("SELECT path, collection FROM document ORDER BY path"))

    def versions(self) -> list[tuple[str, int]]:
        """Path and version of every document that is there."""
        query = "SELECT path, version FROM document WHERE fields IS NOT NULL"
        return self._connection.execute(query).fetchall()

    def say(self, key: str, value: str) -> None:
        """Note something about the store itself."""
        self.notes[key] = value
        self._connection.execute("INSERT OR REPLACE INTO said VALUES (?, ?)", (key, value))

    def pending(self) -> list[Pending]:
        """The documents whose present state the rows do not hold yet, as far as is known."""
        held = dict(self._held())
        return [
            Pending(known=one, held_version=held[one.path][0], held=_raw(one, held[one.path][1]))
            for one in self._known("WHERE is_pending ORDER BY path")
        ]

    def _held(self) -> Iterator[tuple[str, tuple[int | None, str | None]]]:
        cursor = self._connection.execute(
            "SELECT path, held_version, held_fields FROM document WHERE is_pending"
        )
        for path, version, fields in cursor:
            yield path, (version, fields)

    def numbers(self) -> tuple[int, int]:
        """The number of the last event that the database is known to note, and of the last one."""
        noted, last = self._connection.execute(
            "SELECT coalesce(max(number) FILTER (WHERE is_noted), 0), coalesce(max(number), 0) "
            "FROM event"
        ).fetchone()
        return int(noted), int(last)

    def received(self) -> list[Received]:
        """The events that the database does not note yet, in the order in which they came."""
        columns = "number, event_id, origin, path, version, op, outcome, reason, payload"
        cursor = self._connection.execute(
            f"SELECT {columns} FROM event WHERE NOT is_noted ORDER BY number"
        )
        names = columns.split(", ")
        return [Received(**dict(zip(names, row, strict=True))) for row in cursor]

    def seen(self, event_ids: Iterable[str]) -> set[str]:
        """Those of the events that came before."""
        found = "SELECT 1 FROM event WHERE event_id = ?"
        return {one for one in event_ids if self._connection.execute(found, (one,)).fetchone()}

    def take(self, events: Sequence[Change | Poison]) -> int:
        """Takes events in, each once, and of each document only what is newer; how many were new.

        An event whose id is known changes nothing.
        """
        with self._transaction() as connection:
            return sum(take_one(connection, one) for one in events)

    def noted(self, documents: Iterable[Known], events: Iterable[Received]) -> None:
        """The database holds these states and events now; what is newer stays pending."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE document SET is_pending = 0, held_version = NULL, held_fields = NULL "
                "WHERE path = ? AND version = ?",
                [(one.path, one.version) for one in documents],
            )
            connection.executemany(
                "UPDATE event SET is_noted = 1 WHERE event_id = ?",
                [(one.event_id,) for one in events],
            )

    def counts(self) -> dict[str, int]:
        """documents, deleted, pending (documents), events, unnoted, poison."""
        return {
            what: int(self._connection.execute(f"SELECT count(*) FROM {where}").fetchone()[0])
            for what, where in (
                ("documents", "document WHERE fields IS NOT NULL"),
                ("deleted", "document WHERE fields IS NULL"),
                ("pending", "document WHERE is_pending"),
                ("events", "event"),
                ("unnoted", "event WHERE NOT is_noted"),
                ("poison", "event WHERE outcome = 'poison'"),
            )
        }

    def sources(self, directory: Path) -> dict[str, Path]:
        """The present documents as a migration reads them: collection key → Parquet file."""
        directory.mkdir(parents=True, exist_ok=True)
        keys = self._connection.execute(
            "SELECT DISTINCT collection FROM document WHERE fields IS NOT NULL ORDER BY 1"
        ).fetchall()
        files = {key: directory / f"{number:03d}.parquet" for number, (key,) in enumerate(keys)}
        for key, file in files.items():
            write_documents(file, self._batches(key))
        return files

    def _batches(self, collection: str) -> Iterator[pa.RecordBatch]:
        cursor = self._connection.execute(
            "SELECT path, collection, fields FROM document "
            "WHERE collection = ? AND fields IS NOT NULL ORDER BY path",
            (collection,),
        )
        while rows := cursor.fetchmany(_BATCH):
            yield pa.RecordBatch.from_pylist([document_row(*row) for row in rows], DOCUMENT_SCHEMA)

    def _known(self, where: str, *values: str) -> Iterator[Known]:
        cursor = self._connection.execute(
            f"SELECT path, collection, version, sha256, fields FROM document {where}", values
        )
        for path, collection, version, sha256, fields in cursor:
            yield Known(
                path=path, collection=collection, version=version, sha256=sha256, fields=fields
            )

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)


class _Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def __exit__(self, kind: object, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


def _raw(known: Known, fields: str | None) -> RawDocument | None:
    held = replace(known, fields=fields, sha256="" if fields is None else sha256_of(fields))
    return held.raw
