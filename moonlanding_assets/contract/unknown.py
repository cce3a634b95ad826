"""What a document holds that no declaration knows: fields, kinds and spellings.

Reads REST fields by the contract. Decides nothing: an unknown thing is kept and reported by
others.
"""

from collections.abc import Iterator
from typing import Any

from moonlanding_assets.contract.language import Collection, Field

Unknown = tuple[tuple[str, ...], str]

#: The field by which an array item that was born in Moonlanding says the id of its row.
BORN_FIELD = "moonlanding_id"

_LONGEST_SPELLING = 40
_KIND_OF = {
    "nullValue": "null",
    "booleanValue": "boolean",
    "integerValue": "integer",
    "doubleValue": "double",
    "timestampValue": "timestamp",
    "stringValue": "string",
    "bytesValue": "bytes",
    "referenceValue": "reference",
    "geoPointValue": "geopoint",
    "arrayValue": "array",
    "mapValue": "map",
}


def unknown_fields(collection: Collection, fields: dict[str, Any]) -> Iterator[Unknown]:
    """Each unknown thing as (path of field names, kind); "[]" stands for an array's elements.

    The kind is that of the value (`string`, `map` ...), or `enum:` and the spelling, cut at 40
    characters, where a declared field holds an undeclared spelling. Inside an undeclared field,
    and inside one that has any keys, nothing more is looked at.
    """
    yield from _in_map(collection.by_name, fields, ())


def _in_map(
    declared: dict[str, Field], fields: dict[str, Any], path: tuple[str, ...]
) -> Iterator[Unknown]:
    for name, value in fields.items():
        field = declared.get(name)
        here = (*path, name)
        if name == BORN_FIELD and path:
            continue  # Moonlanding wrote it into an array item: the id of its row
        if field is None:
            yield here, _kind(value)
        else:
            yield from _in_value(field, value, here)


def _in_value(field: Field, value: dict[str, Any], path: tuple[str, ...]) -> Iterator[Unknown]:
    kind = _kind(value)
    if kind not in field.kinds:
        yield path, kind
    elif kind == "array":
        yield from _in_array(field, value["arrayValue"].get("values", ()), (*path, "[]"))
    else:
        yield from _below(field, kind, value, path)


def _in_array(
    field: Field, values: list[dict[str, Any]], path: tuple[str, ...]
) -> Iterator[Unknown]:
    for element in values:
        kind = _kind(element)
        if kind not in field.element_kinds:
            yield path, kind
        else:
            yield from _below(field, kind, element, path)


def _below(
    field: Field, kind: str, value: dict[str, Any], path: tuple[str, ...]
) -> Iterator[Unknown]:
    if kind == "map":
        if not field.has_any_keys:
            yield from _in_map(field.by_name, value["mapValue"].get("fields", {}), path)
    elif field.enum and kind in ("string", "integer"):
        text = str(value[f"{kind}Value"])
        if text not in field.enum:
            yield path, f"enum:{text[:_LONGEST_SPELLING]}"


def _kind(value: dict[str, Any]) -> str:
    return _KIND_OF.get(next(iter(value), ""), "none")
