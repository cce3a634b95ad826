"""The protocol as the model runs it, and everything that can be broken about it.

Written out by hand and independent of the code: the test compares both. Holds no behaviour.
"""

from dataclasses import dataclass, field, replace

STEPS = (
    "close gate", "drain", "fence", "position", "catch up", "verify", "create reverse", "journal",
    "stop forward", "open", "route", "start reverse", "open gate",
)  # fmt: skip
ABORT = ("unfence", "drop reverse", "give back")

# from, to, under whose authority, whether authority moves
CHANGES = frozenset(
    {
        ("S0", "S1", "OLD", False), ("S1", "S0", "OLD", False),
        ("S1", "S2", "OLD", False), ("S2", "S1", "OLD", False),
        ("S2", "S3", "OLD", False), ("S3", "S2", "OLD", False),
        ("S3", "S4", "OLD", False), ("S4", "S3", "OLD", False),
        ("S4", "S4", "OLD", False),
        ("S4", "S5", "OLD", False), ("S5", "S4", "OLD", False),
        ("S5", "S6", "OLD", False), ("S6", "S5", "OLD", False),
        ("S6", "S7", "OLD", False), ("S7", "S8", "OLD", True),
        ("S8", "S8", "NEW", False), ("S8", "S9", "NEW", False),
        ("S9", "S10", "NEW", False), ("S10", "S9", "NEW", False), ("S10", "S11", "NEW", False),
        ("S8", "S6", "NEW", False), ("S9", "S6", "NEW", False),
        ("S6", "S8", "NEW", False), ("S6", "S9", "NEW", False),
        ("S6", "S7", "NEW", False), ("S7", "S2", "NEW", True), ("S7", "S5", "NEW", True),
        ("S2", "S2", "OLD", False), ("S5", "S5", "OLD", False),
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How far to go. budget: crashes, lost answers, duplicates, lost events.

    straight: writes past the gateway, of those that OLD's rules do not hold, rules that fail.
    is_whole: all states from S0 on; else from S5 on, only those around the switch.
    """

    writes: int = 2
    switches: int = 2
    budget: tuple[int, int, int, int] = (0, 0, 0, 0)
    straight: tuple[int, int, int] = (0, 0, 0)
    is_whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What the model runs. `steps`: of the forward switch; `mirrored`: of the reverse one.

    expected: the invariant that must be found broken, "" for none; also: others that break too.
    """

    name: str
    expected: str = ""
    steps: tuple[str, ...] = STEPS
    mirrored: tuple[str, ...] = STEPS
    abort: tuple[str, ...] = ABORT
    broken: frozenset[str] = field(default_factory=frozenset)
    bounds: Bounds = Bounds(writes=1, budget=(1, 0, 0, 0))


PROTOCOL = Variant(name="the protocol")
TWO_WRITES = Bounds()
TWO_AND_A_CRASH = Bounds(budget=(1, 0, 0, 0))
LOSING = Bounds(writes=1, budget=(0, 0, 0, 1))
CRASHING = Bounds(writes=1, budget=(1, 0, 0, 0))
EVERY_STATE = Bounds(writes=1, budget=(1, 1, 1, 1), is_whole=True)
ALL_AT_ONCE = Bounds(budget=(1, 1, 1, 1), is_whole=True)
STRAIGHT = Bounds(writes=1, budget=(1, 0, 0, 0), straight=(1, 1, 1))
STRAIGHT_EVERYWHERE = Bounds(writes=1, budget=(1, 1, 1, 1), straight=(1, 1, 1), is_whole=True)

# Every state reachable inside the bounds: how many there are.
SPACES = (
    ("every state, one write, all faults", EVERY_STATE, 12_103),
    ("every state, two writes, a crash", Bounds(budget=(1, 0, 0, 0), is_whole=True), 39_726),
    ("both switches, two writes, all faults", Bounds(budget=(1, 1, 1, 1)), 223_834),
    ("both switches, two writes, two crashes", Bounds(budget=(2, 0, 0, 0)), 71_949),
    ("both switches, three writes, a duplicate", Bounds(writes=3, budget=(0, 0, 1, 0)), 39_108),
    ("both switches, a write, two past the gateway, a crash", STRAIGHT, 60_288),
)


def _without(*names: str) -> tuple[str, ...]:
    return tuple(one for one in STEPS if one not in names)


def _moved(name: str, before: str, *, dropped: str = "") -> tuple[str, ...]:
    rest = [one for one in STEPS if one not in (name, dropped)]
    rest.insert(rest.index(before) if before else len(rest), name)
    return tuple(rest)


def _both(
    name: str, steps: tuple[str, ...], *, expected: str = "", bounds: Bounds = CRASHING
) -> Variant:
    return Variant(name=name, expected=expected, steps=steps, mirrored=steps, bounds=bounds)


def _breaking(name: str, *, expected: str, bounds: Bounds = CRASHING) -> Variant:
    broken = frozenset({name})
    return replace(PROTOCOL, name=name, expected=expected, broken=broken, bounds=bounds)


_ROUTE_FIRST = (
    "close gate", "drain", "fence", "position", "catch up", "verify", "create reverse",
    "open", "route", "journal", "stop forward", "start reverse", "open gate",
)  # fmt: skip

MUTANTS = (
    # the protocol's own list
    _both("no drain, no fence", _without("drain", "fence"), expected="I1"),
    _both("no fence", _without("fence"), expected="I1"),
    _both(
        "position before drain, verify off",
        _moved("position", "drain", dropped="verify"),
        expected="I2",
    ),
    _both("no catch-up wait, no verify", _without("catch up", "verify"), expected="I2"),
    _breaking("no version guard", expected="I3", bounds=TWO_WRITES),
    _breaking("no origin tag", expected="I4"),
    _both("route before journal", _ROUTE_FIRST, expected="I1"),
    _both("reverse created late", _moved("create reverse", ""), expected="I3"),
    replace(PROTOCOL, name="abort keeps the fence", expected="I7", abort=ABORT[1:]),
    # more
    _both("reverse created late: NEW writes first", _moved("create reverse", ""), expected="I10"),
    _breaking("catch-up waits for the highest event only", expected="I2", bounds=TWO_WRITES),
    _breaking("tombstones forget their version", expected="I3", bounds=TWO_WRITES),
    _breaking("no sweep after a lost event", expected="I3", bounds=LOSING),
    _breaking("no idempotency key", expected="I4"),
    _breaking("reads without a token", expected="I6"),
    _breaking("shadow reads answer from NEW", expected="I6", bounds=EVERY_STATE),
    _breaking("any epoch accepted", expected="I1"),
    _breaking("recovery always aborts", expected="I1"),
    _breaking("recovery writes the journal again", expected="I9"),
    _breaking("recovery always rolls forward", expected="I5"),
    _breaking("recovery does nothing", expected="I8"),
    _breaking("journal not durable", expected="I1"),
    _breaking("router does not reload", expected="I11"),
    replace(PROTOCOL, name="abort before unfencing", expected="I12", abort=(*ABORT[1:], ABORT[0])),
    replace(PROTOCOL, name="reverse switch: no fence", expected="I1", mirrored=_without("fence")),
    replace(
        PROTOCOL,
        name="reverse switch: no catch-up wait, no verify",
        expected="I2",
        mirrored=_without("catch up", "verify"),
    ),
    replace(
        PROTOCOL,
        name="reverse switch: stream back created late",
        expected="I10",
        mirrored=_moved("create reverse", ""),
    ),
    # of those who do not pass the gateway
    _breaking("no canary past the gateway", expected="I1", bounds=STRAIGHT),
    _breaking("no last look", expected="I2", bounds=STRAIGHT),
)

# Where the promise ends: what nothing in the protocol can see.
LIMITS = (_breaking("a leak after the last look", expected="I2", bounds=STRAIGHT),)

# Each leaves a second safety net, which holds.
REDUNDANT = (
    _both("position before drain, verify on", _moved("position", "drain"), bounds=TWO_AND_A_CRASH),
    _both("no drain, fence on", _without("drain"), bounds=TWO_AND_A_CRASH),
    _both("no catch-up wait, verify on", _without("catch up"), bounds=TWO_AND_A_CRASH),
)
