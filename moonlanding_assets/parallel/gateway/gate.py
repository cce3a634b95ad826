"""The write gate: writes pass and are counted, or wait; closing it and draining are two steps.

Holds no route and no HTTP. One event loop; waits are bounded by it, nothing polls.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HeldTooLongError(Exception):
    """The gate stayed closed for longer than a write may wait."""


class Gate:
    """Open or closed; `in_flight` is the number of writes that passed and did not end."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self.in_flight = 0
        self.held = 0

    @property
    def is_open(self) -> bool:
        """Whether writes pass."""
        return self._open.is_set()

    def set(self, is_open: bool) -> None:
        """Open or close it; who waits goes on, who passed is not stopped."""
        if is_open:
            self._open.set()
        else:
            self._open.clear()

    @asynccontextmanager
    async def passing(self, *, hold_seconds: float) -> AsyncIterator[None]:
        """Inside, one write is counted; raises HeldTooLongError when it had to wait too long."""
        await self._passed(hold_seconds)
        self.in_flight += 1
        self._empty.clear()
        try:
            yield
        finally:
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
        try:
            async with asyncio.timeout(hold_seconds):
                while not self.is_open:
                    await self._open.wait()
        except TimeoutError:
            raise HeldTooLongError from None
        finally:
            self.held -= 1
