"""The router: reads to the side that the state says, writes to the authority or nowhere.

Between the HTTP of gateway_http.py and the sides of gateway_documents.py. Writes never fall back:
they wait at the gate, then they are refused. Holds no decision about the state (control.py).
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.parallel.control import Control
from moonlanding_assets.parallel.control_row import Row
from moonlanding_assets.parallel.gateway_documents import (
    Documents,
    Patch,
    StaleEpochError,
    UnavailableError,
)
from moonlanding_assets.parallel.gateway_gate import Gate, HeldTooLongError
from moonlanding_assets.parallel.gateway_metrics import Metrics
from moonlanding_assets.parallel.gateway_route import Route, Token
from moonlanding_assets.parallel.gateway_shadow import Shadow
from moonlanding_assets.parallel.states import Side
from moonlanding_assets.source.value import Fields

THREADS = 8
MOST_SHADOWS = 200

Result = TypeVar("Result")


class NotNowError(Exception):
    """Nobody can take it at present (HTTP 503 with Retry-After)."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """How the router waits and measures, and how long; tests bring a clock of their own."""

    now: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    hold_seconds: float = 2.0
    poll_seconds: float = 0.25
    recheck_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A read: the document, or None when there is none; who said so, in which epoch."""

    fields: Fields | None
    side: Side
    epoch: int


@dataclass
class Router:
    """One for a process. `start` it in the loop, `stop` it at the end."""

    control: Control
    sides: Mapping[Side, Documents]
    tools: Tools = field(default_factory=Tools)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.gate = Gate()
        self.is_held_by_hand = False
        self.shadow = Shadow(
            old=partial(self._read, "OLD"),
            new=partial(self._read, "NEW"),
            pause=self.tools.pause,
            recheck_seconds=self.tools.recheck_seconds,
        )
        self._route: Route | None = None
        self._reloading = asyncio.Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="gateway")
        self._tasks: set[asyncio.Task[object]] = set()
        self._polling: asyncio.Task[None] | None = None

    @property
    def route(self) -> Route:
        """The route as last read; raises SettingsError before `start`."""
        if self._route is None:
            raise SettingsError("there is no state row yet: begin parallel operation first")
        return self._route

    async def start(self) -> None:
        """Read the row and follow it; raises SettingsError when there is none."""
        await self.reload()
        self._polling = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """End the polling, let what is under way end."""
        if self._polling is not None:
            self._polling.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._pool.shutdown()

    async def reload(self) -> Route:
        """Take the route from the row; the gate follows it."""
        async with self._reloading:
            row = await self.blocking(self.control.row)
            percent = await self.blocking(self.control.percent)
            if row is not None:
                self._route = Route(row=row, percent=percent)
                self.gate.set(row.is_gate_open and not self.is_held_by_hand)
                self.metrics.add("reloads_total", result="done")
        return self.route

    async def hold(self, is_held: bool) -> None:
        """Close the gate whatever the row says, or let it follow the row again."""
        self.is_held_by_hand = is_held
        await self.reload()

    async def read(self, path: str, *, user: str, token: Token) -> Answered:
        """From the first side that answers; raises NotNowError when none does."""
        started = self.tools.now()
        route = self.route
        order = await self._readers(route, path, user, token)
        for side in order:
            try:
                fields = await self._read(side, path)
            except UnavailableError:
                self.metrics.add("reads_total", side=side, result="unavailable")
                continue
            if side != order[0]:
                self.metrics.add("read_fallbacks_total", side=side)
            self.metrics.add("reads_total", side=side, result="missing" if fields is None else "ok")
            self.metrics.took("read_seconds", self.tools.now() - started)
            if route.is_shadowing:
                self._compare(path, fields)
            return Answered(fields=fields, side=side, epoch=route.row.epoch)
        raise NotNowError("no side that may answer this read does")

    async def write(self, patch: Patch, *, is_named: bool = False) -> tuple[Side, int, int]:
        """The side, its epoch and the document's version; raises NotNowError and what a side does.

        is_named: the client chose the key, so it may be a retry of a write from before a switch.

        Goes on to its end when the client goes away: what was begun stays counted.
        """
        return await asyncio.shield(self._task(self._write(patch, is_named)))

    async def settled(self) -> None:
        """Wait until nothing runs behind the answers (comparisons, abandoned writes)."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def blocking(self, call: Callable[[], Result]) -> Result:
        """Run something that blocks in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def _write(self, patch: Patch, is_named: bool) -> tuple[Side, int, int]:
        started = self.tools.now()
        for _ in range(2):  # once more, with the same key, on the route that is right now
            try:
                async with self.gate.passing(hold_seconds=self.tools.hold_seconds):
                    row = self.route.row
                    side = self.sides[row.authority]
                    version = await self._written_elsewhere(row, patch) if is_named else None
                    if version is None:
                        call = partial(side.patch, patch, epoch=row.epoch)
                        version = await self.blocking(call)
            except StaleEpochError:
                self.metrics.add("stale_epochs_total", side=row.authority)
                await self.reload()
                continue
            except HeldTooLongError:
                self.metrics.add("writes_total", side="none", result="held too long")
                raise NotNowError("writes are held") from None
            except UnavailableError:
                self.metrics.add("writes_total", side=row.authority, result="unavailable")
                raise NotNowError(f"{row.authority} does not answer") from None
            self.metrics.add("writes_total", side=row.authority, result="ok")
            self.metrics.took("write_seconds", self.tools.now() - started)
            return row.authority, row.epoch, version
        self.metrics.add("writes_total", side="none", result="stale")
        raise NotNowError("the epoch of the route is not accepted")

    async def _written_elsewhere(self, row: Row, patch: Patch) -> int | None:
        """The version, when the side that wrote before the switch has done this very write."""
        other = self.sides["OLD" if row.authority == "NEW" else "NEW"]
        try:
            return await self.blocking(partial(other.written, patch.key))
        except (UnavailableError, sqlite3.Error):
            return None

    async def _readers(self, route: Route, path: str, user: str, token: Token) -> tuple[Side, ...]:
        version = token.version(path)
        is_fresh = not token.is_full
        may_be_new = route.row.authority == "OLD" and route.may_read_new(user)
        if version is not None and may_be_new:
            try:
                is_fresh = await self.blocking(partial(self.sides["NEW"].has_seen, path, version))
            except (UnavailableError, sqlite3.Error):
                is_fresh = False
        has_token = version is not None or token.is_full
        return route.readers(user=user, is_fresh=is_fresh, has_token=has_token)

    async def _read(self, side: Side, path: str) -> Fields | None:
        return await self.blocking(partial(self.sides[side].read, path))

    def _compare(self, path: str, fields: Fields | None) -> None:
        if len(self._tasks) >= MOST_SHADOWS:
            self.metrics.add("shadow_reads_total", endpoint="any", result="skipped")
            return
        self._task(self._compared(path, fields))

    async def _compared(self, path: str, fields: Fields | None) -> None:
        try:
            result = await self.shadow.compare(path, fields)
        except UnavailableError:
            result = "unavailable"
        self.metrics.add("shadow_reads_total", endpoint="any", result=result)

    def _task(self, work: Awaitable[Result]) -> asyncio.Task[Result]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _follow(self) -> None:
        while True:
            await self.tools.pause(self.tools.poll_seconds)
            try:
                await self.reload()
            except sqlite3.Error:
                self.metrics.add("reloads_total", result="failed")
