"""Edge tables of the columns that several fields make together."""

import itertools
from typing import Any

import pytest

from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.combinations import (
    REVIEW_STATUS_OF,
    RFI_STATUS_OF,
    as_json,
    string_only,
)
from moonlanding_assets.mapping.language import Combine
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets_tests.handmade import a, m, s
from moonlanding_assets_tests.outcomes import Refused, assert_same, combined, refused

Fields = tuple[Value | None, ...]
ZERO, ONE, TWO = ({"integerValue": text} for text in "012")
TRUE, FALSE = {"booleanValue": True}, {"booleanValue": False}
NULL: dict[str, Any] = {"nullValue": None}

RFI: tuple[tuple[Fields, SqlValue | Refused], ...] = (
    ((ONE, None), "closed"),
    ((ONE, s("Sent")), "closed"),
    ((ONE, s("Kickoff")), "closed"),
    ((ZERO, None), "open"),
    ((ZERO, s("")), "open"),
    ((ZERO, NULL), "open"),
    ((ZERO, s("Pending")), "open"),
    ((ZERO, s("Partially Sent")), "pending_response"),
    ((ZERO, s("Sent")), "responded"),
    ((None, s("Sent")), "responded"),
    ((None, None), None),
    ((None, s("")), None),
    ((ZERO, s("sent")), refused("unknown_spelling")),
    ((None, s("Kickoff")), refused("unknown_spelling")),
    ((TWO, None), refused("unknown_spelling")),
    ((NULL, None), refused("unknown_spelling")),
    ((s("1"), s("Sent")), refused("unknown_spelling")),
)


@pytest.mark.parametrize(("fields", "expected"), RFI)
def test_the_status_of_an_rfi(fields: Fields, expected: SqlValue | Refused) -> None:
    assert repr(combined(RFI_STATUS_OF, fields)) == repr(expected)


@pytest.mark.parametrize(
    ("word", "fields"),
    [
        ("closed", (ONE, None)),
        ("open", (ZERO, s("Pending"))),
        ("pending_response", (ZERO, s("Partially Sent"))),
        ("responded", (ZERO, s("Sent"))),
    ],
)
def test_the_status_of_an_rfi_comes_back(word: str, fields: Fields) -> None:
    assert RFI_STATUS_OF.inverse(word) == fields
    assert RFI_STATUS_OF.forward(fields) == word


REVIEW: tuple[tuple[Fields, SqlValue | Refused], ...] = (
    ((TRUE, s("active")), "open"),
    ((FALSE, s("history")), "closed"),
    ((TRUE, s("history")), "open"),
    ((FALSE, s("active")), "closed"),
    ((TRUE, s("archive")), "archived"),
    ((FALSE, s("archive")), "archived"),
    ((None, s("archive")), "archived"),
    ((TRUE, None), "open"),
    ((FALSE, s("")), "closed"),
    ((None, s("active")), None),
    ((None, None), None),
    ((NULL, s("history")), None),
    ((ONE, NULL), None),
    ((TRUE, s("Archive")), refused("unknown_spelling")),
    ((None, s("gone")), refused("unknown_spelling")),
)


@pytest.mark.parametrize(("fields", "expected"), REVIEW)
def test_the_status_of_a_review(fields: Fields, expected: SqlValue | Refused) -> None:
    assert repr(combined(REVIEW_STATUS_OF, fields)) == repr(expected)


@pytest.mark.parametrize(
    ("word", "fields"),
    [
        ("archived", (None, s("archive"))),
        ("open", (TRUE, s("active"))),
        ("closed", (FALSE, s("history"))),
    ],
)
def test_the_status_of_a_review_comes_back(word: str, fields: Fields) -> None:
    assert REVIEW_STATUS_OF.inverse(word) == fields
    assert REVIEW_STATUS_OF.forward(fields) == word


OBJECTS = (
    ((s("x"), m(n={"doubleValue": 0.5})), '{"a":{"n":0.5},"b":"x"}'),
    ((s("x"), None), '{"b":"x"}'),
    ((None, a(ONE, NULL)), '{"a":[1,null]}'),
    ((NULL, s("")), '{"a":""}'),
    ((None, None), "{}"),
)


@pytest.mark.parametrize(("fields", "text"), OBJECTS)
def test_a_json_object_of_the_fields_that_are_there(fields: Fields, text: str) -> None:
    plain, sourced = as_json("b", "a"), as_json("b", "a", source="friday")
    assert plain.forward(fields) == text
    with_source = '"source":"friday"}'
    joined = text[:-1] + ("" if text == "{}" else ",") + with_source
    assert sourced.forward(fields) == joined
    expected = tuple(None if one == NULL else one for one in fields)
    assert plain.inverse(text) == expected
    assert sourced.inverse(joined) == expected


def test_a_json_object_is_named_after_its_keys_and_takes_as_many_fields() -> None:
    assert as_json("b", "a").name == as_json("b", "a", source="friday").name == "as_json(b, a)"
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        as_json("b", "a").forward((s("x"),))


def test_a_string_only() -> None:
    assert_same(string_only, s(" x "), " x ")
    assert_same(string_only, m(a=s("x")), None)
    assert_same(string_only, ONE, None)
    assert string_only.inverse("x") == s("x")


ANY: tuple[Value | None, ...] = (
    None, NULL, ZERO, ONE, TWO, TRUE, FALSE, s(""), s("nonsense"), s("Sent"), s("Pending"),
    s("archive"), s("active"), s("history"),
)  # fmt: skip
WORDS: dict[str, tuple[str, ...]] = {
    RFI_STATUS_OF.name: ("open", "pending_response", "responded", "closed"),
    REVIEW_STATUS_OF.name: ("open", "closed", "archived"),
}


def test_a_field_that_an_inverse_does_not_name_may_stay_whatever_it_says() -> None:
    """So a document that goes back is drafted once: nothing has to be taken away beside it."""
    rules = {
        rule.by.name: rule.by
        for one in MAPPINGS
        for mapping in one.tables
        for rule in mapping.columns.values()
        if isinstance(rule, Combine) and not rule.by.name.startswith("as_json")
    }
    assert rules.keys() == WORDS.keys()
    for name, by in rules.items():
        for word, held in itertools.product(WORDS[name], itertools.product(ANY, ANY)):
            pairs = zip(by.inverse(word), held, strict=True)
            assert by.forward(tuple(old if new is None else new for new, old in pairs)) == word
