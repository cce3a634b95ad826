"""Phases on a machine that gives out: a full disk, a place that cannot be written, a locked
database, two runs at once, SIGTERM, a clock that was set back, going back in each phase.

After each fault nothing has changed and the message says what to do; the next run gives what an
undisturbed one gives.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from moonlanding_assets.cutover.gate import evidence_missing
from moonlanding_assets.cutover.phases import BY_NUMBER, PHASES
from moonlanding_assets.cutover.preparing import back_up
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.load.backup_manifest import find_backups
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.restore import newest_of_phase, restore
from moonlanding_assets.settings import FRACTIONS, Layout
from moonlanding_assets_tests.real.another_day import wrong_clock
from moonlanding_assets_tests.real.command import command, environment, moonlanding
from moonlanding_assets_tests.real.small_disk import bound_by_modes, small_disk

SAMPLE = BY_NUMBER["3.4"]
ENDS_WITHIN_SECONDS = 5
HEARD_WITHIN_SECONDS = 60  # on a machine that is busy with other things
BUSY_SECONDS = 300  # a bounded wait, on such a machine
pytestmark = pytest.mark.timeout(1_800)

Fault = Callable[[Layout], AbstractContextManager[None]]


@pytest.fixture
def layout(demo: tuple[Layout, str], tmp_path: Path) -> Layout:
    """A copy of a finished demo."""
    shutil.copytree(demo[0].data, tmp_path / "data")
    return Layout(data=tmp_path / "data")


def digests(layout: Layout) -> list[str]:
    return [logical_digest(layout.database(fraction)) for fraction in FRACTIONS]


def evidence(layout: Layout, number: str) -> str:
    receipt = read_receipt(layout, number)
    assert receipt is not None
    return receipt.evidence


def places(layout: Layout) -> dict[str, Path]:
    return {"sample": layout.fraction("1%"), "backups": layout.backups}


@contextmanager
def full(layout: Layout, place: str, *, free_kib: int) -> Iterator[None]:
    with small_disk(places(layout)[place]) as disk:
        disk.leave_free(free_kib)
        yield
        disk.make_room()
        kept = shutil.copytree(disk.directory, layout.data.parent / "kept")
    shutil.rmtree(places(layout)[place])
    kept.rename(places(layout)[place])


@contextmanager
def read_only(layout: Layout, place: str) -> Iterator[None]:
    places(layout)[place].chmod(0o500)
    yield
    places(layout)[place].chmod(0o700)


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    with closing(sqlite3.connect(layout.database("1%"), isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        yield
        writer.execute("ROLLBACK")


full_sample, full_backups = partial(full, place="sample"), partial(full, place="backups")
FAULTS: tuple[tuple[Fault, str, str], ...] = (
    (partial(full_backups, free_kib=100), "backup --phase 3.4", "bytes are needed"),
    (partial(full_sample, free_kib=40), "run 3.4", "full: make room|disk is full"),
    (partial(full_sample, free_kib=2_500), "run 3.4", "bytes are needed|full: make room"),
    (partial(full_sample, free_kib=40), "restore --phase 3.4", "bytes are needed"),
    (partial(read_only, place="backups"), "backup --phase 3.4", "cannot be written"),
    (partial(read_only, place="sample"), "run 3.4", "cannot be written"),
    (partial(read_only, place="sample"), "restore --phase 3.4", "cannot be written"),
    (locked, "run 3.4", "another process holds it locked"),
    (locked, "restore --phase 3.4", "a writer is at work"),
    (locked, "status --checks", "another process holds"),
)


def test_what_stops_a_phase_changes_nothing_and_the_next_run_does_it(layout: Layout) -> None:
    assert moonlanding(layout.data, "backup", "--phase", "3.4").returncode == 0
    before, signed = digests(layout), evidence(layout, "3.4")
    for fault, words, said in FAULTS:
        backups = find_backups(layout)
        with fault(layout):
            ended = bound(layout, *words.split())
        assert ended.returncode == 3, (fault, words, ended.stderr)
        assert re.search(said, ended.stderr), (fault, words, ended.stderr)
        assert digests(layout) == before, (fault, words)
        assert find_backups(layout)[: len(backups)] == backups
    two_at_once(layout)
    assert (digests(layout), evidence(layout, "3.4")) == (before, signed)
    assert evidence_missing(layout, SAMPLE) == ()
    assert [one for one in layout.fraction("1%").rglob(".*") if one.name != ".plan.lock"] == []


def bound(layout: Layout, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a user whom the modes of files bind; it ends by itself."""
    return subprocess.run(
        command(layout.data, *words), env=environment(), preexec_fn=bound_by_modes,
        cwd=layout.data.parent, capture_output=True, text=True, timeout=BUSY_SECONDS, check=False,
    )  # fmt: skip


