"""Several fields as one column: statuses spread over two fields, and JSON objects of named fields.

Holds no declaration of a table.
"""

from collections.abc import Mapping

import orjson

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.language import Combination
from moonlanding_assets.mapping.structures import json_text
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value, string_back

_RFI_OPEN = {"Pending": "open", "Partially Sent": "pending_response", "Sent": "responded"}
_RFI_CLIENT = {status: text for text, status in _RFI_OPEN.items()}
_STAGES = ("active", "history", "archive")


def _string(value: Value | None) -> str | None:
    text = None if value is None else value.get("stringValue")
    return text or None


def _rfi_status(values: tuple[Value | None, ...]) -> SqlValue:
    """A status of 1 is closed; an open RFI goes by how far the client has answered."""
    status, client = values
    number = None if status is None else status.get("integerValue")
    if status is not None and number not in ("0", "1"):
        raise RejectedValue("unknown_spelling")
    if number == "1":
        return "closed"
    text = _string(client)
    if text is None:
        return None if number is None else "open"
    if text not in _RFI_OPEN:
        raise RejectedValue("unknown_spelling")
    return _RFI_OPEN[text]


def _rfi_status_back(sql: SqlValue) -> tuple[Value | None, ...]:
    if sql == "closed":
        return {"integerValue": "1"}, None
    return {"integerValue": "0"}, {"stringValue": _RFI_CLIENT[str(sql)]}


RFI_STATUS_OF = Combination("rfi_status_of", _rfi_status, _rfi_status_back)


def _review_status(values: tuple[Value | None, ...]) -> SqlValue:
    """The archive wins; else the boolean says open or closed."""
    status, stage = values
    text = _string(stage)
    if text is not None and text not in _STAGES:
        raise RejectedValue("unknown_spelling")
    if text == "archive":
        return "archived"
    is_open = None if status is None else status.get("booleanValue")
    if is_open is None:
        return None
    return "open" if is_open else "closed"


def _review_status_back(sql: SqlValue) -> tuple[Value | None, ...]:
    if sql == "archived":
        return None, {"stringValue": "archive"}
    is_open = sql == "open"
    return {"booleanValue": is_open}, {"stringValue": "active" if is_open else "history"}


REVIEW_STATUS_OF = Combination("review_status_of", _review_status, _review_status_back)


def as_json(*keys: str, source: str = "") -> Combination:
    """A JSON object with one key for each field that is there, and the name of the source."""

    def forward(values: tuple[Value | None, ...]) -> SqlValue:
        """One JSON object with a key for each of the fields that is there."""
        held = {
            key: orjson.loads(str(json_text.forward(value)))
            for key, value in zip(keys, values, strict=True)
            if value is not None and "nullValue" not in value
        }
        if source:
            held["source"] = source
        return orjson.dumps(held, option=orjson.OPT_SORT_KEYS).decode()

    def inverse(sql: SqlValue) -> tuple[Value | None, ...]:
        held: Mapping[str, object] = orjson.loads(str(sql))
        return tuple(
            json_text.inverse(orjson.dumps(held[key]).decode()) if key in held else None
            for key in keys
        )

    return Combination(f"as_json({', '.join(keys)})", forward, inverse)


def _string_only(value: Value) -> SqlValue:
    """The text of a string; nothing for a map, whose keys have rules of their own."""
    return value.get("stringValue")


string_only = Transform("string_only", "text", _string_only, string_back)
