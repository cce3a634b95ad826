"""The protocol holds in every state that the model reaches, every mutant breaks, and it is ours.

Breadth first, in one process, about 20 s of one core. `python -m moonlanding_assets_tests.model`
prints the counts, the whole space with all faults at once among them.
"""

import sys
from functools import cache, partial

import pytest

from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.states import FREEZING_STEPS, JOURNAL_STEP, STATES
from moonlanding_assets.parallel.state.transitions import TRANSITIONS
from moonlanding_assets_tests.model.explore import explore
from moonlanding_assets_tests.model.invariants import WORDS
from moonlanding_assets_tests.model.protocol import beginning, derived_gate
from moonlanding_assets_tests.model.variants import (
    ABORT,
    CHANGES,
    EVERY_STATE,
    LIMITS,
    MUTANTS,
    PROTOCOL,
    REDUNDANT,
    SPACES,
    STEPS,
    Bounds,
    Variant,
)

PROTOCOL_WITHIN = cache(partial(explore, PROTOCOL))


def say(line: str) -> None:
    """The counts, for those who run with -s."""
    sys.stdout.write(f"{line}\n")


@pytest.mark.parametrize(("name", "bounds", "states"), SPACES, ids=[one[0] for one in SPACES])
def test_the_protocol_breaks_no_invariant(name: str, bounds: Bounds, states: int) -> None:
    found = PROTOCOL_WITHIN(bounds)
    say(f"{name}: {found.states:,} states, {found.moves:,} moves")
    assert found.broken == {}
    assert found.states == states, "the model changed: say so, and count again"


@pytest.mark.parametrize("mutant", MUTANTS, ids=[one.name for one in MUTANTS])
def test_a_mutant_is_caught_by_the_invariant_that_it_should_break(mutant: Variant) -> None:
    until = "" if mutant.expected == "I8" else mutant.expected  # I8 is about the whole graph
    found = explore(mutant, mutant.bounds, until=until)
    say(f"{mutant.name}: {found.states:,} states, {found.broken}")
    assert mutant.expected in found.broken
    assert PROTOCOL_WITHIN(mutant.bounds).broken == {}  # it is the mutation, not the bounds


@pytest.mark.parametrize("limit", LIMITS, ids=[one.name for one in LIMITS])
def test_what_nothing_can_see_is_known(limit: Variant) -> None:
    """Whom the rules do not hold, and who writes after the last look: only rules and IAM help."""
    assert limit.expected in explore(limit, limit.bounds, until=limit.expected).broken


def test_every_invariant_is_broken_by_some_mutant() -> None:
    assert {one.expected for one in MUTANTS} == set(WORDS)


@pytest.mark.parametrize("variant", REDUNDANT, ids=[one.name for one in REDUNDANT])
def test_one_net_may_be_missing_where_another_holds(variant: Variant) -> None:
    assert explore(variant, variant.bounds).broken == {}


def test_the_model_makes_every_change_that_the_code_allows_and_no_other() -> None:
    allowed = {(one.source, one.target, one.under, one.adds_epoch) for one in TRANSITIONS}
    assert allowed == CHANGES
    assert PROTOCOL_WITHIN(EVERY_STATE).changes == CHANGES


def test_the_steps_are_the_same_in_the_same_order() -> None:
    assert tuple(one.name for one in FREEZING_STEPS) == STEPS
    assert STEPS[JOURNAL_STEP - 1] == "journal"
    undone = [one.undo for one in FREEZING_STEPS[: JOURNAL_STEP - 1]]
    assert undone[0] == "open the gate"
    assert "canary" in undone[STEPS.index("fence")]
    assert undone[STEPS.index("create reverse")] == "drop it"
    assert ABORT == ("unfence", "drop reverse", "give back")


@pytest.mark.parametrize("state", [one.key for one in STATES])
@pytest.mark.parametrize("journal", ["", "P=7"])
def test_a_router_that_starts_derives_the_same_gate(state: str, journal: str) -> None:
    row = Row(epoch=0, state=state, journal=journal, evidence_digest="")
    world = beginning("S0", budget=(0, 0, 0, 0))._replace(phase=state, journal=journal != "")
    assert row.is_gate_open == derived_gate(world)
