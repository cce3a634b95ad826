"""Both readers of an export on the same bytes, and what each comes to. Holds no assertion."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError

from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.source import export_messages
from moonlanding_assets.source.export_documents import DocumentReader, WrittenDocument
from moonlanding_assets.source.export_keys import UnreadableKeyError, home_of, path_of
from moonlanding_assets.source.export_texts import Batch, Memory
from moonlanding_assets.source.export_values import UnreadableValueError, fields_of
from moonlanding_assets.source.managed_export import Entity, ManagedExport
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.exports import PROJECT

MEMORY = Memory()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read until the end or the first error, and how much of it was compiled."""

    texts: list[tuple[str, int, str]]
    error: tuple[str, int | None, str] | None
    compiled: int


def whole(_: str) -> bool:
    return True


def by_reference(directory: Path) -> Reading:
    export = ManagedExport.open(directory)
    return _read(export, export.entities)


def by_compiled(directory: Path, is_whole: Callable[[str], bool] = whole) -> Reading:
    export = ManagedExport.open(directory)
    return _read(export, DocumentReader(export, is_whole).documents)


def _read(
    export: ManagedExport, documents: Callable[[Path], Iterator[Entity | WrittenDocument]]
) -> Reading:
    texts: list[tuple[str, int, str]] = []
    compiled = 0
    error = None
    try:
        for shard in export.shards:
            for one in documents(shard):
                texts.append((one.path, one.offset, one.text(frozenset())))
                compiled += isinstance(one, WrittenDocument)
    except DamagedExport as damage:
        error = damage.file, damage.offset, damage.what
    return Reading(texts=texts, error=error, compiled=compiled)


def record_by_reference(record: bytes) -> tuple[str, str] | None:
    """Path and text of one record of this project; None where the reference refuses it."""
    try:
        message = export_messages.Entity.FromString(record)
        path = path_of(message.key.path.element)
        if home_of(message.key) != (PROJECT, "(default)"):
            return None
        return path, canonical(fields_of(message))
    except (DecodeError, UnreadableKeyError, UnreadableValueError):
        return None


def record_by_compiled(record: bytes) -> tuple[str, str] | None:
    """Path and text of one record of this project; None where the compiled reader gives up."""
    batch = Batch([record])
    [path] = batch.paths(f"dev~{PROJECT}".encode(), b"")
    [text] = batch.texts([0], MEMORY) if path else [""]
    return (path, text) if text else None
