"""Under which names the gateway is asked and answers, and what it says of its own process.

Holds no HTTP, so that who only looks at a gateway loads no server.
"""

import os
from collections.abc import Iterator
from pathlib import Path

ADMIN = "X-Moonlanding-Admin"
ANSWERS, ANSWER_SECONDS = "answers_total", "answer_seconds"
RSS, FDS = "process_resident_memory_bytes", "process_open_fds"
STARTED = "process_start_time_seconds"


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
