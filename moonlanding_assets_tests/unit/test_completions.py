"""Columns that only the whole can tell: latest response, first RFI, counts, earliest times."""

from typing import Any

import orjson
import pytest

from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import Completed
from moonlanding_assets.normalize.complete import COMPLETIONS
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets_tests.handmade import NOON, Documents, Migrated, a, m, migrate, s

E, R, C = "friday/engagements/list/", "myworkreview/reviews/list/", "friday/clients/list/"
YEAR = {"year": s("2025"), "name": s("Audit")}
EARLY, MIDDLE, LATE = (f"202{year}-01-01T00:00:00.000Z" for year in (1, 2, 3))


def at(text: str) -> dict[str, Any]:
    return {"timestampValue": text.replace(".000", "")}


def response(question: str, when: str) -> dict[str, Any]:
    moment = {"datetime": at(when)} if when else {}
    return {"question_id": s(question), "text": s("answer"), **moment}


def rfi(when: str, **fields: Any) -> dict[str, Any]:
    return {"name": s("Bank letter"), "date_requested": s(when[:10]), **fields}


def documents() -> Documents:
    """Two engagements with RFIs, one without, one with a time of its own; three reviews."""
    inside = a(m(id=s("i1"), text=s("inside"), datetime=at(LATE)))
    return {
        f"{C}c1": {"name": s("One")}, f"{C}c2": {"name": s("Two")}, f"{C}c3": {"name": s("Three")},
        f"{E}e1": {**YEAR, "client_id": s("c1")},
        f"{E}e2": {**YEAR, "client_id": s("c2")},
        f"{E}e3": {**YEAR, "client_id": s("c1"), "createdTime": at(MIDDLE)},
        f"{E}e1/rfis/b": rfi(LATE), f"{E}e1/rfis/a": rfi(EARLY), f"{E}e1/rfis/c": rfi(EARLY),
        f"{E}e3/rfis/a": rfi(EARLY, responses=inside),
        f"{E}e1/responses/x": response("a", MIDDLE),
        f"{E}e1/responses/y": response("a", EARLY),
        f"{E}e1/responses/z1": response("b", MIDDLE), f"{E}e1/responses/z2": response("b", MIDDLE),
        f"{E}e1/responses/timeless": response("c", ""),
        f"{E}e1/chat/m": {"message": s("to the first RFI")},
        f"{E}e2/chat/m": {"message": s("to no RFI")},
        f"{R}r1": {"highlights": a(
            m(id=s("h1"), resolved={"booleanValue": True}), m(id=s("h2")), m(id=s("h3")),
        )},
        f"{R}r1/chat/m": {"message": s("of a review")},
        f"{R}r2": {"highlights": a()}, f"{R}r3": {},
        "myworkreview/users/list/b": {"email": s("b@y"), "priorityReviews": a(s("r1"), s("r2"))},
        "myworkreview/users/list/a": {"email": s("a@y"), "priorityReviews": a(s("r1"))},
    }  # fmt: skip


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    result = migrate(tmp_path_factory.mktemp("completions"), documents())
    assert result.proof.is_proved
    return result


def of(firm: Migrated, table: str, path: str) -> dict[str, Any]:
    return firm.row(table, id=row_id(path))


def derived(firm: Migrated, table: str) -> dict[tuple[str, str], str]:
    lines = [one for one in firm.rows("migration_derived") if one["table_name"] == table]
    return {(one["row_id"], one["column_name"]): one["rule"] for one in lines}


@pytest.mark.parametrize(
    ("path", "when", "first"),
    [
        (f"{E}e1/rfis/a", MIDDLE, f"{E}e1/responses/x"),
        (f"{E}e1/rfis/c", NOON, f"{E}e1/responses/timeless"),
        (f"{E}e3/rfis/a", LATE, f"{E}e3/rfis/a#responses[i1]"),
    ],
)
def test_an_rfi_knows_its_latest_response(firm: Migrated, path: str, when: str, first: str) -> None:
    row = of(firm, "rfi", path)
    assert (row["last_response_date"], row["primary_response_id"]) == (when, row_id(first))


