"""From S0 to S5 and back by the commands a person types, on the emulator. Hours take seconds."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets import cli
from moonlanding_assets.parallel.gateway.evidence import stay_of
from moonlanding_assets.parallel.service.process import running_process, said_now
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.sync_service_kit import (
    People,
    Projects,
    is_in_step,
    make_data,
    old_systems,
    run,
    until,
)


class Walk:
    """One data directory; its verbs run in this process."""

    def __init__(self, layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
        self.layout = layout
        self.capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        self.capsys.readouterr()
        ended = 0
        try:
            cli.main(["--data", str(self.layout.data), *words])
        except SystemExit as left:
            ended = int(left.code or 0)
        said = self.capsys.readouterr()
        assert ended == code, (words, said.err)
        return said.out + said.err

    def state(self) -> str:
        row = Control(self.layout.control).row()
        return "" if row is None else row.state

    def refused(self, *words: str) -> str:
        before = self.state()
        said = self(*words, code=3)
        assert self.state() == before
        return said


@pytest.fixture
def projects(emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch) -> Projects:
    made = Projects(emulator, "walk")
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def walk(tmp_path: Path, projects: Projects, capsys: pytest.CaptureFixture[str]) -> Iterator[Walk]:
    layout = make_data(tmp_path / "data")
    projects.fill(layout)
    yield Walk(layout, capsys)
    if running_process(layout) is not None:
        run(layout, projects, "stop")


def hurried(layout: Layout) -> "subprocess.Popen[bytes]":
    """The sync with a clock that runs ahead."""
    with (layout.data / "hurried.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "moonlanding_assets_tests.real.hurried_service"],
            env={**os.environ, "MOONLANDING_DATA": str(layout.data)}, stdout=log, stderr=log,
        )  # fmt: skip


def put(layout: Layout, name: str, states: tuple[str, ...], content: dict[str, Any]) -> None:
    """What the gateway writes, of the present stay in these states."""
    stay = stay_of(Control(layout.control).history(), states)
    (layout.parallel / name).write_text(json.dumps({"stay": stay, **content}))


def held(layout: Layout, name: str) -> float:
    return float(said_now(layout).get(name) or 0.0)


def test_every_state_is_entered_by_its_evidence_and_left_again(
    walk: Walk, projects: Projects
) -> None:
    layout, people = walk.layout, People(projects, old_systems(walk.layout, 5))
    assert "there is no `back`" in walk.refused("parallel", "back", "--reason", "no way back")
    process = hurried(layout)
    until(lambda: walk.state() == "S1", "S1")
    people.happen(people.old.create())
    until(lambda: is_in_step(layout, people.old), "in step")
    until(lambda: held(layout, "lag_held_seconds") >= 600, "ten minutes")
    assert "S2 CAUGHT_UP" in walk("parallel", "advance", "S2")
    assert "moonlanding drift --all" in walk.refused("parallel", "advance")
    walk("drift", "--all")
    walk("drift", "--all")
    assert "reverse_path_proved" in walk.refused("parallel", "advance", "S3")
    assert json.loads(walk("parallel", "reverse-proof", "--json"))["proved"] is True
    assert "S3 SHADOW" in walk("parallel", "advance", "S3")
    assert "shadow_compared >= 10000" in walk.refused("parallel", "advance")
    counted = {"friday/users": {"matched": 10_000}}
    shadow = {"ignored": {}, "confirmed_on_recheck": 0, "mismatches": [], "endpoints": counted}
    put(layout, "shadow.json", ("S3",), shadow)
    walk("parallel", "advance", "S4", "--percent", "10")
    assert Control(layout.control).percent() == 10
    assert json.loads(walk("parallel", "share", "100", "--json"))["percent"] == 100
    until(lambda: held(layout, "percent_held_seconds") >= 1800, "half an hour")
    assert "p95_ratio" in walk.refused("parallel", "advance", "S5")
    side = {"reads": 500, "errors": 0, "buckets": {"7": 500}}
    put(layout, "canary.json", ("S4", "S5"), {"sides": {"OLD": side, "NEW": side}})
    moved = json.loads(walk("parallel", "advance", "--json"))
    assert moved["state"].startswith("S5 ")
    assert "there is no `advance`" in walk.refused("parallel", "advance")
    people.close()
    back_again(walk)
    process.wait(60)


def back_again(walk: Walk) -> None:
    """Each way back by its command; the last one stops the sync."""
    assert walk.state() == "S5"
    for state in ("S4", "S3", "S2", "S1", "S0"):
        said = walk("parallel", "back", "--reason", "the way back is walked", "--json")
        assert json.loads(said)["state"].startswith(f"{state} ")
        assert walk.state() == state
    control = Control(walk.layout.control)
    assert control.percent() == 0
    assert running_process(walk.layout) is None
    assert [one.kind for one in control.history()] == [
        "begin", *["advance"] * 4, "share", "advance", *["back"] * 5,
    ]  # fmt: skip
    assert "not running" in walk("parallel", "status")
