"""Both sides as drift compares them: the old systems at one moment, the new database as it is.

OLD is whatever can be read again and again; NEW is every document rebuilt from its rows and its
residue, in one read transaction. Holds no comparison, and shows no value.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from moonlanding_assets.load.opening import reading
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.parallel.service.as_of import AsOf
from moonlanding_assets.proof.rebuild import rebuild
from moonlanding_assets.proof.stored import (
    StoredDocument,
    directory_of,
    read_documents,
    read_named,
)
from moonlanding_assets.source.firestore_names import Range
from moonlanding_assets.source.value import Fields, canonical, timestamp_us_of

_BEGINNING = ("snapshot_time", "friday_snapshot_digest", "mwr_snapshot_digest")
_CHANGED = """
    SELECT path FROM migration_documents
    WHERE row_id IN (SELECT key FROM sync_changes WHERE number > ?1)
    UNION
    SELECT path FROM sync_changes JOIN migration_items USING (table_name)
    WHERE number > ?1 AND row_id = key"""
_VERSION = "SELECT version, op FROM sync_documents WHERE path = ?"


class OldReading(Protocol):
    """One old system. Every answer is of the moment that is asked for; secrets are left out."""

    def moment(self) -> int:
        """The system's own time now, in microseconds since 1970."""

    def inside(self, inside: Range, read_time_us: int) -> Iterator[RawDocument]:
        """The documents of a range."""

    def count(self, inside: Range, read_time_us: int) -> int:
        """How many those are."""

    def lookup(self, paths: Sequence[str], read_time_us: int) -> dict[str, AsOf | None]:
        """Documents by name, None of each that is not there."""


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """A document of the new side.

    `fields` is None, and `problem` the class of the exception, where rows and residue are such
    that nothing can be rebuilt.
    """

    path: str
    collection: str
    sha256: str
    fields: Fields | None
    problem: str = ""


class NewSide:
    """The database at one moment: one read transaction, from `with` to its end.

    While it lasts the write-ahead log cannot be cut back. Raises sqlite3.DatabaseError where no
    migration made the database.
    """

    def __init__(self, database: Path) -> None:
        self.database = database
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        self._connection = self._opened.enter_context(reading(self.database))
        self._connection.isolation_level = None
        self._connection.text_factory = _exact_text
        self._connection.execute("BEGIN")
        self.run: Mapping[str, str] = dict(
            self._connection.execute("SELECT key, value FROM migration_run")
        )
        self._directory: Directory | None = None
        self._tables = {
            name
            for (name,) in self._connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'sync_%'"
            )
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    def paths(self) -> Iterator[tuple[str, str]]:
        """Path and collection of every document, in the order of the database."""
        yield from self._connection.execute(
            "SELECT path, collection FROM migration_documents ORDER BY path"
        )

    def first_paths(self) -> list[tuple[str, str]]:
        """The first path of each collection, and the collection."""
        query = "SELECT min(path), collection FROM migration_documents GROUP BY collection"
        return self._connection.execute(query).fetchall()

    def between(self, first: str, last: str) -> Iterator[Rebuilt]:
        """The documents from one path to another, both included."""
        try:
            found = [self._rebuilt(one) for one in read_documents(self._connection, first, last)]
        except Exception:  # rows that are not there, values that no rule reads: which document?
            yield from self.named(self._paths_between(first, last))
            return
        yield from found

    def named(self, paths: Sequence[str]) -> Iterator[Rebuilt]:
        """Those of the documents that are there; one that cannot be rebuilt says so."""
        try:
            found = [self._rebuilt(one) for one in read_named(self._connection, paths)]
        except Exception:  # as above
            found = [one for path in paths for one in self._alone(path)]
        yield from found

    def versions(self, paths: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Version and operation that the sync noted, of documents that changed since it began."""
        if "sync_documents" not in self._tables:
            return {}
        found = {path: self._connection.execute(_VERSION, (path,)).fetchone() for path in paths}
        return {path: (int(row[0]), str(row[1])) for path, row in found.items() if row is not None}

    def holds(self, path: str) -> bool:
        """Whether there is such a document."""
        query = "SELECT 1 FROM migration_documents WHERE path = ?"
        return self._connection.execute(query, (path,)).fetchone() is not None

    def last_change(self) -> int:
        """The number of the last line of the log of what applications changed; 0 without one."""
        if "sync_changes" not in self._tables:
            return 0
        query = "SELECT coalesce(max(number), 0) FROM sync_changes"
        return int(self._connection.execute(query).fetchone()[0])

    def unsent(self, *, up_to: int) -> int:
        """How many changes of applications, up to that line of the log, the old systems lack.

        Those that cannot be carried are not waited for.
        """
        if "sync_changes" not in self._tables:
            return 0
        query = "SELECT count(*) FROM sync_changes WHERE NOT is_kept AND number <= ?"
        return int(self._connection.execute(query, (up_to,)).fetchone()[0])

    def changed(self, *, after: int) -> set[str]:
        """The documents whose rows an application changed since that line, or that are sent now."""
        found: set[str] = set()
        if "sync_changes" in self._tables:
            found |= {path for (path,) in self._connection.execute(_CHANGED, (after,))}
        if "sync_sent" in self._tables:
            found |= {path for (path,) in self._connection.execute("SELECT path FROM sync_sent")}
        return found

    def store(self) -> str:
        """The name of the present store that the rows follow; "" of none."""
        if "sync_state" not in self._tables:
            return ""
        query = "SELECT value FROM sync_state WHERE key = 'store'"
        found = self._connection.execute(query).fetchone()
        return "" if found is None else str(found[0])

    @property
    def began_us(self) -> int:
        """The moment of the migration's snapshots: what was last changed before needs no sync."""
        text = self.run.get("snapshot_time", "")
        return timestamp_us_of(text) if text else 0

    def _paths_between(self, first: str, last: str) -> list[str]:
        query = "SELECT path FROM migration_documents WHERE path BETWEEN ? AND ? ORDER BY path"
        return [path for (path,) in self._connection.execute(query, (first, last))]

    def _alone(self, path: str) -> Iterator[Rebuilt]:
        try:
            for one in read_named(self._connection, (path,)):
                yield self._rebuilt(one)
        except Exception as error:  # any: this document is what cannot be rebuilt
            problem = type(error).__name__
            yield Rebuilt(path=path, collection="", sha256="", fields=None, problem=problem)

    def _rebuilt(self, one: StoredDocument) -> Rebuilt:
        if self._directory is None:
            self._directory = directory_of(self._connection)
        fields = rebuild(one.collection, one.rows, one.residue, self._directory)
        digest = hashlib.sha256(canonical(fields).encode()).hexdigest()
        return Rebuilt(path=one.path, collection=one.collection, sha256=digest, fields=fields)


def identity(new: NewSide) -> str:
    """Which file this is, made by which migration, following which store; never ""."""
    place = new.database.stat()
    began_with = [new.run.get(key, "") for key in _BEGINNING]  # the rest moves on with the sync
    said = [place.st_dev, place.st_ino, new.store(), began_with]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _exact_text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
