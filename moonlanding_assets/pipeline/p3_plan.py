"""Stage 3, before anything is written: what loading a fraction would do to its target.

Holds the asset `database/plan`. The load makes the plan again and stops when it is another one.
"""

from pathlib import Path

import dagster as dg
import orjson

from moonlanding_assets.errors import StageError
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.load.plan import Plan, make_plan
from moonlanding_assets.pipeline.metadata import RawMetadata, rows_table
from moonlanding_assets.pipeline.p1_target import TARGET_KEY, open_target
from moonlanding_assets.pipeline.p2_normalize import TABLE_KEYS
from moonlanding_assets.pipeline.partitions import FRACTION
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import Layout, Settings

GROUP = "3_load"
PLAN_ASSET = dg.AssetKey(["database", "plan"])
EXPECTED_TAG = "moonlanding/plan"  # of a run: the digest of the plan that it may carry out


@dg.asset(
    key=PLAN_ASSET,
    deps=[*TABLE_KEYS.values(), TARGET_KEY],
    partitions_def=FRACTION,
    group_name=GROUP,
    kinds={"python"},
    code_version="1",
    description=(
        "What loading the fraction would insert, merge, quarantine and change in the schema of its "
        "target, with a digest over all of it. The load does exactly that, or stops. A run with "
        f"the tag `{EXPECTED_TAG}` carries out only the plan of that digest."
    ),
)
def database_plan(
    context: dg.AssetExecutionContext,
    project: dg.ResourceParam[Settings],
    stages: dg.ResourceParam[Stages],
) -> dg.MaterializeResult[None]:
    """Make the plan and keep it, also one that says why the target would be refused."""
    with stages.work("plan"):
        plan = plan_now(project, context.partition_key)
    keep_plan(plan, project.layout, context.partition_key)
    return dg.MaterializeResult(data_version=dg.DataVersion(plan.digest), metadata=contents(plan))


def plan_now(project: Settings, fraction: str) -> Plan:
    """The plan for the stage files and the target as they are."""
    before, existing = open_target(project.layout)
    return make_plan(
        stage_files(project.layout, fraction),
        timestamp_storage=project.timestamp_storage,
        existing=existing,
        digest=before.digest,
    )


def stage_files(layout: Layout, fraction: str) -> dict[str, Path]:
    """Table → its file of rows."""
    return {name: layout.stage(fraction) / f"{name}.parquet" for name in TABLE_KEYS}


def keep_plan(plan: Plan, layout: Layout, fraction: str) -> None:
    """Write the plan in the place of an older one."""
    put_in_place(layout.report(fraction, "plan"), plan.to_json())


def read_plan(layout: Layout, fraction: str) -> Plan:
    """The plan that was kept; raises StageError without one."""
    file = layout.report(fraction, "plan")
    try:
        return Plan.from_json(file.read_bytes())
    except (OSError, TypeError, KeyError, orjson.JSONDecodeError):
        raise StageError(
            f"{file}: no plan. Make it with `moonlanding plan {fraction}`, or in the UI."
        ) from None


def contents(plan: Plan) -> RawMetadata:
    """The plan as tables."""
    return {
        "dagster/row_count": sum(plan.inserts.values()),
        "plan_digest": plan.digest,
        "target_digest": plan.target_digest,
        "inserts": rows_table(("table", "rows"), [one for one in plan.inserts.items() if one[1]]),
        "documents": rows_table(("outcome", "documents"), plan.documents.items()),
        "quarantine": rows_table(("reason", "entries"), plan.quarantine.items()),
        "merges": rows_table(("what", "people"), plan.merges.items()),
        "schema": rows_table(("change",), [(one,) for one in plan.schema]),
        "refused": rows_table(("difference",), [(one,) for one in plan.refused]),
    }
