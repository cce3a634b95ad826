"""The durable state row: legal changes only, by compare-and-swap, each with its evidence."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from moonlanding_assets.errors import StateMoved, TransitionRefused
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets_tests.evidence_of_change import good

BY = "a tester"


def ticking() -> Iterator[str]:
    return (f"2026-02-05T12:00:{second:02d}.000Z" for second in count())


@pytest.fixture
def control(tmp_path: Path) -> Control:
    return Control(tmp_path / "parallel" / "control.db", now=ticking().__next__)


def begun(control: Control) -> Row:
    return control.begin(evidence=good("", "S0"), by=BY)


def walk(control: Control, targets: str) -> Row:
    """From where it is over each of the targets, with good evidence."""
    row = control.row()
    assert row is not None
    for target in targets.split():
        evidence = good(row.state, target, epoch=row.epoch, has_journal=row.journal != "")
        row = control.change(
            row, target, evidence=evidence, by=BY, reason="a test",
            journal="P=7" if target == "S7" else "",
        )  # fmt: skip
    return row


def test_the_whole_way_and_what_is_kept_of_it(control: Control) -> None:
    begun(control)
    row = walk(control, "S1 S2 S3 S4 S5 S6 S7")
    assert (row.epoch, row.state, row.journal, row.is_gate_open) == (0, "S7", "P=7", False)
    row = walk(control, "S8")
    assert (row.epoch, row.authority, row.journal, row.is_gate_open) == (1, "NEW", "P=7", False)
    row = walk(control, "S8")
    assert (row.epoch, row.state, row.journal, row.is_gate_open) == (1, "S8", "", True)
    row = walk(control, "S9 S10 S11")
    lines = control.history()
    assert [one.number for one in lines] == list(range(1, len(lines) + 1))
    passed = "S0 S1 S2 S3 S4 S5 S6 S7 S8 S8 S9 S10 S11"
    assert " ".join(one.state for one in lines) == passed
    assert lines[-1].evidence_digest == row.evidence_digest
    assert lines[0].at < lines[1].at
    assert {one.by for one in lines} == {BY}
    assert lines[2].evidence["lag_held_seconds"] == 600


def test_a_reverse_switch_gives_authority_back_in_a_new_epoch(control: Control) -> None:
    begun(control)
    walk(control, "S1 S2 S3 S4 S5 S6 S7 S8 S8 S9 S6 S7")
    row = walk(control, "S5")
    assert (row.epoch, row.authority, row.is_gate_open) == (2, "OLD", False)
    row = walk(control, "S5")
    assert row.is_gate_open


def test_an_abort_goes_back_to_where_the_freeze_came_from(control: Control) -> None:
    begun(control)
    row = walk(control, "S1 S2 S3 S4 S5 S6 S5 S6 S7 S8 S8 S9 S6")
    with pytest.raises(TransitionRefused, match="entered from S9: abort to S9"):
        walk(control, "S8")
    assert control.row() == row
    assert walk(control, "S9").is_gate_open


def test_a_change_that_the_table_does_not_have_says_what_may_follow(control: Control) -> None:
    row = begun(control)
    with pytest.raises(TransitionRefused) as refused:
        control.change(row, "S5", evidence={}, by=BY)
    assert "S0 LOADED -> S5" in str(refused.value)
    assert "S1 (advance) asks: the digest of app.db is that of the manifest" in str(refused.value)
    journaled = walk(control, "S1 S2 S3 S4 S5 S6 S7")
    with pytest.raises(TransitionRefused, match=r"with its journal\. From here: S8"):
        control.change(journaled, "S5", evidence=good("S6", "S5"), by=BY, reason="too late")


def test_every_missing_figure_is_named_and_nothing_changes(control: Control) -> None:
    begun(control)
    row = walk(control, "S1 S2 S3")
    evidence = {**good("S3", "S4"), "shadow_compared": 9_999, "shadow_mismatches": 1}
    with pytest.raises(TransitionRefused) as refused:
        control.change(row, "S4", evidence=evidence, by=BY)
    assert "S4 READS_CANARY asks what the evidence does not show" in str(refused.value)
    assert "shadow_mismatches = 0; found 1" in str(refused.value)
    assert "shadow_compared >= 10000; found 9999" in str(refused.value)
    assert control.row() == row
    assert len(control.history()) == 4


def test_an_open_conflict_blocks_the_way_forward_but_not_the_way_back(control: Control) -> None:
    begun(control)
    row = walk(control, "S1 S2 S3 S4 S5 S6 S7 S8 S8")
    with pytest.raises(TransitionRefused, match="no sync conflict is open"):
        control.change(row, "S9", evidence={**good("S8", "S9", epoch=1), "conflicts": 1}, by=BY)
    evidence = {**good("S8", "S6", epoch=1), "conflicts": 1}
    assert control.change(row, "S6", evidence=evidence, by=BY, reason="conflict").state == "S6"


def test_the_second_of_two_changes_from_one_row_is_refused(control: Control) -> None:
    begun(control)
    row = walk(control, "S1 S2")
    walk(control, "S3")
    with pytest.raises(StateMoved, match="but S3 in epoch 0"):
        control.change(row, "S1", evidence={}, by="another", reason="a race")
    assert len(control.history()) == 4


def test_going_back_needs_a_reason_and_only_step_8_a_journal(control: Control) -> None:
    begun(control)
    row = walk(control, "S1")
    with pytest.raises(TransitionRefused, match="needs a reason"):
        control.change(row, "S0", evidence={}, by=BY, reason=" ")
    with pytest.raises(TransitionRefused, match="only step 8"):
        control.change(row, "S2", evidence=good("S1", "S2"), by=BY, journal="P=7")
    row = walk(control, "S2 S3 S4 S5 S6")
    with pytest.raises(TransitionRefused, match="only step 8"):
        control.change(row, "S7", evidence=good("S6", "S7"), by=BY)


def test_it_begins_once_and_on_evidence(control: Control) -> None:
    with pytest.raises(TransitionRefused, match="12 of 12"):
        control.begin(evidence={**good("", "S0"), "checks_passed": 11}, by=BY)
    assert control.row() is None
    begun(control)
    with pytest.raises(TransitionRefused, match="begun already"):
        begun(control)


def test_the_share_of_the_canary_is_the_last_one_set(control: Control) -> None:
    begun(control)
    assert control.percent() == 0
    row = walk(control, "S1 S2 S3")
    shares = []
    for share in (5, 50, 100):
        row = control.change(row, "S4", evidence={**good("S3", "S4"), "percent": share}, by=BY)
        shares.append(control.percent())
    assert shares == [5, 50, 100]
    with pytest.raises(TransitionRefused, match="found 101"):
        control.change(row, "S4", evidence={"percent": 101, "conflicts": 0}, by=BY)
    walk(control, "S5")
    assert control.percent() == 100
    walk(control, "S4")
    assert control.percent() == 0


def test_steps_of_freezing_are_noted_beside_the_row(control: Control) -> None:
    begun(control)
    row = walk(control, "S1 S2 S3 S4 S5 S6")
    control.step(row, 1, evidence={"seconds": 0.01}, by=BY)
    control.step(row, 2, evidence={"in_flight_writes": 0}, by=BY)
    assert control.row() == row
    assert [(one.kind, one.step) for one in control.history()[-2:]] == [("step", 1), ("step", 2)]
    walk(control, "S5")
    with pytest.raises(StateMoved):
        control.step(row, 3, evidence={}, by=BY)
    with pytest.raises(TransitionRefused, match="13 steps"):
        control.step(row, 14, evidence={}, by=BY)


def test_the_history_is_only_added_to_and_the_file_is_private(control: Control) -> None:
    begun(control)
    assert stat.S_IMODE(control.file.stat().st_mode) == 0o600
    with closing(sqlite3.connect(control.file)) as connection:
        for statement in ("UPDATE cutover_history SET by = 'x'", "DELETE FROM cutover_history"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                connection.execute(statement)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
