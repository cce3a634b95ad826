"""Transforms of texts that stay texts.

Holds nothing about people (people.py), storage paths (places.py) or structures (structures.py).
"""

import re

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.numbers import from_decimal_text, to_decimal_text
from moonlanding_assets.mapping.transform import (
    SqlValue,
    Transform,
    Value,
    nothing_back,
    string_back,
    text_in,
    text_of,
)

_MIME_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")


def to_text(value: Value) -> SqlValue:
    """The string, character for character.

    >>> to_text({"stringValue": " 12 "})
    ' 12 '
    """
    return text_in(value)


def to_trimmed_text(value: Value) -> SqlValue:
    """The string without blanks around it (any Unicode blank); nothing left is not set.

    >>> to_trimmed_text({"stringValue": " Acme\u00a0"})
    'Acme'
    """
    return (text_in(value) or "").strip() or None


def to_first_line(value: Value) -> SqlValue:
    """The first line that is not blank, trimmed.

    >>> to_first_line({"stringValue": "\\n  Bank letters \\nof all accounts"})
    'Bank letters'
    """
    lines = (text_in(value) or "").strip().splitlines()
    return lines[0].strip() if lines else None


def to_mime_type(value: Value) -> SqlValue:
    """The media type in lower case, without parameters.

    >>> to_mime_type({"stringValue": "Application/PDF; q=1"})
    'application/pdf'
    """
    text = (text_in(value) or "").partition(";")[0].strip().lower()
    if not text:
        return None
    if _MIME_TYPE.fullmatch(text) is None:
        raise RejectedValue("not_a_mime_type")
    return text


def to_comment_text(value: Value) -> SqlValue:
    """The text of a comment: a string, or the `text` of a map.

    >>> to_comment_text({"mapValue": {"fields": {"text": {"stringValue": "See note 4"}}}})
    'See note 4'
    """
    if "mapValue" not in value:
        return text_in(value)
    text = value["mapValue"]["fields"].get("text")
    return None if text is None else text_in(text)


def from_comment_text(sql: SqlValue) -> Value | None:
    """A map with the text.

    >>> from_comment_text("See note 4")
    {'mapValue': {'fields': {'text': {'stringValue': 'See note 4'}}}}
    """
    text = string_back(sql)
    return None if text is None else {"mapValue": {"fields": {"text": text}}}


def to_number_or_text(value: Value) -> SqlValue:
    """A number as its shortest decimal text; a string as it is.

    >>> to_number_or_text({"integerValue": "1500"}), to_number_or_text({"stringValue": "R 1 500"})
    ('1500', 'R 1 500')
    """
    return text_in(value) if "stringValue" in value else to_decimal_text(value)


def from_number_or_text(sql: SqlValue) -> Value | None:
    """A number where the text is one in its shortest form, else a string.

    >>> from_number_or_text("1500"), from_number_or_text("1500.00")
    ({'integerValue': '1500'}, {'stringValue': '1500.00'})
    """
    return from_decimal_text(sql)


def to_joined_emails(value: Value) -> SqlValue:
    """One or several addresses as one text, joined by a comma and a blank.

    >>> to_joined_emails({"arrayValue": {"values": [{"stringValue": "a@example.com"},
    ...                                             {"stringValue": "b@example.com"}]}})
    'a@example.com, b@example.com'
    """
    if "arrayValue" not in value:
        return text_in(value) or None
    texts = [text_in(item) for item in value["arrayValue"]["values"]]
    if not all(texts):
        raise RejectedValue("empty_item")
    return ", ".join(text for text in texts if text) or None


def from_email_list(sql: SqlValue) -> Value | None:
    """An array of strings, cut at every comma and blank.

    >>> from_email_list("a@example.com, b@example.com")["arrayValue"]["values"][1]
    {'stringValue': 'b@example.com'}
    """
    text = text_of(sql)
    if text is None:
        return None
    if not all(text.split(", ")):
        return {"stringValue": text}
    return {"arrayValue": {"values": [{"stringValue": part} for part in text.split(", ")]}}


def to_highlight_type(value: Value) -> SqlValue:
    """What a highlight marks, from its content: area where it holds an image, else text.

    >>> to_highlight_type({"mapValue": {"fields": {"text": {"stringValue": "Revenue"}}}})
    'text'
    """
    if "nullValue" in value:
        return None
    if "mapValue" not in value:
        raise RejectedValue("unexpected_kind")
    fields = value["mapValue"]["fields"]
    if text_in(fields.get("image", {"nullValue": None})):
        return "area"
    return "text" if text_in(fields.get("text", {"nullValue": None})) else None


text = Transform("text", "text", to_text, string_back)
trimmed_text = Transform("trimmed_text", "text", to_trimmed_text, string_back)
first_line = Transform("first_line", "text", to_first_line, string_back)
mime_type = Transform("mime_type", "text", to_mime_type, string_back)
comment_text = Transform("comment_text", "text", to_comment_text, from_comment_text)
number_or_text = Transform("number_or_text", "text", to_number_or_text, from_number_or_text)
joined_emails = Transform("joined_emails", "text", to_joined_emails, string_back)
email_list = Transform("email_list", "text", to_joined_emails, from_email_list)
highlight_type = Transform(
    "highlight_type", "text", to_highlight_type, nothing_back,
    one_way="derived: the content itself is in another column or in the residue",
)  # fmt: skip
