"""Rows between the shards and the database: Arrow types of each table, and their Parquet files.

Holds no SQL and no conversion of source values.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.address import put
from moonlanding_assets.schema.columns import Column, Table

StageRow = Sequence[SqlValue]


def arrow_type(column: Column) -> pa.DataType:
    """The type of a column in a stage file: times are ISO text, ANY values tagged text."""
    if column.meaning == "time" or column.type in ("TEXT", "ANY"):
        return pa.string()
    return pa.float64() if column.type == "REAL" else pa.int64()


def arrow_schema(table: Table) -> pa.Schema:
    """The columns of a stage file, in the table's order."""
    return pa.schema([(column.name, arrow_type(column)) for column in table.columns])


def write_rows(table: Table, rows: Sequence[StageRow], file: Path) -> None:
    """One Parquet file with these rows, read once and soon; an empty one when there are none."""
    put(str(file), encoded(table, rows))


def encoded(table: Table, rows: Sequence[StageRow]) -> pa.Buffer:
    """The content of a Parquet file with these rows, which is read once and soon."""
    content = pa.BufferOutputStream()
    whole = pa.Table.from_batches([batch_of(table, rows)])
    pq.write_table(whole, content, compression="snappy", use_dictionary=False)
    return content.getvalue()


def batch_of(table: Table, rows: Sequence[StageRow]) -> pa.RecordBatch:
    """These rows as a stage file holds them."""
    schema = arrow_schema(table)
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(values, type=one.type) for values, one in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
