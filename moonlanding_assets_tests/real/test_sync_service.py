"""The sync as a process of its own, on the emulator: started, in the way, resolved, stopped."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.parallel.forward.changes import set_event
from moonlanding_assets.parallel.forward.resolving import open_conflicts
from moonlanding_assets.parallel.service.opening import open_sync
from moonlanding_assets.parallel.service.process import last_said, running_process, said_now
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.sync_service_kit import (
    People,
    Projects,
    Relay,
    assert_rows_are_right,
    copied,
    is_in_step,
    make_data,
    old_systems,
    run,
    status,
    until,
)

STOP_SECONDS = 5.0


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return make_data(tmp_path_factory.mktemp("service") / "data")


class Place:
    """One data directory and its two projects; what runs is stopped at the end."""

    def __init__(self, base: Layout, directory: Path, emulator: FirestoreEmulator) -> None:
        self.layout = copied(base, directory / "data")
        self.projects = Projects(emulator, directory.name.replace("_", "-")[-20:].strip("-"))
        self.projects.fill(self.layout)
        self.people = People(self.projects, old_systems(self.layout, 3))
        self.database = self.layout.database("100%")

    def run(self, *words: str, address: str = "", code: int = 0) -> str:
        ended = run(self.layout, self.projects, *words, address=address)
        assert ended.returncode == code, ended.stderr
        said: str = ended.stdout + ended.stderr
        return said

    def status(self) -> dict[str, Any]:
        return status(self.layout, self.projects)

    def follows(self) -> None:
        until(lambda: is_in_step(self.layout, self.people.old), "in step with the old systems")

    def lag(self) -> Any:
        return said_now(self.layout).get("lag_seconds")

    def close(self) -> None:
        self.people.close()
        if running_process(self.layout) is not None:
            self.run("stop")


@pytest.fixture
def place(base: Layout, tmp_path: Path, emulator: FirestoreEmulator) -> Iterator[Place]:
    made = Place(base, tmp_path, emulator)
    yield made
    made.close()


def test_it_runs_in_the_background_and_goes_on_where_it_stopped(place: Place) -> None:
    said = json.loads(place.run("start", "--by", "Ann Example", "--json"))
    process = running_process(place.layout)
    assert said["process"] == process
    assert f"process {process}" in place.run("start", code=3)
    place.people.work(40)
    place.follows()
    found = place.status()
    assert found["state"] == "S1 TAILING"
    assert found["service"]["process"] == process
    before = time.monotonic()
    assert json.loads(place.run("stop", "--json")) == {"ended": process}
    assert time.monotonic() - before < 30  # the verb itself takes seconds on a busy machine
    assert last_said(place.layout)["doing"] == "stopped"
    assert "the sync does not run" in place.run("stop")
    assert place.status()["missing"]["S2"][-1]["what"].endswith("found missing)")
    place.people.work(40)
    place.run("start")
    place.follows()
    place.run("stop")
    assert_rows_are_right(place.layout)


def test_a_server_that_is_away_is_waited_for_and_breaks_the_hold(place: Place) -> None:
    relay = Relay(place.projects.emulator.address)
    place.run("start", address=relay.address)
    until(lambda: (said_now(place.layout).get("lag_held_seconds") or 0) > 1, "a lag that holds")
    relay.cut()
    place.people.work(20)
    until(lambda: "does not answer" in said_now(place.layout).get("problem", ""), "its words")
    assert said_now(place.layout)["lag_held_seconds"] == 0
    assert place.lag() is None or place.lag() > 0
    relay.mend()
    place.follows()
    until(lambda: place.lag() is not None and not said_now(place.layout)["problem"], "all well")
    place.run("stop")
    relay.close()
    assert_rows_are_right(place.layout)


def test_what_waits_for_a_person_shuts_the_gate_until_somebody_decides(place: Place) -> None:
    control_in(place.layout.parallel, "S1")
    path = place.people.old.some()
    with open_sync(place.layout) as sync, closing(sync.present):
        sync.start()
        sync.apply((set_event(path, '{"name":', version=4_000_000_000_000_000),))
    place.run("start", "--row-sweep-seconds", "1")
    place.people.work(5)
    place.follows()
    with closing(sqlite3.connect(place.database, timeout=60)) as connection, connection:
        one = "(SELECT min(id) FROM client)"
        connection.execute(f"UPDATE client SET name = 'nobody' WHERE id = {one}")
    until(lambda: open_conflicts(place.database), "a sweep of the rows that finds it")
    lacks = {one["key"]: one["what"] for one in place.status()["missing"]["S2"]}
    assert "found 1" in lacks["quarantined"]
    assert "is not open yet" in place.run("advance", "S2", code=3)
    (event,) = [line.split()[1] for line in place.run("quarantine", "list").splitlines()]
    assert "nobody" not in place.run("conflicts", "list")
    assert "cannot be carried still" in place.run("quarantine", "retry", event, "--by", "A", code=1)
    again = place.run("quarantine", "retry", event, "--by", "B", "--json", code=1)
    assert json.loads(again) == {"event": event, "is_carried": False}
    decided = ("--by", "Ann", "--reason", "a broken document", "--json")
    aside = json.loads(place.run("quarantine", "set-aside", event, *decided))
    assert aside == {"event": event, "is_set_aside": True}
    decided = ("--by", "Ann", "--reason", "a slip of the hand", "--json")
    settled = json.loads(place.run("conflicts", "settle", "1", *decided))
    assert settled == {"conflict": 1, "is_settled": True}
    assert "no open conflict 1" in place.run(
        "conflicts", "settle", "1", "--by", "Ann", "--reason", "x", code=3
    )
    figures = place.status()["figures"]
    assert (figures["quarantined"], figures["conflicts"]) == (0, 0)
    place.run("stop")
    with closing(sqlite3.connect(place.database)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            connection.execute("DELETE FROM sync_resolutions")
        said = connection.execute("SELECT kind, by FROM sync_resolutions ORDER BY number")
        assert said.fetchall() == [
            ("retry", "A"), ("retry", "B"), ("set aside", "Ann"), ("settle", "Ann"),
        ]  # fmt: skip
