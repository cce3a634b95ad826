"""Ids of rows: UUIDv5 of the document path, or of the path and the locator of an array item.

Deterministic, so that a second run gives the same database in whatever order. Holds no look-up.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://moonlanding.example/documents")
_NAMESPACE_BYTES = NAMESPACE.bytes


def row_id(text: str) -> str:
    """The UUIDv5 of a path, a path with a locator, or the key of a placeholder.

    The same as str(uuid.uuid5(NAMESPACE, text)), twice as fast.
    """
    digest = hashlib.sha1(_NAMESPACE_BYTES + text.encode(), usedforsecurity=False).digest()
    value = bytearray(digest[:16])
    value[6] = (value[6] & 0x0F) | 0x50
    value[8] = (value[8] & 0x3F) | 0x80
    hexed = value.hex()
    return f"{hexed[:8]}-{hexed[8:12]}-{hexed[12:16]}-{hexed[16:20]}-{hexed[20:]}"


def item_id(path: str, locator: str) -> str:
    """The row id of an array item of a document."""
    return row_id(f"{path}#{locator}")


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
    fields = item.get("mapValue", {}).get("fields", {})
    for name in ("id", "cloud_id"):
        text = fields.get(name, {}).get("stringValue")
        if text:
            return None if text.startswith("@") else str(text)
    return None
