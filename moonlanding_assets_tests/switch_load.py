"""People at work through the gateway: so many requests a second, each answer kept and judged.

Every writer has documents of its own and writes one after the other, so that what each document
must hold in the end is known. A 503 is tried again with the same key, as a client does; it counts
as an error all the same. Holds no assertion.
"""

import asyncio
import itertools
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, TCPConnector

from moonlanding_assets.source.value import string

WRITES = 0.4  # of all requests
WRITERS, READERS = 64, 16
_BEHIND_SECONDS = 5.0  # that a client makes up for what it could not ask in time
_REQUEST_SECONDS = 30.0


@dataclass
class Loaded:
    """What the clients saw. statuses: of every answer; resets: connections that broke."""

    statuses: Counter[int] = field(default_factory=Counter)
    resets: int = 0
    write_seconds: list[float] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)  # path → the last text
    keys: list[tuple[str, str, int]] = field(default_factory=list)  # key, side, epoch
    began_at: float = 0.0
    ended_at: float = 0.0

    @property
    def requests(self) -> int:
        """Answered ones."""
        return sum(self.statuses.values())

    @property
    def faults(self) -> int:
        """Answers of 5xx."""
        return sum(count for status, count in self.statuses.items() if status >= 500)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / max(self.ended_at - self.began_at, 0.001)


class Load:
    """A process of its own from `start` to `end`, so that it does not slow down who measures."""

    def __init__(self, address: str, paths: list[str], *, rate: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._near, far = context.Pipe()
        self._process = context.Process(target=_load, args=(far, address, paths, rate), daemon=True)

    def start(self) -> None:
        """Let people work."""
        self._process.start()
        assert self._near.recv() == "working"

    def end(self) -> Loaded:
        """Let the last requests end; what was seen."""
        self._near.send("end")
        seen: Loaded = self._near.recv()
        self._process.join()
        return seen


def _load(far: Connection, address: str, paths: list[str], rate: float) -> None:
    clients = Clients(address, paths, rate=rate)

    def listen() -> None:
        far.recv()
        clients.is_over.set()

    threading.Thread(target=listen, daemon=True).start()
    far.send("working")
    asyncio.run(clients.work())
    far.send(clients.seen)


class Clients:
    """The clients; `seen` is complete when `work` has ended, soon after `is_over` was set."""

    def __init__(self, address: str, paths: list[str], *, rate: float) -> None:
        self.seen = Loaded()
        self.is_over = threading.Event()
        self._address = address
        self._paths = paths
        self._rate = rate

    async def work(self) -> None:
        """Ask until it is over."""
        self.seen.began_at = time.monotonic()
        timeout = ClientTimeout(total=_REQUEST_SECONDS)
        async with ClientSession(connector=TCPConnector(limit=0), timeout=timeout) as client:
            writers = [self._paths[lane::WRITERS] for lane in range(WRITERS)]
            busy = [(number, mine) for number, mine in enumerate(writers) if mine]
            pause_seconds = len(busy) / (self._rate * WRITES)
            writing = (self._lane(client, *one, pause_seconds, self._write) for one in busy)
            reading = (
                self._lane(
                    client, lane, self._paths, READERS / self._rate / (1 - WRITES), self._read
                )
                for lane in range(READERS)
            )
            await asyncio.gather(*writing, *reading)
        self.seen.ended_at = time.monotonic()

    async def _lane(
        self,
        client: ClientSession,
        lane: int,
        paths: list[str],
        pause_seconds: float,
        ask: Callable[[ClientSession, str, str], Awaitable[None]],
    ) -> None:
        """One client, one request after the other, so many a second; what is late is made up."""
        due = time.monotonic() + pause_seconds * (lane % READERS) / READERS
        for turn in itertools.count():
            if self.is_over.is_set():
                return
            await asyncio.sleep(max(due - time.monotonic(), 0))
            due = max(due + pause_seconds, time.monotonic() - _BEHIND_SECONDS)
            await ask(client, paths[turn % len(paths)], f"lane {lane} turn {turn}")

    async def _write(self, client: ClientSession, path: str, text: str) -> None:
        body = {"fields": {"message": string(text)}}
        started = time.monotonic()
        while not (self.is_over.is_set() and time.monotonic() - started > _REQUEST_SECONDS):
            try:
                async with client.patch(
                    f"{self._address}/documents/{path}",
                    json=body,
                    headers={"Idempotency-Key": text},
                ) as answer:
                    await answer.read()
                    self.seen.statuses[answer.status] += 1
                    if answer.status == 200:
                        side = answer.headers["X-Moonlanding-Answered-By"]
                        epoch = int(answer.headers["X-Moonlanding-Epoch"])
                        self.seen.acknowledged[path] = text
                        self.seen.keys.append((text, side, epoch))
                        self.seen.write_seconds.append(time.monotonic() - started)
                        return
            except ClientConnectionError:
                self.seen.resets += 1
            await asyncio.sleep(0.05)

    async def _read(self, client: ClientSession, path: str, text: str) -> None:
        del text
        try:
            async with client.get(f"{self._address}/documents/{path}") as answer:
                await answer.read()
                self.seen.statuses[answer.status] += 1
        except ClientConnectionError:
            self.seen.resets += 1
