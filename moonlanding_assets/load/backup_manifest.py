"""What a backup is: a directory with `app.db` and a manifest that names it and seals itself.

Holds reading and verifying. They are taken and forgotten in backup.py, restored in restore.py.
"""

import dataclasses
import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from moonlanding_assets.errors import BackupRefused
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import FRACTIONS, Layout
from moonlanding_assets.source.collection_file import file_sha256

FORMAT = 1
FILE = "app.db"
MANIFEST = "manifest.json"
_IDENTITY = "identity"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself.

    `kind` is "none" when there was no database: to restore it is to remove the file. `source` is
    the database's path below the data directory, `data_id` names that directory. `number` counts
    backups of a data directory; times of clocks that were set back say nothing of their order.
    """

    kind: Literal["database", "none"]
    number: int
    phase: str
    source: str
    data_id: str
    taken_at: str
    sha256: str
    logical_digest: str
    size_bytes: int
    rows: dict[str, int]
    seconds: float

    def to_json(self) -> bytes:
        """The manifest with its seal; from_json reads it back."""
        content = {"format": FORMAT, **dataclasses.asdict(self)}
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps({**content, "seal": _seal(content)}, option=options)

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """The manifest of that text; raises ValueError when a bit of it is not as it was."""
        content = orjson.loads(text)
        if not isinstance(content, dict) or content.pop("seal", None) != _seal(content):
            raise ValueError("the seal does not fit")
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        return cls(**content)


@dataclass(frozen=True)
class Backup:
    """A backup on the disk."""

    directory: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """PHASE-TIME-DIGEST: what commands call it."""
        return self.directory.name


def open_backup(directory: Path) -> Backup:
    """The backup with a manifest that is as it was written; its file is looked for, not read.

    Raises BackupRefused.
    """
    backup = _read(directory)
    if backup is None:
        raise BackupRefused(
            f"{directory}: {MANIFEST} is missing or was changed; choose another backup "
            "(`moonlanding backups`)"
        )
    if backup.manifest.kind == "database" and not (directory / FILE).is_file():
        raise BackupRefused(f"{directory / FILE}: is missing; choose another backup")
    return backup


def verify_backup(directory: Path) -> Backup:
    """The backup, every byte as it was when it was taken; raises BackupRefused."""
    backup = open_backup(directory)
    if backup.manifest.kind == "database":
        require_same(directory / FILE, backup)
    return backup


def require_same(file: Path, backup: Backup) -> None:
    """Raise BackupRefused unless the file is, byte for byte, what was backed up."""
    if file_sha256(file) != backup.manifest.sha256:
        raise BackupRefused(
            f"{backup.directory / FILE}: is not what was copied at {backup.manifest.taken_at}; "
            "choose another backup (`moonlanding backups`)"
        )


def find_backups(layout: Layout) -> tuple[Backup, ...]:
    """Every backup with a readable manifest, the oldest first. Their files are not read."""
    found = [_read(one) for one in _directories(layout)]
    return tuple(sorted((one for one in found if one), key=lambda one: one.manifest.number))


def damaged_backups(layout: Layout) -> tuple[str, ...]:
    """Names of directories that look like backups and have no readable manifest."""
    return tuple(sorted(one.name for one in _directories(layout) if _read(one) is None))


def data_id(layout: Layout) -> str:
    """The name of this data directory, made once: a backup of another one is not restored here."""
    file = layout.backups / _IDENTITY
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        put_in_place(file, f"{uuid.uuid4()}\n".encode())
    return file.read_text().strip()


def database_of(layout: Layout, source: str) -> Path | None:
    """The database that a manifest's `source` means; None when this layout has no such one."""
    known = {str(layout.database(one).relative_to(layout.data)): one for one in FRACTIONS}
    return layout.database(known[source]) if source in known else None


def _read(directory: Path) -> Backup | None:
    try:
        return Backup(directory, Manifest.from_json((directory / MANIFEST).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _directories(layout: Layout) -> list[Path]:
    if not layout.backups.is_dir():
        return []
    return [one for one in layout.backups.iterdir() if one.is_dir() and one.name[0] != "."]


def _seal(content: object) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
