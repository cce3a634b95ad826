"""Both sides of a small firm for the tests of drift: the old one kept in memory with its history.

Holds no assertion. `HeldClock` passes no time by itself: each pause lets something happen.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.parallel.drift.checking import Drift
from moonlanding_assets.parallel.drift.sides import OldReading
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.parallel.service.as_of import AsOf
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_names import Range, order_of
from moonlanding_assets.source.taking import system_of
from moonlanding_assets_tests.syncing import OldSystems, Rig, raw


@dataclass
class KeptReading:
    """One old system as it ever was, read from what is kept of it."""

    system: str
    old: OldSystems
    first: dict[str, RawDocument]
    asked: list[str] = field(default_factory=list)
    lost: int = 0  # documents that it counts, and does not give

    def moment(self) -> int:
        return self.old.tick()

    def _then(self, read_time_us: int) -> dict[str, AsOf]:
        found = {path: AsOf(document=one, update_time_us=1) for path, one in self.first.items()}
        for event in self.old.history:
            if event.version <= read_time_us and system_of(event.path) == self.system:
                found.pop(event.path, None)
                if event.op == "set":
                    document = raw(event.path, orjson.loads(event.payload))
                    found[event.path] = AsOf(document=document, update_time_us=event.version)
        return found

    def inside(self, inside: Range, read_time_us: int) -> Iterator[RawDocument]:
        self.asked.append(str(inside))
        for path, one in sorted(self._then(read_time_us).items(), key=_place):
            if inside.holds(path):
                yield one.document

    def count(self, inside: Range, read_time_us: int) -> int:
        there = sum(inside.holds(path) for path in self._then(read_time_us))
        return there + self.lost

    def lookup(self, paths: Sequence[str], read_time_us: int) -> dict[str, AsOf | None]:
        there = self._then(read_time_us)
        return {path: there.get(path) for path in paths}


def _place(one: tuple[str, AsOf]) -> object:
    return order_of(one[0])


@dataclass
class HeldClock:
    """Time that only pauses make pass; `meanwhile` is what happens in each."""

    seconds: float = 0.0
    pauses: int = 0
    meanwhile: Callable[[], object] = list

    def monotonic(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.pauses += 1
        self.seconds += seconds
        self.meanwhile()

    def stop(self) -> None:
        """Nothing waits."""


class Sides:
    """A data directory with a database that is followed, and the old systems beside it."""

    def __init__(self, rig: Rig, data: Path) -> None:
        self.layout = Layout(data=data)
        self.layout.parallel.mkdir(parents=True)
        shutil.copy(rig.database, self.database)
        shutil.copy(rig.store, present_file(self.layout))
        self.old = rig.old_systems(seed=3)
        first = {path: raw(path, fields) for path, fields in self.old.documents.items()}
        self.readings = {
            system: KeptReading(system, self.old, _of(system, first)) for system in SYSTEMS
        }
        self.clock = HeldClock()
        self.carried = 0
        self.present = Present(present_file(self.layout))
        self.sync = ForwardSync(self.present, self.database)
        self.sync.start()

    @property
    def database(self) -> Path:
        return self.layout.database("100%")

    def close(self) -> None:
        self.sync.close()
        self.present.close()

    def carry(self) -> list[Event]:
        """What the sync does: it applies what happened since."""
        events = self.old.history[self.carried :]
        self.carried = len(self.old.history)
        self.sync.apply(events)
        return events

    def drift(self, **given: float) -> Drift:
        readings: dict[str, OldReading] = dict(self.readings)
        return Drift(self.layout, readings, clock=self.clock, **given)


def _of(system: str, documents: dict[str, RawDocument]) -> dict[str, RawDocument]:
    return {path: one for path, one in documents.items() if system_of(path) == system}
