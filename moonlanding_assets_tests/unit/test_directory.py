"""The directory of a run, made from hand-made source files: who is who, and what leads where."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.directory_build import build_directory, read_documents
from moonlanding_assets.normalize.existing import Existing
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets_tests.handmade import NOON, Documents, a, m, s, write_sources
from moonlanding_assets_tests.rebuilding import raw, rows_of

F, M = "friday/users/list/", "myworkreview/users/list/"
C, E, R = "friday/clients/list/", "friday/engagements/list/", "myworkreview/reviews/list/"
YEAR = {"year": s("2025"), "name": s("Audit")}
NAMES = tuple(column.name for column in TABLE["users"].columns)
TEAMS: Documents = {"friday/teams/list/t": {"name": s("T")}, "myworkreview/teams/list/t": {}}
FIRM: Documents = TEAMS | {
    f"{C}c1": {"name": s("One")}, f"{C}c2": {"name": s(" Two")}, f"{C}c3": {"name": s("Two ")},
    f"{C}c4": {"name": s("")}, f"{C}c5": {}, f"{C}taken": {"name": s("Taken")},
    "friday/clients/entity_types/n": {"name": s("Trust")},
    "friday/clients/engagement_types/k": {"name": s("Audit")},
    f"{E}e1": {**YEAR, "review_link": s("r1")}, f"{E}e2": {**YEAR, "review_link": s("r2")},
    f"{E}e3": {**YEAR, "review_link": s("r2")}, f"{E}lost": {"review_link": s("r3")},
    f"{E}e1/rfis/q": {"name": s("Q")}, f"{E}e1/sections/s": {"name": s("Cash")},
    f"{E}e1/responses/x": {"question_id": s("q"), "text": s("so")},
    f"{E}e1/files/y": {"question_id": s("q"), "name": s("f")},
    f"{R}r1": {"groupName": s("R")},
    "friday/users/permissions/fp": {"name": s(" Partner ")},
    "friday/users/permissions/fq": {"name": s("PARTNER")},
    "friday/users/permissions/fx": {"name": s("Owner")},
    "friday/userGroups/list/fm": {"name": s("Manager")},
    "myworkreview/userGroups/list/mc": {"name": s("clerk")},
    f"{F}b": {"email": s("X@y"), "name": s("Ann"), "role": s("fp"), "clients": a(m())},
    f"{F}a": {"email": s("z@y"), "name": s("Zoe"), "type": s("client")},
    f"{M}a": {"email": s("x@y"), "name": s("Ann"), "role": s("mc")},
    f"{F}nobody": {"name": s("No")},
    f"{F}bob": {"email": s("bob@y"), "role": s("fm")},
}  # fmt: skip
TAKEN = row_id(f"{C}taken")
BOB = {name: None for name in NAMES} | {"id": "p-bob", "email": "Bob@Y", "role": "manager"}
GONE = {name: None for name in NAMES} | {"id": "p-gone", "email": "gone@y", "role": "partner"}
EXISTING = Existing(
    users={"bob@y": BOB, "gone@y": GONE},
    emails={"p-bob": "Bob@Y", "p-gone": "gone@y", "p-none": "none"},
    taken={"client": frozenset({TAKEN}), "users": frozenset()},
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Directory, Output]:
    sources = write_sources(tmp_path_factory.mktemp("firm"), FIRM)
    return build_directory(sources, snapshot_time=NOON, existing=EXISTING)


@pytest.fixture(scope="module")
def directory(built: tuple[Directory, Output]) -> Directory:
    return built[0]


ANN, ZOE = row_id(f"{F}b"), row_id(f"{F}a")


def test_every_document_that_can_be_named_has_the_id_of_its_row(directory: Directory) -> None:
    named = {
        f"{C}c1", f"{C}c2", f"{C}c3", f"{C}c4", f"{C}c5", f"{E}e1", f"{E}e2", f"{E}e3",
        f"{E}e1/rfis/q", f"{E}e1/sections/s", f"{R}r1", *TEAMS,
    }  # fmt: skip
    people = {f"{F}a": ZOE, f"{F}b": ANN, f"{M}a": ANN, f"{F}bob": "p-bob"}
    assert directory.ids == {path: row_id(path) for path in named} | people
    assert directory.snapshot_time == NOON


def test_what_will_be_quarantined_is_named_by_nothing(directory: Directory) -> None:
    assert directory.rowless == {f"{E}lost", f"{F}nobody", f"{C}taken"}
    lost = {row_id(path) for path in directory.rowless}
    assert not lost & {identity for identity, _ in directory.documents}
    assert not lost & set(directory.engagement_of_review.values())


def test_the_way_back_to_the_id_that_each_system_knows(directory: Directory) -> None:
    assert directory.documents[(row_id(f"{C}c1"), "friday/clients")] == "c1"
    assert directory.documents[(row_id(f"{E}e1/rfis/q"), "friday/engagements_rfis")] == "q"
    assert directory.documents[(row_id("friday/teams/list/t"), "friday/teams")] == "t"
    assert directory.documents[(row_id("myworkreview/teams/list/t"), "mwr/teams")] == "t"
    people = {key: one for key, one in directory.documents.items() if key[1].endswith("/users")}
    assert people == {
        (ANN, "friday/users"): "b", (ANN, "mwr/users"): "a", (ZOE, "friday/users"): "a",
        ("p-bob", "friday/users"): "bob",
    }  # fmt: skip


def test_names_and_what_only_one_document_is_called(directory: Directory) -> None:
    assert directory.names == {
        f"{C}c1": "One", f"{C}c2": " Two", f"{C}c3": "Two ", f"{C}taken": "Taken",
        "friday/clients/entity_types/n": "Trust", "friday/clients/engagement_types/k": "Audit",
        f"{E}e1/sections/s": "Cash",
    }  # fmt: skip
    assert directory.by_name == {
        ("friday/clients", "One"): f"{C}c1", ("friday/clients", "Taken"): f"{C}taken",
    }  # fmt: skip


def test_items_that_are_documents_too_and_reviews_that_one_engagement_names(
    directory: Directory,
) -> None:
    assert directory.siblings == {f"{E}e1/responses/x", f"{E}e1/files/y"}
    assert directory.engagement_of_review == {"r1": row_id(f"{E}e1")}


def test_roles_by_their_ids_and_the_first_id_of_a_role(directory: Directory) -> None:
    assert directory.roles == {
        ("friday", "fp"): "partner", ("friday", "fq"): "partner", ("friday", "fm"): "manager",
        ("mwr", "mc"): "clerk",
    }  # fmt: skip
    assert directory.role_ids == {
        ("friday", "partner"): "fp", ("friday", "manager"): "fm", ("mwr", "clerk"): "mc",
    }  # fmt: skip


def test_people_of_the_snapshot_and_of_the_target_by_their_address(directory: Directory) -> None:
    assert directory.users_by_email == {
        "x@y": ANN, "z@y": ZOE, "bob@y": "p-bob", "gone@y": "p-gone",
    }  # fmt: skip
    assert directory.role_of_email == {
        "x@y": "partner", "z@y": "client_user", "bob@y": "manager", "gone@y": "partner",
    }  # fmt: skip
    assert directory.emails == {
        ANN: "x@y", ZOE: "z@y", "p-bob": "Bob@Y", "p-gone": "gone@y", "p-none": "none",
    }  # fmt: skip
    assert directory.existing_users == {"p-bob"}
    assert directory.taken == EXISTING.taken


def test_each_user_document_knows_its_merged_row_without_what_is_derived(
    directory: Directory,
) -> None:
    assert set(directory.user_rows) == {f"{F}a", f"{F}b", f"{M}a", f"{F}bob"}
    ann = directory.user_rows[f"{M}a"]
    assert ann == directory.user_rows[f"{F}b"]
    assert (ann["id"], ann["email"], ann["role"]) == (ANN, "x@y", "partner")
    assert (ann["created_at"], ann["status"]) == (None, None)
    bob = directory.user_rows[f"{F}bob"]
    assert {name for name in NAMES if bob[name] is not None} == {"id"}


def test_merged_rows_and_their_ledger(built: tuple[Directory, Output]) -> None:
    _, output = built
    people = {row["id"]: row for row in rows_of(output, "users")}
    assert set(people) == {ANN, ZOE}
    assert (people[ANN]["email"], people[ANN]["created_at"]) == ("x@y", NOON)
    merges = {(one["path"], one["user_id"]) for one in rows_of(output, "migration_user_merges")}
    assert merges == {(f"{F}b", ANN), (f"{M}a", ANN), (f"{F}bob", "p-bob")}
    derived: dict[str, dict[str, str]] = {}
    for one in rows_of(output, "migration_derived"):
        assert one["table_name"] == "users"
        derived.setdefault(one["row_id"], {})[one["column_name"]] = one["rule"]
    usual = {"created_at": "snapshot_time", "status": "schema_default"}
    assert derived[ANN] == usual
    assert derived[ZOE] == usual | {"role": "client_role"}
    assert derived["p-bob"] == {name: "existing_row" for name in NAMES if name != "id"}
    lines = rows_of(output, "migration_derived")
    addresses = {ANN: "x@y", ZOE: "z@y", "p-bob": "bob@y"}
    order = [(addresses[one["row_id"]], one["column_name"]) for one in lines]
    assert order == sorted(order)


def test_nothing_is_built_of_nothing() -> None:
    directory, output = build_directory({}, snapshot_time=NOON)
    assert directory == Directory(snapshot_time=NOON)
    assert output.rows == {}


def test_raw_documents_are_read_in_their_order(tmp_path: Path) -> None:
    documents: Mapping[str, dict[str, object]] = {f"{C}b": {"name": s("B")}, f"{C}a": {}}
    sources = write_sources(tmp_path, documents)
    read = list(read_documents(sources["friday/clients"], "friday/clients"))
    assert read == [raw(path, "friday/clients", documents[path]) for path in (f"{C}a", f"{C}b")]
    assert list(read_documents(None, "friday/clients")) == []
