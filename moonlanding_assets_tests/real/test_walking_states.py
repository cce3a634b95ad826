"""From S0 to S5 and back by the commands a person types, on the emulator. Hours take seconds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from moonlanding_assets.parallel.service.process import running_process
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.real.walk_kit import Walk, held, hurried, put_canary, put_shadow
from moonlanding_assets_tests.sync_service_kit import (
    People,
    Projects,
    is_in_step,
    make_data,
    old_systems,
    run,
    until,
)


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
    put_shadow(layout)
    walk("parallel", "advance", "S4", "--percent", "10")
    assert Control(layout.control).percent() == 10
    assert json.loads(walk("parallel", "share", "100", "--json"))["percent"] == 100
    until(lambda: held(layout, "percent_held_seconds") >= 1800, "half an hour")
    assert "p95_ratio" in walk.refused("parallel", "advance", "S5")
    put_canary(layout)
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
