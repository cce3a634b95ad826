"""References of every spelling followed to their rows; what leads nowhere is kept and recorded."""

from typing import Any

import orjson
import pytest

from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets_tests.handmade import Documents, Migrated, a, m, migrate, s

E, R = "friday/engagements/list/", "myworkreview/reviews/list/"
F, M = "friday/users/list/", "myworkreview/users/list/"
C = "friday/clients/list/"
YEAR = {"year": s("2025"), "name": s("Audit")}
REFERENCE = "projects/demo/databases/(default)/documents/friday/clients/list/c1"

# one engagement for each spelling of its client
CLIENTS: dict[str, dict[str, Any]] = {
    "id": {"client_id": s("c1")},
    "other_field": {"client": s("c1")},
    "path": {"client_id": s("friday/clients/list/c1")},
    "rooted_path": {"client_id": s("/friday/clients/list/c1")},
    "map": {"client_id": m(cloud_id=s("c1"), name=s("One"))},
    "reference": {"client_id": {"referenceValue": REFERENCE}},
    "name": {"client_name": s("One")},
    "name_with_blanks": {"client_name": s("  One ")},
    "second_after_gone": {"client_id": s(""), "client": s("c1")},
}
# and one for each way to say nothing, or too little
UNKNOWN: dict[str, dict[str, Any]] = {
    "nothing": {},
    "shared_name": {"client_name": s("Two")},
    "no_such_name": {"client_name": s("Three")},
    "name_in_other_case": {"client_name": s("one")},
    "the_word_none": {"client_name": {"nullValue": None}},
    "number": {"client_id": {"integerValue": "5"}},
    "map_without_id": {"client_id": m(name=s("One"))},
    "broken_path": {"client_id": s("friday/clients/list/")},
    "dots": {"client_id": s("..")},
}
PEOPLE: dict[str, dict[str, Any]] = {
    "id": s("u1"), "path": s(f"{F}u1"), "map": m(cloud_id=s("u1")),
    "map_by_email": m(email=s("ANN@y")), "email": s(" Ann@Y "),
    "reference": {"referenceValue": f"projects/p/databases/(default)/documents/{F}u1"},
}  # fmt: skip
GONE: dict[str, tuple[dict[str, Any], str]] = {
    "id": (s("left"), f"{F}left"),
    "email": (s("Left@y"), "email:left@y"),
    "quarantined": (s("nobody"), f"{F}nobody"),
}


def documents() -> Documents:
    """Everything that the tests below look at, in one firm."""
    found: dict[str, dict[str, Any]] = {
        f"{C}c1": {"name": s("One")}, f"{C}c2": {"name": s("Two")}, f"{C}c3": {"name": s("Two ")},
        f"{C}c4": {"name": s("None")},
        f"{F}u1": {"email": s("ann@y"), "name": s("Ann")}, f"{F}nobody": {"name": s("No")},
        f"{M}u1": {"email": s("bob@y"), "name": s("Bob"), "priorityReviews": a(s("r1"), s("gone"))},
        "friday/teams/list/t1": {"users": a(*PEOPLE.values()), "partners": a(s("left"), s("a b"))},
    }  # fmt: skip
    found |= {f"{E}client_{name}": {**YEAR, **fields} for name, fields in CLIENTS.items()}
    found |= {f"{E}unknown_{name}": {**YEAR, **fields} for name, fields in UNKNOWN.items()}
    found |= {f"{C}person_{name}": {"created_by": value} for name, value in PEOPLE.items()}
    found |= {f"{C}gone_{name}": {"created_by": value} for name, (value, _) in GONE.items()}
    return found | _missing() | _links() | _same_ids()


def _missing() -> dict[str, dict[str, Any]]:
    """Documents under parents, and naming targets, that are not there or have no row."""
    return {
        f"{E}dangling": {**YEAR, "client_id": s("gone"), "team": s("gone")},
        f"{E}lost/rfis/r": {"name": s("Under a lost engagement")},
        f"{E}lost/chat/m": {"message": s("There too")},
        f"{E}lost2/rfis/lost/activity/x": {"message": s("Two levels lost")},
        f"{E}timeless": {"name": s("No year at all"), "review_link": s("r4")},
        f"{E}timeless/rfis/r": {"name": s("Under a quarantined one")},
        f"{E}client_id/rfis/empty": {"status": {"integerValue": "0"}},
        f"{E}client_id/responses/a": {"question_id": s("empty"), "text": s("to no question")},
        f"{E}client_id/responses/b": {"text": s("to nothing")},
        "friday/recreationLogs/list/x": {"engagementId": s("gone2"), "status": s("failed")},
        f"{R}gone/checklists/x": {"name": s("Of a lost review")},
        "myworkreview/removedHighlights/list/gone": {"highlights": a(m(id=s("h")))},
    }


