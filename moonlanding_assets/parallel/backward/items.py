"""Array items that keep the ids of their rows while they move, and where in a document rows are.

An item is marked with its row for a moment; afterwards it has that id by nature, or says so. Pure.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from moonlanding_assets.contract.unknown import BORN_FIELD
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.identity import born_name
from moonlanding_assets.normalize.row import Path
from moonlanding_assets.parallel.backward.rules import NotCarriedError
from moonlanding_assets.parallel.backward.values import value_at
from moonlanding_assets.schema.catalogue import TABLE

RowKey = tuple[str, str]


def mark_items(fields: dict[str, Any], places: Mapping[str, Path]) -> None:
    """Each map item says for a moment which row it is: row id → place."""
    for identity, place in places.items():
        inside = (value_at(fields, place) or {}).get("mapValue", {}).get("fields")
        if inside is not None:
            inside.setdefault(BORN_FIELD, {"stringValue": f"?{identity}"})


def say_ids(fields: dict[str, Any], made: Output) -> None:
    """Marked items whose row would get another id say theirs; raises NotCarriedError.

    made: what the engine makes of the document with its marks.
    """
    for _, identity, path, locator, position in made.rows.get("migration_items", ()):
        held = value_at(fields, tuple(orjson.loads(str(position))))
        inside = {} if held is None else held.get("mapValue", {}).get("fields", {})
        mark = inside.get(BORN_FIELD, {}).get("stringValue", "")
        if not mark.startswith("?"):
            continue
        if identity == mark[1:]:
            del inside[BORN_FIELD]
            continue
        name = born_name(mark[1:], f"{path}#{_array_of(str(locator))}")
        if name is None:
            raise NotCarriedError("id_unusable")
        inside[BORN_FIELD] = {"stringValue": name}


def _array_of(locator: str) -> str:
    return locator[: locator.rfind("[")] if locator.endswith("]") else locator


def forget_marks(fields: Any) -> None:
    """Take away what only marked a row for a moment, wherever it is."""
    for value in list(fields.values()) if isinstance(fields, dict) else fields:
        inside = value.get("mapValue", {}).get("fields")
        if inside is not None:
            if inside.get(BORN_FIELD, {}).get("stringValue", "").startswith("?"):
                del inside[BORN_FIELD]
            forget_marks(inside)
        elif "arrayValue" in value:
            forget_marks(value["arrayValue"]["values"])


def positions_of(output: Output) -> dict[RowKey, Path]:
    """Where in the document each of its rows is; () of its own rows."""
    found: dict[RowKey, Path] = {}
    for table, rows in output.rows.items():
        if not table.startswith("migration_"):
            place = [column.name for column in TABLE[table].columns].index("id")
            found |= {(table, str(row[place])): () for row in rows}
    for name, identity, _, _, position in output.rows.get("migration_items", ()):
        found[(str(name), str(identity))] = tuple(orjson.loads(str(position)))
    return found
