"""The place a row is made in: one document or array item, with its claims on source fields.

Holds look-up and bookkeeping. How each rule is carried out is in evaluate.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.people import email
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.directory import Directory, rest_of

Segment = str | int
Path = tuple[Segment, ...]
Fields = Mapping[str, Value]


@dataclass(frozen=True)
class Reject:
    """A value, item or document that cannot be carried: where, and why."""

    locator: str
    table: str
    field: str
    reason: str


@dataclass
class Work:
    """One document while its rows are made.

    claims: tree of path segments; a leaf is "" where the rows give the value back exactly, else
    the reason why the residue keeps it. absent: paths that the inverse gives though the document
    has nothing there. aliases: paths whose value came by a rule's second or later name.
    """

    path: str
    collection: str
    fields: Fields
    directory: Directory
    whole_seconds: bool = False
    claims: dict[Segment, Any] = field(default_factory=dict)
    absent: list[Path] = field(default_factory=list)
    aliases: list[Path] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    derived: list[tuple[str, str, str, str]] = field(default_factory=list)

    def claim(self, path: Path, reason: str = "") -> None:
        """Say what becomes of the value at `path`: "" is given back exactly by the rows."""
        node = self.claims
        for segment in path[:-1]:
            below = node.setdefault(segment, {})
            if not isinstance(below, dict):
                return
            node = below
        node[path[-1]] = reason

    def mark(self) -> tuple[int, int, int]:
        """A place to come back to with `forget_since`."""
        return len(self.absent), len(self.aliases), len(self.derived)

    def forget_since(self, mark: tuple[int, int, int]) -> None:
        """Forget what a row noted that cannot be made; claims on its source stay."""
        absent, aliases, derived = mark
        del self.absent[absent:], self.aliases[aliases:], self.derived[derived:]

    def forget_claims(self) -> None:
        """Start over: the document's rows give nothing back."""
        self.claims.clear()
        self.absent.clear()
        self.aliases.clear()
        self.derived.clear()


@dataclass
class SourceRow:
    """One row to be: where in the document it comes from, and its columns so far."""

    work: Work
    table: str
    id: str
    scope: Fields
    item: Value | None = None
    where: Path = ()
    locator: str = ""
    position: str = ""
    index: int = 0
    parents: tuple[str, ...] = ()
    columns: dict[str, SqlValue] = field(default_factory=dict)

    @property
    def snapshot_time(self) -> str:
        """When the snapshot was taken, ISO 8601 UTC."""
        return self.work.directory.snapshot_time

    def value(self, name: str) -> Value | None:
        """A field of the item or document; "^" before the name means the document."""
        return self.find(name)[0]

    @property
    def document_id(self) -> str:
        """The id of the document, the last segment of its path."""
        return rest_of(self.work.path)

    def row_of(self, collection: str, document_id: str) -> str | None:
        """The row id of another document, None when it does not exist."""
        return self.work.directory.ids.get(target_path(collection, document_id, self.work.path))

    def name_of(self, collection: str, document_id: str) -> str | None:
        """The name of another document, None when the snapshot has none."""
        return self.work.directory.names.get(target_path(collection, document_id, self.work.path))

    def role_of(self, name: str) -> str | None:
        """The role of the user whose e-mail is in that field."""
        try:
            address = email.forward(self.value(name) or {"nullValue": None})
        except RejectedValue:
            return None
        return self.work.directory.role_of_email.get(str(address))

    def linked_engagement(self) -> str | None:
        """The row of the one engagement whose review_link names this review."""
        return self.work.directory.engagement_of_review.get(self.document_id)

    def placeholder(self, table: str, key: str, reason: str) -> str:
        """The id of a placeholder row, which is made when it is not there yet."""
        return self.work.directory.placeholder(table, key, reason=reason)

    def find(self, name: str) -> tuple[Value | None, Path]:
        """The value of a field name, and its full path in the document."""
        of_document, segments = split(name)
        if of_document:
            return dig(self.work.fields, segments), segments
        if not segments:
            return self.item, self.where
        return dig(self.scope, segments), (*self.where, *segments)

    def reject(self, name: str, reason: str) -> None:
        """Record that a value was refused; the residue keeps it."""
        self.work.rejects.append(Reject(self.locator, self.table, name, reason))


@cache
def split(name: str) -> tuple[bool, tuple[str, ...]]:
    """A declared field name: of the document ("^"), the item itself ("."), dots into maps."""
    of_document = name.startswith("^")
    bare = name.removeprefix("^")
    return of_document, () if bare == "." else tuple(bare.split("."))


def dig(fields: Fields, segments: tuple[str, ...]) -> Value | None:
    """The value at a path of map keys, None where there is none."""
    value = fields.get(segments[0])
    for segment in segments[1:]:
        if value is None:
            return None
        value = inner(value).get(segment)
    return value


def inner(value: Value) -> Fields:
    """The fields of a map value; nothing for any other kind."""
    held = value.get("mapValue")
    return held["fields"] if held else {}


def elements(value: Value | None) -> list[Value] | None:
    """The elements of an array value; a map counts as one element; None for anything else."""
    if value is None:
        return None
    held = value.get("arrayValue")
    if held is not None:
        return list(held["values"])
    return [value] if "mapValue" in value else None


def is_nothing(value: Value | None) -> bool:
    """Missing, null, or the empty string that both systems use for "not set"."""
    return value is None or "nullValue" in value or value.get("stringValue") == ""


def target_path(collection: str, key: str, path: str) -> str:
    """The path of the document `key` of a collection, beside or above the document at `path`."""
    pattern = BY_KEY[collection].patterns[0].split("/")
    own = path.split("/")
    filled = [own[n] if part.startswith("{") else part for n, part in enumerate(pattern[:-1])]
    return "/".join((*filled, key))
