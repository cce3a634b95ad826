"""What a plain column must hold for a source value: small conversions, written a second time.

Each takes one REST value and gives the SQL value, or None when the value says nothing or cannot
be understood (then the column is NULL, its default, or owned up to as derived). Holds no table.
"""

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from moonlanding_assets.validate.people import normal_email
from moonlanding_assets.validate.plain import canonical, plain
from moonlanding_assets.validate.values import Value, array_of, map_of, text_of

Scalar = str | int | float | None
Conversion = Callable[[Value], Scalar]

_YEAR = re.compile(r"\b(?:19|20)\d\d\b", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"0|-?[1-9]\d{0,18}", re.ASCII)
_MIME = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_INT64 = range(-(2**63), 2**63)


def exact(value: Value) -> Scalar:
    """The string, character for character."""
    return text_of(value)


def trimmed(value: Value) -> Scalar:
    """The string without blanks around it."""
    return (text_of(value) or "").strip() or None


def first_line(value: Value) -> Scalar:
    """The first line that says something."""
    lines = (text_of(value) or "").strip().splitlines()
    return lines[0].strip() if lines else None


def address(value: Value) -> Scalar:
    """A string as it is, a map as canonical JSON."""
    if map_of(value) is not None:
        return canonical(plain(value)).decode()
    return text_of(value)


def email(value: Value) -> Scalar:
    """The normal form of an e-mail."""
    return normal_email(text_of(value) or "") or None


def first_email(value: Value) -> Scalar:
    """The normal form of the first e-mail of an array."""
    elements = array_of(value)
    return email(elements[0]) if elements else None


def joined(value: Value) -> Scalar:
    """One string, or several joined by a comma and a blank."""
    if "arrayValue" not in value:
        return text_of(value) or None
    texts = [text_of(one) or "" for one in array_of(value)]
    return ", ".join(texts) if texts and all(texts) else None


def truth(value: Value) -> Scalar:
    """1 or 0 from a boolean, 1 and 0, "true" and "false" in any case."""
    if "booleanValue" in value:
        return int(value["booleanValue"])
    if "stringValue" in value:
        return {"true": 1, "false": 0}.get(value["stringValue"].lower())
    number = whole(value)
    return number if number in (0, 1) else None


def whole(value: Value) -> Scalar:
    """A whole number."""
    if "integerValue" in value:
        return int(value["integerValue"])
    number = value.get("doubleValue")
    if isinstance(number, float) and number.is_integer():
        return int(number) if -(2.0**63) <= number < 2.0**63 else None
    text = text_of(value)
    found = None if text is None or _WHOLE.fullmatch(text) is None else int(text)
    return found if found is not None and found in _INT64 else None


def size(value: Value) -> Scalar:
    """A whole number that is not below zero."""
    number = whole(value)
    return number if isinstance(number, int) and number >= 0 else None


def digits(value: Value) -> Scalar:
    """A whole number as text."""
    number = whole(value)
    return None if number is None else str(number)


def decimal(value: Value) -> Scalar:
    """A number as its shortest decimal text, without an exponent."""
    text: str | None = None
    if "integerValue" in value:
        return str(int(value["integerValue"]))
    number = value.get("doubleValue")
    if isinstance(number, float) and math.isfinite(number):
        text = format(Decimal(repr(number)), "f")
    elif text_of(value) is not None and _NUMBER.fullmatch(text_of(value) or ""):
        text = text_of(value)
    if text is None:
        return None
    shortest = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if shortest == "-0" else shortest


def number_or_text(value: Value) -> Scalar:
    """A string as it is, a number as decimal text."""
    return text_of(value) if "stringValue" in value else decimal(value)


def real(value: Value) -> Scalar:
    """A double that is exactly the number; SQLite keeps no -0.0 here."""
    number: float | None = None
    if "integerValue" in value and abs(int(value["integerValue"])) <= 2**53:
        number = float(int(value["integerValue"]))
    elif isinstance(value.get("doubleValue"), float):
        number = value["doubleValue"]
    elif _NUMBER.fullmatch(text_of(value) or ""):
        text = text_of(value) or ""
        number = float(text) if len(text.strip("-").replace(".", "")) <= 15 else None
    return None if number is None or not math.isfinite(number) else number + 0.0


def year(value: Value) -> Scalar:
    """The one year that a number or a text names, as four digits."""
    text = text_of(value)
    if text is None:
        number = whole(value)
        text = "" if number is None or not 1900 <= int(number) <= 2099 else str(number)
    found = _YEAR.findall(text)
    return str(found[0]) if len(found) == 1 else None


def mime(value: Value) -> Scalar:
    """A media type in lower case without parameters."""
    text = (text_of(value) or "").partition(";")[0].strip().lower()
    return text if _MIME.fullmatch(text) else None


def content_kind(value: Value) -> Scalar:
    """What a highlight marks: an area when there is a picture, else text."""
    inner = map_of(value) or {}
    if text_of(inner.get("image")):
        return "area"
    return "text" if text_of(inner.get("text")) else None


def words(spellings: Mapping[str, Scalar]) -> Conversion:
    """A conversion of an enumeration by its spellings; others stand for nothing.

    Strings stand for themselves, booleans are "?true" and "?false", whole numbers "#0", "#1".
    """

    def by_spelling(value: Value) -> Scalar:
        if "booleanValue" in value:
            return spellings.get("?true" if value["booleanValue"] else "?false")
        text = text_of(value)
        return spellings.get(f"#{whole(value)}" if text is None else text)

    return by_spelling


def snake(*spelled: str) -> dict[str, Scalar]:
    """Spellings "Info Gathering", "InfoGathering" and "info_gathering", for the last of them."""
    found: dict[str, Scalar] = {}
    for one in spelled:
        word = one.lower().replace(" ", "_")
        found |= {one: word, one.replace(" ", ""): word, word: word}
    return found
