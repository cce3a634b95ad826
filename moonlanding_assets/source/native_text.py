"""Compiled: entities become paths and canonical JSON texts, doubles last.

A double's shortest digits are left to orjson: the texts are written without them, all doubles of
a batch are printed at once, and the digits are put in their places.
"""

from moonlanding_assets.source.native import compiled, entry
from moonlanding_assets.source.native_bytes import DAMAGED, INT64, Bytes, Numbers, put_text
from moonlanding_assets.source.native_keys import put_document_path
from moonlanding_assets.source.native_properties import (
    A_MAP,
    BEGIN,
    BYTES,
    COORDINATE,
    DOUBLES,
    EMPTY_ARRAY,
    FIRST,
    FULL,
    KIND,
    LAST,
    MAP,
    MAPS,
    NAME,
    NAME_END,
    NEXT,
    ODD,
    OUT,
    REFERENCE,
    REPEATED,
    ROWS,
    STOP,
    STRING,
    VALUE,
    VALUE_END,
    WRITTEN,
    open_map,
)
from moonlanding_assets.source.native_values import BITS, PLACES, is_finite, put_value
from moonlanding_assets.source.native_words import (
    INFINITY,
    NAN,
    NEGATIVE_INFINITY,
    TAIL,
    VECTOR,
    VECTOR_END,
    put,
)

_QUOTE, _COMMA, _COLON, _OPEN, _CLOSE = 0x22, 0x2C, 0x3A, 0x7B, 0x7D
_BRACKET = 0x5D

_FIXED_BYTES = 4096  # beside a name and value: words, and what closes every map and array
_GROWTH = 6  # a byte of the source is six in JSON at most


@entry
def write_paths(
    source: Bytes, ends: Numbers, app: Bytes, database: Bytes, out: Bytes, path_ends: Numbers
) -> None:
    """The path of each document of that app and database, one behind the other.

    An empty one is of a document that only the reference reader can tell. `out` has three
    times the room of `source`: a numeric id grows to less than that.
    """
    begin = to = INT64(0)
    for one in range(len(ends)):
        end = put_document_path(out, to, source, begin, ends[one], app, database)
        to = max(to, end)
        path_ends[one] = to
        begin = ends[one]


@entry
def write_texts(
    source: Bytes,
    begins: Numbers,
    ends: Numbers,
    out: Bytes,
    state: Numbers,
    rows: Numbers,
    doubles: Numbers,
    text_ends: Numbers,
) -> int:
    """The text of each document, without its doubles; returns for how many there was room.

    An empty one is of a document that only the reference reader can tell.
    """
    state[OUT] = state[DOUBLES] = 0
    for one in range(len(begins)):
        to, double = state[OUT], state[DOUBLES]
        outcome = _write(source, begins[one], ends[one], out, state, rows, doubles)
        if outcome == FULL:
            return one
        if outcome == ODD:
            state[OUT], state[DOUBLES] = to, double
        text_ends[one] = state[OUT]
    return len(begins)


@entry
def put_doubles(
    text: Bytes,
    text_ends: Numbers,
    doubles: Numbers,
    count: int,
    digits: Bytes,
    out: Bytes,
    whole_ends: Numbers,
) -> None:
    """The texts into `out` with their doubles; `digits` is what orjson printed of all."""
    double = at = to = INT64(0)
    digit = INT64(1)  # behind the bracket
    for one in range(len(text_ends)):
        end = text_ends[one]
        while double < count and doubles[PLACES, double] < end:
            place = doubles[PLACES, double]
            to = _copy(out, to, text, at, place)
            at = place
            begin = digit
            while digits[digit] != _COMMA and digits[digit] != _BRACKET:
                digit += 1
            bits = doubles[BITS, double]
            to = _copy(out, to, digits, begin, digit) if is_finite(bits) else _name(out, to, bits)
            digit += 1
            double += 1
        to = _copy(out, to, text, at, end)
        at = end
        whole_ends[one] = to


@compiled
def _copy(out: Bytes, to: int, text: Bytes, at: int, end: int) -> int:
    for place in range(end - at):
        out[to + place] = text[at + place]
    return to + end - at


@compiled
def _name(out: Bytes, to: int, bits: int) -> int:
    if bits & 0xFFFFFFFFFFFFF:
        return put(out, to, NAN)
    return put(out, to, INFINITY if bits > 0 else NEGATIVE_INFINITY)


@compiled
def _write(
    source: Bytes, at: int, end: int, out: Bytes, state: Numbers, rows: Numbers, doubles: Numbers
) -> int:
    state[ROWS] = state[MAPS] = 0
    if state[OUT] + _FIXED_BYTES > len(out):
        return FULL
    if not open_map(source, at, end, state, rows):
        return ODD
    out[state[OUT]] = _OPEN
    state[OUT] += 1
    while True:
        place = A_MAP * (state[MAPS] - 1)
        row = state[place + NEXT]
        if row < state[place + STOP]:
            state[place + NEXT] = row + 1
            outcome = _write_row(source, out, state, rows, row, doubles)
            if outcome != WRITTEN:
                return outcome
        else:
            state[MAPS] -= 1
            state[ROWS] = state[place + BEGIN]
            if state[MAPS] == 0:
                break
            outer = state[place - A_MAP + NEXT] - 1
            state[OUT] = _end_row(out, put(out, state[OUT], MAP + TAIL), rows, outer)
    out[state[OUT]] = _CLOSE
    state[OUT] += 1
    return WRITTEN


@compiled
def _write_row(
    source: Bytes, out: Bytes, state: Numbers, rows: Numbers, row: int, doubles: Numbers
) -> int:
    kind = rows[row, KIND]
    size = rows[row, NAME_END] - rows[row, NAME]
    if kind in (STRING, BYTES, REFERENCE):
        size += rows[row, VALUE_END] - rows[row, VALUE]
    to = state[OUT]
    room = _FIXED_BYTES + _GROWTH * size
    if to + room > len(out) or state[DOUBLES] + 2 > doubles.shape[1]:
        return FULL
    to = _begin_row(source, out, to, rows, row)
    if to == DAMAGED:
        return ODD
    to = put(out, to, kind)
    if kind == MAP:
        state[OUT] = to
        is_map = open_map(source, rows[row, VALUE], rows[row, VALUE_END], state, rows)
        return WRITTEN if is_map else ODD
    to = put_value(source, out, to, state, rows, row, doubles)
    if to == DAMAGED:
        return ODD
    state[OUT] = _end_row(out, put(out, to, kind + TAIL), rows, row)
    return WRITTEN


@compiled
def _begin_row(source: Bytes, out: Bytes, to: int, rows: Numbers, row: int) -> int:
    """The name, where a value is the first of its name; DAMAGED where that is no UTF-8."""
    if not rows[row, FIRST] or out[to - 1] != _OPEN:
        out[to] = _COMMA
        to += 1
    if not rows[row, FIRST]:
        return to
    out[to] = _QUOTE
    to = put_text(out, to + 1, source, rows[row, NAME], rows[row, NAME_END])
    if to == DAMAGED:
        return DAMAGED
    out[to] = _QUOTE
    out[to + 1] = _COLON
    to += 2
    if rows[row, KIND] == COORDINATE:
        return put(out, to, VECTOR)
    return put(out, to, EMPTY_ARRAY) if rows[row, REPEATED] else to


@compiled
def _end_row(out: Bytes, to: int, rows: Numbers, row: int) -> int:
    if not (rows[row, LAST] and rows[row, REPEATED]):
        return to
    return put(out, to, VECTOR_END if rows[row, KIND] == COORDINATE else EMPTY_ARRAY + TAIL)
