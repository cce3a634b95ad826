"""Breadth first over every state that the model can reach; what broke, the shortest way there.

Holds no rule of the protocol.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from moonlanding_assets_tests.model.controller import control_moves
from moonlanding_assets_tests.model.invariants import broken_in, is_at_rest
from moonlanding_assets_tests.model.protocol import (
    Move,
    World,
    beginning,
    client_moves,
    fault_moves,
    straight_moves,
    stream_moves,
)
from moonlanding_assets_tests.model.variants import Bounds, Variant

SIDES = ("OLD", "NEW")


@dataclass
class Explored:
    """What was found. `broken`: invariant → the shortest trace that breaks it."""

    states: int = 0
    moves: int = 0
    broken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changes: set[tuple[str, str, str, bool]] = field(default_factory=set)


def explore(variant: Variant, bounds: Bounds, *, until: str = "") -> Explored:
    """Every state, or until the invariant `until` was seen broken. I8 is asked at the end."""
    found = Explored()
    phase = "S0" if bounds.is_whole else "S5"
    first = beginning(phase, budget=bounds.budget, straight=bounds.straight)
    worlds, number = [first], {first: 0}
    parents, labels = array("l", [-1]), [""]
    sources, targets = array("l"), array("l")
    at = 0
    while at < len(worlds):
        world = worlds[at]
        for name in set(broken_in(world, variant)) - set(found.broken):
            found.broken[name] = _trace(at, parents, labels)
        if until in found.broken:
            break
        for label, after in _moves(world, variant, bounds):
            known = number.get(after)
            if known is None:
                known = number[after] = len(worlds)
                worlds.append(after)
                parents.append(at)
                labels.append(label)
            sources.append(at)
            targets.append(known)
            _note_change(found, label, world, after)
        at += 1
    found.states, found.moves = len(worlds), len(sources)
    stuck = _stuck(worlds, sources, targets, variant) if at == len(worlds) else None
    if stuck is not None:
        found.broken["I8"] = _trace(stuck, parents, labels)
    return found


def _moves(world: World, variant: Variant, bounds: Bounds) -> Iterator[Move]:
    if world.broken:  # its way on is of no interest, and the note is not part of the state
        world = world._replace(broken="")
    yield from client_moves(world, variant, bounds.writes)
    yield from straight_moves(world, variant)
    yield from stream_moves(world, variant)
    yield from fault_moves(world, variant)
    yield from control_moves(world, variant, switches=bounds.switches, is_whole=bounds.is_whole)


def _note_change(found: Explored, label: str, before: World, after: World) -> None:
    is_finish = before.journal and not after.journal
    if before.phase != after.phase or is_finish or label == "share":
        moved = after.epoch != before.epoch
        found.changes.add((before.phase, after.phase, SIDES[before.epoch % 2], moved))
    if after.epoch < before.epoch:
        found.broken.setdefault("I9", (label,))


def _stuck(
    worlds: list[World], sources: "array[int]", targets: "array[int]", variant: Variant
) -> int | None:
    """The first state from which no state at rest can be reached; None when there is none."""
    into: list[list[int]] = [[] for _ in worlds]
    for source, target in zip(sources, targets, strict=True):
        into[target].append(source)
    waiting = [at for at, world in enumerate(worlds) if is_at_rest(world, variant)]
    reaches = bytearray(len(worlds))
    for at in waiting:
        reaches[at] = 1
    while waiting:
        for source in into[waiting.pop()]:
            if not reaches[source]:
                reaches[source] = 1
                waiting.append(source)
    missing = reaches.find(0)
    return None if missing < 0 else missing


def _trace(at: int, parents: "array[int]", labels: list[str]) -> tuple[str, ...]:
    steps = []
    while parents[at] >= 0:
        steps.append(labels[at])
        at = parents[at]
    return tuple(reversed(steps))
