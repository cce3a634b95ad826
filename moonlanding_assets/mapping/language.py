"""The words in which a mapping is declared: what a column is taken from, and by which transform.

Holds no mapping (friday.py, mwr.py), no transform (transforms.py) and nothing that runs over
documents (normalize/).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from moonlanding_assets.mapping.transform import SqlValue, Transform, Value


class Row(Protocol):
    """What a fallback may look at: the source around the row, and the columns made so far."""

    @property
    def columns(self) -> Mapping[str, SqlValue]:
        """The columns of this row that are already known, by name."""

    @property
    def snapshot_time(self) -> str:
        """When the snapshot was taken, ISO 8601 UTC."""

    @property
    def document_id(self) -> str:
        """The id of the document, the last segment of its path."""

    @property
    def index(self) -> int:
        """The place of the item in its array, from 0."""

    def value(self, name: str) -> Value | None:
        """A field of the document or item (dots go into maps; "^" first: of the document)."""

    def row_of(self, collection: str, document_id: str) -> str | None:
        """The row id of another document, None when it does not exist."""

    def name_of(self, collection: str, document_id: str) -> str | None:
        """The name of another document, None when the snapshot has none."""

    def role_of(self, name: str) -> str | None:
        """The role of the user whose e-mail is in that field."""

    def linked_engagement(self) -> str | None:
        """The row of the one engagement whose review_link names this review."""

    def placeholder(self, table: str, key: str, reason: str) -> str:
        """The id of a placeholder row, which is made when it is not there yet."""


@dataclass(frozen=True)
class Fallback:
    """A value that the source does not have, made by a documented rule and recorded as derived."""

    rule: str
    make: Callable[[Row], SqlValue]


@dataclass(frozen=True)
class Combination:
    """Several fields that become one column. `inverse` gives one value (or None) for each field."""

    name: str
    forward: Callable[[tuple[Value | None, ...]], SqlValue]
    inverse: Callable[[SqlValue], tuple[Value | None, ...]]


@dataclass(frozen=True, kw_only=True)
class Take:
    """The first of `names` that holds something, by its transform; the inverse gives it back.

    `completed`: the completion (normalize) that fills the column where the source has nothing.
    """

    names: tuple[str, ...]
    by: tuple[Transform, ...]
    otherwise: Fallback | None = None
    completed: str = ""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """As Take, but the value has its home in another column: the inverse leaves it alone."""

    names: tuple[str, ...]
    by: tuple[Transform, ...]
    otherwise: Fallback | None = None


@dataclass(frozen=True, kw_only=True)
class Combine:
    """All of `names` together, by a combination."""

    names: tuple[str, ...]
    by: Combination


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The row of another document, by its id; collections in `to` are tried in order.

    `placeholder`: a target that does not exist becomes a placeholder row of that table.
    `by_name`: a field whose text names the target when its name is unique.
    """

    names: tuple[str, ...]
    to: tuple[str, ...]
    placeholder: str = ""
    by_name: str = ""
    is_copy: bool = False
    otherwise: Fallback | None = None


@dataclass(frozen=True, kw_only=True)
class User:
    """The row of a user, by e-mail or id (`by`: how the source usually says it).

    `first`: the source is an array, and its first element counts.
    """

    names: tuple[str, ...]
    to: str
    by: Literal["email", "id"]
    first: bool = False
    is_copy: bool = False
    otherwise: Fallback | None = None


@dataclass(frozen=True, kw_only=True)
class ReferenceList:
    """An array of references as a JSON array of row ids; `users` also accepts e-mails and maps."""

    names: tuple[str, ...]
    to: str
    users: bool = False


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role id, looked up in the role collections of the system, as one of the target's roles."""

    names: tuple[str, ...]
    to: Literal["friday", "mwr"]
    otherwise: Fallback | None = None


@dataclass(frozen=True)
class Key:
    """The id of the row itself."""


@dataclass(frozen=True)
class Parent:
    """The id of the row that encloses this one: `level` 0 is the document's own row."""

    level: int = 0


@dataclass(frozen=True)
class Ancestor:
    """The row of the document at the first `segments` path segments."""

    segments: int
    to: str
    placeholder: str


@dataclass(frozen=True)
class Position:
    """The index of the item in its array, from 0."""


@dataclass(frozen=True)
class Constant:
    """The same value in every row, with the reason."""

    value: SqlValue
    why: str


@dataclass(frozen=True)
class Derive:
    """A value made from the row for every row, by a documented rule; nothing to give back."""

    make: Fallback


@dataclass(frozen=True)
class Unset:
    """Nothing in the source: the column gets its default."""


@dataclass(frozen=True)
class Completed:
    """Filled after all documents are read, by the completion of that name (normalize)."""

    rule: str


Rule = (
    Take | Copy | Combine | Reference | User | ReferenceList | Role | Key | Parent | Ancestor
    | Position | Constant | Derive | Unset | Completed
)  # fmt: skip


By = Transform | tuple[Transform, ...]


def take(*names: str, by: By, otherwise: Fallback | None = None, completed: str = "") -> Take:
    """The first of the fields that holds something; one transform for all, or one for each."""
    return Take(names=names, by=_each(by, names), otherwise=otherwise, completed=completed)


def copy(*names: str, by: By, otherwise: Fallback | None = None) -> Copy:
    """A second place for a value that has its home in another column."""
    return Copy(names=names, by=_each(by, names), otherwise=otherwise)


def combine(*names: str, by: Combination) -> Combine:
    """Several fields as one column."""
    return Combine(names=names, by=by)


def reference(*names: str, to: str, **how: Any) -> Reference:
    """The row of the document that the field names."""
    return Reference(names=names, to=(to,), **how)


def user(*names: str, to: str, by: Literal["email", "id"], **how: Any) -> User:
    """The row of the user that the field names."""
    return User(names=names, to=to, by=by, **how)


def _each(by: By, names: tuple[str, ...]) -> tuple[Transform, ...]:
    return by if isinstance(by, tuple) else (by,) * len(names)
