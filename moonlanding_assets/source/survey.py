"""What a sample has to know about every document: what it shows, where it belongs, what it names.

Reads snapshots and writes small Parquet files (`documents`, `features`, `references`,
`identities`), one set a portion; whoever plans a sample joins them. Holds no choice of documents.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.contract.language import Collection
from moonlanding_assets.source.collection_file import SHARD_DOCUMENTS
from moonlanding_assets.source.features import AT, features, places_of
from moonlanding_assets.source.named import identities, named, root_of
from moonlanding_assets.source.value import parse

_WHOLE, _TEXT, _TRUTH = pa.int64(), pa.string(), pa.bool_()
TABLES: dict[str, list[tuple[str, pa.DataType]]] = {
    "documents": [
        ("n", _WHOLE),
        ("collection", _TEXT),
        ("path", _TEXT),
        ("root", _TEXT),
        ("shape", _WHOLE),
    ],
    "features": [("shape", _WHOLE), ("collection", _TEXT), ("feature", _TEXT)],
    "references": [
        ("n", _WHOLE),
        ("by", _TEXT),
        ("target", _TEXT),
        ("key", _TEXT),
        ("path", _TEXT),
        ("joins", _TRUTH),
    ],
    "identities": [("n", _WHOLE), ("by", _TEXT), ("target", _TEXT), ("key", _TEXT)],
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """A row group of one collection's file; its documents are numbered from `first` on."""

    collection: str
    file: Path
    row_group: int
    first: int


def jobs_of(files: Mapping[str, Path]) -> list[tuple[Job, ...]]:
    """The row groups of collection files, numbered through, in portions of a like size."""
    portions: list[tuple[Job, ...]] = []
    waiting: list[Job] = []
    first = 0
    for collection, file in files.items():
        metadata = pq.read_metadata(file)
        for row_group in range(metadata.num_row_groups):
            waiting.append(Job(collection=collection, file=file, row_group=row_group, first=first))
            first += metadata.row_group(row_group).num_rows
            if first - waiting[0].first >= SHARD_DOCUMENTS:
                portions.append(tuple(waiting))
                waiting.clear()
    return [*portions, tuple(waiting)] if waiting else portions


def survey(jobs: tuple[Job, ...], directory: Path) -> None:
    """Surveys row groups into directory/<table>-<first number>.parquet.

    What documents are named by (e-mails, names, ids) is written as its hash: it is only compared.
    """
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
    for job in jobs:
        _survey_one(job, rows)
    for name, columns in TABLES.items():
        _write(rows[name], pa.schema(columns), directory / f"{name}-{jobs[0].first:012d}.parquet")


def _survey_one(job: Job, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    shapes: dict[frozenset[str], int] = {}
    for n, (path, fields) in enumerate(_documents(job), start=job.first):
        shown = _shown(job.collection, path, fields)
        shape = shapes.get(shown)
        if shape is None:
            shape = shapes[shown] = _number(job.collection, shown)
            rows["features"].extend((shape, job.collection, one) for one in shown)
        rows["documents"].append((n, job.collection, path, root_of(path), shape))
        rows["references"].extend(
            (n, *one._replace(key=_sealed(one.key))) for one in named(job.collection, path, fields)
        )
        rows["identities"].extend(
            (n, *one._replace(key=_sealed(one.key))) for one in identities(job.collection, fields)
        )


@lru_cache(maxsize=65_536)
def _sealed(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def _write(rows: list[tuple[Any, ...]], schema: pa.Schema, file: Path) -> None:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(column, schema.field(i).type) for i, column in enumerate(columns)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file, compression="lz4")


def _documents(job: Job) -> Iterator[tuple[str, dict[str, Any]]]:
    with pq.ParquetFile(job.file) as file:
        table = file.read_row_group(job.row_group, columns=["path", "fields"])
    for batch in table.to_batches(max_chunksize=500):
        for row in batch.to_pylist():
            yield row["path"], parse(row["fields"])


def _shown(collection: str, path: str, fields: Mapping[str, Any]) -> frozenset[str]:
    kind = "document:numeric id" if path.rsplit("/", 1)[-1].startswith("__id") else "document"
    pattern = _pattern(BY_KEY.get(collection), path) or collection
    found = features(places_of(collection), fields)
    found.add(f"{kind}{AT}{pattern}")
    return frozenset(found)


def _pattern(declared: Collection | None, path: str) -> str | None:
    if declared is None or len(declared.patterns) == 1:
        return None if declared is None else declared.patterns[0]
    patterns = zip(declared.patterns, declared.expressions, strict=True)
    return next(one for one, expression in patterns if expression.fullmatch(path))


def _number(collection: str, shown: frozenset[str]) -> int:
    text = "\n".join((collection, *sorted(shown)))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
