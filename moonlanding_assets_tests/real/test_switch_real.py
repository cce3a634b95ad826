"""A switch and the way back, all real: the emulator, the sync's process and the gateway's."""

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.cutover.switch.course import Switch, Switched
from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.real import GatewayRouter, ServiceStreams, SideFences
from moonlanding_assets.cutover.switch.steps import Limits
from moonlanding_assets.live_settings import Live
from moonlanding_assets.parallel.drift.checking import Drift
from moonlanding_assets.parallel.gateway.documents import Documents
from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.gateway.serving import ADMIN_FILE, NOTES_FILE
from moonlanding_assets.parallel.service.process import running_process, said_now
from moonlanding_assets.parallel.service.source_reading import live_readings
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.value import string
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import control_in, good
from moonlanding_assets_tests.real.command import command
from moonlanding_assets_tests.sync_service_kit import (
    Projects,
    assert_rows_are_right,
    copied,
    make_data,
    run,
    until,
)

PATIENT = Limits(step_seconds=60.0)  # whether a step takes two seconds is a matter of the machine


class Firm:
    """Both sides of one data directory, the gateway and the sync, each a process of its own."""

    def __init__(self, layout: Layout, projects: Projects, opened: ExitStack) -> None:
        self.layout, self.projects = layout, projects
        self.control = Control(layout.control)
        notes = layout.parallel / NOTES_FILE
        live = Live(
            friday_project=projects.project("friday"),
            mwr_project=projects.project("mwr"),
            emulator=projects.emulator.address,
        )
        homes = {
            system: Home(
                project=live.project(system), database=live.database, emulator=live.emulator
            )
            for system in SYSTEMS
        }
        self.sides: dict[Side, Documents] = {
            "OLD": FirestoreDocuments(homes, notes),
            "NEW": MoonlandingDocuments(layout.database("100%")),
        }
        for side in self.sides.values():
            opened.callback(side.close)
        self.sides["OLD"].fence(0)
        self.sides["NEW"].fence(None)
        self.path = next(
            path for path, _ in self.sides["OLD"].page("friday/clients/list", after="", limit=1)
        )
        self.address = self._serve(opened)
        readings = opened.enter_context(live_readings(live))
        token = (layout.parallel / ADMIN_FILE).read_text().strip()
        self.parts = Parts(
            router=GatewayRouter(address=self.address, token=token),
            fences=SideFences(
                layout=layout, sides=self.sides, canary=(self.path, "name"), notes=notes
            ),
            streams=ServiceStreams(layout=layout, drift_check=Drift(layout, readings), notes=notes),
        )

    def switch(self) -> Switch:
        return Switch(self.control, self.parts, by="a test", limits=PATIENT)

    def go(self) -> Switched:
        return self.switch().go(evidence=good("S5", "S6"))

    def reverse(self) -> Switched:
        evidence = good("S8", "S6", epoch=1)
        return self.switch().reverse(to="S5", evidence=evidence, reason="a test")

    def write(self, name: str) -> str:
        """Through the gateway; who took it."""
        body = json.dumps({"fields": {"name": string(name)}}).encode()
        request = urllib.request.Request(
            f"{self.address}/documents/{self.path}", data=body, method="PATCH"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            side: str = answer.headers["X-Moonlanding-Answered-By"]
        return side

    def name_in(self, side: Side) -> Any:
        found = self.sides[side].read(self.path)
        return None if found is None else found["name"]["stringValue"]

    def _serve(self, opened: ExitStack) -> str:
        process = subprocess.Popen(
            command(self.layout.data, "gateway", "--port", "0"),
            env={**os.environ, **self.projects.environment()},
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        opened.callback(process.wait)
        opened.callback(process.terminate)
        assert process.stdout is not None
        said = process.stdout.readline()
        opened.callback(process.stdout.close)
        return said.split()[-1]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = make_data(tmp_path_factory.mktemp("switch") / "data")
    control_in(layout.parallel, "S1 S2 S3 S4 S5")
    return layout


@pytest.fixture
def firm(base: Layout, tmp_path: Path, emulator: FirestoreEmulator) -> Iterator[Firm]:
    layout = copied(base, tmp_path / "data")
    projects = Projects(emulator, f"switch-{tmp_path.name[-8:]}".replace("_", "-").strip("-"))
    projects.fill(layout)
    started = run(layout, projects, "start")
    assert started.returncode == 0, started.stderr
    with ExitStack() as opened:
        opened.callback(run, layout, projects, "stop")
        until(lambda: said_now(layout).get("flowing") == "OLD->NEW", "a sync that follows")
        until(lambda: said_now(layout).get("lag_seconds") is not None, "listeners that told all")
        yield Firm(layout, projects, opened)


class Writers(threading.Thread):
    """Writes through the gateway until told to stop; every answer is kept."""

    def __init__(self, firm: Firm) -> None:
        super().__init__(daemon=True)
        self.firm = firm
        self.acknowledged: list[str] = []
        self.refused = 0
        self.ended = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            try:
                self.firm.write(f"name {number}")
                self.acknowledged.append(f"name {number}")
            except urllib.error.HTTPError as error:
                error.close()
                self.refused += 1


def test_writes_move_to_the_new_side_and_back_and_none_is_lost(firm: Firm) -> None:
    assert firm.write("before") == "OLD"
    until(lambda: firm.name_in("NEW") == "before", "the write in Moonlanding")
    writers = Writers(firm)
    writers.start()
    try:
        done = firm.go()
        assert (done.state, done.epoch) == ("S8", 1)
    finally:
        writers.ended.set()
        writers.join()
    last = writers.acknowledged[-1] if writers.acknowledged else "before"
    until(lambda: firm.name_in("OLD") == firm.name_in("NEW") == last, "the last write on both")
    assert firm.write("after") == "NEW"
    until(lambda: firm.name_in("OLD") == "after", "the write in Firestore")

    back = firm.reverse()
    assert (back.state, back.epoch) == ("S5", 2)
    assert firm.write("back") == "OLD"
    until(lambda: firm.name_in("NEW") == "back", "the write in Moonlanding, again")
    assert firm.parts.streams.conflicts() == 0
    process = running_process(firm.layout)
    assert run(firm.layout, firm.projects, "stop").returncode == 0
    assert process is not None
    assert_rows_are_right(firm.layout)


def test_a_rehearsal_moves_nothing(firm: Firm) -> None:
    started = time.monotonic()
    done = firm.switch().rehearse(evidence=good("S5", "S6"))
    assert (done.state, done.epoch) == ("S5", 0)
    assert 0 < done.hold_seconds < time.monotonic() - started
    assert firm.write("still") == "OLD"
    with closing(firm.sides["NEW"]) as new:
        assert new.accepts() is None
