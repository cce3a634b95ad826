"""Stage files: Parquet with the rows of one table, verified against the schema while they are read.

Holds no SQL and writes nothing. What a column may hold is decided here once: its Arrow type
follows from its declared type and meaning.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from moonlanding_assets.errors import StageError
from moonlanding_assets.load.storage import AnyArray, stored_times
from moonlanding_assets.normalize.stage import arrow_type
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.schema.columns import Column, SqlType, Table
from moonlanding_assets.settings import TimestampStorage

_BATCH_ROWS = 16_384  # rows of long JSON stay below some 100 MB
_TYPES: dict[SqlType, pa.DataType] = {
    "TEXT": pa.string(), "INTEGER": pa.int64(), "BOOLEAN": pa.int64(), "REAL": pa.float64(),
    "ANY": pa.string(),
}  # fmt: skip


@dataclass(frozen=True)
class StageFile:
    """One verified stage file; `size_bytes` is what its columns take in memory, about."""

    table: Table
    path: Path
    rows: int
    size_bytes: int


def open_stage(stage: Mapping[str, Path]) -> tuple[StageFile, ...]:
    """The stage files in the schema's order; raises StageError for what does not fit its table."""
    for name in stage:
        if name not in TABLE:
            raise StageError(f"{name}: the schema has no such table; take it out of the stage")
    return tuple(_open(table, stage[name]) for name, table in TABLE.items() if name in stage)


def batches(file: StageFile, storage: TimestampStorage) -> Iterator[pa.RecordBatch]:
    """The rows, columns in the table's order, times as `storage` says, ANY values still tagged.

    Raises StageError naming table and column: no key, NaN in a number, a time of another form.
    """
    names = [column.name for column in file.table.columns]
    with pq.ParquetFile(file.path) as parquet:
        try:
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=names):
                yield verified(file.table, batch, storage)
        except (pa.ArrowException, OSError) as error:
            raise StageError(
                f"{file.table.name}: {file.path} cannot be read to its end "
                f"({type(error).__name__}); make the stage again"
            ) from error


def _open(table: Table, path: Path) -> StageFile:
    try:
        with pq.ParquetFile(path) as parquet:
            schema, metadata = parquet.schema_arrow, parquet.metadata
    except FileNotFoundError:
        raise StageError(f"{table.name}: the stage file {path} is missing") from None
    except (pa.ArrowException, OSError) as error:
        raise StageError(
            f"{table.name}: {path} is not a Parquet file ({type(error).__name__})"
        ) from error
    _verify_columns(table, schema)
    groups = range(metadata.num_row_groups)
    size_bytes = sum(metadata.row_group(group).total_byte_size for group in groups)
    return StageFile(table, path, metadata.num_rows, size_bytes)


def _verify_columns(table: Table, schema: pa.Schema) -> None:
    declared = [column.name for column in table.columns]
    for name in schema.names:
        if name not in declared or schema.names.count(name) > 1:
            raise StageError(f"{table.name}.{name}: the stage has this column, the table not so")
    for column in table.columns:
        if column.name not in schema.names:
            raise StageError(f"{table.name}.{column.name}: the stage lacks this column")
        found, expected = schema.field(column.name).type, arrow_type(column)
        if found != expected and not (expected == pa.string() and found == pa.large_string()):
            raise StageError(
                f"{table.name}.{column.name}: the stage holds {found}, expected {expected}"
            )


def verified(table: Table, batch: pa.RecordBatch, storage: TimestampStorage) -> pa.RecordBatch:
    """Rows as the database keeps them, ANY values still tagged; raises StageError."""
    arrays = [
        _stored(table, column, batch.column(column.name), storage) for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, [column.name for column in table.columns])


def _stored(table: Table, column: Column, values: AnyArray, storage: TimestampStorage) -> AnyArray:
    where = f"{table.name}.{column.name}"
    if column.primary_key and values.null_count:
        raise StageError(f"{where}: {values.null_count} rows have no key")
    if column.type == "REAL" and pc.any(pc.is_nan(values)).as_py():
        raise StageError(f"{where}: holds NaN, which SQLite stores as NULL; keep it as residue")
    if column.meaning != "time":
        return pc.cast(values, arrow_type(column))
    try:
        text = pc.cast(values, pa.string())
        return stored_times(text, storage=storage, is_text=column.type == "TEXT")
    except ValueError as error:
        raise StageError(f"{where}: {error}") from None
