"""The validators' declarations against the schema, both ways, and their readings of values."""

import itertools
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.validate.catalogue import VALIDATORS
from moonlanding_assets.validate.files import ADDRESS
from moonlanding_assets.validate.filled import FILLED
from moonlanding_assets.validate.identity import item_keys, row_id
from moonlanding_assets.validate.instants import instant, target_instant
from moonlanding_assets.validate.json_rules import JSON_COLUMNS
from moonlanding_assets.validate.kind_rules import FREE_TEXT, WORDS
from moonlanding_assets.validate.linked_rules import LINKED
from moonlanding_assets.validate.plain import canonical, differences, is_written, plain
from moonlanding_assets.validate.reference_rules import REFERENCE_LISTS, REFERENCES
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.shapes import READ_TABLES
from moonlanding_assets.validate.storage_paths import place_of, why_unsafe
from moonlanding_assets.validate.time_rules import TIME_FIELDS
from moonlanding_assets_tests.builders import NAMESPACE, Moment, rest

DECLARATIONS = (TIME_FIELDS, REFERENCES, REFERENCE_LISTS, SCALARS, LINKED, JSON_COLUMNS)


def test_the_eight_in_order() -> None:
    assert [validator.name for validator in VALIDATORS] == [
        "row_count", "referential_integrity", "data_types", "pdf_coordinates", "timestamps",
        "file_paths", "json_fields", "fk_constraints",
    ]  # fmt: skip


def test_every_rule_is_about_a_column_that_exists() -> None:
    named = {
        (table, column)
        for rules in DECLARATIONS
        for table, columns in rules.items()
        for column in columns
    }
    for table, column in named | set(WORDS) | FREE_TEXT | {(table, "path") for table in ADDRESS}:
        assert TABLE[table].column(column)


def test_every_column_of_time_has_its_rule() -> None:
    for table, columns in TIME_FIELDS.items():
        declared = [one.name for one in TABLE[table].columns if one.meaning == "time"]
        assert list(columns) == declared, table
    assert set(TIME_FIELDS) == {"users", *READ_TABLES}


def test_every_required_column_of_a_table_with_a_source_is_compared() -> None:
    for table in READ_TABLES:
        for column in TABLE[table].columns:
            if column.not_null and column.default is None:
                assert column.name in FILLED[table], f"{table}.{column.name}"


def test_no_column_is_judged_by_two_kinds_of_rule() -> None:
    for left, right in itertools.combinations(DECLARATIONS, 2):
        for table in left.keys() & right.keys():
            assert not left[table].keys() & right[table].keys(), table


@given(st.text(), st.text())
def test_row_ids_are_version_five_uuids(path: str, locator: str) -> None:
    whole = f"{path}#{locator}" if locator else path
    assert row_id(path, locator) == str(uuid.uuid5(NAMESPACE, whole))


def test_items_without_an_id_of_their_own_go_by_place() -> None:
    items = [rest(one) for one in ({"id": "a"}, {"id": ""}, {"cloud_id": "c"}, {"id": "b"},
                                   {"id": "b"}, "text")]  # fmt: skip
    assert item_keys(items) == ["a", "@1", "c", "@3", "@4", "@5"]


MOMENT = "2026-02-05T12:30:00.000Z"


@pytest.mark.parametrize(
    "value",
    [
        Moment("2026-02-05T12:30:00Z"), Moment("2026-02-05T12:30:00.000000Z"),
        "05/02/26 14:30", "05/02/2026 14:30:00", "2026-02-05 14:30", "2026-02-05 14:30:00",
        "2026-02-05T14:30:00+02:00", "2026-02-05T14:30:00+0200", "2026-02-05T12:30:00Z",
        "2026-02-05T10:30:00-02", " 2026-02-05 14:30 ", "050226_143000", 1770294600,
        1770294600000, 1770294600.0, {"_seconds": 1770294600, "_nanoseconds": 0},
        {"seconds": 1770294600, "nanoseconds": 999},
    ],
    ids=str,
)  # fmt: skip
def test_spellings_of_one_instant(value: Any) -> None:
    assert instant(rest(value)) == target_instant(MOMENT)


@pytest.mark.parametrize(
    "value",
    [
        None, "", " ", "31/02/26", "2026-02-30", "2026-02-05T14:30:00", "24/12/25 24:00",
        "5/2/26", "tomorrow", 0, 12345, True, {"_seconds": 1, "_nanoseconds": -1},
        {"_seconds": 1}, "2026-02-05T12:30:60Z", "2026-02-05 14:30:00+24:00", "٢٠٢٦-02-05",
    ],
    ids=str,
)  # fmt: skip
def test_spellings_of_no_instant(value: Any) -> None:
    assert instant(rest(value)) is None


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_every_timestamp_is_read_to_the_microsecond(moment: datetime) -> None:
    value = rest(Moment(f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S.%f}Z"))
    expected = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    found = instant(value)
    assert found is not None
    assert found == (expected.days * 86_400 + expected.seconds) * 1_000_000 + expected.microseconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, JSON)
def test_differences_are_found_exactly_when_there_are_some(left: Any, right: Any) -> None:
    one, other = plain(rest(left)), plain(rest(right))
    assert (canonical(one) == canonical(other)) == (not list(differences(one, other)))
    assert is_written(one, canonical(one).decode())


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://files.example.com/v0/b/x/o/c1%2Fe1%2Fa%20b.pdf?alt=media", "c1/e1/a b.pdf"),
        ("https://storage.example.com/bucket/c1/e1/a.pdf", "c1/e1/a.pdf"),
        ("gs://bucket/c1/a.pdf", "c1/a.pdf"),
        ("c1/e1/a.pdf", "c1/e1/a.pdf"),
        ("1aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", "1aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"),
        ("https://files.example.com/v0/b/x/o/..%2F..%2Fetc%2Fpasswd", None),
        ("https://files.example.com/v0/b/x/o/c1%2F%252e%252e%2Fa", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_addresses_lead_to_safe_paths_or_nowhere(address: str, path: str | None) -> None:
    found = place_of(rest(address))
    assert (None if found is None else found.path) == path


@pytest.mark.parametrize(
    "path",
    ["../a", "a/../b", "/a", "a?b=c", "https://x/a", "a\\b", "a\x00", "", "a/", " a", "C:/a"],
)
def test_unsafe_paths_are_called_so(path: str) -> None:
    assert why_unsafe(path)
