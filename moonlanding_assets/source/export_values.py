"""Properties of a managed export become Firestore values in the REST encoding.

One pass, strict: a meaning, kind or repetition that is not known to be Firestore's is refused
(UnreadableValueError), never guessed. Holds no reading of files and no writing.

The reference: large exports are read by compiled code (export_texts.py), which is held to this one
by tests and leaves to it whatever is odd.
"""

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.message import DecodeError

from moonlanding_assets.source import export_messages, value
from moonlanding_assets.source.export_keys import reference_text
from moonlanding_assets.source.value import Fields, Value

# Meanings of a property; 0 is none.
TIMESTAMP = 7
GEOPOINT = 9
BYTES = 14
TEXT = 15
MAP = 19
EMPTY_ARRAY = 24
VECTOR = 31

# Firestore allows 20 levels; the JSON text can carry 40 of maps inside arrays.
MAX_DEPTH = 40

# The list of an array, which grows, and whether it is a vector.
_Array = tuple[list[Value], bool]


class UnreadableValueError(ValueError):
    """A property that is no Firestore value; `trail` names the fields that lead to it."""

    def __init__(self, what: str, trail: tuple[str, ...] = ()) -> None:
        place = " > ".join(f"`{name}`" for name in trail)
        super().__init__(f"field {place}: {what}" if trail else what)
        self.what = what
        self.trail = trail


def fields_of(entity: Any, withhold: frozenset[str] = frozenset(), *, depth: int = 0) -> Fields:
    """The values of an Entity message; names in `withhold` are skipped without being decoded.

    Raises UnreadableValueError.
    """
    fields = _read(_kept(entity.raw_property, withhold), depth)
    if entity.property:
        indexed = _read(_kept(entity.property, withhold), depth)
        for name in indexed.keys() & fields.keys():
            raise UnreadableValueError("the field is in both property lists", (name,))
        fields.update(indexed)
    _check_names(fields)
    return fields


def _check_names(fields: Fields) -> None:
    try:
        "".join(fields)
    except TypeError:  # protobuf gives a text that is no UTF-8 as bytes
        raise UnreadableValueError("a field name that is no UTF-8 text") from None


def names_of(entity: Any) -> set[str]:
    """The names of the fields, without decoding any value."""
    return {one.name for one in (*entity.raw_property, *entity.property)}


def _kept(properties: Any, withhold: frozenset[str]) -> Any:
    if not withhold:
        return properties
    return [one for one in properties if one.name not in withhold]


def _read(properties: Iterable[Any], depth: int) -> Fields:
    fields: Fields = {}
    arrays: dict[str, _Array] = {}
    try:
        for one in properties:
            name = one.name
            meaning = one.meaning
            content = one.value
            text = content.stringvalue
            if meaning:
                decoded = _BY_MEANING[meaning](content, depth)
            elif text:
                decoded = {"stringValue": text.decode()}
            else:
                decoded = _BY_KIND[content.WhichOneof("kind")](one)
            if one.multiple:
                _append(fields, arrays, one=one, element=decoded)
            elif name in fields or not name or meaning == VECTOR:
                raise UnreadableValueError("a name that is empty or occurs twice, or half a vector")
            else:
                fields[name] = decoded
    except (ValueError, KeyError, DecodeError) as problem:
        raise _placed(problem, one) from None
    return fields


def _placed(problem: Exception, one: Any) -> UnreadableValueError:
    """The problem as one of the property that was being decoded."""
    name = one.name if isinstance(one.name, str) else "?"
    if isinstance(problem, UnreadableValueError):
        return UnreadableValueError(problem.what, (name, *problem.trail))
    if isinstance(problem, UnicodeDecodeError):
        return UnreadableValueError("bytes that are no UTF-8 text", (name,))
    if isinstance(problem, KeyError):
        kind = one.value.WhichOneof("kind")
        return UnreadableValueError(f"the unknown meaning {one.meaning} of a {kind}", (name,))
    return UnreadableValueError(str(problem), (name,))


