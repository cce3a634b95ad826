"""Which columns go back to a document, and as which values: the inverse, column by column.

A copy goes back to the field whose home is elsewhere, unless it is a time of its own row. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import (
    Combine,
    Copy,
    Reference,
    ReferenceList,
    Role,
    Rule,
    Take,
    User,
)
from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.give_back import give_back
from moonlanding_assets.normalize.row import Path, is_nothing, split
from moonlanding_assets.parallel.backward.values import value_at
from moonlanding_assets.source.value import Fields

Going = Take | Combine | Reference | User | ReferenceList | Role


class NotCarriedError(Exception):
    """A row that no document can say; the reason is a code in snake case."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class BackRule:
    """How one column goes back. is_home: the column answers for the field, so it must come again.

    order: homes come after copies, and what is the item itself before everything.
    """

    column: str
    rule: Going
    is_home: bool
    order: int


@cache
def mapping_of(collection: str, table: str, keys: tuple[str, ...]) -> TableMapping | None:
    """The mapping of a table in a collection, by the map keys that lead to its items."""
    for one in MAPPINGS:
        if one.collection.key == collection:
            for mapping in one.tables:
                if (mapping.table.name, steps(mapping.each)) == (table, keys):
                    return mapping
    return None


@cache
def steps(each: tuple[str, ...]) -> tuple[str, ...]:
    """The map keys that lead to the items."""
    return tuple(segment for step in each for segment in step.split("."))


_RULES: dict[int, tuple[BackRule, ...]] = {}


def back_rules(mapping: TableMapping) -> tuple[BackRule, ...]:
    """The columns of a row that go back, in the order in which they are to be written."""
    found = _RULES.get(id(mapping))
    if found is None:
        made = [_back_rule(mapping, name, rule) for name, rule in mapping.columns.items()]
        found = tuple(sorted((one for one in made if one is not None), key=_order))
        _RULES[id(mapping)] = found
    return found


def _order(one: BackRule) -> int:
    return one.order


def _back_rule(mapping: TableMapping, column: str, rule: Rule) -> BackRule | None:
    if isinstance(rule, Copy):
        if rule.by[0].one_way or not _may_go(mapping, column, rule):
            return None
        taken = Take(names=rule.names, by=rule.by)
        is_itself = rule.names == (".",)
        return BackRule(column=column, rule=taken, is_home=False, order=0 if is_itself else 1)
    if isinstance(rule, Reference | User) and rule.is_copy:
        if column == "created_by":  # who made the row is not who a field of it names
            return None
        return BackRule(column=column, rule=replace(rule, is_copy=False), is_home=False, order=1)
    if isinstance(rule, Take) and rule.by[0].one_way:
        return None
    if isinstance(rule, Going):
        return BackRule(column=column, rule=rule, is_home=True, order=2)
    return None


def _may_go(mapping: TableMapping, column: str, rule: Copy) -> bool:
    """A time that is only a copy says when the row was written, not what the field means."""
    if mapping.table.column(column).meaning != "time":
        return True
    return any(
        isinstance(home, Take) and name == column and home.names == rule.names
        for other in _beside(mapping)
        for name, home in other.columns.items()
    )


def _beside(mapping: TableMapping) -> tuple[TableMapping, ...]:
    return next(one.tables for one in MAPPINGS if mapping in one.tables)


def place_of(name: str, position: Path) -> Path:
    """Where in the document a declared name is, for a row at that position."""
    of_document, segments = split(name)
    return segments if of_document else (*position, *segments)


def chosen_name(rule: Going, fields: Fields, position: Path) -> int:
    """Which of the rule's names holds the value now; the first where none does.

    A person is always named by the first: the other names are fields of their own.
    """
    if isinstance(rule, User):
        return 0
    for place, name in enumerate(rule.names):
        value = value_at(fields, place_of(name, position))
        if value is not None and _says(rule, place, value):
            return 0 if isinstance(rule, Take) and rule.by[place].one_way else place
    return 0


def said_places(rule: Going, fields: Fields, position: Path) -> list[Path]:
    """Where the document says the column's value now, by whichever of the rule's names."""
    places = [place_of(name, position) for name in rule.names]
    values = [value_at(fields, place) for place in places]
    return [
        place
        for number, (place, value) in enumerate(zip(places, values, strict=True))
        if value is not None and _says(rule, number, value)
    ]


def _says(rule: Going, place: int, value: Value) -> bool:
    if not isinstance(rule, Take):
        return not is_nothing(value)
    try:
        return rule.by[place].forward(value) is not None
    except RejectedValue:
        return False


def given(
    rule: Going, value: SqlValue, *, chosen: int, directory: Directory
) -> Mapping[str, Value | None]:
    """The fields that the column stands for; raises NotCarriedError where it stands for none."""
    try:
        found = dict(give_back(rule, value, chosen=chosen, directory=directory))
    except (RejectedValue, KeyError, ValueError, TypeError, AttributeError):
        raise NotCarriedError("not_given_back") from None
    if not found or (not isinstance(rule, Combine) and None in found.values()):
        raise NotCarriedError("not_given_back")
    return found
