"""How long step 5 would take, tried while nobody waits; what is waited for is told, not kept quiet.

Holds no judgement (prechecks.py). Changes nothing.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from moonlanding_assets.cutover.switch.course import Tell, in_silence
from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.parallel.state.states import Side

#: how long step 5 should take, may take, and how long that is waited for
PACE_SECONDS, PACE_MOST_SECONDS, PACE_LIMIT_SECONDS = 0.5, 1.5, 240.0
TELL_SECONDS = 5.0
_LOOK_SECONDS = 0.02


@dataclass(kw_only=True)
class Patience:
    """limit_seconds: how long to wait at most. tell: what for, at once, then every few seconds."""

    limit_seconds: float = PACE_LIMIT_SECONDS
    tell: Tell = in_silence
    now: Callable[[], float] = time.monotonic

    def begin(self) -> None:
        """From now on the limit runs."""
        self._began = self._told_at = self.now()
        self.tell(
            f"waiting until what is written now is on the other side within {PACE_SECONDS:g} s: "
            f"for {self.limit_seconds:g} s at most, and no write is held meanwhile"
        )

    @property
    def is_over(self) -> bool:
        """Whether the limit has run out."""
        return self.now() >= self._began + self.limit_seconds

    def waited(self, found: str) -> None:
        """Say how far it is, unless that was said a moment ago."""
        now = self.now()
        if now < self._told_at + TELL_SECONDS:
            return
        self._told_at = now
        self.tell(f"waiting: {now - self._began:.0f} s of {self.limit_seconds:g} s, {found}")


def pace(parts: Parts, side: Side, patience: Patience) -> float:
    """Seconds of the last try, each of what was there when it began; inf if none came to an end.

    Tried again and again until one is short, or the patience is over.
    """
    seconds, pause = math.inf, threading.Event()
    patience.begin()
    while seconds > PACE_SECONDS and not patience.is_over:
        began, position = patience.now(), parts.streams.position(side)
        while (left := parts.streams.unapplied(side, position)) and not patience.is_over:
            patience.waited(f"{left} changes are not there yet")
            pause.wait(_LOOK_SECONDS)
        seconds = math.inf if left else patience.now() - began
        patience.waited(f"the last try took {seconds:.2f} s")
    return seconds
