"""The end: what S10 and S11 ask, one state a command, the way back, the list that gets empty."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets import cli
from moonlanding_assets.cutover.archive.credentials import credentials_of, note_revoked
from moonlanding_assets.cutover.archive.file import Archive, find_archive
from moonlanding_assets.cutover.archive.sealing import detach_ledger, seal
from moonlanding_assets.cutover.completion.evidence import ready
from moonlanding_assets.cutover.completion.keeping import keep_final_report
from moonlanding_assets.cutover.completion.phase_lines import phase_lines
from moonlanding_assets.cutover.completion.to_do import left_to_do
from moonlanding_assets.cutover.completion.walking import approve_completion, complete, give_up
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.cutover.receipt import write_receipt
from moonlanding_assets.errors import ArchiveRefused, SignOffRefused, TransitionRefused
from moonlanding_assets.load.detaching import has_ledger
from moonlanding_assets.parallel.state.advancing import present_row
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.ending import archived, near_the_end, watched_a_day
from moonlanding_assets_tests.phase_kit import passed, receipt_of
from moonlanding_assets_tests.soaking import day, keep

BY = "Ann Example"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return near_the_end(tmp_path / "data")


def lacks(layout: Layout) -> list[str]:
    return [one.key for one in ready(layout, present_row(layout)).lacks]


def to_s10(layout: Layout) -> None:
    watched_a_day(layout)
    archived(layout)
    approve_completion(layout, by=BY)
    assert complete(layout, by=BY).state == "S10"


def test_each_thing_that_s10_asks_is_missed_by_name(layout: Layout) -> None:
    assert lacks(layout) == [
        "soak_hours", "samples_share", "abort_criteria_met", "is_approved",
        "archive_of_this_soak", "archive_restored_equal",
    ]  # fmt: skip
    with pytest.raises(TransitionRefused, match="moonlanding archive make --live"):
        complete(layout, by=BY)
    watched_a_day(layout)
    assert lacks(layout) == ["is_approved", "archive_of_this_soak", "archive_restored_equal"]
    archived(layout, is_live=False)
    assert "archive_of_this_soak" in lacks(layout)
    archived(layout, is_restored=False)
    assert lacks(layout) == ["is_approved", "archive_restored_equal"]
    with pytest.raises(SignOffRefused, match="archive restore --emulator"):
        approve_completion(layout, by=BY)
    archived(layout)
    assert lacks(layout) == ["is_approved"]
    with pytest.raises(TransitionRefused, match=r"moonlanding approve 3.10 --by NAME"):
        complete(layout, by=BY)
    assert present_row(layout).state == "S9"
    approve_completion(layout, by=BY)
    assert complete(layout, by=BY).state == "S10"


def test_a_day_that_is_too_short_or_of_another_clock_cannot_be_signed(layout: Layout) -> None:
    archived(layout)
    keep(layout, day())  # a good day, of a clock that is called "fake"
    assert lacks(layout)[:3] == ["soak_hours", "samples_share", "abort_criteria_met"]
    watched_a_day(layout, hours=23)
    assert lacks(layout) == ["soak_hours", "is_approved"]
    with pytest.raises(SignOffRefused, match="24 h by the wall clock"):
        approve_completion(layout, by=BY)


def test_another_archive_makes_the_signature_void(layout: Layout) -> None:
    watched_a_day(layout)
    archived(layout)
    approve_completion(layout, by=BY)
    assert lacks(layout) == []
    archived(layout)
    assert lacks(layout) == ["is_approved"]


def test_until_the_archive_is_sealed_there_is_a_way_back(layout: Layout) -> None:
    with pytest.raises(TransitionRefused, match="only from S10"):
        give_up(layout, by=BY, reason="too early")
    to_s10(layout)
    with pytest.raises(TransitionRefused, match="needs a reason"):
        give_up(layout, by=BY, reason="")
    assert give_up(layout, by=BY, reason="one more day").state == "S9"
    assert complete(layout, by=BY).state == "S10"  # the evidence is as it was signed
    seal(layout, archived_now(layout), by=BY)
    with pytest.raises(TransitionRefused, match="not sealed yet"):
        give_up(layout, by=BY, reason="too late")


def archived_now(layout: Layout) -> Archive:
    return find_archive(layout, None)


def test_a_seal_comes_in_s10_and_the_ledger_goes_in_s11(layout: Layout) -> None:
    watched_a_day(layout)
    archive = archived(layout)
    with pytest.raises(ArchiveRefused, match="a seal ends the ways back"):
        seal(layout, archive, by=BY)
    approve_completion(layout, by=BY)
    complete(layout, by=BY)
    seal(layout, archive, by=BY)
    with pytest.raises(ArchiveRefused, match="can be detached in S11"):
        detach_ledger(layout, archive)
    assert lacks(layout) == ["credentials_revoked"]
    with pytest.raises(ArchiveRefused, match="needs a name"):
        note_revoked(archive, by=" ")
    note_revoked(archive, by=BY)
    assert complete(layout, by=BY).state == "S11"
    assert has_ledger(layout.database("100%"))
    detach_ledger(layout, archive)
    assert not has_ledger(layout.database("100%"))


def ended(layout: Layout) -> None:
    """All seven phases, to the end."""
    archive = archived_now(layout)
    seal(layout, archive, by=BY)
    note_revoked(archive, by=BY)
    complete(layout, by=BY)


def nothing_is_next(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """In S11 no screen names a command: neither the whole list, nor parallel operation's."""
    said = []
    for words in (("status",), ("parallel", "status"), ("cutover", "status"), ("status", "--json")):
        cli.main(["--data", str(layout.data), *words])
        said.append(capsys.readouterr().out)
    screens, content = said[:3], json.loads(said[3])
    assert "nothing left to do" in screens[0]
    for screen in screens:
        for word in ("next:", "type:", "note:", "MISSING", "moonlanding"):
            assert word not in screen, screen
    assert (content["next_step"], content["parallel"]["next_step"]) == ("", "")


