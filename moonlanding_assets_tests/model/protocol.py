"""One state of the protocol, and what may follow it: clients, sync, faults.

Two documents, writes that put, delete and put again, unordered at-least-once delivery. Side 0 is
OLD, side 1 NEW. A document is its lineage, the ids of its writes: its length is the version, so
that a lost, doubled or diverged write can be seen. Some clients speak straight to OLD: they know
no epoch, and only its rules hold them. Holds no invariant and no controller.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from moonlanding_assets_tests.model.variants import STEPS, Variant

NOBODY = -1
ABSENT, STOPPED, RUNNING = 0, 1, 2
IDLE, CRASHED = 0, 99
DOCUMENTS = 2

Lineage = tuple[int, ...]
Event = tuple[int, int, Lineage]  # place in the source's log, document, lineage
Stream = tuple[int, tuple[Event, ...]]


class World(NamedTuple):
    """Everything. The row: epoch, phase, journal; the rest is what it describes.

    control: 0, the next step (1 to 13), minus the next step of an abort, or CRASHED.
    writes: (document, "held", "flying" or "acked") by id; flight and orphans: (id, epoch).
    straight: (writes past the gateway, of those that the rules do not hold, rules that fail) left.
    newest: how many writes OLD had when it was fenced, as its newest update time says.
    """

    epoch: int
    phase: str
    journal: bool
    came_from: str
    percent: int
    control: int
    route: int
    is_gate_open: bool
    accepts: tuple[int, int]
    docs: tuple[tuple[Lineage, ...], tuple[Lineage, ...]]
    streams: tuple[Stream, Stream]
    position: tuple[Event, ...]
    writes: tuple[tuple[int, str], ...]
    flight: tuple[tuple[int, int], ...]
    orphans: tuple[tuple[int, int], ...]
    budget: tuple[int, int, int, int]  # crashes, lost answers, duplicates, lost events
    broken: str = ""  # an invariant that the step to here broke
    journals: int = 0  # written in this epoch
    straight: tuple[int, int, int] = (0, 0, 0)
    is_held: bool = True  # by OLD's rules: whoever does not pass the gateway
    newest: int = 0


Move = tuple[str, World]

LAST_LOOK = STEPS.index("create reverse") + 1

CRASH, ANSWER, DUPLICATE, LOSS = range(4)


def beginning(
    phase: str,
    *,
    budget: tuple[int, int, int, int],
    straight: tuple[int, int, int] = (0, 0, 0),
) -> World:
    """OLD has authority, both sides are equal and empty."""
    empty = ((),) * DOCUMENTS
    return World(
        epoch=0, phase=phase, journal=False, came_from="", percent=0, control=IDLE, route=0,
        is_gate_open=True, accepts=(0, NOBODY), docs=(empty, empty),
        streams=((STOPPED if phase == "S0" else RUNNING, ()), (ABSENT, ())), position=(),
        writes=(), flight=(), orphans=(), budget=budget, straight=straight,
        is_held=straight == (0, 0, 0),
    )  # fmt: skip


def side_of(epoch: int) -> int:
    """Who has authority in an epoch."""
    return epoch % 2


def is_delete(write: int) -> bool:
    """Writes put, delete, put again, by turns."""
    return write % 2 == 1


def put(pair: tuple[Any, ...], place: int, value: object) -> tuple[Any, ...]:
    """The tuple with one place changed."""
    return (*pair[:place], value, *pair[place + 1 :])


def spent(world: World, what: int) -> tuple[int, int, int, int]:
    """The budget after one more fault."""
    return put(world.budget, what, world.budget[what] - 1)


def derived_gate(world: World) -> bool:
    """The gate as a router that starts finds it in the row."""
    return not world.journal and world.phase not in ("S6", "S7")


# Clients and the router.


def client_moves(world: World, variant: Variant, most: int) -> Iterator[Move]:
    """A new write, a held one let through, what flies arrives, an answer is lost."""
    if len(world.writes) < most:
        for document in range(DOCUMENTS if world.writes else 1):  # the first is any: symmetry
            yield "write", _sent(world, len(world.writes), (*world.writes, (document, "held")))
    if world.is_gate_open:
        for write, (_, where) in enumerate(world.writes):
            if where == "held":
                yield "let through", _sent(world, write, world.writes)
    yield from _arrivals(world, variant)
    for one in world.orphans:
        left = world._replace(orphans=tuple(other for other in world.orphans if other != one))
        yield "orphan lost", left
        yield "orphan lands", commit(left, variant, one)[0]


def _arrivals(world: World, variant: Variant) -> Iterator[Move]:
    for one in world.flight:
        rest = tuple(other for other in world.flight if other != one)
        landed, is_taken = commit(world._replace(flight=rest), variant, one)
        if not is_taken:
            yield "409", _marked(landed, one[0], "held")
            continue
        yield "ack", _marked(landed, one[0], "acked")
        if world.budget[ANSWER]:
            lost = _marked(landed, one[0], "held")
            yield "answer lost", lost._replace(budget=spent(world, ANSWER))


def _sent(world: World, write: int, writes: tuple[tuple[int, str], ...]) -> World:
    if not world.is_gate_open:
        return world._replace(writes=writes)
    flying = put(writes, write, (writes[write][0], "flying"))
    flight = tuple(sorted((*world.flight, (write, world.route))))
    return world._replace(writes=flying, flight=flight)


def _marked(world: World, write: int, where: str) -> World:
    return world._replace(writes=put(world.writes, write, (world.writes[write][0], where)))


def commit(world: World, variant: Variant, one: tuple[int, int]) -> tuple[World, bool]:
    """A write arrives at the side of its epoch; whether that side takes it (else 409)."""
    write, epoch = one
    side = side_of(epoch)
    accepted = world.accepts[side]
    is_known_epoch = accepted == epoch or "any epoch accepted" in variant.broken
    if accepted == NOBODY or not is_known_epoch:
        return world, False
    document = world.writes[write][0]
    lineage = world.docs[side][document]
    broken = "" if epoch == world.epoch else "I1"
    if write in lineage:
        if "no idempotency key" not in variant.broken:
            return world._replace(broken=broken), True
        broken = broken or "I4"
    if world.streams[side][0] == ABSENT and world.phase != "S11":
        broken = broken or "I10"
    changed = _stored(world, side, document, (*lineage, write))
    return _logged(changed, side, document)._replace(broken=broken), True


def _stored(world: World, side: int, document: int, lineage: Lineage) -> World:
    docs = put(world.docs, side, put(world.docs[side], document, lineage))
    return world._replace(docs=docs)


def _logged(world: World, side: int, document: int) -> World:
    """The change goes into the stream that reads this side's log, if there is one."""
    status, pending = world.streams[side]
    if status == ABSENT:
        return world
    event = (sum(map(len, world.docs[side])), document, world.docs[side][document])
    return streaming(world, side, (status, tuple(sorted({*pending, event}))))


