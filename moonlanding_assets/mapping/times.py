"""Transforms of moments and dates.

Holds how moments are written. How they are read, and which spellings are known, is in instants.py.
"""

import datetime
from functools import lru_cache

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.instants import (
    EPOCH_DAY,
    LOCAL_OFFSET_MS,
    MS_A_DAY,
    MS_A_MINUTE,
    instant_ms,
    text_ms,
)
from moonlanding_assets.mapping.transform import (
    SqlValue,
    Transform,
    Value,
    string_back,
    text_of,
)

_FIRST_MS = (1 - EPOCH_DAY) * MS_A_DAY
_END_MS = (datetime.date.max.toordinal() + 1 - EPOCH_DAY) * MS_A_DAY
_MS_A_SECOND = 1000


def to_utc_timestamp(value: Value) -> SqlValue:
    """The moment as ISO 8601 text in UTC with milliseconds, cut towards the past.

    >>> to_utc_timestamp({"timestampValue": "2026-02-05T12:30:00.123456Z"})
    '2026-02-05T12:30:00.123Z'
    >>> to_utc_timestamp({"stringValue": "05/02/26 14:30"})
    '2026-02-05T12:30:00.000Z'
    >>> to_utc_timestamp({"stringValue": "2026-02-05T14:00:00+02:00"})
    '2026-02-05T12:00:00.000Z'
    >>> to_utc_timestamp({"integerValue": "1770283712"})
    '2026-02-05T09:28:32.000Z'
    >>> to_utc_timestamp({"stringValue": ""}) is None
    True
    """
    stamp = value.get("timestampValue")
    if stamp is not None and _is_plain_stamp(stamp):
        # By far the most frequent case: the text is nearly what the column holds.
        return f"{stamp[:19]}.000Z" if len(stamp) == 20 else f"{stamp[:23]}Z"
    moment = instant_ms(value)
    return None if moment is None else utc_text(moment)


def _is_plain_stamp(stamp: str) -> bool:
    """Whether a text reads YYYY-MM-DDTHH:MM:SS[.sss[sss]]Z and names a moment that exists."""
    if stamp[-1:] != "Z" or len(stamp) not in (20, 24, 27) or stamp[4:17:3] != "--T::":
        return False
    if len(stamp) > 20 and not (stamp[19] == "." and stamp[20:-1].isdigit() and stamp.isascii()):
        return False
    try:
        datetime.datetime.fromisoformat(stamp[:19])
    except ValueError:
        return False
    return stamp[11:13] != "24"


def from_utc_timestamp(sql: SqlValue) -> Value | None:
    """A timestampValue with no fraction digits, or three.

    >>> from_utc_timestamp("2026-02-05T12:30:00.000Z")
    {'timestampValue': '2026-02-05T12:30:00Z'}
    """
    text = text_of(sql)
    if text is None:
        return None
    return {"timestampValue": text[:-5] + "Z" if text.endswith(".000Z") else text}


def utc_text(moment_ms: int) -> str:
    """Milliseconds since 1970 as YYYY-MM-DDTHH:MM:SS.sssZ; RejectedValue outside 0001..9999."""
    if not _FIRST_MS <= moment_ms < _END_MS:
        raise RejectedValue("year_out_of_range")
    day, within = divmod(moment_ms, MS_A_DAY)
    seconds, ms = divmod(within, _MS_A_SECOND)
    minutes, second = divmod(seconds, 60)
    return f"{_day_text(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{ms:03d}Z"


@lru_cache(maxsize=8192)
def _day_text(day: int) -> str:
    return datetime.date.fromordinal(day + EPOCH_DAY).isoformat()


def to_unix_seconds(value: Value) -> SqlValue:
    """The moment as whole seconds since 1970 UTC, cut towards the past.

    >>> to_unix_seconds({"timestampValue": "1969-12-31T23:59:59.500Z"})
    -1
    >>> to_unix_seconds({"mapValue": {"fields": {"_seconds": {"integerValue": "0"},
    ...                                          "_nanoseconds": {"integerValue": "0"}}}})
    0
    """
    moment = instant_ms(value)
    if moment is None:
        return None
    if not _FIRST_MS <= moment < _END_MS:
        raise RejectedValue("year_out_of_range")
    return moment // _MS_A_SECOND


def from_unix_seconds(sql: SqlValue) -> Value | None:
    """A timestampValue without a fraction."""
    if sql is None:
        return None
    if not isinstance(sql, int):
        raise RejectedValue("unexpected_sql_value")
    return from_utc_timestamp(utc_text(sql * _MS_A_SECOND))


