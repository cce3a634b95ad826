"""docs/cutover-states.md, rendered from the tables: states, changes, steps of FREEZING.

Holds no fact of its own. `python -m moonlanding_assets.parallel.state.page` prints the page.
"""

import sys
from collections.abc import Iterable, Iterator

from moonlanding_assets.parallel.state.requirements import Requirement
from moonlanding_assets.parallel.state.states import FREEZING_STEPS, JOURNAL_STEP, STATES
from moonlanding_assets.parallel.state.transitions import TRANSITIONS, Transition

HEAD = """# The states of leaving the old systems

<!-- Written by `python -m moonlanding_assets.parallel.state.page`. Change the code, not this page.
-->

OLD is Firestore, NEW is Moonlanding. One durable row, `cutover_state(epoch, state, journal,
evidence_digest)` in `data/parallel/control.db`, says which state it is; it changes only by
compare-and-swap, and each change is kept in `cutover_history` with its evidence, the time and who.
OLD has authority in even epochs, NEW in odd ones."""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, "", *_states(), "", *_changes(), "", *_steps()]) + "\n"


def _states() -> Iterator[str]:
    yield "## States"
    yield ""
    yield "| state | reads | writes | sync | enter only if | verified here | way back |"
    yield "|---|---|---|---|---|---|---|"
    for one in STATES:
        asked, shown = _asked(one.entry), _asked(one.verified)
        yield (
            f"| {one.key} {one.name} | {one.reads} | {one.writes} | {one.sync} | {asked} "
            f"| {shown} | {one.way_back} |"
        )


def _asked(requirements: Iterable[Requirement]) -> str:
    return "; ".join(one.says for one in requirements) or "-"


def _changes() -> Iterator[str]:
    yield "## Changes"
    yield ""
    yield "Nothing else is accepted. The figures are those that the evidence must hold."
    yield ""
    yield "| from | to | kind | authority | evidence |"
    yield "|---|---|---|---|---|"
    for one in TRANSITIONS:
        bounds = ", ".join(f"`{asked.bound}`" for asked in one.asks) or "a reason"
        yield f"| {one.source} | {one.target} | {_kind(one)} | {one.under} | {bounds} |"


def _kind(one: Transition) -> str:
    if one.adds_epoch:
        return f"{one.kind}, epoch + 1"
    return f"{one.kind}, writes the journal" if one.writes_journal else one.kind


def _steps() -> Iterator[str]:
    yield "## The steps of FREEZING"
    yield ""
    yield (
        "X is the side that wrote until now, Y the one that will: forward X is OLD, in a reverse "
        "switch X is NEW. The order matters."
    )
    yield ""
    yield "| step | name | does | an abort undoes it by |"
    yield "|---:|---|---|---|"
    for one in FREEZING_STEPS:
        yield f"| {one.number} | {one.name} | {one.does} | {one.undo or 'too late'} |"
    yield ""
    yield (
        f"On a restart: without a journal everything before step {JOURNAL_STEP} is undone, with "
        f"one the steps {JOURNAL_STEP + 1} to {FREEZING_STEPS[-1].number} are done again; each may "
        "be done twice."
    )


if __name__ == "__main__":
    sys.stdout.write(page())
