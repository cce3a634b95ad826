"""How each rule makes the value of a column, and what it claims of the source.

Holds one small function a rule, which is given the rule and the column once and returns what runs
for every row: all that the rule alone decides is decided before. Pure: a row in, a value and
bookkeeping on the row out.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import (
    Ancestor,
    Combine,
    Constant,
    Copy,
    Derive,
    Key,
    Parent,
    Position,
    Reference,
    ReferenceList,
    Role,
    Rule,
    Take,
    User,
)
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.refer import (
    ancestor_maker,
    list_maker,
    reference_maker,
    refuse,
    role_maker,
    user_maker,
)
from moonlanding_assets.normalize.row import Make, SourceRow, is_plain_name
from moonlanding_assets.normalize.settle import settle, settler


def maker(rule: Rule, column: str) -> Make:
    """What makes the value of a column; rejected values leave it empty and are recorded."""
    return _MAKERS[type(rule)](rule, column)


def _take(rule: Take, column: str) -> Make:
    if len(rule.names) == 1 and is_plain_name(rule.names[0]):
        return _take_field(rule, column)
    settles = [settler(rule, chosen) for chosen in range(len(rule.names))]

    def make(row: SourceRow) -> SqlValue:
        value, chosen, source = _first(rule, row)
        if source is None:
            return row.fall_back(rule.otherwise, column)
        settles[chosen](row, value, source)
        return value

    return make


def _take_field(rule: Take, column: str) -> Make:
    """By far the most frequent rule: one field of the item or document itself."""
    [name], [by], otherwise = rule.names, rule.by, rule.otherwise
    forward, settles = by.forward, settler(rule, 0)

    def make(row: SourceRow) -> SqlValue:
        source = row.scope.get(name)
        if source is not None:
            try:
                value = forward(source)
            except RejectedValue as rejected:
                refuse(row, name, rejected)
                value = None
            if value is not None:
                settles(row, value, source)
                return value
        return None if otherwise is None else row.fall_back(otherwise, column)

    return make


def _copy(rule: Copy, column: str) -> Make:
    if len(rule.names) == 1 and is_plain_name(rule.names[0]):
        return _copy_field(rule, column)

    def make(row: SourceRow) -> SqlValue:
        value, _, source = _first(rule, row)
        return row.fall_back(rule.otherwise, column) if source is None else value

    return make


def _copy_field(rule: Copy, column: str) -> Make:
    [name], [by], otherwise = rule.names, rule.by, rule.otherwise
    forward = by.forward

    def make(row: SourceRow) -> SqlValue:
        source = row.scope.get(name)
        if source is not None:
            try:
                value = forward(source)
            except RejectedValue:
                value = None
            if value is not None:
                return value
        return None if otherwise is None else row.fall_back(otherwise, column)

    return make


def _first(rule: Take | Copy, row: SourceRow) -> tuple[SqlValue, int, Value | None]:
    """The first name whose value converts to something: the result, its place, its source.

    No source where there is none. What a Take refuses is recorded.
    """
    for chosen, name in enumerate(rule.names):
        source = row.value(name)
        if source is None:
            continue
        try:
            value = rule.by[chosen].forward(source)
        except RejectedValue as rejected:
            if isinstance(rule, Take):
                refuse(row, name, rejected)
            continue
        if value is not None:
            return value, chosen, source
    return None, 0, None


def _combine(rule: Combine, column: str) -> Make:
    def make(row: SourceRow) -> SqlValue:
        sources = tuple([row.value(name) for name in rule.names])
        try:
            value = rule.by.forward(sources)
        except RejectedValue as rejected:
            refuse(row, rule.names[0], rejected)
            return None
        if value is not None:
            settle(rule, row, value, chosen=0)
        return value

    return make


def _derive(rule: Derive, column: str) -> Make:
    return rule.make.make


def _key(rule: Key, column: str) -> Make:
    return attrgetter("id")


def _parent(rule: Parent, column: str) -> Make:
    level = rule.level

    def make(row: SourceRow) -> SqlValue:
        return row.parents[level]

    return make


def _position(rule: Position, column: str) -> Make:
    return attrgetter("index")


def _constant(rule: Constant, column: str) -> Make:
    value = rule.value

    def make(row: SourceRow) -> SqlValue:
        return value

    return make


_MAKERS: dict[type, Callable[[Any, str], Make]] = {
    Take: _take,
    Copy: _copy,
    Combine: _combine,
    Reference: reference_maker,
    User: user_maker,
    ReferenceList: list_maker,
    Role: role_maker,
    Derive: _derive,
    Key: _key,
    Parent: _parent,
    Ancestor: ancestor_maker,
    Position: _position,
    Constant: _constant,
}
