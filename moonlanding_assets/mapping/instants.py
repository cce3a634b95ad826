"""Instants: how a value that means a moment is read, as milliseconds since 1970 UTC.

Holds the reading only. The transforms that use it, and how moments are written, are in times.py.

A moment is a timestampValue, a map {_seconds, _nanoseconds} or {seconds, nanoseconds}, an epoch
number, or a string. Strings without an offset are local time of Africa/Johannesburg, UTC+02:00
all year. Years of two digits are 2000 to 2068 and 1969 to 1999, as POSIX and moment.js read them.
Epoch numbers are told apart by size, and only moments from 1990 to 2099 are taken:
seconds 631152000 to 4102444799, milliseconds and microseconds the same times 1,000 and 1,000,000.
Below and between these ranges a number could mean two moments, so it is refused.
What a millisecond cannot hold is cut towards the past.
"""

import datetime
from decimal import Decimal
from functools import lru_cache

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.transform import Value, text_in

MS_A_DAY = 86_400_000
MS_A_MINUTE = 60_000
LOCAL_OFFSET_MS = 2 * 60 * MS_A_MINUTE
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()

_EPOCH_FIRST_SECOND = 631_152_000  # 1990-01-01T00:00:00Z
_EPOCH_END_SECOND = 4_102_444_800  # 2100-01-01T00:00:00Z
_EPOCH_UNITS_A_SECOND = (1, 1_000, 1_000_000)
_MAP_KEYS = (("_seconds", "_nanoseconds"), ("seconds", "nanoseconds"))


def instant_ms(value: Value) -> int | None:
    """The moment that a value means, in milliseconds since 1970 UTC; None where it is not set.

    Raises RejectedValue. The year is not checked: local times at the edges may leave 0001..9999.
    """
    if "timestampValue" in value:
        return text_ms(value["timestampValue"])
    if "mapValue" in value:
        return _map_ms(value["mapValue"]["fields"])
    if "integerValue" in value:
        return _epoch_ms(Decimal(value["integerValue"]))
    if "doubleValue" in value:
        return _epoch_ms(Decimal(str(value["doubleValue"])))
    text = text_in(value)
    return None if text is None else text_ms(text.strip())


def text_ms(text: str) -> int | None:
    """The moment that a text names; "" is not set. Raises RejectedValue."""
    if not text:
        return None
    if text[4:5] == "-" and text[7:8] == "-":
        day = civil_day(text[:4], text[5:7], text[8:10])
        return _with_clock(day, text[10:])
    if text[2:3] == "/" and text[5:6] == "/":
        year, blank, clock = text[6:].partition(" ")
        return _with_clock(civil_day(year, text[3:5], text[:2]), blank + clock)
    if len(text) == 13 and text[6] == "_":
        day = civil_day(text[4:6], text[2:4], text[:2])
        return _local(day, _time_of_day_ms(text[7:9], text[9:11], text[11:]))
    raise RejectedValue("unknown_time_format")


@lru_cache(maxsize=8192)  # documents of one firm share few days
def civil_day(year: str, month: str, day: str) -> int:
    """The day with that date, counted from 1970-01-01; a year may have two digits."""
    number = _digits(year, 2) if len(year) == 2 else _digits(year, 4)
    if len(year) == 2:
        number += 1900 if number > 68 else 2000
    try:
        date = datetime.date(number, _digits(month, 2), _digits(day, 2))
    except ValueError:
        raise RejectedValue("not_a_calendar_date") from None
    return date.toordinal() - EPOCH_DAY


def _with_clock(day: int, rest: str) -> int:
    """A day and what follows it: nothing, or a separator, a time of day and maybe an offset."""
    if not rest:
        return _local(day, 0)
    of_day = _minutes_clock if len(rest) == _MINUTES_LENGTH else _clock_ms
    return day * MS_A_DAY + of_day(rest)


