"""The protobuf messages of a managed export, declared at run time (no generated code).

Holds the wire shapes only: EntityProto with its key and properties, and the two metadata
messages. Holds no reading of files and no meaning of a value. Meaning is an int32 here: the
published enum lacks 31 (vector), and a closed enum would hide a meaning that is unknown.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "moonlanding.managed_export"

_INT32 = _Field.TYPE_INT32
_INT64 = _Field.TYPE_INT64
_BOOL = _Field.TYPE_BOOL
_DOUBLE = _Field.TYPE_DOUBLE
_STRING = _Field.TYPE_STRING
_BYTES = _Field.TYPE_BYTES

# message -> (name, number, scalar type or name of a message, flags); flags: r repeated, g group,
# o member of the oneof "kind" (the same bytes on the wire; WhichOneof then tells the kind).
_SHAPES: dict[str, tuple[tuple[str, int, int | str, str], ...]] = {
    "Element": (("type", 2, _STRING, ""), ("id", 3, _INT64, ""), ("name", 4, _STRING, "")),
    "Path": (("element", 1, "Element", "rg"),),
    "Key": (
        ("app", 13, _STRING, ""),
        ("name_space", 20, _STRING, ""),
        ("path", 14, "Path", ""),
        ("database_id", 23, _STRING, ""),
    ),
    "Point": (("x", 6, _DOUBLE, ""), ("y", 7, _DOUBLE, "")),
    "User": (("email", 9, _BYTES, ""),),
    "PathElement": (("type", 15, _STRING, ""), ("id", 16, _INT64, ""), ("name", 17, _STRING, "")),
    "Reference": (
        ("app", 13, _STRING, ""),
        ("name_space", 20, _STRING, ""),
        ("pathelement", 14, "PathElement", "rg"),
        ("database_id", 23, _STRING, ""),
    ),
    "PropertyValue": (
        ("int64value", 1, _INT64, "o"),
        ("booleanvalue", 2, _BOOL, "o"),
        ("stringvalue", 3, _BYTES, "o"),
        ("doublevalue", 4, _DOUBLE, "o"),
        ("pointvalue", 5, "Point", "go"),
        ("uservalue", 8, "User", "go"),
        ("referencevalue", 12, "Reference", "go"),
    ),
    "Property": (
        ("meaning", 1, _INT32, ""),
        ("name", 3, _STRING, ""),
        ("multiple", 4, _BOOL, ""),
        ("value", 5, "PropertyValue", ""),
    ),
    "Entity": (
        ("key", 13, "Key", ""),
        ("property", 14, "Property", "r"),
        ("raw_property", 15, "Property", "r"),
        ("entity_group", 16, "Path", ""),
    ),
    "Version": (("major", 1, _INT64, ""), ("minor", 3, _INT64, "")),
    "Part": (
        ("version", 1, "Version", ""),
        ("path", 2, _STRING, ""),
        ("entities", 3, _INT64, ""),
        ("size_bytes", 4, _INT64, ""),
    ),
    "Overall": (("part", 1, "Part", "r"),),
    "Header": (
        ("name", 1, _STRING, ""),
        ("started_at_us", 2, _INT64, ""),
        ("finished_at_us", 3, _INT64, ""),
    ),
    "Output": (("kind", 1, _STRING, ""), ("file", 2, _STRING, "r")),
    "Meta": (("header", 1, "Header", ""), ("output", 2, "Output", "r")),
}


def _declare() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="moonlanding/managed_export.proto", package=_PACKAGE, syntax="proto2"
    )
    for name, fields in _SHAPES.items():
        message = file.message_type.add(name=name)
        if any("o" in flags for *_, flags in fields):
            message.oneof_decl.add(name="kind")
        for field_name, number, type_, flags in fields:
            message.field.append(_field(field_name, number, type_, flags))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _SHAPES
    }


def _field(name: str, number: int, type_: int | str, flags: str) -> Any:
    field = _Field(name=name, number=number)
    field.label = _Field.LABEL_REPEATED if "r" in flags else _Field.LABEL_OPTIONAL
    if isinstance(type_, str):
        field.type = _Field.TYPE_GROUP if "g" in flags else _Field.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{type_}"
    else:
        field.type = type_
    if "o" in flags:
        field.oneof_index = 0
    return field


_CLASSES = _declare()

Property = _CLASSES["Property"]
PropertyValue = _CLASSES["PropertyValue"]
Entity = _CLASSES["Entity"]
Overall = _CLASSES["Overall"]
Header = _CLASSES["Header"]
Meta = _CLASSES["Meta"]
