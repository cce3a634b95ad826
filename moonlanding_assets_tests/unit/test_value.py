"""Values in the REST encoding: canonical text, constructors, timestamps to the microsecond."""

import datetime
import math

import pytest

from moonlanding_assets.source.value import (
    FIRST_TIMESTAMP_US,
    LAST_TIMESTAMP_US,
    array,
    boolean,
    bytes_,
    canonical,
    double,
    double_of,
    geopoint,
    integer,
    map_,
    null,
    parse,
    reference,
    string,
    timestamp_text,
    timestamp_us,
    timestamp_us_of,
    vector,
)
from moonlanding_assets_tests.every_value import every_value

TIMES = {
    0: "1970-01-01T00:00:00Z",
    1: "1970-01-01T00:00:00.000001Z",
    1_000: "1970-01-01T00:00:00.001Z",
    1_001_000: "1970-01-01T00:00:01.001Z",
    -1: "1969-12-31T23:59:59.999999Z",
    -500_000: "1969-12-31T23:59:59.500Z",
    -60_000_000: "1969-12-31T23:59:00Z",
    1_709_164_800_000_000: "2024-02-29T00:00:00Z",
    FIRST_TIMESTAMP_US: "0001-01-01T00:00:00Z",
    LAST_TIMESTAMP_US: "9999-12-31T23:59:59.999999Z",
}


def test_constructors_give_the_rest_encoding() -> None:
    assert null() == {"nullValue": None}
    assert boolean(True) == {"booleanValue": True}
    assert integer(-(2**63)) == {"integerValue": "-9223372036854775808"}
    assert double(1) == {"doubleValue": 1.0}
    assert timestamp_us(1) == {"timestampValue": "1970-01-01T00:00:00.000001Z"}
    assert string("é") == {"stringValue": "é"}
    assert bytes_(b"\xff\xfe\x00") == {"bytesValue": "//4A"}
    assert reference("a/b", project="p") == {
        "referenceValue": "projects/p/databases/(default)/documents/a/b"
    }
    assert geopoint(1, -2) == {"geoPointValue": {"latitude": 1.0, "longitude": -2.0}}
    assert array([]) == {"arrayValue": {"values": []}}
    assert map_({}) == {"mapValue": {"fields": {}}}
    assert vector([1.0]) == {
        "mapValue": {
            "fields": {
                "__type__": {"stringValue": "__vector__"},
                "value": {"arrayValue": {"values": [{"doubleValue": 1.0}]}},
            }
        }
    }


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_an_integer_has_64_bits(number: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        integer(number)


@pytest.mark.parametrize(
    ("number", "payload"),
    [(math.nan, "NaN"), (-math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")],
)
def test_numbers_that_json_lacks_are_texts(number: float, payload: str) -> None:
    assert double(number) == {"doubleValue": payload}
    assert str(double_of(payload)) == str(float(payload))


@pytest.mark.parametrize("payload", ["1.5", "nan", "inf", "", True, None])
def test_other_payloads_are_no_double(payload: object) -> None:
    with pytest.raises(ValueError, match="a double"):
        double_of(payload)  # type: ignore[arg-type]  # what a broken file could hold


def test_canonical_text_does_not_depend_on_the_order_of_fields() -> None:
    one = {"b": integer(1), "a": map_({"y": null(), "x": double(-0.0)})}
    other = {"a": map_({"x": double(-0.0), "y": null()}), "b": integer(1)}
    expected = (
        '{"a":{"mapValue":{"fields":{"x":{"doubleValue":-0.0},"y":{"nullValue":null}}}},'
        '"b":{"integerValue":"1"}}'
    )
    assert canonical(one) == canonical(other) == expected


def test_canonical_text_sorts_names_by_code_point_and_keeps_every_character() -> None:
    text = canonical({"é": string('"\\\x00\uffff'), "z": string("\U0001f600"), "A": null()})
    assert text == (
        '{"A":{"nullValue":null},"z":{"stringValue":"\U0001f600"},'
        '"é":{"stringValue":"\\"\\\\\\u0000\uffff"}}'
    )


def test_every_value_survives_the_text() -> None:
    fields = every_value("demo-friday")
    text = canonical(fields)
    assert parse(text) == fields
    assert canonical(parse(text)) == text
    assert canonical(parse(text.encode())) == text


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_would_become_null_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        canonical({"a": {"doubleValue": number}})
    with pytest.raises(ValueError, match="not finite"):
        canonical({"a": array([map_({"b": {"doubleValue": number}})])})
    for latitude, longitude in ((number, 0.0), (0.0, number)):
        with pytest.raises(ValueError, match="finite latitude"):
            geopoint(latitude, longitude)


def test_texts_and_names_that_look_like_a_lost_number_are_not_refused() -> None:
    fields = {"doubleValue": null(), "a": string('"doubleValue":null'), "latitude": null()}
    assert parse(canonical(fields)) == fields


@pytest.mark.parametrize("text", ["[]", "null", "1", "", "{", '{"a":NaN}'])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


@pytest.mark.parametrize(("microseconds", "text"), TIMES.items())
def test_timestamps_there_and_back(microseconds: int, text: str) -> None:
    assert timestamp_text(microseconds) == text
    assert timestamp_us_of(text) == microseconds


def test_timestamps_agree_with_datetime() -> None:
    start = datetime.datetime(1970, 1, 1)
    for microseconds in range(-(10**15), 10**15, 7_919_333_111_777):
        expected = (start + datetime.timedelta(microseconds=microseconds)).isoformat(
            timespec="microseconds"
        )
        assert (
            timestamp_text(microseconds) == f"{expected.removesuffix('000').removesuffix('.000')}Z"
        )


@pytest.mark.parametrize("microseconds", [FIRST_TIMESTAMP_US - 1, LAST_TIMESTAMP_US + 1, 2**63])
def test_times_outside_the_years_1_to_9999_are_refused(microseconds: int) -> None:
    with pytest.raises(ValueError, match="0001 to 9999"):
        timestamp_text(microseconds)


def test_fractions_of_other_lengths_are_read() -> None:
    assert timestamp_us_of("1970-01-01T00:00:00.5Z") == 500_000
    assert timestamp_us_of("1970-01-01T00:00:00.000001000Z") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00+00:00",
        "1970-01-01 00:00:00Z",
        "1970-02-30T00:00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00.0000001Z",
        "0000-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z\n",
        "١٩٧٠-01-01T00:00:00Z",
    ],
)
def test_other_shapes_of_time_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        timestamp_us_of(text)
