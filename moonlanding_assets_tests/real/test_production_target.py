"""A production database with rows of its own, migrated into through the command line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.console.plan import say_plan
from moonlanding_assets.errors import TargetRefused
from moonlanding_assets.load.before import take_before
from moonlanding_assets.pipeline.p3_plan import EXPECTED_TAG, read_plan
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets_tests.real.production_kit import (
    Whole,
    copied,
    documented,
    done,
    go_the_documented_way,
    judged,
    loading,
    written,
)
from moonlanding_assets_tests.stages import selected

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Every step of the page, once."""
    return go_the_documented_way(tmp_path_factory.mktemp("production"))


def rows_of(database: Path, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    listed = ", ".join(f'typeof("{name}"), "{name}"' for name in columns)
    return selected(database, f'SELECT {listed} FROM "{table}"')


def ordinary_tables(database: Path) -> list[str]:
    listed = "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'"
    return [name for (name,) in selected(database, listed) if name[:7] != "sqlite_"]


@pytest.mark.parametrize("fraction", ["1%", "10%", "100%"])
def test_every_row_of_production_is_there_untouched(whole: Whole, fraction: str) -> None:
    database = whole.layout.database(fraction)
    held = 0
    for table in ordinary_tables(whole.production):
        info = selected(whole.production, f'PRAGMA table_info("{table}")')
        names = [row[1] for row in info]
        before = rows_of(whole.production, table, names)
        if before:
            after = rows_of(database, table, names)
            assert all(after.count(row) >= before.count(row) for row in before), table
        held += len(before)
    assert held == 19
    assert len(rows_of(database, "feature_flag", ["name", "is_on"])) == 3


def test_every_check_passes_and_the_rows_of_production_are_counted_apart(whole: Whole) -> None:
    status = json.loads(done(whole.layout.data, "status", "--json"))
    fractions = status["fractions"] if isinstance(status, dict) else status
    assert [one["fraction"] for one in fractions] == ["1%", "10%", "100%"]
    assert {check["verdict"] for one in fractions for check in one["checks"]} == {"PASS"}
    for one in fractions:
        assert sum(one["already_there"].values()) == 19
        assert one["already_there"]["users"] == 4
        stored = selected(Path(one["database"]), "SELECT count(*) FROM users")
        assert stored == [(one["rows"]["users"] + 4,)]


def test_what_the_page_shows_is_said(whole: Whole) -> None:
    assert "come back bit for bit" in whole.said["prove"]
    for text in ("key_clash", "of these, in the target already", "column users.type is added"):
        assert text in whole.said["plan 1%"]
    assert "already there, untouched" in whole.said["run 3.6"]


def test_a_target_elsewhere_is_copied_and_left_alone(whole: Whole, tmp_path: Path) -> None:
    [command] = documented(1)
    target = Path(shutil.copy(whole.production, tmp_path / "theirs.db"))
    shutil.copytree(whole.layout.data / "demo", tmp_path / "data" / "demo")
    done(tmp_path / "data", *(str(target) if one == "PATH" else one for one in command.split()))
    manifest = tmp_path / "data" / "snapshot" / "moonlanding" / "manifest.json"
    assert json.loads(manifest.read_text())["path"] == str(target)
    assert target.read_bytes() == whole.production.read_bytes()


@pytest.mark.parametrize("fraction", ["1%", "100%"])
def test_the_run_did_exactly_what_the_plan_said(whole: Whole, fraction: str) -> None:
    plan = json.loads(whole.layout.report(fraction, "plan").read_text())
    database = whole.layout.database(fraction)
    assert fraction != "1%" or plan["digest"] == whole.plan
    [(digest,)] = selected(database, "SELECT value FROM migration_run WHERE key = 'plan_digest'")
    assert digest == plan["digest"]
    for table, planned in plan["inserts"].items():
        before = selected(whole.production, f"SELECT 1 FROM pragma_table_list('{table}')")
        held = selected(whole.production, f'SELECT count(*) FROM "{table}"') if before else [(0,)]
        [(stored,)] = selected(database, f'SELECT count(*) FROM "{table}"')
        if table != "migration_run":
            assert stored == planned + held[0][0], table
    for column, table in (("outcome", "documents"), ("reason", "quarantine")):
        counted = f"SELECT {column}, count(*) FROM migration_{table} GROUP BY 1"
        assert dict(selected(database, counted)) == plan[table]
    assert plan["refused"] == []
    for change in plan["schema"]:
        if change.startswith("column "):
            table, _, column = change.split(" ")[1].partition(".")
            found = f"SELECT 1 FROM pragma_table_info('{table}') WHERE name = '{column}'"
            assert selected(database, found) == [(1,)]
            assert selected(whole.production, found) == []


def test_people_merge_and_taken_keys_are_quarantined(whole: Whole) -> None:
    database, meeting = whole.layout.database("100%"), whole.meeting
    query = "SELECT outcome, row_id FROM migration_documents WHERE path = ?"
    for user, paths in meeting.same.items():
        for path in paths:
            assert selected(database, query, path) == [("merged", user)]
    query = "SELECT outcome, reason, row_id FROM migration_documents WHERE path = ?"
    for path in meeting.taken:
        assert selected(database, query, path) == [("quarantined", "key_clash", None)]
    query = "SELECT reason FROM migration_quarantine WHERE (path, locator) = (?, ?)"
    assert selected(database, query, *meeting.taken_item) == [("key_clash",)]
    plan = json.loads(whole.layout.report("100%", "plan").read_text())
    assert plan["merges"]["into_existing"] == 2


def test_another_plan_than_the_one_asked_for_is_refused(whole: Whole, tmp_path: Path) -> None:
    layout = copied(whole, tmp_path)
    before = layout.database("1%").read_bytes()
    said = loading(layout.data, "1%", **{EXPECTED_TAG: "0" * 12})
    assert f"the plan {whole.plan}, not 000000000000" in said
    assert layout.database("1%").read_bytes() == before


@pytest.mark.parametrize("is_result", [False, True])
def test_what_people_wrote_since_is_not_replaced(
    whole: Whole, tmp_path: Path, is_result: bool
) -> None:
    layout = copied(whole, tmp_path)
    database = layout.database("100%")
    if not is_result:
        shutil.copy(whole.production, database)
    written(database, "INSERT INTO feature_flag VALUES ('late', 1)")
    before = database.read_bytes()
    said = loading(layout.data, "100%")
    assert ("somebody has written into it since" if is_result else "wrote into it since") in said
    assert database.read_bytes() == before


def test_a_change_of_the_target_after_the_plan_is_refused(whole: Whole, tmp_path: Path) -> None:
    layout = copied(whole, tmp_path)
    target = Path(shutil.copy(whole.production, tmp_path / "theirs.db"))
    written(target, "UPDATE client SET phone = '1' WHERE id = 'p-client'")
    take_before(layout.snapshot("moonlanding"), database=layout.database("100%"), target=target)
    assert "the target has changed since the plan was made" in loading(layout.data, "1%")


@pytest.mark.parametrize(
    ("statement", "validator", "finding"),
    [
        ("UPDATE client SET name = 'Ours' WHERE id = 'p-client'", "row_count",
         ("client", "existing_row_changed", "p-client", "name")),
        ("UPDATE client SET tax_number = '8' WHERE id = 'p-client'", "row_count",
         ("client", "existing_row_changed", "p-client", "tax_number")),
        ("UPDATE users SET created_at = '1600000001' WHERE id = 'p-one'", "row_count",
         ("users", "existing_row_changed", "p-one", "created_at")),
        ("UPDATE users SET name = 'Known already' WHERE id = 'p-both'", "row_count",
         ("users", "existing_row_changed", "p-both", "name")),
        ("DELETE FROM sessions", "row_count",
         ("sessions", "existing_row_lost", "p-session", "")),
        ("DELETE FROM job_execution_log WHERE rowid = 1", "row_count",
         ("job_execution_log", "existing_row_lost", "", "")),
        ("DELETE FROM feature_flag WHERE rowid = 1", "row_count",
         ("feature_flag", "existing_row_lost", "", "")),
        ("DROP TABLE feature_flag", "row_count",
         ("feature_flag", "existing_column_lost", "", "name")),
        ("INSERT INTO feature_flag VALUES ('new', 1)", "row_count",
         ("feature_flag", "row_invented", "", "")),
        ("INSERT INTO client (id, name, created_at) VALUES ('p-x', 'X', 5)", "row_count",
         ("client", "row_invented", "p-x", "")),
        ("INSERT INTO sessions (id, user_id, expires_at) VALUES ('s', 'p-own', 5)", "row_count",
         ("sessions", "row_invented", "s", "")),
        ("UPDATE migration_documents SET row_id = 'p-own' WHERE row_id = 'p-one'",
         "referential_integrity", ("users", "wrong_merge", "p-one", "")),
        ("UPDATE migration_documents SET outcome = 'loaded' WHERE row_id = 'p-one'",
         "referential_integrity", ("users", "not_merged", "p-one", "outcome")),
        ("DELETE FROM migration_user_merges WHERE user_id = 'p-one' AND field = ''",
         "referential_integrity",
         ("migration_user_merges", "merge_not_recorded", "p-one", "")),
        ("DELETE FROM migration_residue WHERE field = '[\"email\"]' AND path IN "
         "(SELECT path FROM migration_documents WHERE row_id = 'p-one')",
         "referential_integrity", ("users", "value_lost", "p-one", "email")),
        ("UPDATE migration_residue SET value = '{\"stringValue\":\"x\"}' "
         "WHERE field = '[\"name\"]' AND path IN "
         "(SELECT path FROM migration_documents WHERE row_id = 'p-one')",
         "referential_integrity", ("users", "value_lost", "p-one", "name")),
        ("UPDATE client SET created_by = 'p-own' WHERE created_by IS NOT NULL AND id <> 'p-client'",
         "referential_integrity", ("client", "wrong_parent", None, "created_by")),
    ],
)  # fmt: skip
def test_harm_to_the_rows_of_production_is_found_and_named(
    whole: Whole,
    tmp_path: Path,
    statement: str,
    validator: str,
    finding: tuple[str, str, str | None, str],
) -> None:
    def harm(data: Path) -> None:
        """Write into the result."""
        written(data / "fraction" / "1%" / "app.db", statement)

    report = judged(whole, tmp_path, harm, validator)[validator]
    assert report.verdict is Verdict.FAIL
    table, kind, row_id, column = finding
    found = [(one.table, one.kind, one.row_id, one.column) for one in report.findings]
    assert (table, kind, row_id, column) in [
        one if row_id is not None else (*one[:2], None, one[3]) for one in found
    ], found


def test_a_quarantined_clash_that_is_none_is_found(whole: Whole, tmp_path: Path) -> None:
    def harm(data: Path) -> None:
        """A document without a clash is quarantined as one."""
        database = data / "fraction" / "1%" / "app.db"
        [(path, row)] = selected(
            database,
            "SELECT path, row_id FROM migration_documents WHERE table_name = 'team' "
            "AND outcome = 'loaded' ORDER BY path LIMIT 1",
        )
        written(
            database,
            f"DELETE FROM team WHERE id = '{row}'",
            "UPDATE migration_documents SET outcome = 'quarantined', reason = 'key_clash', "
            f"table_name = NULL, row_id = NULL WHERE path = '{path}'",
            f"INSERT INTO migration_quarantine VALUES ('{path}', '', '', '', 'key_clash')",
        )

    report = judged(whole, tmp_path, harm, "row_count")["row_count"]
    assert [one.table for one in report.findings if one.kind == "quarantine_without_reason"] == [
        "team"
    ]


def emptied(snapshot: Path) -> None:
    (snapshot / "manifest.json").write_text(
        json.dumps({"kind": "none", "digest": "new", "sha256": "", "rows": {}})
    )
    (snapshot / "app.db").unlink()


def forged(snapshot: Path) -> None:
    written(snapshot / "app.db", "DELETE FROM client")


def without_manifest(snapshot: Path) -> None:
    (snapshot / "manifest.json").unlink()


def truncated(snapshot: Path) -> None:
    (snapshot / "app.db").write_bytes(b"")


@pytest.mark.parametrize("harm", [emptied, forged, without_manifest, truncated])
def test_an_emptied_or_forged_copy_is_an_error_and_never_a_pass(
    whole: Whole, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    def harm_the_copy(data: Path) -> None:
        """Harm the snapshot of the target."""
        harm(data / "snapshot" / "moonlanding")

    reports = judged(whole, tmp_path, harm_the_copy)
    assert len(reports) == 8
    assert {name: one.verdict for name, one in reports.items()} == dict.fromkeys(
        reports, Verdict.ERROR
    )


def test_a_schema_that_cannot_be_bridged_is_refused_with_the_difference(
    whole: Whole, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = copied(whole, tmp_path)
    layout.database("1%").unlink()
    target = Path(shutil.copy(whole.production, tmp_path / "theirs.db"))
    written(
        target,
        "DROP TABLE flag",
        "CREATE TABLE flag (id TEXT PRIMARY KEY, due TEXT NOT NULL)",
        "CREATE UNIQUE INDEX one_name ON client (name)",
        "UPDATE rfi SET engagement_id = 'gone' WHERE id = 'p-rfi'",
    )
    take_before(layout.snapshot("moonlanding"), database=layout.database("100%"), target=target)
    said = loading(layout.data, "1%", job="plan and load")
    with pytest.raises(TargetRefused) as refused:
        say_plan(read_plan(layout, "1%"), "1%", as_json=False)
    for text in (said, str(refused.value), capsys.readouterr().out):
        assert "flag.due is unknown, required and without default" in text
        assert "client has an unknown unique index one_name" in text
        assert "rfi: 1 rows of its own without their parent in engagement" in text
    assert not layout.database("1%").exists()
