"""The sync's process killed with -9, again and again, while people work: nothing is lost or torn.

Both ways: people in the old systems while it carries forward, applications in SQL while it carries
back. MOONLANDING_KILLS says how often (`make test-faults`); each third kill comes while it starts.
"""

import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.load.integrity import check_foreign_keys, check_search
from moonlanding_assets.parallel.backward.log import set_stream
from moonlanding_assets.parallel.backward.old_firestore import FirestoreOldSide
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.service.opening import open_sync
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.parallel.service.process import running_process, said_now
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.backing import application
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.real.test_sync_killed import assert_not_torn
from moonlanding_assets_tests.sync_service_kit import (
    People,
    Projects,
    assert_rows_are_right,
    command,
    is_in_step,
    make_data,
    old_systems,
    run,
    until,
)

KILLS = int(os.environ.get("MOONLANDING_KILLS", "3"))
pytestmark = pytest.mark.timeout(3600)
AT_START_SECONDS = 4.0
AT_WORK_SECONDS = 1.0
CHANGES = 15


def kill_at_work(
    layout: Layout, projects: Projects, chance: random.Random, work: Callable[[], None], log: Path
) -> int:
    """The service started and killed, so many times, while somebody works; how often it was."""
    words = command(layout, "parallel", "start", "--foreground")
    killed = 0
    with log.open("wb") as said:
        for kill in range(KILLS):
            process = subprocess.Popen(
                words, env={**os.environ, **projects.environment()}, stdout=said, stderr=said
            )
            worker = threading.Thread(target=work, daemon=True)
            if kill % 3:
                until(lambda: said_now(layout).get("doing") == "following", "it follows")
            worker.start()
            longest = AT_WORK_SECONDS if kill % 3 else AT_START_SECONDS
            threading.Event().wait(chance.uniform(0, longest))
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            process.kill()
            process.wait()
            killed += 1
            worker.join()
            assert running_process(layout) is None
            assert_not_torn(layout.database("100%"))
    return killed


def test_killed_at_any_moment_it_goes_on(tmp_path: Path, emulator: FirestoreEmulator) -> None:
    layout = make_data(tmp_path / "data")
    control_in(layout.parallel, "S1")
    projects, chance = Projects(emulator, "killed"), random.Random(11)
    projects.fill(layout)
    people = People(projects, old_systems(layout, 11))

    def work() -> None:
        people.work(CHANGES)

    killed = kill_at_work(layout, projects, chance, work, tmp_path / "log")
    assert run(layout, projects, "start").returncode == 0
    until(lambda: is_in_step(layout, people.old, of_all=False), "in step with what is listened to")
    assert run(layout, projects, "stop").returncode == 0
    soon = {"MOONLANDING_WHOLE_READING_SECONDS": "1"}
    assert run(layout, projects, "start", **soon).returncode == 0
    until(lambda: is_in_step(layout, people.old), "in step with the old systems")
    assert run(layout, projects, "stop").returncode == 0
    people.close()
    assert_rows_are_right(layout)
    changes = len(people.old.history)
    sys.stdout.write(f"forward: killed {killed} times, {changes} changes, none lost\n")


def test_killed_while_it_carries_back_it_goes_on(
    tmp_path: Path, emulator: FirestoreEmulator
) -> None:
    layout = make_data(tmp_path / "data")
    with open_sync(layout) as sync, closing(sync.present):
        sync.start()
        set_stream(sync.connection, "started")
    control_in(layout.parallel, "S1 S2 S3 S4 S5 S6 S7 S8")
    projects, chance = Projects(emulator, "killed-back"), random.Random(12)
    projects.fill(layout)
    office = Applications(layout.database("100%"), random.Random(13))
    killed = kill_at_work(layout, projects, chance, office.work, tmp_path / "log")
    assert run(layout, projects, "start").returncode == 0
    until(lambda: said_now(layout).get("flowing") == "NEW->OLD" and office.is_sent(), "all sent")
    assert run(layout, projects, "stop").returncode == 0
    assert_both_hold_the_same(layout, projects)
    assert office.rows() == office.wanted  # what applications wrote is what is there
    assert_rows_are_right(layout)
    sys.stdout.write(f"backward: killed {killed} times, {office.written} rows written, none lost\n")


class Applications:
    """Those who work in Moonlanding, in plain SQL."""

    def __init__(self, database: Path, chance: random.Random) -> None:
        self._database = database
        self._chance = chance
        self.written = 0
        self.wanted = self.rows()

    def work(self) -> None:
        """Clients are renamed, made and, those that were made, deleted."""
        for _ in range(CHANGES):
            kind, self.written = self._chance.random(), self.written + 1
            born = [one for one in self.wanted if one.startswith("born")]
            name = f"name {self.written}"
            if kind < 0.6:
                one = self._chance.choice(sorted(self.wanted))
                self._write("UPDATE client SET name = ? WHERE id = ?", name, one)
                self.wanted[one] = name
            elif kind < 0.85 or not born:
                one = f"born{self.written}"
                self._write("INSERT INTO client (id, name, created_at) VALUES (?, ?, ?)",
                            one, name, "2026-03-01T10:20:00.000Z")  # fmt: skip
                self.wanted[one] = name
            else:
                one = self._chance.choice(born)
                self._write("DELETE FROM client WHERE id = ?", one)
                del self.wanted[one]

    def _write(self, statement: str, *values: str) -> None:
        with closing(application(self._database)) as connection, connection:
            connection.execute(statement, values)

    def rows(self) -> dict[str, str]:
        with closing(application(self._database)) as connection:
            return dict(connection.execute(
                "SELECT id, name FROM client WHERE id NOT IN "
                "(SELECT row_id FROM migration_placeholders)"
            ).fetchall())  # fmt: skip

    def is_sent(self) -> bool:
        with closing(application(self._database)) as connection:
            return connection.execute("SELECT count(*) FROM sync_changes").fetchone() == (0,)


def assert_both_hold_the_same(layout: Layout, projects: Projects) -> None:
    """The emulator, document by document, and the store; sound, nothing put aside."""
    homes = {
        system: Home(
            project=projects.project(system), database="(default)",
            emulator=projects.emulator.address,
        )
        for system in SYSTEMS
    }  # fmt: skip
    old = FirestoreOldSide(homes)
    with closing(old), Present(present_file(layout)) as present:
        for one in present.documents():
            there = old.read(one.path)
            assert (None if there is None else canonical(there.fields)) == one.fields, one.path
    with closing(sqlite3.connect(layout.database("100%"))) as connection:
        assert connection.execute("SELECT reason FROM sync_quarantine").fetchall() == []
        assert connection.execute("SELECT key FROM sync_conflicts").fetchall() == []
        check_foreign_keys(connection)
        check_search(connection)
