"""What a running sync measures, and says four times a second in data/parallel/sync.json.

A thread of its own writes, so that what is measured is said also while the sync is busy or waits.
Holds the figures; what a change of state asks of them is state/states.py's.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.parallel.service.following import Following
from moonlanding_assets.parallel.service.lag import Held, Monotonic
from moonlanding_assets.parallel.service.process import say
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import utc_now
from moonlanding_assets.parallel.state.states import LAG
from moonlanding_assets.settings import Layout

EVERY_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class HoldClock:
    """What "for ten minutes" is measured by; a test hands in one that runs ahead."""

    monotonic: Monotonic = time.monotonic
    longest_gap_seconds: float = 10.0

    def held(self) -> Held:
        """A new measure of how long something holds."""
        return Held(self.monotonic, longest_gap_seconds=self.longest_gap_seconds)


@dataclass
class Doing:
    """What the sync does now, and what is in its way; the service writes, the measures read."""

    what: str = "opening"
    problem: str = ""
    sweep: dict[str, Any] | None = None
    undeclared: dict[str, int] = field(default_factory=dict)
    is_sweeping: bool = False


class Measures:
    """Written down all the time between `start` and `stop`."""

    def __init__(self, layout: Layout, doing: Doing, *, clock: HoldClock) -> None:
        self.following: Following | None = None
        self._layout = layout
        self._doing = doing
        self._control = Control(layout.control)
        self._is_close, self._is_shared = clock.held(), clock.held()
        self._started_at = utc_now()
        self._since = ""
        self._saying = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to say."""
        self.say_now()
        self._thread.start()

    def stop(self, why: str) -> None:
        """Say for the last time, and why it ends."""
        self._stopped.set()
        self._thread.join()
        self._doing.what, self._doing.problem = "stopped", why
        say(self._layout, {**self._figures(), "lag_held_seconds": 0.0, "since": ""})

    def say_now(self) -> None:
        """Without waiting for the next time: somebody waits for what has just changed."""
        with self._saying:
            say(self._layout, self._figures())

    def lag_seconds(self) -> float | None:
        """How far the rows are behind; None where a listener has not told everything yet."""
        following = self.following
        if following is None or not following.is_current:
            return None
        silent = (one.clock.silent_seconds for one in following.systems.values())
        is_known = all(one.clock.now_us() is not None for one in following.systems.values())
        return max(following.lag.seconds, *silent) if is_known else None

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            self.say_now()

    def _figures(self) -> dict[str, Any]:
        lag = self.lag_seconds() if self._doing.what == "following" else None
        is_close = lag is not None and LAG.is_met({LAG.key: lag})
        held = self._is_close.look("close" if is_close else None)
        if not is_close:
            self._since = ""
        self._since = self._since or (utc_now() if is_close else "")
        return {
            "at": utc_now(),
            "started_at": self._started_at,
            "doing": self._doing.what,
            "problem": self._doing.problem,
            "lag_seconds": lag,
            "lag_held_seconds": held,
            "since": self._since,
            "last_sweep": self._doing.sweep,
            "is_sweeping": self._doing.is_sweeping,
            "undeclared": self._doing.undeclared,
            **self._shared(),
            **self._followed(),
        }

    def _shared(self) -> dict[str, Any]:
        """For how long the share of S4 has been what it is, as this process saw it.

        Not by the times of the history: a clock that is set would make half an hour of a minute.
        """
        row, percent = self._control.row(), self._control.percent()
        state = "" if row is None else row.state
        held = self._is_shared.look((row, percent) if state == "S4" else None)
        return {"state": state, "percent": percent, "percent_held_seconds": held}

    def _followed(self) -> dict[str, Any]:
        following = self.following
        if following is None:
            return {"flowing": "none", "systems": {}, "unsettled_systems": []}
        notes = following.sync.present.notes
        systems = {
            system: {
                "is_current": following.is_system_current(system),
                "position_us": one.stream.position_us,
                "read_whole_us": int(notes.get(f"{system}_read_us", 0)),
                "missed": _missed(following, system),
                "problem": one.clock.problem,
            }
            for system, one in following.systems.items()
        }
        unsettled = [
            system
            for system, one in systems.items()
            if not one["read_whole_us"] or not one["is_current"]
        ]
        quantile: Callable[[float], float | None] = following.lag.quantile
        return {
            "flowing": following.flowing,
            "systems": systems,
            "unsettled_systems": unsettled,
            "applied": dict(following.done),
            "lag_p50_seconds": quantile(0.50),
            "lag_p95_seconds": quantile(0.95),
        }


def _missed(following: Following, system: str) -> int | None:
    """How many events the last whole reading of this run found that no listener had brought."""
    reading = following.readings.get(system)
    return None if reading is None else len(reading.events)
