"""The process that runs the sync: which service it is, and what it said last.

One at a time, by a lease on data/parallel/sync (processes.py). Holds nothing of the sync itself.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.parallel.service.processes import Service
from moonlanding_assets.settings import Layout

FRESH_SECONDS = 10.0  # what a running service said longer ago than this is no figure of now


def sync_service(layout: Layout) -> Service:
    """The sync of a data directory: to be the one, to be found, started and ended."""
    return Service(
        name="the sync",
        place=layout.parallel / "sync",
        log=layout.parallel / "sync.log",
        stops_by="moonlanding parallel stop",
    )


def running_process(layout: Layout) -> int | None:
    """The id of the process that holds the sync's lease; None when nobody does."""
    return sync_service(layout).process()


def said_file(layout: Layout) -> Path:
    """What the running sync measured last, or how it ended."""
    return layout.parallel / "sync.json"


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