def _append(fields: Fields, arrays: dict[str, _Array], *, one: Any, element: Value) -> None:
    name = one.name
    meaning = one.meaning
    array = arrays.get(name)
    if array is None:
        if name in fields or not name:
            raise UnreadableValueError("a name that is empty or occurs twice")
        array = arrays[name] = [], meaning == VECTOR
        fields[name] = _array_value(*array)
    values, is_vector = array
    if is_vector != (meaning == VECTOR):
        raise UnreadableValueError("an array that is in part a vector")
    if meaning == EMPTY_ARRAY:
        raise UnreadableValueError("an empty array inside an array")
    values.append(element)


def _array_value(values: list[Value], is_vector: bool) -> Value:
    content: Value = {"arrayValue": {"values": values}}
    if not is_vector:
        return content
    return value.map_({"__type__": value.string(value.VECTOR_TYPE), "value": content})


def _null(one: Any) -> Value:
    # Bytes without a known kind would be a value of a kind that nobody knows.
    if not one.HasField("value") or one.value.ByteSize():
        raise UnreadableValueError("a value of an unknown kind")
    return {"nullValue": None}


def _map(content: Any, depth: int) -> Value:
    _expect(content, "stringvalue", meaning=MAP)
    if depth >= MAX_DEPTH:
        raise UnreadableValueError(f"maps in maps, more than {MAX_DEPTH} deep")
    entity = export_messages.Entity.FromString(content.stringvalue)
    return {"mapValue": {"fields": fields_of(entity, depth=depth + 1)}}


def _empty_array(content: Any, _: int) -> Value:
    if content.ByteSize():
        raise UnreadableValueError("an empty array that holds a value")
    return {"arrayValue": {"values": []}}


def _timestamp(content: Any, _: int) -> Value:
    microseconds = content.int64value
    if not microseconds:  # 0 as well where the value is no integer
        _expect(content, "int64value", meaning=TIMESTAMP)
    return {"timestampValue": value.timestamp_text(microseconds)}


def _geopoint(content: Any, _: int) -> Value:
    _expect(content, "pointvalue", meaning=GEOPOINT)
    point = content.pointvalue
    return value.geopoint(point.x, point.y)


def _bytes(content: Any, _: int) -> Value:
    _expect(content, "stringvalue", meaning=BYTES)
    return value.bytes_(content.stringvalue)


def _text(content: Any, _: int) -> Value:
    _expect(content, "stringvalue", meaning=TEXT)
    return {"stringValue": content.stringvalue.decode()}


def _coordinate(content: Any, _: int) -> Value:
    _expect(content, "doublevalue", meaning=VECTOR)
    return value.double(content.doublevalue)


def _integer(one: Any) -> Value:
    return {"integerValue": str(one.value.int64value)}


def _boolean(one: Any) -> Value:
    return {"booleanValue": one.value.booleanvalue}


def _empty_string(_: Any) -> Value:
    return {"stringValue": ""}


def _double(one: Any) -> Value:
    return value.double(one.value.doublevalue)


def _reference(one: Any) -> Value:
    return {"referenceValue": reference_text(one.value.referencevalue)}


def _expect(content: Any, kind: str, *, meaning: int) -> None:
    found = content.WhichOneof("kind")
    if found != kind:
        raise UnreadableValueError(f"meaning {meaning} on a {found or 'null'} instead of a {kind}")


# Properties without a meaning, by the kind of their value; the decoder takes the property.
_BY_KIND: dict[str | None, Callable[[Any], Value]] = {
    None: _null,
    "int64value": _integer,
    "booleanvalue": _boolean,
    "stringvalue": _empty_string,
    "doublevalue": _double,
    "referencevalue": _reference,
}
# Properties with a meaning; the decoder takes the value and the depth of the map around it.
_BY_MEANING: dict[int, Callable[[Any, int], Value]] = {
    TIMESTAMP: _timestamp,
    GEOPOINT: _geopoint,
    BYTES: _bytes,
    TEXT: _text,
    MAP: _map,
    EMPTY_ARRAY: _empty_array,
    VECTOR: _coordinate,
}
