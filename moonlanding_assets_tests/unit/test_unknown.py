"""What no declaration knows, and that the suggested declaration makes it known."""

from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.contract import fields
from moonlanding_assets.contract.language import Collection, Field
from moonlanding_assets.contract.suggest import Shape, Unknown, field_text, suggest
from moonlanding_assets.contract.unknown import unknown_fields
from moonlanding_assets.proof.unknown import find_unknown, render
from moonlanding_assets_tests.migrating import a, i, m, s, write_sources

E = "friday/engagements/list/"
W = "myworkreview/reviews/list/"
WORDS: dict[str, Any] = {
    name: getattr(fields, name)
    for name in (
        "text", "truth", "whole", "number", "moment", "timestamp", "record", "free_map", "texts",
        "records", "texts_or_records",
    )
} | {"Field": Field, "Collection": Collection}  # fmt: skip


def found(tmp_path: Path, documents: dict[str, dict[str, dict[str, Any]]]) -> tuple[Unknown, ...]:
    return find_unknown(write_sources(tmp_path, documents))


def test_a_declared_world_has_nothing_unknown(tmp_path: Path) -> None:
    known = {"friday/engagements": {f"{E}e1": {"stage": s("InfoGathering"), "year": i(2025)}}}
    assert found(tmp_path, known) == ()
    assert render(()) == "Every collection, field, kind and spelling is declared.\n"
    assert suggest(()) == ""


def test_every_sort_of_unknown_thing_is_found_once_with_count_and_example(tmp_path: Path) -> None:
    unknown = found(
        tmp_path,
        {
            "friday/engagements": {
                f"{E}e2": {"mood": s("x"), "stage": s("Dreaming"), "year": {"booleanValue": True}},
                f"{E}e1": {"mood": i(3), "stage": s("Dreaming")},
                f"{E}e3": {"mood": s("secret words"), "stage": s("InfoGathering")},
            },
            "mwr/reviews": {
                f"{W}w1": {"highlights": a(m(mood=s("x")), m(mood=s("y")), s("odd"))},
            },
            "friday/?friday/new/list/{}": {
                "friday/new/list/b": {"name": s("x")}, "friday/new/list/a": {"size": i(1)},
            },
        },
    )  # fmt: skip
    assert [(x.what, x.collection, x.field, x.count, x.example, x.spelling) for x in unknown] == [
        ("field", "friday/engagements", "mood", 3, f"{E}e1", ""),
        ("kind", "friday/engagements", "year", 1, f"{E}e2", ""),
        ("spelling", "friday/engagements", "stage", 2, f"{E}e1", "Dreaming"),
        ("field", "mwr/reviews", "highlights[].mood", 2, f"{W}w1", ""),
        ("kind", "mwr/reviews", "highlights[]", 1, f"{W}w1", ""),
        ("collection", "friday/?friday/new/list/{}", "", 2, "friday/new/list/a", ""),
    ]
    assert [x.shape.kinds for x in unknown if x.field == "highlights[].mood"] == [{"string": 2}]
    text = render(unknown) + suggest(unknown)
    assert "integer 1, string 2" in text
    assert "secret words" not in text


def test_a_spelling_that_is_no_word_is_not_shown(tmp_path: Path) -> None:
    odd = "anna@one.example", "x\n[ERROR] forged", "a" * 60, "<b>"
    stages = {f"{E}e{n}": {"stage": s(text)} for n, text in enumerate(odd)}
    [one, *others] = found(tmp_path, {"friday/engagements": stages})
    assert (one.spelling, one.count) == ("", 3)
    assert [x.spelling for x in others] == ["a" * 40]  # cut where it is found
    text = render((one,)) + suggest((one,))
    assert "anna" not in text
    assert "forged" not in text


def test_a_field_whose_name_holds_a_dot_is_a_field_of_its_own(tmp_path: Path) -> None:
    [one] = found(tmp_path, {"mwr/reviews": {f"{W}w": {"team.cloud_id": s("t")}}})
    assert (one.what, one.names) == ("field", ("team.cloud_id",))


