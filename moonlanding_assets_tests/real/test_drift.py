"""Drift against two databases of the official emulator, while people work and afterwards."""

import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import dagster as dg
import pytest

from moonlanding_assets.live_settings import Live
from moonlanding_assets.parallel.drift.checking import Drift
from moonlanding_assets.parallel.drift.evidence import drift_evidence
from moonlanding_assets.parallel.drift.record import ALL, CHANGED, Check
from moonlanding_assets.parallel.drift.repair import log_file
from moonlanding_assets.parallel.service.opening import follow_live, open_sync
from moonlanding_assets.parallel.service.process import said_now
from moonlanding_assets.parallel.service.source_reading import live_readings
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.pipeline.p5_drift import DRIFT_ASSETS
from moonlanding_assets.pipeline.resources import Beside
from moonlanding_assets.settings import Layout, read_settings
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import walk
from moonlanding_assets_tests.migrating import s
from moonlanding_assets_tests.sync_service_kit import (
    People,
    Projects,
    command,
    is_in_step,
    make_data,
    old_systems,
    run,
    until,
)

LIMIT_SECONDS = 300.0  # generous: a busy machine may be slow, and nothing here is lost
BUSY_CHECKS = 2
OF = "SELECT row_id FROM migration_documents WHERE path = ?"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    made = make_data(tmp_path_factory.mktemp("drift") / "data")
    walk(Control(made.control), "S1")
    return made


@pytest.fixture(scope="module")
def people(emulator: FirestoreEmulator, layout: Layout) -> Iterator[People]:
    """Both old systems; what the first test did in them is there in the second."""
    projects = Projects(emulator, "drift")
    projects.fill(layout)
    made = People(projects, old_systems(layout, seed=17))
    yield made
    made.close()


def live(people: People) -> Live:
    return Live(
        friday_project=people.projects.project("friday"),
        mwr_project=people.projects.project("mwr"),
        emulator=people.projects.emulator.address,
    )


def test_while_people_work_nothing_differs_and_afterwards_nothing_does(
    layout: Layout, people: People
) -> None:
    found: list[Check] = []
    with (
        live_readings(live(people)) as old,
        closing(open_sync(layout)) as sync,
        closing(sync.present),
    ):
        drift = Drift(layout, old, limit_seconds=LIMIT_SECONDS)
        following = follow_live(sync, live(people))
        following.start()

        def check() -> None:
            with working(people):
                found.extend(drift.check(kind) for kind in (ALL, CHANGED) * BUSY_CHECKS)
            found.append(drift.check(ALL))

        try:
            run_beside(following.step, check)
        finally:
            following.stop()
    assert [one.confirmed for one in found] == [0] * len(found), [one.paths for one in found]
    assert any(one.differing for one in found)
    assert any(one.in_flight for one in found)
    assert found[-1].compared >= len(people.old.documents)
    assert drift_evidence(layout)["clean_sweep_orders"] == BUSY_CHECKS + 1


def test_what_differs_is_found_on_both_sides_and_repaired_by_the_running_sync(
    layout: Layout, people: People
) -> None:
    planted = plant(layout, people)
    first = drift_verb(layout, people, "--all", "--json")
    assert first.returncode == 1, first.stderr
    listed = json.loads(first.stdout)["differences"]
    assert {one["path"]: one["kind"] for one in listed} == planted
    keys = [key for one in DRIFT_ASSETS for key in one.keys]
    looked = dg.materialize(
        DRIFT_ASSETS, selection=keys, resources={"beside": beside(layout, people)}
    )
    assert [one.passed for one in looked.get_asset_check_evaluations()] == [False, False]

    assert run(layout, people.projects, "start", "--by", "Tester").returncode == 0
    try:
        until(lambda: said_now(layout).get("doing") == "following", "the sync to follow")
        until(lambda: is_in_step(layout, people.old), "the lost changes to come")
        done = drift_verb(layout, people, "repair", "--all", "--by", "Tester", "--json")
    finally:
        assert run(layout, people.projects, "stop").returncode == 0
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["check"]["differences"] == []
    assert json.loads(log_file(layout).read_text())["by"] == "Tester"
    last = drift_verb(layout, people, "--all")
    assert (last.returncode, last.stdout[:8]) == (0, "drift 0:")


def plant(layout: Layout, people: People) -> dict[str, str]:
    """A difference of each kind, two of them changes that nobody followed; path → kind."""
    old = people.old
    client = min(path for path in old.documents if path.startswith("friday/clients/list/"))
    chats = sorted(path for path in old.documents if "/chat/" in path)
    with closing(sqlite3.connect(layout.database("100%"))) as connection, connection:
        connection.execute(f"UPDATE client SET name = 'another' WHERE id IN ({OF})", (client,))
        connection.execute("DELETE FROM migration_documents WHERE path = ?", chats[:1])
    people.happen(old.set(client, {"name": s("one name")}))
    people.happen(old.delete(chats[1]))
    people.happen(old.set("myworkreview/users/list/drifter", {"name": s("nobody")}))
    return {
        client: "fields_differ",
        chats[0]: "missing_in_new",
        chats[1]: "missing_in_old",
        "myworkreview/users/list/drifter": "missing_in_new",
    }


def drift_verb(layout: Layout, people: People, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*command(layout, "drift"), *words],
        env={**os.environ, **people.projects.environment()},
        capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip


def beside(layout: Layout, people: People) -> Beside:
    said: dict[str, Any] = {"MOONLANDING_DATA": str(layout.data)}
    return Beside.of(read_settings({**said, **people.projects.environment()}))


@contextmanager
def working(people: People) -> Iterator[None]:
    """People change documents all the time, one of them again and again."""
    stopped = threading.Event()
    path = min(path for path in people.old.documents if path.startswith("friday/clients/list/"))

    def work() -> None:
        number = 0
        while not stopped.wait(0.02):
            number += 1
            people.happen(people.old.set(path, {"name": s(f"client {number}")}))
            people.work(1)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stopped.set()
        worker.join()


def run_beside(step: Callable[[], object], work: Callable[[], None]) -> None:
    """Follow in this thread while the work is done in another; raises what it raises."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(work)
        while not future.done():
            step()
        future.result()
