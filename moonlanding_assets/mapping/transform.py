"""The word Transform: one named conversion of a Firestore value, and its inverse.

Holds no conversion itself (times.py, numbers.py, texts.py, ...) and no registry (transforms.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.errors import DeclarationError, RejectedValue
from moonlanding_assets.schema.columns import Meaning, SqlType

#: A Firestore value in the REST encoding: a mapping with one key, such as {"stringValue": "a"}.
Value = Mapping[str, Any]
SqlValue = str | int | float | None


@dataclass(frozen=True, eq=False)
class Transform:
    """A conversion from a Firestore value to the value of a column, and back.

    `forward` takes None's source, {"nullValue": None}, to None and raises RejectedValue for what
    it cannot carry; it never guesses, and sees neither row nor clock nor database. Its result is
    what SQLite gives back from a column of the type `sql_type`. `inverse` gives the most usual
    spelling of the source, or None where there is nothing to give back; it raises RejectedValue
    for a column value that `forward` never makes.

    Where `inverse` gives a value, `forward` takes it to the same column value again, unless
    `one_way` says why there is no way back.
    """

    name: str
    meaning: Meaning
    forward: Callable[[Value], SqlValue]
    inverse: Callable[[SqlValue], Value | None]
    one_way: str = ""
    sql_type: SqlType = "TEXT"
    summary: str = ""

    def __post_init__(self) -> None:
        if self.summary:
            return
        first_line = (self.forward.__doc__ or "").strip().partition("\n")[0]
        if not first_line:
            raise DeclarationError(f"transform {self.name}: say in one line what it does")
        object.__setattr__(self, "summary", first_line)


def nothing_back(sql: SqlValue) -> Value | None:
    """The inverse of a one-way transform: nothing."""
    return None


def text_in(value: Value) -> str | None:
    """The string of a stringValue, None for null; RejectedValue for other kinds.

    A lone surrogate is refused: it is no Unicode text and no database can hold it.
    """
    text: str | None = value.get("stringValue")
    if text is None:
        if "nullValue" in value:
            return None
        raise RejectedValue("unexpected_kind")
    if not text.isascii():
        _require_unicode(text)
    return text


def _require_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RejectedValue("lone_surrogate") from None


def text_of(sql: SqlValue) -> str | None:
    """The text of a TEXT column, None for NULL; RejectedValue for a number."""
    if sql is None or isinstance(sql, str):
        return sql
    raise RejectedValue("unexpected_sql_value")


def string_back(sql: SqlValue) -> Value | None:
    """The inverse of every transform whose column holds the string itself."""
    text = text_of(sql)
    return None if text is None else {"stringValue": text}
