"""Gates: what opens them, and everything that keeps them shut, each by its name."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from moonlanding_assets.cutover.approval import approve, approve_demo
from moonlanding_assets.cutover.gate import evidence_missing, look_at, require_open
from moonlanding_assets.cutover.phases import BY_NUMBER, CHECKS
from moonlanding_assets.cutover.preparing import before_writing
from moonlanding_assets.cutover.receipt import FILE, read_receipt, write_receipt
from moonlanding_assets.cutover.recorded import content_digest, recorded_checks
from moonlanding_assets.errors import GateClosed, SignOffRefused
from moonlanding_assets.load.backup_manifest import find_backups
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets_tests.phase_kit import (
    passed,
    receipt_of,
    with_database,
    with_reports,
    with_snapshots,
)

SAMPLE, PILOT, FULL, VERIFY = (BY_NUMBER[number] for number in ("3.4", "3.5", "3.6", "3.7"))


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Phases 3.4 and 3.5 have passed, 3.5 is signed: every gate up to 3.6 is open."""
    layout = with_snapshots(tmp_path_factory.mktemp("gates") / "data")
    for number in ("3.4", "3.5"):
        passed(layout, number)
    approve(layout, PILOT, by="Ann Example")
    return layout


@pytest.fixture
def layout(ready: Layout, tmp_path: Path) -> Layout:
    """A copy that a test may spoil."""
    shutil.copytree(ready.data, tmp_path / "data")
    return Layout(data=tmp_path / "data")


def shut(layout: Layout, number: str) -> str:
    """What keeps the phase's gate shut, in one line."""
    gate = look_at(layout, BY_NUMBER[number])
    assert not gate.is_open
    return "; ".join(f"{one.what} ({one.command})" for one in gate.missing)


def test_the_gates_open_in_order(layout: Layout) -> None:
    for phase in (SAMPLE, PILOT, FULL):
        assert require_open(layout, phase).is_open
    assert shut(layout, "3.7") == "the receipt of phase 3.6 is missing (moonlanding run 3.6)"
    passed(layout, "3.6")
    assert require_open(layout, VERIFY).is_open


def test_the_signature_that_opened_a_gate_is_named(layout: Layout) -> None:
    signature = require_open(layout, FULL).signature
    assert signature is not None
    assert signature.by == "Ann Example"
    assert require_open(layout, PILOT).signature is None


def test_without_a_snapshot_no_gate_opens(layout: Layout) -> None:
    for name in ("friday", "mwr", "moonlanding"):
        (layout.snapshot(name) / "manifest.json").rename(layout.data / "away")
        for number in ("3.4", "3.5", "3.6"):
            assert "(moonlanding snapshot)" in shut(layout, number)
        (layout.data / "away").rename(layout.snapshot(name) / "manifest.json")


def no_receipt(layout: Layout) -> None:
    (layout.phase("3.4") / FILE).unlink()


def changed_receipt(layout: Layout) -> None:
    file = layout.phase("3.4") / FILE
    file.write_text(file.read_text().replace('"verdict": "PASS"', '"verdict": "FAIL"'))


def failed_receipt(layout: Layout) -> None:
    checks = {**dict.fromkeys(CHECKS, "PASS"), "timestamps": "FAIL"}
    write_receipt(layout, receipt_of(layout, SAMPLE, verdict="FAIL", checks=checks))


def receipt_of_another_phase(layout: Layout) -> None:
    shutil.copy(layout.phase("3.5") / FILE, layout.phase("3.4") / FILE)


def another_snapshot(layout: Layout) -> None:
    shutil.rmtree(layout.snapshot("friday"))
    shutil.rmtree(layout.snapshot("mwr"))
    with_snapshots(layout.data, name="two")


def another_target(layout: Layout) -> None:
    file = layout.snapshot("moonlanding") / "manifest.json"
    content = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps({**content, "digest": "f" * 64}))


def no_database(layout: Layout) -> None:
    layout.database("1%").unlink()


def changed_database(layout: Layout) -> None:
    with closing(sqlite3.connect(layout.database("1%"))) as connection, connection:
        connection.execute("UPDATE client SET name = 'c' WHERE id = 'a'")


def written_beside(layout: Layout) -> None:
    Path(f"{layout.database('1%')}-wal").write_bytes(b"frames that a reader would see")


def no_report(layout: Layout) -> None:
    layout.report("1%", "pdf_coordinates").unlink()


def broken_report(layout: Layout) -> None:
    layout.report("1%", "pdf_coordinates").write_text("{}")


def failing_report(layout: Layout) -> None:
    with_reports(layout, "1%", {"pdf_coordinates": Verdict.FAIL})


def report_without_evidence(layout: Layout) -> None:
    with_reports(layout, "1%", {"pdf_coordinates": Verdict.NO_EVIDENCE})


def crashed_report(layout: Layout) -> None:
    with_reports(layout, "1%", {"pdf_coordinates": Verdict.ERROR})


def report_of_another_fraction(layout: Layout) -> None:
    shutil.copy(layout.report("10%", "pdf_coordinates"), layout.report("1%", "pdf_coordinates"))


def report_under_another_name(layout: Layout) -> None:
    shutil.copy(layout.report("1%", "timestamps"), layout.report("1%", "pdf_coordinates"))


def edited_report(layout: Layout) -> None:
    file = layout.report("1%", "pdf_coordinates")
    file.write_text(file.read_text().replace('"compared": 3', '"compared": 4'))


