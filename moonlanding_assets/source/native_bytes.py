"""Compiled: numbers and texts out of bytes of the wire, and into bytes of JSON.

Holds nothing about entities. Where a function reads, the end of what may be read is an argument;
where it writes, the caller has seen to the room.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from moonlanding_assets.source.native import compiled

Bytes = NDArray[Any]  # of uint8
Numbers = NDArray[Any]  # of int64

# For numba a number written in the program is a type of its own, for which each function that takes
# it is compiled again. Any: mypy takes the result for the int that it is.
INT64: Any = np.int64

DAMAGED = -1  # in the place of an end: the bytes are not what was looked for

_PLAIN, _ESCAPED, _LEAD, _WRONG = 0, 1, 2, 3


def _classes() -> Bytes:
    classes = np.full(256, _WRONG, np.uint8)
    classes[0x20:0x80] = _PLAIN
    classes[0x00:0x20] = _ESCAPED
    classes[[0x22, 0x5C]] = _ESCAPED
    classes[0xC2:0xF5] = _LEAD
    return classes


def _short_escapes() -> Bytes:
    letters = np.zeros(256, np.uint8)
    for byte, letter in zip(b'\b\t\n\f\r"\\', b'btnfr"\\', strict=True):
        letters[byte] = letter
    return letters


_CLASSES = _classes()
_SHORT_ESCAPES = _short_escapes()
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_BASE64 = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8
)
_PAD = 0x3D


@compiled
def varint(source: Bytes, at: int, end: int) -> tuple[int, int]:
    """The 64-bit number at `at`, and where it ends or DAMAGED."""
    number = 0
    for place in range(10):
        if at + place >= end:
            break
        byte = source[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number, (DAMAGED if place == 9 and byte > 1 else at + place + 1)
    return 0, DAMAGED


@compiled
def span(source: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where the bytes begin whose length stands at `at`, and where they end or DAMAGED."""
    if at < end and source[at] < 0x80:  # most are short
        length, begin = INT64(source[at]), at + 1
    else:
        length, begin = varint(source, at, end)
    if begin == DAMAGED or length < 0 or length > end - begin:
        return 0, DAMAGED
    return begin, begin + length


@compiled
def eight_bytes(source: Bytes, at: int) -> int:
    """Eight bytes, little-endian."""
    number = 0
    for place in range(8):
        number |= INT64(source[at + place]) << (8 * place)
    return number


@compiled
def put_text(out: Bytes, to: int, source: Bytes, at: int, end: int) -> int:
    """A text inside quotes, escaped as orjson does; DAMAGED where it is no UTF-8."""
    while at < end:
        byte = source[at]
        kind = _CLASSES[byte]
        if kind == _PLAIN:
            out[to] = byte
            to += 1
            at += 1
        elif kind == _ESCAPED:
            to = _put_escaped(out, to, byte)
            at += 1
        else:
            size = _sequence(source, at, end)
            if size == DAMAGED:
                return DAMAGED
            for _ in range(size):
                out[to] = source[at]
                to += 1
                at += 1
    return to


@compiled
def put_plain(out: Bytes, to: int, source: Bytes, at: int, end: int) -> int:
    """A text as it is; DAMAGED where it is no UTF-8."""
    while at < end:
        size = 1 if source[at] < 0x80 else _sequence(source, at, end)
        if size == DAMAGED:
            return DAMAGED
        for _ in range(size):
            out[to] = source[at]
            to += 1
            at += 1
    return to


@compiled
def _put_escaped(out: Bytes, to: int, byte: int) -> int:
    out[to] = 0x5C
    letter = _SHORT_ESCAPES[byte]
    if letter:
        out[to + 1] = letter
        return to + 2
    out[to + 1] = 0x75  # u00..
    out[to + 2] = out[to + 3] = 0x30
    out[to + 4] = _HEX[byte >> 4]
    out[to + 5] = _HEX[byte & 15]
    return to + 6


@compiled
def _sequence(source: Bytes, at: int, end: int) -> int:
    """How many bytes the character takes that is not ASCII; DAMAGED for none of UTF-8's."""
    lead = source[at]
    if _CLASSES[lead] != _LEAD:
        return DAMAGED
    size = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if end - at < size:
        return DAMAGED
    second = source[at + 1]
    # No longer form than needed, no surrogates, nothing above U+10FFFF.
    lowest = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
    highest = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
    if second < lowest or second > highest:
        return DAMAGED
    for place in range(2, size):
        if source[at + place] & 0xC0 != 0x80:
            return DAMAGED
    return size


@compiled
def put_integer(out: Bytes, to: int, number: int) -> int:
    """The decimal digits of a 64-bit number."""
    ten = np.uint64(10)
    rest = np.uint64(number)
    if number < 0:
        out[to] = 0x2D
        to += 1
        rest = np.uint64(-(number + 1)) + np.uint64(1)
    end = to + 1
    above = rest // ten
    while above:
        end += 1
        above //= ten
    for place in range(end - 1, to - 1, -1):
        out[place] = 0x30 + INT64(rest % ten)
        rest //= ten
    return end


@compiled
def put_padded(out: Bytes, to: int, number: int, digits: int) -> int:
    """A number of so many digits at most, with zeros before it."""
    for place in range(to + digits - 1, to - 1, -1):
        out[place] = 0x30 + number % 10
        number //= 10
    return to + digits


@compiled
def put_base64(out: Bytes, to: int, source: Bytes, at: int, end: int) -> int:
    """Bytes in the standard alphabet, padded."""
    while at < end:
        size = min(3, end - at)
        bits = 0
        for place in range(3):
            bits <<= 8
            if place < size:
                bits |= source[at + place]
        for place in range(4):
            is_digit = place <= size
            out[to + place] = _BASE64[(bits >> (18 - 6 * place)) & 63] if is_digit else _PAD
        to += 4
        at += size
    return to
