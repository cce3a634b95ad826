"""What the machine and the code are, so that only like is compared with like. Holds no clock."""

import hashlib
import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]
LIBRARIES = ("dagster", "duckdb", "pyarrow", "orjson", "numba", "adbc-driver-sqlite")
SAME = ("processor", "cores", "memory_mib")  # what makes it the same machine


def describe_machine() -> dict[str, Any]:
    """Processor, cores, memory, and the versions that decide how fast things are."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in LIBRARIES},
    }


def code_digest() -> str:
    """SHA-256 over every module of the package: another code, another result."""
    total = hashlib.sha256()
    for file in sorted(PACKAGE.rglob("*.py")):
        total.update(f"{file.relative_to(PACKAGE)}\n".encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def load_average() -> float:
    """Of the last minute: above the number of cores, others were at work."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
