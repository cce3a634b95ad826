"""TableMapping and CollectionMapping: which rows come from which collection, checked at import.

Holds no declaration of its own and nothing that runs over documents.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from moonlanding_assets.contract.language import Collection, Field
from moonlanding_assets.errors import DeclarationError
from moonlanding_assets.mapping.language import Rule
from moonlanding_assets.schema.columns import Table


@dataclass(frozen=True, kw_only=True)
class TableMapping:
    """The rows of one table that a document gives.

    `each`: () for one row a document; ("highlights",) for one row for each item of that array (or
    for that map); ("highlights", "responses") for items inside items. `of_sibling`: the items may
    also exist as documents of that sibling collection, which then give the row instead.
    """

    table: Table
    columns: Mapping[str, Rule]
    each: tuple[str, ...] = ()
    of_sibling: str = ""

    def __post_init__(self) -> None:
        declared = [column.name for column in self.table.columns]
        missing = [name for name in declared if name not in self.columns]
        unknown = [name for name in self.columns if name not in declared]
        if missing or unknown:
            raise DeclarationError(
                f"mapping of {self.table.name}: columns missing {missing}, unknown {unknown}"
            )
        if list(self.columns) != declared:
            raise DeclarationError(f"mapping of {self.table.name}: columns out of order")

    @property
    def names(self) -> Iterator[str]:
        """Every source field name that a column is taken from, relative to the row's source."""
        for rule in self.columns.values():
            yield from getattr(rule, "names", ())
            by_name = getattr(rule, "by_name", "")
            if by_name:
                yield by_name

    @cached_property
    def takes_items(self) -> bool:
        """Whether items of any kind give a row, since a column takes the item itself (".")."""
        return "." in self.names


@dataclass(frozen=True, kw_only=True)
class CollectionMapping:
    """Everything that becomes of the documents of one collection.

    `tables`: the first one gives the document's own row; none: the document is kept whole in the
    residue. `kept`: fields that no column can hold and the residue does, with the reason.
    `declared`: fields that are not migrated on purpose (the residue still holds them).
    """

    collection: Collection
    tables: tuple[TableMapping, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.tables:
            return
        spoken = {*self.kept, *self.declared, *self._taken()}
        rows = {mapping.each[0].split(".")[0] for mapping in self.tables if mapping.each}
        missing = [name for name in _names(self.collection.fields) if not _covers(spoken, name)]
        missing = [name for name in missing if name not in rows]
        for mapping in self.tables:
            items = _item_names(self.collection, mapping.each)
            missing += [name for name in items if not _covers(spoken, name)]
        if missing:
            raise DeclarationError(f"mapping of {self.collection.key}: fields unmapped {missing}")

    def _taken(self) -> Iterator[str]:
        """Every source field that a column is taken from, as a path from the document."""
        for mapping in self.tables:
            for name in mapping.names:
                inside = [] if name.startswith("^") else list(mapping.each)
                yield ".".join((*inside, name.removeprefix("^")))


def _names(fields: tuple[Field, ...]) -> Iterator[str]:
    for one in fields:
        if not one.is_secret:
            yield one.name


def _item_names(collection: Collection, each: tuple[str, ...]) -> Iterator[str]:
    """The declared keys of the items that `each` leads to, with their path before them."""
    fields = collection.fields
    segments = [segment for step in each for segment in step.split(".")]
    for segment in segments:
        found = next((one for one in fields if one.name == segment), None)
        if found is None:
            raise DeclarationError(f"mapping of {collection.key}: no field {'.'.join(segments)}")
        fields = found.items
    if segments:
        for name in _names(fields):
            yield ".".join((*segments, name))


def _covers(spoken: set[str], name: str) -> bool:
    """Whether the name, one above it, or one below it (a part of a map) is spoken for."""
    parts = name.split(".")
    above = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return bool(above & spoken) or any(one.startswith(f"{name}.") for one in spoken)
