"""Reports of phases: their schema, their page, and that nothing personal is in any output."""

import dataclasses
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from moonlanding_assets.cutover.concluding import conclude_failed
from moonlanding_assets.cutover.failing import Failure
from moonlanding_assets.cutover.gate import look_at
from moonlanding_assets.cutover.phases import BY_NUMBER, NUMBERS
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.cutover.report_schema import SCHEMA
from moonlanding_assets.load.backup_manifest import find_backups
from moonlanding_assets.pipeline.reports import keep
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.catalogue import VALIDATORS
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.twelve import TWELVE
from moonlanding_assets.validate.validator import Finding, Verdict
from moonlanding_assets_tests.canaries import WORD, write_canaries
from moonlanding_assets_tests.real.command import environment, moonlanding
from moonlanding_assets_tests.report_names import names_in

pytestmark = pytest.mark.timeout(900)
MAPS = {
    "gate", "source", "outcomes", "outcomes.{}", "rows", "checks[].kinds", "times", "quarantine",
    "rollback.seconds",
}  # fmt: skip


A_FAILURE = Failure(
    run_id="r", at="t", step="4.4", title="t", asset="a", stage="", kind="k", said="s",
    evidence=[{"what": "w", "where": "f"}], restore="r", fix="f", retry="t", earlier_counts=False,
)  # fmt: skip


def report_of(layout: Layout, phase: str) -> dict[str, Any]:
    return dict(json.loads((layout.phase(phase) / "report.json").read_text()))


def test_the_schema_names_exactly_what_reports_hold(demo: tuple[Layout, str]) -> None:
    found = {name for phase in NUMBERS for name in names_in(report_of(demo[0], phase), MAPS)}
    empty = {"checks[].kinds", "gate", "drawings[].rects", "drawings", "quarantine"}  # somewhere
    assert found - empty <= set(SCHEMA)
    of_failures = {name for name in SCHEMA if name.startswith("failure.")}
    assert set(SCHEMA) - found - of_failures <= {"checks[].kinds.{}"}
    assert of_failures == {f"failure.{one}" for one in names_in(asdict(A_FAILURE), MAPS)}


def test_a_report_says_what_the_receipt_says(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    for phase in NUMBERS:
        report, receipt = report_of(layout, phase), read_receipt(layout, phase)
        assert receipt is not None
        assert report["evidence"] == receipt.evidence
        assert {one["name"]: one["verdict"] for one in report["checks"]} == receipt.checks
        read = sum(one["documents_in_fraction"] for one in report["source"].values())
        outcomes = report["outcomes"].values()
        assert read == sum(sum(one.values()) for one in outcomes)
        states = {one["number"]: one["state"] for one in report["steps"]}
        signs = {step.number for step in BY_NUMBER[phase].steps if "signature" in step.rests_on}
        assert {number for number, state in states.items() if state != "done"} == signs


def test_a_phase_that_a_check_ended_has_a_report_that_says_so(
    demo: tuple[Layout, str], tmp_path: Path
) -> None:
    shutil.copytree(demo[0].data, tmp_path / "data")
    layout, sample = Layout(data=tmp_path / "data"), BY_NUMBER["3.4"]
    report = Report.from_json(layout.report("1%", "timestamps").read_text())
    found = Finding(table="audit_logs", kind="other_instant", row_id="r1")
    first = dataclasses.replace(report.tables[0], finding_count=1, findings=(found,))
    spoiled = dataclasses.replace(report, verdict=Verdict.FAIL, tables=(first, *report.tables[1:]))
    keep(spoiled, layout)
    done = conclude_failed(layout, sample)
    assert (done.receipt.verdict, done.receipt.checks["timestamps"]) == ("FAIL", "FAIL")
    states = {one["number"]: (one["state"], one["said"]) for one in done.report.steps}
    assert states["4.4"] == ("failed", "7/8 passed: timestamps FAIL")
    assert states["4.6"] == ("failed", "not exercised")
    text = Page(done.html_file.read_text()).text
    assert "FAIL" in text
    assert "other_instant (1)" in text
    said = "; ".join(one.what for one in look_at(layout, BY_NUMBER["3.5"]).missing)
    assert said == "phase 3.4 did not pass: timestamps"


@pytest.fixture
def failing(demo: tuple[Layout, str], tmp_path: Path) -> tuple[Layout, dict[str, str]]:
    """A finished demo, and an environment in which phase 3.4 fails: its files are not there."""
    shutil.copytree(demo[0].data, tmp_path / "data")
    (tmp_path / "files").mkdir()
    told = tmp_path / "told.jsonl"
    (tmp_path / "hook_of_a_test.py").write_text(
        "import json\n"
        "def told(notice):\n"
        f"    print(json.dumps(notice), file=open({str(told)!r}, 'a'))\n"
    )
    return Layout(data=tmp_path / "data"), {
        "MOONLANDING_FILE_ROOT": str(tmp_path / "files"),
        "MOONLANDING_NOTIFY_CALL": "hook_of_a_test:told",
        "PYTHONPATH": str(tmp_path),
    }


def by_command_line(layout: Layout, extra: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return moonlanding(layout.data, "run", "3.4", extra=extra)


def by_dagster(layout: Layout, extra: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = ["dagster", "job", "execute", "-m", "moonlanding_assets.definitions"]
    own = {"DAGSTER_HOME": str(layout.data / "dagster"), "MOONLANDING_DATA": str(layout.data)}
    return subprocess.run(
        [sys.executable, "-m", *words, "-a", "DEFINITIONS", "-j", "phase_3_4"],
        cwd=layout.data.parent,
        env={**environment(), **extra, **own},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


@pytest.mark.parametrize("run", [by_command_line, by_dagster])
def test_a_phase_that_fails_says_where_why_and_what_to_do_whoever_started_it(
    failing: tuple[Layout, dict[str, str]],
    run: Callable[[Layout, dict[str, str]], subprocess.CompletedProcess[str]],
) -> None:
    layout, extra = failing
    ended = run(layout, extra)
    assert ended.returncode == 1, ended.stderr
    report = report_of(layout, "3.4")
    failure = report["failure"]
    assert (report["verdict"], failure["step"], failure["asset"]) == (
        "FAIL", "4.4", "validation/file_paths",
    )  # fmt: skip
    assert failure["said"] == "File paths: FAIL"
    assert (layout.data / failure["evidence"][0]["where"]).is_file()
    page = Page((layout.phase("3.4") / "report.html").read_text())
    for word in ("failed at step 4.4", "moonlanding restore --phase 3.4", "moonlanding run 3.4"):
        assert word in page.text, word
    assert page.open == []
    (line,) = (layout.data.parent / "told.jsonl").read_text().splitlines()
    notice = json.loads(line)
    assert (notice["verdict"], notice["step"], notice["run_id"]) == (
        "FAIL", "step 4.4, Run all 8 validators", failure["run_id"],
    )  # fmt: skip
    assert "FAILED at step 4.4" in (layout.phase("3.4") / "log").read_text()
    if run is by_command_line:
        for word in ("failed at:  4.4", "go back:", "try again:  `moonlanding run 3.4`"):
            assert word in ended.stderr, word


class Page(HTMLParser):
    """The tags of a page, where they point to, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_stands_alone_and_shows_everything(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    for phase in NUMBERS:
        page = Page((layout.phase(phase) / "report.html").read_text())
        report = report_of(layout, phase)
        assert page.open == []
        pointed_to = [layout.phase(phase) / unquote(link) for link in page.links]
        assert [one for one in pointed_to if not one.is_file()] == []
        assert {one.resolve().parent.name for one in pointed_to} <= {"reports"}
        assert not {"script", "link", "img", "iframe"} & set(page.tags)
        checks = VALIDATORS if BY_NUMBER[phase].is_writing else TWELVE
        for word in (*(one.title for one in checks), report["evidence"], "demo (automatic)",
                     report["database"]["logical_digest"], *report["quarantine"]):  # fmt: skip
            assert word in page.text, word
        assert page.tags.count("svg") >= 2 + len(report["drawings"]) > 2
        before = BY_NUMBER[phase].requires
        assert (f"Beside phase {before}" in page.text) == bool(before)
        assert "nobody has signed" not in page.text


def searched(data: Path) -> Iterator[Path]:
    """Every file of a data directory that is not there to hold documents."""
    for file in data.rglob("*"):
        parts = file.relative_to(data).parts
        holds = parts[0] in ("snapshot", "exports") or "source" in parts or "moonlanding" in parts
        is_database = file.name.startswith("app.db") and parts[0] != "dagster"
        if file.is_file() and not holds and not is_database and file.suffix != ".parquet":
            yield file


VERBS = (
    "--debug verify 1%", "backup --phase 3.4", "status --checks", "watch",
    "quarantine --fraction 1%", "approve 3.4 --by Ann", "restore --phase 3.4",
)  # fmt: skip


def test_no_person_and_no_text_is_in_any_output(tmp_path: Path) -> None:
    data = tmp_path / "data"
    exports = write_canaries(data / "exports")
    given = [f"--{system}-export={place}" for system, place in exports.items()]
    spoken = [moonlanding(data, "snapshot", *given), moonlanding(data, "run", "3.4")]
    database = Layout(data=data).database("1%")
    with closing(sqlite3.connect(database)) as connection, connection:
        (held,) = connection.execute(
            "SELECT count(*) FROM users WHERE email LIKE ?", (f"%{WORD}%",)
        ).fetchone()
        assert held > 5  # the word is in the data
        connection.execute("UPDATE highlight SET comment = comment || 'x'")
        connection.execute("UPDATE users SET email = upper(email), name = 'nobody'")
    spoken += [moonlanding(data, *words.split()) for words in VERBS]
    assert [one.returncode for one in spoken[:2]] == [0, 0], spoken[1].stderr
    assert spoken[2].returncode == 1  # findings were reported, about these very values
    said = "\n".join(one.stdout + one.stderr for one in spoken)
    assert WORD not in said.lower()
    files = list(searched(data))
    assert {"report.html", "log", "receipt.json", "verification.json"} <= {
        one.name for one in files
    }
    assert len([one for one in files if "dagster" in one.parts]) > 3
    word = re.compile(WORD.encode(), re.IGNORECASE)
    assert word.search((find_backups(Layout(data=data))[-1].directory / "app.db").read_bytes())
    assert [str(file) for file in files if word.search(file.read_bytes())] == []
