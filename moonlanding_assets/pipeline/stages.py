"""How assets tell a person what goes on: the protocol Stages, and its form for the Dagster UI.

Holds no terminal output: the command line brings its own Stages.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
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


class BothStages:
    """Stages that are shown in two places: the terminal of who started the run, and its log."""

    def __init__(self, first: Stages, second: Stages) -> None:
        self._first = first
        self._second = second

    @contextmanager
    def work(self, stage: str, documents: int | None = None) -> Iterator[Progress]:
        """Tell both."""
        with (
            self._first.work(stage, documents) as first,
            self._second.work(stage, documents) as second,
        ):
            yield _BothProgress(first, second)

    def say(self, text: str) -> None:
        """Tell both."""
        self._first.say(text)
        self._second.say(text)


class _BothProgress:
    def __init__(self, first: Progress, second: Progress) -> None:
        self._first = first
        self._second = second

    def advance(self, documents: int) -> None:
        self._first.advance(documents)
        self._second.advance(documents)


def sees_nothing() -> list[str]:
    """For runs that leave nothing to look at."""
    return []


class LoggedStages:
    """Stages as lines in the run's log: which one begins, how far it is, what is there by then.

    seen: lines about what the run has left so far; asked every five seconds while documents pass,
    and when another stage begins.
    """

    def __init__(self, seen: Callable[[], list[str]] = sees_nothing) -> None:
        self._seen = seen
        self._current = ""
        self._total = _Total("")
        self._said: list[str] = []

    @contextmanager
    def work(self, stage: str, documents: int | None = None) -> Iterator[Progress]:
        """Log the beginning of a stage, and what it came to when another begins."""
        if stage != self._current:
            self.end()
            self._current, self._total = stage, _Total(stage)
            self.say(f"{stage}: begins")
        with self._total.timed():
            yield _LoggedProgress(stage, documents, self._total, self._look)

    def say(self, text: str) -> None:
        """A line of the log."""
        dg.get_dagster_logger().info(text)

    def end(self) -> None:
        """Say what the last stage came to."""
        if self._current:
            self.say(f"{self._current}: {self._total}")
            self._look()
        self._current = ""

    def _look(self) -> None:
        """Log what there is to see, where it is something else than the last time."""
        before, self._said = self._said, self._seen()
        for line in self._said:
            if line not in before:
                self.say(line)


@dataclass
class _Total:
    """A stage, its pieces added up."""

    stage: str
    seconds: float = 0.0
    documents: int = 0

    @contextmanager
    def timed(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds += time.monotonic() - started

    def __str__(self) -> str:
        if not self.documents:
            return f"{self.seconds:.1f} s"
        rate = self.documents / max(self.seconds, 1e-6)
        return f"{self.seconds:.1f} s, {self.documents:,} documents, {rate:,.0f} a second"


class _LoggedProgress:
    def __init__(
        self, stage: str, documents: int | None, total: _Total, look: Callable[[], None]
    ) -> None:
        self.stage = stage
        self.documents = documents
        self.total = total
        self.look = look
        self.done = 0
        self.started = self.reported = time.monotonic()

    def advance(self, documents: int) -> None:
        self.done += documents
        self.total.documents += documents
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
        self.look()
