"""The demo's documents at staging scale, made once, and ways to look into their fields."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from moonlanding_assets.contract.catalogue import COLLECTIONS, match
from moonlanding_assets.synthetic.documents import friday_documents, mwr_documents
from moonlanding_assets.synthetic.scale import STAGING, Scale
from moonlanding_assets.synthetic.world import plan_world

SEED = 20260205
Value = dict[str, Any]
Document = tuple[str, Value]


def both(seed: int, scale: Scale) -> dict[str, list[Document]]:
    world = plan_world(seed, scale)
    return {"friday": list(friday_documents(world)), "mwr": list(mwr_documents(world))}


@cache
def staging() -> dict[str, list[tuple[str, Value]]]:
    """By collection: document id's path and fields."""
    found: dict[str, list[Document]] = {one.key: [] for one in COLLECTIONS}
    for system, documents in both(SEED, STAGING).items():
        for path, fields in documents:
            collection = match(system, path)
            assert collection is not None, path
            found[collection.key].append((path, fields))
    return found


def values(key: str, name: str) -> Iterator[Value]:
    """Every value of a field; `a.b` goes into maps and through arrays."""
    for _, fields in staging()[key]:
        yield from _values(fields, name.split("."))


def _values(fields: Value, names: list[str]) -> Iterator[Value]:
    value = fields.get(names[0])
    if value is None:
        return
    if len(names) == 1:
        yield value
        return
    for element in value.get("arrayValue", {}).get("values", [value]):
        yield from _values(element.get("mapValue", {}).get("fields", {}), names[1:])


def texts(key: str, name: str) -> list[str]:
    return [one["stringValue"] for one in values(key, name) if "stringValue" in one]


def id_of(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def ids(key: str) -> set[str]:
    return {id_of(path) for path, _ in staging()[key]}