def _links() -> dict[str, dict[str, Any]]:
    """Reviews that engagements know, that know engagements, both, neither; years in a circle."""
    return {
        f"{E}y1": {**YEAR, "previous_year_review_link": s("r2"), "review_link": s("r1")},
        f"{E}y2": {**YEAR, "previous_year_review_link": s("r1"), "review_link": s("r2")},
        f"{E}twin1": {**YEAR, "review_link": s("r3")},
        f"{E}twin2": {**YEAR, "review_link": s("r3")},
        f"{R}r1": {"groupName": s("One-sided")},
        f"{R}r2": {"groupName": s("Both sides differ"), "friday_link": s("y1")},
        f"{R}r3": {"groupName": s("Two claim it"), "financialYear": {"integerValue": "2024"}},
        f"{R}r4": {"groupName": s("Claimed by a quarantined one")},
        f"{R}r5": {"groupName": s("Of a lost engagement"), "friday_link": s("gone")},
    }


def _same_ids() -> dict[str, dict[str, Any]]:
    """One id everywhere."""
    return {
        f"{E}same": {**YEAR}, f"{E}same/rfis/same": {"name": s("a")},
        f"{E}y1/rfis/same": {"name": s("b")}, f"{R}same": {"friday_link": s("same")},
        "friday/teams/list/same": {"name": s("F")},
        "myworkreview/teams/list/same": {"name": s("M")},
        f"{F}same": {"email": s("f@y")}, f"{M}same": {"email": s("m@y")},
        f"{E}same/responses/same": {"question_id": s("same"), "text": s("of same")},
        f"{E}y1/responses/same": {"question_id": s("same"), "text": s("of y1")},
    }  # fmt: skip


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    return migrate(tmp_path_factory.mktemp("references"), documents())


def of(firm: Migrated, table: str, path: str) -> dict[str, Any]:
    return firm.row(table, id=row_id(path))


def placeholder(firm: Migrated, key: str) -> dict[str, Any]:
    return firm.row("migration_placeholders", key=key)


def residue(firm: Migrated, path: str) -> dict[str, str]:
    lines = [one for one in firm.rows("migration_residue") if one["path"] == path]
    return {".".join(map(str, orjson.loads(one["field"]))): one["reason"] for one in lines}


def test_every_document_comes_back(firm: Migrated) -> None:
    assert firm.proof.is_proved
    assert firm.proof.documents == len(documents())


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_is_found_however_it_is_named(firm: Migrated, name: str) -> None:
    engagement = of(firm, "engagement", f"{E}client_{name}")
    assert engagement["client_id"] == row_id(f"{C}c1")


def test_a_client_found_by_name_is_recorded_as_derived(firm: Migrated) -> None:
    line = firm.row("migration_derived", row_id=row_id(f"{E}client_name"), column_name="client_id")
    assert line["rule"] == "by_unique_name"
    assert residue(firm, f"{E}client_name")["client_name"] == "no_column"


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_client_is_never_guessed(firm: Migrated, name: str) -> None:
    engagement = of(firm, "engagement", f"{E}unknown_{name}")
    assert engagement["client_id"] == placeholder(firm, "synthetic:client")["row_id"]


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_is_found_however_named(firm: Migrated, name: str) -> None:
    assert of(firm, "client", f"{C}person_{name}")["created_by"] == row_id(f"{F}u1")


@pytest.mark.parametrize("name", GONE)
def test_a_person_who_is_gone_becomes_one_placeholder(firm: Migrated, name: str) -> None:
    key = GONE[name][1]
    line = placeholder(firm, key)
    assert line["row_id"] == row_id(f"placeholder:{key}")
    assert of(firm, "client", f"{C}gone_{name}")["created_by"] == line["row_id"]
    user = firm.row("users", id=line["row_id"])
    assert (user["status"], user["password_hash"]) == ("deleted", "!")


def test_the_reason_tells_a_quarantined_person_from_one_who_is_gone(firm: Migrated) -> None:
    assert placeholder(firm, f"{F}left")["reason"] == "user_gone"
    assert placeholder(firm, f"{F}nobody")["reason"] == "document_quarantined"


def test_a_list_of_people_in_five_spellings(firm: Migrated) -> None:
    team = of(firm, "team", "friday/teams/list/t1")
    assert orjson.loads(team["users"]) == [row_id(f"{F}u1")] * len(PEOPLE)
    assert orjson.loads(team["partners"]) == [placeholder(firm, f"{F}left")["row_id"]]
    assert firm.row("migration_quarantine", path="friday/teams/list/t1")["reason"] == "not_a_user"


def test_ids_belong_to_the_system_that_says_them(firm: Migrated) -> None:
    bob = firm.row("users", email="bob@y")
    assert bob["id"] == row_id(f"{M}u1")
    assert orjson.loads(bob["priority_reviews"]) == [row_id(f"{R}r1")]
    assert of(firm, "review", f"{R}r1")["starred_by"] == f'["{bob["id"]}"]'


