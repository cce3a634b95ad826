"""The controller of the model: up and down the states, the steps of a switch, abort, recovery.

Holds no client, no stream and no fault (protocol.py).
"""

from collections.abc import Callable, Iterator

from moonlanding_assets_tests.model.protocol import (
    ABSENT,
    CRASHED,
    IDLE,
    NOBODY,
    RUNNING,
    STOPPED,
    Move,
    World,
    put,
    side_of,
    streaming,
)
from moonlanding_assets_tests.model.variants import STEPS, Variant

BACK = {"S1": "S0", "S2": "S1", "S3": "S2", "S4": "S3", "S10": "S9"}
ON = {"S0": "S1", "S1": "S2", "S2": "S3", "S3": "S4", "S4": "S5", "S8": "S9", "S9": "S10"}


def control_moves(
    world: World, variant: Variant, *, switches: int, is_whole: bool
) -> Iterator[Move]:
    """Up and down the states, the next step of a switch, an abort, a recovery.

    is_whole: not only the states around the switch (S2, S5 to S8), all of them.
    """
    if world.control == IDLE:
        if is_whole:
            yield from _phase_moves(world)
        if world.phase in ("S5", "S8", "S9") and world.epoch < switches:
            yield from _frozen(world)
    elif world.control == CRASHED:
        yield from _recovery(world, variant)
    elif world.control < 0:
        yield from _abort_step(world, variant)
    else:
        yield from _next_step(world, variant)
        if world.phase == "S6" and not world.journal:
            yield "timeout", world._replace(control=-1, position=(), newest=0)


def _frozen(world: World) -> Iterator[Move]:
    """The gate closes. Before it, forward, the rules are to hold who does not pass the gateway."""
    frozen = world._replace(phase="S6", came_from=world.phase, control=1)
    if world.phase != "S5":
        yield "freeze", frozen
        return
    yield "freeze", frozen._replace(is_held=True)
    plain, leaking, duds = world.straight
    if duds and not world.is_held:
        yield "freeze, rules fail", frozen._replace(straight=(plain, leaking, duds - 1))


def _phase_moves(world: World) -> Iterator[Move]:
    if world.phase in ON:
        yield "on", _entered(world, ON[world.phase])
    if world.phase in BACK:
        yield "back", _entered(world, BACK[world.phase])
    if world.phase == "S4":
        yield "share", world._replace(percent=100 - world.percent)
    if world.phase == "S5":
        yield "back", world._replace(phase="S4", percent=0)
    if world.phase == "S10" and world.docs[0] == world.docs[1]:
        yield "complete", streaming(world._replace(phase="S11"), 1, (ABSENT, ()))


def _entered(world: World, phase: str) -> World:
    if phase in ("S0", "S1"):
        _, pending = world.streams[0]
        world = streaming(world, 0, (STOPPED if phase == "S0" else RUNNING, pending))
    return world._replace(phase=phase, percent=100 if phase == "S5" else world.percent)


def _recovery(world: World, variant: Variant) -> Iterator[Move]:
    if "recovery does nothing" in variant.broken:
        return
    forward = STEPS.index("stop forward") + 1
    if "recovery writes the journal again" in variant.broken and world.journal:
        forward = STEPS.index("journal") + 1
    goes_on = world.journal or "recovery always rolls forward" in variant.broken
    if "recovery always aborts" in variant.broken:
        goes_on = False
    yield "recover", world._replace(control=forward if goes_on else -1)


def _direction(world: World) -> int:
    """The side that wrote before this switch."""
    return 0 if world.came_from == "S5" else 1


def _abort_step(world: World, variant: Variant) -> Iterator[Move]:
    old_side = _direction(world)
    name = variant.abort[-world.control - 1]
    is_last = -world.control == len(variant.abort)
    after = world._replace(control=IDLE if is_last else world.control - 1)
    if is_last:
        after = after._replace(came_from="")
    epoch = world.epoch if side_of(world.epoch) == old_side else world.epoch - 1
    if name == "unfence":
        yield name, after._replace(accepts=put(world.accepts, old_side, epoch))
    elif name == "drop reverse":
        yield name, streaming(after, 1 - old_side, (ABSENT, ()))
    else:
        broken = "" if world.accepts[old_side] == epoch else "I12"
        yield (
            name,
            after._replace(
                phase=world.came_from, route=world.epoch, is_gate_open=True, journal=False,
                broken=broken,
            ),
        )  # fmt: skip


def _next_step(world: World, variant: Variant) -> Iterator[Move]:
    steps = variant.steps if _direction(world) == 0 else variant.mirrored
    name = steps[world.control - 1]
    is_last = world.control == len(steps)
    done = world._replace(control=IDLE if is_last else world.control + 1)
    if is_last:
        done = done._replace(came_from="")
    for after in _DOES[name](world, done, variant):
        yield name, after


