"""Edge tables of moments, dates and years."""

import pytest

from moonlanding_assets.mapping import times
from moonlanding_assets.mapping.times import (
    date,
    local_date_timestamp,
    local_iso_timestamp,
    local_seconds_timestamp,
    local_timestamp,
    unix_seconds,
    utc_timestamp,
)
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value
from moonlanding_assets.mapping.years import financial_year, four_digit_year
from moonlanding_assets.source.value import array, boolean, double, integer, map_, null, string
from moonlanding_assets_tests.outcomes import Refused, assert_same, cases, given_back, refused


def stamp(text: str) -> Value:
    return {"timestampValue": text}


def seconds_map(seconds: Value, nanoseconds: Value, prefix: str = "_") -> Value:
    return map_({f"{prefix}seconds": dict(seconds), f"{prefix}nanoseconds": dict(nanoseconds)})


SPELLINGS: tuple[tuple[Value, SqlValue | Refused], ...] = (
    (null(), None),
    (string(""), None),
    (string("  "), None),
    # Firestore timestamps
    (stamp("2026-02-05T12:30:00Z"), "2026-02-05T12:30:00.000Z"),
    (stamp("2026-02-05T12:30:00.5Z"), "2026-02-05T12:30:00.500Z"),
    (stamp("2026-02-05T12:30:00.999999Z"), "2026-02-05T12:30:00.999Z"),
    (stamp("2026-02-05T12:30:00.999999999Z"), "2026-02-05T12:30:00.999Z"),
    (stamp("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00.000Z"),
    (stamp("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999Z"),
    (stamp("1969-12-31T23:59:59.999999Z"), "1969-12-31T23:59:59.999Z"),
    (stamp("2023-02-29T00:00:00Z"), refused("not_a_calendar_date")),
    (stamp("2024-02-29T00:00:00.000Z"), "2024-02-29T00:00:00.000Z"),
    (stamp("2026-02-05T24:00:00Z"), refused("not_a_time_of_day")),
    (stamp("2026-06-30T23:59:60Z"), refused("leap_second")),
    (stamp("2026-02-05T12:30:00.12xZ"), refused("unknown_time_format")),
    (stamp("2026-02-05T123000.1234Z"), refused("unknown_time_format")),
    (stamp("2026-W06-4T10:00:00.000Z"), refused("unknown_time_format")),
    (stamp("2026-02-05T12:30:00.\u0660\u0660\u0660Z"), refused("unknown_time_format")),
    # offsets
    (string("2026-02-05T14:00:00+02:00"), "2026-02-05T12:00:00.000Z"),
    (string("2026-02-05T14:00:00+0200"), "2026-02-05T12:00:00.000Z"),
    (string("2026-02-05T14:00+02"), "2026-02-05T12:00:00.000Z"),
    (string("2026-02-05T00:30:00-05:30"), "2026-02-05T06:00:00.000Z"),
    (string("2026-02-05 14:00:00Z"), "2026-02-05T14:00:00.000Z"),
    (string("2026-02-05t14:00:00.1239z"), "2026-02-05T14:00:00.123Z"),
    (string("2026-03-29T02:30:00+01:00"), "2026-03-29T01:30:00.000Z"),
    (string("0001-01-01 02:00"), "0001-01-01T00:00:00.000Z"),
    (string("0001-01-01T00:00:00+00:01"), refused("year_out_of_range")),
    (string("9999-12-31T23:59:00-00:01"), refused("year_out_of_range")),
    (string("9999-12-31T23:59:59-00:01"), refused("year_out_of_range")),
    (string("2026-02-05T23:59:00+23:59"), "2026-02-05T00:00:00.000Z"),
    (string("2026-02-05T14:00:00+24:00"), refused("not_an_offset")),
    (string("2026-02-05T14:00:00+02:60"), refused("not_an_offset")),
    (string("2026-02-05T14:00:00+02:"), refused("unknown_time_format")),
    (string("2026-02-05T14:00:00+"), refused("unknown_time_format")),
    (string("2026-02-05T14:00:00+0200:"), refused("unknown_time_format")),
    (string("2026-02-05T14:00:00+02-00"), refused("unknown_time_format")),
    (string("2026-02-05T14:00:00"), refused("no_time_zone")),
    (string("2026-02-05T14:00:00X02:00"), refused("no_time_zone")),
    # local strings of Africa/Johannesburg
    (string("05/02/26 14:30"), "2026-02-05T12:30:00.000Z"),
    (string(" 05/02/26 14:30\u00a0"), "2026-02-05T12:30:00.000Z"),
    (string("05/02/26 14:30:15"), "2026-02-05T12:30:15.000Z"),
    (string("05/02/26"), "2026-02-04T22:00:00.000Z"),
    (string("05/02/2026"), "2026-02-04T22:00:00.000Z"),
    (string("05/02/2026 00:00"), "2026-02-04T22:00:00.000Z"),
    (string("25/12/24 09:05"), "2024-12-25T07:05:00.000Z"),
    (string("2026-02-05"), "2026-02-04T22:00:00.000Z"),
    (string("2026-02-05 01:59"), "2026-02-04T23:59:00.000Z"),
    (string("2026-02-05 14:30:09"), "2026-02-05T12:30:09.000Z"),
    (string("2026-02-05 14:30:09.5"), "2026-02-05T12:30:09.500Z"),
    (string("050226_143009"), "2026-02-05T12:30:09.000Z"),
    (string("01/01/68 02:00"), "2068-01-01T00:00:00.000Z"),
    (string("01/01/69 02:00"), "1969-01-01T00:00:00.000Z"),
    (string("01/01/0001"), refused("year_out_of_range")),
    (string("31/12/9999 23:59"), "9999-12-31T21:59:00.000Z"),
    (string("31/02/26"), refused("not_a_calendar_date")),
    (string("31/02/26 10:00"), refused("not_a_calendar_date")),
    (string("02/13/26"), refused("not_a_calendar_date")),
    (string("00/01/26"), refused("not_a_calendar_date")),
    (string("0000-01-01"), refused("not_a_calendar_date")),
    (string("2026-02-30 10:00"), refused("not_a_calendar_date")),
    (string("29/02/23"), refused("not_a_calendar_date")),
    (string("05/02/26 23:59:59"), "2026-02-05T21:59:59.000Z"),
    (string("05/02/26 24:00"), refused("not_a_time_of_day")),
    (string("05/02/26 14:60"), refused("not_a_time_of_day")),
    (string("05/02/26 14:30:60"), refused("leap_second")),
    (string("05/02/26 1:30"), refused("unknown_time_format")),
    (string("5/2/26"), refused("unknown_time_format")),
    (string("05/02/026"), refused("unknown_time_format")),
    (string("05/02/26 14:30:"), refused("unknown_time_format")),
    (string("05/02/26 14:30;15"), refused("unknown_time_format")),
    (string("05/02/26  14:30"), refused("unknown_time_format")),
    (string("05/02/26x"), refused("unknown_time_format")),
    *[(string(text), refused("unknown_time_format"))
      for text in ("2026-02/05", "2026/02-05", "05/02-26", "05-02/26")],
    (string("2026-02-05 14:30.5"), refused("unknown_time_format")),
    (string("2026-02-05 14:30:09."), refused("unknown_time_format")),
    (string("2026-02-05X14:30"), refused("unknown_time_format")),
    (string("\u0660\u0665/\u0660\u0662/\u0662\u0666"), refused("unknown_time_format")),
    (string("+1/02/26"), refused("unknown_time_format")),
    (string("yesterday"), refused("unknown_time_format")),
    (string("1770283712"), refused("unknown_time_format")),
    (string("'; DROP TABLE users; --"), refused("unknown_time_format")),
    (string("\x00"), refused("unknown_time_format")),
    # maps of an export
    (seconds_map(integer(1770283712), integer(999_999_999)), "2026-02-05T09:28:32.999Z"),
    (seconds_map(integer(0), integer(0), ""), "1970-01-01T00:00:00.000Z"),
    (seconds_map(integer(-1), integer(1_999_999)), "1969-12-31T23:59:59.001Z"),
    (seconds_map(integer(0), integer(1_000_000)), "1970-01-01T00:00:00.001Z"),
    (seconds_map(integer(0), integer(999_999)), "1970-01-01T00:00:00.000Z"),
    (seconds_map(double(1770283712.0), double(0.0)), "2026-02-05T09:28:32.000Z"),
    (seconds_map(integer(0), integer(1_000_000_000)), refused("not_nanoseconds")),
    (seconds_map(integer(0), integer(-1)), refused("not_nanoseconds")),
    (seconds_map(integer(2**62), integer(0)), refused("year_out_of_range")),
    (seconds_map(double(0.5), integer(0)), refused("not_a_time_map")),
    (seconds_map(string("0"), integer(0)), refused("not_a_time_map")),
    (map_({"_seconds": integer(0)}), refused("not_a_time_map")),
    (map_({"_seconds": integer(0), "nanoseconds": integer(0)}), refused("not_a_time_map")),
    (map_({}), refused("not_a_time_map")),
    # epoch numbers
    (integer(1770283712), "2026-02-05T09:28:32.000Z"),
    (integer(1770283712123), "2026-02-05T09:28:32.123Z"),
    (integer(1770283712123456), "2026-02-05T09:28:32.123Z"),
    (double(1770283712.0), "2026-02-05T09:28:32.000Z"),
    (double(1770283712.123), "2026-02-05T09:28:32.123Z"),
    (double(1770283712123.9), "2026-02-05T09:28:32.123Z"),
    (integer(631_152_000), "1990-01-01T00:00:00.000Z"),
    (integer(631_151_999), refused("ambiguous_epoch")),
    (integer(4_102_444_799), "2099-12-31T23:59:59.000Z"),
    (integer(4_102_444_800), refused("ambiguous_epoch")),
    (integer(631_152_000_000), "1990-01-01T00:00:00.000Z"),
    (integer(631_151_999_999), refused("ambiguous_epoch")),
    (integer(0), refused("ambiguous_epoch")),
    (integer(-1), refused("ambiguous_epoch")),
    (integer(20260205), refused("ambiguous_epoch")),
    (integer(2**63 - 1), refused("ambiguous_epoch")),
    (double(float("nan")), refused("ambiguous_epoch")),
    (double(float("inf")), refused("ambiguous_epoch")),
    (double(-0.0), refused("ambiguous_epoch")),
    (double(5e-324), refused("ambiguous_epoch")),
    # other kinds
    (boolean(True), refused("unexpected_kind")),
    (array([]), refused("unexpected_kind")),
)  # fmt: skip


@cases([(utc_timestamp, value, expected) for value, expected in SPELLINGS])
def test_moments(transform: Transform, value: Value, expected: SqlValue | Refused) -> None:
    assert_same(transform, value, expected)


#: Timestamps that are cut from their text, without a calendar; all others take the long way.
PLAIN = (
    ("2026-02-05T12:30:00Z", True),
    ("2026-02-05T12:30:00.123Z", True),
    ("2026-02-05T12:30:00.123456Z", True),
    ("2026-02-05T04:30:00Z", True),
    ("2026-02-05T23:59:59.999999Z", True),
    ("2026-02-05T12:30:00.1Z", False),
    ("2026-02-05T12:30:00.123456789Z", False),
    ("2026-02-05T12:30:00z", False),
    ("2026-02-05T12:30:000", False),
    ("2026/02-05T12:30:00Z", False),
    ("2026-02/05T12:30:00Z", False),
    ("2026-02-05 12:30:00Z", False),
    ("2026-02-05T12.30:00Z", False),
    ("2026-02-05T12:30.00Z", False),
    ("2026-02-05T12:30:00,123Z", False),
    ("2026-02-05T12:30:00.x23Z", False),
    ("2026-02-05T12:30:00.12xZ", False),
    ("2026-02-05T12:30:00.\u0660\u0660\u0660Z", False),
    ("2026-02-30T12:30:00Z", False),
    ("2026-02-05T12:60:00Z", False),
    ("2026-02-05T24:00:00Z", False),
    ("", False),
)


@pytest.mark.parametrize(("text", "is_plain"), PLAIN)
def test_only_plain_timestamps_are_cut_from_their_text(text: str, is_plain: bool) -> None:
    assert times._is_plain_stamp(text) is is_plain


OTHERS = (
    (unix_seconds, stamp("1969-12-31T23:59:59.999Z"), -1),
    (unix_seconds, stamp("1970-01-01T00:00:00.999Z"), 0),
    (unix_seconds, string("05/02/26 14:30"), 1770294600),
    (unix_seconds, stamp("9999-12-31T23:59:59Z"), 253402300799),
    (unix_seconds, stamp("0001-01-01T00:00:00Z"), -62135596800),
    (unix_seconds, string("9999-12-31T23:59:59-12:00"), refused("year_out_of_range")),
    (unix_seconds, string("9999-12-31T23:59:00-00:01"), refused("year_out_of_range")),
    (unix_seconds, string(""), None),
    (date, string("2026-02-05"), "2026-02-05"),
    (date, string("0001-01-01"), "0001-01-01"),
    (date, string("05/02/26 23:59"), "2026-02-05"),
    (date, stamp("2026-02-05T21:59:59.999Z"), "2026-02-05"),
    (date, stamp("2026-02-05T22:00:00Z"), "2026-02-06"),
    (date, stamp("9999-12-31T21:59:59Z"), "9999-12-31"),
    (date, stamp("9999-12-31T22:00:00Z"), refused("year_out_of_range")),
    (date, string("31/02/26"), refused("not_a_calendar_date")),
    (date, string(""), None),
    (four_digit_year, string("2024"), "2024"),
    (four_digit_year, integer(2024), "2024"),
    (four_digit_year, double(2024.0), "2024"),
    (four_digit_year, double(2024.5), refused("not_an_integer")),
    (four_digit_year, string("Year end Feb 2024"), "2024"),
    (four_digit_year, string("2024/2025"), refused("not_one_year")),
    (four_digit_year, string("FY2024"), refused("not_one_year")),
    (four_digit_year, string("20245"), refused("not_one_year")),
    (four_digit_year, string("24"), refused("not_one_year")),
    (four_digit_year, string("1899"), refused("not_one_year")),
    (four_digit_year, integer(1900), "1900"),
    (four_digit_year, integer(2099), "2099"),
    (four_digit_year, integer(2100), refused("not_one_year")),
    (four_digit_year, integer(1899), refused("not_one_year")),
    (four_digit_year, string(" "), None),
    (four_digit_year, null(), None),
    (four_digit_year, boolean(True), refused("unexpected_kind")),
    (financial_year, string(" fy 2025 "), "2025"),
    (financial_year, string("2025"), "2025"),
    (financial_year, double(2025.0), "2025"),
    (financial_year, string("2024/25"), refused("not_a_financial_year")),
    (financial_year, string("FY25"), refused("not_a_financial_year")),
    (financial_year, string(""), None),
)


@cases(OTHERS)
def test_dates_and_years(transform: Transform, value: Value, expected: SqlValue | Refused) -> None:
    assert_same(transform, value, expected)


@pytest.mark.parametrize(
    ("transform", "sql", "value"),
    [
        (utc_timestamp, "2026-02-05T12:30:00.000Z", stamp("2026-02-05T12:30:00Z")),
        (utc_timestamp, "2026-02-05T12:30:00.120Z", stamp("2026-02-05T12:30:00.120Z")),
        (unix_seconds, -1, stamp("1969-12-31T23:59:59Z")),
        (date, "2026-02-05", string("2026-02-05")),
        (local_timestamp, "2026-02-05T12:30:00.000Z", string("05/02/26 14:30")),
        (local_timestamp, "2026-02-05T12:30:00.001Z", stamp("2026-02-05T12:30:00.001Z")),
        (local_timestamp, "2068-12-31T21:59:00.000Z", string("31/12/68 23:59")),
        (local_timestamp, "2068-12-31T22:00:00.000Z", stamp("2068-12-31T22:00:00Z")),
        (local_timestamp, "1968-12-31T22:00:00.000Z", string("01/01/69 00:00")),
        (local_timestamp, "1968-12-31T21:59:00.000Z", stamp("1968-12-31T21:59:00Z")),
        (local_iso_timestamp, "2026-02-05T22:30:00.000Z", string("2026-02-06 00:30")),
        (local_iso_timestamp, "2026-02-05T22:30:01.000Z", stamp("2026-02-05T22:30:01Z")),
        (local_iso_timestamp, "9999-12-31T22:00:00.000Z", stamp("9999-12-31T22:00:00Z")),
        (local_iso_timestamp, "0001-01-01T00:00:00.000Z", string("0001-01-01 02:00")),
        (local_seconds_timestamp, "2026-02-05T12:30:01.000Z", string("2026-02-05 14:30:01")),
        (local_seconds_timestamp, "2026-02-05T12:30:01.5Z", stamp("2026-02-05T12:30:01.5Z")),
        (local_date_timestamp, "2026-02-04T22:00:00.000Z", string("2026-02-05")),
        (local_date_timestamp, "2026-02-04T22:01:00.000Z", string("2026-02-05 00:01")),
        (four_digit_year, "2024", string("2024")),
    ],
)
def test_the_usual_spelling_comes_back(transform: Transform, sql: SqlValue, value: Value) -> None:
    assert transform.inverse(sql) == value


@pytest.mark.parametrize("sql", [1, 1.5])
def test_a_number_in_a_text_column_is_refused(sql: SqlValue) -> None:
    assert given_back(utc_timestamp, sql) == refused("unexpected_sql_value")


def test_text_in_a_seconds_column_is_refused() -> None:
    given = given_back(unix_seconds, "2026-02-05T12:30:00.000Z")
    assert given == refused("unexpected_sql_value")
