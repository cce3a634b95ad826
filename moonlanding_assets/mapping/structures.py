"""Transforms of maps, arrays, points and bytes into JSON or base64 text.

Holds no list of one known kind (lists.py). The JSON is canonical: keys sorted, no blanks, an
integer without and a double with a point or exponent, -0.0 kept; NaN and the infinities are the
strings "NaN", "Infinity" and "-Infinity", moments RFC 3339 text, bytes base64, references paths.
"""

import base64
import binascii
import math
from typing import Any

import orjson

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.transform import (
    SqlValue,
    Transform,
    Value,
    string_back,
    text_in,
    text_of,
)
from moonlanding_assets.source.value import double_of

#: What JSON text can hold.
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_INT64 = range(-(2**63), 2**63)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_AS_THEY_ARE = ("stringValue", "booleanValue", "timestampValue", "bytesValue", "referenceValue")


def to_json_text(value: Value) -> SqlValue:
    """Any value as canonical JSON.

    >>> to_json_text({"mapValue": {"fields": {"b": {"integerValue": "1"},
    ...                                       "a": {"doubleValue": -0.0}}}})
    '{"a":-0.0,"b":1}'
    """
    return None if "nullValue" in value else json_of(plain(value))


def plain(value: Value) -> Json:
    """A value without its kinds, as JSON can hold it."""
    number = value.get("doubleValue")
    if isinstance(number, float) and math.isfinite(number):
        return number  # by far the most frequent: coordinates
    [(kind, payload)] = value.items()
    if kind == "mapValue":
        return {name: plain(item) for name, item in payload["fields"].items()}
    if kind == "arrayValue":
        return [plain(item) for item in payload["values"]]
    return _plain_scalar(kind, payload)


def _plain_scalar(kind: str, payload: Any) -> Json:
    if kind == "integerValue":
        return int(payload)
    if kind == "doubleValue":
        number = double_of(payload)
        return number if math.isfinite(number) else str(payload)
    if kind == "geoPointValue":
        return {name: float(degrees) for name, degrees in payload.items()}
    if kind == "nullValue":
        return None
    if kind in _AS_THEY_ARE:
        return bool(payload) if kind == "booleanValue" else str(payload)
    raise RejectedValue("unexpected_kind")


def json_of(content: Json) -> str:
    """Canonical JSON text; RejectedValue for what no JSON holds (depth, surrogates, size)."""
    try:
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:
        raise RejectedValue("not_json") from None


def from_json_text(sql: SqlValue) -> Value | None:
    """The value that the JSON shows: whole numbers integerValue, others doubleValue.

    >>> from_json_text('[1,1.0,"NaN"]')["arrayValue"]["values"]
    [{'integerValue': '1'}, {'doubleValue': 1.0}, {'stringValue': 'NaN'}]
    """
    text = text_of(sql)
    return None if text is None else valued(parsed(text))


def parsed(text: str) -> Json:
    """The content of JSON text; RejectedValue where it is none."""
    try:
        content: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise RejectedValue("unexpected_sql_value") from None
    return content


def valued(content: Json, not_finite: bool = False) -> Value:
    """Plain content as a value; `not_finite`: the names of such doubles stand for the doubles."""
    if isinstance(content, dict):
        fields = {name: valued(item, not_finite) for name, item in content.items()}
        return {"mapValue": {"fields": fields}}
    if isinstance(content, list):
        return {"arrayValue": {"values": [valued(item, not_finite) for item in content]}}
    return _scalar(content, not_finite)


def _scalar(content: Json, not_finite: bool) -> Value:
    if content is None:
        return {"nullValue": None}
    if isinstance(content, bool):
        return {"booleanValue": content}
    if isinstance(content, float):
        return {"doubleValue": content}
    if isinstance(content, str):
        is_number = not_finite and content in _NOT_FINITE
        return {"doubleValue": content} if is_number else {"stringValue": content}
    if content not in _INT64:
        raise RejectedValue("out_of_64_bits")
    return {"integerValue": str(content)}


def to_json_map(value: Value) -> SqlValue:
    """A map as canonical JSON.

    >>> to_json_map({"mapValue": {"fields": {"x1": {"doubleValue": 0.1}}}})
    '{"x1":0.1}'
    """
    _require(value, "mapValue")
    return to_json_text(value)


