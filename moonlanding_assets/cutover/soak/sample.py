"""One sample of the soak, the counters of the gateway in it, and the clock that it was taken by.

A figure that could not be measured is not in it: never a default, never 0. Holds no measuring.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

WALL = "wall"


class Clock(Protocol):
    """What a monitor lives by. Only what is called "wall" is ever evidence."""

    @property
    def name(self) -> str:
        """ "wall", or what else it is."""

    @property
    def boot(self) -> str:
        """Which run of the machine the elapsed seconds count from."""

    def now(self) -> datetime:
        """The time of the day, which anybody can set."""

    def elapsed(self) -> float:
        """Seconds since the machine started, sleep included; only ever forward."""

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""


class WallClock:
    """The real one."""

    name = WALL

    @property
    def boot(self) -> str:
        """The kernel's own name of this run of the machine; "" where it has none."""
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Of the kernel's clock that counts sleep as well."""
        kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        return time.clock_gettime(kind)

    def wait(self, seconds: float) -> None:
        """Ends early only by a signal's exception."""
        threading.Event().wait(seconds)


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What one gateway process has counted since it started.

    started: when that was, by its own word. buckets: answers by upper bound in seconds, not
    cumulated, the last one without bound. codes: answers by class of status.
    """

    started: float
    codes: Mapping[str, int]
    bounds: tuple[float, ...]
    buckets: tuple[int, ...]

    def since(self, before: "Counters") -> "Counters":
        """What came after `before`; all of it where another process counts by now."""
        is_other = abs(self.started - before.started) > 1 or self.bounds != before.bounds
        pairs = [*zip(self.buckets, before.buckets, strict=False)]
        pairs += [(self.codes.get(code, 0), count) for code, count in before.codes.items()]
        if is_other or any(now < then for now, then in pairs):
            return self
        return Counters(
            started=self.started,
            codes={code: count - before.codes.get(code, 0) for code, count in self.codes.items()},
            bounds=self.bounds,
            buckets=tuple(
                now - then for now, then in zip(self.buckets, before.buckets, strict=True)
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was seen at one moment. state, epoch: of the state row; "" and -1 when unknown.

    at: UTC by the machine's clock. elapsed: seconds of its run `boot`. counters: None where the
    gateway did not say them.
    """

    at: str
    elapsed: float
    boot: str
    clock: str
    state: str
    epoch: int
    figures: Mapping[str, float]
    counters: Counters | None

    def seconds_since(self, before: "Sample") -> float:
        """Real seconds from one to the next; over a restart of the machine, as the clocks say."""
        if self.boot == before.boot:
            return max(self.elapsed - before.elapsed, 0.0)
        passed = datetime.fromisoformat(self.at) - datetime.fromisoformat(before.at)
        return max(passed.total_seconds(), 0.0)
