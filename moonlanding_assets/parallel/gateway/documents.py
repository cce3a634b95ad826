"""What the gateway asks of a side: documents and pages read, documents written, an epoch.

One interface; moonlanding.py and firestore.py are the real ones. Holds the notes
that both keep (the accepted epoch, the writes done) and nothing of HTTP.
"""

import copy
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.schema.sync import SYNC_TABLES
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import Fields, canonical
from moonlanding_assets.source.withholding import (
    cut_signed_urls,
    cut_urls,
    secret_collection,
    url_places,
)

Kind = Literal["patch", "create", "put", "delete"]
Page = tuple[tuple[str, Fields], ...]  # paths and fields
MOST_OF_A_PAGE = 300


class StaleEpochError(Exception):
    """The side does not accept writes of that epoch (HTTP 409)."""


class NoDocumentError(Exception):
    """There is no such document to change (HTTP 404)."""


class CannotCarryError(Exception):
    """The side has no exact place for that value (HTTP 422). Names the field, never the value."""


class UnavailableError(Exception):
    """The side does not answer."""


class ConflictError(Exception):
    """Something else is there than the write expects (HTTP 409). Never a value."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """One write of one document; `key` names it for ever (idempotency).

    kind: "patch", these top-level fields get these values, of a document that exists; "create",
    it must not exist; "put", it has exactly these fields afterwards; "delete", it must exist.
    is_named: the client chose the key, so this may be a retry.
    """

    path: str
    fields: Fields
    key: str
    kind: Kind = "patch"
    is_named: bool = False


class Documents(Protocol):
    """One side. Every method may block and may be called from any thread."""

    @property
    def side(self) -> Side:
        """OLD or NEW."""

    def read(self, path: str) -> Fields | None:
        """The document's fields in the REST encoding, secrets left out; None: there is none."""

    def page(self, collection: str, *, after: str, limit: int) -> Page:
        """The next documents of a collection's path, after the id `after` ("" the first ones).

        In Firestore's order: numeric ids by number, then ids by their bytes. Nothing deeper.
        """

    def write(self, write: Write, *, epoch: int) -> int:
        """Write once, however often it is asked; the document's version in us since 1970.

        Raises StaleEpochError, NoDocumentError, ConflictError, CannotCarryError,
        UnavailableError.
        """

    def written(self, key: str) -> int | None:
        """The version that the write of this key gave here; None when it was not done here."""

    def has_seen(self, path: str, version: int) -> bool:
        """Whether the document is here at least as new as that version."""

    def fence(self, epoch: int | None) -> None:
        """From now on accept writes of that epoch only (None: of no epoch); durable on return.

        Returns when no write of before is under way any more.
        """

    def accepts(self) -> int | None:
        """The epoch whose writes are accepted."""

    def close(self) -> None:
        """Let go of connections."""


def kept_open(database: Path) -> sqlite3.Connection:
    """A connection that does nothing: while it is open nobody's close is the last one.

    The last one would empty the write-ahead log each time, which costs more than the write.
    """
    idle = sqlite3.connect(database, check_same_thread=False)
    idle.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return idle


def make_notes(connection: sqlite3.Connection) -> None:
    """The two tables, if they are not there."""
    for name in ("sync_fence", "sync_writes"):
        connection.execute(SYNC_TABLES[name])


def accepted_epoch(connection: sqlite3.Connection) -> int | None:
    """The epoch whose writes are accepted; None for none."""
    found = connection.execute("SELECT epoch FROM sync_fence").fetchone()
    return None if found is None or found[0] is None else int(found[0])


def accept(connection: sqlite3.Connection, epoch: int | None) -> None:
    """Accept writes of that epoch only."""
    connection.execute("INSERT OR REPLACE INTO sync_fence VALUES (1, ?)", (epoch,))


def accept_first(connection: sqlite3.Connection, epoch: int) -> None:
    """Accept writes of that epoch, unless it was ever said which are."""
    connection.execute("INSERT OR IGNORE INTO sync_fence VALUES (1, ?)", (epoch,))


def version_of(connection: sqlite3.Connection, key: str) -> int | None:
    """The version that the write of this key gave; None when it was not done."""
    found = connection.execute("SELECT version FROM sync_writes WHERE key = ?", (key,)).fetchone()
    return None if found is None else int(found[0])


def note_write(connection: sqlite3.Connection, write: Write, version: int) -> None:
    """Remember that it was done."""
    connection.execute(
        "INSERT OR REPLACE INTO sync_writes VALUES (?, ?, ?)", (write.key, write.path, version)
    )


def without_queries(path: str, fields: Fields) -> Fields:
    """The fields as a snapshot takes them: links without their queries."""
    kept = copy.deepcopy(fields)
    collection = match(system_of(path), path)
    if collection is not None:
        cut_urls(kept, url_places(collection))
    cut_signed_urls(kept)
    return kept


def require_open(write: Write) -> None:
    """Raise where secrets are: their documents are none, and they are not overwritten unseen."""
    if not system_of(write.path) or secret_collection(write.path) is not None:
        raise NoDocumentError(write.path)
    collection = match(system_of(write.path), write.path)
    secret = collection.secret_fields if collection is not None else frozenset()
    touched = secret & write.fields.keys() if write.kind == "patch" else secret
    if touched:
        raise CannotCarryError(f"{', '.join(sorted(touched))}: a secret field of this document")


def require_no_query(path: str, fields: Fields) -> None:
    """Raise where a link has a query: it may hold a signature, and is never migrated."""
    cut = without_queries(path, fields)
    if canonical(cut) != canonical(fields):
        names = sorted(name for name in fields if cut[name] != fields[name])
        raise CannotCarryError(f"{', '.join(names)}: a link with a query")
