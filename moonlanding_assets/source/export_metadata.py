"""Where a managed export is and what its metadata promise: parts, shards, counts, times.

The list of shards comes from the metadata alone: directories hold leftovers and copies.
Holds no reading of documents.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from google.protobuf.message import DecodeError

from moonlanding_assets.errors import DamagedExport, NotAnExport
from moonlanding_assets.source import export_messages
from moonlanding_assets.source.export_framing import BLOCK_BYTES, RecordReader

OVERALL_SUFFIX = ".overall_export_metadata"
VERSION = b"3"

_WHAT_TO_DO = (
    f"Name the directory that holds NAME{OVERALL_SUFFIX}, as `gcloud firestore export` wrote it"
)


@dataclass(frozen=True, kw_only=True)
class ExportPart:
    """What one metadata file of an export promises: all kinds, or one collection id.

    Times in microseconds since 1970 UTC.
    """

    metadata: Path
    shards: tuple[Path, ...]
    documents: int
    started_at_us: int
    finished_at_us: int


def find_overall(directory: Path) -> Path:
    """The overall metadata file in the directory or one level below, or the file itself.

    Raises NotAnExport where there is none, or more than one.
    """
    if directory.is_file() and directory.name.endswith(OVERALL_SUFFIX):
        return directory
    if not directory.is_dir():
        raise NotAnExport(f"{directory} is no directory. {_WHAT_TO_DO}.")
    for pattern in (f"*{OVERALL_SUFFIX}", f"*/*{OVERALL_SUFFIX}"):
        found = sorted(file for file in directory.glob(pattern) if not _is_hidden(file))
        if len(found) > 1:
            names = ", ".join(str(file.relative_to(directory)) for file in found)
            raise NotAnExport(f"{directory} holds {len(found)} exports: {names}. Name one of them.")
        if found:
            return found[0]
    raise NotAnExport(_what_is_there(directory))


def read_parts(overall: Path) -> tuple[ExportPart, ...]:
    """The parts of an export; raises DamagedExport where the metadata contradict themselves."""
    records = [content for _, content in RecordReader(overall)]
    if len(records) != 2 or records[0] != VERSION:
        raise DamagedExport(overall, f"{len(records)} records, expected version 3 and a summary")
    summary = _parsed(export_messages.Overall, records[1], overall)
    parts = tuple(_part(overall, part) for part in summary.part)
    shards = [shard for part in parts for shard in part.shards]
    for shard in shards:
        if shards.count(shard) > 1:
            raise DamagedExport(shard, "the metadata name this shard twice")
    return parts


def _part(overall: Path, part: Any) -> ExportPart:
    metadata = _inside(overall, part.path)
    if not metadata.is_file():
        raise DamagedExport(metadata, f"{overall.name} names this file, but it is missing")
    meta = _parsed(export_messages.Meta, metadata.read_bytes(), metadata)
    if not 0 < meta.header.started_at_us <= meta.header.finished_at_us:
        raise DamagedExport(metadata, "the times of the export are missing or out of order")
    shards = tuple(_inside(metadata, file) for output in meta.output for file in output.file)
    for shard in shards:
        if not shard.is_file():
            raise DamagedExport(shard, f"{metadata.name} names this shard, but it is missing")
    _check_size(metadata, shards, size_bytes=part.size_bytes)
    return ExportPart(
        metadata=metadata,
        shards=shards,
        documents=part.entities,
        started_at_us=meta.header.started_at_us,
        finished_at_us=meta.header.finished_at_us,
    )


def _check_size(metadata: Path, shards: tuple[Path, ...], *, size_bytes: int) -> None:
    """Some exports pad shards with zeros, and count them or not: both totals are right."""
    most = sum(shard.stat().st_size for shard in shards)
    least = most if most == size_bytes else most - sum(_zeros_at_end(shard) for shard in shards)
    if not least <= size_bytes <= most:
        what = f"its {len(shards)} shards hold {most} bytes, {size_bytes} were written"
        raise DamagedExport(metadata, what)


def _zeros_at_end(file: Path) -> int:
    size = file.stat().st_size
    with file.open("rb") as stream:
        for end in range(size, 0, -BLOCK_BYTES):
            start = max(0, end - BLOCK_BYTES)
            stream.seek(start)
            content = stream.read(end - start).rstrip(b"\0")
            if content:
                return size - start - len(content)
    return size


def _inside(metadata: Path, name: str | bytes) -> Path:
    """The file that a metadata file names, always below the metadata file's own directory."""
    if not isinstance(name, str):  # protobuf gives a text that is no UTF-8 as bytes
        raise DamagedExport(metadata, "a file name that is no UTF-8 text")
    relative = PurePosixPath(name)
    if not relative.parts or relative.is_absolute() or ".." in relative.parts:
        raise DamagedExport(metadata, "a file name that is empty or leaves the export's directory")
    return metadata.parent / relative


def _parsed(message: Any, content: bytes, file: Path) -> Any:
    try:
        return message.FromString(content)
    except DecodeError:
        raise DamagedExport(file, "bytes that are no metadata of an export") from None


def _is_hidden(file: Path) -> bool:
    # Copies from macOS bring `._name` beside every file.
    return file.name.startswith(".") or file.parent.name.startswith(".")


def _what_is_there(directory: Path) -> str:
    if not any(directory.iterdir()):
        return f"{directory} is empty. {_WHAT_TO_DO}."
    if (directory / "all_namespaces").is_dir():
        return (
            f"{directory} holds shards of an export, but no NAME{OVERALL_SUFFIX}, which is "
            "written last: the export did not finish or was not copied whole. Copy it again, "
            "or take it again."
        )
    return f"{directory} holds no NAME{OVERALL_SUFFIX}. {_WHAT_TO_DO}."