def to_date(value: Value) -> SqlValue:
    """The calendar date as YYYY-MM-DD; of a moment, the date in Africa/Johannesburg.

    >>> to_date({"stringValue": "05/02/2026"})
    '2026-02-05'
    >>> to_date({"timestampValue": "2026-02-05T22:30:00Z"})
    '2026-02-06'
    """
    moment = instant_ms(value)
    if moment is None:
        return None
    day = (moment + LOCAL_OFFSET_MS) // MS_A_DAY
    if not 1 <= day + EPOCH_DAY <= datetime.date.max.toordinal():
        raise RejectedValue("year_out_of_range")
    return _day_text(day)


def from_local_timestamp(sql: SqlValue) -> Value | None:
    """A string DD/MM/YY HH:mm in local time; a timestampValue where that would lose something.

    >>> from_local_timestamp("2026-02-05T12:30:00.000Z")
    {'stringValue': '05/02/26 14:30'}
    >>> from_local_timestamp("2026-02-05T12:30:01.000Z")
    {'timestampValue': '2026-02-05T12:30:01Z'}
    """
    local = _local_parts(sql, MS_A_MINUTE)
    if local is None:
        return from_utc_timestamp(sql)
    day, clock = local
    if not "1969" <= day[:4] <= "2068":
        return from_utc_timestamp(sql)
    return {"stringValue": f"{day[8:]}/{day[5:7]}/{day[2:4]} {clock[:5]}"}


def from_local_iso_timestamp(sql: SqlValue) -> Value | None:
    """A string YYYY-MM-DD HH:mm in local time; a timestampValue where that would lose something.

    >>> from_local_iso_timestamp("2026-02-05T12:30:00.000Z")
    {'stringValue': '2026-02-05 14:30'}
    """
    local = _local_parts(sql, MS_A_MINUTE)
    return from_utc_timestamp(sql) if local is None else _local_string(local[0], local[1][:5])


def from_local_seconds_timestamp(sql: SqlValue) -> Value | None:
    """A string YYYY-MM-DD HH:mm:ss in local time; a timestampValue where that would lose something.

    >>> from_local_seconds_timestamp("2026-02-05T12:30:09.000Z")
    {'stringValue': '2026-02-05 14:30:09'}
    """
    local = _local_parts(sql, _MS_A_SECOND)
    return from_utc_timestamp(sql) if local is None else _local_string(*local)


def from_local_date_timestamp(sql: SqlValue) -> Value | None:
    """A string YYYY-MM-DD at local midnight; else as from_local_iso_timestamp.

    >>> from_local_date_timestamp("2026-02-04T22:00:00.000Z")
    {'stringValue': '2026-02-05'}
    """
    local = _local_parts(sql, MS_A_DAY)
    return from_local_iso_timestamp(sql) if local is None else {"stringValue": local[0]}


def _local_string(day: str, clock: str) -> Value:
    return {"stringValue": f"{day} {clock}"}


def _local_parts(sql: SqlValue, whole_ms: int) -> tuple[str, str] | None:
    """Local date and HH:MM:SS of a column value; None where it is no whole `whole_ms`."""
    text = text_of(sql)
    moment = None if text is None else text_ms(text)
    if moment is None or (moment + LOCAL_OFFSET_MS) % whole_ms:
        return None
    try:
        local = utc_text(moment + LOCAL_OFFSET_MS)
    except RejectedValue:  # the last two hours of 9999 have no local date
        return None
    return local[:10], local[11:19]


utc_timestamp = Transform("utc_timestamp", "time", to_utc_timestamp, from_utc_timestamp)
unix_seconds = Transform(
    "unix_seconds", "time", to_unix_seconds, from_unix_seconds, sql_type="INTEGER"
)
date = Transform("date", "text", to_date, string_back)
local_timestamp = Transform(
    "local_timestamp", "time", to_utc_timestamp, from_local_timestamp,
    summary="The moment in UTC, from a local string DD/MM/YY HH:mm or any other spelling.",
)  # fmt: skip
local_iso_timestamp = Transform(
    "local_iso_timestamp", "time", to_utc_timestamp, from_local_iso_timestamp,
    summary="The moment in UTC, from a local string YYYY-MM-DD HH:mm or any other spelling.",
)  # fmt: skip
local_seconds_timestamp = Transform(
    "local_seconds_timestamp", "time", to_utc_timestamp, from_local_seconds_timestamp,
    summary="The moment in UTC, from a local string YYYY-MM-DD HH:mm:ss or any other spelling.",
)  # fmt: skip
local_date_timestamp = Transform(
    "local_date_timestamp", "time", to_utc_timestamp, from_local_date_timestamp,
    summary="The moment in UTC, from a local date YYYY-MM-DD or any other spelling.",
)  # fmt: skip
