"""The rule of verdicts: what is empty, missing, crashed or stale is never a pass."""

import dataclasses
from pathlib import Path

import pytest

from moonlanding_assets.errors import BrokenDatabase
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.catalogue import VALIDATORS, run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import (
    KEPT_FINDINGS,
    TableResult,
    Tally,
    Validator,
    Verdict,
    verdict_of,
)
from moonlanding_assets_tests.builders import World
from moonlanding_assets_tests.tiny import tiny_world

EVERY = pytest.mark.parametrize("validator", VALIDATORS, ids=lambda one: one.name)


def result(compared: int, evidence: int, findings: int = 0) -> TableResult:
    return TableResult(
        table="t", compared=compared, evidence_in_snapshot=evidence, finding_count=findings
    )


@pytest.mark.parametrize(
    ("compared", "evidence", "findings", "verdict"),
    [
        (1, 1, 0, Verdict.PASS),
        (9, 9, 1, Verdict.FAIL),
        (0, 5, 0, Verdict.FAIL),  # nothing compared though the snapshot has some
        (5, 0, 0, Verdict.FAIL),  # compared with nothing
        (0, 0, 0, Verdict.NO_EVIDENCE),
        (0, 0, 1, Verdict.FAIL),
    ],
)
def test_verdict_of_a_table(compared: int, evidence: int, findings: int, verdict: Verdict) -> None:
    assert result(compared, evidence, findings).verdict is verdict


@pytest.mark.parametrize(
    ("tables", "verdict"),
    [
        ((), Verdict.NO_EVIDENCE),
        ((result(0, 0),), Verdict.NO_EVIDENCE),
        ((result(0, 0), result(1, 1)), Verdict.PASS),
        ((result(1, 1), result(0, 1)), Verdict.FAIL),
        ((result(1, 1), result(1, 1, 1)), Verdict.FAIL),
    ],
)
def test_verdict_over_tables(tables: tuple[TableResult, ...], verdict: Verdict) -> None:
    assert verdict_of(tables) is verdict


def test_only_the_first_findings_are_kept_and_all_are_counted() -> None:
    tally = Tally("t")
    for number in range(50):
        tally.find("lost", row_id=str(number))
    frozen = tally.result()
    assert frozen.finding_count == 50
    assert [one.row_id for one in frozen.findings] == [str(n) for n in range(KEPT_FINDINGS)]


@EVERY
def test_empty_world_is_no_pass(tmp_path: Path, validator: Validator) -> None:
    report = run(validator, World().write(tmp_path))
    assert report.verdict is Verdict.NO_EVIDENCE


@EVERY
def test_empty_database_fails(tmp_path: Path, validator: Validator) -> None:
    world = tiny_world()
    world.rows.clear()
    report = run(validator, world.write(tmp_path))
    assert report.verdict is Verdict.FAIL, report.markdown()


@EVERY
@pytest.mark.parametrize("lost", ["database", "manifest", "source", "cut", "tables", "text"])
def test_missing_input_is_an_error(tmp_path: Path, validator: Validator, lost: str) -> None:
    evidence = tiny_world().write(tmp_path)
    layout = evidence.layout
    source = layout.source("100%", "mwr/reviews")
    if lost == "database":
        layout.database("100%").unlink()
    elif lost == "manifest":
        (layout.snapshot("mwr") / "manifest.json").unlink()
    elif lost == "source":
        source.unlink()
    elif lost == "cut":
        layout.source("100%", "friday/users").replace(source)
    elif lost == "tables":
        layout.database("100%").write_bytes(b"")
    else:
        layout.database("100%").write_text("not a database " * 100)
    report = run(validator, evidence)
    assert report.verdict is Verdict.ERROR
    assert report.error


def test_crash_is_an_error_without_the_message(tmp_path: Path) -> None:
    def crash(_: Evidence) -> tuple[TableResult, ...]:
        raise ValueError("thandi@example.com")

    report = run(Validator(name="x", title="X", tables=(), examine=crash), World().write(tmp_path))
    assert report.verdict is Verdict.ERROR
    assert report.error == "ValueError"


def test_own_errors_say_what_to_do(tmp_path: Path) -> None:
    def crash(_: Evidence) -> tuple[TableResult, ...]:
        raise BrokenDatabase("app.db: broken. Load it again.")

    report = run(Validator(name="x", title="X", tables=(), examine=crash), World().write(tmp_path))
    assert report.error == "BrokenDatabase: app.db: broken. Load it again."


@EVERY
@pytest.mark.parametrize("system", ["friday", "mwr"])
def test_database_of_another_snapshot_is_an_error(
    tmp_path: Path, validator: Validator, system: str
) -> None:
    world = tiny_world()
    world.run[f"{system}_snapshot_digest"] = "of last week"
    report = run(validator, world.write(tmp_path))
    assert report.verdict is Verdict.ERROR
    assert "another snapshot" in report.error


@EVERY
def test_report_survives_json_and_reads_well(tmp_path: Path, validator: Validator) -> None:
    report = run(validator, tiny_world().write(tmp_path))
    assert Report.from_json(report.to_json()) == report
    assert tuple(one.table for one in report.tables) == validator.tables
    assert f"**{validator.title}**: PASS" in report.markdown()


def test_report_judges_only_what_it_saw(tmp_path: Path) -> None:
    evidence = tiny_world().write(tmp_path)
    report = run(VALIDATORS[0], evidence)
    digests = dict(evidence.snapshot_digests)
    digest = evidence.database_digest
    assert report.judges(database_digest=digest, snapshot_digests=digests)
    assert not report.judges(database_digest="0" * 64, snapshot_digests=digests)
    assert not report.judges(database_digest=digest, snapshot_digests={**digests, "mwr": "x"})
    blind = dataclasses.replace(report, database_digest="")
    assert not blind.judges(database_digest="", snapshot_digests=digests)


def test_evidence_opens_nothing_when_made(tmp_path: Path) -> None:
    evidence = Evidence(Layout(data=tmp_path / "nowhere"), "1%")
    assert evidence.fraction == "1%"
    evidence.close()
