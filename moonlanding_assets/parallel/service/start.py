"""The sync started: in this process, or in one of its own that outlives the terminal.

Holds signals, the lease and what is said on the way; what the service does is sync_service.py's.
"""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.service.duties import Say
from moonlanding_assets.parallel.service.measures import HoldClock
from moonlanding_assets.parallel.service.process import (
    already_running,
    last_said,
    log_file,
    only_process,
    running_process,
)
from moonlanding_assets.parallel.service.sync_service import SyncService
from moonlanding_assets.parallel.state.advancing import advance, present_row
from moonlanding_assets.parallel.state.control_row import Row, utc_now
from moonlanding_assets.parallel.state.states import STATE
from moonlanding_assets.settings import SYSTEMS, Layout, Settings

_LOOK_SECONDS = 0.1
_STARTED = ("comparing", "following")  # the database is open, and S1 is entered


def require_startable(settings: Settings) -> Row:
    """The state row; raises what forbids a start before anything is opened."""
    process = running_process(settings.layout)
    if process is not None:
        raise already_running(process)
    for system in SYSTEMS:
        settings.live.project(system)
    row = present_row(settings.layout)
    if row.state == "S11":
        raise SyncError(f"S11 {STATE['S11'].name}: nothing flows between the sides any more")
    return row


def run_here(settings: Settings, *, by: str, say: Say, clock: HoldClock | None = None) -> None:
    """Run until SIGTERM or Ctrl-C; from S0 into S1 first, on measured evidence."""
    require_startable(settings)
    layout = settings.layout

    def entered() -> None:
        if present_row(layout).state == "S0":
            advance(layout, "S1", by=by)
            spoken("S1 TAILING")

    def spoken(text: str) -> None:
        say(f"{utc_now()} {text}")

    with only_process(layout):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _interrupt)
        SyncService(layout, settings.live, say=spoken, clock=clock).run(entered)


def run_detached(settings: Settings, arguments: Sequence[str]) -> int:
    """Start `moonlanding parallel start --foreground` with these arguments; its process id.

    Returns when it follows, or compares before it follows. Raises SyncError with what it said when
    it ends before.
    """
    require_startable(settings)
    layout = settings.layout
    layout.parallel.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "moonlanding_assets.cli", "--data", str(settings.data),
        "parallel", "start", "--foreground", *arguments,
    ]  # fmt: skip
    with log_file(layout).open("ab") as output:
        said_before = output.tell()
        process = subprocess.Popen(  # noqa: S603  our own program
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    while not _has_started(layout, process.pid):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
        if process.returncode is not None:
            raise SyncError(f"the sync did not start: {_last_line(layout, said_before)}")
    return process.pid


def _has_started(layout: Layout, process: int) -> bool:
    said = last_said(layout)
    return said.get("process") == process and said.get("doing") in _STARTED


def _last_line(layout: Layout, start: int) -> str:
    with log_file(layout).open("rb") as log:
        log.seek(start)
        lines = log.read().decode("utf-8", "replace").split("moonlanding: ")
    return lines[-1].strip() or f"see {log_file(layout)}"


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End at whatever is being done: all of it can be killed at any moment. Once is enough."""
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt
