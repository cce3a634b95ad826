"""Prints how many states each space has and which mutant breaks what. About four minutes."""

import sys
import time

from moonlanding_assets_tests.model.explore import explore
from moonlanding_assets_tests.model.variants import (
    ALL_AT_ONCE,
    LIMITS,
    MUTANTS,
    PROTOCOL,
    REDUNDANT,
    SPACES,
    STRAIGHT_EVERYWHERE,
    Bounds,
    Variant,
)


def tell(name: str, variant: Variant, bounds: Bounds, until: str = "") -> None:
    """One line: the states, the moves, the seconds, what broke after how many moves."""
    started = time.process_time()
    found = explore(variant, bounds, until=until)
    broken = ", ".join(f"{one} after {len(way)}" for one, way in found.broken.items()) or "-"
    seconds = time.process_time() - started
    sys.stdout.write(f"{name:52} {found.states:9,} {found.moves:10,} {seconds:7.1f} s  {broken}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for name, bounds, _ in SPACES:
        tell(name, PROTOCOL, bounds)
    tell("every state, two writes, all faults at once", PROTOCOL, ALL_AT_ONCE)
    tell("every state, past the gateway, all faults at once", PROTOCOL, STRAIGHT_EVERYWHERE)
    for one in MUTANTS:
        tell(one.name, one, one.bounds, "" if one.expected == "I8" else one.expected)
    for one in LIMITS:
        tell(f"a limit: {one.name}", one, one.bounds, one.expected)
    for one in REDUNDANT:
        tell(f"no violation: {one.name}", one, one.bounds)
