"""The documents of a shard with their texts: compiled where that can be, else by the reference.

Two readers, because neither does alone. The reference (export_values.py) is exact about everything
that a damaged or strange export may hold, and says what is wrong; tests hold the other to it. The
compiled one is many times as fast, knows what Firestore writes and gives up on anything else.
Holds no decoding.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.source.export_framing import RecordReader
from moonlanding_assets.source.export_texts import Batch, Memory
from moonlanding_assets.source.managed_export import Entity, ManagedExport, entity_of

BATCH_DOCUMENTS = 1_000
BATCH_BYTES = 4 * 2**20  # of records

_Records = list[tuple[int, bytes]]


class WrittenDocument:
    """A document whose text the compiled reader wrote. Nothing of it is withheld.

    Not a dataclass: there is one for each document.
    """

    __slots__ = ("_text", "offset", "path")

    create_time_us = None  # not in an export
    update_time_us = None
    withheld: tuple[str, ...] = ()

    def __init__(self, path: str, text: str, *, offset: int) -> None:
        self.path = path
        self.offset = offset
        self._text = text

    def text(self, withhold: frozenset[str]) -> str:
        """The canonical text; raises ValueError where names are to be withheld: it is too late."""
        if withhold:
            raise ValueError(f"{self.path} was read whole: nothing can be withheld of it")
        return self._text


class DocumentReader:
    """Reads shards of one export, one after the other.

    `is_whole` tells from a path whether a document may be read without withholding anything; of
    any other the compiled reader reads the key alone.
    """

    def __init__(self, export: ManagedExport, is_whole: Callable[[str], bool]) -> None:
        self._export = export
        self._is_whole = is_whole
        self._memory = Memory()

    def documents(self, shard: Path) -> Iterator[Entity | WrittenDocument]:
        """As ManagedExport.entities: the same order, and DamagedExport at the same documents.

        Where the compiled reader gives up on a document it is an Entity.
        """
        return self._export.checked(shard, self._found(shard))

    def _found(self, shard: Path) -> Iterator[Entity | WrittenDocument]:
        home: tuple[bytes, bytes] | None = None
        for records in _batches(shard):
            if home is None:
                offset, content = records[0]
                first = entity_of(content, file=shard, offset=offset)
                self._export.check_home(first)
                home = _encoded(first.key.app), _encoded(first.key.database_id)
            yield from self._batch(shard, records, *home)

    def _batch(
        self, shard: Path, records: _Records, app: bytes, database: bytes
    ) -> Iterator[Entity | WrittenDocument]:
        batch = Batch([content for _, content in records])
        paths = batch.paths(app, database)
        wanted = [place for place, path in enumerate(paths) if path and self._is_whole(path)]
        texts = dict(zip(wanted, batch.texts(wanted, self._memory), strict=True))
        for place, (offset, content) in enumerate(records):
            text = texts.get(place)
            if text:
                yield WrittenDocument(paths[place], text, offset=offset)
            else:
                yield entity_of(content, file=shard, offset=offset)


def _encoded(text: Any) -> bytes:
    content: bytes = text.encode()
    return content


def _batches(shard: Path) -> Iterator[_Records]:
    waiting: _Records = []
    size_bytes = 0
    try:
        for record in RecordReader(shard):
            if size_bytes > BATCH_BYTES or len(waiting) == BATCH_DOCUMENTS:
                yield waiting
                waiting, size_bytes = [], 0
            waiting.append(record)
            size_bytes += len(record[1])
    except DamagedExport:
        if waiting:  # what stands before the damage comes first
            yield waiting
        raise
    if waiting:
        yield waiting
