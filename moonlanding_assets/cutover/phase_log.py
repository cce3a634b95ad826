"""What a phase leaves while it runs: its log, line by line, and the time of each stage.

Holds files only: `log` (appended, for people), `times.json` (of the last run) and, where its steps
are processes of their own, a file of times for each in `times/`. Stage names, counts and seconds go
in; no value of a document does.
"""

import datetime
import os
import shutil
import time
import uuid
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import orjson

from moonlanding_assets.load.files import put_in_place

LOG = "log"
TIMES = "times.json"
PARTS = "times"  # the directory of the times of steps in processes of their own
SAY_EVERY_SECONDS = 5.0


@dataclass
class StageTime:
    """How long a stage worked, its pieces added up, and how many documents passed."""

    seconds: float = 0.0
    documents: int = 0

    def __str__(self) -> str:
        if not self.documents:
            return f"{self.seconds:.1f} s"
        rate = self.documents / self.seconds if self.seconds else 0.0
        return f"{self.seconds:.1f} s, {self.documents:,} documents, {rate:,.0f} a second"


@dataclass
class PhaseLog:
    """The log of one run of a phase; the times of an earlier run are forgotten.

    is_part: of one step of the run, in a process of its own; the run begins and ends elsewhere.
    """

    directory: Path
    run_id: str
    is_part: bool = False
    began_at: str = ""
    failed: str = ""  # the first stage that did
    stages: dict[str, StageTime] = field(default_factory=dict)
    _current: str = ""
    _said_at: float = 0.0
    _began: float = 0.0
    _going: StageTime = field(default_factory=StageTime)
    _file: Path = Path()

    def begin(self) -> "PhaseLog":
        """Say that the run begins."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.began_at = _now()
        if self.is_part:
            (self.directory / PARTS).mkdir(exist_ok=True)
            self._file = self.directory / PARTS / f"{uuid.uuid4().hex}.json"
            return self
        self._file = self.directory / TIMES
        shutil.rmtree(self.directory / PARTS, ignore_errors=True)
        self.say(f"run {self.run_id} begins")
        self._keep_times()
        return self

    def say(self, text: str) -> None:
        """Append a line with the time."""
        with (self.directory / LOG).open("a") as file:
            file.write(f"{_now()} {text}\n")

    def stage_begins(self, stage: str) -> None:
        """A piece of a stage begins; the stage before it is over."""
        if stage != self._current:
            self._end_stage()
            self._current, self._said_at = stage, time.monotonic()
            self._began, self._going = self._said_at, StageTime()
            self.say(f"{stage}: begins")
            self._keep_times()

    def stage_went_on(self, stage: str, *, documents: int, of: int | None) -> None:
        """Say how far a long stage is, every five seconds."""
        if time.monotonic() - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self._going = StageTime(self._said_at - self._began, documents)
            self._keep_times()
            total = "" if of is None else f" of {of:,}"
            self.say(f"{stage}: {documents:,}{total} documents so far")

    def stage_ended(self, stage: str, *, seconds: float, documents: int) -> None:
        """Add a piece that is done."""
        kept = self.stages.setdefault(stage, StageTime())
        kept.seconds += seconds
        kept.documents += documents

    def stage_failed(self, stage: str, said: str) -> None:
        """A piece ended with an exception."""
        self.failed = self.failed or stage
        self.say(f"{stage}: FAILED: {said}")

    def end(self) -> None:
        """The run, or this part of it, is over, however it ended."""
        self._end_stage()
        self._current = ""
        self._keep_times()
        if not self.is_part:
            self.say(f"run {self.run_id} ends")

    def _end_stage(self) -> None:
        if self._current in self.stages:
            self.say(f"{self._current}: {self.stages[self._current]}")
            self._keep_times()

    def _keep_times(self) -> None:
        content = {
            "run_id": self.run_id,
            "process_id": os.getpid(),
            "began_at": self.began_at,
            "now": self._current,
            "going": asdict(self._going),
            "stages": {name: asdict(one) for name, one in self.stages.items()},
        }
        put_in_place(self._file, orjson.dumps(content, option=orjson.OPT_INDENT_2))


@dataclass(frozen=True, kw_only=True)
class Times:
    """What a run took; `now` is the stage that works ("": none), `going` how far it is."""

    run_id: str
    process_id: int
    began_at: str
    now: str
    going: StageTime
    stages: dict[str, StageTime]

    @property
    def is_running(self) -> bool:
        """Whether its process works on a stage at this moment."""
        try:
            os.kill(self.process_id, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return bool(self.now)
        return bool(self.now)


def read_times(directory: Path) -> Times | None:
    """The times of the phase's last run, its parts added up; None when there was none."""
    whole = _read(directory / TIMES)
    if whole is None:
        return None
    for file in sorted((directory / PARTS).glob("*.json")):
        part = _read(file)
        if part is not None and part.run_id == whole.run_id:
            whole = _added(whole, part)
    return whole


def _added(whole: Times, part: Times) -> Times:
    """The times with those of a part; what a part works on is what the run works on."""
    stages = dict(whole.stages)
    for name, one in part.stages.items():
        before = stages.get(name, StageTime())
        stages[name] = StageTime(before.seconds + one.seconds, before.documents + one.documents)
    if not part.now:
        return replace(whole, stages=stages)
    return replace(whole, stages=stages, now=part.now, going=part.going)


def _read(file: Path) -> Times | None:
    try:
        content = orjson.loads(file.read_bytes())
        stages = {name: StageTime(**one) for name, one in content.pop("stages").items()}
        going = StageTime(**content.pop("going"))
        return Times(**content, going=going, stages=stages)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def last_lines(directory: Path, count: int) -> list[str]:
    """The end of the phase's log."""
    try:
        return (directory / LOG).read_text().splitlines()[-count:]
    except OSError:
        return []


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
