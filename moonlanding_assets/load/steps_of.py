"""Whose steps may work on a data directory, where each step is a process, perhaps elsewhere.

Holds the file `<directory>.steps` and its lock; the run itself holds the Lease of the directory. A
step that was queued by a run that is gone, that sees another directory than its run, or that has
other settings or code, is refused: it would write beside the run that is at work.

Undo: none is needed; a step that was refused has written nothing.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from moonlanding_assets.errors import StepRefused, TargetBusy
from moonlanding_assets.load.publish import Lease


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A run, with SHA-256 digests of the settings and the code that its steps must have."""

    run_id: str
    settings: str
    code: str


def call(directory: Path, mark: Mark | None) -> None:
    """Say whose steps may work on the directory from now on; None: nobody's but the caller's.

    The caller holds its Lease. Raises TargetBusy while a step of an earlier run still works.
    """
    file = _file(directory)
    if mark is None and not file.exists():
        return
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(None if mark is None else asdict(mark)).encode())
    except BlockingIOError:
        raise TargetBusy(
            f"{directory}: a step of an earlier run still works on it; wait until it ends, or end "
            "its process"
        ) from None
    finally:
        os.close(descriptor)


@contextmanager
def step_of(directory: Path, mark: Mark) -> Iterator[None]:
    """Held while a step of this run works; raises StepRefused, with what to do, where it may not.

    The operating system lets the lock go with the process, however that ends.
    """
    try:
        descriptor = os.open(_file(directory), os.O_RDONLY)
    except FileNotFoundError:
        raise StepRefused(f"{directory}: {_ELSEWHERE}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        _require(directory, json.loads(os.read(descriptor, 1000)), mark)
        yield
    finally:
        os.close(descriptor)


_ELSEWHERE = (
    "no run has called its steps here: this worker sees another directory than the run; give all "
    "of them the same MOONLANDING_DATA on one file system"
)


def _require(directory: Path, called: dict[str, str] | None, mark: Mark) -> None:
    if called is None or called["run_id"] != mark.run_id:
        raise StepRefused(f"{directory}: {_ELSEWHERE}, or this step's run has been replaced")
    if called["code"] != mark.code:
        raise StepRefused(
            "this worker has other code of moonlanding_assets than the run: install the same "
            "version everywhere, and start the workers again"
        )
    if called["settings"] != mark.settings:
        raise StepRefused(
            "this worker has other settings than the run: give all of them the same MOONLANDING_*"
        )
    if Lease(directory).holder() is None:
        raise StepRefused(
            f"{directory}: nobody holds its lease: the run of this step is gone, or its locks do "
            "not reach this machine (the file system has to carry flock between machines)"
        )


def _file(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}.steps")
