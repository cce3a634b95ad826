"""The sync started: in this process, or in one of its own that outlives the terminal.

Holds signals and what is said on the way; what the service does is sync_service.py's.
"""

import signal
from collections.abc import Sequence
from types import FrameType

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.service.duties import Say
from moonlanding_assets.parallel.service.measures import HoldClock
from moonlanding_assets.parallel.service.process import last_said, sync_service
from moonlanding_assets.parallel.service.sync_service import SyncService
from moonlanding_assets.parallel.state.advancing import advance, present_row
from moonlanding_assets.parallel.state.control_row import Row, utc_now
from moonlanding_assets.parallel.state.states import STATE
from moonlanding_assets.settings import SYSTEMS, Settings

_STARTED = ("comparing", "following")  # the database is open, and S1 is entered


def require_startable(settings: Settings) -> Row:
    """The state row; raises what forbids a start before anything is opened."""
    service = sync_service(settings.layout)
    process = service.process()
    if process is not None:
        raise service.refused(process)
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

    with sync_service(layout).only():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _interrupt)
        SyncService(layout, settings.live, say=spoken, clock=clock).run(entered)


def run_detached(settings: Settings, arguments: Sequence[str]) -> int:
    """Start `moonlanding parallel start --foreground` with these arguments; its process id.

    Returns when it follows, or compares before it follows. Raises ServiceRefused with what it said
    when it ends before.
    """
    require_startable(settings)
    layout = settings.layout

    def has_started(process: int) -> bool:
        said = last_said(layout)
        return said.get("process") == process and said.get("doing") in _STARTED

    words = ["--data", str(settings.data), "parallel", "start", "--foreground", *arguments]
    return sync_service(layout).start(words, is_ready=has_started)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End at whatever is being done: all of it can be killed at any moment. Once is enough."""
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt
