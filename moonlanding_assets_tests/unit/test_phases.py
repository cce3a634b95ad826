"""The table of phases, what is rendered from it, and the one screen of `status`."""

import base64
import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
from rich.console import Console

from moonlanding_assets import cli
from moonlanding_assets.console import phases as verbs
from moonlanding_assets.console.reference import MADE
from moonlanding_assets.console.running import chosen_phases
from moonlanding_assets.console.status import Status, print_status, read_status
from moonlanding_assets.cutover import phases as declared
from moonlanding_assets.cutover.approval import approve
from moonlanding_assets.cutover.drawing import drawn, sampled_drawings
from moonlanding_assets.cutover.page_parts import bars, table
from moonlanding_assets.cutover.phases import BY_NUMBER, CHECKS, NUMBERS, PHASES, SIGNATURE, Phase
from moonlanding_assets.cutover.phases_page import phases_page
from moonlanding_assets.cutover.report_schema import schema_page
from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.pipeline.metadata import plot
from moonlanding_assets.pipeline.p5_phases import SIGNOFF_KEYS
from moonlanding_assets.settings import FRACTIONS, Layout
from moonlanding_assets.validate.twelve import TWELVE
from moonlanding_assets_tests.phase_kit import passed, with_database, with_snapshots

ROOT = Path(__file__).parents[2]
WORDS = {
    getattr(declared, name)
    for name in ("SNAPSHOT", "BACKUP", "DATABASE", "ROLLBACK", "REPORT", "SIGNATURE")
}


def test_the_four_phases_and_their_steps_are_those_of_the_plan() -> None:
    assert NUMBERS == ("3.4", "3.5", "3.6", "3.7") == verbs.PHASES
    assert [one.fraction for one in PHASES] == [*FRACTIONS, "100%"]
    assert [one.requires for one in PHASES] == ["", "3.4", "3.5", "3.6"]
    assert [one.needs_signature for one in PHASES] == [False, False, True, False]
    for number, count in (("3.5", 7), ("3.6", 7)):
        steps = [step.number for step in BY_NUMBER[number].steps]
        assert steps == [f"{number[-1]}.{place}" for place in range(1, count + 1)]


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.number)
def test_steps_rest_on_things_that_exist_and_on_every_check(phase: Phase) -> None:
    checks = set(CHECKS) if phase.is_writing else {check.name for check in TWELVE}
    rests_on = {what for step in phase.steps for what in step.rests_on}
    assert rests_on <= WORDS | checks
    assert checks <= rests_on
    assert ("rollback" in rests_on) == phase.is_exercising
    assert phase.fraction in phase.backs_up
    assert f"--phase {phase.number}`" in phase.undo or not phase.is_writing
    assert phase.too_late


def test_every_phase_has_its_job_and_its_command() -> None:
    jobs = {job.name for job in DEFINITIONS.jobs or ()}
    assert {phase.job for phase in PHASES} <= jobs
    run = cli.cli.commands["run"]
    assert isinstance(run.params[0].type, click.Choice)
    assert tuple(run.params[0].type.choices) == (*NUMBERS, "all")
    signed = {one.number for one in PHASES if any(SIGNATURE in s.rests_on for s in one.steps)}
    assert set(SIGNOFF_KEYS) == signed == {"3.5", "3.7"}


def test_the_generated_pages_are_what_the_code_says() -> None:
    assert (ROOT / "docs" / "phases.md").read_text() == phases_page(MADE), "make docs"
    assert (ROOT / "docs" / "report-schema.md").read_text() == schema_page(MADE), "make docs"


def shown(status: Status) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    print_status(console, status)
    return console.export_text()


def test_the_screen_leads_from_phase_to_phase(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path / "data")
    assert read_status(layout).next_step == "moonlanding snapshot"
    with_snapshots(layout.data)
    steps = []
    for number in ("3.4", "3.5"):
        steps.append(read_status(layout).next_step)
        passed(layout, number)
    steps.append(read_status(layout).next_step)
    approve(layout, BY_NUMBER["3.5"], by="Ann Example")
    steps.append(read_status(layout).next_step)
    assert steps == [
        "moonlanding run 3.4", "moonlanding run 3.5", "moonlanding approve 3.5 --by NAME",
        "moonlanding run 3.6",
    ]  # fmt: skip
    status = read_status(layout)
    assert status.is_pass
    text = shown(status)
    for word in ("Ann Example", "11/11", "PASS", "not run", "snapshot of friday: 1 documents",
                 "older than 7 days", "next: moonlanding run 3.6"):  # fmt: skip
        assert word in text, word
    assert len(text.splitlines()) < 24  # one screen
    with_database(layout, "10%", "other")
    status = read_status(layout)
    assert [one.verdict for one in status.phases] == ["PASS", "STALE", "", ""]
    assert not status.is_pass
    assert "phase 3.5: the database of phase 3.5 has changed since" in shown(status)


def test_an_invented_snapshot_is_never_old(tmp_path: Path) -> None:
    layout = with_snapshots(tmp_path / "data", project="demo")
    assert [one.is_old for one in read_status(layout).snapshots] == [False, False]


def test_all_goes_on_from_the_first_phase_that_has_not_passed(tmp_path: Path) -> None:
    layout = with_snapshots(tmp_path / "data")
    assert chosen_phases(layout, "all") == PHASES
    passed(layout, "3.4")
    assert [one.number for one in chosen_phases(layout, "all")] == ["3.5", "3.6", "3.7"]
    assert [one.number for one in chosen_phases(layout, "3.4")] == ["3.4"]
    with_database(layout, "1%", "other")
    assert chosen_phases(layout, "all") == PHASES


def test_a_highlight_is_drawn_from_its_numbers_alone() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE TABLE migration_highlight_rects (highlight_id, kind, ordinal, page_number, "
            "x1, y1, x2, y2, width, height)"
        )
        rows = [
            ("h1", "bounding", 0, 2, 10, 20.0, 60, 40, 100, 200),
            ("h1", "rect", 0, 2, 10, 20, 30, 40, 100, 200),
            ("h2", "bounding", 0, 1, "NaN", 20, 30, 40, 100, 200),
            ("h3", "bounding", 0, None, 1, 2, 3, 4, 0, 200),
            ("h4", "bounding", 0, "<b>", 30, 2, 3, 4, 100, 200),
        ]
        connection.executemany(
            "INSERT INTO migration_highlight_rects VALUES (?,?,?,?,?,?,?,?,?,?)", rows
        )
        first, other = sampled_drawings(connection)
    assert (first.bounding, first.rects) == ((10, 20, 60, 40), ((10, 20, 30, 40),))
    svg = drawn(first)
    assert svg.count("<rect") == 3
    assert 'class="bounding" x="13.0" y="26.0" width="65.0" height="26.0"' in svg
    assert (other.page_number, "<b>" in drawn(other)) == ("<b>", False)


def test_words_of_a_page_cannot_leave_their_place() -> None:
    assert "<script" not in bars({"<script>": 1.0}, unit="<script>")
    assert re.search("<th[^>]*>&lt;i&gt;</th>", table(("<i>",), [("x",)]))
    assert "Nothing was counted" in bars({}, unit="documents")


def test_a_plot_is_an_image_that_the_ui_shows_at_once() -> None:
    counts = {"loaded": 16_699, "merged": 24, "quarantined": 4, "declared": 6, "fifth": 1}
    shown_as = str(plot(counts).value)
    assert len(shown_as) < 1000
    image = base64.b64decode(shown_as.partition("base64,")[2].removesuffix(")"))
    tree = ElementTree.fromstring(image)
    assert [len([one for one in tree if one.tag.endswith(tag)]) for tag in ("path", "text")] == [
        4,
        4,
    ]
