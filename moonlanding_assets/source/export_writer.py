"""A managed export, written in the layout of the official emulator; same input, same bytes.

Shards come first and the overall metadata last, by a rename: what a crash leaves behind is no
export. Holds no wire format and no choice of documents.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from moonlanding_assets.source import export_messages
from moonlanding_assets.source.export_encoding import entity_bytes
from moonlanding_assets.source.export_framing import RecordWriter
from moonlanding_assets.source.export_keys import DEFAULT_DATABASE
from moonlanding_assets.source.export_metadata import OVERALL_SUFFIX, VERSION
from moonlanding_assets.source.value import Fields

_KINDS = Path("all_namespaces", "all_kinds")
_META = _KINDS / "all_namespaces_all_kinds.export_metadata"


class ExportWriter:
    """Takes documents one by one and leaves an export in `directory` when its block ends well.

    An older export of the same name there is removed first. The order of the documents is kept,
    fields are sorted by name. Times are in microseconds since 1970 UTC. Without documents it
    writes what the emulator writes of an empty database. Raises OSError where a file cannot be
    written.
    """

    def __init__(
        self,
        directory: Path,
        *,
        project: str,
        database: str = DEFAULT_DATABASE,
        name: str = "export",
        started_at_us: int,
        finished_at_us: int,
        documents_per_shard: int = 5000,
    ) -> None:
        if not 0 < started_at_us <= finished_at_us:
            raise ValueError("an export starts after 1970 and ends after its start")
        if documents_per_shard < 1:
            raise ValueError("a shard takes one document at least")
        self._directory = directory
        self._home = (project, database)
        self._header = export_messages.Header(
            name=name, started_at_us=started_at_us, finished_at_us=finished_at_us
        )
        self._documents_per_shard = documents_per_shard
        self._paths: set[str] = set()
        self._shards: list[str] = []
        self._size_bytes = 0
        self._open_shard = ExitStack()
        self._records: RecordWriter | None = None

    def __enter__(self) -> Self:
        (self._directory / _KINDS).mkdir(parents=True, exist_ok=True)
        self._overall.unlink(missing_ok=True)
        for old in [self._directory / _META, *(self._directory / _KINDS).glob("output-*")]:
            old.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close_shard()
        if kind is None:
            self._write_metadata()

    def write(self, path: str, fields: Fields) -> None:
        """One more document: its path without project prefix, its values in the REST encoding.

        Raises ValueError, naming document and field, for what Firestore could not hold, and for
        a path that was written before.
        """
        if path in self._paths:
            raise ValueError(f"document {path} was written before")
        project, database = self._home
        try:
            content = entity_bytes(path, fields, project=project, database=database)
        except ValueError as problem:
            raise ValueError(f"document {path}: {problem}") from None
        if len(self._paths) % self._documents_per_shard == 0:
            self._close_shard()
            self._records = self._next_shard()
        self._paths.add(path)
        if self._records is None:
            raise ValueError("an export is written inside its with block")
        self._records.write(content)

    @property
    def _overall(self) -> Path:
        return self._directory / f"{self._header.name}{OVERALL_SUFFIX}"

    def _next_shard(self) -> RecordWriter:
        name = f"output-{len(self._shards)}"
        self._shards.append(name)
        stream = self._open_shard.enter_context(_durable(self._directory / _KINDS / name))
        return RecordWriter(stream)

    def _close_shard(self) -> None:
        self._open_shard.close()
        self._size_bytes += self._records.size if self._records else 0
        self._records = None

    def _write_metadata(self) -> None:
        summary = export_messages.Overall()
        meta = export_messages.Meta(header=self._header)
        meta.output.add(kind="", file=self._shards)
        if self._shards:
            with _durable(self._directory / _META) as stream:
                stream.write(meta.SerializeToString())
            part = summary.part.add(path=_META.as_posix())
            part.version.major, part.version.minor = 2, 3
            part.entities = len(self._paths)
            part.size_bytes = self._size_bytes
        unfinished = self._overall.with_name(f".{self._overall.name}")
        with _durable(unfinished) as stream:
            records = RecordWriter(stream)
            records.write(VERSION)
            records.write(summary.SerializeToString())
        unfinished.replace(self._overall)


@contextmanager
def _durable(file: Path) -> Iterator[BinaryIO]:
    with file.open("wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
