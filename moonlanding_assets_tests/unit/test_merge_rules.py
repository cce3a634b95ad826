"""The merge of people on candidates made by hand, and what is read of an existing database."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.errors import TargetRefused
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.existing import NO_EXISTING, read_existing
from moonlanding_assets.normalize.users import Candidate, Merge, merge_users, record_merges
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets_tests.rebuilding import rows_of
from moonlanding_assets_tests.stages import original_database

F, M = "friday/users", "mwr/users"
NAMES = tuple(column.name for column in TABLE["users"].columns)
OLD, NEW = "2020-01-01T00:00:00.000Z", "2022-01-01T00:00:00.000Z"
USUAL: Mapping[str, SqlValue] = {
    "email": "x@y", "name": "Ann", "password_hash": "!", "role": "clerk", "status": "active",
    "created_at": NEW, "type": "auditor",
}  # fmt: skip


def one(
    identity: str, *, of: str = F, derived: Mapping[str, str] | None = None, **columns: SqlValue
) -> Candidate:
    """A candidate whose id is also the end of its path."""
    held = {name: None for name in NAMES} | dict(USUAL) | {"id": identity} | columns
    return Candidate(
        path=f"{of}/list/{identity}", collection=of, columns=held, derived=derived or {}
    )


def merged(*candidates: Candidate, **existing: Mapping[str, SqlValue]) -> dict[str, SqlValue]:
    [row] = merge_users(candidates, existing).rows.values()
    assert list(row) == list(NAMES)
    return dict(row)


DERIVED = {"role": "schema_default", "status": "schema_default", "type": "schema_default",
           "created_at": "snapshot_time", "name": "name_before_at"}  # fmt: skip
WINS: tuple[tuple[str, tuple[Candidate, ...], SqlValue], ...] = (
    ("id", (one("b"), one("a")), "a"),
    ("id", (one("a", of=M), one("b")), "b"),
    ("id", (one("a", status="inactive"), one("b", of=M)), "b"),
    ("id", (one("a", status="deleted"), one("b", status="inactive")), "b"),
    ("id", (one("a", status=None), one("b", status="deleted")), "b"),
    ("id", (one("a", status="unknown"), one("b", status="deleted")), "b"),
    ("id", (one("a", derived=DERIVED), one("b", of=M)), "a"),
    *[("role", (one("a", role=weaker), one("b", role=stronger)), stronger)
      for stronger, weaker in (("partner", "manager"), ("manager", "clerk"),
                               ("clerk", "client_admin"), ("client_admin", "client_user"))],
    ("role", (one("a", role="clerk"), one("b", role="partner", derived=DERIVED)), "clerk"),
    ("role", (one("a", role="clerk", derived=DERIVED), one("b", role="partner", derived=DERIVED)),
     "partner"),
    ("role", (one("a", role=None), one("b", role="client_user")), "client_user"),
    ("status", (one("a", status="inactive"), one("b", status="active")), "active"),
    ("status", (one("a", status="deleted"), one("b", status="inactive")), "inactive"),
    ("status", (one("a", status="deleted"), one("b", status="active", derived=DERIVED)), "deleted"),
    ("type", (one("a", type="client"), one("b", type="auditor")), "auditor"),
    ("type", (one("a", type="client"), one("b", type="auditor", derived=DERIVED)), "client"),
    ("created_at", (one("a", created_at=NEW), one("b", created_at=OLD)), OLD),
    ("created_at", (one("a", created_at=NEW), one("b", created_at=OLD, derived=DERIVED)), NEW),
    # every other column goes by standing: active first, then Friday, then the path
    ("name", (one("b", name="B"), one("a", name="A")), "A"),
    ("name", (one("a", of=M, name="A"), one("b", name="B")), "B"),
    ("name", (one("a", name="A", status="inactive"), one("b", of=M, name="B")), "B"),
    ("name", (one("a", name="A", derived=DERIVED), one("b", of=M, name="B")), "B"),
    ("photo_url", (one("a"), one("b", of=M, photo_url="p")), "p"),
    ("photo_url", (one("a"), one("b")), None),
)  # fmt: skip


@pytest.mark.parametrize(("column", "candidates", "value"), WINS)
def test_who_wins_a_column(column: str, candidates: tuple[Candidate, ...], value: SqlValue) -> None:
    assert merged(*candidates)[column] == value
    assert merged(*reversed(candidates))[column] == value


def test_one_row_a_person_in_the_order_of_their_addresses() -> None:
    merge = merge_users([one("b", email="z@y"), one("a", email="a@y"), one("c", email="z@y")], {})
    assert {email: row["id"] for email, row in merge.rows.items()} == {"a@y": "a", "z@y": "b"}
    assert list(merge.rows) == ["a@y", "z@y"]
    assert (merge.derived, merge.existing) == ({}, frozenset())
    assert merge_users([], {}) == Merge(rows={}, derived={})


def test_what_every_document_leaves_to_a_rule_is_derived() -> None:
    held = merge_users([one("a", derived=DERIVED), one("b", derived={"role": "other"})], {})
    assert held.derived == {("x@y", "role"): "other"}
    swapped = merge_users([one("b", derived={"role": "other"}), one("a", derived=DERIVED)], {})
    assert swapped.derived == {("x@y", "role"): "schema_default"}
    empty = merge_users([one("a", role="clerk", derived=DERIVED), one("b", role=None)], {})
    assert empty.derived == {("x@y", "role"): "schema_default"}
    apart = merge_users([one("a", derived={"role": "r"}), one("b", email="z@y")], {})
    assert apart.derived == {("x@y", "role"): "r"}


def test_a_row_of_the_target_wins_whole() -> None:
    stays = {name: None for name in NAMES} | {"id": "p", "email": "X@Y", "name": "Theirs"}
    merge = merge_users(
        [one("a", derived=DERIVED), one("b", email="z@y", derived={"role": "r"})],
        {"x@y": stays, "other@y": {"id": "q"}},
    )
    assert merge.rows["x@y"] == stays
    assert merge.rows["z@y"]["id"] == "b"
    assert set(merge.rows) == {"x@y", "z@y"}
    assert merge.existing == {"x@y"}
    assert merge.derived == {("z@y", "role"): "r"} | {
        ("x@y", name): "existing_row" for name in NAMES if name != "id"
    }


def recorded(
    candidates: Iterable[Candidate], **existing: Mapping[str, SqlValue]
) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(document, field) → user, role, relation, review."""
    held = {email.replace("_at_", "@"): row for email, row in existing.items()}
    output, group = Output(), list(candidates)
    record_merges(group, merge_users(group, held), output)
    assert set(output.rows) <= {"migration_user_merges"}
    return {
        (line["path"].rpartition("/")[2], line["field"]): (
            line["user_id"], line["role"], line["relation"], line["needs_review"],
        )
        for line in rows_of(output, "migration_user_merges")
    }  # fmt: skip


