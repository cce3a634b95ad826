"""Stage 2: documents become rows. One step gives every table that receives rows, and the ledger.

Holds the assets `moonlanding/<table>`; which rows a document becomes is declared in mapping/.
"""

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq

from moonlanding_assets.errors import StageError
from moonlanding_assets.normalize.run import LEDGER, SOURCES_OF, TABLES, NormalizeReport, normalize
from moonlanding_assets.pipeline.metadata import (
    RawMetadata,
    column_lineage,
    columns_from,
    file_metadata,
    rows_table,
    table_schema,
)
from moonlanding_assets.pipeline.p1_source import (
    COLLECTION_KEYS,
    UNKNOWN_KEYS,
    open_snapshots,
)
from moonlanding_assets.pipeline.p1_target import TARGET_KEY, open_target
from moonlanding_assets.pipeline.partitions import FRACTION
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import Settings
from moonlanding_assets.source.snapshot import Snapshot

GROUP = "2_normalize"
TABLE_KEYS: dict[str, dg.AssetKey] = {name: dg.AssetKey(["moonlanding", name]) for name in TABLES}


def table_spec(name: str) -> dg.AssetSpec:
    """The asset of one table: what it is made from, and its columns."""
    all_sources = [*COLLECTION_KEYS.values(), *UNKNOWN_KEYS.values()]
    sources = [COLLECTION_KEYS[key] for key in SOURCES_OF[name]] if name in SOURCES_OF else []
    described = "A table of the migration's own ledger" if name in LEDGER else "Rows of the table"
    return dg.AssetSpec(
        key=TABLE_KEYS[name],
        deps=[*(sources or all_sources), TARGET_KEY],
        partitions_def=FRACTION,
        group_name=GROUP,
        kinds={"python", "parquet"},
        description=f"{described} `{name}`, as one Parquet file, in the order of the primary key.",
        metadata={
            "dagster/column_schema": table_schema(TABLE[name]),
            **(columns_from(name) if name in SOURCES_OF else {}),
        },
        code_version="1",
    )


@dg.multi_asset(name="normalize", specs=[table_spec(name) for name in TABLES])
def normalize_tables(
    context: dg.AssetExecutionContext,
    project: dg.ResourceParam[Settings],
    stages: dg.ResourceParam[Stages],
) -> Iterator[dg.MaterializeResult[None]]:
    """Every document of the fraction through the mappings, in worker processes."""
    layout = project.layout
    snapshots = open_snapshots(layout)
    _, existing = open_target(layout)
    sources = {
        key: layout.source(context.partition_key, key)
        for snapshot in snapshots.values()
        for key in snapshot.collections
    }
    with stages.work("normalize", sum(map(_documents, sources.values()))) as progress:
        report = normalize(
            sources=sources,
            snapshot_time=earliest(snapshots.values()),
            stage=layout.stage(context.partition_key),
            workers=project.workers,
            timestamp_storage=project.timestamp_storage,
            progress=progress,
            existing=existing,
            spark=project.spark if project.engine == "spark" else None,
        )
    ledger = _ledger(report)
    for name in TABLES:
        file = layout.stage(context.partition_key) / f"{name}.parquet"
        yield dg.MaterializeResult(
            asset_key=TABLE_KEYS[name],
            metadata={
                "dagster/row_count": report.rows[name],
                **file_metadata(file),
                **(column_lineage(name) if name in SOURCES_OF else {}),
                **(ledger if name == "migration_documents" else {}),
            },
        )


def earliest(snapshots: Iterable[Snapshot]) -> str:
    """The earlier moment of the snapshots, to the millisecond, as every time of the target is."""
    moments = [datetime.datetime.fromisoformat(one.snapshot_time) for one in snapshots]
    return min(moments).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _documents(file: Path) -> int:
    if not file.is_file():
        raise StageError(f"{file} is missing: materialize the source collections first.")
    return int(pq.read_metadata(file).num_rows)


def _ledger(report: NormalizeReport) -> RawMetadata:
    outcomes = [
        (key, outcome, count)
        for key, counts in report.documents.items()
        for outcome, count in counts.items()
    ]
    return {
        "outcomes": rows_table(("collection", "outcome", "documents"), outcomes),
        "quarantine": rows_table(("reason", "count"), report.quarantine.items()),
        "unknown": rows_table(("unknown", "count"), report.unknown.items()),
    }
