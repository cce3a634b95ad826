"""The verbs that look into the ledger, as a person calls them, on a finished demo."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.real.command import moonlanding

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def changed(demo: tuple[Layout, str], tmp_path: Path) -> Layout:
    """A copy of the demo's data, to be damaged."""
    data = tmp_path / "data"
    shutil.copytree(demo[0].data, data)
    return Layout(data=data)


def change(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute(statement).rowcount == 1
        connection.commit()


def one_path(database: Path, collection: str) -> str:
    with closing(sqlite3.connect(database)) as connection:
        query = (
            "SELECT min(path) FROM migration_documents WHERE collection = ? AND outcome = 'loaded'"
        )
        return str(connection.execute(query, (collection,)).fetchone()[0])


def test_prove_and_ledger_pass_on_every_fraction(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    for fraction in ("1%", "100%"):
        proved = moonlanding(layout.data, "prove", "--fraction", fraction)
        assert proved.returncode == 0, proved.stderr
        assert "documents come back bit for bit" in proved.stdout
        balanced = moonlanding(layout.data, "ledger", "--fraction", fraction)
        assert balanced.returncode == 0, balanced.stdout
        assert "balanced" in balanced.stdout


def test_a_lost_residue_line_fails_the_proof_by_name(changed: Layout) -> None:
    database = changed.database("1%")
    path = one_path(database, "mwr/settings")
    change(
        database,
        "DELETE FROM migration_residue WHERE rowid IN (SELECT min(rowid) FROM migration_residue "
        f"WHERE path = '{path}')",
    )
    ended = moonlanding(changed.data, "prove", "--fraction", "1%")
    assert ended.returncode == 1
    assert f"differs: {path}" in ended.stdout


def test_status_judges_the_proof_by_its_reports(changed: Layout) -> None:
    ended = moonlanding(changed.data, "status", "--json")
    assert ended.returncode == 0, ended.stdout
    checks = {
        check["name"]: check["verdict"]
        for check in json.loads(ended.stdout)["fractions"][0]["checks"]
    }
    names = {"every_document_comes_back", "everything_is_accounted_for", "nothing_is_unknown"}
    assert {checks[name] for name in names} == {"PASS"}
    changed.report("1%", "nothing_is_unknown").unlink()
    ended = moonlanding(changed.data, "status", "--json")
    assert ended.returncode == 1
    checks = {
        check["name"]: check["verdict"]
        for check in json.loads(ended.stdout)["fractions"][0]["checks"]
    }
    assert checks["nothing_is_unknown"] == "MISSING"


def test_a_forged_outcome_fails_the_ledger(changed: Layout) -> None:
    database = changed.database("1%")
    path = one_path(database, "mwr/logs")
    change(database, f"DELETE FROM migration_documents WHERE path = '{path}'")
    ended = moonlanding(changed.data, "ledger", "--fraction", "1%")
    assert ended.returncode == 1
    assert path in ended.stdout


def test_explain_shows_no_value_of_a_person(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    database = layout.database("100%")
    path = one_path(database, "friday/users")
    ended = moonlanding(layout.data, "explain", path)
    assert ended.returncode == 0, ended.stderr
    with closing(sqlite3.connect(database)) as connection:
        query = (
            "SELECT u.id, u.email, u.name FROM users u JOIN migration_documents d "
            "ON d.row_id = u.id WHERE d.path = ?"
        )
        row_id, email, name = connection.execute(query, (path,)).fetchone()
    assert row_id in ended.stdout
    assert email not in ended.stdout
    assert name not in ended.stdout
    as_row = moonlanding(layout.data, "explain", "users", row_id)
    assert path in as_row.stdout
    refused = moonlanding(layout.data, "explain", path, "--show")
    assert refused.returncode == 2


def test_quarantine_and_declare_say_what_there_is(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    listed = moonlanding(layout.data, "quarantine")
    assert listed.returncode == 0
    assert "missing_required" in listed.stdout
    shown = moonlanding(layout.data, "quarantine", "--reason", "missing_required")
    assert "friday/users/list/" in shown.stdout
    declared = moonlanding(layout.data, "declare", "--json")
    assert declared.returncode == 0
    assert json.loads(declared.stdout) == []


def test_mapping_reads_aloud_and_names_what_it_does_not_know(tmp_path: Path) -> None:
    ended = moonlanding(tmp_path / "data", "mapping", "flag")
    assert "| `flag_type` | `flags` |" in ended.stdout
    assert moonlanding(tmp_path / "data", "mapping", "friday/users").returncode == 0
    assert moonlanding(tmp_path / "data", "mapping", "nothing").returncode == 2


@pytest.mark.parametrize("verb", ["prove", "ledger"])
def test_proof_and_ledger_as_json_say_what_the_tables_say(
    demo: tuple[Layout, str], verb: str
) -> None:
    ended = moonlanding(demo[0].data, verb, "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["is_proved" if verb == "prove" else "is_balanced"] is True
    counted = sum(one["documents" if verb == "prove" else "read"] for one in found["collections"])
    assert counted == found["documents"] > 700


def test_the_quarantine_as_json_has_counts_and_entries(demo: tuple[Layout, str]) -> None:
    groups = json.loads(moonlanding(demo[0].data, "quarantine", "--json").stdout)
    assert groups
    reason = groups[0]["reason"]
    ended = moonlanding(demo[0].data, "quarantine", "--reason", reason, "--json")
    entries = json.loads(ended.stdout)
    assert len(entries) == sum(one["count"] for one in groups if one["reason"] == reason)
    assert {one["reason"] for one in entries} == {reason}