def to_json_array(value: Value) -> SqlValue:
    """An array as canonical JSON.

    >>> to_json_array({"arrayValue": {"values": [{"integerValue": "1"}]}})
    '[1]'
    """
    _require(value, "arrayValue")
    return to_json_text(value)


def _require(value: Value, kind: str) -> None:
    if kind not in value and "nullValue" not in value:
        raise RejectedValue("unexpected_kind")


def from_numbers_json(sql: SqlValue) -> Value | None:
    """As from_json_text, but the names of NaN and the infinities are doubles again.

    >>> from_numbers_json('{"x1":"NaN"}')
    {'mapValue': {'fields': {'x1': {'doubleValue': 'NaN'}}}}
    """
    text = text_of(sql)
    return None if text is None else valued(parsed(text), not_finite=True)


def to_geopoint(value: Value) -> SqlValue:
    """A point on the globe as JSON, in degrees.

    >>> to_geopoint({"geoPointValue": {"latitude": -26.2, "longitude": 28.0}})
    '{"latitude":-26.2,"longitude":28.0}'
    """
    _require(value, "geoPointValue")
    return to_json_text(value)


def from_geopoint(sql: SqlValue) -> Value | None:
    """A geoPointValue."""
    text = text_of(sql)
    if text is None:
        return None
    content = parsed(text)
    if not isinstance(content, dict) or content.keys() != {"latitude", "longitude"}:
        raise RejectedValue("unexpected_sql_value")
    degrees = {name: item for name, item in content.items() if isinstance(item, float)}
    if len(degrees) != len(content):
        raise RejectedValue("unexpected_sql_value")
    return {"geoPointValue": degrees}


def to_base64(value: Value) -> SqlValue:
    """Bytes as base64 text, standard alphabet, padded.

    >>> to_base64({"bytesValue": "AAE="})
    'AAE='
    """
    _require(value, "bytesValue")
    if "nullValue" in value:
        return None
    try:
        content = base64.b64decode(value["bytesValue"], validate=True)
    except (binascii.Error, ValueError):
        raise RejectedValue("not_base64") from None
    return base64.b64encode(content).decode("ascii")


def from_base64(sql: SqlValue) -> Value | None:
    """A bytesValue."""
    text = text_of(sql)
    return None if text is None else {"bytesValue": text}


def to_address(value: Value) -> SqlValue:
    """A postal address: a string as it is, a map as canonical JSON.

    >>> to_address({"stringValue": "1 Long Street"})
    '1 Long Street'
    >>> to_address({"mapValue": {"fields": {"city": {"stringValue": "Durban"}}}})
    '{"city":"Durban"}'
    """
    return to_json_text(value) if "mapValue" in value else text_in(value)


def from_address(sql: SqlValue) -> Value | None:
    """A map where the text is the canonical JSON of one, else a string.

    >>> from_address('{"city":"Durban"}')
    {'mapValue': {'fields': {'city': {'stringValue': 'Durban'}}}}
    """
    text = text_of(sql)
    if text is None or not text.startswith("{"):
        return string_back(text)
    try:
        as_map = from_json_text(text)
        is_same = as_map is not None and to_json_text(as_map) == text
    except RejectedValue:
        return string_back(text)
    return as_map if is_same else string_back(text)


json_text = Transform("json_text", "json", to_json_text, from_json_text)
json_map = Transform("json_map", "json", to_json_map, from_json_text)
json_array = Transform("json_array", "json", to_json_array, from_json_text)
pdf_rect = Transform(
    "pdf_rect", "json", to_json_map, from_numbers_json,
    summary="A rectangle on a PDF page as canonical JSON, every number exact.",
)  # fmt: skip
pdf_rects = Transform(
    "pdf_rects", "json", to_json_array, from_numbers_json,
    summary="The rectangles of a highlight as canonical JSON, every number exact.",
)  # fmt: skip
pdf_position = Transform(
    "pdf_position", "json", to_json_map, from_numbers_json,
    summary="The whole position of a highlight as canonical JSON, every number exact.",
)  # fmt: skip
geopoint = Transform("geopoint", "json", to_geopoint, from_geopoint)
base64_text = Transform("base64_text", "text", to_base64, from_base64)
address = Transform("address", "text", to_address, from_address)