def _clock_ms(rest: str) -> int:
    """Milliseconds from the start of the day in UTC to the moment that a separator begins."""
    if rest[0] not in "Tt ":
        raise RejectedValue("unknown_time_format")
    clock, offset_ms = _split_offset(rest[1:])
    if offset_ms is None and rest[0] != " ":
        raise RejectedValue("no_time_zone")
    hours_minutes, point, fraction = clock.partition(".")
    seconds = hours_minutes[6:] if hours_minutes[5:6] == ":" else ""
    if hours_minutes[2:3] != ":" or len(hours_minutes) != (8 if seconds else 5):
        raise RejectedValue("unknown_time_format")
    if point and not (seconds and fraction.isdigit() and fraction.isascii()):
        raise RejectedValue("unknown_time_format")
    within = _time_of_day_ms(hours_minutes[:2], hours_minutes[3:5], seconds or "00")
    within += int(fraction[:3].ljust(3, "0"))
    return within - (LOCAL_OFFSET_MS if offset_ms is None else offset_ms)


_MINUTES_LENGTH = len(" HH:MM")
_minutes_clock = lru_cache(maxsize=4096)(_clock_ms)  # a day has few whole minutes


def _split_offset(clock: str) -> tuple[str, int | None]:
    """A time of day without its offset, and the offset in milliseconds (None: there is none)."""
    if clock[-1:] in ("Z", "z"):
        return clock[:-1], 0
    for sign in "+-":
        before, found, offset = clock.rpartition(sign)
        if found:
            ms = _offset_ms(offset)
            return before, ms if sign == "+" else -ms
    return clock, None


def _offset_ms(offset: str) -> int:
    """Milliseconds of HH:MM, HHMM or HH."""
    minute_digits = offset[3:] if offset[2:3] == ":" else offset[2:]
    hours = _digits(offset[:2], 2)
    minutes = _digits(minute_digits, 2) if len(offset) > 2 else 0
    if hours > 23 or minutes > 59:
        raise RejectedValue("not_an_offset")
    return (hours * 60 + minutes) * MS_A_MINUTE


def _time_of_day_ms(hours: str, minutes: str, seconds: str) -> int:
    hour, minute, second = _digits(hours, 2), _digits(minutes, 2), _digits(seconds, 2)
    if second == 60:
        raise RejectedValue("leap_second")
    if hour > 23 or minute > 59 or second > 59:
        raise RejectedValue("not_a_time_of_day")
    return ((hour * 60 + minute) * 60 + second) * 1000


def _local(day: int, within_ms: int) -> int:
    return day * MS_A_DAY + within_ms - LOCAL_OFFSET_MS


def _digits(text: str, width: int) -> int:
    if len(text) != width or not (text.isascii() and text.isdigit()):
        raise RejectedValue("unknown_time_format")
    return int(text)


def _map_ms(fields: Value) -> int:
    for seconds_name, nanoseconds_name in _MAP_KEYS:
        if fields.keys() == {seconds_name, nanoseconds_name}:
            seconds = _whole(fields[seconds_name])
            nanoseconds = _whole(fields[nanoseconds_name])
            if not 0 <= nanoseconds < 1_000_000_000:
                raise RejectedValue("not_nanoseconds")
            return seconds * 1000 + nanoseconds // 1_000_000
    raise RejectedValue("not_a_time_map")


def _whole(value: Value) -> int:
    if "integerValue" in value:
        return int(value["integerValue"])
    number = value.get("doubleValue")
    if isinstance(number, float) and number.is_integer():
        return int(number)
    raise RejectedValue("not_a_time_map")


def _epoch_ms(number: Decimal) -> int:
    if number.is_finite():
        for units in _EPOCH_UNITS_A_SECOND:
            if _EPOCH_FIRST_SECOND * units <= number < _EPOCH_END_SECOND * units:
                return int(number * 1000 / units)
    raise RejectedValue("ambiguous_epoch")