def two_at_once(layout: Layout) -> None:
    """The second run is refused and told by whom; the first one ends well."""
    with started(layout, "run", "3.4") as first:
        heard(first, "plan sample")
        second = moonlanding(layout.data, "run", "3.4")
        assert second.returncode == 3
        assert f"the process {first.pid} is migrating into it" in second.stderr
        _, rest = first.communicate(timeout=BUSY_SECONDS)
        assert first.returncode == 0, rest


def started(layout: Layout, *words: str) -> subprocess.Popen[str]:
    """The command, going on."""
    return subprocess.Popen(
        command(layout.data, *words), env=environment(), stderr=subprocess.PIPE, text=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def heard(process: subprocess.Popen[str], words: str) -> None:
    """Read what it says until it says this."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    pytest.fail(f"it ended before it said {words!r}")


@pytest.mark.parametrize("moment", ["3.4: 1%", "normalize"])
def test_sigterm_ends_a_phase_soon_and_says_how_to_go_on(layout: Layout, moment: str) -> None:
    before = digests(layout)
    with started(layout, "run", "3.4") as process:
        heard(process, moment)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=HEARD_WITHIN_SECONDS)
        took = time.monotonic() - asked
    assert process.returncode == 130, rest
    assert "interrupted; what was published before is untouched. To go on, type it again" in rest
    assert digests(layout) == before
    load_average = os.getloadavg()[0] / (os.cpu_count() or 1)
    assert took < ENDS_WITHIN_SECONDS * max(1.0, load_average), f"{took:.1f} s"


def test_on_a_clock_that_was_set_back_everything_goes_on(layout: Layout, tmp_path: Path) -> None:
    yesterday = wrong_clock(tmp_path, days=-1)
    before = {phase.number: evidence(layout, phase.number) for phase in PHASES}
    was, backups = digests(layout), find_backups(layout)
    ran = moonlanding(layout.data, "run", "3.4", extra=yesterday)
    assert ran.returncode == 0, ran.stderr
    assert digests(layout) == was
    assert {phase.number: evidence(layout, phase.number) for phase in PHASES} == before
    taken = find_backups(layout)[-1]
    assert taken.manifest.number == backups[-1].manifest.number + 1
    assert taken.manifest.taken_at < backups[-1].manifest.taken_at
    assert newest_of_phase(layout, "3.4", "1%") == taken
    status = moonlanding(layout.data, "status", "--json", extra=yesterday)
    assert status.returncode == 0, status.stderr
    assert all(one["gate"] == "open" for one in json.loads(status.stdout)["phases"])


@pytest.mark.parametrize("number", [phase.number for phase in PHASES])
def test_back_from_the_backup_of_each_phase(layout: Layout, number: str) -> None:
    phase = BY_NUMBER[number]
    before = {one: logical_digest(layout.database(one)) for one in phase.backs_up}
    back_up(layout, phase)
    for fraction in phase.backs_up:
        database = layout.database(fraction)
        with closing(sqlite3.connect(database)) as reader:
            count = people(reader)
            left_by_a_killed_application(database)
            assert people(reader) == count + 1
            restore(layout, newest_of_phase(layout, number, fraction))
            assert people(reader) == count + 1  # it keeps what it had open
        assert logical_digest(database) == before[fraction]
        assert not Path(f"{database}-wal").exists()


def people(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM users").fetchone()[0])


WRITES_AND_DIES = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute("INSERT INTO users (id, email, name, role, type, created_at) "
    "VALUES ('late', 'late@one.example', 'Late', 'clerk', 'auditor', 'now')")
connection.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""


def left_by_a_killed_application(database: Path) -> None:
    """A row that is in a -wal only, beside a -shm."""
    words = [sys.executable, "-c", WRITES_AND_DIES, str(database)]
    ended = subprocess.run(words, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert Path(f"{database}-wal").stat().st_size > 0
    assert Path(f"{database}-shm").exists()
