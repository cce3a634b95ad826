"""Compiled: keys of entities and references, and the paths that they spell.

What is not exactly as Firestore writes it is DAMAGED here, and left to the reference reader.
"""

from moonlanding_assets.source.native import compiled
from moonlanding_assets.source.native_bytes import (
    DAMAGED,
    INT64,
    Bytes,
    put_integer,
    put_plain,
    put_text,
    span,
    varint,
)
from moonlanding_assets.source.native_words import (
    DATABASES,
    DEFAULT,
    DOCUMENTS,
    ID,
    ID_END,
    PROJECTS,
    put,
)

# Tags of an element: its type, numeric id, name, and its end; in a path and in a reference.
_Tags = tuple[int, int, int, int]
_OF_PATH: _Tags = (INT64(0x12), INT64(0x18), INT64(0x22), INT64(0x0C))
_OF_REFERENCE: _Tags = (INT64(0x7A), INT64(0x80), INT64(0x8A), INT64(0x74))
_PATH_ELEMENT, _REFERENCE_ELEMENT = 0x0B, 0x73
# Tags of an entity (all with a length), and of its key.
_PROPERTY, _RAW_PROPERTY, _KEY, _GROUP = 0x72, 0x7A, 0x6A, 0x82
_APP, _PATH, _NAMESPACE, _DATABASE = 0x6A, 0x72, 0xA2, 0xBA

_SLASH, _TILDE = 0x2F, 0x7E


@compiled
def put_document_path(
    out: Bytes, to: int, source: Bytes, at: int, end: int, app: Bytes, database: Bytes
) -> int:
    """The path of the document that the entity is, plain; DAMAGED where the entity is odd.

    It is odd as well where its key is not of that very app and database.
    """
    path_end = DAMAGED
    while at < end:
        tag, begin, at = field_of(source, at, end)
        stop = at
        if tag == _KEY and path_end == DAMAGED:
            path_end = stop = _put_key(out, to, source, begin, at, app, database)
        elif tag == _GROUP:
            # Written behind the path and forgotten: only to see that it is one.
            stop = _put_path(out, max(to, path_end), source, begin, at)
        elif tag not in (_PROPERTY, _RAW_PROPERTY):
            return DAMAGED
        if stop == DAMAGED:
            return DAMAGED
    return path_end


