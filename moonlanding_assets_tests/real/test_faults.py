"""kill -9 in the phases: at random moments of a full run, and at every named step.

CI kills a few times, `make test-faults` a hundred times and more: MOONLANDING_KILLS says how often.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.cutover.gate import evidence_missing
from moonlanding_assets.cutover.phases import BY_NUMBER, NUMBERS
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.settings import FRACTIONS, Layout
from moonlanding_assets_tests.real.command import moonlanding
from moonlanding_assets_tests.real.dying import Moment
from moonlanding_assets_tests.real.killing import (
    SIGNED,
    Whole,
    done,
    killed,
    left_by,
    noted,
    source,
)

KILLS = int(os.environ.get("MOONLANDING_KILLS", "0"))
SEED = os.environ.get("MOONLANDING_KILL_SEED", "1")
TURNS_OF = 25  # kills of one full run; after so many, another begins
ENDS_IN_BETWEEN = 0.15  # of the killed runs, the next one may end at once
FEW = (
    Moment("3.4", "write", 150),
    Moment("3.4", "step", 1, "publish: replace"),
    Moment("3.4", "step", 1, "exercise: migrate again"),
    Moment("3.6", "cpu", 1.5),
    Moment("3.6", "step", 1, "backup: name"),
    Moment("3.6", "step", 1, "publish: sync directory"),
)
many = pytest.mark.skipif(not KILLS, reason="many kills: `make test-faults`")
pytestmark = pytest.mark.timeout(20_000)


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Layout, Whole, Mapping[str, dict[str, Any]]]:
    """The snapshots; what a run that nobody disturbs leaves, and what it passes on its way."""
    directory = tmp_path_factory.mktemp("undisturbed")
    before = source(directory, "400")
    layout = copied(before, directory / "whole")
    notes = noted(layout, directory / "notes.json")
    return before, left_by(layout), notes


def copied(layout: Layout, directory: Path) -> Layout:
    """Another data directory with the same snapshots, its target in its own place."""
    shutil.copytree(layout.data, directory / "data")
    copy = Layout(data=directory / "data")
    done(copy, "snapshot")  # the target is named by its path
    return copy


def test_killed_a_few_times_the_next_run_gives_the_same_database(
    demo: tuple[Layout, str], tmp_path: Path
) -> None:
    shutil.copytree(demo[0].data, tmp_path / "data")
    layout = Layout(data=tmp_path / "data")
    whole = {fraction: logical_digest(layout.database(fraction)) for fraction in FRACTIONS}
    for number in dict.fromkeys(moment.phase for moment in FEW):
        before = read_receipt(layout, number)
        for moment in FEW:
            if moment.phase == number:
                assert killed(layout, moment), f"it was over before {moment}"
        done(layout, "run", number)
        after = read_receipt(layout, number)
        assert before is not None
        assert after is not None
        assert after.evidence == before.evidence
        assert evidence_missing(layout, BY_NUMBER[number]) == ()
    assert {one: logical_digest(layout.database(one)) for one in FRACTIONS} == whole
    left = {one.name for one in layout.data.rglob(".*") if "dagster" not in one.parts}
    there = {one.name for one in demo[0].data.rglob(".*") if "dagster" not in one.parts}
    assert left == there


@many
def test_killed_at_random_a_full_run_gives_the_same_in_the_end(
    undisturbed: tuple[Layout, Whole, Mapping[str, dict[str, Any]]],
    tmp_path: Path,
) -> None:
    before, whole, notes = undisturbed
    draw = random.Random(SEED)
    fell: Counter[str] = Counter()
    turn = 0
    while fell.total() < KILLS:
        turn += 1
        layout = copied(before, tmp_path / str(turn))
        moments = drawn(draw, notes, min(TURNS_OF, KILLS - fell.total()))
        fell += disturbed(layout, moments, draw)
        assert left_by(layout) == whole
        shutil.rmtree(layout.data)
        say(f"{fell.total()} kills at random moments in {turn} full runs, none lost", fell)


@many
def test_killed_at_every_named_step_of_every_phase(
    undisturbed: tuple[Layout, Whole, Mapping[str, dict[str, Any]]], tmp_path: Path
) -> None:
    before, whole, notes = undisturbed
    draw = random.Random(SEED)
    layout = copied(before, tmp_path)
    moments = [
        Moment(number, "step", draw.randint(1, count), step)
        for number in NUMBERS
        for step, count in Counter(notes[number]["steps"]).items()
    ]
    fell = disturbed(layout, moments, draw)
    assert left_by(layout) == whole
    say(f"{fell.total()} kills at {len(moments)} named steps of the phases, none lost", fell)


def drawn(draw: random.Random, notes: Mapping[str, dict[str, Any]], count: int) -> list[Moment]:
    """Moments spread over all phases: changes of files and processor time by turns."""
    moments = []
    for place in range(count):
        number = NUMBERS[place % len(NUMBERS)]
        share = draw.random()
        if (place // len(NUMBERS)) % 2:
            moments.append(Moment(number, "cpu", share * notes[number]["cpu"]))
        else:
            moments.append(Moment(number, "write", 1 + int(share * notes[number]["writes"])))
    return moments


def disturbed(layout: Layout, moments: Sequence[Moment], draw: random.Random) -> Counter[str]:
    """A full run that is killed at each of the moments, phase by phase; where it died."""
    fell: Counter[str] = Counter()
    for number in NUMBERS:
        for moment in moments:
            if moment.phase == number:
                stage = killed(layout, moment)
                fell.update([f"{number} {moment.kind}: {moment.step or stage}"] if stage else [])
                if draw.random() < ENDS_IN_BETWEEN:
                    done(layout, "run", number)
        done(layout, "run", number)
        if number == SIGNED:
            done(layout, "approve", SIGNED, "--by", "A Tester")
    assert moonlanding(layout.data, "status").returncode == 0
    return fell


def say(title: str, fell: Counter[str]) -> None:
    """The figures, for whoever runs this with -s."""
    lines = [f"  {count:4} {where}" for where, count in sorted(fell.items())]
    print("\n".join(["", title, *lines]), flush=True)  # noqa: T201  a report for the terminal
