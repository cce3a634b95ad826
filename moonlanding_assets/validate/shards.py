"""A fraction's documents cut into shards, judged in this process or in several. No comparison.

What the shards gave is put together in their order, so that any number of workers comes to the
same report. A shard is small enough to be held parsed, with the rows that belong to it.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from moonlanding_assets.validate.documents import Shard
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import Tallies
from moonlanding_assets.workers import worker_pool

SHARD_BYTES = 2_000_000  # of text; some twenty times as much when parsed
SHARD_DOCUMENTS = 1_000
SMALL_BYTES = 60_000_000  # below, a second process costs more than it gives


@dataclass(frozen=True)
class Part:
    """What some shards gave. `called`: table to the ids of the rows that the snapshot calls for.

    `notes` is what the validator wants to look at when all shards are judged.
    """

    tallies: Tallies = field(default_factory=Tallies)
    called: dict[str, set[str]] = field(default_factory=dict)
    notes: list[Any] = field(default_factory=list)

    def call(self, ids: Mapping[str, Iterable[str]]) -> None:
        """Note the rows that the snapshot calls for."""
        for table, called in ids.items():
            self.called.setdefault(table, set()).update(called)

    def add(self, other: "Part") -> None:
        """Take in what the next shard gave."""
        self.tallies.add(other.tallies)
        self.call(other.called)
        self.notes.extend(other.notes)


class Judge(Protocol):
    """A validator at work. Made from the evidence alone, once in each process."""

    def __init__(self, evidence: Evidence) -> None: ...

    def judge(self, shard: Shard) -> Part:
        """Compare every row that the documents of the shard call for."""


def gathered(evidence: Evidence, judge: Judge, collections: Iterable[str]) -> Part:
    """Every document of the collections judged, by as many workers as the evidence allows."""
    todo = list(shards(evidence, collections))
    is_small = sum(one.text_bytes for one in todo) < SMALL_BYTES
    parts = _here(judge, todo) if evidence.workers < 2 or is_small else _pool(judge, evidence, todo)
    whole = Part()
    for part in parts:
        whole.add(part)
    return whole


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


def _here(judge: Judge, todo: list[Shard]) -> Iterator[Part]:
    for shard in todo:
        yield _judged(judge, shard)


def _judged(judge: Judge, shard: Shard) -> Part:
    """One shard without the garbage collector: parsed documents hold no cycles, and are many."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return judge.judge(shard)
    finally:
        if was_enabled:
            gc.enable()


def _pool(judge: Judge, evidence: Evidence, todo: list[Shard]) -> Iterator[Part]:
    with worker_pool(evidence.workers, begin=_start, given=(type(judge), evidence)) as pool:
        yield from pool.map(_judge_here, todo)


_state: dict[str, Judge] = {}


def _start(kind: type[Judge], evidence: Evidence) -> None:
    """Once in each worker process: the judge reads what every shard needs."""
    _state["judge"] = kind(evidence)


def _judge_here(shard: Shard) -> Part:
    return _judged(_state["judge"], shard)
