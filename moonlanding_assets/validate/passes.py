"""One pass over the documents of a fraction for all who judge them. No comparison.

What the shards gave is put together in their order, so that any number of workers, and any company
of other validators, comes to the same report.
"""

import pickle
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.validate.documents import Shard
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.met import Met
from moonlanding_assets.validate.reading import feeding
from moonlanding_assets.validate.shapes import SHAPES
from moonlanding_assets.validate.shards import Bench, Kind, Part, Seen, shards
from moonlanding_assets.validate.validator import Stopped, Tallies
from moonlanding_assets.workers import worker_pool

SMALL_BYTES = 24_000_000  # below, a second process costs more than it gives


class Notes:
    """What shards noted, in their order, on disk: of a large fraction it is much."""

    def __init__(self) -> None:
        self._file: Any = None

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, notes: list[Any]) -> None:
        """Take in what the next shard noted."""
        if notes:
            self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115  (gone with us)
            pickle.dump(notes, self._file, pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[Any]:
        """All of them from the beginning; nothing may be added meanwhile."""
        if self._file is None:
            return
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            yield from pickle.load(self._file)  # noqa: S301  (written above, by this process)


@dataclass(frozen=True)
class Gathered:
    """What all shards gave one judge; `met` is shared by all judges of the same pass."""

    met: Met
    tallies: Tallies = field(default_factory=Tallies)
    notes: Notes = field(default_factory=Notes)

    def add(self, part: Part) -> None:
        """Take in what the next shard gave."""
        self.tallies.add(part.tallies)
        self.notes.add(part.notes)
        for table, rows in part.met.items():
            self.met.add(table, rows)


def gathered(evidence: Evidence, kind: Kind) -> Gathered:
    """Every document that feeds the judge's tables judged, by as many workers as are allowed.

    The first who asks has the documents read for all who were announced.
    """
    return evidence.once(Passes).of(kind)


class Passes:
    """The passes over the documents of one fraction, and what they gave to whom."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.wall_seconds = 0.0  # of all passes that were made
        self.own_seconds: dict[Kind, float] = {}  # what each judge had of them
        self._announced: dict[Kind, None] = {}
        self._given: dict[Kind, Gathered | Stopped] = {}

    def announce(self, kinds: Iterable[Kind]) -> None:
        """Say who will ask, so that the next pass serves them all."""
        self._announced.update(dict.fromkeys(kinds))

    def of(self, kind: Kind) -> Gathered:
        """What the documents gave this judge; raises Stopped when it came to a stop there."""
        if kind not in self._given:
            self._make([*dict.fromkeys((*self._announced, kind))])
            self._announced.clear()
        given = self._given.pop(kind)
        if isinstance(given, Stopped):
            raise given
        return given

    def _make(self, kinds: list[Kind]) -> None:
        started = time.perf_counter()
        met = Met()
        given: list[Gathered | Stopped] = [Gathered(met) for _ in kinds]
        busy = [0.0 for _ in kinds]
        for seen in _all_seen(self.evidence, kinds):
            for table, rows in seen.met.items():
                met.add(table, rows)
            for place, (part, seconds) in enumerate(zip(seen.parts, seen.seconds, strict=True)):
                busy[place] += seconds
                given[place] = _taken_in(given[place], part)
        spent = time.perf_counter() - started
        share = spent / (sum(busy) or 1.0)
        self.wall_seconds += spent
        self._given.update(zip(kinds, given, strict=True))
        self.own_seconds.update(zip(kinds, (one * share for one in busy), strict=True))


def _taken_in(given: Gathered | Stopped, part: Part | Stopped | None) -> Gathered | Stopped:
    """The first stop counts; None: the shard was none of this judge's."""
    if isinstance(given, Stopped) or part is None:
        return given
    if isinstance(part, Stopped):
        return part
    given.add(part)
    return given


def _collections(evidence: Evidence, kinds: Sequence[Kind]) -> list[str]:
    """The collections that any of the judges looks at, always in the same order."""
    fed = {collection for kind in kinds for collection in feeding(kind.reads)}
    everywhere = evidence.collections if any(kind.is_everywhere for kind in kinds) else ()
    return [*(one for one in SHAPES if one in fed), *(one for one in everywhere if one not in fed)]


def _all_seen(evidence: Evidence, kinds: list[Kind]) -> Iterator[Seen]:
    todo = list(shards(evidence, _collections(evidence, kinds)))
    is_small = sum(one.text_bytes for one in todo) < SMALL_BYTES
    if evidence.workers < 2 or is_small:
        yield from map(Bench(evidence, kinds).judge, todo)
        return
    with worker_pool(evidence.workers, begin=_start, given=(evidence, kinds)) as pool:
        yield from pool.map(_judge_here, todo)


_state: dict[str, Bench] = {}


def _start(evidence: Evidence, kinds: list[Kind]) -> None:
    """Once in each worker process: the judges read what every shard needs."""
    _state["bench"] = Bench(evidence, kinds)


def _judge_here(shard: Shard) -> Seen:
    return _state["bench"].judge(shard)
