"""Transforms of numbers.

Holds no truth value (truths.py), no year (years.py), no JSON and no enumeration. What looks like a
number but is not one exactly ("007", " 12 ", "R 1 500", an integer that a double cannot hold) is
refused, never rounded.
"""

import math
import re
from decimal import Decimal

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.transform import (
    SqlValue,
    Transform,
    Value,
    text_in,
    text_of,
)
from moonlanding_assets.source.value import double_of

_INT64 = range(-(2**63), 2**63)
_EXACT_IN_DOUBLE = 2**53
_DIGITS_EXACT_IN_DOUBLE = 15
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def to_integer(value: Value) -> SqlValue:
    """A whole number of 64 bits, from an integer, a double without fraction, or plain digits.

    >>> to_integer({"doubleValue": 40.0}), to_integer({"stringValue": "-7"})
    (40, -7)
    """
    if "stringValue" in value:
        text = value["stringValue"]
        if _WHOLE.fullmatch(text) is None:
            raise RejectedValue("not_an_integer")
        number: int | None = int(text)
    else:
        number = whole_number(value)
    if number is not None and number not in _INT64:
        raise RejectedValue("out_of_64_bits")
    return number


def whole_number(value: Value) -> int | None:
    """The integer of an integer or of a double without fraction; RejectedValue for others."""
    if "integerValue" in value:
        return int(value["integerValue"])
    if "doubleValue" in value:
        number = double_of(value["doubleValue"])
        if not number.is_integer():
            raise RejectedValue("not_an_integer")
        return int(number)
    if "nullValue" in value:
        return None
    raise RejectedValue("unexpected_kind")


def from_integer(sql: SqlValue) -> Value | None:
    """An integerValue."""
    if sql is None:
        return None
    if not isinstance(sql, int):
        raise RejectedValue("unexpected_sql_value")
    return {"integerValue": str(sql)}


def to_integer_text(value: Value) -> SqlValue:
    """A whole number of 64 bits as decimal text.

    >>> to_integer_text({"integerValue": "40"}), to_integer_text({"doubleValue": 40.0})
    ('40', '40')
    """
    number = to_integer(value)
    return None if number is None else str(number)


def from_integer_text(sql: SqlValue) -> Value | None:
    """An integerValue."""
    text = text_of(sql)
    if text is not None and _WHOLE.fullmatch(text) is None:
        raise RejectedValue("unexpected_sql_value")
    return None if text is None else {"integerValue": text}


def to_file_size(value: Value) -> SqlValue:
    """A size in bytes: a whole number, not below zero.

    >>> to_file_size({"integerValue": "1048576"})
    1048576
    """
    size = to_integer(value)
    if isinstance(size, int) and size < 0:
        raise RejectedValue("negative_size")
    return size


def to_number(value: Value) -> SqlValue:
    """A double that is exactly the source's number; -0.0 becomes 0.0, as SQLite makes it.

    >>> to_number({"integerValue": "1500"}), to_number({"stringValue": "0.1"})
    (1500.0, 0.1)
    """
    if "integerValue" in value:
        whole = int(value["integerValue"])
        if abs(whole) > _EXACT_IN_DOUBLE:
            raise RejectedValue("not_exact_as_double")
        return float(whole)
    if "doubleValue" in value:
        number = double_of(value["doubleValue"])
        if not math.isfinite(number):
            raise RejectedValue("not_finite")
        return number + 0.0
    text = text_in(value)
    return None if text is None else _decimal_as_double(text)


def _decimal_as_double(text: str) -> float:
    if _DECIMAL.fullmatch(text) is None:
        raise RejectedValue("not_a_number")
    if len(text.strip("-").replace(".", "")) > _DIGITS_EXACT_IN_DOUBLE:
        raise RejectedValue("not_exact_as_double")
    return float(text) + 0.0


