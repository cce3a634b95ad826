"""Firestore values changed at places: put, taken away, carried over, compared. Pure.

A path is a tuple of map keys and array indexes, as in the ledger. Holds no rule of a mapping.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from moonlanding_assets.mapping.transform import Value
from moonlanding_assets.normalize.give_back import same
from moonlanding_assets.normalize.row import Path

_VECTOR = "__type__"


def value_at(fields: Mapping[str, Any], path: Path) -> Value | None:
    """What is there, None where nothing is."""
    node: Any = fields
    value: Value | None = None
    for segment in path:
        value = _child(node, segment)
        node = _inside(value)
    return value


def put(fields: dict[str, Any], path: Path, value: Value) -> None:
    """Set a value; maps on the way are made, an index one past the end appends."""
    node: Any = fields
    for segment, after in pairwise(path):
        inside = _inside(_child(node, segment))
        if inside is None or isinstance(inside, list) != isinstance(after, int):
            made: Any = (
                {"arrayValue": {"values": []}}
                if isinstance(after, int)
                else {"mapValue": {"fields": {}}}
            )
            _set(node, segment, made)
            inside = _inside(made)
        node = inside
    _set(node, path[-1], value)


def take_away(fields: dict[str, Any], path: Path) -> None:
    """Remove a field or an element, where there is one; what is after an element moves up."""
    node: Any = fields
    for segment in path[:-1]:
        node = _inside(_child(node, segment))
        if node is None:
            return
    last = path[-1]
    if isinstance(node, dict):
        node.pop(last, None)
    elif isinstance(last, int) and last < len(node):
        del node[last]


def carried_over(held: Value, old: Value, new: Value) -> Value:
    """`new`, but with what is held wherever the column says the same as before.

    held: what the document has. old: what the column stood for. So a timestamp or a map that the
    column holds in another form stays what it is when its neighbour changes.
    """
    if same(old, new):
        return held
    if _is_map(held) and _is_map(old) and _is_map(new):
        return {"mapValue": {"fields": _map_over(_inside(held), _inside(old), _inside(new))}}
    if all("arrayValue" in one for one in (held, old, new)):
        lists = [_inside(one) for one in (held, old, new)]
        if len(lists[0]) == len(lists[1]):
            return {"arrayValue": {"values": list(_list_over(*lists))}}
    return new


def _map_over(
    held: Mapping[str, Value], old: Mapping[str, Value], new: Mapping[str, Value]
) -> dict[str, Any]:
    made = {key: value for key, value in held.items() if key in new or key not in old}
    for key, value in new.items():
        if key in held and key in old:
            made[key] = carried_over(held[key], old[key], value)
        else:
            made[key] = value
    return made


def _list_over(
    held: Sequence[Value], old: Sequence[Value], new: Sequence[Value]
) -> Iterator[Value]:
    used: set[int] = set()
    for index, value in enumerate(new):
        order = [index, *range(len(old))] if index < len(old) else range(len(old))
        found = next((n for n in order if n not in used and same(old[n], value)), None)
        if found is not None:
            used.add(found)
            yield held[found]
        elif len(old) == len(new) and _is_map(old[index]):
            yield carried_over(held[index], old[index], value)
        else:
            yield value


Leaves = list[tuple[tuple[str, ...], Value | None]]


def changed_fields(old: Mapping[str, Value], new: Mapping[str, Value]) -> Leaves:
    """The map keys that lead to what differs, with the new value, None where there is none.

    Maps are gone into; an array is one value.
    """
    found: Leaves = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before is not None and after is not None and same(before, after):
            continue
        if _is_filled(before) and _is_filled(after):
            inner = changed_fields(_inside(before), _inside(after))
            found += [((name, *rest), value) for rest, value in inner]
        else:
            found.append(((name,), after))
    return found


def _is_filled(value: Value | None) -> bool:
    return value is not None and _is_map(value) and bool(value["mapValue"]["fields"])


def _is_map(value: Value) -> bool:
    return "mapValue" in value and _VECTOR not in value["mapValue"]["fields"]


def _inside(value: Any) -> Any:
    if not value:
        return None
    if "mapValue" in value:
        return value["mapValue"]["fields"]
    return value["arrayValue"]["values"] if "arrayValue" in value else None


def _child(node: Any, segment: str | int) -> Any:
    if isinstance(node, list):
        return node[segment] if isinstance(segment, int) and segment < len(node) else None
    return node.get(segment) if isinstance(node, dict) else None


def _set(node: Any, segment: str | int, value: Any) -> None:
    if isinstance(node, list) and isinstance(segment, int) and segment >= len(node):
        node.append(value)
    else:
        node[segment] = value
