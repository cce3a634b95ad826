"""The final report: its schema, its page, what it must not hold, and what it says at each stage."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets import cli
from moonlanding_assets.console.reference import MADE
from moonlanding_assets.cutover.archive.credentials import note_revoked
from moonlanding_assets.cutover.archive.file import find_archive
from moonlanding_assets.cutover.archive.sealing import seal
from moonlanding_assets.cutover.completion.keeping import keep_final_report
from moonlanding_assets.cutover.completion.schema import SCHEMA, final_schema_page
from moonlanding_assets.cutover.completion.walking import approve_completion, complete, give_up
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.ending import archived, near_the_end, noted_switch, watched_a_day
from moonlanding_assets_tests.phase_kit import passed
from moonlanding_assets_tests.report_names import names_in

BY = "Ann Example"
MAPS = {
    "documents", "documents.{}", "switches[].seconds", "switches[].figures", "archive.documents",
    "archive.read_at",
}  # fmt: skip
WORD = "kanarienvogel"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """At the end of all phases, after somebody once went back from S10, for a reason he typed."""
    found = near_the_end(tmp_path_factory.mktemp("final") / "data")
    for number in ("3.4", "3.5"):
        passed(found, number)
    noted_switch(found)
    watched_a_day(found)
    archived(found)
    approve_completion(found, by=BY)
    complete(found, by=BY)
    give_up(found, by=BY, reason=f"{WORD} called and asked for it")
    complete(found, by=BY)
    archive = find_archive(found, None)
    seal(found, archive, by=BY)
    note_revoked(archive, by=BY)
    complete(found, by=BY)
    return found


@pytest.fixture(scope="module")
def kept(layout: Layout) -> tuple[dict[str, Any], str]:
    _, data, page = keep_final_report(layout)
    return dict(json.loads(data.read_text())), page.read_text()


def test_the_schema_names_exactly_what_the_report_holds(kept: tuple[dict[str, Any], str]) -> None:
    found = set(names_in(kept[0], MAPS))
    empty = {"left_to_do", "documents", "people"}
    assert found - empty <= set(SCHEMA)
    unseen = set(SCHEMA) - found
    assert unseen <= {one for one in SCHEMA if one.split(".")[0].split("[")[0] in empty} | {
        "soak", "archive", "credentials",
    }  # fmt: skip
    assert (ROOT / "docs" / "final-report.md").read_text() == final_schema_page(MADE), "make docs"


def test_it_holds_no_word_that_a_person_typed_or_that_is_in_a_document(
    layout: Layout, kept: tuple[dict[str, Any], str]
) -> None:
    data, page = json.dumps(kept[0]), kept[1]
    assert WORD.encode() in layout.control.read_bytes()
    assert WORD not in data
    assert WORD not in page


def test_the_page_needs_nothing_else_and_says_how_it_ended(
    kept: tuple[dict[str, Any], str],
) -> None:
    class Page(HTMLParser):
        text = ""
        needs: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            outside = {"src", "href", "action"} & {name for name, _ in attrs}
            if outside or tag in ("script", "link", "img", "iframe", "object"):
                self.needs.append(tag)

        def handle_data(self, data: str) -> None:
            self.text += data + " "

    page = Page()
    page.feed(kept[1])
    assert page.needs == []
    for said in ("Both alive", "Soak and end", "Credentials to revoke", "restored, every document",
                 "What this does not show", "Reverse lag"):  # fmt: skip
        assert said in page.text, said
    assert "Left to do" in page.text  # the phases of before 3.8 were not run here


def test_the_verb_says_by_its_exit_code_whether_all_passed(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--data", str(layout.data), "report"])
    assert ended.value.code == 1
    assert "all phases: open" in capsys.readouterr().out