def streaming(world: World, side: int, stream: Stream) -> World:
    """The world with the stream that reads this side's log as given."""
    return world._replace(streams=put(world.streams, side, stream))


# Clients that speak straight to OLD.


def straight_moves(world: World, variant: Variant) -> Iterator[Move]:
    """A write of theirs is taken, refused by the rules, or taken although the rules are there.

    The last kind comes while a forward switch looks at the newest update time; nobody else would
    see it in time.
    """
    plain, leaking, duds = world.straight
    if plain:
        left = world._replace(straight=(plain - 1, leaking, duds))
        if world.is_held:
            yield "straight, refused", left
        else:
            yield from (("straight", one) for one in _taken_straight(left))
    is_seen = world.came_from == "S5" and 0 < world.control <= LAST_LOOK
    if leaking and (is_seen or "a leak after the last look" in variant.broken):
        left = world._replace(straight=(plain, leaking - 1, duds))
        yield from (("straight, past the rules", one) for one in _taken_straight(left))
    if world.is_held and plain and world.control == IDLE and side_of(world.epoch) == 0:
        yield "rules lifted", world._replace(is_held=False)


def _taken_straight(world: World) -> Iterator[World]:
    write = len(world.writes)
    for document in range(DOCUMENTS if world.writes else 1):
        lineage = (*world.docs[0][document], write)
        after = _stored(world, 0, document, lineage)
        after = after._replace(writes=(*world.writes, (document, "acked")))
        yield _logged(after, 0, document)._replace(broken="I1" if side_of(world.epoch) else "")


# The streams between the sides.


def stream_moves(world: World, variant: Variant) -> Iterator[Move]:
    """Any pending event is applied, twice, or lost; a sweep finds what was lost."""
    for source in (0, 1):
        status, pending = world.streams[source]
        if status != RUNNING:
            continue
        for event in pending:
            rest = tuple(one for one in pending if one != event)
            applied = _applied(world, variant, 1 - source, event)
            yield "apply", streaming(applied, source, (status, rest))
            if world.budget[DUPLICATE]:
                yield "apply, keep", applied._replace(budget=spent(world, DUPLICATE))
            if world.budget[LOSS] and source == 0:  # Firestore has no log to read again
                lost = streaming(world, source, (status, rest))
                yield "event lost", lost._replace(budget=spent(world, LOSS))
        is_sweeping = source == 0 == side_of(world.epoch)
        if is_sweeping and "no sweep after a lost event" not in variant.broken:
            yield from _sweeps(world, source, pending)


def _sweeps(world: World, source: int, pending: tuple[Event, ...]) -> Iterator[Move]:
    for document in range(DOCUMENTS):
        differs = world.docs[0][document] != world.docs[1][document]
        if differs and not any(event[1] == document for event in pending):
            yield "sweep", _logged(world, source, document)


def _applied(world: World, variant: Variant, target: int, event: Event) -> World:
    _, document, lineage = event
    stored = world.docs[target][document]
    version = len(stored)
    if stored and is_delete(stored[-1]) and "tombstones forget their version" in variant.broken:
        version = 0
    if len(lineage) <= version and "no version guard" not in variant.broken:
        return world
    changed = _stored(world, target, document, lineage)
    if "no origin tag" in variant.broken:
        return _logged(changed, target, document)._replace(broken="I4")
    return changed


# Faults.


def fault_moves(world: World, variant: Variant) -> Iterator[Move]:
    """kill -9 of the router, of the controller, of both."""
    if not world.budget[CRASH]:
        return
    alive = world._replace(budget=spent(world, CRASH))
    yield "router killed", _router_restarted(alive)
    if world.control != IDLE:
        lost = alive._replace(control=CRASHED, position=(), newest=0)
        if "journal not durable" in variant.broken and lost.phase == "S7":
            lost = lost._replace(journal=False)
        yield "controller killed", lost
        yield "both killed", _router_restarted(lost)


def _router_restarted(world: World) -> World:
    """Counters and held requests are gone; clients try again; what flew may still arrive."""
    writes = tuple(
        (document, "held" if where == "flying" else where) for document, where in world.writes
    )
    return world._replace(
        writes=writes, flight=(), orphans=tuple(sorted({*world.orphans, *world.flight})),
        route=world.epoch, is_gate_open=derived_gate(world),
    )  # fmt: skip
