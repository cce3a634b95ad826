"""Users of both systems merged by e-mail: who wins which column, and what the record says."""

from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets_tests.handmade import Documents, Migrated, a, m, migrate, s

F, M = "friday/users/list/", "myworkreview/users/list/"
GROUPS: Documents = {
    f"friday/users/permissions/{key}": {"name": {"stringValue": name}}
    for key, name in (("fp", "Partner"), ("fm", "Manager"), ("fc", "Clerk"))
} | {
    f"myworkreview/userGroups/list/{key}": {"name": {"stringValue": name}}
    for key, name in (("mp", "Partner"), ("mc", "Clerk"))
}


def user(email: str, **fields: Any) -> dict[str, Any]:
    values = {name: s(one) if isinstance(one, str) else one for name, one in fields.items()}
    return {"email": s(email), **values}


def merged(tmp_path: Path, documents: Documents) -> Migrated:
    result = migrate(tmp_path, {**GROUPS, **documents})
    assert result.proof.is_proved
    return result


ROLES = (
    ("fc", "mp", "partner"), ("fp", "mc", "partner"), ("fm", "mc", "manager"),
    ("", "mc", "clerk"), ("fm", "", "manager"), ("", "", "clerk"),
)  # fmt: skip
STATES = (
    ("inactive", "active", "active"), ("active", "deleted", "active"),
    ("deleted", "inactive", "inactive"), ("deleted", "", "deleted"), ("", "", "active"),
    ("", "deleted", "deleted"),
)  # fmt: skip
NO_ADDRESS: tuple[Any, ...] = (
    s(""), s("  "), s("anna"), s("@example.com"), s("anna@"), s("\u00a0"), s("@"),
    {"nullValue": None}, {"integerValue": "7"}, a(s("anna@example.com")), None,
)  # fmt: skip
ADDRESSES = (
    # U+212A KELVIN SIGN has the lower case k: one person, as Unicode has it
    ("\u212aofi@1", "kofi@1", 1, "kofi@1"),
    # İ becomes i and a combining dot: not the same as a plain i
    ("\u0130nan@2", "inan@2", 2, "i\u0307nan@2"),
    ("\u0130nan@3", "i\u0307nan@3", 1, "i\u0307nan@3"),
    # ß is lower case already; ss is another address
    ("stra\u00dfe@4", "strasse@4", 2, "stra\u00dfe@4"),
    ("STRA\u1e9eE@5", "stra\u00dfe@5", 1, "stra\u00dfe@5"),
    # one letter composed and decomposed: two addresses, nothing is normalised
    ("\u00e9@6", "e\u0301@6", 2, "\u00e9@6"),
    # no plus and no dot tricks
    ("a+b@7", "a@7", 2, "a+b@7"),
    ("a.b@8", "ab@8", 2, "a.b@8"),
    ("\u00a0a@9\u3000", "a@9", 1, "a@9"),
    ("\U0001f9fe@x10", "\U0001f9fe@X10", 1, "\U0001f9fe@x10"),
    ("a\x00b@x11", "a@x11", 2, "a\x00b@x11"),
)
EARLY, LATE = {"timestampValue": "2020-01-01T00:00:00Z"}, {"timestampValue": "2021-01-01T00:00:00Z"}
ADMIN = a(m(role=s("admin")))
PEOPLE: dict[str, tuple[dict[str, Any], ...]] = {  # the last document is MyWorkReview's
    **{f"role{n}": ({"role": f}, {"role": m}) for n, (f, m, _) in enumerate(ROLES)},
    **{f"state{n}": ({"status": f}, {"status": m}) for n, (f, m, _) in enumerate(STATES)},
    "derived_role": ({"type": "client", "clients": ADMIN}, {"role": "mc"}),
    "created": ({"createdTime": LATE}, {"createdTime": EARLY}, {}),
    "future": ({"createdTime": {"timestampValue": "2031-01-01T00:00:00Z"}}, {}),
    "null_active": ({"status": "deleted"}, {"active": {"nullValue": None}}),
    "named": ({"status": "active"}, {"name": "Real Name"}),
    "photo": (
        {"photo": "https://photo.example/a", "status": "inactive"},
        {"photo": "https://photo.example/b", "status": "active"},
        {},
    ),
}


