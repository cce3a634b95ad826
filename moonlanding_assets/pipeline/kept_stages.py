"""Stages that are kept in the phase's log as well, whoever shows them.

Holds no output of its own: the log is cutover/phase_log.py's, the screen belongs to the Stages
inside. Which run has a log, and what happens at its end, is in run_stages.py.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg

from moonlanding_assets.cutover.phase_log import PhaseLog
from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.progress import Progress

INTERRUPTS = (KeyboardInterrupt, dg.DagsterExecutionInterruptedError)
LEAVES_WITHIN_SECONDS = 3.0
INTERRUPTED = 130


class KeptStages:
    """Passes everything on, and writes it into a phase's log."""

    def __init__(self, inner: Stages, log: PhaseLog) -> None:
        self._inner = inner
        self._log = log

    @contextmanager
    def work(self, stage: str, documents: int | None = None) -> Iterator[Progress]:
        """One piece of a stage; an exception is logged by its kind, our own by its message."""
        self._begun().stage_begins(stage)
        started = time.monotonic()
        with self._inner.work(stage, documents) as progress:
            counting = _Counting(progress, self._log, stage, documents)
            try:
                yield counting
            except BaseException as error:
                said = f": {error}" if isinstance(error, MoonlandingError) else ""
                self._log.stage_failed(stage, f"{type(error).__name__}{said}")
                if isinstance(error, INTERRUPTS):
                    leave_soon()
                raise
            finally:
                self._log.stage_ended(
                    stage, seconds=time.monotonic() - started, documents=counting.done
                )

    def say(self, text: str) -> None:
        """One line for whoever watches, and for the log."""
        self._inner.say(text)
        self._begun().say(text)

    def _begun(self) -> PhaseLog:
        """The log, begun with the first thing that happens."""
        if not self._log.began_at:
            self._log.begin()
        return self._log


def leave_soon() -> None:
    """End this process in three seconds, whatever Dagster still wants to write.

    Ctrl-C and SIGTERM end a phase within five seconds; a kill at any moment loses nothing.
    """
    timer = threading.Timer(LEAVES_WITHIN_SECONDS, os._exit, (INTERRUPTED,))
    timer.daemon = True
    timer.start()


class _Counting:
    def __init__(self, inner: Progress, log: PhaseLog, stage: str, of: int | None) -> None:
        self._inner = inner
        self._log = log
        self._stage = stage
        self._of = of
        self.done = 0

    def advance(self, documents: int) -> None:
        self.done += documents
        self._inner.advance(documents)
        self._log.stage_went_on(self._stage, documents=self.done, of=self._of)


@contextmanager
def told(stages: Stages) -> Iterator[Callable[[str], None]]:
    """A function that begins a stage each time it is called, and so ends the one before."""
    with ExitStack() as stack:

        def tell(step: str) -> None:
            stack.close()
            stack.enter_context(stages.work(step))

        yield tell
