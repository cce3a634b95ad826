"""What a person sees while work goes on: bars on a terminal, one line a stage elsewhere.

Fulfils the pipeline's Stages protocol and keeps the time of each stage. Prints to stderr only.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

SAY_EVERY_SECONDS = 10.0


@dataclass
class StageTime:
    """How long a stage worked (its pieces added up), and how many documents passed."""

    stage: str
    total: int = 0
    seconds: float = 0.0
    documents: int = 0

    @property
    def documents_a_second(self) -> float:
        """Documents by seconds; 0 when the stage does not count documents."""
        return self.documents / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> str:
        """About how long it still takes, as text; "" where nobody knows."""
        rate = self.documents_a_second
        seconds = (self.total - self.documents) / rate if rate > 0 else 0.0
        return f", about {seconds:,.0f} s left" if seconds > 0 else ""

    def __str__(self) -> str:
        text = f"{self.stage}: {self.seconds:.1f} s"
        if not self.documents:
            return text
        return f"{text}, {self.documents:,} documents, {self.documents_a_second:,.0f} a second"


class Watch:
    """Stages on stderr. `times` has the stages since the last heading, in order."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.times: dict[str, StageTime] = {}
        self._line: _Bars | _Lines = _Bars(console) if console.is_terminal else _Lines(console)

    def __enter__(self) -> "Watch":
        self._line.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.stop()

    def heading(self, text: str) -> None:
        """Say what begins, and count the stages from here on anew."""
        self._line.end_stage()
        self.times = {}
        self.console.print(text, style="bold", highlight=False)

    def say(self, text: str) -> None:
        """One line that is worth reading, above whatever moves."""
        self.console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def work(self, stage: str, documents: int | None = None) -> Iterator["_Piece"]:
        """One piece of a stage; pieces of the same stage add up to one bar or line."""
        kept = self.times.setdefault(stage, StageTime(stage))
        kept.total += documents or 0
        started, before = time.monotonic(), kept.seconds
        piece = _Piece(kept, self._line, started - before)
        self._line.show(kept)
        try:
            yield piece
        finally:
            kept.seconds = before + time.monotonic() - started
            self._line.show(kept)


class _Piece:
    """The progress that library code is given."""

    def __init__(self, kept: StageTime, line: "_Bars | _Lines", started: float) -> None:
        self._kept = kept
        self._line = line
        self._started = started

    def advance(self, documents: int) -> None:
        self._kept.documents += documents
        self._kept.seconds = time.monotonic() - self._started
        self._line.show(self._kept)


class _Lines:
    """A line when a stage ends, and every ten seconds of a long one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._current: StageTime | None = None
        self._said_at = 0.0

    def start(self) -> None:
        """Nothing to prepare."""

    def show(self, kept: StageTime) -> None:
        if kept is not self._current:
            self.end_stage()
            self._current = kept
            self._said_at = time.monotonic()
        elif time.monotonic() - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            of = f" of {kept.total:,}" if kept.total else ""
            rate = f", {kept.documents_a_second:,.0f} a second{kept.left}"
            self._say(f"  {kept.stage}: {kept.documents:,}{of} documents so far{rate}")

    def end_stage(self) -> None:
        if self._current is not None:
            self._say(f"  {self._current}")
        self._current = None

    def stop(self) -> None:
        self.end_stage()

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)


class _Bars:
    """A bar for each stage; finished ones stay on the screen."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[said]}"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def start(self) -> None:
        self._progress.start()

    def show(self, kept: StageTime) -> None:
        if kept.stage not in self._tasks:
            self._end_bars()
            self._tasks[kept.stage] = self._progress.add_task(kept.stage, total=None, said="")
        said = str(kept).removeprefix(f"{kept.stage}: ") + kept.left
        self._progress.update(
            self._tasks[kept.stage],
            total=kept.total or None,
            completed=kept.documents,
            said=said,
        )

    def end_stage(self) -> None:
        """The bars so far become text above the next ones."""
        self._end_bars()
        for task in self._tasks.values():
            said = self._progress.tasks[self._progress.task_ids.index(task)]
            line = f"  {said.description}: {said.fields['said']}"
            self._progress.console.print(line, highlight=False, soft_wrap=True)
            self._progress.remove_task(task)
        self._tasks = {}

    def _end_bars(self) -> None:
        for task in self._tasks.values():
            done = self._progress.tasks[self._progress.task_ids.index(task)].completed
            self._progress.update(task, total=done or 1, completed=done or 1)

    def stop(self) -> None:
        self.end_stage()
        self._progress.stop()
