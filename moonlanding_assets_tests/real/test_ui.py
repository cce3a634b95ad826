"""The Dagster UI on the command line's own runs, seen by a browser.

With MOONLANDING_SCREENSHOTS=1 the pictures of docs/images are taken again (`make pictures`). The
UI looks files up in a copy of the bucket, which is lost in the end: then checks fail.
"""

import json
import os
import shutil
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.settings import Layout, read_settings
from moonlanding_assets_tests.real.browser import browser, require_chromium, served
from moonlanding_assets_tests.real.command import moonlanding
from moonlanding_assets_tests.real.ui_kit import (
    SHOWN_SECONDS,
    asked,
    asset_by_mouse,
    causes,
    clicked,
    end_of,
    having,
    is_red,
    launch,
    launched,
    launched_by_mouse,
    newest_run,
    page_behind,
    phase_by_mouse,
    pressed,
    shown,
    signed_by_mouse,
)

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WITH_PICTURES = os.environ.get("MOONLANDING_SCREENSHOTS") == "1"
MOST_BYTES = 300_000  # of a picture

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line migrated, of which 3.4 alone counts, for pictures every phase."""
    require_chromium()
    made = tmp_path_factory.mktemp("ui") / "data"
    small, _ = request.getfixturevalue("demo")
    shutil.copytree(small.data, made)
    if WITH_PICTURES:
        return made
    for number in ("3.5", "3.6", "3.7"):
        shutil.rmtree(made / "phase" / number)
    for signed in made.glob("signoffs*"):
        signed.unlink()
    return made


@pytest.fixture(scope="module")
def files(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the storage bucket, as far as the rows speak of it."""
    root = tmp_path_factory.mktemp("files")
    with closing(sqlite3.connect(Layout(data=data).database("100%"))) as connection:
        rows = connection.execute("SELECT path, size FROM file WHERE storage_type = 'firebase'")
        for path, size in rows:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            with (root / path).open("wb") as file:
                file.truncate(size or 0)
    return root


