"""Transforms of what names a document or a person: ids, paths, e-mail addresses.

Holds no look-up: whether the document exists, and which row it became, is resolved later.
"""

from collections.abc import Mapping

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.transform import (
    SqlValue,
    Transform,
    Value,
    nothing_back,
    string_back,
    text_in,
    text_of,
)

_SEGMENTS_BEFORE_PATH = 5  # projects/P/databases/D/documents
_EMAIL_TAG = "email:"
_ID_TAG = "id:"


def to_document_id(value: Value) -> SqlValue:
    """The id of the document: of a plain id, a path, a reference, or a map with cloud_id.

    >>> to_document_id({"stringValue": "friday/users/list/u1"})
    'u1'
    >>> to_document_id({"mapValue": {"fields": {"cloud_id": {"stringValue": "u1"}}}})
    'u1'
    """
    if "mapValue" in value:
        value = value["mapValue"]["fields"].get("cloud_id", value)
        if not value.get("stringValue"):
            raise RejectedValue("map_without_id")
    path = value.get("referenceValue")
    if path is None:
        path = text_in(value)
    if not path or path.isspace():
        return None
    return last_segment(path) if "/" in path else _plain_id(path)


def last_segment(path: str) -> str:
    """The document id of a path, with or without its project; RejectedValue for other paths."""
    segments = path.removeprefix("/").split("/")
    if segments[0] == "projects" and segments[4:5] == ["documents"]:
        segments = segments[_SEGMENTS_BEFORE_PATH:]
    if len(segments) % 2 or not all(segments) or "." in segments or ".." in segments:
        raise RejectedValue("not_a_document_path")
    return segments[-1]


def _plain_id(text: str) -> str:
    if text in (".", ".."):
        raise RejectedValue("not_a_document_path")
    return text


def from_embedded_reference(sql: SqlValue) -> Value | None:
    """A map with cloud_id.

    >>> from_embedded_reference("t1")
    {'mapValue': {'fields': {'cloud_id': {'stringValue': 't1'}}}}
    """
    text = string_back(sql)
    return None if text is None else {"mapValue": {"fields": {"cloud_id": text}}}


def to_email(value: Value) -> SqlValue:
    """The address without blanks around it, in lower case; dots and plus signs stay.

    >>> to_email({"stringValue": " Thandi.M+x@Example.COM "})
    'thandi.m+x@example.com'
    """
    text = text_in(value)
    return None if text is None else normal_email(text)


def normal_email(text: str) -> str | None:
    """The normal form of an address; None for a blank text, RejectedValue without name or host."""
    address = text.strip().lower()
    if not address:
        return None
    name, _, host = address.rpartition("@")
    if not (name and host):
        raise RejectedValue("not_an_email")
    return address


def to_user_key(value: Value) -> SqlValue:
    """What names a user: "email:" and the address, or "id:" and the document id.

    >>> to_user_key({"stringValue": "Thandi@Example.com"})
    'email:thandi@example.com'
    >>> to_user_key({"stringValue": "KD8dk2"})
    'id:KD8dk2'
    """
    if "mapValue" in value:
        fields = value["mapValue"]["fields"]
        if not fields.get("cloud_id", {}).get("stringValue"):
            return _email_key(_email_in(fields))
        return f"{_ID_TAG}{to_document_id(value)}"
    text = value.get("stringValue")
    if text is not None and "@" in text and "/" not in text:
        return _email_key(text_in(value))
    document_id = to_document_id(value)
    return None if document_id is None else f"{_ID_TAG}{document_id}"


def _email_in(fields: Mapping[str, Value]) -> str | None:
    if "email" not in fields:
        raise RejectedValue("map_without_id")
    return text_in(fields["email"])


def _email_key(text: str | None) -> str | None:
    address = None if text is None else normal_email(text)
    return None if address is None else f"{_EMAIL_TAG}{address}"


def from_user_key(sql: SqlValue) -> Value | None:
    """The address or the id as a string; an id with an at sign as a map with cloud_id.

    >>> from_user_key("email:thandi@example.com"), from_user_key("id:KD8dk2")
    ({'stringValue': 'thandi@example.com'}, {'stringValue': 'KD8dk2'})
    """
    text = text_of(sql)
    if text is None:
        return None
    if text.startswith(_EMAIL_TAG):
        return {"stringValue": text[len(_EMAIL_TAG) :]}
    if not text.startswith(_ID_TAG):
        raise RejectedValue("unexpected_sql_value")
    document_id = text[len(_ID_TAG) :]
    return from_embedded_reference(document_id) if "@" in document_id else string_back(document_id)


def to_first_user_key(value: Value) -> SqlValue:
    """What names the first user of an array, as `user_key` says it.

    >>> to_first_user_key({"arrayValue": {"values": [{"stringValue": "u1"}]}})
    'id:u1'
    """
    if "nullValue" in value:
        return None
    if "arrayValue" not in value:
        raise RejectedValue("unexpected_kind")
    values = value["arrayValue"]["values"]
    return to_user_key(values[0]) if values else None


def from_first_user_key(sql: SqlValue) -> Value | None:
    """An array with that one user.

    >>> from_first_user_key("id:u1")
    {'arrayValue': {'values': [{'stringValue': 'u1'}]}}
    """
    user = from_user_key(sql)
    return None if user is None else {"arrayValue": {"values": [user]}}


def to_name_before_at(value: Value) -> SqlValue:
    """The part of an address before the at sign, as a name for who has none.

    >>> to_name_before_at({"stringValue": "Thandi.Mokoena@example.com"})
    'Thandi.Mokoena'
    """
    text = (text_in(value) or "").strip()
    if normal_email(text) is None:
        return None
    return text.rpartition("@")[0].strip() or None


document_id = Transform("document_id", "reference", to_document_id, string_back)
embedded_reference = Transform(
    "embedded_reference", "reference", to_document_id, from_embedded_reference
)
email = Transform("email", "email", to_email, string_back)
user_key = Transform("user_key", "reference", to_user_key, from_user_key)
first_user_key = Transform("first_user_key", "reference", to_first_user_key, from_first_user_key)
name_before_at = Transform(
    "name_before_at", "text", to_name_before_at, nothing_back,
    one_way="derived: the address itself is in another column",
)  # fmt: skip
