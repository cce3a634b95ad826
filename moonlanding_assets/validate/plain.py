"""A Firestore value as the plain JSON that the target stores, and how two such values differ.

Integers stay integers and doubles doubles; what JSON has no number for is the text 'NaN',
'Infinity' or '-Infinity'. Differences name places, kinds and bits, never texts.
"""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from moonlanding_assets.validate.values import Value

Plain = Any  # None, bool, int, float, str, list, dict: JSON as Python has it


class Difference(NamedTuple):
    """Where two values differ (`x1`, `rects[2].y1`, "" for the whole) and how."""

    place: str
    kind: str
    detail: str


def plain(value: Value) -> Plain:
    """The value as plain JSON; raises KeyError for a kind that no Firestore value has."""
    [(kind, content)] = value.items()
    if kind in _AS_THEY_ARE:
        return content
    if kind == "integerValue":
        return int(content)
    if kind == "mapValue":
        return {key: plain(inner) for key, inner in content.get("fields", {}).items()}
    if kind == "arrayValue":
        return [plain(inner) for inner in content.get("values", ())]
    if kind == "geoPointValue":
        return {name: float(degrees) for name, degrees in content.items()}
    raise KeyError(kind)


_AS_THEY_ARE = frozenset(
    (
        "nullValue",
        "booleanValue",
        "doubleValue",
        "timestampValue",
        "stringValue",
        "bytesValue",
        "referenceValue",
    )
)
_NOT_FINITE = frozenset(("NaN", "Infinity", "-Infinity"))


def numbers_in(value: Plain) -> int:
    """How many numbers a plain value holds, NaN and infinities included."""
    count, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is dict:
            waiting.extend(one.values())
        elif kind is list:
            waiting.extend(one)
        elif kind is float or kind is int or (kind is str and one in _NOT_FINITE):
            count += 1
    return count


def canonical(value: Plain) -> bytes:
    """JSON text with sorted keys: equal exactly when the values are equal in every bit.

    orjson prints the shortest text that reads back as the same double, and keeps 1, 1.0, 0.0 and
    -0.0 apart.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def is_written(source: Plain, text: str) -> bool:
    """Whether JSON text says exactly the source; raises ValueError when it is no JSON.

    Text in canonical form is compared as it stands, any other is read first.
    """
    expected = canonical(source)
    return expected == text.encode() or expected == canonical(orjson.loads(text))


def same_scalar(left: object, right: object) -> bool:
    """Same kind and same value; doubles are the same only in all 64 bits."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return struct.pack(">d", left) == struct.pack(">d", right)
    return left == right


def shown(value: object) -> str:
    """What a difference may say about a value: numbers with their bits, lengths of the rest."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"integer {value}"
    if isinstance(value, float):
        return f"double {value!r} (0x{struct.pack('>d', value).hex()})"
    if isinstance(value, str):
        special = value in ("NaN", "Infinity", "-Infinity")
        return f"'{value}'" if special else f"text of {len(value)} characters"
    return f"{type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else "?"


def differences(source: Plain, target: Plain, place: str = "") -> Iterator[Difference]:
    """Every place where the target is not exactly the source."""
    if isinstance(source, dict) and isinstance(target, dict):
        yield from _of_maps(source, target, place)
    elif isinstance(source, list) and isinstance(target, list):
        yield from _of_lists(source, target, place)
    elif not same_scalar(source, target):
        kind = "value_differs" if type(source) is type(target) else "kind_differs"
        yield Difference(place, kind, f"source {shown(source)}, target {shown(target)}")


def _of_maps(
    source: dict[str, Plain], target: dict[str, Plain], place: str
) -> Iterator[Difference]:
    for key in sorted(source.keys() | target.keys()):
        inner = f"{place}.{key}" if place else key
        if key not in target:
            yield Difference(inner, "key_lost", f"source {shown(source[key])}")
        elif key not in source:
            yield Difference(inner, "key_added", f"target {shown(target[key])}")
        else:
            yield from differences(source[key], target[key], inner)


def _of_lists(source: list[Plain], target: list[Plain], place: str) -> Iterator[Difference]:
    if len(source) != len(target):
        counts = f"source {len(source)} elements, target {len(target)}"
        yield Difference(place, "length_differs", counts)
        return
    for index, (left, right) in enumerate(zip(source, target, strict=True)):
        yield from differences(left, right, f"{place}[{index}]")
