"""The gateway and a network that does not work: a backend that is half open, clients that are slow.

The old side is the real Firestore client before a server that takes connections and never answers.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.router import Router, Tools
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets_tests.kept_documents import HEALTH, KeptDocuments, control_in, served

BY = "X-Moonlanding-Answered-By"
DOC = "friday/clients/list/c1"
TOOLS = Tools(hold_seconds=0.2, poll_seconds=30, recheck_seconds=0)
SLOW_CLIENTS = 40
LIMIT_SECONDS = 60  # of what takes half a second: only that it ends is judged


class HalfOpen:
    """Takes connections, reads what comes, and says nothing."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._taken.append(self._server.accept()[0])

    def close(self) -> None:
        for one in (self._server, *self._taken):
            one.close()


@pytest.fixture
def half_open() -> Iterator[HalfOpen]:
    made = HalfOpen()
    yield made
    made.close()


def sides(directory: Path, address: str) -> tuple[FirestoreDocuments, KeptDocuments]:
    homes = {one: Home(project="p", database="(default)", emulator=address) for one in SYSTEMS}
    old = FirestoreDocuments(homes, directory / "notes.db", timeout_seconds=0.5)
    documents = {DOC: {"name": {"stringValue": "first"}}, HEALTH: {"n": {"nullValue": None}}}
    return old, KeptDocuments("NEW", documents)


async def status(client: ClientSession, *, write: bool = False) -> tuple[int, str]:
    body = {"fields": {"name": {"stringValue": "second"}}}
    call = (
        client.patch(f"/documents/{DOC}", json=body) if write else client.get(f"/documents/{DOC}")
    )
    async with asyncio.timeout(LIMIT_SECONDS), call as answer:
        return answer.status, answer.headers.get(BY, "")


def test_a_backend_that_never_answers_holds_nobody_for_ever(
    tmp_path: Path, half_open: HalfOpen
) -> None:
    async def playing() -> None:
        old, new = sides(tmp_path, half_open.address)
        router = Router(control_in(tmp_path, "S1 S2 S3 S4 S5"), {"OLD": old, "NEW": new}, TOOLS)
        new.fence(0)  # it would take the write: nothing may bring it there
        async with served(router) as client:
            assert await status(client) == (200, "NEW")
            assert (await status(client, write=True))[0] == 503
            assert new.documents[DOC]["name"] == {"stringValue": "first"}
            new.is_down = True
            assert (await status(client))[0] == 503
            new.is_down = False
            assert await status(client) == (200, "NEW")  # what was waited for blocks nothing
        old.close()

    asyncio.run(playing())


def test_clients_that_never_end_their_requests_keep_nobody_out(
    tmp_path: Path, half_open: HalfOpen
) -> None:
    async def playing() -> None:
        old, new = sides(tmp_path, half_open.address)
        router = Router(control_in(tmp_path, "S1 S2 S3 S4 S5"), {"OLD": old, "NEW": new}, TOOLS)
        async with served(router) as client:
            url = client._base_url
            assert url is not None
            slow = [await asyncio.open_connection(url.host, url.port) for _ in range(SLOW_CLIENTS)]
            for number, (_, writer) in enumerate(slow):
                writer.write(f"GET /documents/{DOC} HTTP/1.1\r\nX-{number}: ".encode())
                await writer.drain()
            assert await status(client) == (200, "NEW")
            assert router.gate.in_flight == 0
            for _, writer in slow:
                writer.close()
        old.close()

    asyncio.run(playing())
