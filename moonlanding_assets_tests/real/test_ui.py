"""The Dagster UI on the command line's own runs, seen by a browser.

With MOONLANDING_SCREENSHOTS=1 the pictures of docs/images are taken again (`make pictures`). The
UI looks files up in a directory that has none, so what it runs itself fails at the file paths.
"""

import json
import os
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import element_to_be_clickable
from selenium.webdriver.support.wait import WebDriverWait

from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.settings import read_settings
from moonlanding_assets_tests.real.browser import browser, require_chromium, served
from moonlanding_assets_tests.real.command import SCALE, moonlanding

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WITH_PICTURES = os.environ.get("MOONLANDING_SCREENSHOTS") == "1"
SHOWN_SECONDS = 60
END_SECONDS = 400
MOST_BYTES = 300_000  # of a picture

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that the command line migrated: 1% of little, for pictures all of it."""
    require_chromium()
    made = tmp_path_factory.mktemp("ui") / "data"
    small = (["demo-data", "--scale", SCALE], ["snapshot"], ["run", "3.4"])
    for arguments in (["demo"],) if WITH_PICTURES else small:
        ended = moonlanding(made, *arguments)
        assert ended.returncode == 0, ended.stderr
    return made


@pytest.fixture(scope="module")
def address(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    extra = {"MOONLANDING_FILE_ROOT": str(tmp_path_factory.mktemp("no_files"))}
    with served(data, tmp_path_factory.mktemp("log") / "ui.log", extra) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    require_chromium()
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def having(*words: str) -> Callable[[WebDriver], str | bool]:
    """What WebDriverWait asks: the text of the page if it has all the words."""

    def text_with_words(driver: WebDriver) -> str | bool:
        text = driver.find_element(By.TAG_NAME, "body").text
        return text if all(word in text for word in words) else False

    return text_with_words


def shown(page: WebDriver, address: str, *words: str) -> str:
    """The text of the page once it has all the words."""
    page.get(address)
    try:
        return str(WebDriverWait(page, SHOWN_SECONDS).until(having(*words)))
    except Exception as error:
        text = page.find_element(By.TAG_NAME, "body").text
        raise AssertionError(f"{address} lacks some of {words}:\n{text}") from error


def picture(page: WebDriver, name: str) -> None:
    """Keep what the page shows now, when pictures are asked for."""
    if WITH_PICTURES:
        IMAGES.mkdir(parents=True, exist_ok=True)
        file = IMAGES / f"{name}.png"
        assert page.save_screenshot(str(file))
        assert file.stat().st_size < MOST_BYTES


def asked(address: str, query: str, **variables: object) -> dict[str, Any]:
    """The answer to a GraphQL query."""
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps({"query": query, "variables": variables}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.loads(answer.read())["data"])


LAUNCH = """mutation ($chosen: ExecutionParams!) {
  launchPipelineExecution(executionParams: $chosen) { ... on LaunchRunSuccess { run { runId } } }
}"""
ENDED = """query ($run: ID!) {
  runOrError(runId: $run) { ... on Run { status } }
  logsForRun(runId: $run) { ... on EventConnection { events {
    ... on ExecutionStepFailureEvent { error { message errorChain { error { message } } } }
    ... on RunFailureEvent { error { message errorChain { error { message } } } } } } }
}"""


def causes(ended: dict[str, Any]) -> str:
    """What the steps that failed said, with what was behind it."""
    errors = [event["error"] for event in ended["logsForRun"]["events"] if event.get("error")]
    chain = [one["error"]["message"] for error in errors for one in error["errorChain"]]
    return "\n".join([*(error["message"] for error in errors), *chain])


def launched(
    address: str, chosen: dict[str, object], partition: str | None, **given: object
) -> dict[str, Any]:
    """Launch a run of a part of the assets, as the UI does, and wait for its end."""
    ended = end_of(address, launch(address, chosen, partition, **given))
    return launched(address, chosen, partition, **given) if was_early(ended) else ended


def was_early(ended: dict[str, Any]) -> bool:
    """Whether a run was refused because the one before still goes away."""
    return ended["runOrError"]["status"] == "FAILURE" and "migrating into it" in causes(ended)


def launch(address: str, chosen: dict[str, object], partition: str | None, **given: object) -> str:
    """Launch a run; its id."""
    place = {"repositoryLocationName": "moonlanding_assets", "repositoryName": "__repository__"}
    tags = [] if partition is None else [{"key": "dagster/partition", "value": partition}]
    answer = asked(
        address,
        LAUNCH,
        chosen={
            "selector": {"jobName": "__ASSET_JOB", **place, **chosen},
            "mode": "default",
            "executionMetadata": {"tags": tags},
            **given,
        },
    )
    return str(answer["launchPipelineExecution"]["run"]["runId"])


def end_of(address: str, run: str) -> dict[str, Any]:
    """How a run ended, when it has."""
    pause = threading.Event()
    for _ in range(END_SECONDS * 2):
        ended = asked(address, ENDED, run=run)
        if ended["runOrError"]["status"] in ("SUCCESS", "FAILURE"):
            return ended
        pause.wait(0.5)
    raise AssertionError(f"the run {run} does not end")


def test_the_asset_graph_shows_every_stage(page: WebDriver, address: str) -> None:
    groups = ("0_snapshot", "1_source", "2_normalize", "3_load", "4_validate", "5_phases")
    shown(page, f"{address}/asset-groups", *groups)
    picture(page, "asset-graph")


def test_the_ui_has_the_runs_of_the_command_line(address: str, data: Path) -> None:
    query = "{ runsOrError { ... on Runs { results { runId status } } } }"
    runs = asked(address, query)["runsOrError"]
    with open_instance(read_settings({"MOONLANDING_DATA": str(data)})) as instance:
        expected = {(run.run_id, run.status.value) for run in instance.get_runs()}
    assert {(run["runId"], run["status"]) for run in runs["results"]} == expected
    assert {status for _, status in expected} == {"SUCCESS"}
    assert len(expected) >= 2


def test_a_person_finds_the_runs_under_their_job(page: WebDriver, address: str) -> None:
    shown(page, f"{address}/runs", "phase_3_4", "take_snapshot", "Success")
    picture(page, "runs")


def test_checks_of_a_table_are_shown_by_partition(page: WebDriver, address: str) -> None:
    checks = f"{address}/assets/moonlanding/highlight?view=checks"
    shown(page, checks, "pdf_coordinates", "timestamps", "fk_constraints")
    text = shown(page, f"{checks}&checkDetail=pdf_coordinates", "PASS: ", "compared, 0 findings")
    assert "Partition" in text
    page.find_elements(By.XPATH, "//*[@role='tab'][normalize-space()='Partitions']")[-1].click()
    WebDriverWait(page, SHOWN_SECONDS).until(having("1%", "10%", "100%"))
    picture(page, "checks")


def test_the_database_asset_shows_its_digest(page: WebDriver, address: str) -> None:
    shown(page, f"{address}/assets/database/app?view=partitions&partition=1%25", "logical_digest")
    picture(page, "database")


def test_a_person_materializes_a_report_for_one_partition(address: str) -> None:
    report = {"path": ["validation", "pdf_coordinates"]}
    checks = [{"assetKey": report, "name": "passes"}]
    ended = launched(address, {"assetSelection": [report], "assetCheckSelection": checks}, "1%")
    assert ended["runOrError"]["status"] == "SUCCESS"


def test_checks_launched_without_a_partition_are_refused_by_name(address: str) -> None:
    table = {"path": ["moonlanding", "highlight"]}  # "Execute all" forgets the partition
    checks = [{"assetKey": table, "name": "pdf_coordinates"}]
    ended = launched(address, {"assetSelection": [], "assetCheckSelection": checks}, None)
    assert ended["runOrError"]["status"] == "FAILURE"
    assert "Choose a partition" in causes(ended)


@pytest.mark.skipif(WITH_PICTURES, reason="for pictures every phase has run")
def test_a_shut_gate_holds_for_what_the_ui_launches(address: str, data: Path) -> None:
    database = {"assetSelection": [{"path": ["database", "app"]}], "assetCheckSelection": []}
    ended = launched(address, database, "100%")
    assert ended["runOrError"]["status"] == "FAILURE"
    assert "the gate of phase 3.6 is shut: the receipt of phase 3.5 is missing" in causes(ended)
    assert not (data / "app.db").exists()


@pytest.mark.skipif(WITH_PICTURES, reason="for pictures every phase has run")
def test_a_person_signs_in_the_ui_and_needs_evidence(address: str, data: Path) -> None:
    signoff = {"assetSelection": [{"path": ["signoff", "3.5"]}], "assetCheckSelection": []}
    name = {"ops": {"signoff__3_5": {"config": {"by": "Ann Example"}}}}
    ended = launched(address, signoff, None, runConfigData=name)
    assert ended["runOrError"]["status"] == "FAILURE"
    assert "phase 3.5 cannot be signed: the receipt of phase 3.5 is missing" in causes(ended)
    assert not (data / "signoffs.jsonl").exists()


def test_a_person_reads_what_a_phase_came_to(page: WebDriver, address: str) -> None:
    words = ("verdict", "PASS", "rollback_seconds", "evidence", "wal_bytes", "documents_a_second")
    shown(page, f"{address}/assets/phase/3.4", *words)
    image = page.find_element(By.XPATH, "//img[@alt='counts']")
    assert int(image.get_property("naturalWidth")) > 100  # it is drawn, not a broken picture
    image.location_once_scrolled_into_view  # noqa: B018  (a property that scrolls)
    picture(page, "phase")


def test_a_person_sees_where_a_column_comes_from(page: WebDriver, address: str) -> None:
    fields = ("columns_from", "mwr/reviews", "highlights[].", "references users.id", "Row count")
    shown(page, f"{address}/assets/moonlanding/highlight", *fields)


def test_a_person_sees_how_fresh_the_snapshot_is(page: WebDriver, address: str) -> None:
    words = ("Freshness policy", "Warns if more than 7 days since last materialization")
    shown(page, f"{address}/assets/snapshot/friday", *words)
    shown(page, f"{address}/assets/snapshot/friday?view=checks", "is_fresh", "days ago")


def newest_run(address: str) -> str:
    answer = asked(address, "{ runsOrError(limit: 1) { ... on Runs { results { runId } } } }")
    return str(answer["runsOrError"]["results"][0]["runId"])


def clicked(page: WebDriver, text: str) -> None:
    """Press the button that begins so, once it can be pressed."""
    button = f"//button[starts-with(normalize-space(.), '{text}')][not(@disabled)]"
    WebDriverWait(page, SHOWN_SECONDS).until(element_to_be_clickable((By.XPATH, button))).click()


def materialized_by_mouse(page: WebDriver, address: str, asset: str) -> dict[str, Any]:
    """Materialize 1% of an asset as a person does; how the run ended."""
    before = newest_run(address)
    shown(page, f"{address}/assets/{asset}?view=partitions&partition=1%25", "Metadata")
    clicked(page, "Materialize")
    clicked(page, "Launch 1 run")
    WebDriverWait(page, SHOWN_SECONDS).until_not(partial(is_newest_run, address, before))
    ended = end_of(address, newest_run(address))
    return materialized_by_mouse(page, address, asset) if was_early(ended) else ended


def is_newest_run(address: str, run: str, _page: WebDriver) -> bool:
    return newest_run(address) == run


def test_a_person_materializes_a_partition_and_a_failing_check_looks_failing(
    page: WebDriver, address: str
) -> None:
    ended = materialized_by_mouse(page, address, "validation/file_paths")
    assert ended["runOrError"]["status"] == "FAILURE"
    checks = f"{address}/assets/validation/file_paths?view=checks&checkDetail=passes"
    shown(page, checks, "Failed", "FAIL: ", "file_missing", "blocking asset check")
    assert any(map(is_red, page.find_elements(By.XPATH, "//*[normalize-space()='Failed']")))
    picture(page, "failing-check")


def is_red(element: WebElement) -> bool:
    """Whether its text is of a colour that people take for red."""
    red, green, blue = re.findall(r"\d+", element.value_of_css_property("color"))[:3]
    return int(red) > 1.5 * max(int(green), int(blue))


def test_a_phase_that_fails_in_the_ui_leaves_its_report(
    page: WebDriver, address: str, data: Path
) -> None:
    """And while it runs, its page shows what `moonlanding watch` shows."""
    run = launch(address, {"jobName": "phase_3_4"}, "1%")
    shown(page, f"{address}/runs/{run}?logs=candidate", "database ", ", its -wal ", "MB")
    shown(page, f"{address}/runs/{run}?logs=a%20second", "plan sample: ", " documents, ")
    page.get(f"{address}/runs/{run}")
    picture(page, "run")
    ended = end_of(address, run)
    assert ended["runOrError"]["status"] == "FAILURE"
    report = json.loads((data / "phase" / "3.4" / "report.json").read_text())
    assert (report["verdict"], report["failure"]["run_id"]) == ("FAIL", run)
    assert (report["failure"]["step"], report["failure"]["asset"]) == (
        "4.4", "validation/file_paths",
    )  # fmt: skip
    assert "failed at step 4.4" in (data / "phase" / "3.4" / "report.html").read_text()
