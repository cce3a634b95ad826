"""Which rows the snapshot calls for: documents and array items read a second time as rows.

Holds structure only (which row, whose child), no rule about any column; which arrays there are is
in shapes.py, and users, who merge, are in people.py.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from moonlanding_assets.validate.documents import Document
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.identity import item_keys, row_id, said_ids
from moonlanding_assets.validate.shapes import (
    SHAPES,
    SIBLING_COLLECTIONS,
    Items,
    Shape,
    tables_of,
)
from moonlanding_assets.validate.values import ITSELF, Fields, Value, elements_of, id_in, map_of

Siblings = Collection[str]


class SourceRow(NamedTuple):
    """One row that the snapshot calls for.

    `fields` are the document's, or the item's when `locator` is not empty; `owner_id` is the id
    of the row that it belongs to ("" for none), `document` the fields of the whole document and
    `ordinal` the place in the array.
    """

    table: str
    row_id: str
    path: str
    locator: str
    fields: Fields
    owner_id: str
    document: Fields
    ordinal: int = 0


def feeding(tables: Iterable[str]) -> list[str]:
    """The collections that rows of the tables come from."""
    wanted = frozenset(tables)
    return [key for key in SHAPES if (one := pruned(key, wanted)).tables or one.items]


def source_rows(evidence: Evidence, *tables: str) -> Iterator[SourceRow]:
    """Every row of the tables that the snapshot calls for; each document is parsed once."""
    wanted = frozenset(tables)
    for collection in SHAPES:
        shape = pruned(collection, wanted)
        if shape.tables or shape.items:
            siblings = sibling_paths(evidence, shape)
            for document in evidence.documents(collection):
                yield from rows_of(document, shape, siblings)


def sibling_paths(evidence: Evidence, shape: Shape) -> frozenset[str]:
    """The paths of documents that give the rows of items instead."""
    named = [SIBLING_COLLECTIONS[one.sibling] for one in shape.items if one.sibling]
    return evidence.path_set(*named)


def rows_of(document: Document, shape: Shape, siblings: Siblings) -> Iterator[SourceRow]:
    """The rows of one document: its own, then those of its arrays."""
    path, fields = document
    identity = row_id(path)
    if shape.tables:
        owner_id = row_id(parent_path(path)) if path.count("/") > 3 else ""
        for table in shape.tables:
            yield SourceRow(table, identity, path, "", fields, owner_id, fields)
    if shape.items:
        owner = SourceRow("", identity, path, "", fields, "", fields)
        yield from _item_rows(owner, shape.items, siblings)


@lru_cache(maxsize=256)
def pruned(collection: str, wanted: frozenset[str]) -> Shape:
    """The shape of a collection without what feeds no wanted table."""
    shape = SHAPES[collection]
    tables = tuple(table for table in shape.tables if table in wanted)
    return Shape(tables, _pruned_items(shape.items, wanted))


def _pruned_items(items: tuple[Items, ...], wanted: frozenset[str]) -> tuple[Items, ...]:
    return tuple(
        one._replace(
            tables=tuple(table for table in one.tables if table in wanted),
            inside=_pruned_items(one.inside, wanted),
        )
        for one in items
        if tables_of((one,)) & wanted
    )


def parent_path(path: str) -> str:
    """The path of the document that this document lies under."""
    return path.rsplit("/", 2)[0]


def _item_rows(
    owner: SourceRow, items: tuple[Items, ...], siblings: Siblings
) -> Iterator[SourceRow]:
    for one in items:
        value = owner.fields.get(one.field)
        elements = elements_of(value)
        if not elements or value is None:
            continue
        said = said_ids(elements, f"{owner.path}#{_place(owner, one)}")
        for ordinal, locator in enumerate(_locators(owner, one, value, elements)):
            fields = _fields_of(elements[ordinal], one.of_anything)
            if fields is None or (one.sibling and _is_in_sibling(owner, locator, one, siblings)):
                continue
            path, identity = owner.path, said[ordinal] or row_id(owner.path, locator)
            rest = (identity, path, locator, fields, owner.row_id, owner.document, ordinal)
            for table in one.tables:
                yield SourceRow(table, *rest)
            if one.inside:
                yield from _item_rows(SourceRow("", *rest), one.inside, siblings)


def _locators(owner: SourceRow, items: Items, value: Value, elements: list[Value]) -> list[str]:
    """Where each element is; a map that stands alone is named by its field."""
    prefix = _place(owner, items)
    if "mapValue" in value:
        return [prefix]
    return [f"{prefix}[{key}]" for key in item_keys(elements)]


def _place(owner: SourceRow, items: Items) -> str:
    return f"{owner.locator}.{items.field}" if owner.locator else items.field


def _fields_of(element: Value, of_anything: bool) -> Fields | None:
    """The fields of the row that an element gives; None when it can give none."""
    fields = map_of(element)
    return {ITSELF: element} if fields is None and of_anything else fields


def _is_in_sibling(owner: SourceRow, locator: str, items: Items, siblings: Siblings) -> bool:
    """Whether a document of the subcollection gives this element's row."""
    key = locator.removeprefix(f"{items.field}[").removesuffix("]")
    return f"{parent_path(owner.path)}/{items.sibling}/{key}" in siblings


def question_of(row: SourceRow) -> str:
    """The id of the RFI row that a response or file belongs to; "" when the source names none."""
    if row.locator:
        return row.owner_id
    question = id_in(row.fields.get("question_id"))
    return row_id(f"{parent_path(row.path)}/rfis/{question}") if question else ""
