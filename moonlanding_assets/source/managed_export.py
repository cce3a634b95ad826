"""A managed export of Firestore, read: its shards, their documents, and whether all are there.

Every shard can be read on its own, in a process of its own. Holds no wire format
(export_framing.py, export_messages.py), no value (export_values.py), no writing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from google.protobuf.message import DecodeError

from moonlanding_assets.errors import DamagedExport, NotAnExport
from moonlanding_assets.source import export_messages
from moonlanding_assets.source.export_framing import RecordReader
from moonlanding_assets.source.export_keys import (
    DEFAULT_DATABASE,
    UnreadableKeyError,
    home_of,
    path_of,
)
from moonlanding_assets.source.export_metadata import find_overall, read_parts
from moonlanding_assets.source.export_values import UnreadableValueError, fields_of, names_of
from moonlanding_assets.source.value import Fields, canonical

_NOTHING: frozenset[str] = frozenset()


class _Placed(Protocol):
    @property
    def path(self) -> str: ...

    @property
    def offset(self) -> int: ...


_Document = TypeVar("_Document", bound=_Placed)


class Entity:
    """One document of a shard: its path, and its fields when they are asked for.

    `offset` is where its record begins, in bytes; `withheld` the names that the last call of
    `fields` left out, in order. Not a dataclass: there is one for each document, and a frozen
    one costs three times as much to make.
    """

    __slots__ = ("_message", "file", "offset", "path", "withheld")

    def __init__(self, path: str, message: Any, *, file: Path, offset: int) -> None:
        self.path = path
        self.offset = offset
        self.withheld: tuple[str, ...] = ()
        self._message = message
        self.file = file

    create_time_us = None  # not in an export
    update_time_us = None

    @property
    def key(self) -> Any:
        """The Key message."""
        return self._message.key

    def text(self, withhold: frozenset[str] = _NOTHING) -> str:
        """The canonical text of `fields`."""
        return canonical(self.fields(withhold))

    def fields(self, withhold: frozenset[str] = _NOTHING) -> Fields:
        """The values in the REST encoding, made anew at each call.

        Top-level names in `withhold` are left out, their values never decoded. Raises
        DamagedExport, naming the document and the field, for bytes that are no value.
        """
        try:
            if withhold:
                self.withheld = tuple(sorted(names_of(self._message) & withhold))
            return fields_of(self._message, withhold)
        except UnreadableValueError as problem:
            what = f"document {self.path}: {problem}"
            raise DamagedExport(self.file, what, offset=self.offset) from None


@dataclass(frozen=True, kw_only=True)
class ManagedExport:
    """An export whose metadata were read; picklable, holds no open file.

    `project` and `database` are those of its documents ("" and "(default)" where it has none).
    Times are in microseconds since 1970 UTC. `shards` is in the order of the metadata.
    """

    directory: Path
    project: str
    database: str
    started_at_us: int
    finished_at_us: int
    document_count: int
    shards: tuple[Path, ...]

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Read the metadata of the export in the directory, or one level below.

        Raises NotAnExport where there is none, DamagedExport where its metadata do not agree
        with its files: a shard that is missing or named twice, bytes that do not add up.
        """
        overall = find_overall(directory)
        parts = read_parts(overall)
        if not parts:
            raise NotAnExport(f"{overall} is of an empty database: there is nothing to read.")
        shards = tuple(shard for part in parts for shard in part.shards)
        project, database = _first_home(shards)
        return cls(
            directory=overall.parent,
            project=project,
            database=database,
            started_at_us=min(part.started_at_us for part in parts),
            finished_at_us=max(part.finished_at_us for part in parts),
            document_count=sum(part.documents for part in parts),
            shards=shards,
        )

    def entities(self, shard: Path) -> Iterator[Entity]:
        """The documents of one of the shards, in the order of the file.

        Raises DamagedExport (file and byte offset) for whatever an export would not hold, a path
        that occurs twice in the shard and a document of another project or database included.
        Who reads the shards one by one calls `verify_counts` after the last.
        """
        return self.checked(shard, _entities(shard))

    def all_entities(self) -> Iterator[Entity]:
        """The documents of all shards, one after the other, counted and verified at the end.

        As `entities`, and raises DamagedExport for a path that occurs in two shards.
        """
        seen: dict[str, Path] = {}
        for shard in self.shards:
            yield from self.checked(shard, _entities(shard), seen)
        self.verify_counts(len(seen))

    def verify_counts(self, documents: int) -> None:
        """Raises DamagedExport unless all shards together held the documents that were written."""
        if documents != self.document_count:
            what = f"its shards hold {documents} documents, {self.document_count} were written"
            raise DamagedExport(self.directory, what)

    def checked(
        self, shard: Path, found: Iterable[_Document], seen: dict[str, Path] | None = None
    ) -> Iterator[_Document]:
        """The documents of a shard as they are found, each checked against those before it.

        Raises DamagedExport for a path that was `seen`, and for another project or database.
        """
        seen = {} if seen is None else seen
        home = None
        for one in found:
            path = one.path
            if path in seen:
                what = f"document {path} is in {seen[path].name} already"
                raise DamagedExport(shard, what, offset=one.offset)
            seen[path] = shard
            if isinstance(one, Entity):
                key = one.key
                if (key.app, key.database_id, key.name_space) != home:
                    self.check_home(one)
                    home = key.app, key.database_id, key.name_space
            yield one

    def check_home(self, entity: Entity) -> None:
        """Raises DamagedExport for a document of another project or database."""
        if _home(entity) != (self.project, self.database):
            what = f"document {entity.path} is of another project or database than the first one"
            raise DamagedExport(entity.file, what, offset=entity.offset)


def _entities(shard: Path) -> Iterator[Entity]:
    for offset, content in RecordReader(shard):
        yield entity_of(content, file=shard, offset=offset)


def _first_home(shards: tuple[Path, ...]) -> tuple[str, str]:
    for shard in shards:
        for entity in _entities(shard):
            return _home(entity)
    return "", DEFAULT_DATABASE


def _home(entity: Entity) -> tuple[str, str]:
    try:
        return home_of(entity.key)
    except UnreadableKeyError as problem:
        raise DamagedExport(entity.file, str(problem), offset=entity.offset) from None


def entity_of(content: bytes, *, file: Path, offset: int) -> Entity:
    """The document of a record; raises DamagedExport for one that is none, or without a path."""
    try:
        message = export_messages.Entity.FromString(content)
        path = path_of(message.key.path.element)
    except DecodeError:
        raise DamagedExport(file, "a record that is no document", offset=offset) from None
    except UnreadableKeyError as problem:
        raise DamagedExport(file, str(problem), offset=offset) from None
    return Entity(path, message, file=file, offset=offset)
