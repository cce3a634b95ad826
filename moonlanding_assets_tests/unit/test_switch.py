"""The switch on parts made by hand: its order, every failure, a kill at every single call.

The order is the model's (model/variants.py), whose state space is searched elsewhere; what is
checked after each kill are its invariants I1, I5, I7, I9 to I12.
"""

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.cutover.switch.course import Switch
from moonlanding_assets.cutover.switch.steps import Limits
from moonlanding_assets.errors import StepFailed, SwitchAborted, TransitionRefused
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.states import FREEZING_STEPS, Side
from moonlanding_assets.parallel.state.transitions import find
from moonlanding_assets_tests.model.variants import ABORT, STEPS
from moonlanding_assets_tests.switching import Clock, KilledError, World

CLIMB = ("S1", "S2", "S3", "S4", "S5")
HARMS = {
    "gate stays open": "step 1, close gate: the gate did not close: not within",
    "a write hangs": "step 2, drain: 3 writes in flight did not end",
    "the fence leaks": "step 3, fence: .* took a canary write although it is fenced",
    "somebody writes": "step 3, fence: .* was written to although it is fenced",
    "never catches up": "step 5, catch up: the other side lags behind: not within",
    "drift": "step 6, verify: 2 documents differ, 0 conflicts are open",
    "a conflict": "step 6, verify: 0 documents differ, 1 conflicts are open",
    "no stream back": "step 7, create reverse: the stream back was not made: not within",
    "somebody writes late": "step 7, create reverse: .* was written to although it is fenced",
}
LATE_HARMS = {
    "never stops": "step 9, stop forward: the stream did not stop",
    "never starts": "step 12, start reverse: the stream back did not start",
}


def evidence_of(control: Control, target: str) -> dict[str, Any]:
    """Exactly what the change asks, met."""
    row = control.row()
    assert row is not None
    one = find(row.state, target, epoch=row.epoch, has_journal=bool(row.journal))
    assert one is not None
    found: dict[str, Any] = {}
    for asked in one.asks:
        bounds = (asked.equals, asked.at_least, asked.at_most)
        met = next((bound for bound in bounds if bound is not None), 0)
        found[asked.key] = met
    return found


def at(tmp_path: Path, state: str = "S5", *, name: str = "control.db") -> World:
    """A world in S5, or switched once to S8; the climb is made once for each directory."""
    climbed = tmp_path / f"{state}.climbed"
    if not climbed.exists():
        made = climb(tmp_path / "first.db")
        if state == "S8":
            switch(made).go(evidence=evidence_of(made.control, "S6"))
        with closing(sqlite3.connect(tmp_path / "first.db")) as connection:
            connection.execute("VACUUM INTO ?", (str(climbed),))
        for one in tmp_path.glob("first.db*"):
            one.unlink()
    shutil.copy(climbed, tmp_path / name)
    world = World(Control(tmp_path / name))
    if state == "S8":
        world.accepts, world.streams = {"OLD": None, "NEW": 1}, {"NEW": "running"}
    return world


def climb(file: Path) -> World:
    """S5, by every change before it."""
    control = Control(file)
    control.begin(evidence={"checks_passed": 12, "is_stale": False, "is_signed": True}, by="a")
    for target in CLIMB:
        row = control.row()
        assert row is not None
        control.change(row, target, evidence=evidence_of(control, target), by="a")
    return World(control)


def switch(world: World, *, told: list[str] | None = None) -> Switch:
    """A controller of this world; its clock makes a waiting step end soon."""
    tell: Callable[[str], None] = (told if told is not None else []).append
    limits = Limits(step_seconds=0.5, forward_seconds=0.5, now=Clock())
    return Switch(world.control, world.parts(), by="A. Engineer", limits=limits, tell=tell)


def run(world: World, way: str, *, told: list[str] | None = None) -> Any:
    """The switch forward, or back to S2."""
    evidence = evidence_of(world.control, "S6")
    one = switch(world, told=told)
    if way == "go":
        return one.go(evidence=evidence)
    return one.reverse(to="S2", evidence=evidence, reason="NEW is slow")


