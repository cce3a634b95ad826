"""The states, their changes and the steps of FREEZING: complete, reachable, and on their page."""

from pathlib import Path

import pytest

from moonlanding_assets.parallel.state.page import page
from moonlanding_assets.parallel.state.requirements import Requirement, problems
from moonlanding_assets.parallel.state.states import (
    FREEZING_STEPS,
    JOURNAL_STEP,
    STATE,
    STATES,
    authority,
)
from moonlanding_assets.parallel.state.transitions import TRANSITIONS, find, ways_on

PAGE = Path(__file__).parents[2] / "docs" / "cutover-states.md"

NAMES = (
    "LOADED TAILING CAUGHT_UP SHADOW READS_CANARY READS_NEW FREEZING JOURNALED SWITCHED SOAK "
    "COMPLETING COMPLETE"
)
STEPS = (
    "close gate|drain|fence|position|catch up|verify|create reverse|journal|stop forward|open|"
    "route|start reverse|open gate"
)


def test_the_page_is_what_the_tables_say() -> None:
    told = (
        "write it again: python -m moonlanding_assets.parallel.state.page > docs/cutover-states.md"
    )
    assert PAGE.read_text() == page(), told


def test_states_and_steps_have_the_names_of_the_protocol_in_its_order() -> None:
    assert [one.key for one in STATES] == [f"S{number}" for number in range(12)]
    assert " ".join(one.name for one in STATES) == NAMES
    assert "|".join(one.name for one in FREEZING_STEPS) == STEPS
    assert [one.number for one in FREEZING_STEPS] == list(range(1, 14))


def test_writes_belong_to_the_authority_or_are_held() -> None:
    assert [one.writes for one in STATES] == ["OLD"] * 6 + ["held"] * 2 + ["NEW"] * 4


def test_an_abort_undoes_the_steps_before_the_journal_and_none_after_it() -> None:
    assert all(one.undo for one in FREEZING_STEPS[: JOURNAL_STEP - 1])
    assert not any(one.undo for one in FREEZING_STEPS[JOURNAL_STEP - 1 :])
    assert FREEZING_STEPS[JOURNAL_STEP - 1].name == "journal"


def test_no_change_is_listed_twice_and_every_state_is_left_and_entered() -> None:
    listed = [(one.source, one.target, one.under, one.kind) for one in TRANSITIONS]
    assert len(set(listed)) == len(listed)
    assert {one.source for one in TRANSITIONS} == set(STATE) - {"S11"}
    assert {one.target for one in TRANSITIONS} == set(STATE)


def test_authority_moves_with_the_epoch_and_only_out_of_the_journal() -> None:
    assert [authority(epoch) for epoch in range(4)] == ["OLD", "NEW", "OLD", "NEW"]
    moving = {(one.source, one.target, one.under) for one in TRANSITIONS if one.adds_epoch}
    assert moving == {("S7", "S8", "OLD"), ("S7", "S2", "NEW"), ("S7", "S5", "NEW")}


def test_after_a_change_the_writes_of_the_state_are_those_of_its_authority() -> None:
    for one in TRANSITIONS:
        under = {"OLD": 0, "NEW": 1}[one.under] + one.adds_epoch
        assert STATE[one.target].writes in ("held", authority(under)), one


def test_with_a_journal_there_is_only_the_way_forward() -> None:
    assert [one.target for one in ways_on("S7", epoch=4, has_journal=True)] == ["S8"]
    assert [one.target for one in ways_on("S7", epoch=5, has_journal=True)] == ["S2", "S5"]
    assert [one.kind for one in ways_on("S8", epoch=5, has_journal=True)] == ["finish"]
    assert [one.target for one in ways_on("S8", epoch=5, has_journal=False)] == ["S9", "S6"]
    assert find("S7", "S8", epoch=4, has_journal=False) is None
    assert not ways_on("S11", epoch=1, has_journal=False)


@pytest.mark.parametrize(
    ("bound", "met", "not_met"),
    [
        ({"at_least": 600}, (600, 600.5), (599.9, None, True, "600", float("nan"))),
        ({"at_most": 1.1}, (1.1, 0), (1.11, None, False, float("nan"))),
        ({"below": 2}, (1.999,), (2, 2.5, None, False, float("nan"))),
        ({"equals": 0}, (0, 0.0), (1, None, False)),
        ({"equals": True}, (True,), (1, "true", None, False)),
        ({"equals": False}, (False,), (0, None, True)),
    ],
)
def test_a_requirement_is_met_inside_its_bound_only(
    bound: dict[str, float], met: tuple[object, ...], not_met: tuple[object, ...]
) -> None:
    asked = Requirement(key="figure", says="a figure", **bound)  # type: ignore[arg-type]
    assert all(asked.is_met({"figure": one}) for one in met)
    assert not any(asked.is_met({"figure": one}) for one in not_met)
    assert not asked.is_met({})


def test_a_problem_says_what_was_found_but_no_text() -> None:
    asked = Requirement(key="lag_seconds", says="the sync is not far behind", below=2)
    assert problems((asked,), {"lag_seconds": 3.5}) == (
        "the sync is not far behind (lag_seconds < 2; found 3.5)",
    )
    assert "found missing" in problems((asked,), {"lag_seconds": "a name"})[0]
