"""What a snapshot holds that no declaration knows: collections, fields, kinds and spellings.

Reads the raw documents and the contract, never the database. Decides nothing: a gate does. The
text to paste is contract/suggest.py's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moonlanding_assets.collecting import no_collecting
from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.contract.language import Collection
from moonlanding_assets.contract.suggest import Shape, Unknown, What, declared_field, printable
from moonlanding_assets.contract.unknown import unknown_fields
from moonlanding_assets.proof.raw import Raw, batches_of, pieces_of

_ENUM = "enum:"
_LIKE_A_WORD = re.compile(r"[^\W\d][\w .&/()'-]{0,39}|[0-9]{1,6}")

Fields = dict[str, Any]


@dataclass
class _Seen:
    """How often one thing was met, and the smallest path that has it."""

    count: int = 0
    example: str = ""
    shape: Shape = field(default_factory=Shape)

    def at(self, path: str, times: int = 1) -> None:
        self.count += times
        if not self.example or path < self.example:
            self.example = path


_Key = tuple[What, tuple[str, ...], str]  # what, names, spelling


class Search:
    """The search in the documents of one collection. An unknown collection is one entry."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.seen: dict[_Key, _Seen] = {}

    def see(self, batch: Sequence[Raw]) -> None:
        """Look through some documents."""
        collection = BY_KEY.get(self.key)
        for one in batch:
            if collection is None:
                _see_whole(self.seen, one.path, one.fields)
            else:
                _see(self.seen, collection, one.path, one.fields)

    def add(self, other: "Search") -> None:
        """Take in what was seen after this, by somebody else."""
        for key, one in other.seen.items():
            mine = self.seen.setdefault(key, _Seen())
            mine.at(one.example, one.count)
            mine.shape.add(one.shape)

    def entries(self) -> Iterator[Unknown]:
        """What was found, in the order of the fields."""
        return _entries(self.key, self.seen)


def find_unknown(sources: Mapping[str, Path]) -> tuple[Unknown, ...]:
    """Everything that no declaration knows, in the order of the collections and their fields.

    sources: collection key → Parquet file of raw documents. An unknown collection is one entry,
    whatever it holds. Counts and field names only; a spelling is shown where it looks like a word.
    """
    searches = {key: Search(key) for key in sources}
    with no_collecting():
        for piece in pieces_of(sources):
            for batch in batches_of(piece):
                searches[piece.collection].see(batch)
    return tuple(one for search in searches.values() for one in search.entries())


def render(unknown: tuple[Unknown, ...]) -> str:
    """A list for people: what, where, how often, an example path."""
    if not unknown:
        return "Every collection, field, kind and spelling is declared.\n"
    lines = []
    for one in unknown:
        said = f" {one.spelling!r}" if one.spelling else ""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(one.shape.kinds.items()))
        where = f"{printable(one.collection)} {one.field}".rstrip()
        lines.append(f"{one.what:<10}  {where}{said}  {one.count} times  {kinds}".rstrip())
        lines.append(f"{'':<10}  for example {printable(one.example)}")
    return "\n".join(lines) + "\n"


def _see_whole(seen: dict[_Key, _Seen], path: str, fields: Fields) -> None:
    """A document of an unknown collection: its fields only shape the suggestion."""
    one = seen.setdefault(("collection", (), ""), _Seen())
    one.at(path)
    for name, value in fields.items():
        one.shape.keys.setdefault(name, Shape()).see(value)


def _see(seen: dict[_Key, _Seen], collection: Collection, path: str, fields: Fields) -> None:
    undeclared: set[tuple[str, ...]] = set()
    for names, kind in unknown_fields(collection, fields):
        if kind.startswith(_ENUM):
            word = kind.removeprefix(_ENUM)
            spelling = word if _LIKE_A_WORD.fullmatch(word) else ""
            seen.setdefault(("spelling", names, spelling), _Seen()).at(path)
            continue
        is_declared = declared_field(collection.key, names) is not None
        one = seen.setdefault(("kind" if is_declared else "field", names, ""), _Seen())
        one.at(path)
        if is_declared:
            one.shape.kinds[kind] = one.shape.kinds.get(kind, 0) + 1
        elif names not in undeclared:
            undeclared.add(names)
            for value in _values(fields, names):
                one.shape.see(value)


def _values(fields: Fields, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Every value at a path whose "[]" stand for all elements of an array."""
    values = [fields[names[0]]] if names[0] in fields else []
    for name in names[1:]:
        if name == "[]":
            values = [
                one for value in values for one in value.get("arrayValue", {}).get("values", ())
            ]
        else:
            maps = [value.get("mapValue", {}).get("fields", {}) for value in values]
            values = [held[name] for held in maps if name in held]
    yield from values


def _entries(collection: str, seen: Mapping[_Key, _Seen]) -> Iterator[Unknown]:
    for (what, names, spelling), one in sorted(seen.items()):
        yield Unknown(
            what=what,
            collection=collection,
            names=names,
            count=one.count,
            example=one.example,
            shape=one.shape,
            spelling=spelling,
        )
