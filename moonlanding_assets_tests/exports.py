"""Managed exports made for tests: whole ones, and ones of entities that no writer writes.

Holds no assertion about a rule, only how damage is caught.
"""

from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.source import export_messages
from moonlanding_assets.source.export_encoding import entity_bytes
from moonlanding_assets.source.export_framing import RecordWriter
from moonlanding_assets.source.export_writer import ExportWriter
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.value import Fields, canonical, integer

PROJECT = "demo-friday"
STARTED_US = 1_770_000_000_000_001
FINISHED_US = 1_770_000_060_000_002
KINDS = Path("all_namespaces", "all_kinds")
META = KINDS / "all_namespaces_all_kinds.export_metadata"
OVERALL = "export.overall_export_metadata"


def write(directory: Path, documents: dict[str, Fields], **options: Any) -> Path:
    chosen: dict[str, Any] = {"project": PROJECT, "documents_per_shard": 5000} | options
    with ExportWriter(
        directory, started_at_us=STARTED_US, finished_at_us=FINISHED_US, **chosen
    ) as writer:
        for path, fields in documents.items():
            writer.write(path, fields)
    return directory


def numbered(count: int) -> dict[str, Fields]:
    return {f"things/t{n}": {"n": integer(n)} for n in range(count)}


def read(directory: Path) -> dict[str, str]:
    export = ManagedExport.open(directory)
    return {entity.path: canonical(entity.fields()) for entity in export.all_entities()}


def texts(documents: dict[str, Fields]) -> dict[str, str]:
    return {path: canonical(fields) for path, fields in documents.items()}


def damage(directory: Path) -> DamagedExport:
    with pytest.raises(DamagedExport) as caught:
        read(directory)
    return caught.value


def put_records(file: Path, *records: bytes) -> int:
    with file.open("wb") as stream:
        writer = RecordWriter(stream)
        for record in records:
            writer.write(record)
    return writer.size


def put_overall(directory: Path, *parts: tuple[str, int, int]) -> None:
    """Parts as (path of the metadata, documents, bytes)."""
    summary = export_messages.Overall()
    for path, documents, size_bytes in parts:
        summary.part.add(path=path, entities=documents, size_bytes=size_bytes)
    put_records(directory / OVERALL, b"3", summary.SerializeToString())


def put_entities(directory: Path, *entities: bytes) -> Path:
    """An export of one shard that holds these entities, whatever they are."""
    write(directory, numbered(1))
    size_bytes = put_records(directory / KINDS / "output-0", *entities)
    put_overall(directory, (META.as_posix(), len(entities), size_bytes))
    return directory


def entity(path: str = "a/b", **fields: Any) -> Any:
    """The Entity message of a document, to be changed into what no writer writes."""
    content = entity_bytes(path, fields, project=PROJECT, database="(default)")
    return export_messages.Entity.FromString(content)
