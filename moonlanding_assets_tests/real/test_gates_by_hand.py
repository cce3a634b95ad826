"""Gates where the gate itself is open: checks that were left out, two launches at once.

What happens before a gate that is shut is in test_phase_gates.py.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.cutover.gate import look_at
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.load.backup_manifest import find_backups
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.settings import FRACTIONS, Layout
from moonlanding_assets_tests.real.command import environment, moonlanding

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def layout(demo: tuple[Layout, str], tmp_path: Path) -> Layout:
    """A copy of a finished demo."""
    shutil.copytree(demo[0].data, tmp_path / "data")
    return Layout(data=tmp_path / "data")


def launched(layout: Layout, module: str, *words: str) -> dict[str, dict[str, Any]]:
    """What became of runs that go around the command line."""
    ended = subprocess.run(
        [sys.executable, "-m", f"moonlanding_assets_tests.real.{module}", *words],
        env={**environment(), "MOONLANDING_DATA": str(layout.data)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    return {line["what"]: line for line in lines}


def test_a_phase_whose_checks_were_left_out_has_not_passed(layout: Layout) -> None:
    runs = launched(layout, "skipping")
    assert (runs["load"]["success"], runs["close"]["success"]) == (True, False)
    receipt = read_receipt(layout, "3.4")
    assert receipt is not None
    assert receipt.verdict == "FAIL"
    assert set(receipt.checks.values()) == {"STALE"}
    missing = look_at(layout, BY_NUMBER["3.5"]).missing
    assert ["phase 3.4 did not pass" in one.what for one in missing] == [True]
    assert {one.command for one in missing} == {"moonlanding run 3.4"}
    refused = moonlanding(layout.data, "approve", "3.4", "--by", "A Tester")
    assert refused.returncode == 3
    assert "phase 3.4 did not pass" in refused.stderr


def test_launched_twice_the_second_run_does_nothing(layout: Layout) -> None:
    before = [logical_digest(layout.database(one)) for one in FRACTIONS]
    backups = find_backups(layout)
    with Lease(layout.migration):  # as the first run holds it
        runs = launched(layout, "launching", "1%")
    assert set(runs) == {"by hand", "from failure", "phase alone"}
    for run in runs.values():
        assert (run["success"], run["kind"]) == (False, "TargetBusy")
        assert "is migrating into it; wait until it ends" in run["message"]
    assert [logical_digest(layout.database(one)) for one in FRACTIONS] == before
    assert find_backups(layout) == backups
