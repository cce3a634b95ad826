"""The words in which a source collection is declared: Collection, Field and their references.

Holds no declaration of a collection (friday.py, mwr.py) and no reading of documents.
"""

import dataclasses
import re
from dataclasses import dataclass
from typing import Literal

from moonlanding_assets.errors import DeclarationError

Kind = Literal[
    "null", "boolean", "integer", "double", "timestamp", "string", "bytes", "reference",
    "geopoint", "array", "map",
]  # fmt: skip
Presence = Literal["migrate", "declared", "secret"]
By = Literal["id", "email", "id_or_email", "name"]


@dataclass(frozen=True, kw_only=True)
class Refers:
    """A field that points to documents.

    `to` names collections by key, tried in order. `by` says what the value holds: id (a
    document id, or a map with `cloud_id`), email (of a user, in any case and with blanks around
    it), id_or_email (an e-mail when it has an @) or name. `inside` is the number of leading path
    segments that the target shares with the document (0: found from its id alone).
    """

    to: tuple[str, ...]
    by: By = "id"
    inside: int = 0

    def __post_init__(self) -> None:
        if not self.to:
            raise DeclarationError("a reference names at least one collection")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a document, of a map, or of the maps in an array.

    `kinds` are the value kinds that the source is known to hold; `items` the declared keys of a
    map, or of each map of an array; `element_kinds` the kinds of plain array elements. `enum`
    holds every spelling of a string, of an integer in decimal, or of an array's strings.
    `has_any_keys`: what is below the field is free. `is_url`: a query string after the value is
    withheld. `by_name` and `has_references` follow from the rest.
    """

    name: str
    kinds: tuple[Kind, ...]
    items: tuple["Field", ...] = ()
    element_kinds: tuple[Kind, ...] = ()
    enum: tuple[str, ...] = ()
    refers: Refers | None = None
    is_secret: bool = False
    is_url: bool = False
    is_personal: bool = False
    has_any_keys: bool = False
    note: str = ""
    by_name: dict[str, "Field"] = dataclasses.field(init=False, compare=False, repr=False)
    has_references: bool = dataclasses.field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if any(item.is_secret for item in self.items):
            raise DeclarationError(f"field {self.name}: only a top-level field can be secret")
        below = any(item.has_references for item in self.items)
        object.__setattr__(self, "by_name", _index(self.name, self.items))
        object.__setattr__(self, "has_references", below or self.refers is not None)


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A path pattern and what its documents hold.

    `patterns`: path patterns, segments in braces stand for one id. `presence`: migrate,
    declared (not migrated on purpose, `reason` says why) or secret (never read). `id_refers`:
    what the document's own id points to, if it is the id of another document.
    """

    key: str
    system: Literal["friday", "mwr"]
    patterns: tuple[str, ...]
    purpose: str
    fields: tuple[Field, ...] = ()
    presence: Presence = "migrate"
    reason: str = ""
    id_refers: Refers | None = None
    expressions: tuple[re.Pattern[str], ...] = dataclasses.field(init=False, compare=False)
    by_name: dict[str, Field] = dataclasses.field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.presence != "migrate" and not self.reason:
            raise DeclarationError(f"collection {self.key}: {self.presence} needs a reason")
        compiled = tuple(re.compile(_expression(pattern)) for pattern in self.patterns)
        object.__setattr__(self, "expressions", compiled)
        object.__setattr__(self, "by_name", _index(self.key, self.fields))

    def matches(self, path: str) -> bool:
        """Whether the document path (without project prefix) belongs to this collection."""
        return any(expression.fullmatch(path) for expression in self.expressions)

    def field(self, name: str) -> Field | None:
        """The declared top-level field of that name, or None."""
        return self.by_name.get(name)

    @property
    def secret_fields(self) -> frozenset[str]:
        """The names of the top-level fields that are never decoded."""
        return frozenset(one.name for one in self.fields if one.is_secret)


def _index(owner: str, fields: tuple[Field, ...]) -> dict[str, Field]:
    index = {one.name: one for one in fields}
    if len(index) != len(fields):
        raise DeclarationError(f"{owner}: a field is declared twice")
    return index


def _expression(pattern: str) -> str:
    segments = pattern.split("/")
    if len(segments) % 2:
        raise DeclarationError(f"pattern {pattern}: a document path has an even number of parts")
    return "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in segments)
