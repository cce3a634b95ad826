"""Compiled: the properties of an entity found, judged and put in the order of their names.

What is not exactly as Firestore writes it is ODD, and never guessed at. Holds no text.
"""

import numpy as np

from moonlanding_assets.source.native import compiled
from moonlanding_assets.source.native_bytes import DAMAGED, INT64, Bytes, Numbers, span, varint
from moonlanding_assets.source.native_keys import field_of, inner_key_end

# How a document went: its text is written, only the reference reader can tell, no room is left.
WRITTEN, ODD, FULL = 0, 1, 2

# What a property's value is.
NULL, BOOLEAN, INTEGER, STRING, DOUBLE, POINT, REFERENCE = 0, 1, 2, 3, 4, 5, 6
TIMESTAMP, BYTES, MAP, COORDINATE = 7, 8, 9, 11
EMPTY_ARRAY = INT64(10)
_STRANGE = -1

# The columns of `rows`: one row for each property of the maps that are open. VALUE is the number
# itself, or where the bytes of the value begin; FIRST and LAST, whether it begins or ends the
# values of its name; ORDER is for sorting. The second half of `rows` is for sorting as well.
NAME, NAME_END, PLACE, REPEATED, KIND, VALUE, VALUE_END, FIRST, LAST, ORDER = range(10)
COLUMNS = 10
ROOM_ROWS = 50_000
# The places of `state`: where to write next, how many doubles, rows and open maps there are; then
# for each open map its first row, the row that is next, and the end of its rows.
OUT, DOUBLES, ROWS, MAPS, BEGIN, NEXT, STOP = range(7)
A_MAP = 3
DEEPEST = 40  # maps in maps, as in export_values
STATE_PLACES = BEGIN + A_MAP * (DEEPEST + 1)

_MOST_NAMES = 2_000  # of a map whose fields are not in order

# meaning, kind on the wire, kind that it makes; repeated: 0 never, 1 always, 2 either.
_MEANINGS = np.array(
    [
        (7, INTEGER, TIMESTAMP, 2),
        (9, POINT, POINT, 2),
        (14, STRING, BYTES, 2),
        (15, STRING, STRING, 2),
        (19, STRING, MAP, 2),
        (24, NULL, EMPTY_ARRAY, 0),
        (31, DOUBLE, COORDINATE, 1),
    ]
)


@compiled
def open_map(source: Bytes, at: int, end: int, state: Numbers, rows: Numbers) -> bool:
    """Begins the map that an entity is: its rows, in order; False where it is odd."""
    begin = state[ROWS]
    if state[MAPS] > DEEPEST or not _scan(source, at, end, state, rows):
        return False
    if not _in_order(source, begin, state[ROWS], rows):
        return False
    place = A_MAP * state[MAPS]
    state[place + BEGIN] = state[place + NEXT] = begin
    state[place + STOP] = state[ROWS]
    state[MAPS] += 1
    return True


@compiled
def _scan(source: Bytes, at: int, end: int, state: Numbers, rows: Numbers) -> bool:
    while at < end:
        if source[at] in (0x72, 0x7A):  # property, raw_property
            row = state[ROWS]
            rows[row, PLACE] = source[at]
            begin, at = span(source, at + 1, end)
            if at == DAMAGED or not _property(source, begin, at, rows, row):
                return False
            state[ROWS] = row + 1
            if row + 1 == ROOM_ROWS:
                return False
        elif state[MAPS] == 0:  # the document's own key was judged with its path
            _, _, at = field_of(source, at, end)
        else:
            at = inner_key_end(source, at, end)
        if at == DAMAGED:
            return False
    return True


@compiled
def _property(source: Bytes, at: int, end: int, rows: Numbers, row: int) -> bool:
    meaning = repeated = seen = 0
    kind = _STRANGE
    name = name_end = 0
    while at < end:
        tag = source[at]
        if seen & (1 << (tag >> 3)):
            return False
        seen |= 1 << (tag >> 3)
        if tag in (0x1A, 0x2A):
            begin, at = span(source, at + 1, end)
            if at == DAMAGED:
                return False
            if tag == 0x1A:
                name, name_end = begin, at
            else:
                kind = _value(source, begin, at, rows, row)
        elif tag in (0x08, 0x20) and end - at > 1 and source[at + 1] < 0x80:
            if tag == 0x08:
                meaning = INT64(source[at + 1])
            else:
                repeated = INT64(source[at + 1])
            at += 2
        else:
            return False
    rows[row, NAME], rows[row, NAME_END], rows[row, REPEATED] = name, name_end, repeated
    rows[row, KIND] = _judged(kind, meaning, repeated)
    return name < name_end and repeated < 2 and rows[row, KIND] != _STRANGE


