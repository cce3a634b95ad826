"""The sync whose ten and thirty minutes take under two seconds; the bounds stay what they are.

Started as a process of its own in place of `moonlanding parallel start --foreground`. Only what
"has held for so long" is measured by the hurried clock; lags are not.
"""

import sys
import time

from moonlanding_assets.parallel.service.measures import HoldClock
from moonlanding_assets.parallel.service.start import run_here
from moonlanding_assets.settings import read_settings

SPEED = 1000.0


def hurried() -> float:
    """Seconds of a clock that runs ahead."""
    return time.monotonic() * SPEED


def say(text: str) -> None:
    """A line of the log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    clock = HoldClock(monotonic=hurried, longest_gap_seconds=60 * SPEED)
    run_here(read_settings(), by="a test", say=say, clock=clock)