Does = Callable[[World, World, Variant], Iterator[World]]


def _close_gate(world: World, done: World, variant: Variant) -> Iterator[World]:
    yield done._replace(is_gate_open=False)


def _drain(world: World, done: World, variant: Variant) -> Iterator[World]:
    if not world.flight:
        yield done


def _fence(world: World, done: World, variant: Variant) -> Iterator[World]:
    """A canary must be refused, one that passes the gateway by as well."""
    is_asked = _direction(world) == 0 and "no canary past the gateway" not in variant.broken
    if is_asked and not world.is_held:
        return
    accepts = put(world.accepts, _direction(world), NOBODY)
    yield done._replace(accepts=accepts, newest=_newest(world))


def _newest(world: World) -> int:
    return sum(map(len, world.docs[0])) if _direction(world) == 0 else 0


def _position(world: World, done: World, variant: Variant) -> Iterator[World]:
    yield done._replace(position=world.streams[_direction(world)][1])


def _catch_up(world: World, done: World, variant: Variant) -> Iterator[World]:
    waited = set(world.position)
    if "catch-up waits for the highest event only" in variant.broken:
        waited = {max(waited)} if waited else set()
    if not waited & set(world.streams[_direction(world)][1]):
        yield done._replace(position=())


def _verify(world: World, done: World, variant: Variant) -> Iterator[World]:
    is_off = "catch-up waits for the highest event only" in variant.broken
    if world.docs[0] == world.docs[1] or is_off:
        yield done


def _create_reverse(world: World, done: World, variant: Variant) -> Iterator[World]:
    """Last before the journal: the newest update time must stand where the fence found it."""
    is_asked = world.phase == "S6" and "no last look" not in variant.broken
    is_fenced = world.accepts[_direction(world)] == NOBODY  # else a mutant left the step out
    if is_asked and is_fenced and _newest(world) != world.newest:
        return
    status = RUNNING if world.phase != "S6" else STOPPED  # late, in a mutant
    done = done._replace(newest=0)
    yield streaming(done, 1 - _direction(world), (status, ()))


def _journal(world: World, done: World, variant: Variant) -> Iterator[World]:
    journals = world.journals + 1
    phase = world.phase
    if phase == "S6":
        phase = "S7" if side_of(world.epoch) == _direction(world) else "S8"
    yield done._replace(
        journal=True, journals=journals, phase=phase, broken="I9" if journals > 1 else ""
    )


def _stop_forward(world: World, done: World, variant: Variant) -> Iterator[World]:
    yield streaming(done, _direction(world), (ABSENT, ()))


def _open(world: World, done: World, variant: Variant) -> Iterator[World]:
    old_side = _direction(world)
    epoch = world.epoch + 1 if side_of(world.epoch) == old_side else world.epoch
    yield done._replace(accepts=put(world.accepts, 1 - old_side, epoch))


def _route(world: World, done: World, variant: Variant) -> Iterator[World]:
    """The row, then the router; idempotent. A router that is killed reads the row itself."""
    old_side = _direction(world)
    if side_of(world.epoch) != old_side:
        yield _reloaded(done, variant)
        return
    behind = any(
        write not in world.docs[1 - old_side][document]
        for write, (document, where) in enumerate(world.writes)
        if where == "acked"
    )
    for phase in ("S8",) if old_side == 0 else ("S2", "S5"):
        moved = world._replace(
            epoch=world.epoch + 1, journals=0, broken="I5" if behind else "",
            phase=phase if world.journal else world.phase,
        )  # fmt: skip
        yield moved._replace(percent=100 if phase == "S5" else 0)  # the row; the step goes on


def _reloaded(world: World, variant: Variant) -> World:
    return (
        world if "router does not reload" in variant.broken else world._replace(route=world.epoch)
    )


def _start_reverse(world: World, done: World, variant: Variant) -> Iterator[World]:
    status, pending = world.streams[1 - _direction(world)]
    yield streaming(done, 1 - _direction(world), (RUNNING if status else ABSENT, pending))


def _open_gate(world: World, done: World, variant: Variant) -> Iterator[World]:
    phase = "S8" if world.phase in ("S6", "S7") else world.phase
    yield done._replace(is_gate_open=True, journal=False, phase=phase)


_DOES: dict[str, Does] = dict(
    zip(
        STEPS,
        (
            _close_gate, _drain, _fence, _position, _catch_up, _verify, _create_reverse, _journal,
            _stop_forward, _open, _route, _start_reverse, _open_gate,
        ),
        strict=True,
    )
)  # fmt: skip
