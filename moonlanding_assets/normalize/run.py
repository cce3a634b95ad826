"""One normalize run: sources of a fraction in, stage files of every table and the ledger out.

Holds the order of the steps; each step has its own module.
"""

import json
import pickle
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from moonlanding_assets.engine_settings import Spark
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.address import put
from moonlanding_assets.normalize.complete import complete
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.directory_build import build_directory
from moonlanding_assets.normalize.engine import runner_of
from moonlanding_assets.normalize.existing import read_existing
from moonlanding_assets.normalize.placeholders import add_placeholders, join
from moonlanding_assets.normalize.shards import Work, part, run_shards, shards
from moonlanding_assets.normalize.stage import encoded
from moonlanding_assets.progress import Progress
from moonlanding_assets.schema.catalogue import MIGRATION_TABLES, TABLE
from moonlanding_assets.settings import TimestampStorage

LEDGER = tuple(table.name for table in MIGRATION_TABLES)
_BUILDING = ".normalize-"
_WHOLE = 999_999  # the part that holds rows no single shard gives


@dataclass(frozen=True, kw_only=True)
class NormalizeReport:
    """rows: per table. documents: collection → outcome → count. leaves: the same for leaf fields.

    quarantine: reason code → count. unknown: collection or field that no declaration knows → count.
    """

    rows: Mapping[str, int]
    documents: Mapping[str, Mapping[str, int]]
    leaves: Mapping[str, Mapping[str, int]]
    quarantine: Mapping[str, int]
    unknown: Mapping[str, int]


def normalize(
    *,
    sources: Mapping[str, Path],
    snapshot_time: str,
    stage: Path,
    workers: int,
    timestamp_storage: TimestampStorage,
    progress: Progress,
    existing: Path | None = None,
    spark: Spark | None = None,
) -> NormalizeReport:
    """Write stage/<table>.parquet for every table, replacing the directory as a whole.

    sources: collection key → Parquet file of raw documents, cut to one fraction. snapshot_time:
    ISO 8601 UTC, the earlier one where two systems were read at two times. existing: the
    production database that the rows will be loaded beside; users merge with its people, and
    what clashes with its keys is quarantined. spark: convert there; None: in `workers` processes.
    Raises TargetRefused and EngineError.
    """
    runner = runner_of(workers, spark)
    building = _building(stage)
    try:
        directory, output = build_directory(
            sources, snapshot_time=snapshot_time, existing=read_existing(existing)
        )
        run_rows(output, directory)
        work = Work(
            directory=str(building / "directory.pickle"),
            parts=str(building / "parts"),
            whole_seconds=timestamp_storage == "unix_seconds",
        )
        put(work.directory, pickle.dumps(directory))
        join(directory, run_shards(shards(sources), work, runner=runner, progress=progress))
        add_placeholders(directory, output)
        _put_whole(output, work)
        rows = complete(building / "parts", building / "stage", snapshot_time=snapshot_time)
        _replace(building / "stage", stage)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return _report(stage, rows)


def _put_whole(output: Output, work: Work) -> None:
    for table, rows in output.rows.items():
        put(part(work.parts, table, _WHOLE), encoded(TABLE[table], rows))


def run_rows(output: Output, directory: Directory) -> None:
    """What the inverse needs to know besides the rows, for migration_run."""
    roles = {f"{system}:{role}": found for (system, role), found in directory.role_ids.items()}
    output.add("migration_run", "role_ids", json.dumps(roles, sort_keys=True))
    output.add("migration_run", "snapshot_time", directory.snapshot_time)


def _building(stage: Path) -> Path:
    stage.parent.mkdir(parents=True, exist_ok=True)
    for left in stage.parent.glob(f"{_BUILDING}*"):  # by a killed run; one at a time is at work
        shutil.rmtree(left)
    building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=stage.parent))
    (building / "stage").mkdir()
    return building


def _replace(new: Path, stage: Path) -> None:
    """The new stage directory in the place of the old one."""
    if stage.exists():
        shutil.rmtree(stage)
    new.rename(stage)


def _report(stage: Path, rows: Mapping[str, int]) -> NormalizeReport:
    documents = f"read_parquet('{stage / 'migration_documents.parquet'}')"
    quarantine = f"read_parquet('{stage / 'migration_quarantine.parquet'}')"
    residue = f"read_parquet('{stage / 'migration_residue.parquet'}')"
    with duckdb.connect() as connection:
        outcomes = connection.execute(
            f"SELECT collection, outcome, count(*) FROM {documents} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        leaves = connection.execute(
            "SELECT collection, sum(leaves_mapped), sum(leaves_residue), sum(leaves_quarantined), "
            f"sum(leaves_declared) FROM {documents} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        reasons = connection.execute(
            f"SELECT reason, count(*) FROM {quarantine} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        unknown = connection.execute(
            "SELECT d.collection || ' ' || r.field, count(*) "
            f"FROM {residue} r JOIN {documents} d USING (path) "
            "WHERE r.reason = 'unknown_field' GROUP BY ALL "
            f"UNION ALL SELECT collection, count(*) FROM {documents} "
            "WHERE reason = 'unknown_collection' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    names = ("mapped", "residue", "quarantined", "declared")
    return NormalizeReport(
        rows=rows,
        documents=_nested(outcomes),
        leaves={key: dict(zip(names, map(int, held), strict=True)) for key, *held in leaves},
        quarantine={reason: int(count) for reason, count in reasons},
        unknown={what: int(count) for what, count in unknown},
    )


def _nested(rows: list[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for key, outcome, count in rows:
        nested.setdefault(key, {})[outcome] = int(count)
    return nested


def sources_of() -> dict[str, tuple[str, ...]]:
    """Table → the collections that its rows come from, for lineage; ledger tables have all."""
    found: dict[str, list[str]] = {}
    for mapping in MAPPINGS:
        for table in mapping.tables:
            keys = found.setdefault(table.table.name, [])
            if mapping.collection.key not in keys:
                keys.append(mapping.collection.key)
    return {table: tuple(keys) for table, keys in found.items()}


SOURCES_OF: Mapping[str, tuple[str, ...]] = sources_of()
TABLES: tuple[str, ...] = tuple(name for name in TABLE if name in SOURCES_OF or name in LEDGER)
