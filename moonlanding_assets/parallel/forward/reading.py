"""A reading of a whole old system at one moment, as events: what was missed, and nothing else.

Firestore keeps no log that could be read again; a reading compared by hash finds every change
that no listener brought. Holds no request: rows come from whoever reads.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from moonlanding_assets.parallel.forward.changes import Event, delete_event, set_event
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.source.taking import system_of


class Read(Protocol):
    """One document as it was at the moment of the reading; secrets already left out."""

    @property
    def path(self) -> str:
        """The path without project and database."""

    @property
    def fields(self) -> str:
        """Canonical text."""

    @property
    def sha256(self) -> str:
        """Hex, of the fields."""


def missed(
    present: Present, documents: Iterable[Read], *, system: str, read_time_us: int
) -> Iterator[Event]:
    """The events that lead from the present state to this reading of one system.

    documents: every document of the system at that moment. Their version is the moment: what is
    known of a later one stays, and an event from before it comes too late.
    """
    there: set[str] = set()
    for one in documents:
        there.add(one.path)
        known = present.document(one.path)
        if known is None or (known.sha256 != one.sha256 and known.version < read_time_us):
            yield set_event(one.path, one.fields, version=read_time_us)
    for known in present.documents():
        is_gone = known.fields is not None and known.path not in there
        if is_gone and known.version < read_time_us and system_of(known.path) == system:
            yield delete_event(known.path, version=read_time_us)
