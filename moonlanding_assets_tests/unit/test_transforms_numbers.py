"""Edge tables of numbers and truth values."""

import pytest

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.numbers import (
    decimal_text,
    exact_number,
    file_size,
    integer,
    integer_text,
    number,
)
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value
from moonlanding_assets.mapping.truths import boolean, negated_boolean
from moonlanding_assets.source import value as rest
from moonlanding_assets.source.value import double, string
from moonlanding_assets_tests.outcomes import Refused, assert_same, cases, refused

whole = rest.integer
TRUE, FALSE = rest.boolean(True), rest.boolean(False)
NAN, INFINITY = double(float("nan")), double(float("inf"))
MINUS_INFINITY = double(float("-inf"))

ROWS = (
    (boolean, TRUE, 1),
    (boolean, FALSE, 0),
    (boolean, whole(1), 1),
    (boolean, whole(0), 0),
    (boolean, double(1.0), 1),
    (boolean, double(-0.0), 0),
    (boolean, string("true"), 1),
    (boolean, string("FALSE"), 0),
    (boolean, rest.null(), None),
    (boolean, whole(2), refused("not_a_boolean")),
    (boolean, whole(-1), refused("not_a_boolean")),
    (boolean, double(0.5), refused("not_an_integer")),
    (boolean, NAN, refused("not_an_integer")),
    (boolean, string("0"), refused("not_a_boolean")),
    (boolean, string("1"), refused("not_a_boolean")),
    (boolean, string(" true"), refused("not_a_boolean")),
    (boolean, string("yes"), refused("not_a_boolean")),
    (boolean, string(""), refused("not_a_boolean")),
    (boolean, rest.array([]), refused("unexpected_kind")),
    (boolean, rest.map_({}), refused("unexpected_kind")),
    (negated_boolean, TRUE, 0),
    (negated_boolean, string("False"), 1),
    (negated_boolean, rest.null(), None),
    (negated_boolean, whole(7), refused("not_a_boolean")),
    (integer, whole(40), 40),
    (integer, double(40.0), 40),
    (integer, double(-0.0), 0),
    (integer, double(40.5), refused("not_an_integer")),
    (integer, double(5e-324), refused("not_an_integer")),
    (integer, NAN, refused("not_an_integer")),
    (integer, INFINITY, refused("not_an_integer")),
    (integer, whole(2**63 - 1), 2**63 - 1),
    (integer, whole(-(2**63)), -(2**63)),
    (integer, double(-(2.0**63)), -(2**63)),
    (integer, double(2.0**63), refused("out_of_64_bits")),
    (integer, double(1e300), refused("out_of_64_bits")),
    (integer, string("40"), 40),
    (integer, string("-40"), -40),
    (integer, string("0"), 0),
    (integer, string("9223372036854775807"), 2**63 - 1),
    (integer, string("9223372036854775808"), refused("out_of_64_bits")),
    (integer, string("-9223372036854775809"), refused("out_of_64_bits")),
    (integer, string("99999999999999999999999"), refused("not_an_integer")),
    (integer, string("007"), refused("not_an_integer")),
    (integer, string(" 12 "), refused("not_an_integer")),
    (integer, string("-0"), refused("not_an_integer")),
    (integer, string("+1"), refused("not_an_integer")),
    (integer, string("1_000"), refused("not_an_integer")),
    (integer, string("1.0"), refused("not_an_integer")),
    (integer, string("\u0663"), refused("not_an_integer")),
    (integer, string("12\n"), refused("not_an_integer")),
    (integer, string(""), refused("not_an_integer")),
    (integer, string("true"), refused("not_an_integer")),
    (integer, TRUE, refused("unexpected_kind")),
    (integer_text, whole(40), "40"),
    (integer_text, double(40.0), "40"),
    (integer_text, string("40"), "40"),
    (integer_text, string("040"), refused("not_an_integer")),
    (integer_text, rest.null(), None),
    (file_size, whole(0), 0),
    (file_size, string("1048576"), 1048576),
    (file_size, whole(-1), refused("negative_size")),
    (file_size, string("1.2 MB"), refused("not_an_integer")),
    (file_size, rest.null(), None),
    (number, whole(1500), 1500.0),
    (number, whole(2**53), 9007199254740992.0),
    (number, whole(-(2**53)), -9007199254740992.0),
    (number, whole(2**53 + 1), refused("not_exact_as_double")),
    (number, whole(-(2**53) - 1), refused("not_exact_as_double")),
    (number, whole(2**63 - 1), refused("not_exact_as_double")),
    (number, double(0.1), 0.1),
    (number, double(-0.0), 0.0),
    (number, double(5e-324), 5e-324),
    (number, double(1.7976931348623157e308), 1.7976931348623157e308),
    (number, NAN, refused("not_finite")),
    (number, INFINITY, refused("not_finite")),
    (number, MINUS_INFINITY, refused("not_finite")),
    (number, string("1500.50"), 1500.5),
    (number, string("-0.0"), 0.0),
    (number, string("123456789012345"), 123456789012345.0),
    (number, string("1234567890123456"), refused("not_exact_as_double")),
    (number, string("007"), refused("not_a_number")),
    (number, string(" 12 "), refused("not_a_number")),
    (number, string("R 1 500"), refused("not_a_number")),
    (number, string("1e5"), refused("not_a_number")),
    (number, string("NaN"), refused("not_a_number")),
    (number, string(".5"), refused("not_a_number")),
    (number, TRUE, refused("unexpected_kind")),
    (exact_number, whole(5), "i5"),
    (exact_number, whole(2**63 - 1), "i9223372036854775807"),
    (exact_number, double(0.1), "d0.1"),
    (exact_number, double(-0.0), "d-0.0"),
    (exact_number, double(5e-324), "d5e-324"),
    (exact_number, double(40.0), "d40.0"),
    (exact_number, NAN, "tNaN"),
    (exact_number, INFINITY, "tInfinity"),
    (exact_number, MINUS_INFINITY, "t-Infinity"),
    (exact_number, rest.null(), None),
    (exact_number, string("5"), refused("unexpected_kind")),
    (decimal_text, whole(40), "40"),
    (decimal_text, double(40.0), "40"),
    (decimal_text, double(0.1), "0.1"),
    (decimal_text, double(-0.0), "0"),
    (decimal_text, double(1e-7), "0.0000001"),
    (decimal_text, double(1e22), "10000000000000000000000"),
    (decimal_text, NAN, refused("not_finite")),
    (decimal_text, string("12.50"), "12.5"),
    (decimal_text, string("12.00"), "12"),
    (decimal_text, string("100"), "100"),
    (decimal_text, string("-0.0"), "0"),
    (decimal_text, string("0.1234567890123456789"), "0.1234567890123456789"),
    (decimal_text, string("9" * 400), "9" * 400),
    (decimal_text, string("007"), refused("not_a_number")),
    (decimal_text, string(" 12 "), refused("not_a_number")),
    (decimal_text, string("1e5"), refused("not_a_number")),
    (decimal_text, string(""), refused("not_a_number")),
    (decimal_text, TRUE, refused("unexpected_kind")),
)


