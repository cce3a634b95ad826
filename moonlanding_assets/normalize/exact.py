"""Whether a transform's inverse gives a source value back bit for bit, told without making it.

Every answer here is a shortcut of same(source, inverse(value)): True is said only where that is
certain, and False leads to the comparison itself (settle.py). A test holds the two to each other.
"""

import math
from collections.abc import Callable, Mapping

from moonlanding_assets.mapping.enumerations import Enumeration
from moonlanding_assets.mapping.structures import from_json_text, from_numbers_json
from moonlanding_assets.mapping.times import (
    from_local_iso_timestamp,
    from_local_seconds_timestamp,
    from_local_timestamp,
    from_utc_timestamp,
)
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value, string_back
from moonlanding_assets.mapping.truths import from_boolean

IsExact = Callable[[Value, SqlValue], bool]

_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_SAFE_DIGITS = 18  # so many digits are an integer of 64 bits


def shortcut(by: Transform) -> IsExact:
    """Takes a source value and what `forward` made of it (not None)."""
    enumeration = getattr(by.inverse, "__self__", None)
    if isinstance(enumeration, Enumeration):
        return _usual_spelling(enumeration)
    return _SHORTCUTS.get(by.inverse, never)


def never(source: Value, value: SqlValue) -> bool:
    """Nothing is certain without the comparison."""
    return False


def _same_text(source: Value, value: SqlValue) -> bool:
    return source.get("stringValue") == value


def _usual_spelling(enumeration: Enumeration) -> IsExact:
    usual = {word: enumeration.inverse(word) for word in enumeration.words}

    def is_usual(source: Value, value: SqlValue) -> bool:
        return source == usual[value]  # type: ignore[index]  # forward makes words only

    return is_usual


def _truth(source: Value, value: SqlValue) -> bool:
    return source.get("booleanValue") is not None


def _utc(source: Value, value: SqlValue) -> bool:
    stamp, text = source.get("timestampValue"), str(value)
    if stamp is None:
        return False
    if text.endswith(".000Z"):
        return len(stamp) == 20 and stamp[19] == "Z" and stamp[:19] == text[:19]
    return bool(stamp == text)


def _local(source: Value, value: SqlValue) -> bool:
    """DD/MM/YY HH:mm; that it is a moment, `forward` has found."""
    text = source.get("stringValue")
    return text is not None and len(text) == 14 and text[2:9:3] == "// "


def _local_iso(source: Value, value: SqlValue) -> bool:
    """YYYY-MM-DD HH:mm."""
    text = source.get("stringValue")
    return text is not None and len(text) == 16 and text[4:14:3] == "-- :"


def _local_seconds(source: Value, value: SqlValue) -> bool:
    """YYYY-MM-DD HH:mm:ss."""
    text = source.get("stringValue")
    return text is not None and len(text) == 19 and text[4:17:3] == "-- ::"


def _json(source: Value, value: SqlValue) -> bool:
    return _is_shown(source, is_named=False)


def _numbers_json(source: Value, value: SqlValue) -> bool:
    return _is_shown(source, is_named=True)


def _is_shown(value: Value, *, is_named: bool) -> bool:
    """Whether JSON shows the value whole; is_named: NaN and the infinities by their names."""
    number = value.get("doubleValue")
    if number is not None:
        return _is_double_shown(number, is_named)
    text = value.get("stringValue")
    if text is not None:
        return not is_named or text not in _NOT_FINITE
    if "mapValue" in value:
        members: Mapping[str, Value] = value["mapValue"]["fields"]
        return all([_is_shown(one, is_named=is_named) for one in members.values()])
    if "arrayValue" in value:
        return all([_is_shown(one, is_named=is_named) for one in value["arrayValue"]["values"]])
    if "integerValue" in value:
        digits = value["integerValue"]
        return len(digits) <= _SAFE_DIGITS and str(int(digits)) == digits
    return "nullValue" in value or "booleanValue" in value


def _is_double_shown(number: float | str, is_named: bool) -> bool:
    if isinstance(number, str):
        return is_named and number in _NOT_FINITE
    return isinstance(number, float) and math.isfinite(number)


_SHORTCUTS: Mapping[Callable[[SqlValue], Value | None], IsExact] = {
    string_back: _same_text,
    from_boolean: _truth,
    from_utc_timestamp: _utc,
    from_local_timestamp: _local,
    from_local_iso_timestamp: _local_iso,
    from_local_seconds_timestamp: _local_seconds,
    from_json_text: _json,
    from_numbers_json: _numbers_json,
}
