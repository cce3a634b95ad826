"""Edge tables of JSON, rectangles, points, bytes, addresses and lists."""

import json

import pytest

from moonlanding_assets.mapping.lists import (
    document_ids,
    first_email,
    list_length,
    text_list,
    user_keys,
)
from moonlanding_assets.mapping.structures import (
    address,
    base64_text,
    geopoint,
    json_array,
    json_map,
    json_text,
    pdf_position,
    pdf_rect,
    pdf_rects,
)
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value
from moonlanding_assets.source import value as rest
from moonlanding_assets.source.value import array, bytes_, double, integer, map_, null, string
from moonlanding_assets_tests.outcomes import Refused, assert_same, cases, given_back, refused

NAN, INFINITY = double(float("nan")), double(float("inf"))
RECT = {
    "x1": double(0.1),
    "y1": double(-0.0),
    "x2": integer(2**53 + 1),
    "y2": double(5e-324),
    "width": NAN,
    "height": double(float("-inf")),
}
RECT_TEXT = (
    '{"height":"-Infinity","width":"NaN","x1":0.1,"x2":9007199254740993,"y1":-0.0,"y2":5e-324}'
)


def deep(levels: int) -> Value:
    value = string("x")
    for _ in range(levels):
        value = map_({"a": value})
    return value


ROWS = (
    (json_text, null(), None),
    (json_text, rest.boolean(True), "true"),
    (json_text, integer(2**63 - 1), "9223372036854775807"),
    (json_text, double(1.0), "1.0"),
    (json_text, double(-0.0), "-0.0"),
    (json_text, NAN, '"NaN"'),
    (json_text, INFINITY, '"Infinity"'),
    (json_text, string('{"a":1}'), '"{\\"a\\":1}"'),
    (json_text, string("{broken"), '"{broken"'),
    (json_text, string("\x00\n🧾"), '"\\u0000\\n🧾"'),
    (json_text, string("\ud800"), refused("not_json")),
    (json_text, rest.timestamp_us(0), '"1970-01-01T00:00:00Z"'),
    (json_text, bytes_(b"\x00\xff"), '"AP8="'),
    (json_text, rest.reference("a/b", project="p", database="d"),
     '"projects/p/databases/d/documents/a/b"'),
    (json_text, rest.geopoint(-26.0, 28.5), '{"latitude":-26.0,"longitude":28.5}'),
    (json_text, array([null(), integer(1), double(1.0)]), "[null,1,1.0]"),
    (json_text, map_({"b": array([]), "a": map_({})}), '{"a":{},"b":[]}'),
    (json_text, map_({"a/b.c": string("x"), "é": string("y")}), '{"a/b.c":"x","é":"y"}'),
    (json_text, rest.vector([0.5]), '{"__type__":"__vector__","value":[0.5]}'),
    (json_text, deep(20), '{"a":' * 20 + '"x"' + "}" * 20),
    (json_text, deep(300), refused("not_json")),
    (json_text, {"strangeValue": 1}, refused("unexpected_kind")),
    (json_map, map_({}), "{}"),
    (json_map, array([]), refused("unexpected_kind")),
    (json_map, string("{}"), refused("unexpected_kind")),
    (json_map, null(), None),
    (json_array, array([]), "[]"),
    (json_array, map_({}), refused("unexpected_kind")),
    (pdf_rect, map_(RECT), RECT_TEXT),
    (pdf_rect, map_({}), "{}"),
    (pdf_rect, string("x"), refused("unexpected_kind")),
    (pdf_rect, array([]), refused("unexpected_kind")),
    (pdf_rect, integer(1), refused("unexpected_kind")),
    (pdf_rects, array([map_(RECT)]), f"[{RECT_TEXT}]"),
    (pdf_rects, array([]), "[]"),
    (pdf_rects, map_({}), refused("unexpected_kind")),
    (pdf_position, map_({"boundingRect": map_(RECT), "pageNumber": integer(1)}),
     f'{{"boundingRect":{RECT_TEXT},"pageNumber":1}}'),
    (geopoint, rest.geopoint(-0.0, 180.0), '{"latitude":-0.0,"longitude":180.0}'),
    (geopoint, map_({"latitude": double(1.0)}), refused("unexpected_kind")),
    (geopoint, null(), None),
    (base64_text, bytes_(b""), ""),
    (base64_text, bytes_(b"\x00\x01"), "AAE="),
    (base64_text, {"bytesValue": "AA"}, refused("not_base64")),
    (base64_text, {"bytesValue": "-_=="}, refused("not_base64")),
    (base64_text, string("AAE="), refused("unexpected_kind")),
    (base64_text, null(), None),
    (address, string("1 Long Street\nDurban"), "1 Long Street\nDurban"),
    (address, map_({"city": string("Durban")}), '{"city":"Durban"}'),
    (address, string(""), ""),
    (address, array([]), refused("unexpected_kind")),
    (text_list, array([]), "[]"),
    (text_list, array([string("Won"), string("")]), '["Won",""]'),
    (text_list, array([string("a"), integer(1)]), refused("not_a_text_list")),
    (text_list, array([null()]), refused("not_a_text_list")),
    (text_list, string("a"), refused("unexpected_kind")),
    (text_list, null(), None),
    (document_ids, array([string("t1"), map_({"cloud_id": string("t2")})]), '["t1","t2"]'),
    (document_ids, array([string("")]), refused("empty_item")),
    (document_ids, array([null()]), refused("empty_item")),
    (document_ids, array([map_({"name": string("x")})]), refused("map_without_id")),
    (user_keys, array([map_({"email": string("A@B")}), string("u1")]), '["email:a@b","id:u1"]'),
    (user_keys, array([]), "[]"),
    (first_email, array([string(" A@x"), string("b@x")]), "a@x"),
    (first_email, array([]), None),
    (first_email, array([integer(1)]), refused("not_a_text_list")),
    (list_length, array([null(), null()]), 2),
    (list_length, null(), None),
    (list_length, integer(2), refused("unexpected_kind")),
)  # fmt: skip