def test_the_list_gets_shorter_and_is_empty_at_the_end(
    layout: Layout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOONLANDING_DATA", str(layout.data))
    for number in ("3.4", "3.5"):
        passed(layout, number)
    assert [one.phase for one in left_to_do(layout)][-1] == "3.10"
    commands = [one.command for one in left_to_do(layout)]
    assert "moonlanding archive make --live --rules FILE" in commands
    assert commands[-1] == "moonlanding cutover complete --by NAME"
    to_s10(layout)
    assert [one.command for one in left_to_do(layout)] == [
        "moonlanding archive seal --by NAME",
        "moonlanding archive credentials --revoked --by NAME",
        "moonlanding cutover complete --by NAME",
    ]
    ended(layout)
    assert [one.command for one in left_to_do(layout)] == ["moonlanding report"]
    keep_final_report(layout)
    assert left_to_do(layout) == ()
    nothing_is_next(layout, capsys)
    write_receipt(layout, receipt_of(layout, BY_NUMBER["3.5"], verdict="FAIL"))
    assert [(one.phase, one.what) for one in left_to_do(layout)] == [("3.5", "it did not pass")]


def test_credentials_are_listed_and_of_their_archive(layout: Layout) -> None:
    first = archived(layout)
    assert any("service accounts" in line for line in credentials_of(first).lines)
    note_revoked(first, by=BY)
    assert credentials_of(first).revoked_by == BY
    assert credentials_of(archived(layout)).revoked_by == ""
    note = first.directory / "revoked.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "seal": "another"}))
    assert credentials_of(first).revoked_by == ""


def test_a_course_on_another_clock_is_no_pass_at_the_end(layout: Layout) -> None:
    to_s10(layout)
    ended(layout)
    assert {one.number: one.verdict for one in phase_lines(layout)}["3.10"] == "PASS"
    with closing(sqlite3.connect(layout.control)) as connection, connection:
        connection.execute("DROP TRIGGER cutover_history_stays")
        connection.execute(
            "UPDATE cutover_history SET evidence = json_set(evidence, '$.soak_clock', 'fake') "
            "WHERE state = 'S10'"
        )
    line = phase_lines(layout)[-1]
    assert (line.verdict, "not the real one" in line.said) == ("NO_EVIDENCE", True)
    assert keep_final_report(layout)[0].verdict != "PASS"
    (task,) = left_to_do(layout)
    assert "Nothing makes up for it" in task.what
