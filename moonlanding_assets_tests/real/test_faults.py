"""kill -9, SIGTERM, a read-only place, a locked database in the middle of a phase.

CI kills once, `make test-faults` a hundred: MOONLANDING_KILLS says how often.
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.cutover.gate import evidence_missing
from moonlanding_assets.cutover.phase_log import read_times
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.load.backup_manifest import damaged_backups, find_backups, verify_backup
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.real.command import command, environment, moonlanding

KILLS = int(os.environ.get("MOONLANDING_KILLS", "1"))
SEED = os.environ.get("MOONLANDING_KILL_SEED", "1")
ENDS_WITHIN_SECONDS = 5
STARTS_SECONDS = 3.0  # until the first stage, and about as much again is Dagster's own
pytestmark = pytest.mark.timeout(20_000)


@pytest.fixture
def layout(demo: tuple[Layout, str], tmp_path: Path) -> Layout:
    """A copy of a finished demo."""
    shutil.copytree(demo[0].data, tmp_path / "data")
    return Layout(data=tmp_path / "data")


def started(layout: Layout, *words: str) -> subprocess.Popen[str]:
    """The command, going on."""
    return subprocess.Popen(
        command(layout.data, *words), env=environment(), stderr=subprocess.PIPE, text=True
    )


def test_killed_anywhere_the_next_run_gives_the_same_database(layout: Layout) -> None:
    draw = random.Random(SEED)
    sample = BY_NUMBER["3.4"]
    database = layout.database("1%")
    whole = logical_digest(database)
    receipt = read_receipt(layout, "3.4")
    assert receipt is not None
    times = read_times(layout.phase("3.4"))
    assert times is not None
    lasts_seconds = STARTS_SECONDS + 2 * sum(one.seconds for one in times.stages.values())
    pause = threading.Event()
    for _ in range(KILLS):
        with started(layout, "run", "3.4") as process:
            pause.wait(draw.uniform(0.05, 0.98) * lasts_seconds)
            process.kill()
        for backup in find_backups(layout):
            assert verify_backup(backup.directory) == backup
        assert damaged_backups(layout) == ()
        if database.exists():  # whole, whichever it is: before, changed by the exercise, or after
            with closing(sqlite3.connect(database)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    ended = moonlanding(layout.data, "run", "3.4")
    assert ended.returncode == 0, ended.stderr
    assert logical_digest(database) == whole
    after = read_receipt(layout, "3.4")
    assert after is not None
    assert after.evidence == receipt.evidence
    assert evidence_missing(layout, sample) == ()
    left = [one.name for one in database.parent.iterdir() if one.name.startswith(".app.db")]
    assert left == []


def test_sigterm_ends_a_phase_at_once(layout: Layout) -> None:
    before = logical_digest(layout.database("100%"))
    with started(layout, "run", "3.6") as process:
        assert process.stderr is not None
        seen = [process.stderr.readline() for _ in range(2)]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        code = process.wait(60)
    assert time.monotonic() - began < ENDS_WITHIN_SECONDS
    assert code in (130, 143, -signal.SIGTERM), (seen, rest)
    assert logical_digest(layout.database("100%")) == before


def test_a_locked_database_and_a_read_only_place_are_said_clearly(layout: Layout) -> None:
    database = layout.database("100%")
    before = logical_digest(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        ended = moonlanding(layout.data, "restore", "--phase", "3.6")
        assert ended.returncode == 3
        assert "a writer is at work" in ended.stderr
        writer.execute("ROLLBACK")
    assert logical_digest(database) == before


def test_the_clock_set_back_changes_no_order(layout: Layout) -> None:
    newest = find_backups(layout)[-1]
    ahead = newest.directory.with_name(newest.name.replace("-20", "-29", 1))
    newest.directory.rename(ahead)
    ended = moonlanding(layout.data, "backup", "--phase", "3.7")
    assert ended.returncode == 0, ended.stderr
    assert find_backups(layout)[-1].manifest.number == newest.manifest.number + 1
    assert moonlanding(layout.data, "restore", "--phase", "3.7").returncode == 0