@cases(ROWS)
def test_structures(transform: Transform, value: Value, expected: SqlValue | Refused) -> None:
    assert_same(transform, value, expected)


@pytest.mark.parametrize(
    ("transform", "sql", "value"),
    [
        (json_text, '{"a":[1,1.0,-0.0,null,true,"NaN"]}', map_({"a": array([
            integer(1), double(1.0), double(-0.0), null(), rest.boolean(True), string("NaN"),
        ])})),
        (pdf_rect, RECT_TEXT, map_(dict(sorted(RECT.items())))),
        (pdf_rects, f"[{RECT_TEXT}]", array([map_(dict(sorted(RECT.items())))])),
        (geopoint, '{"latitude":-0.0,"longitude":180.0}', rest.geopoint(-0.0, 180.0)),
        (base64_text, "AAE=", bytes_(b"\x00\x01")),
        (address, '{"city":"Durban"}', map_({"city": string("Durban")})),
        (address, '{"city": "Durban"}', string('{"city": "Durban"}')),
        (address, "{broken", string("{broken")),
        (address, '{"a":18446744073709551615}', string('{"a":18446744073709551615}')),
        (text_list, '["Won"]', array([string("Won")])),
        (document_ids, '["t1"]', array([string("t1")])),
        (user_keys, '["email:a@b","id:u1"]', array([string("a@b"), string("u1")])),
        (first_email, "a@x", array([string("a@x")])),
        (list_length, 2, None),
    ],
)  # fmt: skip
def test_the_usual_spelling_comes_back(
    transform: Transform, sql: SqlValue, value: Value | None
) -> None:
    assert repr(transform.inverse(sql)) == repr(value)


@pytest.mark.parametrize(
    ("transform", "sql"),
    [
        (json_text, "{broken"),
        (json_text, 5),
        (geopoint, '{"latitude":1.0}'),
        (geopoint, '{"latitude":"x","longitude":1.0}'),
        (text_list, "[1]"),
        (text_list, "{}"),
        (text_list, "5"),
        (text_list, "null"),
        (user_keys, '["u1"]'),
    ],
)
def test_what_the_migration_never_writes_is_refused(transform: Transform, sql: SqlValue) -> None:
    assert given_back(transform, sql) == refused("unexpected_sql_value")


def test_a_number_beyond_64_bits_is_refused() -> None:
    assert given_back(json_text, "18446744073709551615") == refused("out_of_64_bits")


def test_a_large_array_becomes_valid_json() -> None:
    text = json_text.forward(array([integer(index) for index in range(20_000)]))
    assert json.loads(str(text)) == list(range(20_000))
