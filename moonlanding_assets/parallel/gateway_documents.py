"""What the gateway asks of a side: documents read, named fields written, an epoch to accept.

One interface; gateway_moonlanding.py and gateway_firestore.py are the real ones. Holds the notes
that both keep (the accepted epoch, the writes done) and nothing of HTTP.
"""

import sqlite3
from dataclasses import dataclass
from typing import Protocol

from moonlanding_assets.parallel.states import Side
from moonlanding_assets.schema.sync import SYNC_TABLES
from moonlanding_assets.source.value import Fields


class StaleEpochError(Exception):
    """The side does not accept writes of that epoch (HTTP 409)."""


class NoDocumentError(Exception):
    """There is no such document to change (HTTP 404)."""


class CannotCarryError(Exception):
    """The side has no exact place for that value (HTTP 422). Names the field, never the value."""


class UnavailableError(Exception):
    """The side does not answer."""


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A write: these top-level fields get these values. `key` names it for ever (idempotency)."""

    path: str
    fields: Fields
    key: str


class Documents(Protocol):
    """One side. Every method may block and may be called from any thread."""

    @property
    def side(self) -> Side:
        """OLD or NEW."""

    def read(self, path: str) -> Fields | None:
        """The document's fields in the REST encoding, secrets left out; None: there is none."""

    def patch(self, patch: Patch, *, epoch: int) -> int:
        """Write once, however often it is asked; the document's version in us since 1970.

        Raises StaleEpochError, NoDocumentError, CannotCarryError, UnavailableError.
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


def version_of(connection: sqlite3.Connection, key: str) -> int | None:
    """The version that the write of this key gave; None when it was not done."""
    found = connection.execute("SELECT version FROM sync_writes WHERE key = ?", (key,)).fetchone()
    return None if found is None else int(found[0])


def note_write(connection: sqlite3.Connection, patch: Patch, version: int) -> None:
    """Remember that it was done."""
    connection.execute(
        "INSERT OR REPLACE INTO sync_writes VALUES (?, ?, ?)", (patch.key, patch.path, version)
    )
