"""How a value of a stage file is stored in SQLite: the two forms of time, and tagged ANY values.

Holds conversions of values alone: no file, no connection, no table.
"""

import math
import re
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from moonlanding_assets.settings import TimestampStorage

AnyArray: TypeAlias = "pa.Array[Any]"

_TIME_FORM = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
_WHOLE_FORM = re.compile(r"-?(0|[1-9][0-9]*)")
_SECONDS_LENGTH = len("YYYY-MM-DDTHH:MM:SS")
_INT64 = range(-(2**63), 2**63)


def unix_seconds(times: AnyArray) -> AnyArray:
    """Whole Unix seconds (int64) of UTC texts YYYY-MM-DDTHH:MM:SS.sssZ; null stays null.

    The fraction is cut off, so the second is the one that the moment lies in, before 1970 too:
    1969-12-31T23:59:59.999Z is -1. Years 0001 to 9999. Raises ValueError with the number of
    texts of another form, or when a date does not exist.
    """
    is_right = pc.match_substring_regex(times, _TIME_FORM)
    strange = len(times) - times.null_count - is_right.true_count
    if strange:
        raise ValueError(f"{strange} values are not of the form YYYY-MM-DDTHH:MM:SS.sssZ")
    seconds = pc.utf8_slice_codeunits(times, 0, _SECONDS_LENGTH)
    try:
        return pc.cast(pc.cast(seconds, pa.timestamp("s")), pa.int64())
    except pa.ArrowInvalid:
        raise ValueError("a value is not a date of the calendar") from None


def stored_times(times: AnyArray, *, storage: TimestampStorage, is_text: bool) -> AnyArray:
    """Times as the database keeps them: the same text, or whole Unix seconds.

    `is_text`: the column is declared TEXT, so that seconds become their decimal digits.
    Raises ValueError as unix_seconds does, whatever the storage.
    """
    seconds = unix_seconds(times)
    if storage == "iso8601":
        return times
    return pc.cast(seconds, pa.string()) if is_text else seconds


def untagged(value: str | None) -> int | float | str | None:
    """The value of a tagged text: "i5" integer, "d0.1" double, "tNaN" text.

    Raises ValueError without the value for an unknown tag, an integer beyond 64 bits, and a NaN
    as a double (SQLite would store NULL: it must come as text).
    """
    if value is None:
        return None
    tag, body = value[:1], value[1:]
    if tag == "t":
        return body
    if tag == "d":
        return _double(body)
    if tag == "i" and _WHOLE_FORM.fullmatch(body) and int(body) in _INT64:
        return int(body)
    raise ValueError("a tagged value is neither i, d nor t, or no whole number of 64 bits")


def _double(body: str) -> float:
    try:
        number = float(body)
    except ValueError:
        raise ValueError("a value tagged d is not a double") from None
    if math.isnan(number):
        raise ValueError("a value tagged d is NaN, which SQLite stores as NULL")
    return number
