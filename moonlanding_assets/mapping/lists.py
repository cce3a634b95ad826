"""Transforms of arrays whose items are all of one known kind.

Holds no array of anything (structures.py: json_array). An item that does not fit refuses the
whole array: a list is never shortened.
"""

from collections.abc import Callable

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.people import (
    from_user_key,
    normal_email,
    to_document_id,
    to_user_key,
)
from moonlanding_assets.mapping.structures import Json, json_of, parsed
from moonlanding_assets.mapping.transform import (
    SqlValue,
    Transform,
    Value,
    nothing_back,
    string_back,
    text_in,
    text_of,
)


def to_text_list(value: Value) -> SqlValue:
    """An array of strings as a JSON array.

    >>> to_text_list({"arrayValue": {"values": [{"stringValue": "Won"}]}})
    '["Won"]'
    """
    return _list_of(value, _required_text)


def _required_text(item: Value) -> SqlValue:
    if "stringValue" not in item:
        raise RejectedValue("not_a_text_list")
    return text_in(item)


def to_document_ids(value: Value) -> SqlValue:
    """An array of references, as `document_id` reads them, as a JSON array of ids.

    >>> to_document_ids({"arrayValue": {"values": [{"stringValue": "friday/teams/list/t1"}]}})
    '["t1"]'
    """
    return _list_of(value, to_document_id)


def to_user_keys(value: Value) -> SqlValue:
    """An array of users, as `user_key` reads them, as a JSON array of keys.

    >>> to_user_keys({"arrayValue": {"values": [{"stringValue": "Thandi@Example.com"}]}})
    '["email:thandi@example.com"]'
    """
    return _list_of(value, to_user_key)


def _items(value: Value) -> list[Value] | None:
    if "arrayValue" in value:
        items: list[Value] = value["arrayValue"]["values"]
        return items
    if "nullValue" in value:
        return None
    raise RejectedValue("unexpected_kind")


def _list_of(value: Value, forward: Callable[[Value], SqlValue]) -> SqlValue:
    items = _items(value)
    if items is None:
        return None
    content: list[Json] = [forward(item) for item in items]
    if None in content:
        raise RejectedValue("empty_item")
    return json_of(content)


def from_text_list(sql: SqlValue) -> Value | None:
    """An array of strings.

    >>> from_text_list('["Won"]')
    {'arrayValue': {'values': [{'stringValue': 'Won'}]}}
    """
    return _array_of(sql, string_back)


def from_user_keys(sql: SqlValue) -> Value | None:
    """An array of addresses and ids.

    >>> from_user_keys('["id:u1"]')
    {'arrayValue': {'values': [{'stringValue': 'u1'}]}}
    """
    return _array_of(sql, from_user_key)


def _array_of(sql: SqlValue, inverse: Callable[[SqlValue], Value | None]) -> Value | None:
    text = text_of(sql)
    if text is None:
        return None
    content = parsed(text)
    texts = [item for item in content if isinstance(item, str)] if isinstance(content, list) else []
    if not isinstance(content, list) or len(texts) != len(content):
        raise RejectedValue("unexpected_sql_value")
    return {"arrayValue": {"values": [inverse(item) for item in texts]}}


def to_first_email(value: Value) -> SqlValue:
    """The first address of an array, as `email` writes it.

    >>> to_first_email({"arrayValue": {"values": [{"stringValue": "A@x"}, {"stringValue": "b@x"}]}})
    'a@x'
    """
    items = _items(value)
    return normal_email(str(_required_text(items[0]))) if items else None


def from_first_email(sql: SqlValue) -> Value | None:
    """An array with that one address.

    >>> from_first_email("a@x")
    {'arrayValue': {'values': [{'stringValue': 'a@x'}]}}
    """
    item = string_back(sql)
    return None if item is None else {"arrayValue": {"values": [item]}}


def to_list_length(value: Value) -> SqlValue:
    """How many items an array has.

    >>> to_list_length({"arrayValue": {"values": []}})
    0
    """
    items = _items(value)
    return None if items is None else len(items)


text_list = Transform("text_list", "json", to_text_list, from_text_list)
document_ids = Transform("document_ids", "json", to_document_ids, from_text_list)
user_keys = Transform("user_keys", "json", to_user_keys, from_user_keys)
first_email = Transform("first_email", "email", to_first_email, from_first_email)
list_length = Transform(
    "list_length", "number", to_list_length, nothing_back,
    one_way="derived: the items themselves are rows or JSON", sql_type="INTEGER",
)  # fmt: skip
