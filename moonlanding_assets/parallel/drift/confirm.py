"""A second look at what seemed to differ, before it counts.

While people work the sides are never at the same moment. So the sync is waited for until it has
applied what these documents had become at one moment of the old system; then each is compared with
what it was at that moment, and one that the sync has moved on meanwhile with what it was at the
very version that the rows hold. Where Moonlanding is the authority the stream back is waited for:
what was written before and is not sent in time counts, what is written during the check does not.
Holds no repair.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moonlanding_assets.parallel.drift.compare import Suspects
from moonlanding_assets.parallel.drift.sides import NewSide, OldReading, Rebuilt
from moonlanding_assets.parallel.gateway.shadow import differing
from moonlanding_assets.parallel.service.as_of import AsOf
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.source.clock import Clock
from moonlanding_assets.source.value import parse

MISSING_IN_NEW, MISSING_IN_OLD = "missing_in_new", "missing_in_old"
FIELDS_DIFFER, CANNOT_BE_REBUILT = "fields_differ", "cannot_be_rebuilt"
KINDS = (MISSING_IN_NEW, MISSING_IN_OLD, FIELDS_DIFFER, CANNOT_BE_REBUILT)

LOOK_EVERY_SECONDS = 0.5
WAIT_SECONDS = 30.0
_BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A confirmed one: where, how, and in which top-level fields. Never a value."""

    path: str
    system: str
    kind: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """What is left of the suspects. in_flight: those that are changing, and not known to differ."""

    differences: tuple[Difference, ...]
    in_flight: int


@dataclass
class Confirming:
    """Looks again at suspects, by the clock that is handed in.

    limit_seconds: how long the sync may take for what is on its way; what takes longer counts.
    """

    database: Path
    old: Mapping[str, OldReading]
    clock: Clock
    limit_seconds: float = WAIT_SECONDS
    authority: Side = "OLD"
    _moments: dict[str, int] = field(default_factory=dict)

    def look_again(self, suspects: Suspects) -> Confirmed:
        """Those that differ at one moment after the sync has reached it, or after the limit."""
        end = self._wait_sent() if suspects and self.authority == "NEW" else None
        self._moments = {system: one.moment() for system, one in self.old.items()}
        then = self._then(suspects)
        if self.authority == "OLD":
            self._wait(then)
        with NewSide(self.database) as new:
            moving = set() if end is None else new.changed(after=end)
            return self._judged(new, suspects, then, moving)

    def _judged(
        self, new: NewSide, suspects: Suspects, then: Mapping[str, AsOf | None], moving: set[str]
    ) -> Confirmed:
        found: list[Difference] = []
        in_flight = 0
        for batch in _batches(list(suspects)):
            now = {one.path: one for one in new.named(batch)}
            versions = new.versions(batch)
            for path in batch:
                system = suspects[path]
                version = versions.get(path, (0, ""))[0]
                is_moved_on = version > self._moments[system]
                old = self._at(system, path, version) if is_moved_on else then[path]
                kind = _kind(old, now.get(path))
                in_flight += path in moving or (is_moved_on and not kind)
                if kind and path not in moving:
                    found.append(_difference(path, system, kind, old, now.get(path)))
        return Confirmed(differences=tuple(found), in_flight=in_flight)

    def _then(self, suspects: Suspects) -> dict[str, AsOf | None]:
        """What the suspects were at the moment, by path; memory only for what differs."""
        found: dict[str, AsOf | None] = {}
        for system, one in self.old.items():
            mine = [path for path, of in suspects.items() if of == system]
            found |= one.lookup(mine, self._moments[system])
        return found

    def _at(self, system: str, path: str, version: int) -> AsOf | None:
        return self.old[system].lookup((path,), version)[path]

    def _wait_sent(self) -> int:
        """Until the stream back has sent what is in the log now, or the limit; its last line."""
        end = self.clock.monotonic() + self.limit_seconds
        with NewSide(self.database) as new:
            last = new.last_change()
        while self.clock.monotonic() < end:
            with NewSide(self.database) as new:
                if not new.unsent(up_to=last):
                    break
            self.clock.pause(LOOK_EVERY_SECONDS)
        return last

    def _wait(self, then: Mapping[str, AsOf | None]) -> None:
        """Until the rows hold what these documents had become, or the limit."""
        end = self.clock.monotonic() + self.limit_seconds
        left = list(then)
        while left := self._behind(left, then):
            if self.clock.monotonic() >= end:
                return
            self.clock.pause(LOOK_EVERY_SECONDS)

    def _behind(self, paths: Sequence[str], then: Mapping[str, AsOf | None]) -> list[str]:
        """Those of which the rows hold an older version."""
        with NewSide(self.database) as new:
            versions = new.versions(paths)
            return [path for path in paths if _is_behind(new, path, then[path], versions)]


def _is_behind(
    new: NewSide, path: str, then: AsOf | None, versions: Mapping[str, tuple[int, str]]
) -> bool:
    version, op = versions.get(path, (0, ""))
    if then is None:
        return op != "delete" and new.holds(path)
    return max(version, new.began_us) < then.update_time_us


def _kind(old: AsOf | None, new: Rebuilt | None) -> str:
    """How they differ; "" when they do not."""
    if new is not None and new.fields is None:
        return CANNOT_BE_REBUILT
    if new is None:
        return "" if old is None else MISSING_IN_NEW
    if old is None:
        return MISSING_IN_OLD
    return "" if old.document.sha256 == new.sha256 else FIELDS_DIFFER


def _difference(
    path: str, system: str, kind: str, old: AsOf | None, new: Rebuilt | None
) -> Difference:
    fields: tuple[str, ...] = ()
    if old is not None and new is not None:
        fields = differing(parse(old.document.fields), new.fields)
    return Difference(path=path, system=system, kind=kind, fields=fields)


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(paths), _BATCH):
        yield paths[start : start + _BATCH]
