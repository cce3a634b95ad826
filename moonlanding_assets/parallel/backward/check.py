"""Which columns go back and which cannot: asked of the mapping, before the switch.

Reads declarations only. A column that does not go back keeps what applications write in
Moonlanding; the old systems never see it, and a switch back leaves it where it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import (
    Ancestor,
    Combine,
    Completed,
    Constant,
    Copy,
    Derive,
    Key,
    Parent,
    Position,
    Reference,
    Rule,
    Take,
    Unset,
    User,
)
from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.parallel.backward.places import PLACES
from moonlanding_assets.parallel.backward.rules import back_rules
from moonlanding_assets.schema.catalogue import BASE_TABLES

Standing = Literal["goes", "stays", "refused"]

#: The tables that people edit: every one that a document gives rows of, in the schema's order.
EDITED: tuple[str, ...] = tuple(
    table.name
    for table in BASE_TABLES
    if any(one.table.name == table.name for mapping in MAPPINGS for one in mapping.tables)
)


@dataclass(frozen=True, kw_only=True)
class ColumnStanding:
    """One column of one collection's rows; goes back, stays here, or may not be changed.

    collection: "" of a table without a source document; column: "*" for all of its columns.
    """

    table: str
    column: str
    collection: str
    standing: Standing
    reason: str


def standings() -> Iterator[ColumnStanding]:
    """Every column of every base table, by collection, in the schema's order."""
    for table in BASE_TABLES:
        if table.name not in EDITED:
            yield ColumnStanding(
                table=table.name,
                column="*",
                collection="",
                standing="stays",
                reason="no document is the source of this table: it is Moonlanding's own",
            )
    for mapping in MAPPINGS:
        for one in mapping.tables:
            if one.table.name in EDITED:
                yield from _of(mapping.collection.key, one)


def _of(collection: str, mapping: TableMapping) -> Iterator[ColumnStanding]:
    going = {rule.column for rule in back_rules(mapping)}
    for column, rule in mapping.columns.items():
        standing, reason = _GOES if column in going else _why(rule)
        yield ColumnStanding(
            table=mapping.table.name,
            column=column,
            collection=collection,
            standing=standing,
            reason=reason,
        )


_GOES: tuple[Standing, str] = ("goes", "")


def _why(rule: Rule) -> tuple[Standing, str]:
    if isinstance(rule, Key):
        return "refused", "the id of a row is the place of its document: make a new row"
    if isinstance(rule, Parent | Ancestor):
        return "stays", "a document does not move below another one: make a new row there"
    if isinstance(rule, Take | Copy) and rule.by[0].one_way:
        return "stays", f"one-way: {rule.by[0].one_way}"
    return "stays", _NOT_BACK[type(rule)]


_NOT_BACK: dict[type, str] = {
    Unset: "no field of a document holds it",
    Derive: "made of other values by a rule; the old systems make it again",
    Completed: "made of other rows; the old systems make it again",
    Constant: "says what kind of document it is",
    Position: "the place in its array",
    Copy: "a time of the row alone; the field is another column's",
    Reference: "a copy of who made the row",
    User: "a copy of who made the row",
    Combine: "has no way back",
}


def born_nowhere() -> tuple[str, ...]:
    """Tables that people edit but whose new rows have no place of their own among documents."""
    return tuple(table for table in EDITED if table not in PLACES)
