"""The resource `stages` of every run: what assets say, kept in the log of the phase that runs.

However a run of a phase ends, and whoever started it, this ends it: its log, its report when it
failed, and the notice to whom it concerns. That happens when Dagster takes its resources down:
after the last step, and still under the lease that the resource `project` holds.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import dagster as dg

from moonlanding_assets.cutover.failing import Failure, Stop, report_failure
from moonlanding_assets.cutover.notice import Recipients, notice_of, send
from moonlanding_assets.cutover.phase_log import PhaseLog
from moonlanding_assets.cutover.phases import PHASES, Phase
from moonlanding_assets.cutover.receipt import Receipt, read_receipt
from moonlanding_assets.cutover.seen import held, look
from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.pipeline.in_workers import is_in_workers
from moonlanding_assets.pipeline.kept_stages import KeptStages
from moonlanding_assets.pipeline.stages import LoggedStages, Stages
from moonlanding_assets.pipeline.stops import stop_of
from moonlanding_assets.settings import Layout, Settings

_NOT_WRITTEN = (MoonlandingError, OSError, sqlite3.Error)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of Dagster's: its job, its id, and the instance that has its events (None: nobody)."""

    job: str
    run_id: str
    instance: dg.DagsterInstance | None = None

    @property
    def phase(self) -> Phase | None:
        """The phase that it is of; None for other jobs."""
        return next((phase for phase in PHASES if phase.job == self.job), None)


ShownBy = Callable[[Layout, Phase | None], Stages]


def in_run_log(layout: Layout, phase: Phase | None) -> Stages:
    """Stages that the run's page in the UI shows, with what `moonlanding watch` shows."""
    if phase is None:
        return LoggedStages()
    return LoggedStages(partial(_seen, layout, phase))


def _seen(layout: Layout, phase: Phase) -> list[str]:
    return held(look(layout, phase))


def run_stages(shown_by: ShownBy, settings: Settings) -> dg.ResourceDefinition:
    """The stages of a run as its resource; its data directory is the resource `project`'s."""
    recipients = Recipients(url=settings.notify_url, call=settings.notify_call)

    @dg.resource(
        required_resource_keys={"project"},
        description="Says what goes on: in the run's log, in the phase's log, to whom it concerns.",
    )
    def stages(context: dg.InitResourceContext) -> Iterator[Stages]:
        layout: Layout = context.resources.project.layout
        if context.run is None or context.instance is None:
            yield shown_by(layout, None)
            return
        run = Run(job=context.run.job_name, run_id=context.run.run_id, instance=context.instance)
        if is_in_workers(context.run.run_config):
            with kept_part(shown_by(layout, run.phase), layout, run) as watched:
                yield watched
            return
        with kept(shown_by(layout, run.phase), layout, run, recipients) as watched:
            yield watched

    return stages


@contextmanager
def kept(inner: Stages, layout: Layout, run: Run, recipients: Recipients) -> Iterator[Stages]:
    """These stages, kept in the log of the phase that the job runs, if it runs one.

    However the run ends, the recipients are told; a failure is written into the phase's report.
    """
    phase = run.phase
    if phase is None:
        yield inner
        return
    log = PhaseLog(layout.phase(phase.number), run.run_id)
    before = read_receipt(layout, phase.number)
    try:
        yield KeptStages(inner, log)
    finally:
        if log.began_at:  # Dagster makes resources once more after a run, for its result
            log.end()
            _End(layout, phase, run, log).tell(recipients, before)


@contextmanager
def kept_part(inner: Stages, layout: Layout, run: Run) -> Iterator[Stages]:
    """The same for one step in a process of its own: the run begins and ends in another."""
    phase = run.phase
    if phase is None:
        yield inner
        return
    log = PhaseLog(layout.phase(phase.number), run.run_id, is_part=True)
    try:
        yield KeptStages(inner, log)
    finally:
        if log.began_at:
            log.end()


@dataclass(frozen=True)
class _End:
    """The end of a run of a phase."""

    layout: Layout
    phase: Phase
    run: Run
    log: PhaseLog

    def tell(self, recipients: Recipients, before: Receipt | None) -> None:
        """Write the report of a failure, and send the notice."""
        instance, run_id = self.run.instance, self.run.run_id
        stop = None if instance is None else stop_of(instance, run_id, stage=self.log.failed)
        failure = self._failure(stop, before)
        receipt = read_receipt(self.layout, self.phase.number)
        notice = notice_of(
            self.layout,
            self.phase,
            run_id=run_id,
            receipt=None if receipt == before else receipt,
            stop=stop,
            failure=failure,
        )
        for trouble in send(notice, recipients):
            self.log.say(trouble)

    def _failure(self, stop: Stop | None, before: Receipt | None) -> Failure | None:
        if stop is None or stop.is_interrupt:
            return None
        run_id = self.run.run_id
        try:
            failure = report_failure(self.layout, self.phase, stop, run_id=run_id, before=before)
        except _NOT_WRITTEN as error:
            self.log.say(f"FAILED at {stop.asset}; no report of it: {type(error).__name__}")
            return None
        self.log.say(f"FAILED at {failure.place}: {failure.cause}. Again: `{failure.retry}`")
        return failure
