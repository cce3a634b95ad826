"""Dagster's own cluster on this machine: Redis, PostgreSQL, Celery's workers, a run among them.

Everything listens on loopback only, on ports of its own, and is stopped by process. Holds no test.
"""

import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonlanding_assets_tests import cluster
from moonlanding_assets_tests.real.command import environment

RECIPE = cluster.ROOT / "cluster"
SOONER = "{visibility_timeout: 20, unacked_restore_interval: 1}"  # steps take 3 s
POSTGRES = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1:]
PARALLEL, WRITER = "dagster", "dagster,sqlite_writer"  # queues; of -q twice Celery hears one


def what_is_missing() -> str | None:
    """Why there is no Celery, Redis and PostgreSQL here; None when there is."""
    if not (cluster.ENVIRONMENT / ".ready").is_file():
        return "Celery is not installed for the tests: make .venv-cluster/.ready (some 720 MB)"
    if shutil.which("redis-server") is None:
        return "Celery needs a broker: apt-get install redis-server"
    if not POSTGRES:
        return "Dagster needs a storage for several machines: apt-get install postgresql"
    return None


@dataclass(frozen=True)
class Services:
    """Where the broker and the storage listen, and the directory of the Dagster instance."""

    directory: Path
    redis: int
    postgres: int

    @property
    def home(self) -> Path:
        """DAGSTER_HOME."""
        return self.directory / "home"

    @property
    def recipe(self) -> Path:
        """The project's celery.yaml, but a dead worker's step goes on sooner."""
        return self.home / "celery.yaml"

    def variables(self, data: Path) -> dict[str, str]:
        """The environment of runs and workers."""
        redis = f"redis://{cluster.LOOPBACK}:{self.redis}"
        storage = f"postgresql+psycopg2://dagster@{cluster.LOOPBACK}:{self.postgres}/postgres"
        return {
            **environment(),
            "DAGSTER_HOME": str(self.home), "MOONLANDING_DATA": str(data),
            "MOONLANDING_CELERY_BROKER": f"{redis}/0", "MOONLANDING_CELERY_BACKEND": f"{redis}/1",
            "MOONLANDING_POSTGRES": storage,
            "PATH": f"{cluster.PYTHON.parent}:{os.environ['PATH']}",
        }  # fmt: skip


@contextmanager
def services(directory: Path) -> Iterator[Services]:
    """A broker and a storage, both empty."""
    found = Services(directory, cluster.free_port(), cluster.free_port())
    found.home.mkdir()
    shutil.copy(RECIPE / "dagster.yaml", found.home)
    text = (RECIPE / "celery.yaml").read_text()
    kept, named, _ = text.partition("broker_transport_options:")  # the last of the file
    assert named
    found.recipe.write_text(f"{kept}{named} {SOONER}\n")
    log = directory / "redis.log"
    words = ["redis-server", "--port", str(found.redis), "--bind", cluster.LOOPBACK, "--save", ""]
    with cluster.running([*words, "--dir", str(directory)], log) as redis, _postgres(found):
        cluster.wait_until(lambda: cluster.listens(found.redis), redis, log)
        yield found


@contextmanager
def _postgres(found: Services) -> Iterator[None]:
    """PostgreSQL refuses to be root's, so its files are in a directory that its user can reach."""
    user = "postgres" if os.geteuid() == 0 else None
    place = Path(tempfile.mkdtemp(prefix="moonlanding-postgres-"))
    if user is not None:
        shutil.chown(place, user)
    programs, log = Path(POSTGRES[0]), found.directory / "postgres.log"
    made = [str(programs / "initdb"), "-D", str(place / "d"), "-U", "dagster", "-A", "trust"]
    serve = [
        str(programs / "postgres"), "-D", str(place / "d"), "-p", str(found.postgres),
        "-c", f"listen_addresses={cluster.LOOPBACK}", "-c", "unix_socket_directories=",
    ]  # fmt: skip
    try:
        subprocess.run([*made, "-E", "UTF8"], check=True, capture_output=True, cwd="/", user=user)
        with cluster.running(serve, log, user=user) as server:
            cluster.wait_until(lambda: cluster.listens(found.postgres), server, log)
            yield
            os.kill(server.pid, signal.SIGINT)  # its quick way to end, without leftovers
            server.wait(timeout=60)
    finally:
        shutil.rmtree(place)


@dataclass(frozen=True)
class Worker:
    """A worker with its one process for steps, in a process group of its own."""

    process: cluster.Process
    log: Path

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace")


@contextmanager
def worker(found: Services, name: str, data: Path, queues: str, **extra: str) -> Iterator[Worker]:
    """A worker that has connected to the broker; SIGKILL to its group when the block ends."""
    log = found.directory / f"{name}.log"
    log.write_bytes(b"")
    words = [str(cluster.PYTHON), "-m", "dagster_celery.cli", "worker", "start"]
    words += ["-A", "dagster_celery.app", "-y", str(found.recipe), "-n", name, "-q", queues]
    variables = {**found.variables(data), **extra}
    with cluster.running(
        [*words, "--", "--concurrency=1"], log, extra=variables, cwd=found.home
    ) as process:
        started = Worker(process, log)
        cluster.wait_until(lambda: " ready." in started.said(), process, log)
        yield started


@contextmanager
def run(found: Services, data: Path) -> Iterator[cluster.Process]:
    """Phase 3.4 by the project's recipe, just started; its output is in run.log."""
    words = [str(cluster.PYTHON), "-m", "dagster", "job", "execute", "-j", "phase_3_4"]
    words += ["-m", "moonlanding_assets.definitions", "-a", "DEFINITIONS"]
    log = found.directory / "run.log"
    log.write_bytes(b"")
    variables = found.variables(data)
    with cluster.running(
        [*words, "-c", str(found.recipe)], log, extra=variables, cwd=found.home
    ) as process:
        yield process


def ended(process: cluster.Process, found: Services) -> tuple[int, str]:
    """The run's exit code and what it said."""
    code = process.wait(timeout=400)
    return code, (found.directory / "run.log").read_text(errors="replace")


def events(found: Services, data: Path) -> dict[str, Any]:
    """Of the last run, from the storage: its status; type, step, pid, worker of each event."""
    words = [str(cluster.PYTHON), "-m", "moonlanding_assets_tests.real.last_events"]
    told = subprocess.run(
        words, cwd=cluster.ROOT, env=found.variables(data), capture_output=True, text=True,
        timeout=100, check=True,
    )  # fmt: skip
    listed: dict[str, Any] = json.loads(told.stdout)
    return listed
