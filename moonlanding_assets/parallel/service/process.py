"""The process that runs the sync: who it is, what it said last, how it is asked to stop.

One at a time, by a lease on data/parallel/sync. Holds nothing of the sync itself.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.errors import SyncError, TargetBusy
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.settings import Layout

FRESH_SECONDS = 10.0  # what a running service said longer ago than this is no figure of now
_LOOK_SECONDS = 0.05


def said_file(layout: Layout) -> Path:
    """What the running sync measured last, or how it ended."""
    return layout.parallel / "sync.json"


def log_file(layout: Layout) -> Path:
    """The log of a sync that runs in the background."""
    return layout.parallel / "sync.log"


@contextmanager
def only_process(layout: Layout) -> Iterator[None]:
    """The right to be the one sync of this data directory; raises SyncError naming who has it."""
    layout.parallel.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(Lease(_place(layout)))
        except TargetBusy:
            raise already_running(running_process(layout)) from None
        yield


def already_running(process: int | None) -> SyncError:
    """The refusal of a second sync."""
    who = "another process" if process is None else f"the process {process}"
    return SyncError(f"the sync runs already: {who}. `moonlanding parallel stop` ends it")


def running_process(layout: Layout) -> int | None:
    """The id of the process that holds the sync's lease; None when nobody does."""
    return Lease(_place(layout)).holder()


def stop_process(layout: Layout, *, wait_seconds: float) -> int | None:
    """Ask the running sync to end, and wait for it; its id, None when there is none.

    Raises SyncError when it has not ended by then.
    """
    process = running_process(layout)
    if process is None:
        return None
    os.kill(process, signal.SIGTERM)
    until = time.monotonic() + wait_seconds
    pause = threading.Event()
    while running_process(layout) == process:
        if time.monotonic() > until:
            raise SyncError(
                f"the process {process} was asked to end and has not within {wait_seconds:g} s; "
                f"see {log_file(layout)}. kill -9 is safe: the next start goes on from its notes"
            )
        pause.wait(_LOOK_SECONDS)
    return process


def say(layout: Layout, content: Mapping[str, Any]) -> None:
    """Put what was measured in the place of what was said before."""
    told = {**content, "process": os.getpid(), "said_at_monotonic": time.monotonic()}
    put_in_place(said_file(layout), orjson.dumps(told, option=orjson.OPT_INDENT_2))


def last_said(layout: Layout) -> dict[str, Any]:
    """What the sync said last; empty when it never ran."""
    try:
        found: dict[str, Any] = orjson.loads(said_file(layout).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def said_now(layout: Layout) -> dict[str, Any]:
    """What the running sync measures; empty when none runs, or when it has not spoken lately.

    Compared by the machine's monotonic clock, which both processes share.
    """
    said = last_said(layout)
    process = running_process(layout)
    if process is None or said.get("process") != process:
        return {}
    age_seconds = time.monotonic() - float(said.get("said_at_monotonic", 0.0))
    return said if 0 <= age_seconds <= FRESH_SECONDS else {}


def _place(layout: Layout) -> Path:
    return layout.parallel / "sync"
