"""How the rules that name other rows make a column: references, users, roles, ancestors.

As in evaluate.py, one small function a rule, which is given the rule once and returns what runs
for every row. Holds no look-up itself (resolve.py).
"""

import orjson

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import (
    Ancestor,
    Reference,
    ReferenceList,
    Role,
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
from moonlanding_assets.normalize.row import Make, SourceRow, is_nothing, target_path
from moonlanding_assets.normalize.settle import settle, settler


def refuse(row: SourceRow, name: str, rejected: RejectedValue) -> None:
    """Record that the value of that name was refused; the residue keeps it."""
    row.reject(name, rejected.reason)
    row.work.claim(row.find(name)[1], "rejected")


def reference_maker(rule: Reference, column: str) -> Make:
    """The row of the document that the first name with an answer says."""
    settles = [settler(rule, chosen) for chosen in range(len(rule.names))]

    def make(row: SourceRow) -> SqlValue:
        for chosen, name in enumerate(rule.names):
            source = row.value(name)
            if source is None or is_nothing(source):
                continue
            try:
                key = str(document_id.forward(source) or "")
            except RejectedValue as rejected:
                refuse(row, name, rejected)
                continue
            found = resolve_target(rule, row, key) if key else None
            if found is not None:
                settles[chosen](row, found, source)
                return found
            row.work.claim(row.find(name)[1], "dangling")
        return _by_name(rule, row, column)

    return make


def _by_name(rule: Reference, row: SourceRow, column: str) -> SqlValue:
    by_name = resolve_name(rule, row)
    if by_name is None:
        return row.fall_back(rule.otherwise, column)
    row.work.derived.append((row.table, row.id, column, "by_unique_name"))
    return by_name


def user_maker(rule: User, column: str) -> Make:
    """The row of the user that the first name with an answer says."""
    settles = [settler(rule, chosen) for chosen in range(len(rule.names))]

    def make(row: SourceRow) -> SqlValue:
        for chosen, name in enumerate(rule.names):
            source = row.value(name)
            if rule.first:
                source = next(iter((source or {}).get("arrayValue", {}).get("values", ())), None)
            if source is None or is_nothing(source):
                continue
            try:
                found = resolve_user(source, row, rule.to)
            except RejectedValue as rejected:
                refuse(row, name, rejected)
                continue
            if found is not None:
                settles[chosen](row, found, source)
                return found
        return row.fall_back(rule.otherwise, column)

    return make


def list_maker(rule: ReferenceList, column: str) -> Make:
    """The rows that the elements name, as a JSON array."""

    def make(row: SourceRow) -> SqlValue:
        for chosen, name in enumerate(rule.names):
            values = (row.value(name) or {}).get("arrayValue", {}).get("values")
            if values is None:
                continue
            found = [_element(rule, row, name, value) for value in values]
            text = orjson.dumps([one for one in found if one]).decode()
            settle(rule, row, text, chosen=chosen)
            return text
        return None

    return make


def _element(rule: ReferenceList, row: SourceRow, name: str, value: Value) -> str | None:
    try:
        if rule.users:
            return resolve_user(value, row, rule.to)
        key = document_id.forward(value)
    except RejectedValue as rejected:
        row.reject(name, rejected.reason)
        return None
    return row.work.directory.ids.get(target_path(rule.to, str(key), row.work.path))


def role_maker(rule: Role, column: str) -> Make:
    """The role that an id or a name says."""

    def make(row: SourceRow) -> SqlValue:
        for chosen, name in enumerate(rule.names):
            text = (row.value(name) or {}).get("stringValue")
            known = _known_role(rule, row, text) if text else None
            if known is not None:
                settle(rule, row, known, chosen=chosen)
                return known
            if text:
                refuse(row, name, RejectedValue("unknown_role"))
        return row.fall_back(rule.otherwise, column)

    return make


def _known_role(rule: Role, row: SourceRow, text: str) -> str | None:
    known = row.work.directory.roles.get((rule.to, text))
    if known is None and text.lower() in ("partner", "manager", "clerk"):
        return text.lower()
    return known


def ancestor_maker(rule: Ancestor, column: str) -> Make:
    """The row of the document above."""

    def make(row: SourceRow) -> SqlValue:
        return resolve_ancestor(rule, row)

    return make
