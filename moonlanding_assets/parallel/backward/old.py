"""The old systems as the stream back writes them: named fields, each write with a precondition.

Each document is written by itself: what one write meets does not concern its neighbours. Holds the
protocol; the real thing is old_firestore.py, which alone loads Firestore.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from moonlanding_assets.parallel.backward.values import Leaves
from moonlanding_assets.source.value import Fields

MOST_WRITES = 100


@dataclass(frozen=True, kw_only=True)
class OldWrite:
    """One write. leaves: map keys and the value there, None to take it away; () deletes the whole.

    expected: the update time that the document must have, in us since 1970; None: there is none.
    """

    path: str
    leaves: tuple[tuple[tuple[str, ...], Any], ...]
    expected: int | None
    is_delete: bool = False


@dataclass(frozen=True, kw_only=True)
class OldAnswer:
    """version: the update time that the write gave, 0 of a deletion; None where it was not done.

    is_missed: because the document is not as expected. reason: else, the status code's name.
    """

    version: int | None = None
    is_missed: bool = False
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class HeldDocument:
    """A document as an old system holds it, secrets left out and signed URLs cut."""

    fields: Fields
    sha256: str
    update_time_us: int


class OldSide(Protocol):
    """Both old systems."""

    def write(self, writes: Sequence[OldWrite]) -> list[OldAnswer]:
        """Each write by itself, at most MOST_WRITES; an answer for each, in their order."""

    def read(self, path: str) -> HeldDocument | None:
        """The document as it is now; raises SyncError where nobody answers."""

    def close(self) -> None:
        """Let go of connections."""


def write_of(
    path: str, leaves: Leaves, *, expected: int | None, is_delete: bool = False
) -> OldWrite:
    """A write of what differs."""
    return OldWrite(path=path, leaves=tuple(leaves), expected=expected, is_delete=is_delete)
