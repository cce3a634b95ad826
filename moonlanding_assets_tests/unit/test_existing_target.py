"""Migrating into a production database with rows of its own: nothing there changes or is lost."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.errors import TargetRefused
from moonlanding_assets.load.existing import schema_changes
from moonlanding_assets.normalize.identity import item_id, row_id
from moonlanding_assets.progress import Silent
from moonlanding_assets.proof.explain import explain_row
from moonlanding_assets.proof.explain_text import render
from moonlanding_assets.proof.inverse import prove
from moonlanding_assets_tests.handmade import (
    Documents,
    Migrated,
    a,
    m,
    migrate,
    s,
    staged,
    write_sources,
)
from moonlanding_assets_tests.stages import original_database, selected

F, M, C = "friday/users/list/", "myworkreview/users/list/", "friday/clients/list/"
E, R = "friday/engagements/list/", "myworkreview/reviews/list/"
DOCUMENTS: Documents = {
    f"{F}ann": {"email": s("ANN@y"), "name": s("Ann Nel"), "status": s("deleted"),
                "photo": s("https://photo.example/a"), "surprise": s("x"),
                "clients": a(m(cloud_id=s("c1"), role=s("admin")))},
    f"{M}ann": {"email": s(" ann@y"), "name": s("Ann Nel"), "priorityReviews": a(s("r1"))},
    f"{F}bob": {"email": s("bob@y"), "name": s("Somebody Else")},
    f"{F}new": {"email": s("new@y"), "name": s("New")},
    f"{C}c1": {"name": s("One"), "created_by": s("ann")},
    f"{C}c2": {"name": s("Two"), "created_by": s("gone@y")},
    f"{C}taken": {"name": s("Taken")},
    f"{E}e1": {"year": s("2025"), "name": s("Audit"), "client_id": s("taken"),
               "users": a(s("ann"), s("new"))},
    f"{R}r1": {"email": s("Ann@y"), "friday_link": s("e1"), "highlights": a(
        m(id=s("taken"), email=s("ann@y"), responses=a(m(id=s("r"), email=s("ann@y")))),
        m(id=s("free"), email=s("ann@y")),
    )},
}  # fmt: skip


def user(identity: str, email: str, name: str) -> str:
    return (
        "INSERT INTO users (id, email, name, role, status, created_at, password_hash) "
        f"VALUES ('{identity}', '{email}', '{name}', 'manager', 'active', 1600000000, 'hash')"
    )


PRODUCTION = (
    user("p-ann", "Ann@Y", "Ann Nel"),
    user("p-bob", "bob@y", "Bob Botha"),
    user("p-gone", "gone@y", "Not Gone"),
    user("p-nobody", "no address", "X"),
    f"INSERT INTO client (id, name, created_at) VALUES ('{row_id(f'{C}taken')}', 'Theirs', 5)",
    "INSERT INTO client (id, name, created_at) VALUES ('p-c', 'Their other', 5)",
    "INSERT INTO engagement (id, name, year, client_id, stage, created_at) "
    "VALUES ('p-e', 'Theirs', '2020', 'p-c', 'close_out', 5)",
    "INSERT INTO review (id, name, engagement_id, created_at) VALUES ('p-r', 'Theirs', 'p-e', 5)",
)


def production(path: Path, *more: str) -> Path:
    existing = original_database(path, *PRODUCTION, *more)
    taken = item_id(f"{R}r1", "highlights[taken]")
    with closing(sqlite3.connect(existing)) as connection, connection:
        connection.execute(
            "INSERT INTO highlight (id, review_id, created_at) VALUES (?, 'p-r', 5)", (taken,)
        )
    return existing


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return production(tmp_path_factory.mktemp("production") / "app.db")


@pytest.fixture(scope="module")
def result(existing: Path, tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    return migrate(tmp_path_factory.mktemp("into"), DOCUMENTS, existing=existing)


def of(result: Migrated, table: str, path: str) -> dict[str, Any]:
    return result.row(table, id=row_id(path))


def test_every_row_that_was_there_stays_as_it_was(existing: Path, result: Migrated) -> None:
    for table in ("users", "client", "engagement", "review", "highlight"):
        names = [row[1] for row in selected(existing, f'PRAGMA table_info("{table}")')]
        query = "SELECT {} FROM {} ".format(", ".join(f'"{name}"' for name in names), table)
        before = selected(existing, query)
        after = set(selected(result.database, query))
        assert before
        assert set(before) <= after, table


def test_every_document_comes_back(result: Migrated) -> None:
    assert result.proof.differences == ()
    assert result.proof.is_proved


def test_people_merge_with_those_already_there(result: Migrated) -> None:
    lines = {
        path: (one["outcome"], one["reason"], one["row_id"])
        for one in result.rows("migration_documents")
        if "/users/list/" in (path := one["path"])
    }
    assert lines == {
        f"{F}ann": ("merged", "same_email", "p-ann"),
        f"{M}ann": ("merged", "same_email", "p-ann"),
        f"{F}bob": ("merged", "same_email", "p-bob"),
        f"{F}new": ("loaded", "", row_id(f"{F}new")),
    }
    assert {row["id"] for row in result.rows("users")} == {
        "p-ann", "p-bob", "p-gone", "p-nobody", row_id(f"{F}new"),
    }  # fmt: skip


def test_references_lead_to_the_rows_of_production(result: Migrated) -> None:
    assert of(result, "client", f"{C}c1")["created_by"] == "p-ann"
    assert of(result, "client", f"{C}c2")["created_by"] == "p-gone"  # no document, but a person
    assert of(result, "review", f"{R}r1")["created_by"] == "p-ann"
    assert of(result, "engagement", f"{E}e1")["users"] == f'["p-ann","{row_id(f"{F}new")}"]'
    [member] = result.rows("client_user")
    assert member["user_id"] == "p-ann"
    placeholders = {one["table_name"] for one in result.rows("migration_placeholders")}
    assert placeholders == {"client"}


def test_the_merge_is_recorded_and_other_names_are_for_review(result: Migrated) -> None:
    lines = {(one["path"], one["field"]): one for one in result.rows("migration_user_merges")}
    assert {one["role"] for one in lines.values()} == {"loser"}
    assert lines[(f"{F}ann", "")]["needs_review"] == 0
    assert lines[(f"{F}bob", "")]["needs_review"] == 1
    relations = {
        name: lines[(f"{F}ann", name)]["relation"] for name in ("name", "status", "role", "email")
    }
    assert relations == {
        "name": "equal", "status": "conflict", "role": "filled", "email": "conflict",
    }  # fmt: skip


def test_a_column_that_production_gets_later_is_compared_by_its_default(result: Migrated) -> None:
    lines = {(one["path"], one["field"]): one for one in result.rows("migration_user_merges")}
    assert result.row("users", id="p-ann")["type"] == "auditor"
    assert lines[(f"{M}ann", "type")]["relation"] == "equal"
    assert lines[(f"{M}ann", "photo_url")]["relation"] == "equal"  # neither says anything


def test_explain_says_that_the_row_was_there(result: Migrated) -> None:
    said = render(explain_row(result.database, "users", "p-ann", show_values=False))
    assert "this document says something else: the row that was there wins" in said
    assert "this document says nothing of it" in said
    assert "another document's value" not in said


def test_the_residue_keeps_what_the_row_of_production_does_not_say(result: Migrated) -> None:
    lines = {
        one["field"]: one["reason"]
        for one in result.rows("migration_residue")
        if one["path"] == f"{F}ann"
    }
    for name in ("email", "name", "status", "photo"):
        assert lines[f'["{name}"]'] == "merged"
    assert lines['["surprise"]'] == "unknown_field"
    assert '["clients"]' not in lines


def test_an_edit_of_production_later_takes_no_document_away(existing: Path, tmp_path: Path) -> None:
    again = migrate(tmp_path, DOCUMENTS, existing=existing)
    with closing(sqlite3.connect(again.database)) as connection, connection:
        connection.execute("UPDATE users SET name = 'Married', status = 'gone', photo_url = 'x'")
    sources = write_sources(tmp_path / "source", {p: f for p, f in DOCUMENTS.items() if F in p})
    proof = prove(again.database, sources, workers=1, progress=Silent())
    differing = {path for path, what in proof.differences if what == "differs"}
    assert differing == {f"{F}new"}  # its own row, which somebody changed


def test_a_document_whose_key_is_taken_is_quarantined_and_nothing_is_overwritten(
    result: Migrated,
) -> None:
    line = result.row("migration_documents", path=f"{C}taken")
    assert (line["outcome"], line["reason"], line["row_id"]) == ("quarantined", "key_clash", None)
    assert of(result, "client", f"{C}taken")["name"] == "Theirs"
    placeholder = result.row("migration_placeholders", key=f"{C}taken")
    assert placeholder["reason"] == "document_quarantined"
    assert of(result, "engagement", f"{E}e1")["client_id"] == placeholder["row_id"]


def test_an_item_whose_key_is_taken_is_quarantined_with_what_lies_in_it(
    result: Migrated,
) -> None:
    lines = {
        (one["locator"], one["table_name"]): one["reason"]
        for one in result.rows("migration_quarantine")
        if one["path"] == f"{R}r1"
    }
    assert lines == {
        ("highlights[taken]", "highlight"): "key_clash",
        ("highlights[taken].responses[r]", "highlight_comment"): "parent_quarantined",
    }
    ids = {row["id"] for row in result.rows("highlight") if row["review_id"] != "p-r"}
    assert ids == {item_id(f"{R}r1", "highlights[free]")}


def test_a_user_whose_id_is_taken_by_somebody_else_is_quarantined(tmp_path: Path) -> None:
    taken = user(row_id(f"{F}new"), "stranger@y", "Stranger")
    result = migrate(
        tmp_path / "run", DOCUMENTS, existing=original_database(tmp_path / "app.db", taken)
    )
    assert result.proof.is_proved
    assert result.row("migration_documents", path=f"{F}new")["reason"] == "key_clash"
    assert of(result, "users", f"{F}new")["email"] == "stranger@y"


def test_of_two_people_with_one_address_the_plain_spelling_wins(tmp_path: Path) -> None:
    existing = original_database(
        tmp_path / "app.db", user("a", "NEW@y", "A"), user("b", "new@y", "B"),
        user("c", "ANN@y", "C"), user("d", "Ann@y", "D"),
    )  # fmt: skip
    result = migrate(tmp_path / "run", DOCUMENTS, existing=existing)
    assert result.proof.is_proved
    rows = {one["path"]: one["row_id"] for one in result.rows("migration_documents")}
    assert (rows[f"{F}new"], rows[f"{F}ann"]) == ("b", "c")


def test_the_result_of_a_migration_is_refused_before_anything_is_written(
    result: Migrated, tmp_path: Path
) -> None:
    before = result.database.read_bytes()
    sources = write_sources(tmp_path / "source", DOCUMENTS)
    with pytest.raises(TargetRefused, match="holds the result of an earlier migration"):
        staged(tmp_path / "stage", sources, existing=result.database)
    assert not (tmp_path / "stage").exists()
    assert result.database.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"no database" * 100])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes | None) -> None:
    existing = tmp_path / "app.db"
    if content is not None:
        existing.write_bytes(content)
    for refuse in (schema_changes, lambda path: staged(tmp_path / "s", {}, existing=path)):
        with pytest.raises(TargetRefused, match=r"app\.db"):
            refuse(existing)


def test_the_changes_of_the_schema_are_known_before(existing: Path) -> None:
    changes = schema_changes(existing)
    assert changes.refused == ()
    assert "column users.type is added" in changes.made
    assert "table migration_documents is made" in changes.made
    assert "table message is made anew: it is empty and has no key" in changes.made
    assert any(one.startswith("search index") for one in changes.made)


def test_a_schema_that_cannot_be_bridged_is_known_before(tmp_path: Path) -> None:
    statements = ("DROP TABLE flag", "CREATE TABLE flag (id TEXT PRIMARY KEY, due TEXT NOT NULL)")
    changes = schema_changes(original_database(tmp_path / "app.db", *statements))
    assert changes.refused == ("flag.due is unknown, required and without default",)
    with pytest.raises(TargetRefused, match=r"flag\.due"):
        changes.require()
