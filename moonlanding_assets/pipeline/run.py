"""Jobs run in this process, with what came of them in plain words.

Holds the only place that starts a run from the command line. Dagster's exceptions end here: a
failed run is an outcome, not an exception.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import dagster as dg
from dagster._core.utils import make_new_run_id

from moonlanding_assets.cutover.phases import Phase
from moonlanding_assets.pipeline.judging import judging
from moonlanding_assets.pipeline.killed_runs import COMMAND_LINE, COMMAND_LINE_TAG
from moonlanding_assets.pipeline.resources import Project
from moonlanding_assets.pipeline.run_stages import in_run_log, run_stages
from moonlanding_assets.pipeline.stages import BothStages, Stages
from moonlanding_assets.pipeline.stops import Failure, first_failure
from moonlanding_assets.settings import Layout, Settings

TAGS = {
    ".dagster/repository": "__repository__@moonlanding_assets",  # else no job of the UI lists it
    COMMAND_LINE_TAG: COMMAND_LINE,
}
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """One run. A check that fails makes `is_success` false, and is no `failure`."""

    run_id: str
    is_success: bool
    seconds: float
    failure: Failure | None


def run_job(
    job: dg.JobDefinition,
    settings: Settings,
    *,
    stages: Stages,
    instance: dg.DagsterInstance,
    fraction: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> RunOutcome:
    """Run the job (of one fraction) to its end; raises only what interrupts it.

    tags: of the run, besides those that every run of the command line has.
    """
    started = time.monotonic()
    run_id = make_new_run_id()

    def shown(layout: Layout, phase: Phase | None) -> Stages:
        return BothStages(stages, in_run_log(layout, phase))

    result = job.execute_in_process(
        instance=instance,
        partition_key=fraction,
        resources={
            "project": Project.of(settings),
            "stages": run_stages(shown, settings),
            "judging": judging,
        },
        run_config=SILENT,
        tags={**TAGS, **(tags or {})},
        run_id=run_id,
        raise_on_error=False,
    )
    return RunOutcome(
        run_id=result.run_id,
        is_success=result.success,
        seconds=time.monotonic() - started,
        failure=first_failure(result.all_events),
    )
