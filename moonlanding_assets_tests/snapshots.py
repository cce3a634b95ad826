"""Snapshots made for tests, through real exports, and what is in them.

Holds no assertion.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from moonlanding_assets.progress import Silent
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.manifest import Manifest
from moonlanding_assets.source.shard_reading import ExportSource
from moonlanding_assets.source.snapshot import Snapshot, build_snapshot
from moonlanding_assets.source.value import Fields, parse
from moonlanding_assets_tests.exports import write

Documents = Mapping[str, Fields]


def build(directory: Path, system: str, documents: Documents, **options: Any) -> Manifest:
    """The snapshot directory/<system> of these documents, exported in the order given."""
    export = write(directory / f"export of {system}", dict(documents), **options)
    return build_snapshot(
        ExportSource(system=system, export=ManagedExport.open(export)), directory, progress=Silent()
    )


def snapshot_of(directory: Path, system: str, documents: Documents, **options: Any) -> Snapshot:
    """As `build`, opened."""
    build(directory, system, documents, **options)
    return Snapshot.open(directory / system)


def rows(snapshot: Snapshot, collection: str) -> list[dict[str, Any]]:
    """The rows of a collection's file, in its order."""
    return pq.read_table(snapshot.file(collection)).to_pylist()


def fields_of(snapshot: Snapshot, path: str) -> Fields:
    """The fields of one document."""
    for collection in snapshot.collections:
        for row in rows(snapshot, collection):
            if row["path"] == path:
                return parse(row["fields"])
    raise KeyError(path)


def everything(snapshot: Snapshot) -> str:
    """All texts of a snapshot, out of their compression, and its manifest."""
    texts = [(snapshot.directory / "manifest.json").read_text()]
    for file in sorted(snapshot.directory.glob("*.parquet")):
        for column in pq.read_table(file).columns:
            texts.extend(str(value) for value in column.to_pylist())
    return "\n".join(texts)
