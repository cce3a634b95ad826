"""The router: reads to the side that the state says, writes to the authority or nowhere.

Between the HTTP of http.py and the sides of documents.py. Writes never fall back:
they wait at the gate, then they are refused. Holds no decision about the state (state/control.py).
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.parallel.gateway.documents import (
    Documents,
    StaleEpochError,
    UnavailableError,
    Write,
)
from moonlanding_assets.parallel.gateway.evidence import Kept
from moonlanding_assets.parallel.gateway.gate import Gate, HeldTooLongError
from moonlanding_assets.parallel.gateway.measuring import Measuring
from moonlanding_assets.parallel.gateway.metrics import Metrics
from moonlanding_assets.parallel.gateway.questions import Answer, Question
from moonlanding_assets.parallel.gateway.route import Route, Token
from moonlanding_assets.parallel.gateway.row_reading import RowReading
from moonlanding_assets.parallel.gateway.shadow import Shadow
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.states import Side

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
    keep_seconds: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A read: a page, or the document, None when there is none; who said so, in which epoch."""

    answer: Answer
    side: Side
    epoch: int


@dataclass
class Router:
    """One for a process. `start` it in the loop, `stop` it at the end."""

    control: Control
    sides: Mapping[Side, Documents]
    tools: Tools = field(default_factory=Tools)
    metrics: Metrics = field(default_factory=Metrics)
    kept: Kept | None = None

    def __post_init__(self) -> None:
        self.gate = Gate(most=THREADS)
        self.is_held_by_hand = False
        shadow = Shadow(
            old=partial(self._ask, "OLD"),
            new=partial(self._ask, "NEW"),
            pause=self.tools.pause,
            recheck_seconds=self.tools.recheck_seconds,
        )
        self.measuring = Measuring(shadow, self.metrics, self.kept)
        self._route: Route | None = None
        self._reloading = asyncio.Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="gateway")
        self._rows = RowReading(self.control)
        self._writing: set[asyncio.Task[Any]] = set()
        self._comparing: set[asyncio.Task[Any]] = set()
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
        """End the polling and the comparisons, let writes that are under way end."""
        for one in (self._polling, *self._comparing):
            if one is not None:
                one.cancel()
        await asyncio.gather(*self._writing, *self._comparing, return_exceptions=True)
        await self.blocking(self.measuring.keep)
        self._pool.shutdown()
        self._rows.close()

    async def reload(self) -> Route:
        """Take the route from the row; the gate follows it."""
        async with self._reloading:
            if (found := await self._rows.changed(self._route)) is not None:
                self._route, history = found
                self.measuring.follow(self._route.row, history)
            self.gate.set(self.route.row.is_gate_open and not self.is_held_by_hand)
            self.metrics.add("reloads_total", result="done")
        return self.route

    async def hold(self, is_held: bool) -> None:
        """Close the gate whatever the row says, or let it follow the row again."""
        self.is_held_by_hand = is_held
        await self.reload()

    async def read(self, question: Question, *, user: str, token: Token) -> Answered:
        """From the first side that answers; raises NotNowError when none does."""
        started = self.tools.now()
        route = self.route
        order = await self._readers(route, question, user, token)
        for side in order:
            asked = self.tools.now()
            try:
                answer = await self._ask(side, question)
            except UnavailableError:
                self.measuring.canary.note(side, seconds=self.tools.now() - asked, is_error=True)
                self.metrics.add("reads_total", side=side, result="unavailable")
                continue
            self.measuring.canary.note(side, seconds=self.tools.now() - asked, is_error=False)
            if side != order[0]:
                self.metrics.add("read_fallbacks_total", side=side)
            self.metrics.add("reads_total", side=side, result="missing" if answer is None else "ok")
            self.metrics.took("read_seconds", self.tools.now() - started)
            if route.is_shadowing:
                self._compare(question, answer)
            return Answered(answer=answer, side=side, epoch=route.row.epoch)
        raise NotNowError("no side that may answer this read does")

    async def write(self, write: Write) -> tuple[Side, int, int]:
        """The side, its epoch, the version; goes on to its end when the client goes away.

        Raises NotNowError, and what a side raises."""
        return await asyncio.shield(_kept_in(self._writing, self._write(write)))

    async def settled(self) -> None:
        """Wait until nothing runs behind the answers (comparisons, abandoned writes)."""
        while self._writing or self._comparing:
            await asyncio.gather(*self._writing, *self._comparing, return_exceptions=True)

    async def blocking(self, call: Callable[[], Result]) -> Result:
        """Run something that blocks in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def _write(self, write: Write) -> tuple[Side, int, int]:
        started = self.tools.now()
        for _ in range(2):  # once more, with the same key, on the route that is right now
            try:
                async with self.gate.passing(hold_seconds=self.tools.hold_seconds):
                    row = self.route.row
                    side = self.sides[row.authority]
                    version = await self._written_elsewhere(row, write)
                    if version is None:
                        call = partial(side.write, write, epoch=row.epoch)
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

    async def _written_elsewhere(self, row: Row, write: Write) -> int | None:
        """The version, when the side that wrote before the switch has done this very write."""
        if not write.is_named:
            return None
        other = self.sides["OLD" if row.authority == "NEW" else "NEW"]
        try:
            return await self.blocking(partial(other.written, write.key))
        except (UnavailableError, sqlite3.Error):
            return None

    async def _readers(
        self, route: Route, question: Question, user: str, token: Token
    ) -> tuple[Side, ...]:
        wrote = [one for one in token.versions.items() if question.concerns(one[0])]
        is_fresh = not token.is_full
        if is_fresh and wrote and route.row.authority == "OLD" and route.may_read_new(user):
            try:
                is_fresh = await self.blocking(partial(self._has_seen, wrote))
            except (UnavailableError, sqlite3.Error):
                is_fresh = False
        has_token = bool(wrote) or token.is_full
        return route.readers(user=user, is_fresh=is_fresh, has_token=has_token)

    def _has_seen(self, wrote: list[tuple[str, int]]) -> bool:
        return all(self.sides["NEW"].has_seen(path, version) for path, version in wrote)

    async def _ask(self, side: Side, question: Question) -> Answer:
        return await self.blocking(partial(question.of, self.sides[side]))

    def _compare(self, question: Question, answer: Answer) -> None:
        if len(self._comparing) >= MOST_SHADOWS:
            self.metrics.add("shadow_reads_total", endpoint="any", result="skipped")
            return
        _kept_in(self._comparing, self.measuring.compare(question, answer))

    async def _follow(self) -> None:
        kept_at = self.tools.now()
        while True:
            await self.tools.pause(self.tools.poll_seconds)
            try:
                await self.reload()
            except sqlite3.Error:
                self.metrics.add("reloads_total", result="failed")
            if self.tools.now() - kept_at >= self.tools.keep_seconds:
                kept_at = self.tools.now()
                await self.blocking(self.measuring.keep)


def _kept_in(
    tasks: "set[asyncio.Task[Any]]", work: Coroutine[Any, Any, Result]
) -> asyncio.Task[Result]:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task
