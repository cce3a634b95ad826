"""The sync's process killed with -9, again and again, while people work: nothing is lost or torn.

MOONLANDING_KILLS says how often (`make test-faults`); each third kill comes while it starts.
"""

import os
import random
import subprocess
import threading
from pathlib import Path

import pytest

from moonlanding_assets.parallel.service.process import running_process, said_now
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


def test_killed_at_any_moment_it_goes_on(tmp_path: Path, emulator: FirestoreEmulator) -> None:
    layout = make_data(tmp_path / "data")
    control_in(layout.parallel, "S1")
    projects, chance = Projects(emulator, "killed"), random.Random(11)
    projects.fill(layout)
    people = People(projects, old_systems(layout, 11))
    words = command(layout, "parallel", "start", "--foreground")
    log = (tmp_path / "log").open("wb")
    for kill in range(KILLS):
        process = subprocess.Popen(
            words, env={**os.environ, **projects.environment()}, stdout=log, stderr=log
        )
        worker = threading.Thread(target=people.work, args=(15,), daemon=True)
        if kill % 3:
            until(lambda: said_now(layout).get("doing") == "following", "it follows")
        worker.start()
        longest = AT_WORK_SECONDS if kill % 3 else AT_START_SECONDS
        threading.Event().wait(chance.uniform(0, longest))
        assert process.poll() is None
        process.kill()
        process.wait()
        worker.join()
        assert running_process(layout) is None
        assert_not_torn(layout.database("100%"))
    assert run(layout, projects, "start").returncode == 0
    until(lambda: is_in_step(layout, people.old), "in step with the old systems")
    assert run(layout, projects, "stop").returncode == 0
    people.close()
    log.close()
    assert_rows_are_right(layout)
