"""The pure function run over row groups, in this process or in several; parts of rows as Parquet.

Holds no rule and no cluster (on_spark.py). A shard is one row group of one source file; its parts
are named after it, so that any number of workers writes the same files.
"""

import pickle
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from moonlanding_assets.collecting import no_collecting
from moonlanding_assets.normalize.address import below, parquet_at, put, read
from moonlanding_assets.normalize.apply import RawDocument, apply
from moonlanding_assets.normalize.directory import Directory, Placeholder
from moonlanding_assets.normalize.stage import encoded
from moonlanding_assets.progress import Progress
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.workers import worker_pool

SMALL = 3_000  # documents below which a second process costs more than it gives


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One row group of a source file, by its address; `number` orders the parts."""

    file: str
    collection: str
    row_group: int
    documents: int
    number: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """What every shard needs: the addresses of the pickled directory and of the parts."""

    directory: str
    parts: str
    whole_seconds: bool


Converted = tuple[int, dict[str, Placeholder]]  # documents done, and placeholders that were met
Runner = Callable[[list[Shard], Work], Generator[Converted]]


def shards(sources: Mapping[str, Path]) -> list[Shard]:
    """Every row group of every source file, in the order of the collections."""
    found: list[Shard] = []
    for collection, file in sources.items():
        metadata = pq.ParquetFile(file).metadata
        for group in range(metadata.num_row_groups):
            count = metadata.row_group(group).num_rows
            found.append(
                Shard(
                    file=str(file), collection=collection, row_group=group, documents=count,
                    number=len(found),
                )
            )  # fmt: skip
    return found


def run_shards(
    todo: list[Shard], work: Work, *, runner: Runner, progress: Progress
) -> dict[str, Placeholder]:
    """Convert every shard; the placeholders that any of them met, by key."""
    placeholders: dict[str, Placeholder] = {}
    with closing(runner(todo, work)) as converted:
        for documents, met in converted:
            placeholders.update(met)
            progress.advance(documents)
    return placeholders


def in_processes(workers: int) -> Runner:
    """A runner that uses so many processes of this machine."""

    def run(todo: list[Shard], work: Work) -> Generator[Converted]:
        total = sum(shard.documents for shard in todo)
        return _here(todo, work) if workers < 2 or total < SMALL else _pool(todo, work, workers)

    return run


def _here(todo: list[Shard], work: Work) -> Generator[Converted]:
    directory = load_directory(work.directory)
    for shard in todo:
        yield shard.documents, convert(shard, work, directory)


def _pool(todo: list[Shard], work: Work, workers: int) -> Generator[Converted]:
    biggest_first = sorted(todo, key=_documents, reverse=True)
    with worker_pool(workers, begin=_start, given=(work,)) as pool:
        futures = {pool.submit(_convert_here, shard): shard for shard in biggest_first}
        for future in as_completed(futures):
            yield futures[future].documents, future.result()


def _documents(shard: Shard) -> int:
    return shard.documents


_state: dict[str, tuple[Work, Directory]] = {}


def _start(work: Work) -> None:
    """Once in each worker process: load the directory."""
    _state["work"] = (work, load_directory(work.directory))


def _convert_here(shard: Shard) -> dict[str, Placeholder]:
    work, directory = _state["work"]
    return convert(shard, work, directory)


def load_directory(address: str) -> Directory:
    """The directory of the run."""
    found: Directory = pickle.loads(read(address))  # noqa: S301  this run wrote it
    return found


def convert(shard: Shard, work: Work, directory: Directory) -> dict[str, Placeholder]:
    """Rows of one shard, written as one part a table; the placeholders it met."""
    table = parquet_at(shard.file).read_row_group(
        shard.row_group, columns=["path", "fields", "sha256"]
    )
    columns = [table.column(name).to_pylist() for name in ("path", "fields", "sha256")]
    documents = [
        RawDocument(path=path, collection=shard.collection, fields=fields, sha256=sha256)
        for path, fields, sha256 in zip(*columns, strict=True)
    ]
    with no_collecting():
        output = apply(documents, directory, whole_seconds=work.whole_seconds)
    for name, rows in output.rows.items():
        put(part(work.parts, name, shard.number), encoded(TABLE[name], rows))
    return dict(directory.placeholders)


def part(parts: str, table: str, number: int) -> str:
    """The address of the part of a table that a shard writes."""
    return below(parts, table, f"{number:06d}.parquet")
