"""Evidence that is good enough for any change of state. Holds no assertion."""

from typing import Any

from moonlanding_assets.parallel.state.requirements import Requirement
from moonlanding_assets.parallel.state.states import STATE
from moonlanding_assets.parallel.state.transitions import find


def good(source: str, target: str, *, epoch: int = 0, has_journal: bool = False) -> dict[str, Any]:
    """What the change asks, each figure at its bound; for no change, what the target asks."""
    one = find(source, target, epoch=epoch, has_journal=has_journal)
    asked = STATE[target].entry if one is None else one.asks
    return {requirement.key: figure(requirement) for requirement in asked}


def figure(asked: Requirement) -> float | bool:
    """A figure that just meets the requirement."""
    if asked.equals is not None:
        return asked.equals
    if asked.below is not None:
        return asked.below - 0.5
    bound = asked.at_least if asked.at_least is not None else asked.at_most
    return bound if bound is not None else 0
