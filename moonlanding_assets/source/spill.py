"""Temporary Parquet files of documents in the order of reading, a row group for each collection.

Memory stays flat: what waits is written when it reaches WAITING_BYTES, whatever it consists of.
One file is open at a time, however many collections there are.
Holds no order and no choice of documents.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.source.collection_file import BATCH_DOCUMENTS
from moonlanding_assets.source.document import DOCUMENT_SCHEMA

WAITING_BYTES = 16 * 2**20  # of fields

_SORTED = 'SELECT * FROM read_parquet(?) WHERE "collection" = ? ORDER BY "path"'


class Spill:
    """Takes documents and writes them to files `directory`/<prefix>-<number>.parquet.

    `files` are those written, `documents` the counts by collection.
    """

    def __init__(self, directory: Path, prefix: str) -> None:
        self.files: list[Path] = []
        self.documents: Counter[str] = Counter()
        self._directory = directory
        self._prefix = prefix
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._waiting_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._waiting:
            self._write()

    def add(self, row: dict[str, Any]) -> None:
        """Takes one document, a row of DOCUMENT_SCHEMA."""
        key = row["collection"]
        self.documents[key] += 1
        self._waiting.setdefault(key, []).append(row)
        self._waiting_bytes += len(row["fields"])
        if self._waiting_bytes > WAITING_BYTES:
            self._write()

    def _write(self) -> None:
        file = self._directory / f"{self._prefix}-{len(self.files):06d}.parquet"
        with pq.ParquetWriter(file, DOCUMENT_SCHEMA, compression="lz4") as writer:
            for rows in self._waiting.values():
                writer.write_table(pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA))
        self.files.append(file)
        self._waiting.clear()
        self._waiting_bytes = 0


def in_order(
    con: duckdb.DuckDBPyConnection, files: list[Path], collection: str
) -> Iterator[pa.RecordBatch]:
    """The spilled documents of a collection, ascending by the bytes of their paths."""
    relation = con.sql(_SORTED, params=[[str(file) for file in files], collection])
    yield from relation.to_arrow_reader(BATCH_DOCUMENTS)