def test_a_person_of_one_document_is_no_merge() -> None:
    assert recorded([one("a"), one("b", email="z@y")]) == {}


def test_a_merge_says_of_each_column_who_it_came_from() -> None:
    lines = recorded([
        one("solo", email="0@y"),
        one("a", name="Ann", role="clerk", photo_url="p", derived={"type": "schema_default"}),
        one("b", of=M, name=" ANN ", role="partner", derived={"created_at": "snapshot_time"}),
    ])  # fmt: skip
    assert {key[0] for key in lines} == {"a", "b"}
    assert {key[1] for key in lines} == {"", *NAMES} - {"id"}
    assert lines[("a", "")] == ("a", "winner", "equal", 0)
    assert lines[("b", "")] == ("a", "loser", "equal", 0)
    winner, loser = ("a", "winner"), ("a", "loser")
    assert lines[("a", "role")] == (*winner, "conflict", 0)
    assert lines[("b", "role")] == (*loser, "equal", 0)
    assert lines[("a", "photo_url")] == (*winner, "equal", 0)
    assert lines[("b", "photo_url")] == (*loser, "filled", 0)
    assert lines[("a", "type")] == (*winner, "filled", 0)
    assert lines[("b", "created_at")] == (*loser, "filled", 0)
    assert lines[("b", "name")] == (*loser, "conflict", 0)
    assert lines[("a", "updated_at")] == (*winner, "equal", 0)


ANN = {name: None for name in NAMES} | {"id": "p", "email": "X@Y", "name": "Ann Nel"}
REVIEWS: tuple[tuple[list[Candidate], bool, int], ...] = (
    ([one("a", name="Ann Nel"), one("b", name=" ann   NEL")], False, 0),
    ([one("a", name="Ann Nel"), one("b", name="Ann Botha")], False, 1),
    ([one("a", name="Ann Nel"), one("b", name="ann", derived=DERIVED)], False, 0),
    ([one("a", name="Stra\u00dfe"), one("b", name="STRASSE")], False, 0),
    ([one("a", name="Ann Nel")], True, 0),
    ([one("a", name="Ann Botha")], True, 1),
    ([one("a", name="Ann Botha", derived=DERIVED)], True, 0),
)


@pytest.mark.parametrize(("candidates", "is_there", "review"), REVIEWS)
def test_other_names_are_for_review(
    candidates: list[Candidate], is_there: bool, review: int
) -> None:
    lines = recorded(candidates, **({"x_at_y": ANN} if is_there else {}))
    assert {line[3] for key, line in lines.items() if key[1] == ""} == {review}
    assert {line[3] for key, line in lines.items() if key[1] != ""} == {0}
    if is_there:
        assert {line[:2] for line in lines.values()} == {("p", "loser")}


