"""Stage 3: rows become the database, built beside the old one and published in one step.

Holds the asset `database/app`. Its undo: publish a copy of the old database, made before.
"""

import datetime
from pathlib import Path

import dagster as dg

from moonlanding_assets.cutover.preparing import before_writing
from moonlanding_assets.load.carry_out import carry_out
from moonlanding_assets.load.plan import Plan, require_expected, require_unchanged
from moonlanding_assets.load.published import TARGET_FILE_KEY, TARGET_PATH_KEY
from moonlanding_assets.load.target import LoadReport
from moonlanding_assets.pipeline.in_workers import WRITER_TAGS
from moonlanding_assets.pipeline.metadata import file_metadata, rows_table
from moonlanding_assets.pipeline.p1_source import open_snapshots
from moonlanding_assets.pipeline.p1_target import open_target
from moonlanding_assets.pipeline.p2_normalize import TABLE_KEYS
from moonlanding_assets.pipeline.p3_plan import (
    EXPECTED_TAG,
    PLAN_ASSET,
    contents,
    plan_now,
    read_plan,
    stage_files,
)
from moonlanding_assets.pipeline.partitions import FRACTION
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import Settings

GROUP = "3_load"
DATABASE = dg.AssetKey(["database", "app"])
WRITER_POOL = "sqlite_writer"


@dg.asset(
    key=DATABASE,
    deps=[*TABLE_KEYS.values(), PLAN_ASSET],
    partitions_def=FRACTION,
    group_name=GROUP,
    kinds={"sqlite"},
    pool=WRITER_POOL,
    op_tags=WRITER_TAGS,
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
    """Carry out the plan, and say what the database holds."""
    layout, fraction = project.layout, context.partition_key
    database = layout.database(fraction)
    with stages.work("gate and backup"):
        before_writing(layout, fraction)
    plan = read_plan(layout, fraction)
    require_expected(plan, context.run.tags.get(EXPECTED_TAG, ""))
    with stages.work("load") as progress:
        require_unchanged(plan, plan_now(project, fraction))
        report, digest = _load(plan, project, fraction, context.run.run_id)
        progress.advance(report.rows["migration_documents"])
    return _result(database, report, plan, digest)


def load_again(project: Settings, fraction: str, run_id: str) -> LoadReport:
    """Carry out the plan that was kept once more, as the exercise of rollback does."""
    report, _ = _load(read_plan(project.layout, fraction), project, fraction, run_id)
    return report


def _load(plan: Plan, project: Settings, fraction: str, run_id: str) -> tuple[LoadReport, str]:
    layout = project.layout
    return carry_out(
        plan,
        stage=stage_files(layout, fraction),
        database=layout.database(fraction),
        existing=open_target(layout)[1],
        run=_made_from(project, fraction, run_id),
        is_target=fraction == "100%",
    )


def _made_from(project: Settings, fraction: str, run_id: str) -> dict[str, str]:
    """What this database was made from, for migration_run."""
    before, _ = open_target(project.layout)
    snapshots = {
        f"{system}_snapshot_digest": snapshot.digest
        for system, snapshot in open_snapshots(project.layout).items()
    }
    return {
        "fraction": fraction,
        "sample_seed": str(project.sample_seed),
        "timestamp_storage": project.timestamp_storage,
        **snapshots,
        TARGET_FILE_KEY: before.sha256,
        TARGET_PATH_KEY: before.path,
        "dagster_run_id": run_id,
        "loaded_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
    }


def _result(
    database: Path, report: LoadReport, plan: Plan, digest: str
) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        data_version=dg.DataVersion(digest),
        metadata={
            "dagster/row_count": sum(report.rows.values()),
            "logical_digest": digest,
            **file_metadata(database),
            "rows": rows_table(("table", "rows"), report.rows.items()),
            "seconds": rows_table(("step", "seconds"), report.seconds.items()),
            **{name: contents(plan)[name] for name in ("plan_digest", "target_digest", "schema")},
        },
    )
