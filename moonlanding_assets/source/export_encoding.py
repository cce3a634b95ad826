"""Firestore values in the REST encoding become entities of a managed export, as the emulator
writes them (but for the order of the fields, which is by name here: same fields, same bytes).

Holds no reading and no files.
"""

import base64
from collections.abc import Callable
from typing import Any

from moonlanding_assets.source import export_keys, export_messages, export_values, value
from moonlanding_assets.source.value import Fields, Value

_VECTOR_KEYS = {"__type__", "value"}


def entity_bytes(path: str, fields: Fields, *, project: str, database: str) -> bytes:
    """One document as an EntityProto, its fields sorted by name.

    Raises ValueError for a path or value that Firestore could not hold, naming the field.
    """
    entity = export_messages.Entity()
    export_keys.fill_key(entity, path, project=project, database=database)
    _fill(entity, fields)
    content: bytes = entity.SerializeToString()
    return content


def _fill(entity: Any, fields: Fields) -> None:
    for name in sorted(fields):
        if not name:
            raise ValueError("a field without a name")
        try:
            _add(entity, name, fields[name])
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(f"field `{name}`: no value of the REST encoding") from problem
        except ValueError as problem:
            raise ValueError(f"field `{name}`: {problem}") from None


def _add(entity: Any, name: str, one: Value) -> None:
    ((kind, payload),) = one.items()
    if kind == "arrayValue":
        _add_array(entity, name, payload.get("values", []))
    elif kind == "mapValue" and _is_vector(payload):
        for coordinate in payload["fields"]["value"]["arrayValue"]["values"]:
            number = value.double_of(coordinate["doubleValue"])
            content = _next(entity.raw_property, name, meaning=export_values.VECTOR, repeated=True)
            content.doublevalue = number
    else:
        _add_one(entity, name, kind=kind, payload=payload, repeated=False)


def _add_array(entity: Any, name: str, elements: list[Value]) -> None:
    if not elements:
        _next(entity.property, name, meaning=export_values.EMPTY_ARRAY, repeated=False)
    for element in elements:
        ((kind, payload),) = element.items()
        if kind == "mapValue" and _is_vector(payload):
            raise ValueError("a vector inside an array")
        _add_one(entity, name, kind=kind, payload=payload, repeated=True)


def _add_one(entity: Any, name: str, *, kind: str, payload: Any, repeated: bool) -> None:
    if kind not in _WRITERS:
        raise ValueError(f"a {kind} is not possible here")
    meaning, write = _WRITERS[kind]
    write(_next(entity.raw_property, name, meaning=meaning, repeated=repeated), payload)


def _next(properties: Any, name: str, *, meaning: int, repeated: bool) -> Any:
    """The empty value of one more property."""
    one = properties.add()
    one.name = name
    one.multiple = repeated
    if meaning:
        one.meaning = meaning
    content = one.value
    content.SetInParent()
    return content


def _is_vector(payload: Any) -> bool:
    fields = payload.get("fields", {})
    return (
        fields.keys() == _VECTOR_KEYS
        and fields["__type__"] == {"stringValue": value.VECTOR_TYPE}
        and bool(fields["value"]["arrayValue"]["values"])
    )


def _write_null(_: Any, __: None) -> None:
    """Null is a value without content."""


def _write_boolean(content: Any, flag: bool) -> None:
    content.booleanvalue = flag


def _write_integer(content: Any, text: str) -> None:
    content.int64value = int(text)


def _write_double(content: Any, payload: float | str) -> None:
    content.doublevalue = value.double_of(payload)


def _write_timestamp(content: Any, text: str) -> None:
    content.int64value = value.timestamp_us_of(text)


def _write_string(content: Any, text: str) -> None:
    content.stringvalue = text.encode()


def _write_bytes(content: Any, text: str) -> None:
    content.stringvalue = base64.b64decode(text, validate=True)


def _write_reference(content: Any, text: str) -> None:
    export_keys.fill_reference(content.referencevalue, text)


def _write_geopoint(content: Any, point: dict[str, float]) -> None:
    checked = value.geopoint(point["latitude"], point["longitude"])["geoPointValue"]
    content.pointvalue.x = checked["latitude"]
    content.pointvalue.y = checked["longitude"]


def _write_map(content: Any, payload: dict[str, Fields]) -> None:
    nested = export_messages.Entity()
    # The emulator writes a key without project and path, and an empty entity group.
    nested.key.app = ""
    nested.key.path.SetInParent()
    nested.entity_group.SetInParent()
    _fill(nested, payload.get("fields", {}))
    content.stringvalue = nested.SerializeToString()


# kind -> (meaning, writer of the payload); arrays and vectors are written element by element.
_WRITERS: dict[str, tuple[int, Callable[[Any, Any], None]]] = {
    "nullValue": (0, _write_null),
    "booleanValue": (0, _write_boolean),
    "integerValue": (0, _write_integer),
    "doubleValue": (0, _write_double),
    "timestampValue": (export_values.TIMESTAMP, _write_timestamp),
    "stringValue": (0, _write_string),
    "bytesValue": (export_values.BYTES, _write_bytes),
    "referenceValue": (0, _write_reference),
    "geoPointValue": (export_values.GEOPOINT, _write_geopoint),
    "mapValue": (export_values.MAP, _write_map),
}