def started(way: str) -> str:
    """The state from which the way begins."""
    return "S5" if way == "go" else "S8"


def require_whole(world: World) -> None:
    """The invariants of rest: one side writes, the gate is open, one stream runs, none is lost."""
    row = world.row
    assert row.journal == ""
    assert row.state not in ("S6", "S7")
    assert world.is_gate_open
    assert world.accepts[row.authority] == row.epoch
    loser: Side = "OLD" if row.authority == "NEW" else "NEW"
    assert world.accepts[loser] is None
    assert world.streams == {row.authority: "running"}


@pytest.mark.parametrize("way", ["go", "reverse"])
def test_it_does_the_steps_of_the_model_in_its_order(tmp_path: Path, way: str) -> None:
    world = at(tmp_path, started(way))
    told: list[str] = []
    done = run(world, way, told=told)
    assert tuple(told) == STEPS
    assert (done.state, done.epoch) == (("S8", 1) if way == "go" else ("S2", 2))
    assert set(done.seconds) == set(STEPS) == {one.name for one in FREEZING_STEPS}
    assert done.hold_seconds > 0
    require_whole(world)


def test_the_journal_is_written_once_and_everything_that_it_stands_on_before(
    tmp_path: Path,
) -> None:
    world = at(tmp_path)
    run(world, "go")
    lines = world.control.history()
    (journal,) = [line for line in lines if line.state == "S7" and line.kind != "step"]
    assert journal.evidence == {
        "in_flight_writes": 0, "canary_write_refused": True, "update_time_stood_still": True,
        "position_us": 100, "position_writes": 1, "noted_writes": 7, "unapplied_events": 0,
        "drift": 0, "conflicts": 0, "reverse_stream_exists": True,
    }  # fmt: skip
    steps = [line.step for line in lines if line.kind == "step" and line.number < journal.number]
    assert steps == [1, 2, 3, 4, 5, 6, 7]
    assert [line.step for line in lines if line.kind == "step"][7:] == [9, 10]


@pytest.mark.parametrize("way", ["go", "reverse"])
@pytest.mark.parametrize("harm", HARMS)
def test_whatever_fails_before_the_journal_nothing_has_moved(
    tmp_path: Path, way: str, harm: str
) -> None:
    world = at(tmp_path, started(way))
    row = world.row
    world.harm = harm
    with pytest.raises(SwitchAborted, match=HARMS[harm]):
        run(world, way)
    assert (world.row.state, world.row.epoch) == (row.state, row.epoch)
    world.is_gate_open = world.row.is_gate_open
    require_whole(world)


@pytest.mark.parametrize("way", ["go", "reverse"])
@pytest.mark.parametrize("harm", LATE_HARMS)
def test_what_fails_after_the_journal_goes_forward_later(
    tmp_path: Path, way: str, harm: str
) -> None:
    world = at(tmp_path, started(way))
    epoch = world.row.epoch
    world.harm = harm
    with pytest.raises(StepFailed, match=LATE_HARMS[harm]):
        run(world, way)
    assert world.row.journal
    with pytest.raises(TransitionRefused, match="there is no freeze that could be aborted"):
        switch(world).abort(reason="too late")
    with pytest.raises(TransitionRefused, match="cutover recover"):
        switch(world).go(evidence={})
    world.harm = ""
    assert switch(world).recover() is not None
    assert world.row.epoch == epoch + 1
    require_whole(world)


def kills(tmp_path: Path, way: str) -> Iterator[tuple[int, World]]:
    """A world for each call that a switch makes, killed before it."""
    counted = at(tmp_path, started(way))
    run(counted, way)
    for number in range(len(counted.calls)):
        world = at(tmp_path, started(way), name=f"{number}.db")
        world.kill_at = number
        yield number, world


