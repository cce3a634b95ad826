"""Files on a disk: a database, what SQLite puts beside it, their sync, and files replaced whole.

Holds no SQL and opens no database.
"""

import os
from contextlib import suppress
from pathlib import Path

from moonlanding_assets.errors import TargetRefused

SIDE_FILES = ("-journal", "-wal", "-shm")


def create_private(candidate: Path) -> None:
    """An empty file of mode 0600 before its first byte; SQLite's side files take its mode.

    Raises TargetRefused when there is something already.
    """
    try:
        descriptor = os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise TargetRefused(
            f"{candidate} exists: a candidate is always a new file; remove what was left behind"
        ) from None
    os.fchmod(descriptor, 0o600)  # whatever the umask took away
    os.close(descriptor)


def make_sure_of(database: Path) -> None:
    """An empty file of mode 0600 where there is none yet; one that is there is not touched.

    Not even opened: closing any descriptor of a file drops the locks that SQLite holds on it in
    this process, and then others delete the write-ahead log that its connections still read.
    """
    if not database.exists():
        with suppress(TargetRefused):  # somebody else made it in between
            create_private(database)


def size_bytes(database: Path) -> int:
    """What a database takes on the disk, its -wal included; 0 when there is none."""
    files = [Path(f"{database}{suffix}") for suffix in ("", *SIDE_FILES)]
    return sum(file.stat().st_size for file in files if file.is_file())


def discard(database: Path) -> None:
    """Deletes a database and what SQLite put beside it."""
    remove_side_files(database)
    database.unlink(missing_ok=True)


def remove_side_files(database: Path) -> None:
    """Deletes what lies beside the database; the caller knows that nothing in it is needed."""
    for suffix in SIDE_FILES:
        Path(f"{database}{suffix}").unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Writes a file, or a directory's entries, through to the disk.

    Not for a database that this process has open: closing any descriptor of a file drops the
    locks that SQLite holds on it.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_in_place(file: Path, content: bytes) -> Path:
    """Writes a file in the place of an older one: a reader sees the one or the other, whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_bytes(content)
    return fresh.replace(file)