OURS, THEIRS = "0f2a8f0c-3c1e-5d7a-9d55-0123456789ab", "0f2a8f0c-3c1e-4d7a-9d55-0123456789ab"


def person(identity: str, email: str, created_at: object = 1_600_000_000) -> str:
    return (
        "INSERT INTO users (id, email, name, role, status, created_at) "
        f"VALUES ('{identity}', '{email}', 'Ann', 'clerk', 'active', {created_at})"
    )


def test_no_database_holds_nobody() -> None:
    assert read_existing(None) is NO_EXISTING
    assert (NO_EXISTING.users, NO_EXISTING.emails, NO_EXISTING.taken) == ({}, {}, {})


def test_people_and_keys_of_a_database(tmp_path: Path) -> None:
    database = original_database(
        tmp_path / "app.db",
        person("b", " Ann@Y"), person("a", "ANN@y"), person("c", "bob@y", "'2020-01-01'"),
        person("d", "nobody"), person("e", " "), person(OURS, "kim@y", 10**15),
        person("y", "late@y", -1), person("z", "LATE@y", 5),
        "INSERT INTO client (id, name, created_at) "
        f"VALUES ('{OURS}', 'A', 5), ('{THEIRS}', 'B', 5)",
    )  # fmt: skip
    before = database.read_bytes()
    found = read_existing(database)
    assert {email: row["id"] for email, row in found.users.items()} == {
        "ann@y": "a", "bob@y": "c", "kim@y": OURS, "late@y": "y",
    }  # fmt: skip
    assert list(found.users) == sorted(found.users)
    assert found.emails == {
        "a": "ANN@y", "b": " Ann@Y", "c": "bob@y", "d": "nobody", "e": " ", OURS: "kim@y",
        "y": "late@y", "z": "LATE@y",
    }  # fmt: skip
    ann = found.users["ann@y"]
    assert list(ann) == list(NAMES)
    assert (ann["name"], ann["role"], ann["photo_url"]) == ("Ann", "clerk", None)
    created = {email: row["created_at"] for email, row in found.users.items()}
    assert created == {
        "ann@y": "2020-09-13T12:26:40.000Z", "bob@y": "2020-01-01", "kim@y": 10**15,
        "late@y": "1969-12-31T23:59:59.000Z",
    }  # fmt: skip
    assert found.taken["client"] == {OURS}
    assert found.taken["users"] == {OURS}
    assert found.taken["engagement"] == frozenset()
    assert database.read_bytes() == before


def test_the_plain_spelling_of_an_address_wins(tmp_path: Path) -> None:
    people = (person("a", "ANN@y"), person("b", "ann@y"), person("c", "Ann@y"))
    found = read_existing(original_database(tmp_path / "app.db", *people))
    assert {email: row["id"] for email, row in found.users.items()} == {"ann@y": "b"}


def test_a_table_of_users_with_two_columns_is_enough(tmp_path: Path) -> None:
    database = tmp_path / "app.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE users (email TEXT, id TEXT)")
        connection.execute("INSERT INTO users VALUES ('A@y', 'a')")
    found = read_existing(database)
    [(email, row)] = found.users.items()
    assert (email, row["id"], row["email"], row["name"]) == ("a@y", "a", "A@y", None)


@pytest.mark.parametrize("column", ["id", "email"])
def test_a_table_of_users_that_lacks_a_key_column_holds_nobody(tmp_path: Path, column: str) -> None:
    other = {"id": "email", "email": "id"}[column]
    database = tmp_path / "app.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"CREATE TABLE users ({other} TEXT)")
        connection.execute(f"INSERT INTO users VALUES ('{OURS}')")
    found = read_existing(database)
    assert (found.users, found.emails) == ({}, {})
    assert found.taken["users"] == (frozenset() if column == "id" else {OURS})


def test_the_result_of_a_migration_is_refused_and_an_empty_ledger_is_not(tmp_path: Path) -> None:
    database = original_database(
        tmp_path / "app.db", "CREATE TABLE migration_documents (path TEXT)", person("a", "a@y")
    )
    assert set(read_existing(database).users) == {"a@y"}
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO migration_documents VALUES ('a/b')")
    with pytest.raises(TargetRefused) as refusal:
        read_existing(database)
    assert str(refusal.value) == (
        f"{database}: holds the result of an earlier migration; migrate into the production "
        "database from before it, or restore that one first"
    )


def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    with pytest.raises(TargetRefused) as refusal:
        read_existing(missing)
    assert str(refusal.value) == f"{missing}: there is no such database"
    assert not missing.exists()
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database" * 100)
    with pytest.raises(TargetRefused, match=r"broken\.db: cannot be read: file is not a database"):
        read_existing(broken)
