"""Backups of a database: taken by SQLite's backup API, verified by opening them, and forgotten.

What a backup is stands in backup_manifest.py; going back to one is in restore.py. Undo of a backup:
remove its directory.
"""

import datetime
import os
import shutil
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from moonlanding_assets.errors import BackupRefused, LoadError
from moonlanding_assets.load.backup_manifest import (
    FILE,
    MANIFEST,
    Backup,
    Manifest,
    data_id,
    find_backups,
    verify_backup,
)
from moonlanding_assets.load.digest import combined, rows_of, table_digests
from moonlanding_assets.load.existing import copy_existing
from moonlanding_assets.load.files import create_private, size_bytes, sync
from moonlanding_assets.load.integrity import check_integrity
from moonlanding_assets.load.known_digest import remember
from moonlanding_assets.load.opening import reading
from moonlanding_assets.load.passing import passing
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.load.space import full_disk_is_no_space, require_space
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.collection_file import file_sha256

_BUILDING, _REMOVING = ".building-", ".removing-"
_ROOM_BYTES = 1_000_000  # beside the copy itself: manifest, directory, the journal of the copy


def take_backup(layout: Layout, fraction: str, phase: str) -> Backup:
    """Copy the fraction's database, verify the copy, and only then give it its name.

    A database in use is copied as it is at one moment, its -wal included; where there is none, the
    backup says so. Raises NoSpace, BrokenDatabase, TargetRefused, TargetBusy; nothing is left then.
    """
    started = time.monotonic()
    database = layout.database(fraction)
    layout.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    with Lease(layout.backups / "backup"):
        passing("backup: begin")
        _remove_leftovers(layout)
        require_space(layout.backups, size_bytes(database) + _ROOM_BYTES)
        building = layout.backups / f"{_BUILDING}{os.getpid()}"
        building.mkdir(mode=0o700)
        try:
            with full_disk_is_no_space(building):
                manifest = _build(layout, database, building, phase, started=started)
            passing("backup: name")
            directory = layout.backups / _name(manifest)
            building.rename(directory)
            sync(layout.backups)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    passing("backup: done")
    return Backup(directory, manifest)


def _build(
    layout: Layout, database: Path, building: Path, phase: str, *, started: float
) -> Manifest:
    copy = building / FILE
    digest, checksum, rows = "", "", dict[str, int]()
    has_database = database.is_file()
    if has_database:
        passing("backup: copy")
        create_private(copy)
        copy_existing(database, copy)
        passing("backup: verify")
        _require_sound(copy)
        lines = table_digests(copy)
        digest, rows, checksum = combined(lines), rows_of(lines), file_sha256(copy)
        remember(checksum, digest)
        passing("backup: sync")
        sync(copy)
    manifest = Manifest(
        kind="database" if has_database else "none",
        number=1 + max((one.manifest.number for one in find_backups(layout)), default=0),
        phase=phase,
        source=str(database.relative_to(layout.data)),
        data_id=data_id(layout),
        taken_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        sha256=checksum,
        logical_digest=digest,
        size_bytes=copy.stat().st_size if has_database else 0,
        rows=rows,
        seconds=round(time.monotonic() - started, 3),
    )
    passing("backup: manifest")
    (building / MANIFEST).write_bytes(manifest.to_json())
    sync(building / MANIFEST)
    sync(building)
    return manifest


def _require_sound(copy: Path) -> None:
    with reading(copy) as connection:
        check_integrity(connection)


def forget_old(layout: Layout, *, keep: int, named: Collection[str]) -> tuple[str, ...]:
    """Remove all but the last `keep` of each phase and database; returns their names.

    Never one that is `named` (by a receipt or a signature), and never the newest sound one.
    """
    if keep < 1:
        raise LoadError(f"at least one backup is kept, not {keep}")
    groups: dict[tuple[str, str], list[Backup]] = {}
    for backup in reversed(find_backups(layout)):
        key = (backup.manifest.phase, backup.manifest.source)
        groups.setdefault(key, []).append(backup)
    removed = []
    for backups in groups.values():
        spared = {_newest_sound(backups), *named, *(one.name for one in backups[:keep])}
        removed += [one for one in backups if one.name not in spared]
    for backup in removed:
        hidden = backup.directory.with_name(f"{_REMOVING}{backup.name}")
        passing("backup: forget")
        backup.directory.rename(hidden)  # a kill in the middle leaves no half backup with a name
        passing("backup: remove")
        shutil.rmtree(hidden)
    return tuple(sorted(one.name for one in removed))


def _newest_sound(newest_first: Iterable[Backup]) -> str:
    for backup in newest_first:
        try:
            return verify_backup(backup.directory).name
        except BackupRefused:
            continue
    return ""


def _remove_leftovers(layout: Layout) -> None:
    for one in layout.backups.iterdir():
        if one.is_dir() and one.name.startswith((_BUILDING, _REMOVING)):
            shutil.rmtree(one)


def _name(manifest: Manifest) -> str:
    moment = datetime.datetime.fromisoformat(manifest.taken_at).strftime("%Y%m%dT%H%M%S.%f")[:-3]
    return f"{manifest.phase}-{moment}Z-{manifest.logical_digest[:8] or 'none'}"
