"""When a source value says that something happened: a second reading of every spelling of time.

Instants are whole microseconds since 1970-01-01T00:00:00Z, written here with regular expressions
and datetime. The rules of the sources, once more: text without an offset is local time of
Africa/Johannesburg (UTC+02:00 all year, then written with a blank, never a T); two-digit years
are 1969 to 2068; epoch numbers are seconds, milliseconds or microseconds and mean 1990 to 2099.
Holds no table and no column.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from moonlanding_assets.validate.values import Fields, Value, at

_LOCAL_SECONDS = 2 * 3_600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_EPOCH_SECONDS = range(631_152_000, 4_102_444_800)  # 1990 to 2099

_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?Z", re.ASCII)
_TARGET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_CLOCK = (
    r"(?:(?P<mark>[Tt ])(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<part>\d+))?)?"
    r"(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)" + _CLOCK, re.ASCII)
_DAY_FIRST = re.compile(
    r"(?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4}|\d\d)" + _CLOCK.replace("[Tt ]", "[ ]"),
    re.ASCII,
)
_IN_FILE_NAMES = re.compile(
    r"(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)_(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)",
    re.ASCII,
)


def instant(value: Value | None) -> int | None:
    """The instant that a value stands for; None when it is not set or stands for none.

    A wrong calendar date, an empty string and an unknown spelling all give None: the target must
    then hold NULL, or a value that it owns up to having derived.
    """
    if value is None:
        return None
    for kind, content in value.items():
        reader = _READERS.get(kind)
        found = None if reader is None else reader(content)
        if found is not None and _FIRST <= found <= _LAST:
            return found
    return None


def first_instant(fields: Fields, names: tuple[str, ...]) -> int | None:
    """The instant of the first of the fields that stands for one."""
    for name in names:
        found = instant(at(fields, name))
        if found is not None:
            return found
    return None


@lru_cache(maxsize=4096)  # created_at and updated_at are often one value
def target_instant(text: object) -> int | None:
    """The instant of a text `YYYY-MM-DDTHH:MM:SS.sssZ`; None for any other form or date."""
    if not isinstance(text, str) or _TARGET.fullmatch(text) is None:
        return None
    return _by_datetime(text)


def to_milliseconds(found: int) -> int:
    """The instant cut down to a whole millisecond, towards the past (in microseconds)."""
    return found - found % 1_000


def to_seconds(found: int) -> int:
    """Whole Unix seconds, cut towards the past."""
    return found // 1_000_000


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _by_datetime(text: str) -> int | None:
    try:
        return _microseconds(datetime.fromisoformat(text))
    except ValueError:
        return None


@lru_cache(maxsize=4096)  # the same field feeds columns of twin tables
def _of_text(text: object) -> int | None:
    if not isinstance(text, str):
        return None
    if _PLAIN.fullmatch(text):
        return _by_datetime(text)
    trimmed = text.strip()
    for pattern in (_YEAR_FIRST, _DAY_FIRST, _IN_FILE_NAMES):
        matched = pattern.fullmatch(trimmed)
        if matched is not None:
            return _of_parts(matched)
    return None


def _of_parts(matched: re.Match[str]) -> int | None:
    parts = matched.groupdict()
    if parts.get("mark") in ("T", "t") and not parts.get("zone"):
        return None  # the ISO form without an offset says no instant
    try:
        day = date(_year(parts["year"]), int(parts["month"]), int(parts["day"])).toordinal()
        offset = _offset_seconds(parts.get("zone"))
    except ValueError:
        return None
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        return None
    seconds = (day - _EPOCH_DAY) * 86_400 + hour * 3_600 + minute * 60 + second - offset
    return seconds * 1_000_000 + int((parts.get("part") or "")[:6].ljust(6, "0"))


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return int(text) + (2000 if int(text) <= 68 else 1900)


def _offset_seconds(text: str | None) -> int:
    """How far ahead of UTC; raises ValueError for more than 23:59."""
    if text is None:
        return _LOCAL_SECONDS
    if text in ("Z", "z"):
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError("offset")
    size = hours * 3_600 + minutes * 60
    return -size if text[0] == "-" else size


def _of_integer(text: object) -> int | None:
    return _of_number(int(str(text)))


def _of_double(content: object) -> int | None:
    return _of_number(content) if isinstance(content, float) else None


def _of_number(number: float) -> int | None:
    for unit in (1_000_000, 1_000, 1):  # microseconds in one of the number's units
        first = _EPOCH_SECONDS.start * 1_000_000 // unit
        end = _EPOCH_SECONDS.stop * 1_000_000 // unit
        if first <= number < end:
            return _exactly(number, unit)
    return None


def _exactly(number: float, unit: int) -> int:
    """number * unit cut towards the past, without the rounding of a product of doubles."""
    numerator, denominator = number.as_integer_ratio()
    return numerator * unit // denominator


def _of_map(content: object) -> int | None:
    fields = content.get("fields", {}) if isinstance(content, dict) else {}
    for seconds, nanoseconds in (("_seconds", "_nanoseconds"), ("seconds", "nanoseconds")):
        if fields.keys() == {seconds, nanoseconds}:
            whole, part = _whole(fields[seconds]), _whole(fields[nanoseconds])
            if whole is None or part is None or not 0 <= part <= 999_999_999:
                return None
            return whole * 1_000_000 + part // 1_000
    return None


def _whole(value: Value) -> int | None:
    if "integerValue" in value:
        return int(value["integerValue"])
    number = value.get("doubleValue")
    return int(number) if isinstance(number, float) and number.is_integer() else None


_READERS: dict[str, Callable[[object], int | None]] = {
    "timestampValue": _of_text,
    "stringValue": _of_text,
    "integerValue": _of_integer,
    "doubleValue": _of_double,
    "mapValue": _of_map,
}
