"""How each rule makes the value of a column, and what it claims of the source.

Holds one small function a rule. Pure: a row in, a value and bookkeeping on the row out.
"""

from collections.abc import Callable
from typing import Any

import orjson

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import (
    Ancestor,
    Combine,
    Constant,
    Copy,
    Derive,
    Fallback,
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
from moonlanding_assets.mapping.people import document_id
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.resolve import (
    resolve_ancestor,
    resolve_name,
    resolve_target,
    resolve_user,
)
from moonlanding_assets.normalize.row import SourceRow, is_nothing, target_path
from moonlanding_assets.normalize.settle import settle

Evaluate = Callable[[Any, SourceRow, str], SqlValue]


def evaluate(rule: Rule, row: SourceRow, column: str) -> SqlValue:
    """The value of one column of one row; rejected values leave it empty and are recorded."""
    return EVALUATE[type(rule)](rule, row, column)


def _first(rule: Take | Copy, row: SourceRow) -> tuple[SqlValue, int]:
    """The first name whose value converts to something, and its place; rejects are recorded."""
    for chosen, name in enumerate(rule.names):
        source, path = row.find(name)
        if source is None:
            continue
        try:
            value = rule.by[chosen].forward(source)
        except RejectedValue as rejected:
            if isinstance(rule, Take):
                row.reject(name, rejected.reason)
                row.work.claim(path, "rejected")
            continue
        if value is not None:
            return value, chosen
    return None, 0


def _take(rule: Take, row: SourceRow, column: str) -> SqlValue:
    value, chosen = _first(rule, row)
    if value is None:
        return _fall_back(rule.otherwise, row, column)
    settle(rule, row, value, chosen=chosen)
    return value


def _copy(rule: Copy, row: SourceRow, column: str) -> SqlValue:
    value, _ = _first(rule, row)
    return _fall_back(rule.otherwise, row, column) if value is None else value


def _fall_back(otherwise: Fallback | None, row: SourceRow, column: str) -> SqlValue:
    if otherwise is None:
        return None
    value = otherwise.make(row)
    if value is not None:
        row.work.derived.append((row.table, row.id, column, otherwise.rule))
    return value


def _combine(rule: Combine, row: SourceRow, column: str) -> SqlValue:
    sources = tuple(row.value(name) for name in rule.names)
    try:
        value = rule.by.forward(sources)
    except RejectedValue as rejected:
        row.reject(rule.names[0], rejected.reason)
        _, path = row.find(rule.names[0])
        row.work.claim(path, "rejected")
        return None
    if value is not None:
        settle(rule, row, value, chosen=0)
    return value


def _reference(rule: Reference, row: SourceRow, column: str) -> SqlValue:
    for chosen, name in enumerate(rule.names):
        source, path = row.find(name)
        if source is None or is_nothing(source):
            continue
        try:
            key = str(document_id.forward(source) or "")
        except RejectedValue as rejected:
            row.reject(name, rejected.reason)
            row.work.claim(path, "rejected")
            continue
        found = resolve_target(rule, row, key) if key else None
        if found is not None:
            settle(rule, row, found, chosen=chosen)
            return found
        row.work.claim(path, "dangling")
    by_name = resolve_name(rule, row)
    if by_name is None:
        return _fall_back(rule.otherwise, row, column)
    row.work.derived.append((row.table, row.id, column, "by_unique_name"))
    return by_name


def _user(rule: User, row: SourceRow, column: str) -> SqlValue:
    for chosen, name in enumerate(rule.names):
        source, path = row.find(name)
        if rule.first:
            source = next(iter((source or {}).get("arrayValue", {}).get("values", ())), None)
        if source is None or is_nothing(source):
            continue
        try:
            found = resolve_user(source, row, rule.to)
        except RejectedValue as rejected:
            row.reject(name, rejected.reason)
            row.work.claim(path, "rejected")
            continue
        if found is not None:
            if not rule.is_copy:
                settle(rule, row, found, chosen=chosen)
            return found
    return _fall_back(rule.otherwise, row, column)


def _list(rule: ReferenceList, row: SourceRow, column: str) -> SqlValue:
    for chosen, name in enumerate(rule.names):
        values = (row.value(name) or {}).get("arrayValue", {}).get("values")
        if values is None:
            continue
        found = [_element(rule, row, name, value) for value in values]
        text = orjson.dumps([one for one in found if one]).decode()
        settle(rule, row, text, chosen=chosen)
        return text
    return None


def _element(rule: ReferenceList, row: SourceRow, name: str, value: Value) -> str | None:
    try:
        if rule.users:
            return resolve_user(value, row, rule.to)
        key = document_id.forward(value)
    except RejectedValue as rejected:
        row.reject(name, rejected.reason)
        return None
    return row.work.directory.ids.get(target_path(rule.to, str(key), row.work.path))


def _role(rule: Role, row: SourceRow, column: str) -> SqlValue:
    directory = row.work.directory
    for chosen, name in enumerate(rule.names):
        text = (row.value(name) or {}).get("stringValue")
        known = directory.roles.get((rule.to, text)) if text else None
        if text and known is None and text.lower() in ("partner", "manager", "clerk"):
            known = text.lower()
        if known is not None:
            settle(rule, row, known, chosen=chosen)
            return known
        if text:
            row.reject(name, "unknown_role")
            row.work.claim(row.find(name)[1], "rejected")
    return _fall_back(rule.otherwise, row, column)


def _derive(rule: Derive, row: SourceRow, _: str) -> SqlValue:
    return rule.make.make(row)


def _key(_: Key, row: SourceRow, __: str) -> SqlValue:
    return row.id


def _parent(rule: Parent, row: SourceRow, _: str) -> SqlValue:
    return row.parents[rule.level]


def _ancestor(rule: Ancestor, row: SourceRow, _: str) -> SqlValue:
    return resolve_ancestor(rule, row)


def _position(_: Position, row: SourceRow, __: str) -> SqlValue:
    return row.index


def _constant(rule: Constant, _: SourceRow, __: str) -> SqlValue:
    return rule.value


EVALUATE: dict[type, Evaluate] = {
    Take: _take,
    Copy: _copy,
    Combine: _combine,
    Reference: _reference,
    User: _user,
    ReferenceList: _list,
    Role: _role,
    Derive: _derive,
    Key: _key,
    Parent: _parent,
    Ancestor: _ancestor,
    Position: _position,
    Constant: _constant,
}