@compiled
def _judged(kind: int, meaning: int, repeated: int) -> int:
    """The kind that a meaning makes of a kind on the wire; _STRANGE where the two do not fit."""
    if meaning == 0:
        return _STRANGE if kind == POINT else kind
    for place in range(len(_MEANINGS)):
        if meaning == _MEANINGS[place, 0] and kind == _MEANINGS[place, 1]:
            is_right = _MEANINGS[place, 3] in (repeated, 2)
            return _MEANINGS[place, 2] if is_right else _STRANGE
    return _STRANGE


@compiled
def _value(source: Bytes, at: int, end: int, rows: Numbers, row: int) -> int:
    """The kind of a PropertyValue on the wire; _STRANGE for more than one, or an unknown one."""
    if at == end:
        return NULL
    tag = source[at]
    kind, stop, value = _STRANGE, DAMAGED, at + 1
    if tag == 0x1A:
        kind = STRING
        value, stop = span(source, at + 1, end)
    elif tag == 0x21:
        kind, stop = DOUBLE, at + 9
    elif tag == 0x08:
        kind = INTEGER
        value, stop = varint(source, at + 1, end)
    elif tag == 0x10:
        value, stop = varint(source, at + 1, end)
        kind = BOOLEAN if value in (0, 1) else _STRANGE
    elif tag == 0x2B:
        is_point = end - at == 20 and source[at + 1] == 0x31 and source[at + 10] == 0x39
        kind, stop = POINT, (end if is_point and source[at + 19] == 0x2C else DAMAGED)
    elif tag == 0x63:
        kind, stop = REFERENCE, (end if source[end - 1] == 0x64 else DAMAGED)
    rows[row, VALUE], rows[row, VALUE_END] = value, stop
    return kind if stop == end else _STRANGE


@compiled
def _in_order(source: Bytes, begin: int, end: int, rows: Numbers) -> bool:
    """Marks where names begin and end, and sorts by them; False where a name comes twice."""
    names = INT64(0)
    is_sorted = True
    for row in range(begin, end):
        difference = -1 if row == begin else _compared(source, rows, row - 1, row)
        goes_on = difference == 0 and _goes_on(rows, row)
        rows[row, FIRST] = not goes_on
        rows[row, LAST] = 1
        if goes_on:
            rows[row - 1, LAST] = 0
        else:
            is_sorted &= difference < 0
            rows[begin + names, ORDER] = row
            names += 1
    return is_sorted or (names <= _MOST_NAMES and _sort(source, begin, names, rows))


@compiled
def _goes_on(rows: Numbers, row: int) -> bool:
    """Whether the row is one more element of the array that the row before it is of."""
    return bool(
        rows[row, REPEATED] == 1
        and rows[row - 1, REPEATED] == 1
        and rows[row, PLACE] == rows[row - 1, PLACE]
        and (rows[row, KIND] == COORDINATE) == (rows[row - 1, KIND] == COORDINATE)
    )


@compiled
def _compared(source: Bytes, rows: Numbers, one: int, other: int) -> int:
    """Below, at or above 0: the order of two rows' names, by their bytes."""
    at, other_at = rows[one, NAME], rows[other, NAME]
    size, other_size = rows[one, NAME_END] - at, rows[other, NAME_END] - other_at
    for place in range(min(size, other_size)):
        difference = INT64(source[at + place]) - INT64(source[other_at + place])
        if difference != 0:
            return int(difference)
    longer: int = size - other_size
    return longer


@compiled
def _sort(source: Bytes, begin: int, names: int, rows: Numbers) -> bool:
    for place in range(begin + 1, begin + names):
        row = rows[place, ORDER]
        to = place
        while to > begin:
            difference = _compared(source, rows, row, rows[to - 1, ORDER])
            if difference == 0:
                return False
            if difference > 0:
                break
            rows[to, ORDER] = rows[to - 1, ORDER]
            to -= 1
        rows[to, ORDER] = row
    _move(begin, names, rows)
    return True


@compiled
def _move(begin: int, names: int, rows: Numbers) -> None:
    count = ROOM_ROWS
    for place in range(begin, begin + names):
        row = rows[place, ORDER]
        while True:
            for column in range(ORDER):
                rows[count, column] = rows[row, column]
            count += 1
            if rows[row, LAST]:
                break
            row += 1
    for place in range(count - ROOM_ROWS):
        for column in range(ORDER):
            rows[begin + place, column] = rows[ROOM_ROWS + place, column]
