"""The quarantine in people's words; every reason explained; a replay after a fix is a fresh run."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from moonlanding_assets.errors import LoadError
from moonlanding_assets.mapping.reasons import REASONS
from moonlanding_assets.normalize import apply
from moonlanding_assets.proof.quarantine import (
    list_quarantine,
    render_entries,
    render_groups,
    show_quarantine,
)
from moonlanding_assets.proof.reasons import (
    DERIVED_RULES,
    ENGINE_REASONS,
    OUTCOME_REASONS,
    PLACEHOLDER_REASONS,
    REMEDIES,
    RESIDUE_REASONS,
    quarantine_words,
)
from moonlanding_assets_tests.migrating import firm, make_stage, migrate, s, write_sources

PACKAGE = Path(apply.__file__).parents[1]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("quarantine")
    return migrate(write_sources(directory / "sources", firm()), directory)


def test_groups_have_counts_and_words(database: Path) -> None:
    groups = list_quarantine(database)
    found = {(one.reason, one.collection, one.what, one.field): one.count for one in groups}
    assert found[("missing_required", "friday/users", "document", "")] == 1
    assert found[("missing_required", "friday/users", "field", "email")] == 1
    assert found[("missing_required", "mwr/reviews", "item", "")] == 1
    assert found[("not_a_calendar_date", "friday/engagements", "field", "deadline_date")] == 1
    assert found[("unknown_collection", "friday/?friday/things/list/{}", "document", "")] == 1
    text = render_groups(groups)
    assert "not_a_calendar_date: a date that no calendar has" in text
    assert text.count("to do:") == len({one.reason for one in groups})
    assert "engagement.deadline_date  in 1 document\n" in text


def test_entries_can_be_chosen_and_hold_no_value(database: Path) -> None:
    whole = show_quarantine(database)
    assert len(whole) == sum(one.count for one in list_quarantine(database))
    assert len(show_quarantine(database, limit=2)) == 2
    [date] = show_quarantine(database, reason="not_a_calendar_date")
    assert (date.path, date.table) == ("friday/engagements/list/e1", "engagement")
    users = show_quarantine(database, collection="friday/users")
    assert {one.path for one in users} == {"friday/users/list/u2"}
    assert show_quarantine(database, path="friday/users/list/u2") == users
    assert show_quarantine(database, path="friday/users/list/u2", reason="no_time_zone") == ()
    text = render_entries(whole)
    assert "w1#collaborators[@0]  collaborator.email  missing_required" in text
    for value in ("Nobody Known", "31/02/26", "No Address"):
        assert value not in text


def test_an_empty_quarantine_says_so() -> None:
    assert render_groups(()) == "Nothing is in quarantine.\n"
    assert render_entries(()) == "Nothing in quarantine fits.\n"


def test_a_missing_database_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="does not exist"):
        list_quarantine(tmp_path / "no.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(LoadError, match="holds no ledger"):
        show_quarantine(tmp_path / "empty.db")


def _calls(*packages: str) -> Iterator[tuple[str, list[ast.expr]]]:
    for package in packages:
        for file in sorted((PACKAGE / package).glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    words = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
                    yield name, [*node.args, *words]


def _last_texts(names: Mapping[str, int], *packages: str) -> set[str]:
    """The literal reasons of calls to these names, which have so many arguments at least."""
    found = set()
    for name, arguments in _calls(*packages):
        if len(arguments) >= names.get(name, 99):
            for part in ast.walk(arguments[-1]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found.add(part.value)
    return found


def _returned(function: str, module: str) -> set[str]:
    """The literal texts that a function may return, the empty one aside."""
    tree = ast.parse((PACKAGE / module).read_text())
    bodies = [one for one in ast.walk(tree) if getattr(one, "name", "") == function]
    returns = [one for body in bodies for one in ast.walk(body) if isinstance(one, ast.Return)]
    parts = [part for one in returns for part in ast.walk(one)]
    texts = [part.value for part in parts if isinstance(part, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and text}


def test_every_quarantine_reason_of_the_code_is_explained_and_no_other() -> None:
    engine = _last_texts({"reject": 2, "_fail": 2, "RejectedValue": 1}, "normalize")
    engine |= _returned("_row", "normalize/apply.py")
    transforms = _last_texts({"RejectedValue": 1}, "mapping")
    assert engine == set(ENGINE_REASONS)
    assert transforms <= set(REASONS)
    assert set(REMEDIES) == set(REASONS)
    assert not set(ENGINE_REASONS) & set(REASONS)
    for reason in (*ENGINE_REASONS, *REASONS):
        words = quarantine_words(reason)
        assert words.meaning
        assert words.remedy
    with pytest.raises(LoadError, match="no words"):
        quarantine_words("never_heard_of")


def test_every_residue_reason_of_the_code_is_explained_and_no_other() -> None:
    claimed = _last_texts({"claim": 2, "keep": 3}, "normalize") - {""}
    # reasons that are chosen by name, not passed as literals
    by_default = {"declared", "no_column", "unknown_field", "quarantined", "empty"}
    remarks = {"absent", "alias"}
    assert claimed | by_default | remarks == set(RESIDUE_REASONS)


def test_every_placeholder_reason_of_the_code_is_explained_and_no_other() -> None:
    found = _last_texts({"placeholder": 3, "Placeholder": 1}, "normalize", "mapping")
    assert found == set(PLACEHOLDER_REASONS)


def test_every_outcome_and_derived_rule_of_the_code_is_explained_and_no_other() -> None:
    source = (PACKAGE / "normalize" / "apply.py").read_text()
    returned = {
        node.elts[1].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Tuple) and len(node.elts) == 2
        and isinstance(node.elts[0], ast.Constant) and isinstance(node.elts[1], ast.Constant)
        and node.elts[0].value in ("loaded", "merged")
    }  # fmt: skip
    assert returned == set(OUTCOME_REASONS)
    written = source + "".join(
        (PACKAGE / "normalize" / name).read_text() for name in ("refer.py", "users.py")
    )
    for rule in DERIVED_RULES:
        assert f'"{rule}"' in written


def logical(stage: Mapping[str, Path]) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect() as connection:
        return {
            name: connection.execute(
                f"SELECT * FROM read_parquet('{file}') ORDER BY ALL"
            ).fetchall()
            for name, file in stage.items()
        }


def mended() -> dict[str, dict[str, dict[str, Any]]]:
    documents = firm()
    documents["friday/users"]["friday/users/list/u2"]["email"] = s("nobody@one.example")
    documents["friday/engagements"]["friday/engagements/list/e1"]["deadline_date"] = s("2026-02-28")
    return documents


def test_a_replay_after_a_correction_is_as_if_it_had_been_right_from_the_start(
    tmp_path: Path,
) -> None:
    broken = make_stage(write_sources(tmp_path / "broken", firm()), tmp_path / "stage")
    before = logical(broken)
    sources = write_sources(tmp_path / "mended", mended())
    replayed = logical(make_stage(sources, tmp_path / "stage"))
    fresh = logical(make_stage(sources, tmp_path / "fresh"))
    assert replayed == fresh
    assert replayed != before
    assert len(replayed["users"]) == len(before["users"]) + 1
    reasons = {line[-1] for line in replayed["migration_quarantine"]}
    assert "not_a_calendar_date" not in reasons


def test_a_replay_after_a_declaration_is_as_if_it_had_been_there_from_the_start(
    tmp_path: Path,
) -> None:
    known = firm()
    undeclared = dict(known)
    undeclared["friday/?friday/entityTypes/list/{}"] = undeclared.pop("friday/entity_types")
    before = logical(make_stage(write_sources(tmp_path / "a", undeclared), tmp_path / "stage"))
    declared = write_sources(tmp_path / "b", known)
    replayed = logical(make_stage(declared, tmp_path / "stage"))
    assert replayed == logical(make_stage(declared, tmp_path / "fresh"))
    path = "friday/entityTypes/list/t"
    assert [one[2] for one in before["migration_documents"] if one[0] == path] == ["quarantined"]
    assert [one[2] for one in replayed["migration_documents"] if one[0] == path] == ["loaded"]
