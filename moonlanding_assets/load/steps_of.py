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


@dataclass(frozen=True)
class _Called:
    """What the file holds: the run that called steps last, and its mark while it may."""

    last: str | None
    mark: Mark | None


def call(directory: Path, mark: Mark | None) -> str | None:
    """Say whose steps may work on the directory from now on; None: nobody's but the caller's.

    The caller holds its Lease, so the run that called steps before is over, whatever is written of
    it elsewhere; returns its id. Raises TargetBusy while one of its steps still works.
    """
    file = _file(directory)
    if mark is None and not file.exists():
        return None
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        before = _read(descriptor).last
        last = before if mark is None else mark.run_id
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(_Called(last, mark))).encode(), 0)
    except BlockingIOError:
        raise TargetBusy(
            f"{directory}: a step of an earlier run still works on it; wait until it ends, or end "
            "its process"
        ) from None
    finally:
        os.close(descriptor)
    return before


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
        _require(directory, _read(descriptor).mark, mark)
        yield
    finally:
        os.close(descriptor)


_ELSEWHERE = (
    "no run has called its steps here: this worker sees another directory than the run; give all "
    "of them the same MOONLANDING_DATA on one file system"
)


def _require(directory: Path, called: Mark | None, mark: Mark) -> None:
    if called is None or called.run_id != mark.run_id:
        raise StepRefused(f"{directory}: {_ELSEWHERE}, or this step's run has been replaced")
    if called.code != mark.code:
        raise StepRefused(
            "this worker has other code of moonlanding_assets than the run: install the same "
            "version everywhere, and start the workers again"
        )
    if called.settings != mark.settings:
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


def _read(descriptor: int) -> _Called:
    text = os.pread(descriptor, 1000, 0)
    if not text:  # made this moment, or by a process that was killed before it wrote
        return _Called(None, None)
    found = json.loads(text)
    return _Called(found["last"], None if found["mark"] is None else Mark(**found["mark"]))