def from_number(sql: SqlValue) -> Value | None:
    """An integerValue where the number is whole and exact, else a doubleValue.

    >>> from_number(1500.0), from_number(0.5)
    ({'integerValue': '1500'}, {'doubleValue': 0.5})
    """
    if sql is None:
        return None
    if isinstance(sql, str):
        raise RejectedValue("unexpected_sql_value")
    number = float(sql)
    if number.is_integer() and abs(number) <= _EXACT_IN_DOUBLE:
        return {"integerValue": str(int(number))}
    return {"doubleValue": number}


def to_exact_number(value: Value) -> SqlValue:
    """The number bit for bit, tagged: i an integer, d a double, t a double that is not finite.

    >>> to_exact_number({"integerValue": "5"}), to_exact_number({"doubleValue": -0.0})
    ('i5', 'd-0.0')
    >>> to_exact_number({"doubleValue": "NaN"})
    'tNaN'
    """
    payload = value.get("doubleValue")
    if payload is not None:
        number = payload if isinstance(payload, float) else double_of(payload)
        if math.isfinite(number):
            return f"d{number!r}"
        return "tNaN" if math.isnan(number) else "tInfinity" if number > 0 else "t-Infinity"
    if "integerValue" in value:
        return f"i{value['integerValue']}"
    if "nullValue" in value:
        return None
    raise RejectedValue("unexpected_kind")


def from_exact_number(sql: SqlValue) -> Value | None:
    """The number from its tagged text, or as an ANY column of SQLite holds it.

    >>> from_exact_number("d0.1"), from_exact_number(0.1), from_exact_number("tNaN")
    ({'doubleValue': 0.1}, {'doubleValue': 0.1}, {'doubleValue': 'NaN'})
    """
    if sql is None or isinstance(sql, int):
        return from_integer(sql)
    if isinstance(sql, float):
        return {"doubleValue": sql}
    tag, rest = sql[:1], sql[1:]
    if tag == "i":
        return {"integerValue": rest}
    if tag == "d":
        return {"doubleValue": float(rest)}
    name = rest if tag == "t" else sql
    if name not in ("NaN", "Infinity", "-Infinity"):
        raise RejectedValue("unexpected_sql_value")
    return {"doubleValue": name}


def to_decimal_text(value: Value) -> SqlValue:
    """The number as its shortest decimal text, without exponent.

    >>> to_decimal_text({"doubleValue": 40.0}), to_decimal_text({"doubleValue": 1e-07})
    ('40', '0.0000001')
    >>> to_decimal_text({"stringValue": "12.50"})
    '12.5'
    """
    if "integerValue" in value:
        return str(int(value["integerValue"]))
    if "doubleValue" in value:
        number = double_of(value["doubleValue"])
        if not math.isfinite(number):
            raise RejectedValue("not_finite")
        return _shortest(format(Decimal(repr(number)), "f"))
    text = text_in(value)
    if text is None:
        return None
    if _DECIMAL.fullmatch(text) is None:
        raise RejectedValue("not_a_number")
    return _shortest(text)


def _shortest(text: str) -> str:
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return "0" if text == "-0" else text


def from_decimal_text(sql: SqlValue) -> Value | None:
    """The kind that gives this text back: integerValue, else doubleValue, else stringValue.

    >>> from_decimal_text("40"), from_decimal_text("0.5")
    ({'integerValue': '40'}, {'doubleValue': 0.5})
    """
    text = text_of(sql)
    if text is None:
        return None
    if _WHOLE.fullmatch(text) and int(text) in _INT64:
        return {"integerValue": text}
    if _DECIMAL.fullmatch(text) and math.isfinite(float(text)):
        as_double = {"doubleValue": float(text)}
        if to_decimal_text(as_double) == text:
            return as_double
    return {"stringValue": text}


integer = Transform("integer", "number", to_integer, from_integer, sql_type="INTEGER")
integer_text = Transform("integer_text", "number", to_integer_text, from_integer_text)
file_size = Transform("file_size", "number", to_file_size, from_integer, sql_type="INTEGER")
number = Transform("number", "number", to_number, from_number, sql_type="REAL")
exact_number = Transform("exact_number", "any", to_exact_number, from_exact_number, sql_type="ANY")
decimal_text = Transform("decimal_text", "number", to_decimal_text, from_decimal_text)