def everybody() -> Documents:
    """All people of this module, each with an address of their own."""
    documents: dict[str, dict[str, Any]] = {}
    for name, held in PEOPLE.items():
        for place, fields in enumerate(held):
            root = F if place < len(held) - 1 else M
            documents[f"{root}{name}-{place}"] = user(f"{name}@y", **fields)
    for place, value in enumerate(NO_ADDRESS):
        address = {} if value is None else {"email": value}
        documents[f"{F}nobody{place}"] = {"name": s("Anna"), **address}
    for place, (left, right, _, _) in enumerate(ADDRESSES):
        documents[f"{F}address{place}"] = user(left, name="A")
        documents[f"{M}address{place}"] = user(right, name="B")
    return documents


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    return merged(tmp_path_factory.mktemp("merge"), everybody())


def test_one_person_in_both_systems_is_one_row(tmp_path: Path) -> None:
    result = merged(tmp_path, {
        f"{F}a": user(" Thandi@Example.COM ", name="Thandi"),
        f"{M}b": user("thandi@example.com", name="Thandi"),
        f"{M}c": user("other@example.com", name="Other"),
    })  # fmt: skip
    assert [row["email"] for row in result.rows("users") if row["name"] == "Thandi"] == [
        "thandi@example.com"
    ]
    outcomes = {one["path"]: (one["outcome"], one["reason"]) for one in documents_of(result)}
    assert outcomes == {
        f"{F}a": ("loaded", ""), f"{M}b": ("merged", "same_email"), f"{M}c": ("loaded", ""),
    }  # fmt: skip
    [line] = {one["row_id"] for one in documents_of(result) if one["path"] != f"{M}c"}
    assert {one["user_id"] for one in result.rows("migration_user_merges")} == {line}


def documents_of(result: Migrated) -> list[dict[str, Any]]:
    return [one for one in result.rows("migration_documents") if "/users/list/" in one["path"]]


def test_three_documents_of_one_person_in_one_and_both_systems(tmp_path: Path) -> None:
    result = merged(tmp_path, {
        f"{F}a": user("x@example.com", name="X", status="inactive"),
        f"{F}b": user("X@example.com", name="X", status="active"),
        f"{M}c": user("x@EXAMPLE.com", name="X", active={"booleanValue": True}),
    })  # fmt: skip
    assert len(result.rows("users")) == 1
    assert sorted(one["outcome"] for one in documents_of(result)) == ["loaded", "merged", "merged"]
    roles = {
        one["path"]: one["role"]
        for one in result.rows("migration_user_merges")
        if one["field"] == ""
    }
    assert roles == {f"{F}a": "loser", f"{F}b": "winner", f"{M}c": "loser"}


@pytest.mark.parametrize("place", range(len(ROLES)))
def test_the_most_powerful_role_wins(world: Migrated, place: int) -> None:
    assert world.row("users", email=f"role{place}@y")["role"] == ROLES[place][2]


def test_a_role_that_is_held_wins_over_one_that_is_derived(world: Migrated) -> None:
    """Friday's client_admin comes from `clients`; MyWorkReview really says clerk."""
    assert world.row("users", email="derived_role@y")["role"] == "clerk"


@pytest.mark.parametrize("place", range(len(STATES)))
def test_active_wins_and_a_default_never_beats_what_is_held(world: Migrated, place: int) -> None:
    assert world.row("users", email=f"state{place}@y")["status"] == STATES[place][2]


def test_a_word_of_the_other_system_needs_no_spelling_in_this_one(world: Migrated) -> None:
    """Only Friday says deleted; MyWorkReview's active cannot, and holds null."""
    assert world.row("users", email="null_active@y")["status"] == "deleted"


def test_the_earliest_creation_wins_and_the_snapshot_time_loses(world: Migrated) -> None:
    assert world.row("users", email="created@y")["created_at"] == "2020-01-01T00:00:00.000Z"


def test_a_creation_after_the_snapshot_still_wins_over_a_derived_one(world: Migrated) -> None:
    assert world.row("users", email="future@y")["created_at"] == "2031-01-01T00:00:00.000Z"


def test_a_held_name_wins_over_the_part_before_the_at_sign(world: Migrated) -> None:
    assert world.row("users", email="named@y")["name"] == "Real Name"


