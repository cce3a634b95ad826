"""The logical digest of a file at rest, worked out once for the same bytes in one process.

The exercise of a rollback and the receipt after it ask for the digest of files that were digested a
moment before, when they were built or backed up. SHA-256 over the bytes says whether it is the very
same file, thirty times as fast as reading its rows. Holds no digesting of rows.
"""

from pathlib import Path

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.files import SIDE_FILES
from moonlanding_assets.source.collection_file import file_sha256

_KNOWN: dict[str, str] = {}  # SHA-256 of a database's bytes → logical digest of its content


def known_digest(database: Path) -> str:
    """logical_digest of the database; raises what that raises.

    A database in use is always read: what SQLite keeps beside the file is content as well.
    """
    if not _is_at_rest(database):
        return logical_digest(database)
    before, sha256 = _look(database), file_sha256(database)
    found = _KNOWN.get(sha256)
    if found is None:
        found = logical_digest(database)
        if _is_at_rest(database) and _look(database) == before:
            _KNOWN[sha256] = found
    return found


def remember(sha256: str, digest: str) -> None:
    """What was found to be the digest of a file at rest with these bytes."""
    _KNOWN[sha256] = digest


def _is_at_rest(database: Path) -> bool:
    beside = (Path(f"{database}{suffix}") for suffix in SIDE_FILES)
    return not any(one.exists() for one in beside)


def _look(database: Path) -> tuple[int, ...]:
    """What changes with each write."""
    found = database.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
