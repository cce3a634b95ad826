"""What assets are given: the project's settings, under the lease of their data directory.

Holds no work. The environment is read once, by settings.py, when definitions.py is imported.
"""

import dataclasses
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Self

import dagster as dg

from moonlanding_assets.engine_settings import Engine, Spark
from moonlanding_assets.live_settings import (
    DEFAULT_DATABASE,
    DEFAULT_PAGE_SIZE,
    DEFAULT_PARALLEL,
    Live,
)
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.load.steps_of import Mark, call, step_of
from moonlanding_assets.pipeline.in_workers import is_begun_here, is_in_workers, mark_of
from moonlanding_assets.pipeline.killed_runs import end_killed_runs
from moonlanding_assets.settings import Settings, Source, TimestampStorage


class LiveFirestore(dg.Config):
    """How live Firestore is read; live_settings.py says what each field means."""

    friday_project: str = ""
    mwr_project: str = ""
    database: str = DEFAULT_DATABASE
    read_time: str = ""
    emulator: str = ""
    page_size: int = DEFAULT_PAGE_SIZE
    parallel: int = DEFAULT_PARALLEL
    max_reads_per_second: int = 0


class SparkEngine(dg.Config):
    """Where the engine `spark` works; engine_settings.py says what each field means."""

    master: str = "local[*]"
    exchange: str = ""
    python: str = ""


class Project(dg.ConfigurableResource[Settings]):
    """Becomes Settings in an asset that asks for `project: dg.ResourceParam[Settings]`."""

    data: str
    friday_export: str
    mwr_export: str
    sample_seed: int
    workers: int
    timestamp_storage: TimestampStorage
    file_root: str = ""
    target: str = ""
    source: Source = "export"
    live: LiveFirestore = LiveFirestore()
    engine: Engine = "local"
    spark: SparkEngine = SparkEngine()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The resource that carries these settings."""
        return cls(
            data=str(settings.data),
            friday_export=str(settings.friday_export),
            mwr_export=str(settings.mwr_export),
            sample_seed=settings.sample_seed,
            workers=settings.workers,
            timestamp_storage=settings.timestamp_storage,
            file_root="" if settings.file_root is None else str(settings.file_root),
            target="" if settings.target is None else str(settings.target),
            source="live" if settings.is_live else "export",
            live=LiveFirestore(**dataclasses.asdict(settings.live)),
            engine=settings.engine,
            spark=SparkEngine(**dataclasses.asdict(settings.spark)),
        )

    def settings(self) -> Settings:
        """The settings again."""
        return Settings(
            data=Path(self.data),
            friday_export=Path(self.friday_export),
            mwr_export=Path(self.mwr_export),
            sample_seed=self.sample_seed,
            workers=self.workers,
            timestamp_storage=self.timestamp_storage,
            file_root=Path(self.file_root) if self.file_root else None,
            target=Path(self.target) if self.target else None,
            is_live=self.source == "live",
            live=Live(**self.live.model_dump()),
            engine=self.engine,
            spark=Spark(**self.spark.model_dump()),
        )

    @contextmanager
    def yield_for_execution(
        self, context: dg.InitResourceContext
    ) -> Generator[Settings, None, None]:
        """The settings, for a run that has the data directory for itself.

        Raises TargetBusy when another run, of the command line or of the UI, works on it. In a
        worker, where the run elsewhere holds the lease, StepRefused when it is not this step's.
        """
        settings = self.settings()
        if context.run is not None and is_in_workers(context.run.run_config):
            with _as_step(settings, context.run.run_id):
                yield settings
            return
        run_id = None if context.run is None else context.run.run_id
        with alone(settings, None, instance=context.instance, run_id=run_id):
            yield settings


@contextmanager
def alone(
    settings: Settings,
    mark: Mark | None,
    *,
    instance: dg.DagsterInstance | None,
    run_id: str | None,
) -> Iterator[None]:
    """The data directory for one run, whose steps in workers have the mark, None where it has none.

    Raises TargetBusy when another run works on it. Runs that were killed are reported as failed.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    with Lease(settings.layout.migration):
        earlier = call(settings.layout.migration, mark)
        if instance is not None and run_id is not None:
            end_killed_runs(instance, run_id, earlier=earlier)
        yield


def _as_step(settings: Settings, run_id: str) -> AbstractContextManager[None]:
    """What a step holds; nothing in the process of the run itself, after the last step."""
    if is_begun_here(run_id):
        return nullcontext()
    return step_of(settings.layout.migration, mark_of(settings, run_id))


class Beside(Project):
    """The same for a run that only looks: it takes no lease, and keeps nobody from working."""

    @contextmanager
    def yield_for_execution(
        self, context: dg.InitResourceContext
    ) -> Generator[Settings, None, None]:
        """The settings."""
        del context
        yield self.settings()
