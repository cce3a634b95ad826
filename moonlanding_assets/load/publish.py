"""One migrator at a time, and the one atomic step that makes a candidate the database.

Holds the lease, the publish step and the removal of abandoned candidates; builds nothing.

Undo: publish a copy of the old database, made before. It is too late once people write into the
new one: their writes exist nowhere else.
"""

import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

from moonlanding_assets.errors import BrokenDatabase, LoadError, TargetBusy, TargetRefused
from moonlanding_assets.load.files import SIDE_FILES, remove_side_files, sync
from moonlanding_assets.load.passing import passing


class Lease:
    """The right to migrate into a database, held while the `with` block runs.

    A lock of the operating system on `<database>.lease` (mode 0600, with the holder's process id),
    so it ends with the process, however that ends (and with the workers that it forked). The file
    stays: deleting it would let two hold the lease. Raises TargetBusy naming the holder.
    """

    def __init__(self, database: Path) -> None:
        self.database = database.resolve()
        self._path = Path(f"{self.database}.lease")
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lease now."""
        return self._descriptor is not None

    def holder(self) -> int | None:
        """The id of the process that holds it; None when nobody does.

        The lock ends with its process, so a number that a dead process left behind, or that
        somebody else has by now, is not mistaken for it.
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(descriptor, 20).decode("ascii", "replace").strip()
            return int(text) if text.isdigit() else None
        finally:
            os.close(descriptor)
        return None

    def __enter__(self) -> "Lease":
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise TargetBusy(
                f"{self.database}: the process {holder} is migrating into it; wait until it ends"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def candidate_path(database: Path) -> Path:
    """Where this process builds its candidate: hidden, in the directory of the database."""
    real = database.resolve()
    return real.with_name(f".{real.name}.candidate-{os.getpid()}")


def clean_leftovers(lease: Lease) -> tuple[Path, ...]:
    """Deletes the candidates that killed migrators left; returns them. The lease must be held."""
    if not lease.is_held:
        raise LoadError(f"{lease.database}: leftovers are removed only under its lease")
    name, side = re.escape(lease.database.name), "|".join(SIDE_FILES)
    form = re.compile(rf"\.{name}\.candidate-\d+({side})?")
    leftovers = [one for one in lease.database.parent.iterdir() if form.fullmatch(one.name)]
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return tuple(sorted(leftovers))


def publish(
    candidate: Path,
    database: Path,
    *,
    wait_seconds: float = 5.0,
    require: Callable[[], None] | None = None,
) -> None:
    """Replaces the database by the candidate in one step, under the caller's Lease.

    `require` looks at the old database, which nobody can write to any more, and raises to keep it.

    A reader that has the old file open keeps it, with its own -wal, until it opens the database
    again. Killed at any moment, the path holds the old database, complete in one file, or the new.
    Raises TargetBusy when a writer, or a reader of an older view, does not end in `wait_seconds`,
    TargetRefused when the old file is no database, BrokenDatabase for an unfinished candidate.

    Not covered: a process that opens the old file in the instant of the step and takes its first
    lock after it reads through the new file's -wal. Applications reconnect after a publish.
    """
    database = database.resolve()
    _refuse_unfinished(candidate, database)
    passing("publish: sync candidate")
    sync(candidate)
    with _settled(database, wait_seconds, require):
        passing("publish: replace")
        os.replace(candidate, database)
        passing("publish: sync directory")
        sync(database.parent)
    passing("publish: done")


def withdraw(database: Path, *, wait_seconds: float = 5.0) -> None:
    """Removes the database in one step, under the caller's Lease; nothing when there is none.

    The undo of a first publish. Readers that have the file open keep it. Raises TargetBusy and
    TargetRefused as publish does.
    """
    database = database.resolve()
    with _settled(database, wait_seconds):
        passing("publish: withdraw")
        database.unlink(missing_ok=True)
        sync(database.parent)


def _refuse_unfinished(candidate: Path, database: Path) -> None:
    if candidate.resolve().parent != database.parent:
        raise TargetRefused(f"{candidate}: a candidate lies in the directory of {database.name}")
    if not candidate.is_file() or candidate.stat().st_size == 0:
        raise BrokenDatabase(f"{candidate}: there is no candidate to publish")
    for suffix in SIDE_FILES:
        if Path(f"{candidate}{suffix}").exists():
            raise BrokenDatabase(f"{candidate}: {suffix} beside it: it is in use or unfinished")


@contextmanager
def _settled(
    database: Path, wait_seconds: float, require: Callable[[], None] | None = None
) -> Iterator[None]:
    """The old database complete in its one file, nothing beside it, no writer while this holds.

    A -wal or -journal that stays beside the path would be applied to the new file. So, in this
    order: everything in the -wal goes into the old file, a lock keeps writers out, then the side
    files go. Killed in between, the old database is still whole.
    """
    if not database.exists():
        if require is not None:
            require()
        remove_side_files(database)
        yield
        return
    with (
        closing(_opened(database, wait_seconds)) as writer,
        closing(_opened(database, wait_seconds)) as reader,
    ):
        passing("publish: settle")
        with _translated(database):
            # Waits for readers of older views; also rolls back what a killed writer left.
            reader.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            writer.execute("BEGIN IMMEDIATE")
            _, in_wal, in_file = reader.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if in_wal != in_file:
            raise TargetBusy(
                f"{database}: a reader still holds an older view of it; let it end, publish again"
            )
        if require is not None:
            require()
        passing("publish: remove side files")
        remove_side_files(database)
        sync(database.parent)  # they are gone before the new file comes, also after a power cut
        yield
        writer.execute("ROLLBACK")


def _opened(database: Path, wait_seconds: float) -> sqlite3.Connection:
    uri = f"{database.as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=wait_seconds, isolation_level=None)


@contextmanager
def _translated(database: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise TargetBusy(f"{database}: a writer is at work; let it end first") from None
        raise TargetRefused(f"{database}: cannot be replaced: {error}") from error
    except sqlite3.DatabaseError as error:
        raise TargetRefused(f"{database}: is not a sound SQLite database: {error}") from error
