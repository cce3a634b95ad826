"""kill -9 in the phases: at random moments of a full run, and at every named step.

CI kills a few times, `make test-faults` a hundred times and more: MOONLANDING_KILLS says how often.
Full runs that were killed and came out right are noted in .faults/, so that a night that was cut
short goes on where it was; they count for the code that they ran, no other.
"""

import hashlib
import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import moonlanding_assets
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
TURNS_OF = 20  # kills of one full run; after so many, another begins
NOTED = Path(__file__).parents[2] / ".faults"
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
    fell: Counter[str] = Counter()
    turn = 0
    while fell.total() < KILLS:
        turn += 1
        name = f"random-{SEED}-{turn}"
        was = was_noted(name)
        if was is None:
            layout = copied(before, tmp_path / str(turn))
            draw = random.Random(name)
            was = disturbed(layout, drawn(draw, notes, TURNS_OF), draw)
            assert left_by(layout) == whole
            shutil.rmtree(layout.data)
            note(name, was)
        fell += was
        say(f"{fell.total()} kills at random moments in {turn} full runs, none lost", fell)


@many
def test_killed_at_every_named_step_of_every_phase(
    undisturbed: tuple[Layout, Whole, Mapping[str, dict[str, Any]]], tmp_path: Path
) -> None:
    before, whole, notes = undisturbed
    name = f"steps-{SEED}"
    draw = random.Random(name)
    moments = [
        Moment(number, "step", draw.randint(1, count), step)
        for number in NUMBERS
        for step, count in Counter(notes[number]["steps"]).items()
    ]
    fell = was_noted(name)
    if fell is None:
        layout = copied(before, tmp_path)
        fell = disturbed(layout, moments, draw)
        assert left_by(layout) == whole
        note(name, fell)
    say(f"{fell.total()} kills at {len(moments)} named steps of the phases, none lost", fell)


def of_this_code(name: str) -> Path:
    """The file of a full run's figures: the name of the run, and of every byte of the package."""
    package = Path(moonlanding_assets.__file__).parent
    code = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        code.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return NOTED / f"{name}-{code.hexdigest()[:12]}.json"


def was_noted(name: str) -> Counter[str] | None:
    """Where that run died, when it was made whole before with this code."""
    file = of_this_code(name)
    return Counter(json.loads(file.read_text())) if file.exists() else None


def note(name: str, fell: Counter[str]) -> None:
    """That this run was killed there and came out right."""
    NOTED.mkdir(exist_ok=True)
    of_this_code(name).write_text(json.dumps(fell))


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
                say(f"{fell.total():4} {moment}: {f'died in {stage}' if stage else 'it was over'}")
                if draw.random() < ENDS_IN_BETWEEN:
                    done(layout, "run", number)
        done(layout, "run", number)
        if number == SIGNED:
            done(layout, "approve", SIGNED, "--by", "A Tester")
    assert moonlanding(layout.data, "status").returncode == 0
    return fell


def say(title: str, fell: Mapping[str, int] = MappingProxyType({})) -> None:
    """The figures, for whoever runs this with -s."""
    lines = [f"  {count:4} {where}" for where, count in sorted(fell.items())]
    print("\n".join([title, *lines]), flush=True)  # noqa: T201  a report for the terminal
