"""Whole records that no export of Firestore would hold: each is refused, none is guessed."""

import math
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.source import export_messages
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.value import canonical, integer, parse
from moonlanding_assets_tests.exports import (
    PROJECT,
    damage,
    entity,
    put_entities,
    read,
)


def a_property(**given: Any) -> Any:
    """A property `f`; what is not meaning, name, multiple or indexed is its value."""
    one = export_messages.Property(
        name=given.pop("name", "f"), multiple=given.pop("multiple", False)
    )
    if "meaning" in given:
        one.meaning = given.pop("meaning")
    one.value.CopyFrom(export_messages.PropertyValue(**given))
    return one


def inner(*properties: Any) -> bytes:
    return bytes(export_messages.Entity(raw_property=properties).SerializeToString())


def deep(levels: int, *, multiple: bool = False) -> bytes:
    if not levels:
        return inner()
    below = deep(levels - 1, multiple=multiple)
    return inner(a_property(name="g", meaning=19, multiple=multiple, stringvalue=below))


def reference_to(*elements: dict[str, str], app: str = "s~p") -> Any:
    return a_property(referencevalue={"app": app, "pathelement": list(elements)})


ONE = a_property(int64value=1)
ONE_OF_MANY = a_property(int64value=1, multiple=True)
DOUBLE_OF_MANY = a_property(doublevalue=1.0, multiple=True)
PART_OF_VECTOR = a_property(doublevalue=1.0, multiple=True, meaning=31)
EMPTY_ARRAY = a_property(meaning=24)
UNKNOWN_KIND = export_messages.Property.FromString(b"\x1a\x01f\x20\x00\x2a\x02\x50\x01")
NO_VALUE = export_messages.Property(name="f", multiple=False)
NOT_UTF_8 = a_property(name="g", stringvalue=b"\xed\xa0\x80")
TWICE = "field `f`: a name that is empty or occurs twice"
PARTLY = "field `f`: an array that is in part a vector"
BOTH_LISTS = "field `f`: the field is in both property lists"
NO_PATH = "field `f`: a key that is no document path"

# (case, properties in the list that Firestore uses, properties in the other list, what is said)
STRANGE: tuple[tuple[str, list[Any], list[Any], str], ...] = (
    ("meaning", [a_property(meaning=99, int64value=1)], [], "field `f`: the unknown meaning 99"),
    ("text as time", [a_property(meaning=7, stringvalue=b"x")], [], "meaning 7 on a stringvalue"),
    ("null as time", [a_property(meaning=7)], [], "field `f`: meaning 7 on a null"),
    ("far time", [a_property(meaning=7, int64value=2**62)], [], "a timestamp lies in the years"),
    ("number as bytes", [a_property(meaning=14, int64value=1)], [], "meaning 14 on a int64value"),
    ("number as text", [a_property(meaning=15, int64value=1)], [], "meaning 15 on a int64value"),
    ("number as map", [a_property(meaning=19, doublevalue=1.0)], [], "meaning 19 on a doublevalue"),
    ("map of noise", [a_property(meaning=19, stringvalue=b"\xff\xff")], [], "field `f`: "),
    ("number as point", [a_property(meaning=9, doublevalue=1.0)], [], "meaning 9 on a doublevalue"),
    ("plain point", [a_property(pointvalue={"x": 1.0})], [], "meaning 0 of a pointvalue"),
    ("point nowhere", [a_property(meaning=9, pointvalue={"x": math.nan})], [], "a finite latitude"),
    ("user", [a_property(uservalue={"email": b"x"})], [], "meaning 0 of a uservalue"),
    ("unknown kind", [UNKNOWN_KIND], [], "field `f`: a value of an unknown kind"),
    ("no value", [NO_VALUE], [], "field `f`: a value of an unknown kind"),
    ("no name", [a_property(name="", int64value=1)], [], "field ``: a name that is empty"),
    ("no name, many", [a_property(name="", multiple=True)], [], "field ``: a name that is empty"),
    ("not UTF-8", [a_property(stringvalue=b"ab\xff")], [], "`f`: bytes that are no UTF-8 text"),
    ("not UTF-8 in a map", [a_property(meaning=19, stringvalue=inner(NOT_UTF_8))], [],
     "field `f` > `g`: bytes that are no UTF-8 text"),
    ("twice", [ONE, ONE], [], TWICE),
    ("one and many", [ONE, ONE_OF_MANY], [], TWICE),
    ("many and one", [ONE_OF_MANY, ONE], [], TWICE),
    ("in both lists", [ONE_OF_MANY], [ONE_OF_MANY], BOTH_LISTS),
    ("empty array and value", [ONE], [EMPTY_ARRAY], BOTH_LISTS),
    ("empty array with value", [], [a_property(meaning=24, int64value=1)], "that holds a value"),
    ("empty array in array", [a_property(meaning=24, multiple=True)], [], "inside an array"),
    ("vector of integers", [a_property(meaning=31, multiple=True, int64value=1)], [],
     "field `f`: meaning 31 on a int64value"),
    ("scalar vector", [a_property(meaning=31, doublevalue=1.0)], [], f"{TWICE}, or half a vector"),
    ("vector, then array", [PART_OF_VECTOR, DOUBLE_OF_MANY], [], PARTLY),
    ("array, then vector", [DOUBLE_OF_MANY, PART_OF_VECTOR], [], PARTLY),
    ("reference to nothing", [reference_to()], [], NO_PATH),
    ("reference to a collection", [reference_to({"type": "a"})], [], NO_PATH),
    ("reference nowhere", [reference_to({"type": "a", "name": "b"}, app="")], [],
     "field `f`: a key without a project"),
    ("too deep", [a_property(meaning=19, stringvalue=deep(60))], [], "more than 40 deep"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "other", "what"), [pytest.param(*one[1:], id=one[0]) for one in STRANGE]
)
def test_what_no_firestore_document_holds(
    tmp_path: Path, raw: list[Any], other: list[Any], what: str
) -> None:
    first = entity("a/first", n=integer(1)).SerializeToString()
    one = entity("a/b")
    one.raw_property.extend(raw)
    one.property.extend(other)
    put_entities(tmp_path, first, one.SerializeToString())
    found = damage(tmp_path)
    assert found.file.endswith("output-0")
    assert found.offset == len(first) + 7
    assert found.what.startswith("document a/b: field ")
    assert what in found.what


