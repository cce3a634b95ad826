"""Reading one Firestore value as the snapshot spells it: the validators' own decoder.

A value is a dict with one key, `{"stringValue": "x"}`. Holds nothing about tables.
"""

from typing import Any

Value = dict[str, Any]
Fields = dict[str, Value]

NOTHING: Fields = {}
ITSELF = "."  # the name under which an array element that is no map stands among its fields


def text_of(value: Value | None) -> str | None:
    """The string of a stringValue, None for any other kind or a missing value."""
    if value is None:
        return None
    found = value.get("stringValue")
    return found if isinstance(found, str) else None


def filled(value: Value | None) -> str:
    """The string of a stringValue without blanks around it; "" when there is none."""
    return (text_of(value) or "").strip()


def map_of(value: Value | None) -> Fields | None:
    """The fields of a mapValue, None for any other kind."""
    if value is None or "mapValue" not in value:
        return None
    found = value["mapValue"].get("fields", NOTHING)
    return found if isinstance(found, dict) else NOTHING


def array_of(value: Value | None) -> list[Value]:
    """The elements of an arrayValue, an empty list for any other kind."""
    if value is None or "arrayValue" not in value:
        return []
    found = value["arrayValue"].get("values", [])
    return found if isinstance(found, list) else []


def elements_of(value: Value | None) -> list[Value]:
    """The elements of an arrayValue; a map alone counts as an array of one."""
    if value is not None and "mapValue" in value:
        return [value]
    return array_of(value)


def at(fields: Fields, dotted: str) -> Value | None:
    """The value at a dotted field name such as `tender_details.deadline_date`, or None."""
    if "." not in dotted or dotted == ITSELF:
        return fields.get(dotted)
    head, rest = dotted.split(".", 1)
    inner = map_of(fields.get(head))
    return None if inner is None else at(inner, rest)


def is_null(value: Value | None) -> bool:
    """Whether the value is missing or a nullValue."""
    return value is None or "nullValue" in value


def id_in(value: Value | None) -> str:
    """The document id that a value names; "" when it names none."""
    if value is None:
        return ""
    inner = map_of(value)
    if inner is not None:
        value = inner.get("cloud_id") or {}
    text = text_of(value) or value.get("referenceValue") or ""
    if "/" not in text:
        return "" if text in (".", "..") or not text.strip() else text
    parts = text.removeprefix("/").split("/")
    if parts[0] == "projects" and parts[4:5] == ["documents"]:
        parts = parts[5:]
    is_path = len(parts) % 2 == 0 and all(part not in ("", ".", "..") for part in parts)
    return parts[-1] if is_path else ""