@pytest.mark.parametrize("way", ["go", "reverse"])
def test_killed_before_any_call_of_any_part_it_recovers(tmp_path: Path, way: str) -> None:
    moved = []
    for number, world in kills(tmp_path, way):
        epoch = world.row.epoch
        with pytest.raises(KilledError):
            run(world, way)
        writable = [side for side, one in world.accepts.items() if one is not None]
        assert len(writable) <= 1, f"two writers after {world.calls}"
        has_journal = bool(world.row.journal)
        world.kill_at = -1
        switch(world).recover()
        world.is_gate_open = world.row.is_gate_open  # the router follows the row by itself as well
        require_whole(world)
        assert (world.row.epoch == epoch + 1) == (has_journal or world.row.epoch != epoch)
        moved.append((number, world.row.epoch != epoch))
    went = [has_moved for _, has_moved in moved]
    assert went == sorted(went), "forward only from the journal on"
    assert {True, False} == set(went)


@pytest.mark.parametrize("way", ["go", "reverse"])
def test_killed_again_while_it_recovers_it_still_recovers(tmp_path: Path, way: str) -> None:
    for number, world in kills(tmp_path, way):
        if number % 5:
            continue
        with pytest.raises(KilledError):
            run(world, way)
        for calls in itertools.count(1):
            world.kill_at = len(world.calls) + calls
            try:
                switch(world).recover()
                break
            except KilledError:
                continue
        world.is_gate_open = world.row.is_gate_open
        require_whole(world)


def test_a_step_that_takes_too_long_is_undone_though_it_ended_well(tmp_path: Path) -> None:
    world = at(tmp_path)
    clock = Clock()
    parts = world.parts()

    def slow() -> int:
        clock.seconds += 3
        return 0

    parts.streams.drift = slow  # type: ignore[method-assign]  # a part that hangs for a while
    one = Switch(world.control, parts, by="a", limits=Limits(now=clock))
    with pytest.raises(SwitchAborted, match=r"step 6, verify: it took 3\.0 s"):
        one.go(evidence=evidence_of(world.control, "S6"))
    require_whole(world)


def test_a_rehearsal_ends_where_it_began_and_says_how_long_writes_were_held(
    tmp_path: Path,
) -> None:
    world = at(tmp_path)
    done = switch(world).rehearse(evidence=evidence_of(world.control, "S6"))
    assert (done.state, done.epoch) == ("S5", 0)
    assert done.hold_seconds > 0
    assert "journal" not in done.seconds
    require_whole(world)
    assert not any(line.state == "S7" for line in world.control.history())


def test_an_abort_without_a_canary_that_gets_through_stays_in_the_freeze(tmp_path: Path) -> None:
    world = at(tmp_path)
    parts = world.parts()
    parts.fences.accept = lambda side, epoch: None  # type: ignore[method-assign]  # never unfences
    world.accepts["OLD"] = None
    world.harm = "drift"
    with pytest.raises(TransitionRefused, match="canary_write_accepted = true; found false"):
        Switch(world.control, parts, by="a", limits=Limits(step_seconds=0.5, now=Clock())).go(
            evidence=evidence_of(world.control, "S6")
        )
    assert world.row.state == "S6"
    switch(world).recover()
    require_whole(world)


def test_the_abort_is_the_models(tmp_path: Path) -> None:
    world = at(tmp_path)
    world.harm = "drift"
    with pytest.raises(SwitchAborted):
        run(world, "go")
    undone = world.calls[world.calls.index("conflicts") + 1 :]
    assert undone[:3] == ["accept OLD 0", "drop NEW", "canary OLD"]
    assert ABORT == ("unfence", "drop reverse", "give back")


def test_without_its_evidence_it_does_not_begin(tmp_path: Path) -> None:
    world = at(tmp_path)
    with pytest.raises(TransitionRefused, match="S6 FREEZING asks"):
        switch(world).go(evidence={})
    assert world.calls == []
    with pytest.raises(TransitionRefused, match="goes to S2 or S5"):
        switch(world).reverse(to="S3", evidence={}, reason="x")
    assert switch(world).recover() is None
