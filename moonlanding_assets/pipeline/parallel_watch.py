"""When phase 3.8 is looked at: its jobs, two schedules and a sensor. All of them begin stopped.

Whoever runs parallel operation switches them on in the UI, or with `dagster schedule start`. Holds
no asset.
"""

import dagster as dg
import orjson
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as Job,
)

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.drift.checking import only_check
from moonlanding_assets.parallel.drift.record import ALL, CHANGED
from moonlanding_assets.parallel.service.evidence import sync_evidence
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.states import STATE as STATES
from moonlanding_assets.pipeline.parallel_checks import (
    DRIFT,
    GROUP,
    SHADOW,
    STATE,
    SYNC,
    gate_check,
    runs_check,
)
from moonlanding_assets.settings import Layout, Settings

LOOK_SECONDS = 30
NOT_BEGUN = "parallel operation has not begun, or nothing is kept in step in its state"

PHASE_3_8 = dg.define_asset_job(
    "phase_3_8",
    selection=dg.AssetSelection.groups(GROUP),
    description="Phase 3.8, looked at whole: state, sync, drift of what changed and of all, "
    "shadow reads. Changes nothing.",
)
WATCH = dg.define_asset_job(
    "watch_parallel",
    selection=dg.AssetSelection.assets(STATE, SYNC, DRIFT[CHANGED], SHADOW),
    description="All of phase 3.8 but the whole drift check: cheap enough for every minute.",
)
SWEEP = dg.define_asset_job(
    "drift_of_all",
    selection=dg.AssetSelection.assets(DRIFT[ALL]),
    description="Every document of both sides compared, in a new order.",
)
PARALLEL_JOBS = [PHASE_3_8, WATCH, SWEEP]


def schedule_of(name: str, cron: str, job: Job, description: str) -> dg.ScheduleDefinition:
    """Runs the job at those times, unless nothing is kept in step or a check is under way."""

    @dg.schedule(
        cron_schedule=cron, job=job, name=name, execution_timezone="UTC", description=description,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )  # fmt: skip
    def due(beside: dg.ResourceParam[Settings]) -> dg.RunRequest | dg.SkipReason:
        if not is_kept_in_step(beside.layout):
            return dg.SkipReason(NOT_BEGUN)
        try:
            with only_check(beside.layout):
                return dg.RunRequest()
        except SyncError as busy:
            return dg.SkipReason(str(busy))

    return due


@dg.sensor(
    name="sync_and_gate",
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Warns when the sync does not run, or the gate shuts: once, and when it is over.",
)
def sync_and_gate(
    context: dg.SensorEvaluationContext, beside: dg.ResourceParam[Settings]
) -> dg.SensorResult | dg.SkipReason:
    """The two checks of the sync evaluated again whenever what they say has changed."""
    if not is_kept_in_step(beside.layout):
        return dg.SkipReason(NOT_BEGUN)
    found = (runs_check(beside.layout), gate_check(sync_evidence(beside.layout)))
    said = orjson.dumps([(one.check_name, one.description) for one in found]).decode()
    if said == context.cursor:
        return dg.SkipReason("nothing has changed since the last look")
    for one in found:
        if not one.passed:
            context.log.warning(f"{one.check_name}: {one.description}")
    return dg.SensorResult(asset_events=[_evaluation(one) for one in found], cursor=said)


def is_kept_in_step(layout: Layout) -> bool:
    """Whether the state, where there is one, has a sync from the old systems to Moonlanding."""
    row = Control(layout.control).row() if layout.control.exists() else None
    return row is not None and STATES[row.state].sync in ("OLD->NEW", "draining")


def _evaluation(one: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=SYNC,
        check_name=str(one.check_name),
        passed=one.passed,
        severity=one.severity,
        description=one.description,
        metadata=one.metadata,
    )


PARALLEL_SCHEDULES = [
    schedule_of(
        "drift_of_changes_every_minute", "* * * * *", WATCH,
        "Every minute: the sync, drift of what changed, shadow reads.",
    ),
    schedule_of(
        "drift_of_all_every_hour", "0 * * * *", SWEEP,
        "Every hour: every document of both sides, in a new order.",
    ),
]  # fmt: skip
PARALLEL_SENSORS = [sync_and_gate]
