"""One document rebuilt from its rows and its residue. Pure: no file, no SQL.

Uses the same inverse of every rule as the engine (normalize/give_back.py); nothing else of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

import orjson

from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import (
    Rule,
)
from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.give_back import INVERTIBLE, give_back
from moonlanding_assets.normalize.row import Path, split


@dataclass(frozen=True, kw_only=True)
class StoredRow:
    """A row of the database: `position` is () for the document's own row, else the item's path.

    derived: the columns whose value no source field holds.
    """

    table: str
    columns: Mapping[str, SqlValue]
    position: Path = ()
    derived: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Residue:
    """One line of the residue; `value` is None for the reasons absent and alias."""

    path: Path
    reason: str
    value: Value | None


@dataclass
class _Tree:
    """Fields under construction; arrays may have gaps until the residue has filled them."""

    fields: dict[str, Any] = field(default_factory=dict)

    def put(self, path: Path, value: Value) -> None:
        """Set a value, making the maps and arrays that lead to it."""
        node: Any = self.fields
        for segment, after in pairwise(path):
            node = _below(node, segment, is_array=isinstance(after, int))
        _set(node, path[-1], value)

    def touch(self, path: Path) -> None:
        """Make sure that there is at least an empty map."""
        node: Any = self.fields
        for segment, after in zip(path, (*path[1:], ""), strict=True):
            node = _below(node, segment, is_array=isinstance(after, int))

    def remove(self, path: Path) -> None:
        """Take away what the inverse gave though the document has nothing there."""
        node: Any = self.fields
        for segment in path[:-1]:
            node = _inside(_get(node, segment))
            if node is None:
                return
        if isinstance(node, dict):
            node.pop(path[-1], None)


def rebuild(
    collection: str, rows: Iterable[StoredRow], residue: Sequence[Residue], directory: Directory
) -> dict[str, Any]:
    """The document's fields: what its rows give back, then the residue on top."""
    tree = _Tree()
    aliases = {one.path for one in residue if one.reason in ("alias", "form_alias")}
    for row in rows:
        _give_row(tree, _mapping(collection, row), row, aliases, directory)
    for one in residue:
        if one.reason == "absent":
            tree.remove(one.path)
    for one in residue:
        if one.value is not None:
            tree.put(one.path, one.value)
    return tree.fields


def _give_row(
    tree: _Tree, mapping: TableMapping, row: StoredRow, aliases: set[Path], directory: Directory
) -> None:
    rules = _invertible(mapping)
    if rules and row.position:
        tree.touch(row.position)
    for column, rule in rules.items():
        value = row.columns[column]
        if value is None or column in row.derived:
            continue
        chosen = _chosen(rule, row.position, aliases)
        for name, given in give_back(rule, value, chosen=chosen, directory=directory):
            if given is not None:
                tree.put(_place(name, row.position), given)


def _chosen(rule: Rule, position: Path, aliases: set[Path]) -> int:
    """Which of the rule's names the value came by: the first, unless an alias says otherwise."""
    for place, name in enumerate(getattr(rule, "names", ())):
        if place and _place(name, position) in aliases:
            return place
    return 0


def _place(name: str, position: Path) -> Path:
    of_document, segments = split(name)
    return segments if of_document else (*position, *segments)


@cache
def _mappings() -> Mapping[tuple[str, str, Path], TableMapping]:
    return {
        (one.collection.key, table.table.name, _steps(table)): table
        for one in MAPPINGS
        for table in one.tables
    }


def _steps(mapping: TableMapping) -> Path:
    return tuple(segment for step in mapping.each for segment in step.split("."))


def _mapping(collection: str, row: StoredRow) -> TableMapping:
    steps = tuple(segment for segment in row.position if isinstance(segment, str))
    return _mappings()[(collection, row.table, steps)]


_INVERTIBLE: dict[int, dict[str, Rule]] = {}


def _invertible(mapping: TableMapping) -> dict[str, Rule]:
    """The columns whose rules can give something back."""
    found = _INVERTIBLE.get(id(mapping))
    if found is None:
        found = {column: rule for column, rule in mapping.columns.items() if _gives(rule)}
        _INVERTIBLE[id(mapping)] = found
    return found


def _gives(rule: Rule) -> bool:
    return isinstance(rule, INVERTIBLE) and not getattr(rule, "is_copy", False)


def _below(node: Any, segment: str | int, *, is_array: bool) -> Any:
    """The inside of the map or array at `segment`, made when it is missing or of another kind."""
    inside = _inside(_get(node, segment))
    if inside is None or isinstance(inside, list) != is_array:
        made: Any = {"arrayValue": {"values": []}} if is_array else {"mapValue": {"fields": {}}}
        _set(node, segment, made)
        inside = _inside(made)
    return inside


def _inside(value: Any) -> Any:
    if not value:
        return None
    if "mapValue" in value:
        return value["mapValue"]["fields"]
    return value["arrayValue"]["values"] if "arrayValue" in value else None


def _get(node: Any, segment: str | int) -> Any:
    if isinstance(node, list):
        return node[segment] if isinstance(segment, int) and segment < len(node) else None
    return node.get(segment)


def _set(node: Any, segment: str | int, value: Any) -> None:
    if isinstance(node, list) and isinstance(segment, int):
        node.extend([None] * (segment + 1 - len(node)))
    node[segment] = value


def path_of(text: str) -> Path:
    """A path as the ledger writes it: a JSON array of keys and indexes."""
    return tuple(orjson.loads(text))