def test_of_two_responses_at_one_time_the_greater_id_counts(firm: Migrated) -> None:
    both = [row_id(f"{E}e1/responses/z{n}") for n in (1, 2)]
    assert of(firm, "rfi", f"{E}e1/rfis/b")["primary_response_id"] == max(both)


def test_a_chat_message_belongs_to_the_first_rfi_of_its_engagement(firm: Migrated) -> None:
    first = min(row_id(f"{E}e1/rfis/{name}") for name in "ac")  # requested on the same day
    assert of(firm, "chat_messages", f"{E}e1/chat/m")["rfi_id"] == first
    assert of(firm, "chat_messages", f"{E}e2/chat/m")["rfi_id"] is None
    assert of(firm, "chat_messages", f"{R}r1/chat/m")["rfi_id"] is None


def test_a_review_knows_who_starred_it(firm: Migrated) -> None:
    people = {name: row_id(f"myworkreview/users/list/{name}") for name in "ab"}
    starred = {name: orjson.loads(of(firm, "review", f"{R}{name}")["starred_by"])
               for name in ("r1", "r2", "r3")}  # fmt: skip
    assert starred == {"r1": sorted(people.values()), "r2": [people["b"]], "r3": []}


@pytest.mark.parametrize(
    ("review", "total", "resolved"), [("r1", "3", "1"), ("r2", "0", "0"), ("r3", "0", "0")]
)
def test_highlights_are_counted(firm: Migrated, review: str, total: str, resolved: str) -> None:
    row = of(firm, "review", f"{R}{review}")
    assert (row["total_highlights"], row["resolved_highlights"]) == (total, resolved)


@pytest.mark.parametrize(
    ("table", "path", "when", "rule"),
    [
        ("engagement", f"{E}e1", "2020-12-31T22:00:00.000Z", "earliest_rfi"),  # local midnight
        ("engagement", f"{E}e2", NOON, "snapshot_time"),
        ("engagement", f"{E}e3", MIDDLE, ""),
        ("client", f"{C}c1", "2020-12-31T22:00:00.000Z", "earliest_engagement"),
        ("client", f"{C}c2", NOON, "earliest_engagement"),
        ("client", f"{C}c3", NOON, "snapshot_time"),
    ],
)
def test_a_time_that_no_field_holds_comes_from_the_earliest_child_and_is_recorded(
    firm: Migrated, table: str, path: str, when: str, rule: str
) -> None:
    row = of(firm, table, path)
    assert row["created_at"] == when
    assert derived(firm, table).get((row["id"], "created_at"), "") == rule


def test_what_a_field_holds_is_never_completed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One engagement younger than its RFI, one with a time that is no time."""
    firm = migrate(
        tmp_path_factory.mktemp("held"),
        {
            f"{E}e1": {**YEAR, "createdTime": at(LATE)}, f"{E}e1/rfis/r": rfi(EARLY),
            f"{E}e2": {**YEAR, "createdTime": s("31/02/26")}, f"{E}e2/rfis/r": rfi(EARLY),
        },
    )  # fmt: skip
    assert firm.proof.is_proved
    assert of(firm, "engagement", f"{E}e1")["created_at"] == LATE
    assert of(firm, "engagement", f"{E}e2")["created_at"] == "2020-12-31T22:00:00.000Z"


def test_every_completion_is_declared_and_every_declared_one_exists() -> None:
    declared = {
        (table.table.name, column)
        for mapping in MAPPINGS
        for table in mapping.tables
        for column, rule in table.columns.items()
        if isinstance(rule, Completed) or getattr(rule, "completed", "")
    }
    assert declared == {(one.table, one.column) for one in COMPLETIONS}
