"""How far the rows are behind the old systems, and for how long something has held.

Times are seconds of one monotonic clock: nothing here is decided by a clock that can be set.
Read and written from several threads. Holds no bound (state/states.py).
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

WINDOW_SECONDS = 10.0
_LATEST = 10_000

Monotonic = Callable[[], float]


class Lag:
    """Lags of the events applied, and how long what came has been waiting.

    `latest`: seconds from a change at the server to its rows, of the last 10,000 events.
    """

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self.latest: deque[float] = deque(maxlen=_LATEST)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._waiting_since: float | None = None
        self._recent: deque[tuple[float, float]] = deque()

    def waits(self, since: float | None = None) -> None:
        """Something came at that moment (else now) that is not applied yet."""
        with self._lock:
            if self._waiting_since is None:
                self._waiting_since = self._monotonic() if since is None else since

    def applied(self, seconds: Sequence[float]) -> None:
        """What waited is durable; how long each event was on its way."""
        now = self._monotonic()
        with self._lock:
            self._waiting_since = None
            self.latest.extend(seconds)
            if seconds:
                self._recent.append((now, max(seconds)))

    @property
    def seconds(self) -> float:
        """The greatest lag of the last ten seconds, or of what is still waiting."""
        now = self._monotonic()
        with self._lock:
            while self._recent and now - self._recent[0][0] > WINDOW_SECONDS:
                self._recent.popleft()
            waited = 0.0 if self._waiting_since is None else now - self._waiting_since
            return max([waited, *(one for _, one in self._recent)])

    def quantile(self, share: float) -> float | None:
        """Of the latest lags; None without any."""
        with self._lock:
            ordered = sorted(self.latest)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None


class Held:
    """For how long something has been the same, as far as somebody looked.

    A look that comes later than `longest_gap_seconds` after the last one breaks it: nobody knows
    what was in between.
    """

    def __init__(
        self, monotonic: Monotonic = time.monotonic, *, longest_gap_seconds: float = WINDOW_SECONDS
    ) -> None:
        self._monotonic = monotonic
        self._longest_gap_seconds = longest_gap_seconds
        self._what: object = None
        self._since = self._looked_at = monotonic()

    def look(self, what: object) -> float:
        """The seconds that it has been this; None is nothing, and always 0."""
        now = self._monotonic()
        is_broken = now - self._looked_at > self._longest_gap_seconds
        if what is None or what != self._what or is_broken:
            self._since = now
        self._what, self._looked_at = what, now
        return now - self._since
