"""Hand-made documents, by path, through normalize, load and proof. Holds no assertion.

Which collection a document belongs to is the contract's business.
"""

import random
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.contract.catalogue import match, pattern_key
from moonlanding_assets.load.target import LoadReport, build_candidate
from moonlanding_assets.normalize.run import NormalizeReport, normalize
from moonlanding_assets.progress import Silent
from moonlanding_assets.proof.inverse import Proof, prove
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import TimestampStorage
from moonlanding_assets_tests.rebuilding import raw

NOON = "2026-02-05T12:00:00.000Z"
Documents = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """One whole run over hand-made documents."""

    report: NormalizeReport
    load: LoadReport
    proof: Proof
    database: Path
    stage: Path

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table of the database, in the order of its key."""
        return rows_in(self.database, table)

    def row(self, table: str, **wanted: Any) -> dict[str, Any]:
        """The one row with these values."""
        rows = self.rows(table)
        [found] = [one for one in rows if all(one[name] == wanted[name] for name in wanted)]
        return found


def rows_in(database: Path, table: str) -> list[dict[str, Any]]:
    """Every row of a table, in the order of its key."""
    order = ", ".join(f'"{name}"' for name in TABLE[table].primary_key) or "1"
    query = f'SELECT * FROM "{table}" ORDER BY {order}'
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def collection_of(path: str) -> str:
    """The contract key of a document's collection."""
    system = "mwr" if path.startswith("myworkreview/") else "friday"
    found = match(system, path)
    return found.key if found else pattern_key(system, path)


def write_sources(
    directory: Path, documents: Documents, *, row_group: int = 5_000, shuffled: int | None = None
) -> dict[str, Path]:
    """One Parquet file a collection, by path or shuffled with that seed."""
    directory.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {}
    for path, fields in sorted(documents.items()):
        key = collection_of(path)
        rows.setdefault(key, []).append(asdict(raw(path, key, fields)))
    sources = {}
    for number, (key, held) in enumerate(sorted(rows.items())):
        if shuffled is not None:
            random.Random(shuffled).shuffle(held)
        sources[key] = directory / f"{number:03d}.parquet"
        pq.write_table(pa.Table.from_pylist(held), sources[key], row_group_size=row_group)
    return sources


def staged(
    stage: Path,
    sources: Mapping[str, Path],
    *,
    workers: int = 1,
    storage: TimestampStorage = "iso8601",
    existing: Path | None = None,
) -> NormalizeReport:
    """The stage of these sources."""
    return normalize(
        sources=sources, snapshot_time=NOON, stage=stage, workers=workers,
        timestamp_storage=storage, progress=Silent(), existing=existing,
    )  # fmt: skip


def migrate(
    directory: Path,
    documents: Documents,
    *,
    storage: TimestampStorage = "iso8601",
    existing: Path | None = None,
) -> Migrated:
    """The documents in a database of their own (or beside existing rows), and the proof of it."""
    sources = write_sources(directory / "source", documents)
    stage, database = directory / "stage", directory / "migrated.db"
    report = staged(stage, sources, storage=storage, existing=existing)
    load = build_candidate(
        {table: stage / f"{table}.parquet" for table in report.rows},
        database,
        timestamp_storage=storage,
        run={},
        existing=existing,
    )
    proof = prove(database, sources, workers=1, progress=Silent())
    return Migrated(report=report, load=load, proof=proof, database=database, stage=stage)


def s(text: str) -> dict[str, Any]:
    """A string value."""
    return {"stringValue": text}


def m(**fields: Any) -> dict[str, Any]:
    """A map value."""
    return {"mapValue": {"fields": fields}}


def a(*values: Any) -> dict[str, Any]:
    """An array value."""
    return {"arrayValue": {"values": list(values)}}
