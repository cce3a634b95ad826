"""What the gateway says of its answers and of its process, for whoever watches over it.

Counts every answer to a request for documents, refusals and faults included, and how long it took.
Holds no judgement of either.
"""

import os
import time
from asyncio import CancelledError
from collections.abc import Iterator
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from moonlanding_assets.parallel.gateway.metrics import Metrics

ANSWERS, ANSWER_SECONDS = "answers_total", "answer_seconds"
RSS, FDS = "process_resident_memory_bytes", "process_open_fds"
STARTED = "process_start_time_seconds"
_GONE = 499  # the client went away before it was answered
_FAULT = 500


def answers_counted(metrics: Metrics) -> Middleware:
    """The outermost middleware: what it sees is what the client is told."""

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/documents/"):
            return await handler(request)
        started, status = time.monotonic(), _FAULT
        try:
            answer = await handler(request)
            status = answer.status
        except web.HTTPException as refused:
            status = refused.status
            raise
        except CancelledError:
            status = _GONE
            raise
        finally:
            metrics.add(ANSWERS, code=f"{status // 100}xx")
            metrics.took(ANSWER_SECONDS, time.monotonic() - started)
        return answer

    return counted


def process_text() -> str:
    """This process under Prometheus' usual names."""
    lines = (f"# TYPE {name} gauge\n{name} {value:.2f}\n" for name, value in process().items())
    return "".join(lines)


def process() -> dict[str, float]:
    """Memory, open files and start of this process; what the system does not tell is left out."""
    return dict(_process())


def _process() -> Iterator[tuple[str, float]]:
    own = Path("/proc/self")
    try:
        pages = int((own / "statm").read_text().split()[1])
        yield RSS, float(pages * os.sysconf("SC_PAGE_SIZE"))
        yield FDS, float(len(os.listdir(own / "fd")) - 1)  # one is of this very look
        ticks = int((own / "stat").read_text().rpartition(")")[2].split()[19])
        booted = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text().splitlines()
            if line.startswith("btime ")
        )
        yield STARTED, booted + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return
