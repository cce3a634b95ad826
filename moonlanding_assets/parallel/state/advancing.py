"""Changes of the state by command, S0 to S5 and S8 to S9: row read, evidence measured, one swap.

Holds the ways that are walked by this command. The switch (S6 to S8) and the end (S10, S11) are
other commands' (cutover/).
"""

from collections.abc import Mapping
from typing import Any

from moonlanding_assets.errors import TransitionRefused
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.evidence import evidence_for, lacking
from moonlanding_assets.parallel.state.states import STATE
from moonlanding_assets.parallel.state.transitions import Kind, Transition, ways_on
from moonlanding_assets.settings import Layout

BY_COMMAND = ("S0", "S1", "S2", "S3", "S4", "S5", "S9")
BEGIN = "moonlanding parallel begin --by NAME"


def present_row(layout: Layout) -> Row:
    """The row as it is; raises TransitionRefused before it has begun."""
    row = Control(layout.control).row() if layout.control.exists() else None
    if row is None:
        raise TransitionRefused(f"parallel operation has not begun: `{BEGIN}`")
    return row


def advance(layout: Layout, target: str, *, by: str, percent: int | None = None) -> Row:
    """On to the next state ("" whichever that is); percent: of users, on entering S4 (else 0)."""
    row = present_row(layout)
    one = _way(row, target, "advance")
    given = {"percent": percent or 0} if one.target == "S4" else {}
    return _change(layout, row, one, given=given, by=by)


def back(layout: Layout, target: str, *, by: str, reason: str) -> Row:
    """Back to the state before ("" whichever that is); out of S5 the share of users becomes 0."""
    row = present_row(layout)
    one = _way(row, target, "back")
    given = {"percent": 0} if one.source == "S5" else {}
    return _change(layout, row, one, given=given, by=by, reason=reason)


def share(layout: Layout, percent: int, *, by: str) -> Row:
    """So many users out of a hundred read from Moonlanding, in S4."""
    row = present_row(layout)
    if row.state != "S4":
        raise TransitionRefused(
            f"the share of users is a matter of S4 READS_CANARY; the state is {row.state} "
            f"{STATE[row.state].name}"
        )
    return _change(layout, row, _way(row, "S4", "share"), given={"percent": percent}, by=by)


def _way(row: Row, target: str, kind: Kind) -> Transition:
    """The one change of that kind, to that target if one is named."""
    has_journal = bool(row.journal)
    ways = ways_on(row.state, epoch=row.epoch, has_journal=has_journal)
    offered = [one for one in ways if one.kind == kind and one.target in BY_COMMAND]
    if target:
        offered = [one for one in offered if one.target == target]
    if len(offered) == 1:
        return offered[0]
    state = f"{row.state} {STATE[row.state].name}"
    wanted = f" to {target}" if target else ""
    raise TransitionRefused(
        f"{state}: there is no `{kind}`{wanted} by this command. See `moonlanding parallel status`"
    )


def _change(
    layout: Layout,
    row: Row,
    one: Transition,
    *,
    given: Mapping[str, Any],
    by: str,
    reason: str = "",
) -> Row:
    evidence = evidence_for(one, layout, given=given)
    missing = lacking(one, evidence)
    if missing:
        listed = "; ".join(f"{each.what} (`{each.command}`)" for each in missing)
        raise TransitionRefused(f"{one.source} -> {one.target} is not open yet: {listed}")
    return Control(layout.control).change(row, one.target, evidence=evidence, by=by, reason=reason)