SPOILED: tuple[tuple[Callable[[Layout], None], str], ...] = (
    (no_receipt, "the receipt of phase 3.4 is missing"),
    (changed_receipt, "the receipt of phase 3.4 was changed"),
    (failed_receipt, "phase 3.4 did not pass: timestamps"),
    (receipt_of_another_phase, "the receipt of phase 3.4 was changed"),
    (another_snapshot, "phase 3.4 was about another snapshot of friday"),
    (another_target, "phase 3.4 was about another snapshot of moonlanding"),
    (no_database, "the database of phase 3.4 is gone"),
    (changed_database, "the database of phase 3.4 has changed since"),
    (written_beside, "somebody has written beside the database of phase 3.4"),
    (no_report, "the report pdf_coordinates of phase 3.4 is MISSING"),
    (broken_report, "the report pdf_coordinates of phase 3.4 is MISSING"),
    (failing_report, "the report pdf_coordinates of phase 3.4 is FAIL"),
    (report_without_evidence, "the report pdf_coordinates of phase 3.4 is NO_EVIDENCE"),
    (crashed_report, "the report pdf_coordinates of phase 3.4 is ERROR"),
    (report_of_another_fraction, "the report pdf_coordinates of phase 3.4 is MISSING"),
    (report_under_another_name, "the report pdf_coordinates of phase 3.4 is MISSING"),
    (edited_report, "the report pdf_coordinates of phase 3.4 is another one than its receipt"),
)


@pytest.mark.parametrize(("spoil", "said"), SPOILED, ids=lambda one: getattr(one, "__name__", ""))
def test_spoiled_evidence_shuts_the_gate_and_says_the_way_out(
    layout: Layout, spoil: Callable[[Layout], None], said: str
) -> None:
    spoil(layout)
    shown = shut(layout, "3.5")
    assert said in shown
    assert "(moonlanding run 3.4)" in shown
    with pytest.raises(GateClosed, match=r"the gate of phase 3\.5 is shut"):
        before_writing(layout, "10%")
    assert find_backups(layout) == ()  # nothing was begun
    with pytest.raises(SignOffRefused, match=r"phase 3\.4 cannot be signed"):
        approve(layout, SAMPLE, by="Ann Example")


def test_the_database_is_guarded_by_the_gate_of_the_phase_that_makes_it(layout: Layout) -> None:
    assert [one.manifest.source for one in before_writing(layout, "1%")] == ["fraction/1%/app.db"]
    taken = before_writing(layout, "10%")
    assert [one.manifest.source for one in taken] == ["app.db", "fraction/10%/app.db"]
    assert [one.manifest.kind for one in taken] == ["none", "database"]
    (taken,) = before_writing(layout, "100%")
    assert (taken.manifest.phase, taken.manifest.kind) == ("3.6", "none")


def test_nobody_has_signed(layout: Layout) -> None:
    layout.signoffs.unlink()
    expected = "phase 3.5: nobody has signed (moonlanding approve 3.5 --by NAME)"
    assert shut(layout, "3.6") == expected
    assert require_open(layout, PILOT).is_open


def test_a_signature_of_another_phase_does_not_count(layout: Layout) -> None:
    layout.signoffs.unlink()
    approve(layout, SAMPLE, by="Ann Example")
    assert "nobody has signed" in shut(layout, "3.6")


def test_a_sign_off_is_void_when_the_data_change(layout: Layout) -> None:
    with_database(layout, "10%", "a", "b", "c")
    with_reports(layout, "10%")
    write_receipt(layout, receipt_of(layout, PILOT))
    assert "the sign-off is void: the data have changed since" in shut(layout, "3.6")
    approve(layout, PILOT, by="Ann Example")
    assert require_open(layout, FULL).is_open


def test_a_sign_off_lasts_when_the_same_data_are_judged_again(layout: Layout) -> None:
    before = read_receipt(layout, "3.5")
    database = layout.database("10%")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM")  # other bytes, the same content
        connection.execute("PRAGMA user_version = 7")
    assert "has changed since" in shut(layout, "3.6")
    with_reports(layout, "10%", seconds=99)
    write_receipt(layout, receipt_of(layout, PILOT, made_at="later", rollback_seconds=2.0))
    after = read_receipt(layout, "3.5")
    assert before is not None
    assert after is not None
    assert (before.evidence, before.database_sha256) != (after.evidence, after.database_sha256)
    assert before.evidence == after.evidence
    assert require_open(layout, FULL).is_open


def test_a_log_of_sign_offs_that_was_changed_opens_nothing(layout: Layout) -> None:
    layout.signoffs.write_text(layout.signoffs.read_text().replace("Ann", "Eve"))
    assert "line 1 is not as it was written" in shut(layout, "3.6")


def test_the_demo_signs_nothing_of_a_firm(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(SignOffRefused, match="a person has to sign"):
        approve_demo(layout, PILOT)
    invented = with_snapshots(tmp_path / "invented", project="demo")
    passed(invented, "3.5")
    assert approve_demo(invented, PILOT).by == "demo (automatic)"
    assert require_open(invented, FULL).is_open


def test_what_a_report_found_has_one_digest_whenever_it_ran(layout: Layout) -> None:
    file = layout.report("1%", "timestamps")
    report = Report.from_json(file.read_text())
    assert content_digest(report) == recorded_checks(layout, "1%")[4].digest
    with_reports(layout, "1%", seconds=77)
    assert content_digest(Report.from_json(file.read_text())) == content_digest(report)
    assert evidence_missing(layout, SAMPLE) == ()
