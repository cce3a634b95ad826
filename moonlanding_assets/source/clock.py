"""Time as waiting needs it, and its end. Holds no wait of anybody's, and no gRPC."""

import threading
import time
from typing import Protocol


class StoppedError(Exception):
    """Another thread failed, or the run was interrupted: nothing more is asked."""


class Clock(Protocol):
    """Time as waiting needs it; tests hand in one that does not pass by itself."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def pause(self, seconds: float) -> None:
        """Wait so long; raises StoppedError when there is no use in going on."""

    def stop(self) -> None:
        """End every pause, now and from now on."""


class SystemClock:
    """The real time."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Wait so long; raises StoppedError once `stop` was called."""
        if self._stopped.wait(seconds):
            raise StoppedError

    def stop(self) -> None:
        """End every pause, now and from now on."""
        self._stopped.set()
