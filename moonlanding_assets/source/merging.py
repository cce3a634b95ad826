"""Sorted runs of documents on disk, read as one sequence in the order of their paths.

Memory holds the paths of a collection and a batch of each run, never its documents: DuckDB's sort
could not spill texts of 100 KB a document and ran out of memory at 120,000 documents (2026-11).
Holds no writing of runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from moonlanding_assets.source.collection_file import BATCH_DOCUMENTS
from moonlanding_assets.source.document import DOCUMENT_SCHEMA

_BATCH_BYTES = 8 * 2**20  # of a batch that is handed over, as far as documents are even
_RUN_BYTES = 2**20  # of a run in memory at a time


def runs_of(files: Iterable[Path]) -> dict[str, list["Run"]]:
    """The runs of each collection: every row group holds one collection, sorted in itself."""
    runs: dict[str, list[Run]] = {}
    for file in files:
        for group in range(pq.read_metadata(file).num_row_groups):
            run = Run(file, group)
            runs.setdefault(run.collection(), []).append(run)
    return runs


def in_order(runs: Sequence["Run"]) -> Iterator[pa.RecordBatch]:
    """The documents of one collection's runs, ascending by the bytes of their paths; once."""
    if not runs:
        return
    paths = pa.chunked_array([run.paths() for run in runs]).combine_chunks()
    ends: list[int] = []
    for run in runs:
        ends.append(run.documents + (ends[-1] if ends else 0))
    order = pc.call_function("array_sort_indices", [paths])
    owner = _owners(order, ends)
    step = _documents_in(_BATCH_BYTES, sum(run.size_bytes for run in runs), len(owner))
    for start in range(0, len(owner), step):
        yield _merged(runs, owner[start : start + step])


class Run:
    """One row group, taken from its first document to its last."""

    def __init__(self, file: Path, group: int) -> None:
        # A map of the file costs no memory of ours, however many runs are open.
        self._file = pq.ParquetFile(file, memory_map=True)
        self._group = group
        metadata = self._file.metadata.row_group(group)
        self.documents: int = metadata.num_rows
        self.size_bytes: int = metadata.total_byte_size
        step = _documents_in(_RUN_BYTES, self.size_bytes, self.documents)
        self._batches = self._file.iter_batches(batch_size=step, row_groups=[group])
        self._waiting: pa.RecordBatch | None = None

    def collection(self) -> str:
        """The collection that the run is of."""
        first = next(self._file.iter_batches(1, row_groups=[self._group], columns=["collection"]))
        return str(first.column("collection")[0].as_py())

    def paths(self) -> Any:
        """Every path of the run, in its order."""
        return self._file.read_row_group(self._group, columns=["path"])["path"].combine_chunks()

    def take(self, documents: int) -> Iterator[pa.RecordBatch]:
        """The next documents, in one piece or several."""
        while documents:
            batch = self._waiting if self._waiting is not None else next(self._batches)
            piece = batch.slice(0, documents)
            rest = batch.slice(piece.num_rows)
            self._waiting = rest if rest.num_rows else None
            documents -= piece.num_rows
            yield piece


def _documents_in(limit_bytes: int, size_bytes: int, documents: int) -> int:
    """How many documents of the average size the limit holds: 1 to BATCH_DOCUMENTS."""
    return max(1, min(BATCH_DOCUMENTS, limit_bytes * documents // max(size_bytes, 1)))


def _owners(order: Any, ends: list[int]) -> list[int]:
    """Which run each document of the whole order comes from."""
    run_of = [
        run for run, end in enumerate(ends) for _ in range(end - (ends[run - 1] if run else 0))
    ]
    return [run_of[place] for place in order.to_pylist()]


def _merged(runs: Sequence[Run], owner: list[int]) -> pa.RecordBatch:
    """The next documents of the runs, in the order that `owner` gives."""
    wanted: dict[int, list[int]] = {}
    for place, run in enumerate(owner):
        wanted.setdefault(run, []).append(place)
    pieces = [piece for run, places in wanted.items() for piece in runs[run].take(len(places))]
    table = pa.Table.from_batches(pieces, schema=DOCUMENT_SCHEMA)
    came = [place for places in wanted.values() for place in places]
    back = sorted(range(len(came)), key=came.__getitem__)
    [batch] = table.take(pa.array(back, pa.int64())).combine_chunks().to_batches()
    return batch
