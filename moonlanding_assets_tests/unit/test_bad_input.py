"""Every kind of bad input in every sensible place: kept exactly, reported, and never a crash."""

import math
import struct
from typing import Any

import orjson
import pytest

from moonlanding_assets.normalize.apply import apply
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.identity import item_id, row_id
from moonlanding_assets.normalize.residue import count_leaves
from moonlanding_assets.source.value import canonical, parse
from moonlanding_assets_tests.bad_values import (
    LARGE,
    NUMBERS,
    PLACES,
    TEXTS,
    TIMES,
    VALUES,
    every_value_in_every_place,
    placed,
    suffix,
)
from moonlanding_assets_tests.handmade import NOON, Migrated, a, collection_of, migrate, s
from moonlanding_assets_tests.rebuilding import raw, rebuilt, rows_of
from moonlanding_assets_tests.stages import selected

OUTCOMES = ("mapped", "residue", "quarantined", "declared")


def require_back(place: str, value: dict[str, Any]) -> None:
    """The document comes back exactly, and every leaf has one outcome."""
    path, fields = placed(place, value)
    document = raw(path, collection_of(path), fields)
    directory = Directory(snapshot_time=NOON)
    output = apply([document], directory)
    assert canonical(rebuilt(document, output, directory)) == document.fields, place
    [line] = rows_of(output, "migration_documents")
    read = sum(count_leaves(one) for one in parse(document.fields).values())
    assert read == sum(line[f"leaves_{one}"] for one in OUTCOMES), place


@pytest.mark.parametrize("name", VALUES)
def test_a_document_with_it_comes_back_from_every_place(name: str) -> None:
    for place in PLACES:
        require_back(place, VALUES[name])


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize(
    "place",
    ["engagement.unknown", "rfi.question", "rfi.responses", "review.highlights", "review.flags",
     "review.sections", "review.collaborators", "team.users", "email.to", "removed.highlights"],
)  # fmt: skip
def test_the_largest_documents_come_back(name: str, place: str) -> None:
    require_back(place, LARGE[name])


# From here on through files, DuckDB and SQLite -------------------------------------------------


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    """One database with every value in every place, and the large ones in some."""
    documents = every_value_in_every_place()
    for number, value in enumerate(LARGE.values()):
        for place in ("review.highlights", "rfi.responses", "engagement.unknown"):
            path, fields = placed(place, value, f"-large-{number}")
            documents[path] = fields
    return migrate(tmp_path_factory.mktemp("bad"), documents)


def test_every_document_comes_back_from_the_database(database: Migrated) -> None:
    assert database.proof.differences == ()
    assert database.proof.is_proved
    assert database.proof.documents > (len(PLACES) - 1) * len(VALUES)


def path_of(place: str, name: str) -> str:
    return placed(place, VALUES[name], suffix(place, name))[0]


def stored(database: Migrated, sql: str, *values: object) -> Any:
    [row] = selected(database.database, sql, *values)
    return row


@pytest.mark.parametrize("name", NUMBERS)
def test_a_coordinate_keeps_its_kind_and_every_bit(database: Migrated, name: str) -> None:
    highlight = item_id(path_of("rect.number", name), "highlights[h]")
    query = (
        "SELECT x1, typeof(x1) FROM migration_highlight_rects "
        "WHERE highlight_id = ? AND kind = 'bounding'"
    )
    number, kind = stored(database, query, highlight)
    value = NUMBERS[name]
    if "integerValue" in value:
        assert (kind, number) == ("integer", int(value["integerValue"]))
    elif isinstance(value["doubleValue"], str):
        assert (kind, number) == ("text", value["doubleValue"])
    else:
        assert kind == "real"
        assert struct.pack("<d", number) == struct.pack("<d", value["doubleValue"])
    [position] = stored(database, "SELECT scaled_position FROM highlight WHERE id = ?", highlight)
    shown = orjson.loads(position)["boundingRect"]["x1"]
    expected = value.get("doubleValue", int(value.get("integerValue", 0)))
    assert (type(shown), repr(shown)) == (type(expected), repr(expected))


@pytest.mark.parametrize(
    ("name", "fee"),
    [
        ("an integer for a double", 40.0), ("tenth", 0.1), ("minus zero", 0.0),
        ("smallest double", 5e-324), ("2^53+1 as a double", 2.0**53 + 2), ("2^53+1", None),
        ("largest integer", None), ("nan", None), ("infinity", None),
        ("text double oh seven", None), ("text blanks around", None), ("text true", None),
        ("text number", None), ("text SQL", None), ("empty array", None),
    ],
)  # fmt: skip
def test_a_number_that_no_double_holds_is_refused_not_rounded(
    database: Migrated, name: str, fee: float | None
) -> None:
    path = path_of("review.wip", name)
    [number] = stored(database, "SELECT wip_value FROM review WHERE id = ?", row_id(path))
    assert number == fee
    assert refused(database, path) == ([] if fee is not None else ["wip"])
    if fee is not None:
        assert math.copysign(1, number) == 1


def refused(database: Migrated, path: str) -> list[str]:
    lines = selected(
        database.database, "SELECT field FROM migration_quarantine WHERE path = ?", path
    )
    return [field for (field,) in lines]


