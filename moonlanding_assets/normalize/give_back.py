"""The inverse of every rule: which source fields a column gives back, and with which values.

The engine compares with it to find the residue, and proof/inverse.py rebuilds documents with it:
that both use the same lines is what makes document = inverse(rows) + residue true.
"""

from collections.abc import Callable
from typing import Any

import orjson

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import (
    Combine,
    Reference,
    ReferenceList,
    Role,
    Rule,
    Take,
    User,
)
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value
from moonlanding_assets.normalize.directory import Directory

Given = tuple[tuple[str, Value | None], ...]


def give_back(rule: Rule, value: SqlValue, *, chosen: int, directory: Directory) -> Given:
    """Source names with the values that the column stands for; nothing for one-way rules.

    chosen: which of the rule's names the value came by.
    """
    if value is None:
        return ()
    how = _BACK.get(type(rule))
    return () if how is None else how(rule, value, chosen, directory)


def same(left: Value, right: Value) -> bool:
    """Whether two values are the same in kind and in every bit."""
    if left != right:
        return False
    kind = next(iter(left))
    if kind in ("doubleValue", "arrayValue", "mapValue", "geoPointValue"):
        # 0.0 == -0.0 and 1.0 == 1 in Python, so numbers are compared as they are written
        sort = orjson.OPT_SORT_KEYS
        return orjson.dumps(left, option=sort) == orjson.dumps(right, option=sort)
    return True


def _take(rule: Take, value: SqlValue, chosen: int, _: Directory) -> Given:
    by = rule.by[chosen]
    return () if by.one_way else ((rule.names[chosen], _inverse(by, value)),)


def _inverse(by: Transform, value: SqlValue) -> Value | None:
    """None also for a word of the other system, which a merged user's row may hold."""
    try:
        return by.inverse(value)
    except RejectedValue:
        return None


def _combine(rule: Combine, value: SqlValue, _: int, __: Directory) -> Given:
    return tuple(zip(rule.names, rule.by.inverse(value), strict=True))


def _reference(rule: Reference, value: SqlValue, chosen: int, directory: Directory) -> Given:
    if rule.is_copy:
        return ()
    for collection in rule.to:
        found = directory.document_id(str(value), collection)
        if found is not None:
            return ((rule.names[chosen], {"stringValue": found}),)
    return ((rule.names[chosen], None),)


def _user(rule: User, value: SqlValue, chosen: int, directory: Directory) -> Given:
    if rule.is_copy:
        return ()
    if rule.by == "email":
        found = directory.email(str(value))
    else:
        found = directory.document_id(str(value), rule.to)
    if found is None:
        return ((rule.names[chosen], None),)
    one: Value = {"stringValue": found}
    return ((rule.names[chosen], {"arrayValue": {"values": [one]}} if rule.first else one),)


def _list(rule: ReferenceList, value: SqlValue, chosen: int, directory: Directory) -> Given:
    values: list[Value] = []
    for identity in orjson.loads(str(value)):
        found = directory.document_id(identity, rule.to)
        if found is None:
            return ((rule.names[chosen], None),)
        values.append({"stringValue": found})
    return ((rule.names[chosen], {"arrayValue": {"values": values}}),)


def _role(rule: Role, value: SqlValue, chosen: int, directory: Directory) -> Given:
    if chosen:
        return ((rule.names[chosen], {"stringValue": str(value).capitalize()}),)
    found = directory.role_ids.get((rule.to, str(value)))
    return ((rule.names[0], None if found is None else {"stringValue": found}),)


_BACK: dict[type, Callable[[Any, SqlValue, int, Directory], Given]] = {
    Take: _take,
    Combine: _combine,
    Reference: _reference,
    User: _user,
    ReferenceList: _list,
    Role: _role,
}

INVERTIBLE = tuple(_BACK)
