"""The command line in a process that dies by SIGKILL at one moment of a phase, or notes them all.

`python -m moonlanding_assets_tests.real.dying` loads the program once (five seconds of processor
time) and makes a process of itself for each line of its input: {"asked": a Moment, or {"notes":
FILE}; "words": the arguments; "said": where its stderr goes}. It answers with the exit code. A
phase begins when its log is opened.
"""

import importlib
import json
import os
import re
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from moonlanding_assets.cli import main
from moonlanding_assets.load.passing import EVENT

#: with all that they need; not definitions.py, which reads where the data are
LOADED = tuple(
    f"moonlanding_assets.pipeline.{name}"
    for name in ("jobs", "p1_target", "resources", "run_stages")
)
_LOG = re.compile(r"/phase/(\d\.\d)/log$")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "sqlite3.connect")
_LOOKS_EVERY_SECONDS = 0.002


@dataclass(frozen=True)
class Moment:
    """Where to die in a phase.

    kind "write": before the `at`-th change of a file below the data directory; "cpu": after `at`
    seconds of processor time; "step": when the named step `step` begins for the `at`-th time.
    """

    phase: str
    kind: Literal["write", "cpu", "step"]
    at: float
    step: str = ""

    def __str__(self) -> str:
        where = f"{self.step} {self.at:g}" if self.step else f"{self.at:.3g}"
        return f"{self.phase} {self.kind} {where}"


class Listener:
    """An audit hook that knows the phase, counts in it, and kills its process at a moment."""

    def __init__(self, root: str, moment: Moment | None) -> None:
        self._root = root
        self._moment = moment
        self._phase = ""
        self._began = 0.0
        self.notes: dict[str, dict[str, Any]] = {}

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        """Hear of one thing that Python does."""
        if event == "open":
            self._opened(str(given[0]), int(given[2] or 0))
        elif event in _CHANGES and self._phase:
            self._changed(str(given[0]))
        elif event == EVENT and self._phase:
            self._passed(str(given[0]))

    def end_phase(self) -> None:
        """The phase is over: what it took."""
        if self._phase:
            self.notes[self._phase]["cpu"] += time.process_time() - self._began
        self._phase = ""

    def _opened(self, path: str, flags: int) -> None:
        if not flags & _WRITES:
            return
        found = _LOG.search(path)
        if found and found[1] != self._phase:
            self._begin(found[1])
        if self._phase:
            self._changed(path)

    def _begin(self, phase: str) -> None:
        self.end_phase()
        self._phase, self._began = phase, time.process_time()
        self.notes.setdefault(phase, {"writes": 0, "cpu": 0.0, "steps": []})
        if self._is_here("cpu"):
            threading.Thread(target=self._wait, daemon=True).start()

    def _changed(self, path: str) -> None:
        if self._root not in path:
            return
        self.notes[self._phase]["writes"] += 1
        if self._is_here("write"):
            self._die_if(self.notes[self._phase]["writes"])

    def _passed(self, step: str) -> None:
        steps = self.notes[self._phase]["steps"]
        steps.append(step)
        if self._is_here("step") and self._moment is not None and step == self._moment.step:
            self._die_if(steps.count(step))

    def _die_if(self, count: int) -> None:
        if self._moment is not None and count == self._moment.at:
            die()

    def _is_here(self, kind: str) -> bool:
        moment = self._moment
        return moment is not None and (moment.phase, moment.kind) == (self._phase, kind)

    def _wait(self) -> None:
        pause = threading.Event()
        assert self._moment is not None
        while time.process_time() - self._began < self._moment.at:
            pause.wait(_LOOKS_EVERY_SECONDS)
        if self._is_here("cpu"):
            die()


def die() -> None:
    """As by kill -9, at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def started(asked: dict[str, Any], words: list[str]) -> None:
    """Run the command line under a listener."""
    notes = asked.pop("notes", None)
    sys.argv[1:] = words
    root = words[words.index("--data") + 1]
    listener = Listener(root, None if notes else Moment(**asked))
    sys.addaudithook(listener)
    try:
        main()
    finally:
        listener.end_phase()
        if notes:
            Path(notes).write_text(json.dumps(listener.notes))


def serve() -> None:
    """A process for each line, until the lines end."""
    for name in LOADED:
        importlib.import_module(name)
    assert "moonlanding_assets.definitions" not in sys.modules
    while line := sys.stdin.readline():
        given = json.loads(line)
        child = os.fork()
        if not child:
            said = os.open(given["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
            os.dup2(sys.stdin.fileno(), sys.stdout.fileno())
            os.dup2(said, sys.stderr.fileno())
            return started(given["asked"], given["words"])
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(code, flush=True)  # noqa: T201  the answer
    return None


if __name__ == "__main__":
    serve()
