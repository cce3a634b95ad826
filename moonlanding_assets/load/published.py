"""What stands at the place of the database now, and whether it may be replaced.

A result of a migration carries the digest of its own content, noted before it was published, so
that a result that people have written into since is told from one that nobody touched. Writes
nothing but that note, into a candidate.
"""

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from moonlanding_assets.errors import TargetRefused
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.files import sync
from moonlanding_assets.load.known_digest import known_digest, remember
from moonlanding_assets.load.opening import reading
from moonlanding_assets.schema.migration import RUN
from moonlanding_assets.source.collection_file import file_sha256

TARGET_KEY = "target_digest"  # of migration_run: the content of the target before, or NEW
TARGET_FILE_KEY = "target_sha256"  # of the copy that the rows were loaded beside
TARGET_PATH_KEY = "target_path"  # where that target was
PUBLISHED_KEY = "published_digest"
NEW = "new"
Kind = Literal["absent", "production", "result", "changed result"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a database file is. digest: of its content and schema, "" without one.

    made_from: of a result, the digest of the target that it was loaded beside, or NEW.
    is_in_place: whether that target was this very file.
    """

    kind: Kind
    digest: str = ""
    made_from: str = NEW
    is_in_place: bool = False


def note_published(candidate: Path) -> str:
    """Note the digest of the candidate's content in its migration_run, and give it."""
    digest = logical_digest(candidate)
    with closing(sqlite3.connect(candidate)) as connection, connection:
        connection.execute(f"INSERT INTO {RUN.name} VALUES (?, ?)", (PUBLISHED_KEY, digest))
    sync(candidate)
    remember(file_sha256(candidate), digest)  # the note itself does not count
    return digest


def standing_of(database: Path) -> Standing:
    """What the file is now; raises TargetRefused for what is no database."""
    if not database.exists():
        return Standing(kind="absent")
    try:
        run = _run(database)
        content = known_digest(database)
        digest = target_digest(database, content=content)
    except sqlite3.DatabaseError as error:
        raise TargetRefused(f"{database}: cannot be read: {error}") from error
    if run is None:
        return Standing(kind="production", digest=digest)
    return Standing(
        kind="result" if run.get(PUBLISHED_KEY) == content else "changed result",
        digest=digest,
        made_from=run.get(TARGET_KEY, NEW),
        is_in_place=run.get(TARGET_PATH_KEY) == str(database),
    )


def target_digest(database: Path, *, content: str = "") -> str:
    """Hex SHA-256 over the content (its logical digest) and the text of the whole schema."""
    total = hashlib.sha256((content or known_digest(database)).encode())
    with reading(database) as connection:
        for (sql,) in connection.execute("SELECT sql FROM sqlite_master ORDER BY type, name"):
            total.update(f"\n{sql}".encode())
    return total.hexdigest()


def _run(database: Path) -> dict[str, str] | None:
    """What a result says of itself; None of a database that no migration has written."""
    with reading(database) as connection:
        connection.execute("BEGIN")
        known = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name IN (?, ?)",
            (RUN.name, "migration_documents"),
        ).fetchone()
        if known != (2,):
            return None
        if connection.execute("SELECT 1 FROM migration_documents LIMIT 1").fetchone() is None:
            return None
        return dict(connection.execute(f"SELECT key, value FROM {RUN.name}").fetchall())


def require_replaceable(database: Path, *, before: str) -> None:
    """Raise TargetRefused unless nothing is lost when a result takes the place of the file.

    before: the digest of the target's content as the snapshot has it, or NEW.
    """
    standing = standing_of(database)
    if standing.kind == "absent":
        return
    if standing.kind == "changed result":
        raise changed(database)
    if standing.kind == "production" and standing.digest != before:
        raise TargetRefused(
            f"{database}: it is not what the snapshot of the target holds: somebody wrote into it "
            "since, or it is another file. Take the snapshot again, and look at the plan again"
        )
    if standing.is_in_place and standing.made_from not in (NEW, before):
        raise TargetRefused(
            f"{database}: it holds rows of a production database that the snapshot of the target "
            "does not hold. Put that database back, or move this one away"
        )


class Replaceable:
    """require_replaceable for one run, which looks twice; the file is read again if it changed."""

    def __init__(self, database: Path, *, before: str) -> None:
        self._database = database
        self._before = before
        self._seen: tuple[tuple[int, ...], ...] | None = None

    def require(self) -> None:
        """Raise TargetRefused as require_replaceable does."""
        now = self._look()
        if now != self._seen:
            require_replaceable(self._database, before=self._before)
            self._seen = now

    def _look(self) -> tuple[tuple[int, ...], ...]:
        """What changes with each write: of the file, and of what SQLite keeps beside it."""
        beside = [Path(f"{self._database}{suffix}") for suffix in ("", "-wal", "-journal")]
        found = [one.stat() for one in beside if one.exists()]
        return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in found)


def changed(database: Path) -> TargetRefused:
    """The refusal to replace a result that somebody has written into."""
    return TargetRefused(
        f"{database}: it is the result of a migration, and somebody has written into it since: a "
        "new result would lose that. To go on without it, move the file away and run again"
    )
