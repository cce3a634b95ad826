"""One Parquet file of documents: written in path order, in shards of a fixed size.

Holds no choice of documents. The same documents give the same bytes, whoever sorted them.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from moonlanding_assets.source.document import DOCUMENT_SCHEMA

SHARD_DOCUMENTS = 5_000  # rows of a row group at most: the engine's unit of work
SHARD_BYTES = 16 * 2**20  # of fields in a row group at most, or one document that is larger
BATCH_DOCUMENTS = 250  # how many documents readers hand over at a time


@dataclass(frozen=True, kw_only=True)
class Written:
    """What is in a file: rows, bytes, hash of the bytes, hash of "path sha256" lines (hex)."""

    documents: int
    size_bytes: int
    sha256: str
    content_sha256: str


class TwiceError(ValueError):
    """A path came twice, or out of order; `path` names it."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} comes twice or out of order")
        self.path = path


def write_documents(file: Path, batches: Iterable[pa.RecordBatch]) -> Written:
    """Writes batches (DOCUMENT_SCHEMA's columns by name, paths strictly ascending by their bytes).

    The file has mode 0600 and zstd row groups of at most SHARD_DOCUMENTS rows and SHARD_BYTES.
    Raises TwiceError for a path that does not follow the one before it.
    """
    content = hashlib.sha256()
    documents = 0
    last = b""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(handle, "wb") as sink,
        pq.ParquetWriter(
            sink,
            DOCUMENT_SCHEMA,
            compression="zstd",
        ) as writer,
    ):
        for shard in _shards(batches):
            last = _add_to_digest(content, shard, last)
            writer.write_table(shard, row_group_size=SHARD_DOCUMENTS)
            documents += shard.num_rows
    return Written(
        documents=documents,
        size_bytes=file.stat().st_size,
        sha256=file_sha256(file),
        content_sha256=content.hexdigest(),
    )


def file_sha256(file: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _shards(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    rows = size_bytes = 0
    for batch in batches:
        start = 0
        lengths = pc.call_function("binary_length", [batch.column("fields")])
        for place, length in enumerate(lengths.to_pylist()):
            is_full = rows == SHARD_DOCUMENTS or size_bytes + length > SHARD_BYTES
            if is_full and rows:
                yield _documents([*waiting, batch.slice(start, place - start)])
                waiting.clear()
                start, rows, size_bytes = place, 0, 0
            rows += 1
            size_bytes += length
        waiting.append(batch.slice(start))
    if rows:
        yield _documents(waiting)


def _documents(batches: list[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(batches).select(DOCUMENT_SCHEMA.names).cast(DOCUMENT_SCHEMA)


def _add_to_digest(content: "hashlib._Hash", shard: pa.Table, last: bytes) -> bytes:
    lines: list[bytes] = []
    for row in shard.select(["path", "sha256"]).to_pylist():
        text = row["path"].encode()
        if text <= last:
            raise TwiceError(row["path"])
        last = text
        lines.append(b"%s %s\n" % (text, row["sha256"].encode()))
    content.update(b"".join(lines))
    return last
