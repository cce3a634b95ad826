"""A candidate that starts from a production database: completed, or refused with the reason."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.errors import BrokenDatabase, TargetRefused
from moonlanding_assets.load.target import build_candidate
from moonlanding_assets.schema.catalogue import TABLE, VIEWS
from moonlanding_assets_tests.stages import firm, original_database, selected, write_stage

KEPT = (
    "INSERT INTO users (id, email, name, created_at) VALUES ('old', 'old@one.example', 'Old', 7)",
    "INSERT INTO client (id, name, created_at) VALUES ('c0', 'Oak', 8)",
    "PRAGMA user_version = 42",
)


def loaded(tmp_path: Path, existing: Path) -> Path:
    candidate = tmp_path / "candidate.db"
    stage = write_stage(tmp_path / "stage", firm())
    build_candidate(stage, candidate, run={"a": "b"}, existing=existing)
    return candidate


def test_the_original_database_is_completed_and_its_rows_stay(tmp_path: Path) -> None:
    existing = original_database(tmp_path / "app.db", *KEPT)
    before = existing.read_bytes()
    candidate = loaded(tmp_path, existing)
    assert existing.read_bytes() == before
    for name, table in TABLE.items():
        found = {row[1] for row in selected(candidate, f'PRAGMA table_info("{name}")')}
        assert found == {column.name for column in table.columns}, name
    old = selected(candidate, "SELECT id, email, created_at, type FROM users WHERE id = 'old'")
    assert old == [("old", "old@one.example", 7, "auditor")]
    assert selected(candidate, "SELECT count(*) FROM users") == [(4,)]
    assert selected(candidate, "PRAGMA user_version") == [(42,)]
    assert selected(candidate, "PRAGMA journal_mode") == [("delete",)]
    (count,) = selected(
        candidate,
        "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
        " AND name NOT GLOB 'migration_*' AND name NOT GLOB 'sqlite_*'",
    )
    assert count == (112,)
    assert len(selected(candidate, "SELECT 1 FROM sqlite_master WHERE type = 'view'")) == len(VIEWS)
    hit = (
        "SELECT id FROM client JOIN client_fts ON client.rowid = client_fts.rowid"
        " WHERE client_fts MATCH 'oak'"
    )
    assert selected(candidate, hit) == [("c0",)]


def test_an_added_reference_is_a_foreign_key(tmp_path: Path) -> None:
    candidate = loaded(tmp_path, original_database(tmp_path / "app.db"))
    keys = {row[3]: row[2] for row in selected(candidate, "PRAGMA foreign_key_list(engagement)")}
    assert keys["team_id"] == "team"


def test_what_only_the_wal_holds_is_copied(tmp_path: Path) -> None:
    existing = original_database(tmp_path / "app.db")
    with closing(sqlite3.connect(existing)) as writer:
        writer.execute("INSERT INTO client (id, name, created_at) VALUES ('w', 'Elm', 8)")
        writer.commit()
        assert Path(f"{existing}-wal").stat().st_size > 0
        candidate = loaded(tmp_path, existing)
    assert selected(candidate, "SELECT name FROM client WHERE id = 'w'") == [("Elm",)]


def test_a_finished_database_can_be_built_upon(tmp_path: Path) -> None:
    first = tmp_path / "first.db"
    build_candidate(write_stage(tmp_path / "stage", {"users": firm()["users"]}), first, run={})
    second = tmp_path / "second.db"
    more = {"users": [{"id": "u7", "email": "u7@one.example"}]}
    build_candidate(write_stage(tmp_path / "more", more), second, run={}, existing=first)
    assert selected(second, "SELECT count(*) FROM users") == [(4,)]


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (("INSERT INTO message (rfi_id) VALUES ('r')",), r"message\.id is a key column"),
        (("ALTER TABLE client ADD COLUMN tax TEXT NOT NULL DEFAULT ''",), ""),
        (("DROP TABLE flag", "CREATE TABLE flag (id TEXT PRIMARY KEY, due TEXT NOT NULL)"),
         r"flag\.due is unknown, required"),
        (("DROP TABLE flag", "CREATE TABLE flag (id TEXT)"), r"flag\.id is not part of"),
        (("DROP TABLE flag", "CREATE TABLE flag (id INTEGER PRIMARY KEY)"),
         r"flag\.id is INTEGER, expected TEXT"),
        (("CREATE TRIGGER t AFTER INSERT ON rfi BEGIN DELETE FROM rfi; END",), "trigger t on rfi"),
        (("CREATE TABLE engagements (id TEXT)",), "engagements exists with another definition"),
        (("CREATE UNIQUE INDEX theirs ON client (name)",),
         "client has an unknown unique index theirs"),
        (("CREATE UNIQUE INDEX theirs ON client (lower(email))",), "unknown unique index theirs"),
        (("INSERT INTO rfi (id, engagement_id, title, created_at) VALUES ('r', 'gone', 'R', 5)",
          "INSERT INTO review (id, engagement_id, name, created_at) VALUES ('w', 'gone', 'W', 5)"),
         r"review: 1 rows of its own without their parent in engagement; rfi: 1 rows"),
    ],
)  # fmt: skip
def test_differences_that_cannot_be_bridged_are_spelled_out(
    tmp_path: Path, statements: tuple[str, ...], message: str
) -> None:
    existing = original_database(tmp_path / "app.db", *statements)
    if not message:  # an unknown column with a default is no obstacle
        assert loaded(tmp_path, existing).exists()
        return
    with pytest.raises(TargetRefused, match=message):
        loaded(tmp_path, existing)
    assert not list(tmp_path.glob("candidate*"))


def test_a_key_that_is_taken_is_named_with_its_count(tmp_path: Path) -> None:
    taken = "INSERT INTO users (id, email, name, created_at) VALUES ('z', 'u1@one.example', 'T', 1)"
    existing = original_database(tmp_path / "app.db", taken)
    with pytest.raises(BrokenDatabase, match=r"users: 1 of 3 rows .*users\.email"):
        loaded(tmp_path, existing)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "app.db"
    text.write_text("not a database, but long enough to be looked at " * 100)
    with pytest.raises(TargetRefused, match=r"app\.db"):
        loaded(tmp_path, text)
    with pytest.raises(TargetRefused, match="no such database"):
        loaded(tmp_path, tmp_path / "nothing.db")
    assert not (tmp_path / "candidate.db").exists()
