"""The references that a document holds, and the paths that one of them may point to.

Reads REST fields by the contract's declarations. Does not know which documents exist: whether a
reference dangles is for its callers to find out.
"""

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.contract.language import By, Collection, Field, Refers

Found = tuple[Refers, tuple[str, ...]]


def references(
    collection: Collection, fields: dict[str, Any], *, document_id: str = ""
) -> Iterator[Found]:
    """Each reference found, with its keys in order; `by` is then id, email or name.

    A key is a document id (of a string, a map's `cloud_id` or a reference's last segment), an
    e-mail trimmed and in lower case, or a trimmed name. Values of other kinds, and empty ones,
    are passed over. With `document_id` the reference that the id itself is comes first.
    """
    if collection.id_refers is not None and document_id:
        yield collection.id_refers, (document_id,)
    by_name = collection.by_name
    for name, value in fields.items():
        field = by_name.get(name)
        if field is not None and field.has_references:
            yield from _in_value(field, value)


def candidate_paths(refers: Refers, key: str, *, document_path: str) -> tuple[str, ...]:
    """The paths that an id may point to, in the order of `to`; empty for e-mails and names.

    `document_path` is the path of the document that holds the reference: with `inside` its
    first segments are the target's.
    """
    if _kind_of(refers.by, key) != "id" or "/" in key or not key:
        return ()
    shared = document_path.split("/")[: refers.inside]
    heads = _heads(refers.to, refers.inside)
    return tuple("/".join((*shared, *head, key)) for head in heads)


def normalised_email(text: str) -> str:
    """The e-mail as it is compared: without blanks around it, in lower case."""
    return text.strip().lower()


@cache
def _heads(to: tuple[str, ...], inside: int) -> tuple[tuple[str, ...], ...]:
    """What stands between the shared segments and the id, for each pattern that ends in one id."""
    heads = []
    for collection in to:
        for pattern in BY_KEY[collection].patterns:
            rest = tuple(pattern.split("/")[inside:])
            if rest[-1].startswith("{") and not any(part.startswith("{") for part in rest[:-1]):
                heads.append(rest[:-1])
    return tuple(heads)


def _in_value(field: Field, value: dict[str, Any]) -> Iterator[Found]:
    elements = _elements(value)
    if field.refers is not None:
        yield from _keys_by_kind(field.refers, elements)
    for element in elements if field.by_name else ():
        inner = _map_fields(element)
        for name in inner:
            item = field.by_name.get(name)
            if item is not None and item.has_references:
                yield from _in_value(item, inner[name])


def _elements(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The values of an array, or the value itself as the only one."""
    array = value.get("arrayValue")
    if array is None:
        return [value]
    values: list[dict[str, Any]] = array.get("values", [])
    return values


def _map_fields(value: dict[str, Any]) -> dict[str, Any]:
    content = value.get("mapValue")
    fields: dict[str, Any] = {} if content is None else content.get("fields", {})
    return fields


def _keys_by_kind(refers: Refers, elements: list[dict[str, Any]]) -> Iterator[Found]:
    keys: dict[By, list[str]] = {}
    for element in elements:
        text = _text_of(element).strip()
        if text:
            by = _kind_of(refers.by, text)
            keys.setdefault(by, []).append(normalised_email(text) if by == "email" else text)
    for by, found in keys.items():
        yield _resolved(refers, by), tuple(found)


def _kind_of(by: By, text: str) -> By:
    if by != "id_or_email":
        return by
    return "email" if "@" in text else "id"


@cache
def _resolved(refers: Refers, by: By) -> Refers:
    return refers if refers.by == by else dataclasses.replace(refers, by=by)


def _text_of(element: dict[str, Any]) -> str:
    """The id, e-mail or name that one value holds, "" for none."""
    if "stringValue" in element:
        return str(element["stringValue"])
    if "referenceValue" in element:
        return str(element["referenceValue"]).rsplit("/", 1)[-1]
    inner = _map_fields(element).get("cloud_id", {})
    return str(inner.get("stringValue", ""))
