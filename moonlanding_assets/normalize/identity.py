"""Ids of rows: UUIDv5 of the document path, or of the path and the locator of an array item.

What was born in Moonlanding has its row's id from there, and says it: a document by its own id, an
array item in a field. Each says it for one place only, so that a copy elsewhere is another row.
Deterministic, so that a second run gives the same database in whatever order. Holds no look-up.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from moonlanding_assets.contract.unknown import BORN_FIELD

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://moonlanding.example/documents")
_NAMESPACE_BYTES = NAMESPACE.bytes

_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}

_BORN = re.compile(r"ml-([0-9A-Za-z_-]{1,128})-([0-9a-f]{12})")
_USABLE = re.compile(r"[0-9A-Za-z_-]{1,128}")


def born_name(identity: str, place: str) -> str | None:
    """What says, at that place, that the row has this id; None for an id that cannot be said.

    place: the collection's path of a document; path, "#" and locator of the array of an item.
    """
    if not _USABLE.fullmatch(identity):
        return None
    check = hashlib.sha256(f"{place}\n{identity}".encode()).hexdigest()[:12]
    return f"ml-{identity}-{check}"


def born_id(name: str, place: str) -> str | None:
    """The row id that a name says at that place, None where it says none there."""
    found = _BORN.fullmatch(name)
    if found is None or born_name(found.group(1), place) != name:
        return None
    return found.group(1)


def row_id(text: str) -> str:
    """The UUIDv5 of a path, a path with a locator, or the key of a placeholder.

    The same as str(uuid.uuid5(NAMESPACE, text)), twice as fast; but what a path says itself counts.
    """
    above, _, last = text.rpartition("/")
    if last.startswith("ml-"):
        said = born_id(last, above)
        if said is not None:
            return said
    digest = hashlib.sha1(_NAMESPACE_BYTES + text.encode(), usedforsecurity=False).digest()
    hexed = digest.hex()
    variant = _VARIANT[hexed[16]]
    return f"{hexed[:8]}-{hexed[8:12]}-5{hexed[13:16]}-{variant}{hexed[17:20]}-{hexed[20:32]}"


def item_id(path: str, locator: str) -> str:
    """The row id of an array item of a document."""
    return row_id(f"{path}#{locator}")


def said_ids(items: Sequence[Mapping[str, Any]], place: str) -> list[str | None]:
    """The row id that each item of an array says for that place, each id once; None for none."""
    found: list[str | None] = []
    for item in items:
        held = item.get("mapValue")
        born = held["fields"].get(BORN_FIELD) if held else None
        name = born.get("stringValue") if born else None
        said = born_id(name, place) if name else None
        found.append(None if said is None or said in found else said)
    return found


def item_keys(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """One key for each item of an array: its id where that is unique, else "@" and its index.

    An id that starts with "@" is no key: it could be another item's index.
    """
    named = [_own_key(item) for item in items]
    seen: dict[str, int] = {}
    for name in named:
        if name is not None:
            seen[name] = seen.get(name, 0) + 1
    return [
        name if name is not None and seen[name] == 1 else f"@{index}"
        for index, name in enumerate(named)
    ]


def _own_key(item: Mapping[str, Any]) -> str | None:
    held = item.get("mapValue")
    if not held:
        return None
    fields = held["fields"]
    for name in ("id", "cloud_id"):
        named = fields.get(name)
        text = named.get("stringValue") if named else None
        if text:
            return None if text.startswith("@") else str(text)
    return None
