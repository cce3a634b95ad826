"""The steps of FREEZING, one function each, in the protocol's order: what it does, what it shows.

A step waits for its condition up to a limit and raises StepFailed; run again after a kill it does
nothing twice. Holds no order (parallel/state/states.py), no state row and no abort (course.py).
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.cutover.switch.parts import Parts, Position, other
from moonlanding_assets.errors import StepFailed
from moonlanding_assets.parallel.state.states import STEP_SECONDS, Side

_LOOK_SECONDS = 0.01
_WRITTEN_TO = "{} was written to although it is fenced"

Evidence = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a step may take, by a clock that only goes forward; tests bring their own.

    forward_seconds: of a step from the journal on, which has no undo and is tried for longer.
    """

    step_seconds: float = STEP_SECONDS
    forward_seconds: float = 5 * STEP_SECONDS
    now: Callable[[], float] = time.monotonic


@dataclass
class Freeze:
    """One switch under way: `side` wrote until now, in `epoch`; position once step 4 has it."""

    parts: Parts
    side: Side
    epoch: int
    limits: Limits
    position: Position | None = None
    newest_us: int | None = None
    until: float = field(default=0.0)
    seconds: float = field(default=0.0)

    def begin_step(self, *, is_forward: bool = False) -> None:
        """From now on the limit of one step runs."""
        limits = self.limits
        self.seconds = limits.forward_seconds if is_forward else limits.step_seconds
        self.until = limits.now() + self.seconds

    @property
    def seconds_left(self) -> float:
        """Of this step."""
        return max(self.until - self.limits.now(), 0.0)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until the condition holds; raises StepFailed saying what did not come.

        What does not answer now may answer in a moment: somebody starts it again.
        """
        pause, why = threading.Event(), ""
        while True:
            try:
                if condition():
                    return
            except StepFailed as error:
                why = f" ({error})"
            if self.limits.now() >= self.until:
                raise StepFailed(f"{what}: not within {self.seconds:g} s{why}")
            pause.wait(_LOOK_SECONDS)


def close_gate(freeze: Freeze) -> Evidence:
    """The state row says that writes are held; the router follows it."""
    freeze.wait_for(lambda: not freeze.parts.router.reload(), "the gate did not close")
    return {}


def drain(freeze: Freeze) -> Evidence:
    """Writes that passed the gate end."""
    left = freeze.parts.router.drain(freeze.seconds_left)
    if left:
        raise StepFailed(f"{left} writes in flight did not end")
    return {"in_flight_writes": 0}


def fence(freeze: Freeze) -> Evidence:
    """The side accepts no epoch: a canary is refused, and its newest update time stands still."""
    fences = freeze.parts.fences
    fences.accept(freeze.side, None)
    before = fences.newest_us(freeze.side)
    if fences.is_accepted(freeze.side, freeze.epoch):
        raise StepFailed(f"{freeze.side} took a canary write although it is fenced")
    if fences.newest_us(freeze.side) != before:
        raise StepFailed(_WRITTEN_TO.format(freeze.side))
    freeze.newest_us = before
    return {"canary_write_refused": True, "update_time_stood_still": True}


def position(freeze: Freeze) -> Evidence:
    """The end of the fenced side's log: after the drain, or an acknowledged write would be lost."""
    freeze.position = freeze.parts.streams.position(freeze.side)
    return {
        "position_us": freeze.position.at_us,
        "position_writes": len(freeze.position.writes),
        "noted_writes": freeze.parts.fences.noted_writes(freeze.side),
    }


def catch_up(freeze: Freeze) -> Evidence:
    """Every event up to the position is on the other side: each one, not the highest seen."""
    streams, at = freeze.parts.streams, _known(freeze)
    freeze.wait_for(lambda: streams.unapplied(freeze.side, at) == 0, "the other side lags behind")
    return {"unapplied_events": 0}


def verify(freeze: Freeze) -> Evidence:
    """Both sides are equal, and no conflict is open."""
    drift, conflicts = freeze.parts.streams.drift(), freeze.parts.streams.conflicts()
    if drift or conflicts:
        raise StepFailed(f"{drift} documents differ, {conflicts} conflicts are open")
    return {"drift": 0, "conflicts": 0}


def create_reverse(freeze: Freeze) -> Evidence:
    """The stream back is there, stopped, before the new side takes a single write.

    Last before the journal, so whether the fenced side still stands still is asked once more.
    """
    back = other(freeze.side)
    if freeze.parts.fences.newest_us(freeze.side) != freeze.newest_us:
        raise StepFailed(_WRITTEN_TO.format(freeze.side))
    freeze.parts.streams.create(back)
    freeze.wait_for(lambda: freeze.parts.streams.exists(back), "the stream back was not made")
    return {"reverse_stream_exists": True}


def stop_forward(freeze: Freeze) -> Evidence:
    """The stream of before runs no more."""
    streams = freeze.parts.streams
    streams.stop(freeze.side)
    freeze.wait_for(lambda: not streams.is_running(freeze.side), "the stream did not stop")
    return {"forward_stopped": True}


def open_side(freeze: Freeze) -> Evidence:
    """The other side accepts the next epoch."""
    freeze.parts.fences.accept(other(freeze.side), freeze.epoch + 1)
    return {}


def start_reverse(freeze: Freeze) -> Evidence:
    """The stream back runs."""
    streams, back = freeze.parts.streams, other(freeze.side)
    streams.start(back)
    freeze.wait_for(lambda: streams.is_running(back), "the stream back did not start")
    return {"reverse_stream_runs": True}


def open_gate(freeze: Freeze) -> Evidence:
    """The journal is done with; the router follows the row and lets the held writes go on."""
    freeze.wait_for(freeze.parts.router.reload, "the gate did not open")
    return {}


def _known(freeze: Freeze) -> Position:
    if freeze.position is None:
        raise StepFailed("there is no position yet")
    return freeze.position


# Steps 8 and 11 change the state row: they are course.py's.
BEFORE: Mapping[str, Callable[[Freeze], Evidence]] = {
    "close gate": close_gate,
    "drain": drain,
    "fence": fence,
    "position": position,
    "catch up": catch_up,
    "verify": verify,
    "create reverse": create_reverse,
}
