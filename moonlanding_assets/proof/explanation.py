"""What an explanation holds, and how a value is shown without showing it.

Holds no query (explain.py) and no layout (explain_text.py).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from moonlanding_assets.contract.suggest import printable
from moonlanding_assets.mapping.transform import SqlValue

ROW_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SHOWN = 200  # characters of a value that a person asked to see


@dataclass(frozen=True, kw_only=True)
class ColumnLine:
    """One column of a row: `sources` that it comes from, how, its value's shape, what to know."""

    column: str
    sources: tuple[str, ...]
    how: str
    value: str
    note: str


@dataclass(frozen=True, kw_only=True)
class RowPart:
    """One row that the document gives; place is "" for its own row, else the item's path."""

    table: str
    row_id: str
    place: str
    columns: tuple[ColumnLine, ...]


@dataclass(frozen=True, kw_only=True)
class ResidueLine:
    """One value that the residue keeps, or a remark to the inverse (value "")."""

    field: str
    reason: str
    meaning: str
    value: str


@dataclass(frozen=True, kw_only=True)
class QuarantineLine:
    """One line of the quarantine: locator "" is the document, field "" the whole of it."""

    locator: str
    table: str
    field: str
    reason: str
    meaning: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class MergeLine:
    """How one document stands to the user row it is merged into; field "" is the merge itself."""

    path: str
    field: str
    role: str
    relation: str
    needs_review: bool


@dataclass(frozen=True, kw_only=True)
class PlaceholderLine:
    """An invented row that this one refers to, or that is explained itself."""

    table: str
    row_id: str
    key: str
    reason: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class DocumentPart:
    """What became of one document. leaves: outcome → count.

    snapshot: same, differs or missing where raw documents were given, else "".
    """

    path: str
    collection: str
    outcome: str
    reason: str
    meaning: str
    sha256: str
    snapshot: str
    leaves: Mapping[str, int]
    rows: tuple[RowPart, ...]
    residue: tuple[ResidueLine, ...]
    quarantine: tuple[QuarantineLine, ...]
    merges: tuple[MergeLine, ...]
    placeholders: tuple[PlaceholderLine, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What became of a document, or which documents a row comes from (several: a merged user)."""

    subject: str
    documents: tuple[DocumentPart, ...]
    notes: tuple[str, ...] = ()


def value_shape(value: Mapping[str, Any], *, show: bool) -> str:
    """A REST value as its kind, length and hash; `show`: the value itself."""
    ((name, payload), *_) = value.items()
    kind = name.removesuffix("Value")
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if show:
        return _shown(text.decode())
    held = payload.get("values" if kind == "array" else "fields") if kind in _NESTED else payload
    length = f" {len(held or ())}" if kind in (*_NESTED, "string", "bytes") else ""
    return f"{kind}{length} {_hash(text)}"


_NESTED = ("array", "map")


def column_shape(value: SqlValue, *, show: bool) -> str:
    """A column value as its kind, length and hash; ids of rows and NULL are shown as they are."""
    if value is None:
        return "NULL"
    text = str(value)
    if show or (isinstance(value, str) and ROW_ID.fullmatch(value)):
        return _shown(text)
    kind = f"text {len(text)}" if isinstance(value, str) else "number"
    return f"{kind} {_hash(text.encode())}"


def key_shape(key: str, *, show: bool) -> str:
    """What references say of a missing document; an e-mail address only as its hash."""
    kind, sign, rest = key.partition(":")
    if kind == "email" and not show:
        return f"email{sign}{_hash(rest.encode())}"
    return _shown(key)


def _hash(content: bytes) -> str:
    return f"#{hashlib.sha256(content).hexdigest()[:8]}"


def _shown(text: str) -> str:
    return printable(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)")
