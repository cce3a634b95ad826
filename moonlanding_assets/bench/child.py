"""The process in which one stage is measured: `python -m moonlanding_assets.bench.child NAME OUT`.

The clock runs around the work alone: starting Python and importing is not in it, loading what the
work itself loads is. Ends with whoever started it, also when that is killed.
"""

import importlib
import json
import os
import resource
import sys
import tempfile
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

from moonlanding_assets.bench.catalogue import stage_of
from moonlanding_assets.bench.job import Done, Job, Stage
from moonlanding_assets.settings import Settings, read_settings

ROOMS = "moonlanding_assets.bench"


def main(name: str, out: Path) -> None:
    """Do the work of the stage once; what it came to is written to `out` as JSON."""
    threading.Thread(target=_end_with_owner, daemon=True).start()
    os.umask(0o077)
    stage = stage_of(name)
    settings = read_settings()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=settings.data) as scratch:
        measured = measure(stage, settings, Path(scratch))
    out.write_text(json.dumps(measured))


def measure(stage: Stage, settings: Settings, scratch: Path) -> dict[str, object]:
    """Seconds, CPU seconds (of worker processes too) and what was done."""
    given = replace(settings, workers=stage.workers or settings.workers)
    work = getattr(importlib.import_module(f"{ROOMS}.{stage.room}"), stage.call)
    used = _cpu_seconds()
    started = time.perf_counter()
    done: Done = work(Job(settings=given, scratch=scratch), *stage.given)
    seconds = time.perf_counter() - started
    cpu_seconds = _cpu_seconds() - used
    return {
        **asdict(done),
        "seconds": seconds if done.seconds is None else done.seconds,
        "cpu_seconds": cpu_seconds,
    }


def _cpu_seconds() -> float:
    """Of this process and of those that it started and that ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _end_with_owner() -> None:
    """Standard input is a pipe that nobody writes to: it ends when its other side is gone."""
    while os.read(sys.stdin.fileno(), 1):
        continue
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
