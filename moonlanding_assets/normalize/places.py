"""The places in a document that rows come from: the document itself, or array items at some depth.

Holds no rule: what the columns of such a row are is in evaluate.py.
"""

from collections.abc import Iterator

import orjson

from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.transform import Value
from moonlanding_assets.normalize.identity import item_id, item_keys, said_ids
from moonlanding_assets.normalize.row import (
    Path,
    SourceRow,
    Work,
    dig,
    elements,
    inner,
    split,
    target_path,
)


def source_rows(mapping: TableMapping, work: Work, identity: str) -> Iterator[SourceRow]:
    """The rows to be of one table mapping; `identity` is the id of the document's own row."""
    table = mapping.table.name
    found = [SourceRow(work=work, table=table, id=identity, scope=work.fields)]
    for step in mapping.each:
        found = [item for outer in found for item in _items(step, outer, mapping)]
    yield from found


def _items(step: str, outer: SourceRow, mapping: TableMapping) -> Iterator[SourceRow]:
    segments = split(step)[1]
    source = dig(outer.scope, segments)
    values = elements(source)
    if not values or source is None:
        return
    is_map = "mapValue" in source
    above: Path = (*outer.where, *segments)
    before = f"{outer.locator}.{step}" if outer.locator else step
    said = said_ids(values, f"{outer.work.path}#{before}")
    for index, (value, key) in enumerate(zip(values, item_keys(values), strict=True)):
        where = above if is_map else (*above, index)
        if not _has_row(value, mapping) or _wins_elsewhere(mapping, outer.work, where, key):
            continue
        locator = before if is_map else f"{before}[{key}]"
        yield SourceRow(
            work=outer.work,
            table=outer.table,
            id=said[index] or item_id(outer.work.path, locator),
            scope=inner(value),
            item=value,
            where=where,
            locator=locator,
            position=orjson.dumps(where).decode(),
            index=index,
            parents=(*outer.parents, outer.id),
        )


def _has_row(value: Value, mapping: TableMapping) -> bool:
    """Items are maps; only a mapping that takes the item itself (".") accepts other kinds."""
    return "mapValue" in value or "." in mapping.names


def _wins_elsewhere(mapping: TableMapping, work: Work, where: Path, key: str) -> bool:
    """Whether a document of the sibling collection gives this item's row."""
    if not mapping.of_sibling:
        return False
    if target_path(mapping.of_sibling, key, work.path) not in work.directory.siblings:
        return False
    work.claim(where, "merged")
    return True