@pytest.mark.parametrize(
    ("name", "stored_as"),
    [
        ("31/02/26", None), ("29/02/25 12:00", None), ("2026-02-30", None), ("2026-13-01", None),
        ("0001-01-01", None), ("9999-12-31", "9999-12-30T22:00:00.000Z"), ("0000-01-01", None),
        ("10000-01-01", None), ("1969-12-31 23:59", "1969-12-31T21:59:00.000Z"),
        ("2025-03-30 02:30", "2025-03-30T00:30:00.000Z"),
        ("2025-10-26T02:30:00+01:00", "2025-10-26T01:30:00.000Z"),
        ("2026-02-05T12:00:00+14:00", "2026-02-04T22:00:00.000Z"),
        ("2026-02-05T12:00:00-12:00", "2026-02-06T00:00:00.000Z"),
        ("2026-02-05T12:00:00.1234567Z", "2026-02-05T12:00:00.123Z"), ("tomorrow", None),
        ("now()", None), ("timestamp 0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("timestamp 9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
        ("timestamp 1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999Z"),
        ("timestamp 2026-02-05T12:00:00.000001Z", "2026-02-05T12:00:00.000Z"),
    ],
)  # fmt: skip
def test_a_wrong_date_is_refused_and_a_right_one_is_utc(
    database: Migrated, name: str, stored_as: str | None
) -> None:
    path = path_of("review.published_date", name)
    [moment] = stored(database, "SELECT created_at FROM review WHERE id = ?", row_id(path))
    assert moment == (stored_as or NOON)
    assert bool(refused(database, path)) == (stored_as is None)
    rules = selected(
        database.database,
        "SELECT rule FROM migration_derived "
        "WHERE table_name = 'review' AND column_name = 'created_at' AND row_id = ?",
        row_id(path),
    )
    assert rules == ([] if stored_as else [("snapshot_time",)])


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_stored_character_for_character(database: Migrated, name: str) -> None:
    path = path_of("rfi.question", name)
    [text] = stored(database, "SELECT description FROM rfi WHERE id = ?", row_id(path))
    assert text == TEXTS[name]["stringValue"]
    [message] = stored(
        database,
        "SELECT after_state ->> 'message' FROM audit_logs WHERE id = ?",
        row_id(path_of("log.message", name)),
    )
    assert "\x00" in text or message == text  # SQLite's own JSON functions end a text at NUL


@pytest.mark.parametrize("name", [*TEXTS, *TIMES])
def test_no_path_leaves_its_bucket_or_keeps_a_signature(database: Migrated, name: str) -> None:
    path = path_of("file.url", name)
    found = selected(database.database, "SELECT path FROM file WHERE id = ?", row_id(path))
    assert len(found) == 1
    for (column,) in found:
        stored_path = column or ""
        assert ".." not in stored_path.split("/")
        assert not set("?#\x00\r\n") & set(stored_path)
        assert not stored_path.startswith(("/", "http", "javascript:", "data:"))


@pytest.mark.parametrize("name", VALUES)
def test_a_user_has_a_normal_address_or_no_row(database: Migrated, name: str) -> None:
    path = path_of("user.email", name)
    query = "SELECT outcome, row_id FROM migration_documents WHERE path = ?"
    outcome, user = stored(database, query, path)
    text = VALUES[name].get("stringValue", "")
    if "@" in text and "/" not in text:
        [address] = stored(database, "SELECT email FROM users WHERE id = ?", user)
        assert address == text.strip().lower()
    else:
        assert (outcome, user) == ("quarantined", None)


@pytest.mark.parametrize("ledger", ["migration_derived", "migration_items"])
def test_the_ledger_speaks_only_of_rows_that_are_there(database: Migrated, ledger: str) -> None:
    tables = selected(database.database, f"SELECT DISTINCT table_name FROM {ledger}")
    assert len(tables) > 5
    for (table,) in tables:
        query = (
            f"SELECT count(*) FROM {ledger} WHERE table_name = ? "
            f'AND row_id NOT IN (SELECT id FROM "{table}")'
        )
        assert selected(database.database, query, table) == [(0,)], table


def test_mixed_kinds_in_one_field_stay_apart(database: Migrated) -> None:
    """'40', 40 and 40.0 of one field come back as what they were (the proof), and say the same."""
    rows = {
        name: stored(
            database,
            "SELECT wip_value FROM review WHERE id = ?",
            row_id(path_of("review.wip", name)),
        )
        for name in ("an integer for a double", "a double for an integer")
    }
    assert set(rows.values()) == {(40.0,)}


def test_the_message_of_a_report_never_holds_a_value(database: Migrated) -> None:
    told = f"{database.report.quarantine} {database.report.unknown} {database.report.documents}"
    for value in TEXTS.values():
        text = value["stringValue"]
        assert len(text) < 8 or text not in told


# What canonical JSON cannot hold ---------------------------------------------------------------


def test_a_lone_surrogate_is_refused_with_a_clear_error() -> None:
    with pytest.raises(TypeError, match="surrogates not allowed"):
        canonical({"name": s("\ud83e")})
    with pytest.raises(TypeError, match="surrogates not allowed"):
        canonical({"list": a(s("\udd14"))})
    with pytest.raises(ValueError, match="surrogate"):
        parse(r'{"name":{"stringValue":"\ud83e"}}')


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_double_that_is_not_finite_must_be_named(number: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        canonical({"x": {"doubleValue": number}})
