"""Raw documents of collection files, parsed once for whoever counts or looks. No comparison."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow.parquet as pq

PIECE_DOCUMENTS = 8_000
BATCH_DOCUMENTS = 1_000


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Row groups of one collection's file."""

    collection: str
    file: Path
    row_groups: tuple[int, ...]
    documents: int


class Raw(NamedTuple):
    """One raw document; `text` is its fields as the file has them, `fields` the same parsed."""

    path: str
    text: str
    fields: dict[str, Any]

    @property
    def sha256(self) -> str:
        """The hash of what the file has."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def pieces_of(sources: Mapping[str, Path]) -> Iterator[Piece]:
    """Every document of the files, in their order; at least one piece a file."""
    for collection, file in sources.items():
        metadata = pq.read_metadata(file)
        groups: list[int] = []
        documents = 0
        for group in range(metadata.num_row_groups):
            groups.append(group)
            documents += metadata.row_group(group).num_rows
            if documents >= PIECE_DOCUMENTS:
                yield _piece(collection, file, groups, documents)
                groups, documents = [], 0
        if groups or not metadata.num_row_groups:
            yield _piece(collection, file, groups, documents)


def _piece(collection: str, file: Path, groups: Iterable[int], documents: int) -> Piece:
    return Piece(collection=collection, file=file, row_groups=tuple(groups), documents=documents)


def batches_of(piece: Piece) -> Iterator[list[Raw]]:
    """The documents of a piece, some at a time."""
    if not piece.row_groups:
        return
    with pq.ParquetFile(piece.file) as file:
        for batch in file.iter_batches(
            BATCH_DOCUMENTS, row_groups=list(piece.row_groups), columns=["path", "fields"]
        ):
            paths, texts = (column.to_pylist() for column in batch.columns)
            yield [
                Raw(str(path), str(text), orjson.loads(str(text)))
                for path, text in zip(paths, texts, strict=True)
            ]
