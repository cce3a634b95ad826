"""The target as it was before the migration: one copy that every run of the snapshot starts from.

Holds how the copy is taken, kept and opened; it never writes to the target. A copy of a
production database is kept when its own place holds the result that was made from it.
"""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import orjson

from moonlanding_assets.errors import SnapshotError, TargetRefused
from moonlanding_assets.load.digest import combined, rows_of, table_digests
from moonlanding_assets.load.existing import copy_existing
from moonlanding_assets.load.files import create_private, size_bytes
from moonlanding_assets.load.published import (
    NEW,
    Standing,
    changed,
    standing_of,
    target_digest,
)
from moonlanding_assets.load.space import require_space
from moonlanding_assets.source.collection_file import file_sha256
from moonlanding_assets.source.replacing import recover, replaced

MANIFEST = "manifest.json"
COPY = "app.db"


@dataclass(frozen=True, kw_only=True)
class Before:
    """What the target held. kind "none": there was nothing, and there is no copy.

    path: the target. sha256: of the copy. logical_digest: of the content. digest: of content and
    schema, NEW without a target. rows: table → rows of its own. taken_at: UTC, ISO 8601.
    """

    kind: Literal["none", "database"]
    path: str
    sha256: str = ""
    logical_digest: str = ""
    digest: str = NEW
    rows: Mapping[str, int] = field(default_factory=dict)
    taken_at: str

    def copy(self, directory: Path) -> Path | None:
        """The copy of a production database in the snapshot's directory; None without one."""
        return directory / COPY if self.kind == "database" else None


def open_before(directory: Path) -> Before:
    """The snapshot of the target; raises SnapshotError when it is missing or was changed."""
    try:
        before = Before(**orjson.loads((directory / MANIFEST).read_bytes()))
    except (OSError, ValueError, TypeError):
        raise SnapshotError(
            f"{directory}: no snapshot of the target. Take it with `moonlanding snapshot`."
        ) from None
    copy = before.copy(directory)
    if copy is not None and (not copy.is_file() or file_sha256(copy) != before.sha256):
        raise SnapshotError(
            f"{copy}: it is not the copy that was taken of {before.path}. Put that copy back from "
            "a backup, or the target itself, and take the snapshot again."
        )
    return before


def take_before(directory: Path, *, database: Path, target: Path | None = None) -> Before:
    """Copy the target into `directory`, whole or not at all; what it held.

    database: where results are published, which is the target too unless `target` names another
    file. Raises TargetRefused, before anything is written, for what cannot be a target.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    recover(directory)
    if target is not None and target.resolve() != database.resolve():
        return _of_another(directory, target)
    standing = standing_of(database)
    if standing.kind == "changed result":
        raise changed(database)
    if standing.kind == "production":
        return _copied(directory, database, standing)
    known = _known(directory)
    if standing.is_in_place and standing.made_from != NEW:
        return _kept(known, database, standing)
    if standing.kind == "absent" and known is not None and known.path == str(database):
        _refuse_forgetting(known, directory)
    return _written(directory, Before(kind="none", path=str(database), taken_at=_now()))


def _of_another(directory: Path, target: Path) -> Before:
    standing = standing_of(target)
    if standing.kind == "absent":
        raise TargetRefused(f"{target}: there is no such database")
    if standing.kind != "production":
        raise TargetRefused(
            f"{target}: holds the result of an earlier migration; name the production database "
            "from before it"
        )
    return _copied(directory, target, standing)


def _kept(known: Before | None, database: Path, standing: Standing) -> Before:
    """The copy that the result was made from: a new migration starts from it again."""
    if known is None or known.digest != standing.made_from:
        raise TargetRefused(
            f"{database}: it is the result of a migration into a production database, and the copy "
            "of that one is not in the snapshot. Put the production database back, and take the "
            "snapshot again"
        )
    return known


def _refuse_forgetting(known: Before, directory: Path) -> None:
    if known.kind == "database":
        raise TargetRefused(
            f"{known.path}: it is gone, and {directory / COPY} may be the only copy of it. Put it "
            f"back to migrate into it again, or delete {directory} to start without it"
        )


def _known(directory: Path) -> Before | None:
    return open_before(directory) if (directory / MANIFEST).exists() else None


def _copied(directory: Path, target: Path, standing: Standing) -> Before:
    """A copy by SQLite itself, also of a database in use."""
    require_space(directory.parent, size_bytes(target))
    with replaced(directory) as building:
        copy = building / COPY
        create_private(copy)
        copy_existing(target, copy)
        lines = table_digests(copy)
        content = combined(lines)
        digest = target_digest(copy, content=content)
        if digest != standing.digest:
            raise TargetRefused(f"{target}: somebody wrote into it just now; take it again")
        before = Before(
            kind="database",
            path=str(target),
            sha256=file_sha256(copy),
            logical_digest=content,
            digest=digest,
            rows={name: count for name, count in rows_of(lines).items() if count},
            taken_at=_now(),
        )
        _write(building, before)
    return before


def _written(directory: Path, before: Before) -> Before:
    with replaced(directory) as building:
        _write(building, before)
    return before


def _write(directory: Path, before: Before) -> None:
    text = orjson.dumps(asdict(before), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    (directory / MANIFEST).write_bytes(text + b"\n")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
