"""A directory that appears whole or not at all and takes the place of an older one; full disks.

Holds no knowledge of what is written. The steps: build in a hidden sibling, flush to disk, move
the old directory aside, move the new one in, delete the old one. A crash between the two moves
leaves no directory of that name; the next run puts the old one back before it starts.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from moonlanding_assets.errors import NoSpace, SnapshotError

_FULL = os.strerror(errno.ENOSPC)


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """Gives an empty hidden directory; when the block ends well it becomes `target`.

    When the block raises, `target` stays as it was. Raises SnapshotError when another process is
    replacing the same directory, NoSpace when the disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _only_writer(target), full_disk_named(target):
        recover(target)
        building = Path(tempfile.mkdtemp(prefix=_hidden(target, "building-"), dir=target.parent))
        try:
            yield building
            flush(building)
            _swap(building, target)
        finally:
            shutil.rmtree(building, ignore_errors=True)


@contextmanager
def full_disk_named(target: Path) -> Iterator[None]:
    """Turns what a full disk raises, here or in DuckDB, into NoSpace naming `target`."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        is_full = getattr(error, "errno", None) == errno.ENOSPC or _FULL in str(error)
        if not is_full:
            raise
        raise NoSpace(
            f"{target}: the disk is full; nothing was changed. Free some space and run it again."
        ) from error


def recover(target: Path) -> None:
    """Cleans up after a run that was killed: the old directory back, half-built ones away."""
    previous = previous_of(target)
    if previous.exists() and not target.exists():
        os.rename(previous, target)
    shutil.rmtree(previous, ignore_errors=True)
    for stale in target.parent.glob(_hidden(target, "building-") + "*"):
        shutil.rmtree(stale, ignore_errors=True)


def previous_of(target: Path) -> Path:
    """Where the old directory waits between the two moves."""
    return target.parent / _hidden(target, "previous")


def flush(directory: Path) -> None:
    """Forces every file of the directory, and the directory itself, to the disk."""
    for path in sorted(directory.iterdir()):
        flush_file(path)
    flush_file(directory)


def _swap(building: Path, target: Path) -> None:
    previous = previous_of(target)
    if target.exists():
        os.rename(target, previous)
    os.rename(building, target)
    flush_file(target.parent)
    shutil.rmtree(previous, ignore_errors=True)


def flush_file(path: Path) -> None:
    """Forces a file, or the entries of a directory, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _only_writer(target: Path) -> Iterator[None]:
    lock = os.open(target.parent / _hidden(target, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SnapshotError(
                f"{target}: another process is writing it. Wait for it, or stop it first."
            ) from None
        yield
    finally:
        os.close(lock)


def _hidden(target: Path, word: str) -> str:
    return f".{target.name}.{word}"
