"""The snapshot side of a comparison: manifests, the plan, and the documents of one fraction.

Reads the snapshot's Parquet files and holds no comparison. The database is evidence.py's.
"""

import functools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import pyarrow.parquet as pq

from moonlanding_assets.errors import SnapshotError
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.validate.values import Fields

_BATCH_ROWS = 200


class Document(NamedTuple):
    """One document of the snapshot: its path and its top-level fields as REST values."""

    path: str
    fields: Fields


class RawDocument(NamedTuple):
    """One document of the snapshot as its file has it: canonical fields and their sha256."""

    path: str
    text: str
    sha256: str

    def parsed(self) -> Document:
        """The document with its fields as REST values."""
        return Document(self.path, orjson.loads(self.text))


class Shard(NamedTuple):
    """A run of documents of one collection, inside one row group; `text_bytes` is about.

    `step`: how many documents all shards of the row group have, except the last.
    """

    collection: str
    row_group: int
    first: int
    documents: int
    step: int
    text_bytes: int


class _Reading:
    """One row group being read from its beginning, a shard at a time."""

    def __init__(self, parquet: Any, shard: Shard) -> None:
        self.place = (shard.collection, shard.row_group, shard.step)
        self.first = 0  # of the batch that comes next
        self._batches = parquet.iter_batches(
            batch_size=shard.step,
            row_groups=[shard.row_group],
            columns=["path", "fields", "sha256"],
        )

    def reaches(self, shard: Shard) -> bool:
        """Whether the shard is of this row group, and still to come."""
        return self.place == (shard.collection, shard.row_group, shard.step) and (
            self.first <= shard.first
        )

    def batch(self, shard: Shard) -> Any:
        """The rows of the shard; those before it are passed over."""
        for batch in self._batches:
            first = self.first
            self.first += batch.num_rows
            if first == shard.first and batch.num_rows == shard.documents:
                return batch
        raise SnapshotError(f"{shard.collection}: its file is read in other pieces than planned.")


class Documents:
    """The documents of one fraction. Making one opens nothing.

    Raises SnapshotError from the first property or method that needs a missing input.
    """

    def __init__(self, layout: Layout, fraction: str) -> None:
        self.layout = layout
        self.fraction = fraction
        self._reading: _Reading | None = None
        self._paths: dict[tuple[str, ...], frozenset[str]] = {}

    @functools.cached_property
    def manifests(self) -> dict[str, dict[str, Any]]:
        """The manifest of each system's snapshot."""
        return {system: self._manifest(system) for system in SYSTEMS}

    def _manifest(self, system: str) -> dict[str, Any]:
        file = self.layout.snapshot(system) / "manifest.json"
        if not file.is_file():
            raise SnapshotError(f"{file}: no manifest. Take the {system} snapshot first.")
        manifest = orjson.loads(file.read_bytes())
        if not isinstance(manifest, dict) or not isinstance(manifest.get("collections"), dict):
            raise SnapshotError(f"{file}: not a manifest. Take the {system} snapshot again.")
        return manifest

    @functools.cached_property
    def snapshot_digests(self) -> dict[str, str]:
        """System to the digest of its snapshot."""
        return {system: str(one["digest"]) for system, one in self.manifests.items()}

    @functools.cached_property
    def snapshot_time(self) -> str:
        """When the older of the snapshots was taken, as the manifests say it."""
        times = [str(one["snapshot_time"]) for one in self.manifests.values()]
        return min(times, key=datetime.fromisoformat)

    @functools.cached_property
    def collections(self) -> dict[str, int]:
        """Collection key to the number of documents that the fraction must hold."""
        whole = {
            key: int(entry["documents"])
            for manifest in self.manifests.values()
            for key, entry in manifest["collections"].items()
        }
        if self.fraction == "100%":
            return whole
        planned = Counter(self.planned_paths.values())
        return {key: planned.get(key, 0) for key in whole}

    @functools.cached_property
    def planned_paths(self) -> dict[str, str]:
        """Path to collection for every document that the sample plan takes."""
        file = self.layout.plan(self.fraction) / "plan.parquet"
        if not file.is_file():
            raise SnapshotError(f"{file}: no sample plan. Plan the {self.fraction} sample first.")
        table = pq.read_table(file, columns=["path", "collection"])
        collections = map(str, table["collection"].to_pylist())
        return dict(zip(map(str, table["path"].to_pylist()), collections, strict=True))

    def documents(self, *keys: str) -> Iterator[Document]:
        """Every document of the collections, in the order of their paths."""
        for key in keys:
            for batch in self._batches(key, ["path", "fields"]):
                texts = batch.column("fields").to_pylist()
                for path, text in zip(batch.column("path").to_pylist(), texts, strict=True):
                    yield Document(path, orjson.loads(text))

    def raw_documents(self, key: str) -> Iterator[RawDocument]:
        """Every document of a collection, unparsed, with the recorded hash."""
        for batch in self._batches(key, ["path", "fields", "sha256"]):
            yield from map(RawDocument, *(column.to_pylist() for column in batch.columns))

    def in_shard(self, shard: Shard) -> Iterator[RawDocument]:
        """The documents of a shard. Asked for in order, a row group is read once."""
        if self._reading is None or not self._reading.reaches(shard):
            self._reading = _Reading(self.parquet(shard.collection), shard)
        batch = self._reading.batch(shard)
        return map(RawDocument, *(column.to_pylist() for column in batch.columns))

    def paths(self, key: str) -> list[str]:
        """The paths of a collection's documents."""
        batches = self._batches(key, ["path"])
        return [path for batch in batches for path in batch.column("path").to_pylist()]

    def path_set(self, *keys: str) -> frozenset[str]:
        """The paths of the collections' documents, read once."""
        if keys not in self._paths:
            self._paths[keys] = frozenset(path for key in keys for path in self.paths(key))
        return self._paths[keys]

    def parquet(self, key: str) -> Any:
        """The Parquet file of a collection, None when the fraction has none of its documents."""
        expected = self.collections.get(key, 0)
        file = self.layout.source(self.fraction, key)
        if not file.is_file():
            if expected:
                raise SnapshotError(
                    f"{file}: missing, {expected} documents expected. Cut the fraction again."
                )
            return None
        parquet = pq.ParquetFile(file)
        if parquet.metadata.num_rows != expected:
            raise SnapshotError(
                f"{file}: {parquet.metadata.num_rows} documents, {expected} expected. "
                "Cut the fraction again."
            )
        return parquet

    def _batches(self, key: str, columns: list[str]) -> Iterator[Any]:
        parquet = self.parquet(key)
        if parquet is not None:
            yield from parquet.iter_batches(batch_size=_BATCH_ROWS, columns=columns)
