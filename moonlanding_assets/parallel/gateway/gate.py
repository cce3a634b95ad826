"""The write gate: writes pass and are counted, or wait; closing it and draining are two steps.

Holds no route and no HTTP. One event loop; waits are bounded by it, nothing polls.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HeldTooLongError(Exception):
    """The gate stayed closed for longer than a write may wait."""


_MOST_HOLDS = 10_000


class Gate:
    """Open or closed; `in_flight` is the number of writes that passed and did not end.

    No more than `most` pass at once: those that could only wait inside wait before it, where they
    can be held, so that draining is short however many come.

    holds: the seconds that writes waited since it was closed last, refused ones among them.
    """

    def __init__(self, *, most: int = 8) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._room = asyncio.Semaphore(most)
        self.in_flight = 0
        self.held = 0
        self.refused = 0
        self.holds: deque[float] = deque(maxlen=_MOST_HOLDS)

    @property
    def is_open(self) -> bool:
        """Whether writes pass."""
        return self._open.is_set()

    def set(self, is_open: bool) -> None:
        """Open or close it; who waits goes on, who passed is not stopped."""
        if is_open:
            self._open.set()
            return
        if self.is_open:
            self.refused = 0
            self.holds.clear()
        self._open.clear()

    def hold_figures(self) -> dict[str, float]:
        """writes_held, writes_refused, hold_p99_seconds, hold_max_seconds of the last closing."""
        ordered = sorted(self.holds)
        found: dict[str, float] = {"writes_held": len(ordered), "writes_refused": self.refused}
        if ordered:
            place = min(int(len(ordered) * 0.99), len(ordered) - 1)
            found |= {"hold_p99_seconds": ordered[place], "hold_max_seconds": ordered[-1]}
        return found

    @asynccontextmanager
    async def passing(self, *, hold_seconds: float) -> AsyncIterator[None]:
        """Inside, one write is counted; raises HeldTooLongError when it had to wait too long."""
        while True:
            await self._passed(hold_seconds)
            await self._room.acquire()
            if self.is_open:
                break
            self._room.release()  # it was closed meanwhile
        self.in_flight += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._room.release()
            self.in_flight -= 1
            if self.in_flight == 0:
                self._empty.set()

    async def drain(self, *, seconds: float) -> bool:
        """Wait until no write is in flight; False when that took too long."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    async def _passed(self, hold_seconds: float) -> None:
        if self.is_open:
            return
        self.held += 1
        started = time.monotonic()
        try:
            async with asyncio.timeout(hold_seconds):
                while not self.is_open:
                    await self._open.wait()
        except TimeoutError:
            self.refused += 1
            raise HeldTooLongError from None
        finally:
            self.held -= 1
            self.holds.append(time.monotonic() - started)
