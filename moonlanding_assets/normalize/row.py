"""The place a row is made in: one document or array item, with its claims on source fields.

Holds look-up and bookkeeping. How each rule is carried out is in evaluate.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import Fallback
from moonlanding_assets.mapping.people import email
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.directory import Directory, rest_of

Segment = str | int
Path = tuple[Segment, ...]
Fields = Mapping[str, Value]
Claims = dict[Segment, Any]


@dataclass(frozen=True)
class Reject:
    """A value, item or document that cannot be carried: where, and why."""

    locator: str
    table: str
    field: str
    reason: str


@dataclass(slots=True)
class Item:
    """An item of an array in a document (or a map that counts as one), which rows are made of.

    key: its own id, or "@" and its index. parents: the ids of the rows that enclose it.
    """

    id: str
    value: Value
    fields: Fields
    where: Path
    locator: str
    key: str
    index: int
    parents: tuple[str, ...]


@dataclass(slots=True)
class Work:
    """One document while its rows are made.

    claims: tree of path segments; a leaf is "" where the rows give the value back exactly, else
    the reason why the residue keeps it. absent: paths that the inverse gives though the document
    has nothing there. aliases: paths whose value came by a rule's second or later name.
    items: the array items of each place that rows were made of, found once for all tables.
    """

    path: str
    collection: str
    fields: Fields
    directory: Directory
    whole_seconds: bool = False
    claims: Claims = field(default_factory=dict)
    absent: list[Path] = field(default_factory=list)
    aliases: list[Path] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    derived: list[tuple[str, str, str, str]] = field(default_factory=list)
    items: dict[tuple[str, ...], list[Item]] = field(default_factory=dict)

    def claim(self, path: Path, reason: str = "") -> None:
        """Say what becomes of the value at `path`: "" is given back exactly by the rows."""
        self.claims_at(path[:-1])[path[-1]] = reason

    def claims_at(self, path: Path) -> Claims:
        """The claims inside the map or array at `path`; lost ones where it is claimed whole."""
        node = self.claims
        for segment in path:
            below = node.get(segment)
            if below is None:
                below = node[segment] = {}
            elif not isinstance(below, dict):
                return {}
            node = below
        return node

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


@dataclass(slots=True)
class SourceRow:
    """One row to be: where in the document it comes from, and its columns so far.

    claims: those inside its item or document, from the first one on.
    """

    work: Work
    table: str
    id: str
    scope: Fields
    item: Value | None = None
    where: Path = ()
    locator: str = ""
    index: int = 0
    parents: tuple[str, ...] = ()
    columns: dict[str, SqlValue] = field(default_factory=dict)
    claims: Claims | None = None

    @property
    def position(self) -> str:
        """Where an item is, as a JSON array of segments; "" for the document itself."""
        return orjson.dumps(self.where).decode() if self.locator else ""

    @property
    def snapshot_time(self) -> str:
        """When the snapshot was taken, ISO 8601 UTC."""
        return self.work.directory.snapshot_time

    def value(self, name: str) -> Value | None:
        """A field of the item or document; "^" before the name means the document."""
        of_document, segments = split(name)
        if not segments:
            return self.item
        return dig(self.work.fields if of_document else self.scope, segments)

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
        return self.value(name), segments if of_document else (*self.where, *segments)

    def claim_field(self, name: str, reason: str = "") -> None:
        """As Work.claim, for a field of the item or document itself (no dots)."""
        claims = self.claims
        if claims is None:
            claims = self.claims = self.work.claims_at(self.where)
        claims[name] = reason

    def fall_back(self, otherwise: Fallback | None, column: str) -> SqlValue:
        """What a rule gives where the source has nothing; the ledger records it as derived."""
        if otherwise is None:
            return None
        value = otherwise.make(self)
        if value is not None:
            self.work.derived.append((self.table, self.id, column, otherwise.rule))
        return value

    def reject(self, name: str, reason: str) -> None:
        """Record that a value was refused; the residue keeps it."""
        self.work.rejects.append(Reject(self.locator, self.table, name, reason))


Make = Callable[[SourceRow], SqlValue]


@cache
def split(name: str) -> tuple[bool, tuple[str, ...]]:
    """A declared field name: of the document ("^"), the item itself ("."), dots into maps."""
    of_document = name.startswith("^")
    bare = name.removeprefix("^")
    return of_document, () if bare == "." else tuple(bare.split("."))


def is_plain_name(name: str) -> bool:
    """Whether a declared field name is that of one field of the item or document itself."""
    return split(name) == (False, (name,))


def dig(fields: Fields, segments: tuple[str, ...]) -> Value | None:
    """The value at a path of map keys, None where there is none."""
    value = fields.get(segments[0])
    for segment in segments[1:]:
        if value is None:
            return None
        held = value.get("mapValue")
        if not held:
            return None
        value = held["fields"].get(segment)
    return value


def is_nothing(value: Value | None) -> bool:
    """Missing, null, or the empty string that both systems use for "not set"."""
    return value is None or "nullValue" in value or value.get("stringValue") == ""


@cache
def _pattern(collection: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """A collection's path up to its first variable part; the parts from there, -1 a fixed one."""
    parts = BY_KEY[collection].patterns[0].split("/")[:-1]
    fixed = next((n for n, part in enumerate(parts) if part.startswith("{")), len(parts))
    rest = [(n if part.startswith("{") else -1, part) for n, part in enumerate(parts)]
    return "".join(f"{part}/" for part in parts[:fixed]), tuple(rest[fixed:])


def target_path(collection: str, key: str, path: str) -> str:
    """The path of the document `key` of a collection, beside or above the document at `path`."""
    start, rest = _pattern(collection)
    if not rest:
        return start + key
    own = path.split("/")
    filled = "".join(f"{part if place < 0 else own[place]}/" for place, part in rest)
    return f"{start}{filled}{key}"