def test_a_dangling_client_becomes_a_placeholder_and_a_dangling_team_is_kept(
    firm: Migrated,
) -> None:
    engagement = of(firm, "engagement", f"{E}dangling")
    assert engagement["client_id"] == placeholder(firm, f"{C}gone")["row_id"]
    assert engagement["team_id"] is None
    assert residue(firm, f"{E}dangling")["team"] == "dangling"


def test_documents_under_missing_parents_keep_their_rows(firm: Migrated) -> None:
    lost, lost2 = placeholder(firm, f"{E}lost"), placeholder(firm, f"{E}lost2/rfis/lost")
    assert of(firm, "rfi", f"{E}lost/rfis/r")["engagement_id"] == lost["row_id"]
    rfi = firm.row("rfi", id=lost2["row_id"])
    assert rfi["engagement_id"] == placeholder(firm, f"{E}lost2")["row_id"]
    for table in ("rfis", "rfi_questions"):
        assert firm.row(table, id=lost2["row_id"])
    log = of(firm, "audit_logs", f"{E}lost2/rfis/lost/activity/x")
    assert log["entity_id"] == lost2["row_id"]
    chat = of(firm, "chat_messages", f"{E}lost/chat/m")
    assert chat["rfi_id"] == row_id(f"{E}lost/rfis/r")
    log = of(firm, "audit_logs", "friday/recreationLogs/list/x")
    assert log["entity_id"] == placeholder(firm, f"{E}gone2")["row_id"]


def test_what_needs_a_review_that_is_not_there_is_quarantined(firm: Migrated) -> None:
    checklist = firm.row("migration_documents", path=f"{R}gone/checklists/x")
    assert checklist["outcome"] == "quarantined"
    lines = [
        (one["locator"], one["field"])
        for one in firm.rows("migration_quarantine")
        if one["path"] == "myworkreview/removedHighlights/list/gone"
    ]
    assert lines == [("highlights[h]", ""), ("highlights[h]", "review_id")]


def test_nothing_leads_to_a_document_that_is_quarantined(firm: Migrated) -> None:
    engagement = placeholder(firm, f"{E}timeless")
    assert engagement["reason"] == "document_quarantined"
    assert of(firm, "rfi", f"{E}timeless/rfis/r")["engagement_id"] == engagement["row_id"]
    question = placeholder(firm, f"{E}client_id/rfis/empty")
    assert of(firm, "rfi_response", f"{E}client_id/responses/a")["rfi_id"] == question["row_id"]
    nothing = firm.row("migration_documents", path=f"{E}client_id/responses/b")
    assert nothing["outcome"] == "quarantined"


@pytest.mark.parametrize(
    ("review", "engagement"), [("r1", f"{E}y1"), ("r2", f"{E}y1"), ("same", f"{E}same")]
)
def test_a_link_from_one_side_is_enough_and_the_reviews_own_wins(
    firm: Migrated, review: str, engagement: str
) -> None:
    assert of(firm, "review", f"{R}{review}")["engagement_id"] == row_id(engagement)


@pytest.mark.parametrize(
    ("review", "key"),
    [
        ("r3", "synthetic:engagement:none:2024"), ("r4", "synthetic:engagement:none:unknown"),
        ("r5", "synthetic:engagement:none:unknown"),
    ],
)  # fmt: skip
def test_a_review_of_no_one_engagement_gets_a_synthetic_one(
    firm: Migrated, review: str, key: str
) -> None:
    engagement = of(firm, "review", f"{R}{review}")["engagement_id"]
    assert engagement == placeholder(firm, key)["row_id"]


def test_years_in_a_circle_are_kept_as_they_are(firm: Migrated) -> None:
    for name in ("y1", "y2"):
        assert residue(firm, f"{E}{name}")["previous_year_review_link"] == "no_column"


def test_the_same_id_in_both_systems_and_twice_in_one_means_different_rows(
    firm: Migrated,
) -> None:
    assert of(firm, "team", "friday/teams/list/same")["name"] == "F"
    assert of(firm, "team", "myworkreview/teams/list/same")["name"] == "M"
    assert of(firm, "rfi", f"{E}same/rfis/same")["engagement_id"] == row_id(f"{E}same")
    assert of(firm, "rfi", f"{E}y1/rfis/same")["engagement_id"] == row_id(f"{E}y1")
    for engagement, text in (("same", "of same"), ("y1", "of y1")):
        response = of(firm, "rfi_response", f"{E}{engagement}/responses/same")
        assert response["response_text"] == text
        assert response["rfi_id"] == row_id(f"{E}{engagement}/rfis/same")
    assert {row["email"] for row in firm.rows("users")} >= {"f@y", "m@y"}
