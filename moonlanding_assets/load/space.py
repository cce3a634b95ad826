"""Room on the disk: asked before a build, and recognised when it runs out in the middle.

Holds no knowledge of tables.
"""

import errno
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adbc_driver_manager import Error as AdbcError

from moonlanding_assets.errors import NoSpace

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXT = "database or disk is full"
_FAILED_WRITE_TEXT = "disk I/O error"


def require_space(directory: Path, needed_bytes: int) -> None:
    """Raises NoSpace with both figures when the disk of `directory` has less than that free."""
    free_bytes = shutil.disk_usage(directory).free
    if free_bytes < needed_bytes:
        raise NoSpace(
            f"{directory}: about {needed_bytes} bytes are needed, {free_bytes} are free; "
            "make room or choose another directory"
        )


@contextmanager
def full_disk_is_no_space(path: Path) -> Iterator[None]:
    """Turns every form in which a full disk shows itself while `path` is written into NoSpace."""
    try:
        yield
    except (sqlite3.Error, AdbcError, OSError) as error:
        if not _is_full(error):
            raise
        free_bytes = shutil.disk_usage(path.parent).free
        raise NoSpace(
            f"{path}: the disk or its quota is full ({free_bytes} bytes free now); "
            "make room and run again"
        ) from error


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    if _FULL_TEXT in str(error):
        return True
    # A limit on the size of files (ulimit -f) shows itself in SQLite as a failed write.
    is_limited = resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY
    return is_limited and _FAILED_WRITE_TEXT in str(error)
