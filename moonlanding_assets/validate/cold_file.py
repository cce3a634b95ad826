"""A file that the system is asked to forget, so that a query has to wait for the disk.

Says whether the system did forget it: some file systems never do. Holds no query.
"""

import os
from pathlib import Path

_PAGE_BYTES = 4096


class ColdFile:
    """A file whose pages are dropped from the system's memory. `is_dropped`: whether they went."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.is_dropped: bool | None = None

    def drop(self) -> None:
        """Write out what waits, and ask the system to forget the file."""
        descriptor = os.open(self._file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            self.is_dropped = self.is_dropped is not False and not _is_in_memory(descriptor)
        except (AttributeError, OSError):
            self.is_dropped = False
        finally:
            os.close(descriptor)


def _is_in_memory(descriptor: int) -> bool:
    """Whether a page in the middle can be read without waiting for the disk."""
    middle = os.fstat(descriptor).st_size // 2 // _PAGE_BYTES * _PAGE_BYTES
    try:
        return os.preadv(descriptor, [bytearray(1)], middle, os.RWF_NOWAIT) > 0
    except BlockingIOError:
        return False
