"""Temporary Parquet files of documents as they are read: sorted runs, a row group for each.

Memory stays flat: what waits is written when it reaches WAITING_BYTES, whatever it consists of.
One file is open at a time, however many collections there are. Holds no choice of documents;
merging.py puts the runs of a collection together.
"""

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.source.document import DOCUMENT_SCHEMA

WAITING_BYTES = 16 * 2**20  # of fields

# A reader holds one page of each run: a dictionary would be a page of the whole run.
_IN_SMALL_PAGES: dict[str, Any] = {
    "compression": "lz4",
    "use_dictionary": False,
    "data_page_size": 2**18,
    "write_batch_size": 4,
}


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
        with pq.ParquetWriter(file, DOCUMENT_SCHEMA, **_IN_SMALL_PAGES) as writer:
            for rows in self._waiting.values():
                rows.sort(key=_path_bytes)
                writer.write_table(pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA))
        self.files.append(file)
        self._waiting.clear()
        self._waiting_bytes = 0


def _path_bytes(row: dict[str, Any]) -> bytes:
    path: str = row["path"]
    return path.encode()
