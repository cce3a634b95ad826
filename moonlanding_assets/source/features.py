"""What kinds of things a document shows: the features that a sample has to hold as well.

A feature is a text: a value's kind, sometimes with what is special about it, and the field path
with arrays as [] (`double:NaN at highlights[].position.boundingRect.x1`). Personal values never
become part of one: only kinds, declared spellings and the shapes of dates do.
A census counts features; a sample must show the `needs` that follow from them, which are fewer.
Holds no choice of documents.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.contract.language import Collection, Field

AT = " at "

_DATE = re.compile(r"\d{1,4}([/-])\d{1,2}\1\d{1,4}(?:[ T][\d:.]+(?:Z|[+-][\d:]+)?)?")
_DIGIT = re.compile(r"\d")
_SPECIAL = re.compile(r"[:=].*", re.DOTALL)
_FREE_NAME = re.compile(r".*[\d@ ].*|.{40,}", re.DOTALL)
# Two spellings and one shape that tell different things apart without a declaration saying so.
_TELLING = {"fileId": "general", "template_type": "tender"}
_POSITION = "position"
_MICROSECONDS = len("2026-02-05T22:37:00.123456Z")


class Place:
    """One field path of a collection, with what is known below it and what was seen at it."""

    def __init__(self, path: str, field: Field | None) -> None:
        self.path = path
        self.name = path.rpartition(".")[2]
        self.telling = _TELLING.get(self.name)
        self.is_moment = field is not None and "timestamp" in field.kinds
        self.is_closed = field is None or field.has_any_keys or self.is_moment
        self.enum = frozenset(field.enum) if field is not None else frozenset()
        self.has_emails = field is not None and _by_email(field)
        self.names: dict[str, Place] = {}
        self.features: dict[str, str] = {}
        self.element = self if path.endswith("[]") else Place(f"{path}[]", field)
        for item in field.items if field is not None else ():
            self.names[item.name] = Place(f"{path}.{item.name}", item)

    def below(self, name: str) -> "Place":
        """The place of that key; an undeclared one is closed: nothing below it is seen."""
        shown = "{}" if _FREE_NAME.fullmatch(name) else name
        place = self.names.get(shown)
        if place is None:
            place = self.names[shown] = Place(f"{self.path}.{shown}", None)
        return place

    def feature(self, kind: str) -> str:
        """The feature's text; one object for each, so that sets of them are cheap."""
        text = self.features.get(kind)
        if text is None:
            text = self.features[kind] = f"{kind}{AT}{self.path.removeprefix('.')}"
        return text


@cache
def places_of(key: str) -> Place:
    """The root place of a collection, its declared fields below it; by key, which is quick."""
    root = Place("", None)
    declared = BY_KEY.get(key)
    for one in declared.fields if declared is not None else ():
        root.names[one.name] = Place(f".{one.name}", one)
    return root


def features(root: Place, fields: Mapping[str, Any]) -> set[str]:
    """The features of one document's fields (without the collection's key)."""
    found: set[str] = set()
    for name, value in fields.items():
        _look(root.names.get(name) or root.below(name), value, found)
    return found


def plain(feature: str) -> str:
    """The feature without what is special about the value: `double at ...`."""
    kind, _, path = feature.partition(AT)
    return f"{_SPECIAL.sub('', kind)}{AT}{path}"


def needs(feature: str, *, collection: str) -> Iterator[tuple[str, str]]:
    """What a sample must show when the snapshot shows this: pairs of where and what.

    The field path, in the collection itself; a special number or position anywhere in the
    collection; any other kind anywhere in the system. Declared spellings are not among them: the
    census shows those that a sample lacks.
    """
    kind, _, path = feature.partition(AT)
    if kind.startswith("document"):
        yield collection, feature
        return
    yield collection, f"any{AT}{path}"
    if "=" not in kind or kind.endswith("=?"):
        is_local = kind.startswith(("double", "map:rectangle", "map:no "))
        yield collection if is_local else collection.split("/", 1)[0], f"{kind}{AT}any field"


def declared_features(collection: Collection) -> Iterator[str]:
    """What a collection is declared to hold: a plain feature for each field path and kind."""
    for field in collection.fields:
        yield from _declared(field, field.name)


def _declared(field: Field, path: str) -> Iterator[str]:
    for kind in field.kinds:
        yield f"{kind}{AT}{path}"
    for kind in field.element_kinds:
        yield f"{kind}{AT}{path}[]"
    for item in field.items if "timestamp" not in field.kinds else ():
        if "map" in field.kinds:
            yield from _declared(item, f"{path}.{item.name}")
        if "map" in field.element_kinds:
            yield from _declared(item, f"{path}[].{item.name}")


def _look(place: Place, value: Mapping[str, Any], found: set[str]) -> None:
    for name, payload in value.items():
        kind = _KIND_OF[name](place, payload)
        found.add(place.features.get(kind) or place.feature(kind))
        if name == "arrayValue":
            for one in payload["values"]:
                _look(place.element, one, found)
        elif name == "mapValue" and not place.is_closed:
            names = place.names
            for key, inner in payload["fields"].items():
                _look(names.get(key) or place.below(key), inner, found)


def _array(place: Place, payload: dict[str, Any]) -> str:
    return "array" if payload["values"] else "array:empty"


def _map(place: Place, payload: dict[str, Any]) -> str:
    fields = payload["fields"]
    if not fields:
        return "map:empty"
    if place.is_moment:
        return "map:_seconds" if "_seconds" in fields else "map:seconds"
    if place.name != _POSITION:
        return "map"
    rectangle = "rectangle" if "boundingRect" in fields else "no rectangle"
    lines = fields.get("rects", {}).get("arrayValue", {}).get("values")
    return f"map:{rectangle}, {'lines' if lines else 'no lines'}"


def _string(place: Place, text: str) -> str:
    if not text:
        return "string:empty"
    if place.telling == text:
        return f"string:{text}"
    if place.enum:
        return f"string={text}" if text in place.enum else "string=?"
    if place.has_emails:
        return _email(text)
    if text[0] in "0123456789" and len(text) < 40 and _DATE.fullmatch(text):
        return f"string:{_DIGIT.sub('9', text)}"
    return "string"


def _email(text: str) -> str:
    if text != text.strip():
        return "string:blanks"
    return "string" if text == text.lower() else "string:capitals"


def _timestamp(place: Place, text: str) -> str:
    return "timestamp:us" if len(text) == _MICROSECONDS else "timestamp"


def _integer(place: Place, digits: str) -> str:
    if place.enum:
        return f"integer={digits}" if digits in place.enum else "integer=?"
    return "integer" if len(digits) < 16 else "integer:long"


def _double(place: Place, payload: float | str) -> str:
    if isinstance(payload, str):
        return f"double:{payload}"
    return "double:-0.0" if payload == 0 and str(payload) == "-0.0" else "double"


def _plainly(kind: str) -> Callable[[Place, Any], str]:
    def same(place: Place, payload: object) -> str:
        return kind

    return same


def _by_email(field: Field) -> bool:
    return field.refers is not None and field.refers.by in ("email", "id_or_email")


_KIND_OF: dict[str, Callable[[Place, Any], str]] = {
    "nullValue": _plainly("null"),
    "booleanValue": _plainly("boolean"),
    "integerValue": _integer,
    "doubleValue": _double,
    "timestampValue": _timestamp,
    "stringValue": _string,
    "bytesValue": _plainly("bytes"),
    "referenceValue": _plainly("reference"),
    "geoPointValue": _plainly("geopoint"),
    "arrayValue": _array,
    "mapValue": _map,
}
