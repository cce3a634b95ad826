"""The sha256 of a file's bytes, read once for all eight validators. Holds no comparison.

A digest is remembered for as long as the file's identity, size and times are the same. A file that
was touched a moment ago is read again every time: its times could hide a second change.
"""

import functools
import hashlib
import time
from pathlib import Path

_SETTLED_NS = 2_000_000_000


def file_sha256(file: Path) -> str:
    """The sha256 of the file's bytes, as hex; OSError when it cannot be read."""
    seen = file.stat()
    state = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
    if time.time_ns() - max(seen.st_mtime_ns, seen.st_ctime_ns) < _SETTLED_NS:
        return _read(file)
    return _remembered(file, state)


@functools.lru_cache(maxsize=4)  # a database of each fraction
def _remembered(file: Path, state: tuple[int, ...]) -> str:
    del state  # part of the key
    return _read(file)


def _read(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
