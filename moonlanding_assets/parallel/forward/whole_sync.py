"""Everything compared: the database against a whole migration of the present documents.

Slow, and needs nothing but the present state: it is the oracle of the quick way, the sweep of the
rows, and how a sync starts where nobody knows what the rows hold. Holds no transaction.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from moonlanding_assets.errors import BrokenDatabase
from moonlanding_assets.load.integrity import check_search
from moonlanding_assets.load.opening import reading
from moonlanding_assets.load.stage import StageFile, batches, open_stage
from moonlanding_assets.normalize.run import TABLES, normalize
from moonlanding_assets.parallel.backward.settle import pinned_apart
from moonlanding_assets.parallel.forward.difference import (
    Key,
    Row,
    RowChange,
    differences_of_table,
    rows_of_batch,
)
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.progress import Silent
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.schema.columns import Table
from moonlanding_assets.schema.migration import RUN
from moonlanding_assets.settings import TimestampStorage


def whole_changes(
    connection: sqlite3.Connection,
    present: Present,
    storage: TimestampStorage,
    *,
    existing: Path | None,
) -> Iterator[RowChange]:
    """Every row that a migration of the present documents would make otherwise.

    existing: production's database from before; its rows are not ours and stay.
    """
    building = Path(tempfile.mkdtemp(prefix=".whole-", dir=present.file.parent))
    try:
        stage = _stage(present, building, storage, existing)
        for file in open_stage(stage):
            if file.table.primary_key:
                spared = _spared(connection, file.table, existing)
                found = differences_of_table(connection, file.table, _rows(file, storage), spared)
                yield from pinned_apart(connection, found)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _stage(
    present: Present, building: Path, storage: TimestampStorage, existing: Path | None
) -> Mapping[str, Path]:
    normalize(
        sources=present.sources(building / "sources"),
        snapshot_time=present.notes["snapshot_time"],
        stage=building / "stage",
        workers=1,
        timestamp_storage=storage,
        progress=Silent(),
        existing=existing,
    )
    return {table: building / "stage" / f"{table}.parquet" for table in TABLES}


def _rows(file: StageFile, storage: TimestampStorage) -> dict[Key, Row]:
    rows: dict[Key, Row] = {}
    for batch in batches(file, storage):
        rows |= rows_of_batch(file.table, batch)
    return rows


def _spared(connection: sqlite3.Connection, table: Table, existing: Path | None) -> set[Key]:
    """The keys of rows that no document gives: production's own, and notes about the run."""
    if table is RUN:
        return set(connection.execute(f"SELECT key FROM {RUN.name}"))
    if existing is None:
        return set()
    names = ", ".join(quoted(name) for name in table.primary_key)
    with reading(existing) as before:
        held = {row[1] for row in before.execute(f"PRAGMA table_info({quoted(table.name)})")}
        if not set(table.primary_key) <= held:
            return set()
        return set(before.execute(f"SELECT {names} FROM {quoted(table.name)}"))


def wrong_searches(connection: sqlite3.Connection) -> tuple[str, ...]:
    """In words, the search index that does not agree with its table, if one does not."""
    try:
        check_search(connection)
    except BrokenDatabase as error:
        return (str(error),)
    return ()


def in_words(change: RowChange) -> str:
    """A row that differs: its table, how, its key and the columns; never a value."""
    names = [column.name for column in TABLE[change.table].columns]
    what = {"inserted": "missing", "deleted": "not of any document", "updated": "differs in "}
    text = what[change.kind]
    if change.old is not None and change.new is not None:
        pairs = zip(names, change.old, change.new, strict=True)
        text += ", ".join(name for name, old, new in pairs if ascii(old) != ascii(new))
    return f"{change.table} {'/'.join(map(str, change.key))}: {text}"