@cases(ROWS)
def test_numbers(transform: Transform, value: Value, expected: SqlValue | Refused) -> None:
    assert_same(transform, value, expected)


@pytest.mark.parametrize(
    ("transform", "sql", "value"),
    [
        (boolean, 1, TRUE),
        (boolean, 0, FALSE),
        (negated_boolean, 1, FALSE),
        (negated_boolean, 0, TRUE),
        (integer, 40, whole(40)),
        (integer_text, "40", whole(40)),
        (number, 1500.0, whole(1500)),
        (number, 0.5, double(0.5)),
        (number, 2.0**53, whole(2**53)),
        (number, 2.0**53 + 2, double(2.0**53 + 2)),
        (exact_number, "i5", whole(5)),
        (exact_number, 5, whole(5)),
        (exact_number, "d-0.0", double(-0.0)),
        (exact_number, -0.0, double(-0.0)),
        (exact_number, "t-Infinity", MINUS_INFINITY),
        (exact_number, "NaN", NAN),
        (decimal_text, "40", whole(40)),
        (decimal_text, "0.5", double(0.5)),
        (decimal_text, "9223372036854775808", string("9223372036854775808")),
        (decimal_text, "0.1234567890123456789", string("0.1234567890123456789")),
        (decimal_text, "9" * 400, string("9" * 400)),
        (decimal_text, "R 5", string("R 5")),
    ],
)
def test_the_usual_spelling_comes_back(transform: Transform, sql: SqlValue, value: Value) -> None:
    assert repr(transform.inverse(sql)) == repr(value)


@pytest.mark.parametrize(
    ("transform", "sql"),
    [
        (boolean, 2),
        (boolean, "true"),
        (negated_boolean, -1),
        (integer, "40"),
        (integer, 1.5),
        (integer_text, 40),
        (integer_text, "040"),
        (number, "1"),
        (exact_number, "x5"),
        (exact_number, ""),
        (exact_number, "tnan"),
        (decimal_text, 4),
    ],
)
def test_what_the_migration_never_writes_is_refused(transform: Transform, sql: SqlValue) -> None:
    with pytest.raises(RejectedValue, match="unexpected_sql_value"):
        transform.inverse(sql)
