"""What an archive of the old systems is: one ZIP, with a manifest that names and seals its members.

Holds opening and verifying. What goes in is in making.py, how one is proved in
restoring.py, its seal in sealing.py.
"""

import dataclasses
import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.errors import ArchiveRefused
from moonlanding_assets.settings import Layout

FORMAT = 2
FILE = "archive.zip"
MANIFEST = "manifest.json"
SNAPSHOT, LEDGER = "snapshot", "moonlanding/ledger.db"
_CHUNK_BYTES = 2**20


@dataclass(frozen=True, kw_only=True)
class Archived:
    """One old system in the archive. `digest`: of its snapshot; `secrets`: documents never read."""

    project: str
    database: str
    read_at: str
    documents: int
    digest: str
    secrets: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What an archive says of itself. `members`: name in the ZIP to the SHA-256 of its bytes.

    `moonlanding`: the logical digest of the database that took over, when it was archived.
    `is_live`: both systems were read for it, while the row was in `state` and `epoch` ("" and -1
    before parallel operation). `no_rules`: why no security rules are among the members, or "".
    """

    number: int
    made_at: str
    systems: Mapping[str, Archived]
    moonlanding: str
    is_live: bool
    state: str
    epoch: int
    no_rules: str
    members: Mapping[str, str]

    @property
    def seal(self) -> str:
        """SHA-256 (hex) over all the rest: it names every byte of the archive."""
        content = orjson.dumps(dataclasses.asdict(self), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()

    def to_json(self) -> bytes:
        """The manifest with its seal."""
        content = {"format": FORMAT, **dataclasses.asdict(self), "seal": self.seal}
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True)
class Archive:
    """An archive on the disk; its directory keeps the notes about it as well."""

    directory: Path
    manifest: Manifest

    @property
    def file(self) -> Path:
        """The ZIP."""
        return self.directory / FILE

    @contextmanager
    def opened(self) -> Iterator[zipfile.ZipFile]:
        """The ZIP, opened to be read; raises ArchiveRefused where it is none."""
        try:
            with zipfile.ZipFile(self.file) as archive:
                yield archive
        except (OSError, zipfile.BadZipFile) as error:
            raise _changed(self.file, f"it cannot be read ({type(error).__name__})") from None


def find_archives(layout: Layout) -> tuple[Archive, ...]:
    """Every archive with a readable manifest, the oldest first; their members are not read."""
    if not layout.archives.is_dir():
        return ()
    directories = [one for one in layout.archives.iterdir() if one.name[:1].isdigit()]
    return tuple(_opened(one) for one in sorted(directories))


def find_archive(layout: Layout, number: int | None) -> Archive:
    """The archive of that number, the newest without one; raises ArchiveRefused."""
    found = [one for one in find_archives(layout) if number in (None, one.manifest.number)]
    if not found:
        raise ArchiveRefused(
            f"{layout.archives}: holds no archive{'' if number is None else f' {number}'}; "
            "`moonlanding archive make` makes one"
        )
    return found[-1]


def verify(archive: Archive) -> None:
    """Read every byte; raises ArchiveRefused naming the member that is not as it was archived."""
    with archive.opened() as opened:
        names = {one.filename for one in opened.infolist()}
        wanted = {MANIFEST, *archive.manifest.members}
        for name in sorted(names ^ wanted):
            what = "is missing" if name in wanted else "was added"
            raise _changed(archive.file, f"{name} {what}")
        for name, sha256 in archive.manifest.members.items():
            if _sha256(opened, name) != sha256:
                raise _changed(archive.file, f"{name} is not what was archived")


def _opened(directory: Path) -> Archive:
    file = directory / FILE
    try:
        with zipfile.ZipFile(file) as opened:
            return Archive(directory, _manifest(opened.read(MANIFEST)))
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise _changed(file, f"its manifest cannot be trusted ({type(error).__name__})") from None


def _manifest(text: bytes) -> Manifest:
    content: dict[str, Any] = orjson.loads(text)
    if content.pop("format") != FORMAT:
        raise ValueError("another format")
    seal = content.pop("seal")
    systems = {name: Archived(**one) for name, one in content.pop("systems").items()}
    manifest = Manifest(**content, systems=systems)
    if manifest.seal != seal:
        raise ValueError("the seal does not fit")
    return manifest


def _sha256(opened: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with opened.open(name) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except zipfile.BadZipFile:
        return ""
    return digest.hexdigest()


def _changed(file: Path, what: str) -> ArchiveRefused:
    return ArchiveRefused(f"{file}: {what}. The archive was changed; make another one.")
