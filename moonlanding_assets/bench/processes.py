"""One command run to its end while its processes are watched: time, CPU, memory of each.

Holds no knowledge of what runs. Memory is the system's own high-water mark (VmHWM), looked at
every 20 ms, so that only what a process grew in its last moment can be missed.
"""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moonlanding_assets.errors import BenchFailed

LOOK_EVERY_SECONDS = 0.02
_ENDS_WITHIN_SECONDS = 10.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_SHARE_OF_A_WORKER = 0.1
_SAID_LINES = 12


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that ended well. `seconds`: from its start to its end, with all its processes.

    `peak_bytes`: resident memory of the largest of its processes. `processes`: how many of them
    did at least a tenth of the work.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    processes: int


@dataclass
class _Seen:
    """What was seen of each process, by its id."""

    peak_bytes: dict[int, int] = field(default_factory=dict)
    cpu_ticks: dict[int, int] = field(default_factory=dict)

    def look(self, root: int) -> None:
        """Take in the root and everything below it."""
        for process in _tree(root):
            try:
                status = Path(f"/proc/{process}/status").read_text()
                ticks = _ticks(process)
            except (OSError, IndexError):
                continue  # gone meanwhile
            self.peak_bytes[process] = max(self.peak_bytes.get(process, 0), _high_water(status))
            self.cpu_ticks[process] = ticks

    @property
    def processes(self) -> int:
        least = sum(self.cpu_ticks.values()) * _SHARE_OF_A_WORKER
        return max(sum(ticks >= least for ticks in self.cpu_ticks.values()), 1)


def run_watched(
    command: Sequence[str], *, environment: Mapping[str, str], directory: Path, said: Path
) -> Ran:
    """Run the command; what it prints goes to `said`. Raises BenchFailed with its last lines.

    When this is interrupted, the command and its processes are ended first.
    """
    seen = _Seen()
    used_before = _cpu_of_children()
    with said.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  our own interpreter
            command,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C reaches us alone; we end the group
        )
        try:
            seconds = _watch(process, seen) - started
        except BaseException:
            _end(process)
            raise
        finally:
            if process.stdin is not None:
                process.stdin.close()
    if process.returncode != 0:
        raise BenchFailed(
            f"{' '.join(command)}: ended with {process.returncode}\n{_last_lines(said)}"
        )
    return Ran(
        seconds=seconds,
        cpu_seconds=_cpu_of_children() - used_before,
        peak_bytes=max(seen.peak_bytes.values(), default=0),
        processes=seen.processes,
    )


def _watch(process: "subprocess.Popen[bytes]", seen: _Seen) -> float:
    """Look until it has ended; when that was."""
    while True:
        seen.look(process.pid)
        try:
            process.wait(LOOK_EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return time.perf_counter()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the group of the command to end, then make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(_ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _tree(root: int) -> Iterator[int]:
    yield root
    try:
        tasks = os.listdir(f"/proc/{root}/task")
        listed = [Path(f"/proc/{root}/task/{task}/children").read_text() for task in tasks]
    except OSError:
        return
    for child in " ".join(listed).split():
        yield from _tree(int(child))


def _ticks(process: int) -> int:
    """User and system time of the process alone."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(after_name[11]) + int(after_name[12])


def _high_water(status: str) -> int:
    _, found, after = status.partition("VmHWM:")
    return int(after.split()[0]) * 1024 if found else 0


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _last_lines(said: Path) -> str:
    lines = said.read_text(errors="replace").splitlines()
    return "\n".join(lines[-_SAID_LINES:])
