"""The same documents as other programs take them: a file of plain JSON lines a collection.

Beside them a census of what every value was before it became plain JSON: what a program lost is
counted against it. Holds nothing about any of those programs.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import orjson
import pyarrow.parquet as pq

from moonlanding_assets.bench.job import Done, Job

LINES, DUMP, CENSUS = "lines", "dump.ndjson", "census.json"
PATH = "document_path"
_BATCH = 2_000
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
# Collection → place of the field, of what lies in it, ... of the leaf → kind → how often.
Census = dict[str, dict[str, Counter[str]]]


def write_lines(job: Job) -> Done:
    """Write the files of all collections that hold a document, the dump, and the census."""
    home = job.settings.data
    (home / LINES).mkdir(exist_ok=True)
    census: Census = {}
    documents = 0
    with (home / DUMP).open("w") as dump:
        for snapshot in job.snapshots().values():
            for key in snapshot.collections:
                counts: dict[str, Counter[str]] = defaultdict(Counter)
                target = home / LINES / f"{table_of(key)}.ndjson"
                written = _write(snapshot.file(key), target, dump, counts)
                documents += written
                if written:
                    census[table_of(key)] = dict(counts)
    (home / CENSUS).write_text(json.dumps(census))
    return Done(documents=documents)


def typed(value: Mapping[str, Any]) -> Any:
    """The same as firestore-backup's own export writes it: kinds that JSON lacks are kept."""
    ((kind, held),) = value.items()
    if kind == "mapValue":
        return {name: typed(one) for name, one in held.get("fields", {}).items()}
    if kind == "arrayValue":
        return [typed(one) for one in held.get("values", [])]
    if kind == "doubleValue" and isinstance(held, str):
        return {"__fs_type__": "double", "value": held}
    if kind == "timestampValue":
        return {"__fs_type__": "timestamp", "value": held}
    if kind == "referenceValue":
        return {"__fs_type__": "reference", "path": held.partition("/documents/")[2] or held}
    if kind == "bytesValue":
        return {"__fs_type__": "bytes", "value": held}
    if kind == "geoPointValue":
        return {"__fs_type__": "geopoint", "latitude": 0.0, "longitude": 0.0, **held}
    return plain(value)


def table_of(collection: str) -> str:
    """The name of a collection as a table."""
    return collection.replace("/", "_")


def place_of(*names: str) -> str:
    """Where a leaf lies, however a program spells the names on the way to it."""
    return re.sub(r"[^a-z0-9]", "", "".join(names).lower())


def _write(source: Path, target: Path, dump: TextIO, counts: dict[str, Counter[str]]) -> int:
    documents = 0
    with target.open("w") as lines:
        for path, fields in _documents(source):
            for place, kind in _leaves(fields):
                counts[place][kind] += 1
            line = {PATH: path, **{name: plain(value) for name, value in fields.items()}}
            lines.write(json.dumps(line) + "\n")
            dump.write(json.dumps(_dumped(path, fields)) + "\n")
            documents += 1
    if not documents:
        target.unlink()
    return documents


def _documents(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with pq.ParquetFile(source) as parquet:
        for batch in parquet.iter_batches(_BATCH, columns=["path", "fields"]):
            columns = (batch.column(name).to_pylist() for name in ("path", "fields"))
            for path, text in zip(*columns, strict=True):
                yield str(path), orjson.loads(str(text))


def _dumped(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    collection, _, document = path.rpartition("/")
    data = {name: typed(value) for name, value in fields.items()}
    return {"collection": collection, "id": document, "path": path, "data": data}


def plain(value: Mapping[str, Any]) -> Any:
    """A value as a script of an afternoon would write it: kinds are gone, numbers are kept."""
    ((kind, held),) = value.items()
    if kind == "mapValue":
        return {name: plain(one) for name, one in held.get("fields", {}).items()}
    if kind == "arrayValue":
        return [plain(one) for one in held.get("values", [])]
    if kind == "integerValue":
        return int(held)
    if kind == "doubleValue":
        return _NOT_FINITE[held] if isinstance(held, str) else float(held)
    return held


def _leaves(fields: Mapping[str, Any], *above: str) -> Iterator[tuple[str, str]]:
    """Place and kind of every leaf; what lies in an array has the array's place."""
    for name, value in fields.items():
        yield from _of_value(value, (*above, name))


def _of_value(value: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    ((kind, held),) = value.items()
    if kind == "mapValue":
        yield from _leaves(held.get("fields", {}), *at)
    elif kind == "arrayValue":
        for one in held.get("values", []):
            yield from _of_value(one, at)
    else:
        is_finite = kind != "doubleValue" or not isinstance(held, str)
        places = [place_of(*at[:depth]) for depth in range(1, len(at) + 1)]
        yield " ".join(places), kind.removesuffix("Value") if is_finite else "not_finite"
