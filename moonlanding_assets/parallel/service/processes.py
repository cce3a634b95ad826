"""A service of a data directory: one process at a time, found, started, ended.

Which process is told by its lease (load/publish.py). Holds nothing of what a service does.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.errors import ServiceRefused, TargetBusy
from moonlanding_assets.load.publish import Lease

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Service:
    """name: what messages call it. place: of its lease. log: of the detached process.

    stops_by: the command that ends it.
    """

    name: str
    place: Path
    log: Path
    stops_by: str

    @contextmanager
    def only(self) -> Iterator[None]:
        """The right to be the one; raises ServiceRefused naming who has it."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as held:
            try:
                held.enter_context(Lease(self.place))
            except TargetBusy:
                raise self.refused(self.process()) from None
            yield

    def refused(self, process: int | None) -> ServiceRefused:
        """What a second one is told."""
        who = "another process" if process is None else f"the process {process}"
        return ServiceRefused(f"{self.name} runs already: {who}. `{self.stops_by}` ends it")

    def process(self) -> int | None:
        """The id of the process that holds the lease; None when nobody does."""
        return Lease(self.place).holder()

    def stop(self, *, wait_seconds: float) -> int | None:
        """Ask it to end, and wait; its id, None when there is none. Raises ServiceRefused."""
        process = self.process()
        if process is None:
            return None
        os.kill(process, signal.SIGTERM)
        until = time.monotonic() + wait_seconds
        pause = threading.Event()
        while self.process() == process:
            if time.monotonic() > until:
                raise ServiceRefused(
                    f"the process {process} was asked to end and has not within "
                    f"{wait_seconds:g} s; see {self.log}"
                )
            pause.wait(_LOOK_SECONDS)
        return process

    def start(self, arguments: Sequence[str], *, is_ready: Callable[[int], bool]) -> int:
        """Run `moonlanding` with these arguments in a session of its own; its id, once it is ready.

        Raises ServiceRefused with what it said when it ends before.
        """
        running = self.process()
        if running is not None:
            raise self.refused(running)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "moonlanding_assets.cli", *arguments]
        with self.log.open("ab") as output:
            said_before = output.tell()
            child = subprocess.Popen(  # noqa: S603  our own program
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        while not is_ready(child.pid):
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_LOOK_SECONDS)
            if child.returncode is not None:
                raise ServiceRefused(f"{self.name} did not start: {self._said(said_before)}")
        return child.pid

    def _said(self, start: int) -> str:
        with self.log.open("rb") as log:
            log.seek(start)
            lines = log.read().decode("utf-8", "replace").split("moonlanding: ")
        return lines[-1].strip() or f"see {self.log}"
