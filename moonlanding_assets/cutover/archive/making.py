"""Making an archive: the snapshots of both old systems, their rules, every record of the migration.

Whole or not at all: written under a hidden name, read again byte by byte, then renamed. Holds no
seal; until it was restored and compared nobody may call it archived. Undo: remove its directory.
"""

import datetime
import hashlib
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.cutover.archive.credentials import MEMBER, credentials_page
from moonlanding_assets.cutover.archive.file import (
    FILE,
    LEDGER,
    MANIFEST,
    SNAPSHOT,
    Archive,
    Archived,
    Manifest,
    find_archives,
    verify,
)
from moonlanding_assets.cutover.archive.restoring import Watching, silent
from moonlanding_assets.errors import ArchiveRefused
from moonlanding_assets.live_settings import Live
from moonlanding_assets.load.detaching import copy_ledger
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.files import sync
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.load.space import full_disk_is_no_space, require_space
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.progress import Progress
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore import open_live
from moonlanding_assets.source.manifest import CollectionEntry
from moonlanding_assets.source.snapshot import Snapshot, build_snapshot

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a ZIP: the same members give the same bytes
_ROOM_BYTES = 10_000_000  # beside the snapshots: records, and the ZIP's own directory


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What goes in besides the records. `snapshots`: the directory that holds one a system.

    is_live: they were read for this archive, not for the migration. rules: files of security rules
    and indexes of the old systems; no_rules: why there are none.
    """

    snapshots: Path
    rules: tuple[Path, ...] = ()
    no_rules: str = ""
    is_with_ledger: bool = False
    is_live: bool = False

    def __post_init__(self) -> None:
        if bool(self.rules) == bool(self.no_rules.strip()):
            raise ArchiveRefused(
                "an archive holds the security rules of the old systems: name their files with "
                "--rules, or say with --no-rules why there are none"
            )
        names = [one.name for one in self.rules]
        if len(set(names)) != len(names):
            raise ArchiveRefused("two files of rules have the same name: rename one of them")


def make_archive(layout: Layout, contents: Contents, *, progress: Progress) -> Archive:
    """The archive, every byte of it read again; progress counts documents.

    Raises ArchiveRefused, SnapshotError, NoSpace, TargetBusy; nothing is left behind then.
    """
    snapshots = {one: Snapshot.open(contents.snapshots / one) for one in SYSTEMS}
    layout.archives.mkdir(parents=True, exist_ok=True, mode=0o700)
    with Lease(layout.archives / "archive"):
        size = sum(one.size_bytes for each in snapshots.values() for one in _entries(each))
        require_space(layout.archives, size + _ROOM_BYTES)
        building = layout.archives / ".building"
        shutil.rmtree(building, ignore_errors=True)  # what a kill left behind
        building.mkdir(mode=0o700)
        try:
            with full_disk_is_no_space(building):
                return _built(layout, contents, snapshots, building, progress)
        finally:
            shutil.rmtree(building, ignore_errors=True)


def _built(
    layout: Layout,
    contents: Contents,
    snapshots: Mapping[str, Snapshot],
    building: Path,
    progress: Progress,
) -> Archive:
    ready = building / "ready"
    ready.mkdir(mode=0o700)
    number = max((one.manifest.number for one in find_archives(layout)), default=0) + 1
    with zipfile.ZipFile(ready / FILE, "x") as opened:
        members = _Members(opened)
        for system, snapshot in snapshots.items():
            _add_snapshot(members, system, snapshot, progress)
        for name, content in _records(layout, contents, snapshots):
            members.add(name, content)
        if contents.is_with_ledger:
            ledger = building / "ledger.db"
            copy_ledger(layout.database("100%"), ledger)
            members.add(LEDGER, ledger)
        manifest = Manifest(
            number=number,
            made_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            systems={name: _archived(one) for name, one in snapshots.items()},
            moonlanding=logical_digest(layout.database("100%")),
            is_live=contents.is_live,
            **_when(layout),
            no_rules=contents.no_rules.strip(),
            members=dict(members.sha256),
        )
        members.add(MANIFEST, manifest.to_json())
    (ready / FILE).chmod(0o400)
    sync(ready / FILE)
    archive = Archive(ready, manifest)
    verify(archive)
    place = layout.archives / f"{number:04d}-{manifest.seal[:12]}"
    ready.rename(place)
    sync(layout.archives)
    return Archive(place, manifest)


def read_live_snapshots(live: Live, directory: Path, *, work: Watching) -> None:
    """Both live systems as they are at one moment, a snapshot each in `directory`."""
    for system in SYSTEMS:
        with (
            open_live(system, live, directory, say=silent) as source,
            work(f"read {system} live", source.documents_left) as progress,
        ):
            source.finish(build_snapshot(source, directory, progress=progress))


class _Members:
    """A ZIP that is written; `sha256` by name. What is compressed already is only stored."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._opened = opened
        self.sha256: dict[str, str] = {}

    def add(self, name: str, content: bytes | Path) -> None:
        """One member more."""
        one = zipfile.ZipInfo(name, _EARLIEST)
        is_packed = name.endswith(".parquet")
        one.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
        one.external_attr = 0o400 << 16
        digest = hashlib.sha256()
        with self._opened.open(one, "w", force_zip64=True) as stream:
            for chunk in _chunks(content):
                digest.update(chunk)
                stream.write(chunk)
        self.sha256[name] = digest.hexdigest()


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as stream:
        while chunk := stream.read(2**20):
            yield chunk


def _add_snapshot(members: _Members, system: str, snapshot: Snapshot, progress: Progress) -> None:
    for entry in _entries(snapshot):
        members.add(f"{SNAPSHOT}/{system}/{entry.file}", snapshot.directory / entry.file)
        progress.advance(entry.documents)
    members.add(f"{SNAPSHOT}/{system}/{MANIFEST}", snapshot.directory / MANIFEST)


def _records(
    layout: Layout, contents: Contents, snapshots: Mapping[str, Snapshot]
) -> Iterator[tuple[str, bytes | Path]]:
    for file in contents.rules:
        yield f"rules/{file.name}", file
    for file in sorted((layout.data / "phase").glob("*/re*")):
        if file.name in ("receipt.json", "report.json", "report.html"):
            yield f"records/phase/{file.parent.name}/{file.name}", file
    if layout.signoffs.is_file():
        yield "records/signoffs.jsonl", layout.signoffs
    if layout.control.is_file():
        lines = [vars(one) for one in Control(layout.control).history()]
        yield "records/states.json", orjson.dumps(lines, option=orjson.OPT_INDENT_2, default=str)
    yield MEMBER, credentials_page(snapshots).encode()


def _entries(snapshot: Snapshot) -> tuple[CollectionEntry, ...]:
    return tuple(snapshot.manifest.collections.values())


def _when(layout: Layout) -> dict[str, Any]:
    """The state and the epoch that the row is in."""
    row = Control(layout.control).row() if layout.control.is_file() else None
    if row is None:
        return {"state": "", "epoch": -1}
    return {"state": row.state, "epoch": row.epoch}


def _archived(snapshot: Snapshot) -> Archived:
    manifest = snapshot.manifest
    return Archived(
        project=manifest.source.project,
        database=manifest.source.database,
        read_at=manifest.snapshot_time,
        documents=manifest.documents,
        digest=manifest.digest,
        secrets=sum(manifest.withheld.collections.values()),
    )
