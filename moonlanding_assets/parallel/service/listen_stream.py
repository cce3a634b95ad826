"""The messages of one Listen stream as events: what was written, what is gone, what is unclear.

A target that is listed anew (at the start, or when the server resets it) says what is gone by
leaving it out. Holds no connection (listener.py) and no clock: times are the server's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.errors import LiveReadError
from moonlanding_assets.parallel.forward.changes import Event, delete_event, set_event
from moonlanding_assets.parallel.service.listen_targets import Target, finder
from moonlanding_assets.source.firestore_values import LiveDocument
from moonlanding_assets.source.firestore_wire import microseconds
from moonlanding_assets.source.taking import Tally, take


@dataclass
class _Held:
    """Documents of one target by path, with versions; `listing`: those of a list under way."""

    documents: dict[str, int] = field(default_factory=dict)
    listing: dict[str, int] | None = None


class ListenStream:
    """One stream of one system; targets are numbered from 1.

    position_us: everything up to that read time has come. is_doubtful: the server counts
    otherwise, or withdrew a document: only a reading of the whole can tell what is missing.
    """

    def __init__(self, system: str, root: str, targets: tuple[Target, ...]) -> None:
        self.system = system
        self.targets = targets
        self.position_us = 0
        self.token = b""
        self.is_doubtful = False
        self._start = len(root) + 1
        self._held = {number: _Held() for number in range(1, len(targets) + 1)}
        self._not_current = set(self._held)
        self._find = finder(targets)

    @property
    def is_current(self) -> bool:
        """Whether every target has been told whole."""
        return not self._not_current

    def begin(self, known: Iterable[tuple[str, int]], token: bytes) -> None:
        """Before a stream opens: the documents that are known, and where to go on ("" nowhere)."""
        self.token = token
        self._not_current = set(self._held)
        for held in self._held.values():
            held.documents, held.listing = {}, None if token else {}
        for path, version in known:
            for number in self._find(path):
                self._held[number].documents[path] = version

    def events(self, message: Any) -> Iterator[Event]:
        """What one ListenResponse says; raises LiveReadError where the server ends a target."""
        kind = message.WhichOneof("response_type")
        if kind == "document_change":
            yield from self._written(message.document_change)
        elif kind == "document_delete":
            gone = message.document_delete
            yield from self._gone(gone.document[self._start :], microseconds(gone.read_time))
        elif kind == "document_remove":
            self.is_doubtful = True
        elif kind == "filter":
            held = self._held[message.filter.target_id]
            self.is_doubtful |= message.filter.count != len(held.documents)
        elif kind == "target_change":
            yield from self._target_changed(message.target_change)

    def _written(self, change: Any) -> Iterator[Event]:
        path = change.document.name[self._start :]
        version = microseconds(change.document.update_time)
        known = 0
        for number in change.target_ids:
            held = self._held[number]
            known = max(known, held.documents.get(path, 0))
            held.documents[path] = max(version, held.documents.get(path, 0))
            if held.listing is not None:
                held.listing[path] = version
        if version > known:
            yield from self._event(path, change.document, version)

    def _event(self, path: str, document: Any, version: int) -> Iterator[Event]:
        try:
            row = take(self.system, LiveDocument(path, document), Tally())
        except LiveReadError:
            yield set_event(path, "a kind of value that nobody knows", version=version)
            return
        if row is not None:
            yield set_event(path, row["fields"], version=version)

    def _gone(self, path: str, read_time_us: int) -> Iterator[Event]:
        found = [held.documents.pop(path, None) for held in self._held.values()]
        if any(found):
            yield delete_event(path, version=read_time_us)

    def _target_changed(self, change: Any) -> Iterator[Event]:
        name = type(change).TargetChangeType.Name(change.target_change_type)
        numbers = list(change.target_ids) or list(self._held)
        if name == "REMOVE":
            raise LiveReadError(f"{self.system}: the server ends a target ({change.cause.code})")
        if name == "RESET":
            for number in numbers:
                self._held[number].listing = {}
                self._not_current.add(number)
        elif name == "CURRENT":
            for number in numbers:
                yield from self._listed(self._held[number], microseconds(change.read_time))
                self._not_current.discard(number)
        if name == "NO_CHANGE" and not change.target_ids and self.is_current:
            self.position_us = max(self.position_us, microseconds(change.read_time))
            self.token = bytes(change.resume_token) or self.token

    def _listed(self, held: _Held, read_time_us: int) -> Iterator[Event]:
        """The end of a list: what was known before and is not in it is gone."""
        if held.listing is None:
            return
        gone = held.documents.keys() - held.listing.keys()
        held.documents, held.listing = {**held.documents, **held.listing}, None
        for path in sorted(gone):
            del held.documents[path]
            yield delete_event(path, version=read_time_us)
