"""Transforms of truth values.

Holds no enumeration: a boolean that becomes a word is in enumerations.py.
"""

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.numbers import whole_number
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value

_TRUTH = {"true": 1, "false": 0}


def to_boolean(value: Value) -> SqlValue:
    """1 or 0 from true or false, 1 or 0, "true" or "false" in any case.

    >>> to_boolean({"booleanValue": True}), to_boolean({"stringValue": "False"})
    (1, 0)
    """
    if "booleanValue" in value:
        return int(value["booleanValue"])
    if "stringValue" in value:
        truth = _TRUTH.get(value["stringValue"].lower())
    else:
        truth = whole_number(value)
        if truth is None:
            return None
    if truth not in (0, 1):
        raise RejectedValue("not_a_boolean")
    return truth


def from_boolean(sql: SqlValue) -> Value | None:
    """A booleanValue."""
    return None if sql is None else {"booleanValue": _truth(sql)}


def to_negated_boolean(value: Value) -> SqlValue:
    """0 for true and 1 for false, from the spellings of `boolean`.

    >>> to_negated_boolean({"booleanValue": True})
    0
    """
    truth = to_boolean(value)
    return None if truth is None else int(not truth)


def from_negated_boolean(sql: SqlValue) -> Value | None:
    """A booleanValue, negated."""
    return None if sql is None else {"booleanValue": not _truth(sql)}


def _truth(sql: SqlValue) -> bool:
    if sql not in (0, 1):
        raise RejectedValue("unexpected_sql_value")
    return bool(sql)


boolean = Transform("boolean", "boolean", to_boolean, from_boolean, sql_type="INTEGER")
negated_boolean = Transform(
    "negated_boolean", "boolean", to_negated_boolean, from_negated_boolean, sql_type="INTEGER"
)