def test_columns_without_a_rule_of_their_own_go_by_standing(world: Migrated) -> None:
    """An active person's photo wins over an inactive one's, whatever the order of the paths."""
    assert world.row("users", email="photo@y")["photo_url"] == "https://photo.example/b"


def test_nobody_can_log_in_with_a_migrated_password(world: Migrated) -> None:
    assert {row["password_hash"] for row in world.rows("users")} == {"!"}


def test_conflicts_are_recorded_and_other_names_are_for_review(tmp_path: Path) -> None:
    result = merged(tmp_path, {
        f"{F}a": user("x@y", name="Anna Nel", role="fp", photo="https://photo.example/a"),
        f"{M}b": user("x@y", name="Piet Botha", role="mc"),
        f"{F}c": user("z@y", name="Same  Name"),
        f"{M}d": user("z@y", name="same name"),
    })  # fmt: skip
    lines = {(one["path"], one["field"]): one for one in result.rows("migration_user_merges")}
    assert lines[(f"{F}a", "")]["needs_review"] == 1
    assert lines[(f"{M}b", "")]["needs_review"] == 1
    assert lines[(f"{F}c", "")]["needs_review"] == 0
    relations = {field: lines[(f"{M}b", field)]["relation"] for field in ("name", "role")}
    assert relations == {"name": "conflict", "role": "conflict"}
    assert lines[(f"{M}b", "photo_url")]["relation"] == "filled"
    assert lines[(f"{F}a", "photo_url")]["relation"] == "equal"


def test_a_name_made_from_the_address_is_no_other_name(tmp_path: Path) -> None:
    result = merged(tmp_path, {f"{F}a": user("x@y", name="Anna Nel"), f"{M}b": user("x@y")})
    assert [one["needs_review"] for one in result.rows("migration_user_merges")] == [0] * 24


@pytest.mark.parametrize("place", range(len(NO_ADDRESS)))
def test_a_user_without_an_address_is_quarantined(world: Migrated, place: int) -> None:
    line = world.row("migration_documents", path=f"{F}nobody{place}")
    assert (line["outcome"], line["reason"]) == ("quarantined", "missing_required")
    assert line["row_id"] is None
    assert line["leaves_quarantined"] == 1 + (NO_ADDRESS[place] is not None)


@pytest.mark.parametrize("place", range(len(ADDRESSES)))
def test_addresses_are_trimmed_and_lower_cased_as_unicode_has_it(
    world: Migrated, place: int
) -> None:
    *_, people, stored = ADDRESSES[place]
    lines = [world.row("migration_documents", path=f"{one}address{place}") for one in (F, M)]
    assert len({line["row_id"] for line in lines}) == people
    assert world.row("users", email=stored)["id"] in {line["row_id"] for line in lines}


def test_two_documents_of_one_system_are_referred_to_by_either_id(tmp_path: Path) -> None:
    result = merged(tmp_path, {
        f"{F}a": user("x@y", name="A"), f"{F}b": user("X@y", name="A"),
        "friday/clients/list/c1": {"created_by": s("a")},
        "friday/clients/list/c2": {"created_by": s("b")},
    })  # fmt: skip
    [row] = result.rows("users")
    assert {one["created_by"] for one in result.rows("client")} == {row["id"]}


def test_what_no_document_holds_is_in_the_ledger_and_what_one_holds_is_not(tmp_path: Path) -> None:
    result = merged(tmp_path, {
        f"{F}a": user("x@y", name="A", createdTime={"timestampValue": "2020-01-01T00:00:00Z"}),
        f"{M}b": user("x@y"),
        f"{M}c": user("z@y", name="Z", role="mc"),
    })  # fmt: skip
    rules = {
        (one["row_id"], one["column_name"]): one["rule"]
        for one in result.rows("migration_derived")
        if one["table_name"] == "users"
    }
    ids = {row["email"]: row["id"] for row in result.rows("users")}
    assert (ids["x@y"], "name") not in rules
    assert (ids["x@y"], "created_at") not in rules
    assert rules[(ids["x@y"], "role")] == "schema_default"
    assert rules[(ids["x@y"], "status")] == "schema_default"
    assert rules[(ids["z@y"], "created_at")] == "snapshot_time"
    assert (ids["z@y"], "role") not in rules
