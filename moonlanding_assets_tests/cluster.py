"""A Spark of this machine: the environment that has it, and a standalone cluster on loopback.

Started and stopped by process, nothing by name. Holds no assertion.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.normalize.engine import has_java

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".venv-cluster"
PYTHON = ENVIRONMENT / "bin" / "python"
LOOPBACK = "127.0.0.1"
START_SECONDS = 500.0
Process = subprocess.Popen[bytes]


def what_is_missing() -> str | None:
    """Why there is no Spark here; None when there is."""
    if not (ENVIRONMENT / ".ready").is_file():
        return "Spark is not installed for the tests: make .venv-cluster/.ready (some 500 MB)"
    if not has_java():
        return "Spark needs Java: apt-get install default-jre-headless"
    return None


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody listens there on loopback."""
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex((LOOPBACK, port)) == 0


def wait_until(true: Callable[[], bool], process: Process, log: Path) -> None:
    """Return when it is true; raises AssertionError when the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not true():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
        if process.returncode is not None or time.monotonic() > deadline:
            end = log.read_text(errors="replace")[-2000:]
            raise AssertionError(f"{process.args!r} did not do it in {START_SECONDS} s: {end}")


@contextmanager
def running(
    words: list[str],
    log: Path,
    *,
    user: str | None = None,
    extra: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Process]:
    """A process in a group of its own, killed with its children when the block ends."""
    with log.open("ab") as stream:
        process = subprocess.Popen(
            words, stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, **(extra or {})}, start_new_session=True, user=user, cwd=cwd,
        )  # fmt: skip
    try:
        yield process
    finally:
        kill_group(process)


def kill_group(process: Process) -> None:
    """SIGKILL to the process and to what it started in its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(frozen=True)
class Standalone:
    """A master and its workers, each with its executors in one process group."""

    master: str
    workers: tuple[Process, ...]
    directories: tuple[Path, ...]


@contextmanager
def standalone(directory: Path, *, workers: int = 2) -> Iterator[Standalone]:
    """One master and so many workers of one core each, on loopback only, on ports of their own."""
    port = free_port()
    master, log = f"spark://{LOOPBACK}:{port}", directory / "master.log"
    places = tuple(directory / f"worker-{number}" for number in range(workers))
    with ExitStack() as stack:
        first = stack.enter_context(_deployed("master.Master", "--port", str(port), log=log))
        wait_until(lambda: listens(port), first, log)
        size = ("--cores", "1", "--memory", "1g")
        started = tuple(
            stack.enter_context(
                _deployed(
                    "worker.Worker", *size, "--work-dir", str(place), master,
                    log=directory / f"{place.name}.log",
                )
            )
            for place in places
        )  # fmt: skip
        registered = "Registering worker"
        wait_until(lambda: log.read_text().count(registered) >= workers, first, log)
        yield Standalone(master, started, places)


def _deployed(name: str, *words: str, log: Path) -> AbstractContextManager[Process]:
    """One of Spark's own services, its pages on loopback as well."""
    home = next(ENVIRONMENT.glob("lib/python3*/site-packages/pyspark"))
    service = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}"]
    extra = {
        "SPARK_LOCAL_IP": LOOPBACK, "SPARK_HOME": str(home), "PYSPARK_PYTHON": str(PYTHON),
    }  # fmt: skip
    return running([*service, "--host", LOOPBACK, "--webui-port", "0", *words], log, extra=extra)
