"""The laws that every transform keeps, for arbitrary values of every kind."""

import datetime
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.enumerations import Enumeration
from moonlanding_assets.mapping.numbers import exact_number
from moonlanding_assets.mapping.reasons import REASONS
from moonlanding_assets.mapping.structures import pdf_rect
from moonlanding_assets.mapping.times import local_timestamp, unix_seconds, utc_timestamp
from moonlanding_assets.mapping.transform import SqlValue, Transform
from moonlanding_assets.mapping.transforms import TRANSFORMS
from moonlanding_assets.source import value as rest
from moonlanding_assets.source.value import Value
from moonlanding_assets_tests.strategies import (
    doubles,
    integers,
    near_values,
    rest_values,
    timestamps,
)

REFUSED = object()
#: Columns that hold ISO text although they are declared INTEGER: SQLite must not touch it.
INTEGER_TOO = ("time",)


def _spellings() -> Iterator[Value]:
    for transform in TRANSFORMS:
        table = getattr(transform.forward, "__self__", None)
        if isinstance(table, Enumeration):
            for word in table.words:
                spelling = table.inverse(word)
                assert spelling is not None
                yield dict(spelling)


ANY_VALUE = st.one_of(rest_values(), near_values(), st.sampled_from(list(_spellings())))


def _forward(transform: Transform, value: Value) -> SqlValue | object:
    try:
        return transform.forward(value)
    except RejectedValue as refusal:
        if refusal.reason not in REASONS:
            raise
        return REFUSED


@given(ANY_VALUE)
@settings(max_examples=400, deadline=None)
@example(rest.double(-0.0))
@example(rest.string("a@b/c"))
@example(rest.string("9999-12-31T23:59:59Z"))
@example(rest.map_({"cloud_id": rest.string("a@b")}))
def test_what_a_transform_carries_survives_its_inverse(value: Value) -> None:
    for transform in TRANSFORMS:
        carried = _forward(transform, value)
        if carried is REFUSED:
            continue
        assert carried is None or isinstance(carried, str | int | float), transform.name
        assert not isinstance(carried, bool), transform.name
        back = transform.inverse(carried)
        assert (back is None) == (carried is None or bool(transform.one_way)), transform.name
        if back is not None:
            again = transform.forward(back)
            assert repr(again) == repr(carried), transform.name


@given(ANY_VALUE)
@settings(max_examples=200, deadline=None)
def test_sqlite_gives_back_what_forward_made(value: Value) -> None:
    with sqlite3.connect(":memory:") as database:
        for transform in TRANSFORMS:
            carried = _forward(transform, value)
            if carried is REFUSED:
                continue
            for sql_type in _sql_types(transform):
                database.execute(f"CREATE TABLE t (v {sql_type})")
                database.execute("INSERT INTO t VALUES (?)", (carried,))
                [(kept,)] = database.execute("SELECT v FROM t").fetchall()
                database.execute("DROP TABLE t")
                assert repr(kept) == repr(carried), (transform.name, sql_type)


def _sql_types(transform: Transform) -> set[str]:
    # An ANY column does not hold the tagged text of exact_number: the loader unpacks it.
    also = {"INTEGER"} if transform.meaning in INTEGER_TOO else set()
    return ({transform.sql_type} | also) - {"ANY"}


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda one: one.name)
def test_null_goes_to_null_and_back_to_nothing(transform: Transform) -> None:
    assert transform.forward({"nullValue": None}) is None
    assert transform.inverse(None) is None


@given(doubles() | integers())
def test_an_exact_number_is_given_back_bit_for_bit(value: Value) -> None:
    back = exact_number.inverse(exact_number.forward(value))
    assert repr(back) == repr(value)


@given(timestamps())
def test_a_moment_is_cut_to_milliseconds_towards_the_past(value: Value) -> None:
    back = utc_timestamp.inverse(utc_timestamp.forward(value))
    assert back is not None
    microseconds = rest.timestamp_us_of(value["timestampValue"])
    assert rest.timestamp_us_of(back["timestampValue"]) == microseconds - microseconds % 1000
    seconds = unix_seconds.forward(value)
    assert seconds == microseconds // 1_000_000


@given(st.datetimes(datetime.datetime(1969, 1, 1), datetime.datetime(2068, 12, 31)))
def test_a_local_string_is_read_two_hours_ahead_of_utc(local: datetime.datetime) -> None:
    text = local.strftime("%d/%m/%y %H:%M")
    expected = local.replace(second=0, microsecond=0) - datetime.timedelta(hours=2)
    carried = local_timestamp.forward(rest.string(text))
    assert carried == expected.isoformat(timespec="milliseconds") + "Z"
    assert local_timestamp.inverse(carried) == rest.string(text)


@given(st.datetimes(), st.integers(-23 * 60, 23 * 60))
def test_an_offset_is_converted_not_cut_off(local: datetime.datetime, minutes: int) -> None:
    zone = datetime.timezone(datetime.timedelta(minutes=minutes))
    text = local.replace(tzinfo=zone).isoformat()
    try:
        moment = local - datetime.timedelta(minutes=minutes)
    except OverflowError:
        assert _forward(utc_timestamp, rest.string(text)) is REFUSED
        return
    expected = moment.isoformat(timespec="milliseconds") + "Z"
    assert utc_timestamp.forward(rest.string(text)) == expected


@given(st.lists(st.floats(), max_size=6), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=6))
def test_a_rectangle_is_given_back_bit_for_bit(scaled: list[float], whole: list[int]) -> None:
    names = ("x1", "y1", "x2", "y2", "width", "height")
    fields = {name: rest.double(number) for name, number in zip(names, scaled, strict=False)}
    fields |= {f"p{name}": rest.integer(number) for name, number in zip(names, whole, strict=False)}
    rectangle = rest.map_(fields)
    back = pdf_rect.inverse(pdf_rect.forward(rectangle))
    assert back is not None
    assert rest.canonical({"r": dict(back)}) == rest.canonical({"r": rectangle})
