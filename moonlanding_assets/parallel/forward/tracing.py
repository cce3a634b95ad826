"""What was looked up, and by whom: so that a change is carried to exactly those it concerns.

A unit is the path of a document, or another thing that is made as a whole. Whatever a unit is made
from besides itself it reads through Looked mappings; a later change of an entry that it read, or
looked for in vain, touches it. Holds no rule about documents.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Entry = tuple[str, Hashable]  # name of the mapping, key

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass
class Tracer:
    """reads: entries looked up since the last `begin`. changes: entries changed since `taken`."""

    reads: set[Entry] = field(default_factory=set)
    changes: set[Entry] = field(default_factory=set)

    def begin(self) -> set[Entry]:
        """The set that the entries looked up from now on come into."""
        self.reads = set()
        return self.reads

    def taken(self) -> set[Entry]:
        """The entries that have changed since the last call."""
        changes, self.changes = self.changes, set()
        return changes


class Looked(Mapping[K, V]):
    """A mapping that notes each look-up, and each change of what is found."""

    def __init__(self, name: str, tracer: Tracer) -> None:
        self._name = name
        self._tracer = tracer
        self._held: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        self._tracer.reads.add((self._name, key))
        return self._held[key]

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Hashable):
            self._tracer.reads.add((self._name, key))
        return key in self._held

    def __iter__(self) -> Iterator[K]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def peek(self, key: K) -> V | None:
        """What is there, without noting it."""
        return self._held.get(key)

    def put(self, key: K, value: V | None) -> None:
        """Set an entry; None takes it away."""
        if self._held.get(key) == value:
            return
        self._tracer.changes.add((self._name, key))
        if value is None:
            del self._held[key]
        else:
            self._held[key] = value


class Dependents:
    """Which units read which entries."""

    def __init__(self) -> None:
        self._readers: dict[Entry, set[str]] = {}
        self._reads: dict[str, frozenset[Entry]] = {}

    def note(self, unit: str, reads: Iterable[Entry]) -> None:
        """What the unit has read; what it read before is forgotten."""
        new, old = frozenset(reads), self._reads.get(unit, frozenset())
        for entry in old - new:
            readers = self._readers[entry]
            readers.discard(unit)
            if not readers:
                del self._readers[entry]
        for entry in new - old:
            self._readers.setdefault(entry, set()).add(unit)
        if new:
            self._reads[unit] = new
        else:
            self._reads.pop(unit, None)

    def touched(self, changes: Iterable[Entry]) -> set[str]:
        """The units that read any of these entries."""
        found: set[str] = set()
        for entry in changes:
            found |= self._readers.get(entry, set())
        return found
