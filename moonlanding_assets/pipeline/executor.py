"""Where the steps of a run work: in the run's own process, or each in a worker of Celery.

Holds the one executor of all jobs. Run config chooses: `execution: config: broker:` names Celery's
broker; without it nothing of Celery is imported. What a run in one process has for nothing is here
for a run in many: one lease, one beginning and one end.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.definitions.executor_definition import multiple_process_executor_requirements
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode, get_retries_config
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.system_config.objects import ResolvedRunConfig

from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.errors import EngineMissing
from moonlanding_assets.pipeline.in_workers import begin_here, mark_of
from moonlanding_assets.pipeline.resources import Project, alone
from moonlanding_assets.pipeline.run_stages import Run, kept
from moonlanding_assets.pipeline.stages import LoggedStages
from moonlanding_assets.settings import Settings

NAME = "steps"
CONFIG = {  # as dagster-celery has it: one file configures its workers and the run
    "broker": dg.Field(
        dg.Noneable(dg.StringSource),
        is_required=False,
        description="Celery's broker, redis://HOST:PORT/0. Without it: steps in this process.",
    ),
    "backend": dg.Field(
        dg.Noneable(dg.StringSource), is_required=False, description="Where Celery keeps results."
    ),
    "config_source": dg.Field(
        dg.Noneable(dict), is_required=False, description="More settings of Celery."
    ),
    "retries": get_retries_config(),  # type: ignore[no-untyped-call]
}


def step_executor(settings: Settings) -> dg.ExecutorDefinition:
    """The executor; the settings say who is told when a phase ends."""
    recipients = Recipients(url=settings.notify_url, call=settings.notify_call)

    @dg.executor(name=NAME, config_schema=CONFIG, requirements=_requirements)
    def steps(context: dg.InitExecutorContext) -> dg.Executor:
        config: Mapping[str, Any] = context.executor_config
        retries = RetryMode.from_config(config["retries"]) or RetryMode.ENABLED
        if not config.get("broker"):
            return InProcessExecutor(retries=retries)
        return StepsInWorkers(_celery(config, retries), recipients)

    return steps


def _requirements(config: Mapping[str, Any]) -> Sequence[Any]:
    """Workers find the job by its address and meet the run in a storage that all reach."""
    return multiple_process_executor_requirements() if config.get("broker") else []


def _celery(config: Mapping[str, Any], retries: RetryMode) -> Any:
    try:
        from dagster_celery.executor import CeleryExecutor
    except ModuleNotFoundError as error:
        raise EngineMissing(
            f"execution.config.broker: {error.name} is not installed here: "
            "pip install 'moonlanding-assets[celery]'"
        ) from None
    return CeleryExecutor(
        broker=config["broker"],
        backend=config.get("backend"),
        config_source=config.get("config_source"),
        retries=retries,
    )


class StepsInWorkers(dg.Executor):
    """Gives steps to workers by another executor, and holds the run's lease meanwhile."""

    def __init__(self, inner: Any, recipients: Recipients) -> None:
        self._inner = inner
        self._recipients = recipients

    @property
    def retries(self) -> RetryMode:
        """As the other executor retries."""
        retries: RetryMode = self._inner.retries
        return retries

    def app_args(self) -> Mapping[str, Any]:
        """What Celery's loop asks the executor of the run for."""
        arguments: Mapping[str, Any] = self._inner.app_args()
        return arguments

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[DagsterEvent]:
        """The events of all steps; raises TargetBusy where another run is at work."""
        with self._run(plan_context):
            yield from self._inner.execute(plan_context, execution_plan)

    @contextmanager
    def _run(self, context: PlanOrchestrationContext) -> Generator[None, None, None]:
        begin_here(context.run_id)
        settings = _settings_of(context)
        if settings is None:  # a job that only looks, without a lease
            yield
            return
        run = Run(job=context.job_name, run_id=context.run_id, instance=context.instance)
        mark = mark_of(settings, run.run_id)
        held = alone(settings, mark, instance=context.instance, run_id=run.run_id)
        with held, kept(LoggedStages(), settings.layout, run, self._recipients) as stages:
            stages.say("the steps of this run work in the processes of Celery's workers")
            yield


def _settings_of(context: PlanOrchestrationContext) -> Settings | None:
    """What the resource `project` of the run's steps is made of; None: they do not ask for it."""
    job = context.job.get_definition()
    resolved = ResolvedRunConfig.build(job, context.run_config)
    project = resolved.resources.get("project")
    return None if project is None else Project(**project.config).settings()
