"""Rows from stage files into the tables of a candidate, in bulk.

Holds the two ways in: ADBC for plain tables (80% of the C floor), sqlite3 for tables with ANY
columns, whose values carry their own type. Makes no table, no index and no check.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
from adbc_driver_manager import Error as AdbcError
from adbc_driver_sqlite import dbapi

from moonlanding_assets.errors import BrokenDatabase, StageError
from moonlanding_assets.load.stage import StageFile, batches
from moonlanding_assets.load.storage import untagged
from moonlanding_assets.schema.catalogue import quoted
from moonlanding_assets.schema.columns import Table
from moonlanding_assets.schema.migration import RUN
from moonlanding_assets.settings import TimestampStorage

_CONSTRAINT = "constraint failed: "


def ingest(
    candidate: Path,
    files: Sequence[StageFile],
    *,
    storage: TimestampStorage,
    run: Mapping[str, str],
) -> dict[str, int]:
    """Appends all rows, foreign keys not enforced; rows per table.

    Raises StageError, and BrokenDatabase naming table and count when rows clash with a key, a
    UNIQUE constraint or a NOT NULL. The candidate is then half filled: throw it away.
    """
    tagged = [file for file in files if _is_tagged(file.table)]
    plain = [file for file in files if not _is_tagged(file.table)]
    rows = _ingest_plain(candidate, plain, storage)
    with closing(sqlite3.connect(candidate)) as connection, connection:
        for file in tagged:
            rows[file.table.name] = _ingest_tagged(connection, file, storage)
        _note_run(connection, run)
    return rows


def _is_tagged(table: Table) -> bool:
    return any(column.type == "ANY" for column in table.columns)


def _ingest_plain(
    candidate: Path, files: Sequence[StageFile], storage: TimestampStorage
) -> dict[str, int]:
    rows: dict[str, int] = {}
    with dbapi.connect(str(candidate)) as connection, connection.cursor() as cursor:
        for file in files:
            name = file.table.name
            try:
                rows[name] = sum(
                    cursor.adbc_ingest(name, batch, mode="append")
                    for batch in batches(file, storage)
                )
            except AdbcError as error:
                if _CONSTRAINT not in str(error):
                    raise  # no clash of rows: a full disk, say
                connection.rollback()
                raise _clash(candidate, file, storage, str(error)) from error
        connection.commit()
    return rows


def _clash(
    candidate: Path, file: StageFile, storage: TimestampStorage, message: str
) -> BrokenDatabase:
    """The error that counts the rows in the way; the count is made by trying again without them."""
    statement = insert_statement(file.table, "INSERT OR IGNORE")
    with closing(sqlite3.connect(candidate)) as connection:
        before = connection.total_changes
        for batch in batches(file, storage):
            connection.executemany(statement, plain_rows(batch))
        taken = connection.total_changes - before
        connection.rollback()
    before_it, _, after_it = message.partition(_CONSTRAINT)
    kind, columns = before_it.rpartition(":")[2].strip(), after_it.splitlines()[0]
    return BrokenDatabase(
        f"{file.table.name}: {file.rows - taken} of {file.rows} rows cannot be inserted "
        f"({kind} constraint on {columns}); they belong into quarantine"
    )


def _ingest_tagged(
    connection: sqlite3.Connection, file: StageFile, storage: TimestampStorage
) -> int:
    statement, count = insert_statement(file.table, "INSERT"), 0
    for batch in batches(file, storage):
        try:
            cursor = connection.executemany(statement, tagged_rows(file.table, batch))
        except sqlite3.IntegrityError as error:
            raise BrokenDatabase(f"{file.table.name}: rows cannot be inserted ({error})") from error
        count += cursor.rowcount
    return count


def plain_rows(batch: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    """The rows of a table without ANY columns, as they are bound."""
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)


def tagged_rows(table: Table, batch: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    """The rows of a table with ANY columns, as they are bound; raises StageError for a bad tag."""
    columns: list[list[object]] = []
    for column, values in zip(table.columns, batch.columns, strict=True):
        listed = values.to_pylist()
        if column.type == "ANY":
            try:
                listed = [untagged(value) for value in listed]
            except ValueError as error:
                raise StageError(f"{table.name}.{column.name}: {error}") from None
        columns.append(listed)
    return zip(*columns, strict=True)


def insert_statement(table: Table, verb: str) -> str:
    """INSERT, or another verb, for a row with all columns of the table."""
    names = ", ".join(quoted(column.name) for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    return f"{verb} INTO {quoted(table.name)} ({names}) VALUES ({marks})"


def _note_run(connection: sqlite3.Connection, run: Mapping[str, str]) -> None:
    try:
        connection.executemany(insert_statement(RUN, "INSERT"), sorted(run.items()))
    except sqlite3.IntegrityError as error:
        raise BrokenDatabase(f"{RUN.name}: the database was migrated already ({error})") from error
