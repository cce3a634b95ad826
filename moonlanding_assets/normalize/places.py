"""The places in a document that rows come from: the document itself, or array items at some depth.

Holds no rule: what the columns of such a row are is in evaluate.py.
"""

from collections.abc import Iterator

from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.transform import Value
from moonlanding_assets.normalize.identity import item_id, item_keys, said_ids
from moonlanding_assets.normalize.row import (
    Fields,
    Item,
    Path,
    SourceRow,
    Work,
    dig,
    split,
    target_path,
)

Outer = tuple[Fields, Path, str, tuple[str, ...]]  # fields, where, locator, ids down to this one


def source_rows(mapping: TableMapping, work: Work, identity: str) -> Iterator[SourceRow]:
    """The rows to be of one table mapping; `identity` is the id of the document's own row."""
    table = mapping.table.name
    if not mapping.each:
        yield SourceRow(work, table, identity, work.fields)
        return
    takes_any = mapping.takes_items
    found = [
        one
        for one in _items(mapping.each, work, identity)
        if (takes_any or "mapValue" in one.value) and not _wins_elsewhere(mapping, work, one)
    ]
    for one in found:
        yield SourceRow(
            work, table, one.id, one.fields, one.value, one.where, one.locator, one.index,
            one.parents,
        )  # fmt: skip


def _items(each: tuple[str, ...], work: Work, identity: str) -> list[Item]:
    """Every item that the steps lead to, of whatever kind; found once for all tables."""
    known = work.items.get(each)
    if known is None:
        *above, step = each
        outers: Iterator[Outer] = iter([(work.fields, (), "", (identity,))])
        if above:
            outers = map(_outer, _items(tuple(above), work, identity))
        known = [item for outer in outers for item in _inside(step, outer, work.path)]
        work.items[each] = known
    return known


def _outer(item: Item) -> Outer:
    return item.fields, item.where, item.locator, (*item.parents, item.id)


def _inside(step: str, outer: Outer, path: str) -> Iterator[Item]:
    fields, where, locator, parents = outer
    segments = split(step)[1]
    source = dig(fields, segments)
    values = _elements(source)
    if not values or source is None:
        return
    is_map = "mapValue" in source
    above: Path = (*where, *segments)
    before = f"{locator}.{step}" if locator else step
    said = said_ids(values, f"{path}#{before}")
    for index, (value, key) in enumerate(zip(values, item_keys(values), strict=True)):
        own = before if is_map else f"{before}[{key}]"
        yield Item(
            said[index] or item_id(path, own), value, _inner(value),
            above if is_map else (*above, index), own, key, index, parents,
        )  # fmt: skip


def _wins_elsewhere(mapping: TableMapping, work: Work, item: Item) -> bool:
    """Whether a document of the sibling collection gives this item's row."""
    if not mapping.of_sibling:
        return False
    if target_path(mapping.of_sibling, item.key, work.path) not in work.directory.siblings:
        return False
    work.claim(item.where, "merged")
    return True


def _inner(value: Value) -> Fields:
    """The fields of a map value; nothing for any other kind."""
    held = value.get("mapValue")
    return held["fields"] if held else {}


def _elements(value: Value | None) -> list[Value] | None:
    """The elements of an array value; a map counts as one element; None for anything else."""
    if value is None:
        return None
    held = value.get("arrayValue")
    if held is not None:
        return list(held["values"])
    return [value] if "mapValue" in value else None
