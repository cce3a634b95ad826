"""The plan says what a run does, the run does exactly that, and its digest sees every change."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from moonlanding_assets.errors import PlanChanged, StageError, TargetRefused
from moonlanding_assets.load.plan import (
    PLAN_KEY,
    Plan,
    differences,
    make_plan,
    require_expected,
    require_unchanged,
    stage_digest,
)
from moonlanding_assets.load.target import build_candidate
from moonlanding_assets_tests.handmade import Documents, rows_in, s, staged, write_sources
from moonlanding_assets_tests.stages import original_database, selected
from moonlanding_assets_tests.unit.test_existing_target import DOCUMENTS, C, production, user


def stage_of(directory: Path, documents: Documents, existing: Path | None) -> dict[str, Path]:
    sources = write_sources(directory / "source", documents)
    report = staged(directory / "stage", sources, existing=existing)
    return {table: directory / "stage" / f"{table}.parquet" for table in report.rows}


def plan_of(stage: dict[str, Path], existing: Path | None) -> Plan:
    return make_plan(stage, timestamp_storage="iso8601", existing=existing)


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return production(tmp_path_factory.mktemp("production") / "app.db")


@pytest.fixture(scope="module")
def stage(existing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return stage_of(tmp_path_factory.mktemp("planned"), dict(DOCUMENTS), existing)


def test_the_run_does_exactly_what_the_plan_says(
    existing: Path, stage: dict[str, Path], tmp_path: Path
) -> None:
    plan = plan_of(stage, existing)
    before = {table: count(existing, table) for table in plan.inserts}
    database = tmp_path / "app.db"
    report = build_candidate(stage, database, run={PLAN_KEY: plan.digest}, existing=existing)
    assert differences(plan, report.rows) == ()
    for table, planned in plan.inserts.items():
        noted = 1 if table == "migration_run" else 0  # the digest of the plan itself
        assert count(database, table) == before[table] + planned + noted, table
    documents = rows_in(database, "migration_documents")
    assert sum(plan.documents.values()) == len(documents)
    for outcome, planned in plan.documents.items():
        assert sum(one["outcome"] == outcome for one in documents) == planned
    quarantine = rows_in(database, "migration_quarantine")
    assert plan.quarantine == {"key_clash": 2, "parent_quarantined": 1}
    assert len(quarantine) == 3
    assert plan.merges == {"people": 2, "into_existing": 2, "for_review": 1}
    query = "SELECT value FROM migration_run WHERE key = ?"
    assert selected(database, query, PLAN_KEY) == [(plan.digest,)]


def count(database: Path, table: str) -> int:
    known = selected(database, "SELECT count(*) FROM sqlite_master WHERE name = ?", table)
    if known == [(0,)]:
        return 0
    [(rows,)] = selected(database, f'SELECT count(*) FROM "{table}"')
    return int(rows)


def test_a_plan_writes_nothing_and_is_the_same_again(
    existing: Path, stage: dict[str, Path]
) -> None:
    before = existing.read_bytes()
    first, second = plan_of(stage, existing), plan_of(stage, existing)
    assert first == second
    assert first.digest == second.digest
    assert existing.read_bytes() == before
    require_unchanged(first, second)


def test_other_row_groups_are_the_same_stage(stage: dict[str, Path], tmp_path: Path) -> None:
    again = dict(stage)
    again["users"] = tmp_path / "users.parquet"
    table = pq.read_table(stage["users"])
    pq.write_table(table, again["users"], row_group_size=1, compression="none")
    assert stage_digest(again) == stage_digest(stage)
    pq.write_table(table.slice(1), again["users"])
    assert stage_digest(again) != stage_digest(stage)


def test_a_changed_source_gives_another_digest(
    existing: Path, stage: dict[str, Path], tmp_path: Path
) -> None:
    documents = {**DOCUMENTS, f"{C}c2": {"name": s("Twp"), "created_by": s("gone@y")}}
    changed = plan_of(stage_of(tmp_path, documents, existing), existing)
    plan = plan_of(stage, existing)
    assert changed.inserts == plan.inserts
    assert changed.digest != plan.digest
    with pytest.raises(StageError, match="stage has changed"):
        require_unchanged(plan, changed)


def test_a_changed_target_gives_another_digest(
    existing: Path, stage: dict[str, Path], tmp_path: Path
) -> None:
    changed = plan_of(stage, production(tmp_path / "app.db", user("p-z", "z@y", "Z")))
    plan = plan_of(stage, existing)
    assert changed.digest != plan.digest
    with pytest.raises(TargetRefused, match="target has changed"):
        require_unchanged(plan, changed)


def test_no_target_and_another_storage_give_other_digests(
    existing: Path, stage: dict[str, Path]
) -> None:
    plans = [
        plan_of(stage, existing), plan_of(stage, None),
        make_plan(stage, timestamp_storage="unix_seconds", existing=existing),
    ]  # fmt: skip
    assert len({one.digest for one in plans}) == 3
    assert plans[1].schema == ()


def test_every_part_of_a_plan_is_in_its_digest(existing: Path, stage: dict[str, Path]) -> None:
    plan = plan_of(stage, existing)
    others = [
        replace(plan, inserts={}), replace(plan, documents={}), replace(plan, quarantine={}),
        replace(plan, merges={}), replace(plan, schema=()), replace(plan, refused=("x",)),
        replace(plan, timestamp_storage="unix_seconds"), replace(plan, stage_digest=""),
        replace(plan, target_digest=""),
    ]  # fmt: skip
    assert len({one.digest for one in (plan, *others)}) == len(others) + 1


def test_a_target_that_cannot_be_bridged_is_told_and_refused(
    stage: dict[str, Path], tmp_path: Path
) -> None:
    statements = ("DROP TABLE flag", "CREATE TABLE flag (id TEXT PRIMARY KEY, due TEXT NOT NULL)")
    plan = plan_of(stage, original_database(tmp_path / "app.db", *statements))
    assert plan.refused == ("flag.due is unknown, required and without default",)
    with pytest.raises(TargetRefused, match=r"flag\.due"):
        require_unchanged(plan, plan)


def test_a_plan_is_read_back_and_a_changed_one_is_not(
    existing: Path, stage: dict[str, Path]
) -> None:
    plan = plan_of(stage, existing)
    assert Plan.from_json(plan.to_json()) == plan
    with pytest.raises(ValueError, match="not the one that its digest"):
        Plan.from_json(plan.to_json().replace(b'"people": 2', b'"people": 3'))


@pytest.mark.parametrize("length", [0, 8, 64])
def test_the_plan_that_was_asked_for_is_known_by_the_beginning_of_its_digest(
    stage: dict[str, Path], length: int
) -> None:
    plan = plan_of(stage, None)
    require_expected(plan, plan.digest[:length])
    require_expected(plan, plan.digest[:length].upper())


@pytest.mark.parametrize("asked", [slice(0, 7), slice(1, 20)])
def test_another_plan_than_the_one_asked_for_is_refused(
    stage: dict[str, Path], asked: slice
) -> None:
    plan = plan_of(stage, None)
    with pytest.raises(PlanChanged, match=plan.digest):
        require_expected(plan, plan.digest[asked])


def test_what_was_not_done_as_planned_is_said(stage: dict[str, Path]) -> None:
    plan = plan_of(stage, None)
    done = {**plan.inserts, "client": 0}
    assert differences(plan, done) == (
        f"client: {plan.inserts['client']} rows planned, 0 inserted",
    )


def test_a_stage_without_a_ledger_is_refused(stage: dict[str, Path]) -> None:
    with pytest.raises(StageError, match="migration_documents"):
        plan_of({"users": stage["users"]}, None)


def test_people_of_both_systems_are_counted_once(tmp_path: Path) -> None:
    plan = plan_of(stage_of(tmp_path, dict(DOCUMENTS), None), None)
    assert plan.merges == {"people": 1, "into_existing": 0, "for_review": 0}
    assert plan.documents["merged"] == 1
