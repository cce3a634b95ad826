"""A fraction's documents cut into shards, and one shard judged by all who want it. No comparison.

A shard is small enough to be held parsed, with the rows that belong to it. It is read once, however
many judge it; the course over all shards is passes.py's.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol

from moonlanding_assets.collecting import no_collecting
from moonlanding_assets.validate.documents import Shard
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.reading import feeding
from moonlanding_assets.validate.sight import Columns, Sight, together
from moonlanding_assets.validate.validator import Stopped, Tallies

SHARD_BYTES = 2_000_000  # of text; some twenty times as much when parsed
SHARD_DOCUMENTS = 1_000


@dataclass(frozen=True)
class Part:
    """What one shard gave one judge. `met`: table to the numbers of rows, beside the sight's own.

    `notes` is what the validator wants to look at when all shards are judged.
    """

    tallies: Tallies = field(default_factory=Tallies)
    met: dict[str, list[Any]] = field(default_factory=dict)
    notes: list[Any] = field(default_factory=list)


class Judge(Protocol):
    """A validator at work. Made from the evidence alone, once in each process."""

    reads: ClassVar[Columns]
    is_everywhere: ClassVar[bool]  # documents that feed none of these tables as well

    def __init__(self, evidence: Evidence) -> None: ...

    def judge(self, sight: Sight) -> Part:
        """Compare every row that the documents of the shard call for."""


Kind = type[Judge]


class Seen(NamedTuple):
    """What one shard gave, and how long each judge took, a part of the reading included."""

    met: dict[str, list[Any]]
    parts: list[Part | Stopped | None]
    seconds: list[float]


class Bench:
    """All judges of one pass in one process."""

    def __init__(self, evidence: Evidence, kinds: Sequence[Kind]) -> None:
        self.evidence = evidence
        self.kinds = kinds
        self.columns = together([kind.reads for kind in kinds])
        self.judges = [_made(kind, evidence) for kind in kinds]
        self.fed = [
            None if kind.is_everywhere else frozenset(feeding(kind.reads)) for kind in kinds
        ]

    @no_collecting()
    def judge(self, shard: Shard) -> Seen:
        """What all of them find in one shard."""
        asked = [fed is None or shard.collection in fed for fed in self.fed]
        started = time.perf_counter()
        sight = self._sight(shard, self.columns)
        shared = (time.perf_counter() - started) / (sum(asked) or 1)
        parts: list[Part | Stopped | None] = []
        seconds = []
        for judge, kind, is_asked in zip(self.judges, self.kinds, asked, strict=True):
            started = time.perf_counter()
            parts.append(self._one(judge, kind, shard, sight) if is_asked else None)
            seconds.append(time.perf_counter() - started + shared if is_asked else 0.0)
        return Seen({} if isinstance(sight, Stopped) else sight.met, parts, seconds)

    def _one(
        self, judge: Judge | Stopped, kind: Kind, shard: Shard, sight: Sight | Stopped
    ) -> Part | Stopped:
        """What stops one judge stops no other: nor does a table that only one of them needs."""
        own = self._sight(shard, kind.reads) if isinstance(sight, Stopped) else sight
        if isinstance(judge, Stopped):
            return judge
        if isinstance(own, Stopped):
            return own
        try:
            part = judge.judge(own)
        except Exception as failure:
            return Stopped.by(failure)
        if own is not sight:
            for table, rows in own.met.items():
                part.met.setdefault(table, []).extend(rows)
        return part

    def _sight(self, shard: Shard, columns: Columns) -> Sight | Stopped:
        try:
            return Sight(self.evidence, shard, columns)
        except Exception as failure:
            return Stopped.by(failure)


def _made(kind: Kind, evidence: Evidence) -> Judge | Stopped:
    try:
        return kind(evidence)
    except Exception as failure:
        return Stopped.by(failure)


def shards(evidence: Evidence, collections: Iterable[str]) -> Iterator[Shard]:
    """Every document of the collections, in their order, in runs of bounded size."""
    for collection in collections:
        parquet = evidence.parquet(collection)
        for group in range(0 if parquet is None else parquet.metadata.num_row_groups):
            metadata = parquet.metadata.row_group(group)
            yield from _of_group(collection, group, metadata.num_rows, _text_bytes(metadata))


def _of_group(collection: str, group: int, rows: int, text_bytes: int) -> Iterator[Shard]:
    fit = max(1, rows * SHARD_BYTES // max(text_bytes, 1))
    step = min(fit, SHARD_DOCUMENTS)
    for first in range(0, rows, step):
        count = min(step, rows - first)
        yield Shard(collection, group, first, count, step, text_bytes * count // rows)


def _text_bytes(metadata: Any) -> int:
    columns = [metadata.column(number) for number in range(metadata.num_columns)]
    return sum(one.total_uncompressed_size for one in columns if one.path_in_schema == "fields")