def test_names_cannot_forge_lines(tmp_path: Path) -> None:
    name = "x\n# in contract\u202e"
    unknown = found(tmp_path, {"friday/engagements": {f"{E}e": {name: s("t")}}})
    text = render(unknown) + suggest(unknown)
    assert "x\\u000a# in contract\\u202e" in text
    assert "\n# in contract\u202e" not in text
    assert "\u202e" not in text


VALUES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "text": ([s("a")], 'text("x")'),
    "text or null": ([s("a"), {"nullValue": None}], 'text("x", may_be_null=True)'),
    "truth": ([{"booleanValue": True}], 'truth("x")'),
    "whole": ([i(1)], 'whole("x")'),
    "number": ([i(1), {"doubleValue": 0.5}], 'number("x")'),
    "number or text": ([i(1), s("1")], 'number("x", may_be_text=True)'),
    "moment": ([{"timestampValue": "2026-01-01T00:00:00Z"}, s("")], 'moment("x")'),
    "timestamp": ([{"timestampValue": "2026-01-01T00:00:00Z"}], 'timestamp("x")'),
    "record": ([m(a=s("1"), b=i(2))], 'record("x", text("a"), whole("b"), )'),
    "free map": ([m(**{f"id{n}": i(n) for n in range(9)})], 'free_map("x")'),
    "many keys": ([m(**{f"k_{'a' * n}": i(n) for n in range(30)})], 'free_map("x")'),
    "empty map": ([m()], 'free_map("x")'),
    "texts": ([a(s("a")), a()], 'texts("x")'),
    "records": ([a(m(a=s("1")))], 'records("x", (text("a"), ))'),
    "mixed": ([a(m(a=s("1")), s("t"))], 'texts_or_records("x", (text("a"), ))'),
    "nothing": ([{"nullValue": None}], 'Field(name="x", kinds=("null",))'),
    "empty array": ([a()], 'Field(name="x", kinds=("array",), element_kinds=())'),
    "numbers": ([a(i(1))], 'Field(name="x", kinds=("array",), element_kinds=("integer",))'),
    "point": ([{"geoPointValue": {"latitude": 0.0, "longitude": 0.0}}],
              'Field(name="x", kinds=("geopoint",))'),
    "map or text": ([m(a=s("1")), s("")],
                    'Field(name="x", kinds=("string", "map",), has_any_keys=True)'),
    "map or array": ([m(a=s("1")), a(i(2))],
                     'Field(name="x", kinds=("array", "map",), element_kinds=("integer",), '
                     "has_any_keys=True)"),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_a_suggested_field_knows_every_value_that_it_was_made_from(name: str) -> None:
    values, expected = VALUES[name]
    shape = Shape()
    for value in values:
        shape.see(value)
    assert field_text("x", shape) == expected
    field = eval(expected, WORDS)
    held = Collection(key="k", system="mwr", patterns=("a/{b}",), purpose="p", fields=(field,))
    for value in values:
        assert list(unknown_fields(held, {"x": value})) == []


def test_a_suggested_collection_is_python_and_knows_its_documents(tmp_path: Path) -> None:
    documents = {
        "friday/newThings/list/1": {"name": s("a"), "it's": a(m(k=i(1)))},
        "friday/newThings/list/2": {"name": {"nullValue": None}, 'q"': m(x=s("y"))},
    }
    unknown = found(tmp_path, {"friday/?friday/newThings/list/{}": documents})
    made: dict[str, Any] = {}
    exec(suggest(unknown), dict(WORDS), made)
    collection = made["NEW_THINGS"]
    assert collection.key == "friday/new_things"
    for path, held in documents.items():
        assert collection.matches(path)
        assert list(unknown_fields(collection, held)) == []


def test_suggestions_for_declared_fields_keep_what_is_declared(tmp_path: Path) -> None:
    unknown = found(
        tmp_path,
        {"friday/engagements": {f"{E}e": {"stage": s("Dreaming"), "year": m()}}},
    )
    text = suggest(unknown)
    assert '"Dreaming",)' in text
    assert '"InfoGathering", ' in text
    assert 'kinds=("integer", "string", "map",)' in text or '"map",)' in text
    assert "contract/friday_engagements.py" in text
