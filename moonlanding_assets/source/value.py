"""Firestore values in the REST encoding: canonical text, constructors, and times as microseconds.

A value is a dict with one key (`{"stringValue": "a"}`), `fields` a dict of names to values.
Holds no reading of documents and no rule about what a field means.
"""

import base64
import datetime
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson

Value = dict[str, Any]
Fields = dict[str, Value]

VECTOR_TYPE = "__vector__"
FIRST_TIMESTAMP_US = -62_135_596_800_000_000  # 0001-01-01T00:00:00Z
LAST_TIMESTAMP_US = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z

_EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
_SECONDS_A_DAY = 86_400
_MINUTES = tuple(f"{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440))
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z"
)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
# orjson writes a float that is not finite as null. Quotes inside texts are escaped, so these
# bytes cannot come from a text.
_LOST_NUMBER = b'"doubleValue":null'


def canonical(fields: Mapping[str, Value]) -> str:
    """The fields as JSON text: keys sorted, no blanks, -0.0 kept; equal fields, equal text.

    Raises ValueError where a double that is not finite is a float instead of its name.
    """
    text = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    if _LOST_NUMBER in text:
        raise ValueError("a double that is not finite must be written as NaN or Infinity in a text")
    return text.decode()


def parse(text: str | bytes) -> Fields:
    """The fields that `canonical` wrote; raises ValueError where the text is no JSON object."""
    fields = orjson.loads(text)
    if not isinstance(fields, dict):
        raise ValueError("fields must be one JSON object, names to values")
    return fields


def null() -> Value:
    """The null value."""
    return {"nullValue": None}


def boolean(flag: bool) -> Value:
    """A boolean value."""
    return {"booleanValue": flag}


def integer(number: int) -> Value:
    """A 64-bit integer value; raises ValueError outside that range."""
    if not -(2**63) <= number < 2**63:
        raise ValueError("an integer value has 64 bits")
    return {"integerValue": str(number)}


def double(number: float) -> Value:
    """A double value, bit for bit but for the payload of a NaN: JSON has one NaN."""
    if math.isfinite(number):
        return {"doubleValue": float(number)}
    if math.isnan(number):
        return {"doubleValue": "NaN"}
    return {"doubleValue": "Infinity" if number > 0 else "-Infinity"}


def double_of(payload: float | str) -> float:
    """The number of a doubleValue's payload; raises ValueError for another text or kind."""
    if isinstance(payload, str):
        if payload not in _NOT_FINITE:
            raise ValueError("a double in a text must be NaN, Infinity or -Infinity")
        return float(payload)
    if isinstance(payload, bool) or not isinstance(payload, int | float):
        raise ValueError("a double must be a number")
    return float(payload)


def timestamp_us(microseconds: int) -> Value:
    """A timestamp value, from microseconds since 1970 UTC."""
    return {"timestampValue": timestamp_text(microseconds)}


def string(text: str) -> Value:
    """A string value."""
    return {"stringValue": text}


def bytes_(content: bytes) -> Value:
    """A bytes value (base64, standard alphabet, padded)."""
    return {"bytesValue": base64.b64encode(content).decode("ascii")}


def reference(path: str, *, project: str, database: str = "(default)") -> Value:
    """A reference value to the document of that path (without project prefix)."""
    return {"referenceValue": f"projects/{project}/databases/{database}/documents/{path}"}


def geopoint(latitude: float, longitude: float) -> Value:
    """A point on the globe, in degrees; raises ValueError for numbers that are not finite."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise ValueError("a point has a finite latitude and longitude")
    return {"geoPointValue": {"latitude": float(latitude), "longitude": float(longitude)}}


def array(values: Iterable[Value]) -> Value:
    """An array value."""
    return {"arrayValue": {"values": list(values)}}


def map_(fields: Mapping[str, Value]) -> Value:
    """A map value."""
    return {"mapValue": {"fields": dict(fields)}}


def vector(numbers: Iterable[float]) -> Value:
    """A vector value, shaped as the live API shows it: a map with the type's name."""
    return map_(
        {"__type__": string(VECTOR_TYPE), "value": array(double(number) for number in numbers)}
    )


def timestamp_text(microseconds: int) -> str:
    """RFC 3339 text in UTC with 0, 3 or 6 fraction digits.

    Raises ValueError outside the years 1 to 9999.
    """
    minutes, rest = divmod(microseconds, 60_000_000)
    days, minute = divmod(minutes, 1440)
    second, fraction = divmod(rest, 1_000_000)
    if fraction == 0:
        return f"{_day_text(days)}{_MINUTES[minute]}{second:02d}Z"
    if fraction % 1000 == 0:
        return f"{_day_text(days)}{_MINUTES[minute]}{second:02d}.{fraction // 1000:03d}Z"
    return f"{_day_text(days)}{_MINUTES[minute]}{second:02d}.{fraction:06d}Z"


def timestamp_us_of(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 text that ends in Z; exact.

    Raises ValueError for another shape, a date or time that does not exist, or a part of a
    microsecond (Firestore keeps none).
    """
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise ValueError("a timestamp reads YYYY-MM-DDTHH:MM:SS[.fraction]Z")
    day, hour, minute, second, fraction = found.groups()
    time_of_day = datetime.time(int(hour), int(minute), int(second))
    digits = (fraction or "").ljust(9, "0")
    if digits[6:] != "000":
        raise ValueError("a timestamp has no part of a microsecond")
    days = datetime.date.fromisoformat(day).toordinal() - _EPOCH_DAY
    seconds = days * _SECONDS_A_DAY + time_of_day.hour * 3600 + time_of_day.minute * 60
    return (seconds + time_of_day.second) * 1_000_000 + int(digits[:6])


@lru_cache(maxsize=8192)
def _day_text(days: int) -> str:
    try:
        return datetime.date.fromordinal(_EPOCH_DAY + days).isoformat() + "T"
    except (ValueError, OverflowError):
        raise ValueError("a timestamp lies in the years 0001 to 9999") from None
