"""Stage 3: rows become the database, built beside the old one and published in one step.

Holds the asset `database/app`. Its undo: publish a copy of the old database, made before.
"""

import datetime
from pathlib import Path

import dagster as dg

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.publish import Lease, candidate_path, clean_leftovers, publish
from moonlanding_assets.load.target import LoadReport, build_candidate
from moonlanding_assets.pipeline.metadata import file_metadata, rows_table
from moonlanding_assets.pipeline.p1_source import open_snapshots
from moonlanding_assets.pipeline.p2_normalize import TABLE_KEYS
from moonlanding_assets.pipeline.partitions import FRACTION
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import Settings

GROUP = "3_load"
DATABASE = dg.AssetKey(["database", "app"])
WRITER_POOL = "sqlite_writer"


@dg.asset(
    key=DATABASE,
    deps=list(TABLE_KEYS.values()),
    partitions_def=FRACTION,
    group_name=GROUP,
    kinds={"sqlite"},
    pool=WRITER_POOL,
    code_version="1",
    description=(
        "The SQLite file of all 112 tables. A candidate is loaded in bulk, indexed and checked "
        "(foreign keys, integrity, search) and then takes the old file's place in one step; "
        "`data/app.db` for 100%, beside the fraction's files otherwise."
    ),
)
def database_app(
    context: dg.AssetExecutionContext,
    project: dg.ResourceParam[Settings],
    stages: dg.ResourceParam[Stages],
) -> dg.MaterializeResult[None]:
    """Build the candidate, publish it, and say what it holds."""
    database = project.layout.database(context.partition_key)
    stage = project.layout.stage(context.partition_key)
    with Lease(database) as lease, stages.work("load") as progress:
        clean_leftovers(lease)
        candidate = candidate_path(database)
        report = build_candidate(
            {name: stage / f"{name}.parquet" for name in TABLE_KEYS},
            candidate,
            timestamp_storage=project.timestamp_storage,
            run=_made_from(context, project),
        )
        publish(candidate, database)
        progress.advance(report.rows["migration_documents"])
    with stages.work("digest"):
        digest = logical_digest(database)
    return _result(database, report, digest)


def _made_from(context: dg.AssetExecutionContext, project: Settings) -> dict[str, str]:
    """What this database was made from, for migration_run."""
    snapshots = {
        f"{system}_snapshot_digest": snapshot.digest
        for system, snapshot in open_snapshots(project.layout).items()
    }
    return {
        "fraction": context.partition_key,
        "sample_seed": str(project.sample_seed),
        "timestamp_storage": project.timestamp_storage,
        **snapshots,
        "dagster_run_id": context.run_id,
        "loaded_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
    }


def _result(database: Path, report: LoadReport, digest: str) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        data_version=dg.DataVersion(digest),
        metadata={
            "dagster/row_count": sum(report.rows.values()),
            "logical_digest": digest,
            **file_metadata(database),
            "rows": rows_table(("table", "rows"), report.rows.items()),
            "seconds": rows_table(("step", "seconds"), report.seconds.items()),
        },
    )
