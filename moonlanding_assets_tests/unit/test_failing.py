"""A phase that failed: its report names the step, the evidence and the way out."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from moonlanding_assets.cutover.failing import Failure, Stop, last_failure, report_failure
from moonlanding_assets.cutover.notice import STOPPED, notice_of
from moonlanding_assets.cutover.phases import BY_NUMBER, PHASES
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.cutover.report import read_report
from moonlanding_assets.load.backup import take_backup
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets_tests.phase_kit import (
    passed,
    with_database,
    with_reports,
    with_snapshots,
)

SAMPLE, PILOT, VERIFY = (BY_NUMBER[number] for number in ("3.4", "3.5", "3.7"))
LOAD = Stop(asset="database/app", kind="NoSpace", said="the disk is full", stage="load")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Snapshots, and nothing that has run."""
    return with_snapshots(tmp_path_factory.mktemp("failing") / "data")


@pytest.fixture
def layout(ready: Layout, tmp_path: Path) -> Layout:
    """A copy that a test may change."""
    shutil.copytree(ready.data, tmp_path / "data")
    return Layout(data=tmp_path / "data")


def failed(layout: Layout, stop: Stop, number: str = "3.5") -> Failure:
    phase = BY_NUMBER[number]
    before = read_receipt(layout, number)
    return report_failure(layout, phase, stop, run_id="r7", before=before)


def kept(layout: Layout, number: str = "3.5") -> tuple[dict[str, Any], str]:
    """The report as it lies on the disk, and its page."""
    report = read_report(layout, number)
    assert report is not None
    return report, (layout.phase(number) / "report.html").read_text()


def test_a_phase_that_never_got_anywhere_has_a_report(layout: Layout) -> None:
    failure = failed(layout, LOAD)
    report, page = kept(layout)
    assert (report["verdict"], report["evidence"], report["run_id"]) == ("FAIL", "", "r7")
    assert report["failure"] == asdict(failure) == last_failure(layout, PILOT)
    assert {one["state"] for one in report["steps"]} == {"open"}
    assert failure.place == "step 5.2, Cut 10% and migrate it"
    assert failure.cause == "NoSpace: the disk is full"
    assert failure.retry == "moonlanding run 3.5"
    assert "before it took a backup" in failure.restore
    for word in (failure.place, "NoSpace: the disk is full", "phase/3.5/log", failure.retry):
        assert word in page, word


def test_a_shut_gate_is_no_step(layout: Layout) -> None:
    stop = Stop(asset="database/app", kind="GateClosed", said="is shut", stage="gate and backup")
    assert failed(layout, stop).place == "The gate before the phase"


@pytest.mark.parametrize(
    ("stage", "step"),
    [
        ("gate and backup", "5.1"), ("normalize", "5.2"), ("validate timestamps", "5.3"),
        ("prove", "5.4"), ("balance the ledger", "5.4"), ("roll back", "5.5"), ("report", "5.6"),
    ],
)  # fmt: skip
def test_the_stage_says_which_step_failed(layout: Layout, stage: str, step: str) -> None:
    assert failed(layout, Stop(asset="a", kind="OSError", stage=stage)).step == step


def test_every_check_belongs_to_a_step(layout: Layout) -> None:
    for phase in PHASES:
        with_database(layout, phase.fraction, "a")
    stop = Stop(asset="verification/report", kind="OSError", stage="timestamps_utc")
    assert failed(layout, stop, "3.7").title == "Timestamps in UTC"
    assert failed(layout, stop, "3.7").restore == "none is needed: it changes nothing"


def test_checks_that_did_not_pass_are_the_evidence(layout: Layout) -> None:
    with_database(layout, "1%", "a", "b")
    with_reports(layout, "1%", {"timestamps": Verdict.FAIL})
    failure = failed(layout, Stop(asset="validation/timestamps"), "3.4")
    assert (failure.step, failure.kind) == ("4.4", "a check did not pass")
    assert failure.said == "Timestamps UTC: FAIL"
    assert failure.evidence[0] == {
        "what": "Timestamps UTC: FAIL, 1 findings", "where": "fraction/1%/reports/timestamps.json",
    }  # fmt: skip


def test_an_earlier_run_that_still_counts_keeps_its_report(layout: Layout) -> None:
    receipt = passed(layout, "3.4")
    shown = {**kept_of_nothing(layout), "verdict": "PASS", "evidence": receipt.evidence}
    (layout.phase("3.4") / "report.json").write_bytes(as_json(shown))
    failure = failed(layout, LOAD, "3.4")
    report, page = kept(layout, "3.4")
    assert failure.earlier_counts
    assert (report["verdict"], report["evidence"]) == ("PASS", receipt.evidence)
    assert report["failure"]["run_id"] == "r7"
    assert "A later run of this phase failed at step 4.3" in page
    with_database(layout, "1%", "changed")  # it counts no more
    assert not failed(layout, LOAD, "3.4").earlier_counts
    report, page = kept(layout, "3.4")
    assert (report["verdict"], report["evidence"]) == ("FAIL", "")
    assert "This phase failed at step 4.3" in page


def kept_of_nothing(layout: Layout) -> dict[str, Any]:
    """A report of the phase with no failure."""
    failed(layout, LOAD, "3.4")
    return {**kept(layout, "3.4")[0], "failure": None}


def as_json(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content)


def test_the_way_back_is_named_where_there_is_a_backup(layout: Layout) -> None:
    with_database(layout, "10%", "a")
    take_backup(layout, "10%", "3.5")
    assert "`moonlanding restore --phase 3.5`" in failed(layout, LOAD).restore


def test_a_message_that_is_not_ours_is_not_kept(layout: Layout) -> None:
    failure = failed(layout, Stop(asset="a", kind="KeyError", stage="load"))
    assert (failure.said, failure.cause) == ("", "KeyError")
    assert "moonlanding --debug run 3.5" in failure.fix


def test_a_report_of_the_version_before_is_still_read(layout: Layout) -> None:
    report = kept_of_nothing(layout)
    del report["failure"]
    (layout.phase("3.4") / "report.json").write_bytes(as_json({**report, "schema_version": 1}))
    assert last_failure(layout, SAMPLE) is None
    (layout.phase("3.4") / "report.json").write_bytes(as_json({**report, "schema_version": 99}))
    assert read_report(layout, "3.4") is None


def test_the_notice_says_fail_and_where_or_stopped(layout: Layout) -> None:
    failure = failed(layout, LOAD)
    notice = notice_of(layout, PILOT, run_id="r7", receipt=None, stop=LOAD, failure=failure)
    assert (notice.verdict, notice.step, notice.cause) == ("FAIL", failure.place, failure.cause)
    unwritten = notice_of(layout, PILOT, run_id="r7", receipt=None, stop=LOAD)
    assert (unwritten.verdict, unwritten.step, unwritten.cause) == (
        "FAIL", "database/app", "NoSpace",
    )  # fmt: skip
    interrupt = Stop(asset="a", kind="KeyboardInterrupt", is_interrupt=True)
    for stop in (interrupt, None):
        notice = notice_of(layout, PILOT, run_id="r7", receipt=None, stop=stop)
        assert (notice.verdict, notice.step) == (STOPPED, "")
