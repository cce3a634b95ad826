"""Gates hold however somebody starts a run; phases from the command line and from Dagster's."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.cutover.phases import NUMBERS
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.cutover.signoff import AUTOMATIC, read_signatures
from moonlanding_assets.load.backup_manifest import find_backups
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.pipeline.instance import open_instance, write_home
from moonlanding_assets.settings import FRACTIONS, Layout, read_settings
from moonlanding_assets_tests.real.command import environment, moonlanding

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def layout(demo: tuple[Layout, str], tmp_path: Path) -> Layout:
    """A copy of a finished demo."""
    shutil.copytree(demo[0].data, tmp_path / "data")
    return Layout(data=tmp_path / "data")


def digests(layout: Layout) -> list[str]:
    return [logical_digest(layout.database(fraction)) for fraction in FRACTIONS]


def launched(layout: Layout, fraction: str) -> dict[str, dict[str, Any]]:
    """What became of runs that go around the command line."""
    module = "moonlanding_assets_tests.real.launching"
    ended = subprocess.run(
        [sys.executable, "-m", module, fraction],
        env={**environment(), "MOONLANDING_DATA": str(layout.data)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    return {line["what"]: line for line in lines}


def test_a_demo_leaves_a_receipt_a_report_and_a_log_for_each_phase(layout: Layout) -> None:
    for number in NUMBERS:
        receipt = read_receipt(layout, number)
        assert receipt is not None
        assert (receipt.verdict, bool(receipt.backups)) == ("PASS", True)
        assert (receipt.rollback_seconds is not None) == (number in ("3.4", "3.5"))
        names = {one.name for one in layout.phase(number).iterdir()}
        assert {"receipt.json", "report.json", "report.html", "log", "times.json"} == names
    assert [one.by for one in read_signatures(layout)] == [AUTOMATIC] * len(NUMBERS)


def test_by_hand_or_from_failure_a_shut_gate_holds(layout: Layout) -> None:
    (layout.phase("3.4") / "receipt.json").unlink()
    before, backups = digests(layout), find_backups(layout)
    runs = launched(layout, "10%")
    assert set(runs) == {"by hand", "from failure", "phase alone"}
    for run in runs.values():
        assert (run["success"], run["kind"]) == (False, "GateClosed")
        assert "the receipt of phase 3.4 is missing (`moonlanding run 3.4`)" in run["message"]
    assert digests(layout) == before
    assert find_backups(layout) == backups


def test_a_run_of_dagster_itself_opens_the_next_gate(layout: Layout) -> None:
    for number in ("3.4", "3.5"):
        (layout.phase(number) / "receipt.json").unlink()
    before = logical_digest(layout.database("1%"))
    home = write_home(read_settings({"MOONLANDING_DATA": str(layout.data)}))
    module = ["-m", "moonlanding_assets.definitions", "-j", "phase_3_4"]
    ended = subprocess.run(
        [sys.executable, "-m", "dagster", "job", "execute", *module],
        env={**os.environ, "DAGSTER_HOME": str(home), "MOONLANDING_DATA": str(layout.data)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert logical_digest(layout.database("1%")) == before
    written_here = home / "dagster.yaml"  # by this test itself
    files = [one for one in layout.data.rglob("*") if one.is_file() and one != written_here]
    assert {stat.S_IMODE(one.stat().st_mode) & 0o077 for one in files} == {0}
    shown = moonlanding(layout.data, "status", "--json")
    phases = json.loads(shown.stdout)["phases"]
    assert [one["verdict"] for one in phases[:2]] == ["PASS", ""]
    assert phases[1]["gate"] == "open"
    with open_instance(read_settings({"MOONLANDING_DATA": str(layout.data)})) as instance:
        latest = instance.get_runs(limit=1)[0]
    assert latest.job_name == "phase_3_4"
    assert "phase_3_4" not in (layout.phase("3.4") / "log").read_text()
    assert f"run {latest.run_id} begins" in (layout.phase("3.4") / "log").read_text()


def test_run_all_stops_at_the_gate_that_is_shut_and_says_what_opens_it(layout: Layout) -> None:
    layout.signoffs.unlink()
    (layout.phase("3.6") / "receipt.json").unlink()
    before = digests(layout)
    ended = moonlanding(layout.data, "run", "all")
    assert ended.returncode == 3
    assert "the gate of phase 3.6 is shut: phase 3.5: nobody has signed" in ended.stderr
    assert "moonlanding approve 3.5 --by NAME" in ended.stderr
    assert digests(layout) == before
    signed = moonlanding(layout.data, "approve", "3.5", "--by", "Ann Example", "--json")
    assert signed.returncode == 0, signed.stderr
    assert json.loads(signed.stdout)["by"] == "Ann Example"
    assert "Ann Example" in (layout.phase("3.5") / "report.html").read_text()
    status = json.loads(moonlanding(layout.data, "status", "--json").stdout)
    assert status["next_step"] == "moonlanding run 3.6"
    with open_instance(read_settings({"MOONLANDING_DATA": str(layout.data)})) as instance:
        event = instance.get_latest_materialization_event(_key("signoff", "3.5"))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["by"].value == "Ann Example"


def _key(*path: str) -> Any:
    import dagster as dg

    return dg.AssetKey(path)


def test_what_was_written_since_can_be_taken_back(layout: Layout) -> None:
    database = layout.database("100%")
    before = logical_digest(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM chat_messages")
    refused = moonlanding(layout.data, "approve", "3.6", "--by", "Ann Example")
    assert refused.returncode == 3
    assert "the database of phase 3.6 has changed since" in refused.stderr
    ended = moonlanding(layout.data, "restore", "--phase", "3.7", "--json")
    assert ended.returncode == 0, ended.stderr
    done = json.loads(ended.stdout)
    assert done["logical_digest"] == before == logical_digest(database)
    assert done["seconds"] < 60
    gone = moonlanding(layout.data, "restore", "--phase", "3.6")
    assert (gone.returncode, database.exists()) == (0, False)
    listed = moonlanding(layout.data, "backups")
    assert "there was no database" in listed.stdout
