"""How assets tell a person what goes on: the protocol Stages, and its form for the Dagster UI.

Holds no terminal output: the command line brings its own Stages.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import dagster as dg

from moonlanding_assets.progress import Progress

REPORT_EVERY_SECONDS = 5.0


class Stages(Protocol):
    """Told when work of a stage begins and ends; the same stage may begin many times."""

    def work(self, stage: str, documents: int | None = None) -> AbstractContextManager[Progress]:
        """Time a piece of work; `documents` is how many it will pass, None when unknown."""

    def say(self, text: str) -> None:
        """Tell a person one thing that is worth a line."""


class LoggedStages:
    """Stages as lines in the run's log: how far, and how many documents a second."""

    @contextmanager
    def work(self, stage: str, documents: int | None = None) -> Iterator[Progress]:
        """Log every five seconds while documents pass, and once at the end if any did."""
        progress = _LoggedProgress(stage, documents)
        yield progress
        if progress.done:
            progress.report()

    def say(self, text: str) -> None:
        """A line of the log."""
        dg.get_dagster_logger().info(text)


class _LoggedProgress:
    def __init__(self, stage: str, documents: int | None) -> None:
        self.stage = stage
        self.documents = documents
        self.done = 0
        self.started = time.monotonic()
        self.reported = self.started

    def advance(self, documents: int) -> None:
        self.done += documents
        if time.monotonic() - self.reported >= REPORT_EVERY_SECONDS:
            self.report()

    def report(self) -> None:
        self.reported = time.monotonic()
        rate = self.done / max(self.reported - self.started, 1e-6)
        of = "" if self.documents is None else f" of {self.documents:,}"
        left = max((self.documents or 0) - self.done, 0) / rate if rate > 0 else 0.0
        dg.get_dagster_logger().info(
            f"{self.stage}: {self.done:,}{of} documents, {rate:,.0f} a second"
            + (f", about {left:,.0f} s left" if left else "")
        )