@pytest.mark.parametrize("multiple", [False, True])
def test_maps_as_deep_as_the_text_can_carry(tmp_path: Path, multiple: bool) -> None:
    one = entity("a/b")
    one.raw_property.append(
        a_property(meaning=19, stringvalue=deep(39, multiple=multiple), multiple=multiple)
    )
    put_entities(tmp_path, one.SerializeToString())
    text = read(tmp_path)["a/b"]
    assert text.count("mapValue") == 40
    assert canonical(parse(text)) == text


def test_a_field_name_that_is_no_text(tmp_path: Path) -> None:
    content = entity("a/b", other=integer(1), name=integer(2)).SerializeToString()
    put_entities(tmp_path, content.replace(b"other", b"oth\xffr"))
    assert damage(tmp_path).what == "document a/b: a field name that is no UTF-8 text"
    (one,) = ManagedExport.open(tmp_path).all_entities()
    with pytest.raises(DamagedExport, match="a field name that is no UTF-8 text"):
        one.fields(frozenset({"name"}))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda key: key.ClearField("path"), "no document path"),
        (lambda key: key.path.element.add(type="c"), "no document path"),
        (lambda key: key.path.element.add(name="d"), "no document path"),
        (lambda key: key.path.element.add(type="c", name="d/e"), "no document path"),
        (lambda key: setattr(key, "name_space", "tenant"), "with a namespace"),
        (lambda key: key.ClearField("app"), "without a project"),
    ],
)
def test_a_key_of_no_document(tmp_path: Path, change: Any, what: str) -> None:
    one = entity("a/b")
    change(one.key)
    put_entities(tmp_path, one.SerializeToString())
    found = damage(tmp_path)
    assert found.offset == 0
    assert what in found.what


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"\xff\xff", "no document"), (entity("a/qq").SerializeToString().replace(b"q", b"\xff"), "")],
)
def test_a_record_that_is_no_entity(tmp_path: Path, content: bytes, what: str) -> None:
    put_entities(tmp_path, entity("a/b").SerializeToString(), content)
    found = damage(tmp_path)
    assert found.offset is not None
    assert found.offset > 0
    assert what in found.what


@pytest.mark.parametrize(("app", "database"), [("s~other", ""), (f"s~{PROJECT}", "second")])
def test_a_document_of_another_database(tmp_path: Path, app: str, database: str) -> None:
    one = entity("a/c")
    one.key.app = app
    one.key.database_id = database
    put_entities(tmp_path, entity("a/b").SerializeToString(), one.SerializeToString())
    assert "document a/c is of another project or database" in damage(tmp_path).what
