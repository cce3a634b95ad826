"""The proof of an archive: restored into an empty emulator, read back live, compared.

Whoever cannot do this has no archive. The documents go the way that a restore into a new project
would go, and come back the way that every live snapshot is read. Holds no seal. Undo: none needed,
only the emulator is written to.
"""

import dataclasses
import datetime
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pyarrow.parquet as pq

from moonlanding_assets.cutover.archive.file import SNAPSHOT, Archive, Archived, verify
from moonlanding_assets.errors import ArchiveRefused
from moonlanding_assets.live_settings import Live
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.progress import Progress
from moonlanding_assets.source.manifest import Manifest
from moonlanding_assets.source.snapshot import Snapshot, build_snapshot
from moonlanding_assets.source.value import Fields, parse

if TYPE_CHECKING:
    from moonlanding_assets.source.firestore_source import LiveSource

RESTORED = "restored.json"
_BATCH_DOCUMENTS = 500

Watching = Callable[[str, int], AbstractContextManager[Progress]]  # a title, a number of documents


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What came back of one system. `differing`: the collections whose documents are others."""

    documents: int
    digest: str
    differing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One restoring of one archive, which its seal names."""

    seal: str
    at: str
    systems: dict[str, Restored]

    @property
    def is_equal(self) -> bool:
        """Whether every document of both systems came back as it was archived."""
        return all(not one.differing for one in self.systems.values())


def restore_and_compare(archive: Archive, emulator: str, *, work: Watching) -> Restoration:
    """Put both systems into an empty emulator (host:port), read them back, note what came of it.

    Raises ArchiveRefused for a damaged archive and an emulator that holds documents of those
    projects, LiveReadError where none answers.
    """
    verify(archive)
    with _room(archive.directory) as room:
        with archive.opened() as opened:
            for name in archive.manifest.members:
                if name.startswith(f"{SNAPSHOT}/"):
                    opened.extract(name, room)
        for system, one in archive.manifest.systems.items():
            _require_empty(system, one, emulator, room / "empty")
        systems = {
            system: _restored(Snapshot.open(room / SNAPSHOT / system), emulator, room, work)
            for system in archive.manifest.systems
        }
    done = Restoration(
        seal=archive.manifest.seal,
        at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        systems=systems,
    )
    text = orjson.dumps(dataclasses.asdict(done), option=orjson.OPT_INDENT_2)
    put_in_place(archive.directory / RESTORED, text + b"\n")
    return done


def read_restoration(archive: Archive) -> Restoration | None:
    """What the last restoring of this very archive came to; None where there was none."""
    try:
        content = orjson.loads((archive.directory / RESTORED).read_bytes())
        systems = {
            name: Restored(**{**one, "differing": tuple(one["differing"])})
            for name, one in content.pop("systems").items()
        }
        found = Restoration(**content, systems=systems)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_of_it = found.seal == archive.manifest.seal and found.systems.keys() == (
        archive.manifest.systems.keys()
    )
    return found if is_of_it else None


@contextmanager
def _room(directory: Path) -> Iterator[Path]:
    room = directory / ".restoring"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(mode=0o700)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _restored(snapshot: Snapshot, emulator: str, room: Path, work: Watching) -> Restored:
    # Google's client costs half a second, which nobody pays who only reads what came of it.
    from moonlanding_assets.source.firestore_loading import fill
    from moonlanding_assets.source.firestore_wire import Home

    system, wanted = snapshot.system, snapshot.manifest
    home = Home(project=wanted.source.project, database=wanted.source.database, emulator=emulator)
    with work(f"restore {system}", wanted.documents) as progress:
        fill(_documents(snapshot), home, progress=progress)
    found = _read_back(system, wanted, emulator, room / "back", work)
    keys = wanted.collections.keys() | found.collections.keys()
    return Restored(
        documents=found.documents,
        digest=found.digest,
        differing=tuple(
            sorted(key for key in keys if _content(found, key) != _content(wanted, key))
        ),
    )


def _content(manifest: Manifest, key: str) -> str:
    entry = manifest.collections.get(key)
    return entry.content_sha256 if entry is not None and entry.documents else ""


def _documents(snapshot: Snapshot) -> Iterator[tuple[str, Fields]]:
    for key in snapshot.collections:
        with pq.ParquetFile(snapshot.file(key)) as file:
            for batch in file.iter_batches(_BATCH_DOCUMENTS, columns=["path", "fields"]):
                for row in batch.to_pylist():
                    yield row["path"], parse(row["fields"])


def _read_back(
    system: str, wanted: Manifest, emulator: str, directory: Path, work: Watching
) -> Manifest:
    live = _live(wanted.source.project, wanted.source.database, emulator)
    with (
        _opened(system, live, directory) as source,
        work(f"read {system} back", source.documents_left) as progress,
    ):
        return build_snapshot(source, directory / system, progress=progress)


def _require_empty(system: str, one: Archived, emulator: str, directory: Path) -> None:
    live = _live(one.project, one.database, emulator)
    with _opened(system, live, directory) as source:
        if source.documents_left:
            raise ArchiveRefused(
                f"emulator {emulator}: project {one.project} holds {source.documents_left} "
                "documents; an archive is restored into an empty one: start another emulator"
            )


def _opened(system: str, live: Live, directory: Path) -> AbstractContextManager["LiveSource"]:
    from moonlanding_assets.source.firestore import open_live

    return open_live(system, live, directory / system, say=silent)


def _live(project: str, database: str, emulator: str) -> Live:
    return Live(friday_project=project, mwr_project=project, database=database, emulator=emulator)


def silent(text: str) -> None:
    """What a live source says, its cost above all, concerns nobody in an emulator."""
    del text
