"""Jobs run in this process, with what came of them in plain words.

Holds the only place that starts a run from the command line. Dagster's exceptions end here: a
failed run is an outcome, not an exception.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster._core.utils import make_new_run_id
from dagster_shared.error import SerializableErrorInfo

from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.pipeline.kept_stages import kept
from moonlanding_assets.pipeline.killed_runs import COMMAND_LINE, COMMAND_LINE_TAG
from moonlanding_assets.pipeline.resources import Project
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import Settings

TAGS = {
    ".dagster/repository": "__repository__@moonlanding_assets",  # else no job of the UI lists it
    COMMAND_LINE_TAG: COMMAND_LINE,
}
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The first thing that went wrong: the class of the exception, its message, where."""

    kind: str
    message: str
    step: str
    trace: str


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
    told_to = Recipients(url=settings.notify_url, call=settings.notify_call)
    with kept(stages, settings.layout, job=job.name, run_id=run_id, recipients=told_to) as watched:
        result = job.execute_in_process(
            instance=instance,
            partition_key=fraction,
            resources={"project": Project.of(settings), "stages": watched},
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


def first_failure(events: Sequence[DagsterEvent]) -> Failure | None:
    """The first thing that failed in a run and is not a check; None when nothing did."""
    for event in events:
        error = _error_of(event)
        if error is not None and error.cls_name != "DagsterAssetCheckFailedError":
            return Failure(
                kind=error.cls_name or "Exception",
                message=error.message.partition(": ")[2].strip() or error.message.strip(),
                step=event.step_key or event.job_name,
                trace=error.to_string(),
            )
    return None


def _error_of(event: DagsterEvent) -> SerializableErrorInfo | None:
    """What the code raised, without the exceptions that Dagster wraps around it."""
    if event.is_step_failure:
        error = event.step_failure_data.error
    elif event.is_failure:
        error = event.job_failure_data.error
    else:
        return None
    while error is not None and error.cause is not None:
        error = error.cause
    return error
