"""A candidate database: built whole beside the target, checked, and not yet published.

Holds the order of the steps. A candidate that fails is deleted; one that a kill left behind is
never opened again (publish.clean_leftovers removes it).
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from moonlanding_assets.load import integrity
from moonlanding_assets.load.existing import complete, copy_existing
from moonlanding_assets.load.files import create_private, discard, size_bytes, sync
from moonlanding_assets.load.ingest import ingest
from moonlanding_assets.load.space import full_disk_is_no_space, require_space
from moonlanding_assets.load.stage import StageFile, open_stage
from moonlanding_assets.schema.catalogue import TABLE, index_ddl, search_ddl, table_ddl, view_ddl
from moonlanding_assets.schema.search import SEARCH
from moonlanding_assets.schema.views import VIEWS
from moonlanding_assets.settings import TimestampStorage

_EMPTY_BYTES = 2_000_000  # 112 tables and their indexes without a row, rounded up
_GROWTH = 4  # a row with its indexes and search, against its stage columns in memory
_CACHE = "PRAGMA cache_size = -131072"  # KiB


@dataclass(frozen=True)
class LoadReport:
    """What a build did: rows per loaded table, seconds per step in order, size of the file."""

    rows: dict[str, int]
    seconds: dict[str, float]
    size_bytes: int


@dataclass(frozen=True)
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started


def build_candidate(
    stage: Mapping[str, Path],
    candidate: Path,
    *,
    timestamp_storage: TimestampStorage = "iso8601",
    run: Mapping[str, str],
    existing: Path | None = None,
) -> LoadReport:
    """Builds `candidate` (mode 0600) from stage files by table, and proves it sound.

    Tables without a stage file stay empty (or as they are in `existing`, the production database
    whose copy the candidate starts from). `run` becomes the rows of migration_run. On return the
    file is synced, without -wal or -journal, and all its keys, indexes and searches were checked.

    Raises StageError, TargetRefused, NoSpace, BrokenDatabase; nothing is left behind then.
    """
    clock = _Clock()
    with clock.step("stage"):
        files = open_stage(stage)
        require_space(candidate.parent, _needed_bytes(files, existing))
    create_private(candidate)
    try:
        with full_disk_is_no_space(candidate):
            _make_tables(candidate, existing, clock)
            with clock.step("rows"):
                rows = ingest(candidate, files, storage=timestamp_storage, run=run)
            _finish(candidate, clock)
    except BaseException:
        discard(candidate)
        raise
    return LoadReport(rows, clock.seconds, candidate.stat().st_size)


def _needed_bytes(files: Sequence[StageFile], existing: Path | None) -> int:
    """An estimate, on the high side: what fails later is recognised then."""
    copied = 0 if existing is None else size_bytes(existing)
    return _EMPTY_BYTES + copied + _GROWTH * sum(file.size_bytes for file in files)


def _make_tables(candidate: Path, existing: Path | None, clock: _Clock) -> None:
    with clock.step("tables"):
        if existing is not None:
            copy_existing(existing, candidate)
        with _opened(candidate) as connection:
            if existing is not None:
                complete(connection)
            else:
                for table in TABLE.values():
                    connection.execute(table_ddl(table))


def _finish(candidate: Path, clock: _Clock) -> None:
    with _opened(candidate) as connection:
        with clock.step("indexes"):
            for table in TABLE.values():
                for statement in index_ddl(table):
                    connection.execute(statement)
        with clock.step("search"):
            _make_search(connection)
        with clock.step("analyze"):
            connection.execute("ANALYZE")
    with _opened(candidate) as connection:
        with clock.step("check search"):
            integrity.check_search(connection)
        with clock.step("check foreign keys"):
            integrity.check_foreign_keys(connection)
        with clock.step("check integrity"):
            integrity.check_integrity(connection)
    with clock.step("sync"):
        sync(candidate)


def _make_search(connection: sqlite3.Connection) -> None:
    present = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master")}
    for index in SEARCH:
        if index.name not in present:
            connection.execute(search_ddl(index))
    integrity.rebuild_search(connection)
    for view in VIEWS:
        if view.name not in present:
            connection.execute(view_ddl(view))


@contextmanager
def _opened(candidate: Path) -> Iterator[sqlite3.Connection]:
    """One transaction on the candidate, committed at the end; synced later, as a whole."""
    with closing(sqlite3.connect(candidate, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_CACHE)
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
