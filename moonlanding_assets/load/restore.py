"""Back to a backup: its bytes beside the database, verified, then published in one step.

Killed at any moment, the database is the one before or the one of the backup. Holds no second way
to replace a database: publish.py does it. Undo: restore the backup that was taken after.
"""

import datetime
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from moonlanding_assets.errors import BackupRefused, TargetRefused
from moonlanding_assets.load.backup_manifest import (
    FILE,
    Backup,
    data_id,
    database_of,
    find_backups,
    open_backup,
    require_same,
)
from moonlanding_assets.load.files import SIDE_FILES, create_private, discard, sync
from moonlanding_assets.load.passing import passing
from moonlanding_assets.load.publish import (
    Lease,
    candidate_path,
    clean_leftovers,
    publish,
    withdraw,
)
from moonlanding_assets.load.space import full_disk_is_no_space, require_space
from moonlanding_assets.settings import Layout

RECORD = "restores.jsonl"
ALLOWED_SECONDS = 300.0  # a rollback has five minutes
_COPIED_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What going back did. `sha256` and `logical_digest` are "" when the file was removed.

    `set_aside`: the name of the old file when it was too broken to be replaced in place.
    """

    backup: str
    database: str
    at: str
    sha256: str
    logical_digest: str
    seconds: float
    set_aside: str


def choose_backup(layout: Layout, name: str) -> Backup:
    """The backup of this name or directory; raises BackupRefused."""
    given = Path(name)
    is_path = given.parent != Path()
    return open_backup(given.absolute() if is_path else layout.backups / name)


def newest_of_phase(layout: Layout, phase: str, fraction: str) -> Backup:
    """The last backup that was taken before the phase, of the fraction's database."""
    source = str(layout.database(fraction).relative_to(layout.data))
    for backup in reversed(find_backups(layout)):
        if (backup.manifest.phase, backup.manifest.source) == (phase, source):
            return open_backup(backup.directory)
    raise BackupRefused(
        f"there is no backup of {source} before phase {phase}: `moonlanding backups` lists what "
        "there is"
    )


def restore(layout: Layout, backup: Backup, *, wait_seconds: float = 5.0) -> Restored:
    """Make the database what it was when the backup was taken.

    Every byte that takes the database's place is compared with the manifest. Readers keep what
    they have open. A database that is too broken to be opened is set aside, not deleted. Raises
    BackupRefused for a damaged backup or one of another database, TargetBusy while somebody
    writes, NoSpace.
    """
    started = time.monotonic()
    passing("restore: open")
    manifest = open_backup(backup.directory).manifest
    database = database_of(layout, manifest.source)
    if database is None or manifest.data_id != data_id(layout):
        raise BackupRefused(
            f"{backup.directory}: is a backup of another database than those of {layout.data}"
        )
    database.parent.mkdir(parents=True, exist_ok=True)
    with Lease(database) as lease:
        clean_leftovers(lease)
        aside = _replaced(database, backup, wait_seconds)
    passing("restore: record")
    restored = Restored(
        backup=backup.name,
        database=str(database),
        at=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        sha256=manifest.sha256,
        logical_digest=manifest.logical_digest,
        seconds=round(time.monotonic() - started, 3),
        set_aside=aside,
    )
    _record(layout, restored)
    return restored


def _replaced(database: Path, backup: Backup, wait_seconds: float) -> str:
    if backup.manifest.kind == "none":
        passing("restore: remove")
        return _in_place(database, None, wait_seconds)
    candidate = candidate_path(database)
    try:
        with full_disk_is_no_space(candidate):
            _copy(backup.directory / FILE, candidate)
            passing("restore: compare")
            require_same(candidate, backup)  # of the copy, and so of the backup
        passing("restore: publish")
        return _in_place(database, candidate, wait_seconds)
    except BaseException:
        discard(candidate)
        raise


def _copy(source: Path, candidate: Path) -> None:
    passing("restore: copy")
    require_space(candidate.parent, source.stat().st_size)
    create_private(candidate)
    with source.open("rb") as read, candidate.open("r+b") as written:
        while chunk := read.read(_COPIED_BYTES):
            written.write(chunk)


def _in_place(database: Path, candidate: Path | None, wait_seconds: float) -> str:
    """Publish or withdraw; what is no database any more is set aside first."""
    try:
        _step(database, candidate, wait_seconds)
    except TargetRefused:
        aside = _set_aside(database)
        _step(database, candidate, wait_seconds)
        return aside
    return ""


def _step(database: Path, candidate: Path | None, wait_seconds: float) -> None:
    if candidate is None:
        withdraw(database, wait_seconds=wait_seconds)
    else:
        publish(candidate, database, wait_seconds=wait_seconds)


def _set_aside(database: Path) -> str:
    passing("restore: set aside")
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S")
    kept = database.with_name(f"{database.name}.unreadable-{moment}")
    for suffix in (*SIDE_FILES, ""):
        file = Path(f"{database}{suffix}")
        if file.exists():
            file.rename(f"{kept}{suffix}")
    sync(database.parent)
    return kept.name


def _record(layout: Layout, restored: Restored) -> None:
    line = orjson.dumps(asdict(restored), option=orjson.OPT_APPEND_NEWLINE)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    descriptor = os.open(layout.backups / RECORD, flags, 0o600)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