@compiled
def field_of(source: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """A field with a length: its tag, where its bytes begin, and where they end or DAMAGED."""
    tag, at = varint(source, at, end)
    if at == DAMAGED:
        return 0, 0, DAMAGED
    begin, stop = span(source, at, end)
    return (tag if stop != DAMAGED else 0), begin, stop


@compiled
def _put_key(
    out: Bytes, to: int, source: Bytes, at: int, end: int, app: Bytes, database: Bytes
) -> int:
    path_end = DAMAGED
    last = 0
    is_app = False
    is_database = len(database) == 0
    while at < end:
        tag, begin, at = field_of(source, at, end)
        if tag <= last:  # 0 for damage
            return DAMAGED
        last = tag
        if tag == _APP:
            is_app = _same(source, begin, at, app)
        elif tag == _PATH:
            path_end = _put_path(out, to, source, begin, at)
        elif tag == _DATABASE:
            is_database = _same(source, begin, at, database)
        else:
            return DAMAGED
    return path_end if is_app and is_database else DAMAGED


@compiled
def _same(source: Bytes, at: int, end: int, expected: Bytes) -> bool:
    if end - at != len(expected):
        return False
    for place in range(len(expected)):  # noqa: SIM110 - numba compiles no generators
        if source[at + place] != expected[place]:
            return False
    return True


@compiled
def _put_path(out: Bytes, to: int, source: Bytes, at: int, end: int) -> int:
    begin = to
    while at < end:
        if source[at] != _PATH_ELEMENT:
            return DAMAGED
        at, to = _put_element(out, to, source, at + 1, end, _OF_PATH)
        if at == DAMAGED:
            return DAMAGED
    return to - 1 if to > begin else DAMAGED


@compiled
def _put_element(
    out: Bytes, to: int, source: Bytes, at: int, end: int, tags: _Tags
) -> tuple[int, int]:
    """Type and id with a slash after each; where it ends in source (or DAMAGED) and in out."""
    tag, at = varint(source, at, end)
    if at == DAMAGED or tag != tags[0]:
        return DAMAGED, to
    at, to = _put_part(out, to, source, at, end, tags)
    if at == DAMAGED:
        return DAMAGED, to
    tag, at = varint(source, at, end)
    if at != DAMAGED and tag == tags[1]:
        number, at = varint(source, at, end)
        to = put(out, put_integer(out, put(out, to, ID), number), ID_END)
        out[to] = _SLASH
        to += 1
    elif at != DAMAGED and tag == tags[2]:
        at, to = _put_part(out, to, source, at, end, tags)
    else:
        return DAMAGED, to
    if at == DAMAGED:
        return DAMAGED, to
    tag, at = varint(source, at, end)
    return (at if tag == tags[3] else DAMAGED), to


@compiled
def _put_part(
    out: Bytes, to: int, source: Bytes, at: int, end: int, tags: _Tags
) -> tuple[int, int]:
    begin, at = span(source, at, end)
    if at <= begin:  # empty, or DAMAGED
        return DAMAGED, to
    for place in range(begin, at):
        if source[place] == _SLASH:
            return DAMAGED, to
    if tags == _OF_REFERENCE:
        to = put_text(out, to, source, begin, at)
    else:
        to = put_plain(out, to, source, begin, at)
    if to == DAMAGED:
        return DAMAGED, to
    out[to] = _SLASH
    return at, to + 1


@compiled
def inner_key_end(source: Bytes, at: int, end: int) -> int:
    """Where the empty key, or empty entity group, of a map ends; DAMAGED where it is neither."""
    tag, begin, stop = field_of(source, at, end)
    if tag not in (_KEY, _GROUP) or (tag == _GROUP and stop > begin):
        return DAMAGED
    while begin < stop:
        if source[begin] not in (_APP, _PATH) or begin + 1 == stop or source[begin + 1] != 0:
            return DAMAGED
        begin += 2
    return stop


@compiled
def put_reference(out: Bytes, to: int, source: Bytes, at: int, end: int) -> int:
    """A reference in REST form, inside quotes; DAMAGED where it is odd."""
    tag, begin, at = field_of(source, at, end)
    project = _without_prefix(source, begin, at)
    project_end = at
    if tag != _APP or at <= project:
        return DAMAGED
    elements = at
    at, _ = _put_elements(out, to, source, at, end)
    database = database_end = 0
    if at != DAMAGED and at < end:
        tag, database, at = field_of(source, at, end)
        database_end = at
        if tag != _DATABASE:
            return DAMAGED
    if at != end:
        return DAMAGED
    to = put_text(out, put(out, to, PROJECTS), source, project, project_end)
    if to == DAMAGED:
        return DAMAGED
    to = put(out, to, DATABASES)
    if database_end > database:
        to = put_text(out, to, source, database, database_end)
    else:
        to = put(out, to, DEFAULT)
    if to == DAMAGED:
        return DAMAGED
    _, to = _put_elements(out, put(out, to, DOCUMENTS), source, elements, end)
    return to - 1


@compiled
def _put_elements(out: Bytes, to: int, source: Bytes, at: int, end: int) -> tuple[int, int]:
    begin = to
    while at < end and source[at] == _REFERENCE_ELEMENT:
        at, to = _put_element(out, to, source, at + 1, end, _OF_REFERENCE)
        if at == DAMAGED:
            return DAMAGED, to
    return (at if to > begin else DAMAGED), to


@compiled
def _without_prefix(source: Bytes, at: int, end: int) -> int:
    """Where a project's name begins: behind `s~` and the like."""
    place = at
    while place < end and 0x61 <= source[place] <= 0x7A:
        place += 1
    return place + 1 if at < place < end and source[place] == _TILDE else at
