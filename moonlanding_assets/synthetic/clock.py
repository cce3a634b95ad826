"""Times in every form that the sources write them, from microseconds since 1970 UTC.

Local strings are Africa/Johannesburg (UTC+2, no daylight saving). Reads no clock.
"""

import datetime
import random
from collections.abc import Callable

from moonlanding_assets.source import value as v

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

_EPOCH = datetime.datetime(1970, 1, 1)
_JOHANNESBURG_US = 2 * HOUR_US


def at_us(year: int, month: int, day: int) -> int:
    """Midnight UTC of a date."""
    return round((datetime.datetime(year, month, day) - _EPOCH).total_seconds()) * 1_000_000


#: When the demo's exports were taken: nothing in them is younger.
EXPORT_STARTED_US = at_us(2026, 2, 5) + 22 * HOUR_US


def later(rng: random.Random, start_us: int, days: float) -> int:
    """A moment within so many days after the start, in whole milliseconds."""
    return start_us + int(rng.random() * days * 86_400_000) * 1_000


def _local(time_us: int) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(microseconds=time_us + _JOHANNESBURG_US)


def iso_date(time_us: int) -> str:
    """YYYY-MM-DD."""
    return _local(time_us).isoformat(" ")[:10]


def iso_minutes(time_us: int) -> str:
    """YYYY-MM-DD HH:mm."""
    return _local(time_us).isoformat(" ")[:16]


def iso_seconds(time_us: int) -> str:
    """YYYY-MM-DD HH:mm:ss."""
    return _local(time_us).isoformat(" ")[:19]


def dmy_minutes(time_us: int) -> str:
    """DD/MM/YY HH:mm."""
    text = iso_minutes(time_us)
    return f"{text[8:10]}/{text[5:7]}/{text[2:4]} {text[11:]}"


def dmy_date(time_us: int) -> str:
    """DD/MM/YYYY."""
    text = iso_date(time_us)
    return f"{text[8:]}/{text[5:7]}/{text[:4]}"


def file_suffix(time_us: int) -> str:
    """DDMMYY_HHmmss, the end of an uploaded file's name."""
    text = iso_seconds(time_us)
    return f"{text[8:10]}{text[5:7]}{text[2:4]}_{text[11:].replace(':', '')}"


def seconds_map(time_us: int) -> v.Value:
    """The map that a timestamp becomes in a JSON export."""
    seconds, rest = divmod(time_us, 1_000_000)
    return v.map_({"_seconds": v.integer(seconds), "_nanoseconds": v.integer(rest * 1_000)})


def plain_seconds_map(time_us: int) -> v.Value:
    """The same map as another library spells it."""
    seconds, rest = divmod(time_us, 1_000_000)
    return v.map_({"seconds": v.integer(seconds), "nanoseconds": v.integer(rest * 1_000)})


_FORMS: tuple[Callable[[int], v.Value | str], ...] = (
    iso_minutes, v.timestamp_us, dmy_minutes, iso_date, seconds_map, dmy_date, iso_seconds,
    plain_seconds_map,
)  # fmt: skip


def in_form(time_us: int, form: int) -> v.Value:
    """The time in one of its forms (any whole number, they repeat): strings, timestamp, maps."""
    written = _FORMS[form % len(_FORMS)](time_us)
    return v.string(written) if isinstance(written, str) else written


def stamp(time_us: int, number: int) -> v.Value:
    """A timestamp; every 41st is the map that JSON makes of it."""
    if number % 41 == 7:
        return seconds_map(time_us)
    return v.timestamp_us(time_us)