@pytest.fixture(scope="module")
def address(data: Path, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    extra = {"MOONLANDING_FILE_ROOT": str(files)}
    with served(data, tmp_path_factory.mktemp("log") / "ui.log", extra) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    require_chromium()
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def picture(page: WebDriver, name: str, *words: str) -> None:
    """Keep what the page shows, once it has the words, when pictures are asked for."""
    if WITH_PICTURES:
        WebDriverWait(page, SHOWN_SECONDS).until(having(*words))
        IMAGES.mkdir(parents=True, exist_ok=True)
        file = IMAGES / f"{name}.png"
        assert page.save_screenshot(str(file))
        assert file.stat().st_size < MOST_BYTES


def test_the_asset_graph_shows_every_stage(page: WebDriver, address: str) -> None:
    groups = ("0_snapshot", "1_source", "2_normalize", "3_load", "4_validate", "5_phases")
    shown(page, f"{address}/asset-groups", *groups)
    if WITH_PICTURES:  # the graph alone, as large as it gets
        clicked(page, "Hide navigation")
        page.set_window_size(1600, 560)
        shown(page, f"{address}/asset-groups", *groups)
        pressed(page, "//*[@placeholder='Jump to…']/following::button[1]")
    picture(page, "asset-graph", *groups)
    page.set_window_size(1600, 1000)


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
    before = logical_digest(data / "app.db")
    ended = launched(address, database, "100%")
    assert ended["runOrError"]["status"] == "FAILURE"
    assert "the gate of phase 3.6 is shut: the receipt of phase 3.5 is missing" in causes(ended)
    assert logical_digest(data / "app.db") == before


@pytest.mark.skipif(WITH_PICTURES, reason="for pictures every phase has run")
def test_a_person_signs_in_the_ui_and_needs_evidence(address: str, data: Path) -> None:
    signoff = {"assetSelection": [{"path": ["signoff", "3.5"]}], "assetCheckSelection": []}
    name = {"ops": {"signoff__3_5": {"config": {"by": "Ann Example"}}}}
    ended = launched(address, signoff, None, runConfigData=name)
    assert ended["runOrError"]["status"] == "FAILURE"
    assert "phase 3.5 cannot be signed: the receipt of phase 3.5 is missing" in causes(ended)
    assert not (data / "signoffs.jsonl").exists()


def test_a_person_runs_a_phase_and_reads_its_receipt_and_report(
    page: WebDriver, address: str, data: Path
) -> None:
    job = f"{address}/locations/moonlanding_assets/jobs/phase_3_5"
    ended = launched_by_mouse(page, address, partial(phase_by_mouse, job=job, partition="10%"))
    assert ended["runOrError"]["status"] == "SUCCESS", causes(ended)
    shown(page, f"{address}/assets/phase/3.5", "verdict", "PASS", "receipt")
    report = page_behind(page, "/reports/phase/3.5/report.html")
    assert report.startswith("Phase 3.5: Pilot, 10% PASS")
    receipt = json.loads(page_behind(page, "/reports/phase/3.5/receipt.json"))
    assert receipt == json.loads((data / "phase" / "3.5" / "receipt.json").read_text())
    (seen,) = [one for one in status(data)["phases"] if one["phase"] == "3.5"]
    assert (seen["verdict"], seen["evidence"]) == ("PASS", receipt["evidence"])
    run = newest_run(address)
    assert json.loads((data / "phase" / "3.5" / "report.json").read_text())["run_id"] == run
    watched = json.loads(moonlanding(data, "watch", "--once", "--json").stdout)
    assert (watched["phase"], watched["run_id"]) == ("3.5", run)


def test_a_person_signs_in_the_launchpad_and_the_command_line_knows(
    page: WebDriver, address: str, data: Path
) -> None:
    ended = launched_by_mouse(page, address, signed_by_mouse)
    assert ended["runOrError"]["status"] == "SUCCESS", causes(ended)
    (seen,) = [one for one in status(data)["phases"] if one["phase"] == "3.5"]
    assert seen["signed_by"] == "Ann Example"
    shown(page, f"{address}/assets/signoff/3.5", "Ann Example")
    page.get(f"{address}/reports/phase/3.5/report.html")
    picture(page, "report", "Signed by")
    assert "Signed by Ann Example" in page.find_element(By.TAG_NAME, "body").text


def test_only_reports_are_given_out(address: str) -> None:
    for name in ("app.db", "phase/3.4/log", "phase/%2e%2e/app.db", "signoffs.jsonl", "demo/friday"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address}/reports/{name}", timeout=60)


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


def status(data: Path) -> dict[str, Any]:
    """What `moonlanding status` says."""
    return dict(json.loads(moonlanding(data, "status", "--json").stdout))


def test_a_person_materializes_a_partition_and_a_failing_check_looks_failing(
    page: WebDriver, address: str, files: Path
) -> None:
    for file in [one for one in files.rglob("*") if one.is_file()]:
        file.unlink()
    ended = launched_by_mouse(page, address, partial(asset_by_mouse, asset="validation/file_paths"))
    assert ended["runOrError"]["status"] == "FAILURE"
    checks = f"{address}/assets/validation/file_paths?view=checks&checkDetail=passes"
    shown(page, checks, "Failed", "FAIL: ", "file_missing", "blocking asset check")
    assert any(map(is_red, page.find_elements(By.XPATH, "//*[normalize-space()='Failed']")))
    picture(page, "failing-check")


def test_a_phase_that_fails_in_the_ui_leaves_its_report(
    page: WebDriver, address: str, data: Path
) -> None:
    """And while it runs, its page shows what `moonlanding watch` shows."""
    run = launch(address, {"jobName": "phase_3_4"}, "1%")
    shown(page, f"{address}/runs/{run}?logs=candidate", "database ", ", its -wal ", "MB")
    shown(page, f"{address}/runs/{run}?logs=a%20second", "plan sample: ", " documents, ")
    picture(page, "run")
    ended = end_of(address, run)
    assert ended["runOrError"]["status"] == "FAILURE"
    report = json.loads((data / "phase" / "3.4" / "report.json").read_text())
    assert (report["verdict"], report["failure"]["run_id"]) == ("FAIL", run)
    assert (report["failure"]["step"], report["failure"]["asset"]) == (
        "4.4", "validation/file_paths",
    )  # fmt: skip
    assert "failed at step 4.4" in (data / "phase" / "3.4" / "report.html").read_text()
