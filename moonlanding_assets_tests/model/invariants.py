"""I1 to I12 as questions to one state; those about a step are noted by the step (World.broken).

I4, I5, I9, I10 and I12 are about steps. I8 is about the whole graph (explore.py).
"""

from collections.abc import Iterator

from moonlanding_assets_tests.model.protocol import (
    IDLE,
    NOBODY,
    RUNNING,
    World,
    derived_gate,
    side_of,
)
from moonlanding_assets_tests.model.variants import Variant

WORDS = {
    "I1": "at most one side accepts writes, and only those of its epoch",
    "I2": "each acknowledged write is in the authority's history",
    "I3": "at rest both sides are equal",
    "I4": "the logs grow by the writes of clients only, each once",
    "I5": "the route never points to a side that lacks an acknowledged write",
    "I6": "a client reads what it wrote",
    "I7": "at rest exactly one side accepts writes and the gate is open",
    "I8": "from every state there is a way to rest",
    "I9": "the journal is written once in an epoch, epochs only grow",
    "I10": "the stream back exists before the first write of a new epoch",
    "I11": "at rest row, route, gate and fences agree",
    "I12": "an abort ends where a canary write succeeds",
}


def broken_in(world: World, variant: Variant) -> Iterator[str]:
    """The invariants that do not hold in this state."""
    if world.broken:
        yield world.broken
    if NOBODY not in world.accepts:
        yield "I1"
    held = world.docs[side_of(world.epoch)]
    is_lost = is_unread = False
    for write, (document, where) in enumerate(world.writes):
        if where != "acked":
            continue
        is_lost = is_lost or write not in held[document]
        is_unread = is_unread or any(
            write not in world.docs[side][document] for side in answering(world, variant, document)
        )
    if is_lost:
        yield "I2"
    if is_unread:
        yield "I6"
    if is_at_rest(world, variant):
        yield from _broken_at_rest(world)


def is_at_rest(world: World, variant: Variant) -> bool:
    """Nothing is under way: no write, no switch, no event, no difference that a sweep would find.

    What a mutant never repairs is at rest too, so that it shows.
    """
    if world.control != IDLE or world.flight or world.orphans:
        return False
    if any(where != "acked" for _, where in world.writes):
        return False
    if any(status == RUNNING and pending for status, pending in world.streams):
        return False
    sweeps = world.streams[0][0] == RUNNING and side_of(world.epoch) == 0
    differs = world.docs[0] != world.docs[1]
    return not (sweeps and differs and "no sweep after a lost event" not in variant.broken)


def _broken_at_rest(world: World) -> Iterator[str]:
    if world.phase not in ("S0", "S11") and world.docs[0] != world.docs[1]:
        yield "I3"
    accepting = [side for side in (0, 1) if world.accepts[side] != NOBODY]
    if len(accepting) != 1 or not world.is_gate_open:
        yield "I7"
    should = (world.epoch, NOBODY) if side_of(world.epoch) == 0 else (NOBODY, world.epoch)
    agreed = (world.route, world.accepts, world.is_gate_open)
    if agreed != (world.epoch, should, derived_gate(world)):
        yield "I11"


def answering(world: World, variant: Variant, document: int) -> tuple[int, ...]:
    """The sides that may answer a read of the document by a client with its token."""
    if side_of(world.route) == 1:
        return (1,)
    if world.phase == "S3" and "shadow reads answer from NEW" in variant.broken:
        return (1,)
    is_new = world.phase in ("S5", "S6", "S7", "S8")
    is_some = world.phase == "S4" and world.percent > 0
    if not (is_new or is_some):
        return (0,)
    is_fresh = len(world.docs[1][document]) >= _token(world, document)
    if "reads without a token" in variant.broken or is_fresh:
        return (1,) if is_new else (0, 1)
    return (0,)


def _token(world: World, document: int) -> int:
    """The version that the session has seen: that of its last acknowledged write."""
    lineage = world.docs[0][document]
    acked = [
        write
        for write, (of, where) in enumerate(world.writes)
        if of == document and where == "acked" and write in lineage
    ]
    return max((lineage.index(write) + 1 for write in acked), default=0)
