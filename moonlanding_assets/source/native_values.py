"""Compiled: single values as JSON, but for the digits of doubles, whose places are noted."""

from moonlanding_assets.source.native import compiled
from moonlanding_assets.source.native_bytes import (
    DAMAGED,
    INT64,
    Bytes,
    Numbers,
    eight_bytes,
    put_base64,
    put_integer,
    put_padded,
    put_text,
)
from moonlanding_assets.source.native_keys import put_reference
from moonlanding_assets.source.native_properties import (
    BOOLEAN,
    BYTES,
    COORDINATE,
    DOUBLE,
    DOUBLES,
    INTEGER,
    KIND,
    POINT,
    REFERENCE,
    STRING,
    TIMESTAMP,
    VALUE,
    VALUE_END,
)
from moonlanding_assets.source.native_words import FALSE, LONGITUDE, TRUE, put

# The rows of `doubles`: their bits, and where in the text each belongs.
BITS, PLACES = range(2)

_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
_DAY_US = 86_400_000_000
_NOT_FINITE = 0x7FF
_TWO, _THREE, _FOUR, _SIX = (INT64(digits) for digits in (2, 3, 4, 6))


@compiled
def put_value(
    source: Bytes, out: Bytes, to: int, state: Numbers, rows: Numbers, row: int, doubles: Numbers
) -> int:
    """What stands between head and tail; DAMAGED for what is no value of its kind."""
    kind, at, end = rows[row, KIND], rows[row, VALUE], rows[row, VALUE_END]
    if kind == STRING:
        return put_text(out, to, source, at, end)
    if kind in (DOUBLE, COORDINATE):
        return _note_double(to, state, doubles, eight_bytes(source, at))
    if kind == INTEGER:
        return put_integer(out, to, at)
    if kind == POINT:
        return _put_point(source, out, to, state, at, doubles)
    if kind == BOOLEAN:
        return put(out, to, TRUE if at else FALSE)
    return _put_text_value(source, out, to, kind, at, end)


@compiled
def _put_text_value(source: Bytes, out: Bytes, to: int, kind: int, at: int, end: int) -> int:
    if kind == TIMESTAMP:
        return _put_time(out, to, at) if _FIRST_US <= at <= _LAST_US else DAMAGED
    if kind == BYTES:
        return put_base64(out, to, source, at, end)
    if kind == REFERENCE:
        return put_reference(out, to, source, at, end - 1)
    return to  # null, an empty array


@compiled
def is_finite(bits: int) -> bool:
    """Whether the double of these bits is a number."""
    return (bits >> 52) & _NOT_FINITE != _NOT_FINITE


@compiled
def _note_double(to: int, state: Numbers, doubles: Numbers, bits: int) -> int:
    double = state[DOUBLES]
    doubles[BITS, double] = bits
    doubles[PLACES, double] = to
    state[DOUBLES] = double + 1
    return to


@compiled
def _put_point(
    source: Bytes, out: Bytes, to: int, state: Numbers, at: int, doubles: Numbers
) -> int:
    latitude, longitude = eight_bytes(source, at + 1), eight_bytes(source, at + 10)
    if not (is_finite(latitude) and is_finite(longitude)):
        return DAMAGED
    _note_double(to, state, doubles, latitude)
    return _note_double(put(out, to, LONGITUDE), state, doubles, longitude)


@compiled
def _put_time(out: Bytes, to: int, microseconds: int) -> int:
    """RFC 3339 in UTC with 0, 3 or 6 fraction digits."""
    days = microseconds // _DAY_US
    rest = microseconds - days * _DAY_US
    fraction = rest % 1_000_000
    seconds = rest // 1_000_000
    to = _put_date(out, to, days)
    for place, mark in ((seconds // 3600, 0x3A), (seconds // 60 % 60, 0x3A), (seconds % 60, 0x2E)):
        to = put_padded(out, to, place, _TWO)
        out[to] = mark
        to += 1
    if fraction == 0:
        to -= 1
    elif fraction % 1000 == 0:
        to = put_padded(out, to, fraction // 1000, _THREE)
    else:
        to = put_padded(out, to, fraction, _SIX)
    out[to] = 0x5A
    return to + 1


@compiled
def _put_date(out: Bytes, to: int, days: int) -> int:
    # Days are counted from 0000-03-01, in eras of 400 years, so a leap day is a year's last.
    days += 719_468
    era = days // 146_097
    day = days - era * 146_097
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    is_next_year = month >= 10
    to = put_padded(out, to, year + era * 400 + is_next_year, _FOUR)
    for number in (month - 9 if is_next_year else month + 3, day):
        out[to] = 0x2D
        to = put_padded(out, to + 1, number, _TWO)
    out[to] = 0x54
    return to + 1
