"""kill -9 of the gateway's process under writes: nothing acknowledged is lost, nothing done twice.

A few kills in each authority; MOONLANDING_KILLS says how many (make test-faults: 50 and more).
"""

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession

from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.http import new_id
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import control_in, walk
from moonlanding_assets_tests.real.command import command, environment
from moonlanding_assets_tests.syncing import Rig, make_rig

KILLS = int(os.environ.get("MOONLANDING_KILLS") or 2)
WRITERS = 4
MOST_WRITES = 6  # that are tried between two kills
REFUSED = (503,)

pytestmark = pytest.mark.timeout(600 + 60 * KILLS)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return make_rig(tmp_path_factory.mktemp("killed"))


@dataclass
class Firm:
    """A data directory as the gateway finds it, and where its old side is."""

    layout: Layout
    emulator: str
    process: "subprocess.Popen[str] | None" = None
    address: str = ""
    attempts: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """A fresh process; its address is known when it listens."""
        projects = {
            f"MOONLANDING_{system.upper()}_PROJECT": f"demo-killed-{system}" for system in SYSTEMS
        }
        self.process = subprocess.Popen(
            command(self.layout.data, "gateway", "serve", "--port", "0"), stdout=subprocess.PIPE,
            text=True, env={**environment(), **projects, "FIRESTORE_EMULATOR_HOST": self.emulator},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().rpartition(" ")[2].strip()
        assert self.address.startswith("http://127.0.0.1:")

    def kill(self) -> None:
        """At once, whatever it is doing."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def homes(self) -> dict[str, Home]:
        return {
            system: Home(
                project=f"demo-killed-{system}", database="(default)", emulator=self.emulator
            )
            for system in SYSTEMS
        }


@dataclass
class Writer:
    """One client: its own document, changed and created beside, each write under its own key."""

    path: str
    number: int
    acknowledged: list[tuple[str, int]] = field(default_factory=list)  # message, version
    created: list[str] = field(default_factory=list)  # keys

    async def write(self, firm: Firm, client: ClientSession) -> None:
        """One change and one new document, each tried until it is acknowledged."""
        turn = len(self.acknowledged)
        fields = {"message": {"stringValue": f"write {turn}"}}
        key = f"writer {self.number} change {turn}"
        body = await acknowledged(firm, client, "PATCH", self.path, key, fields)
        self.acknowledged.append((f"write {turn}", body["version"]))
        fields = {**fields, "datetime": {"stringValue": "2026-01-02T03:04:05.000Z"}}
        key = f"writer {self.number} new {turn}"
        above = self.path.rpartition("/")[0]
        body = await acknowledged(firm, client, "POST", above, key, fields)
        assert body["path"] == f"{above}/{new_id(key)}"
        self.created.append(key)


async def acknowledged(
    firm: Firm, client: ClientSession, verb: str, path: str, key: str, fields: dict[str, Any]
) -> dict[str, Any]:
    """What the gateway says to the write, in the end."""
    while True:
        await firm.ready.wait()
        firm.attempts += 1
        try:
            async with client.request(
                verb, f"{firm.address}/documents/{path}", json={"fields": fields},
                headers={"Idempotency-Key": key},
            ) as answer:  # fmt: skip
                body: dict[str, Any] = await answer.json()
                if answer.status in REFUSED:
                    continue
                assert answer.status in (200, 201), body
                return body
        except ClientConnectionError:
            await asyncio.sleep(0.01)  # killed: try again with the same key


async def kill_again_and_again(firm: Firm, chance: random.Random) -> None:
    for _ in range(KILLS):
        until = firm.attempts + chance.randint(1, MOST_WRITES)
        while firm.attempts < until:
            await asyncio.sleep(0)
        await asyncio.sleep(chance.random() * 0.02)
        firm.ready.clear()
        await asyncio.to_thread(firm.kill)
        await asyncio.to_thread(firm.start)
        firm.ready.set()


async def use(firm: Firm, writers: list[Writer], seed: int, *, is_gate_asked: bool) -> None:
    """Writers write until the last kill is over, and then once more.

    The gate is of the state row, so one side is enough to ask it after a restart.
    """
    await asyncio.to_thread(firm.start)
    firm.ready.set()
    killing = asyncio.create_task(kill_again_and_again(firm, random.Random(seed)))

    async def go_on(writer: Writer, client: ClientSession) -> None:
        while not killing.done():
            await writer.write(firm, client)
        await writer.write(firm, client)

    try:
        async with ClientSession() as client:
            await asyncio.gather(killing, *(go_on(one, client) for one in writers))
            if is_gate_asked:
                await the_gate_is_right_after_a_restart(firm, writers[0], client)
    finally:
        if firm.process is not None and firm.process.poll() is None:
            firm.kill()


async def the_gate_is_right_after_a_restart(
    firm: Firm, writer: Writer, client: ClientSession
) -> None:
    """The state went to FREEZING while the gateway was away: it holds writes from its start."""
    await asyncio.to_thread(firm.kill)
    control = Control(firm.layout.control)
    row = control.row()
    assert row is not None
    walk(control, "S6")
    await asyncio.to_thread(firm.start)
    body = {"fields": {"message": {"stringValue": "held"}}}
    async with client.patch(f"{firm.address}/documents/{writer.path}", json=body) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    await asyncio.to_thread(firm.kill)
    walk(control, row.state)
    await asyncio.to_thread(firm.start)
    async with client.get(f"{firm.address}/healthz") as answer:
        assert (await answer.json())["gate"] == "open"


@contextmanager
def firm_in(rig: Rig, directory: Path, targets: str, emulator: str) -> Iterator[Firm]:
    layout = Layout(data=directory / "data")
    layout.data.mkdir()
    shutil.copyfile(rig.database, layout.database("100%"))
    control_in(layout.control.parent, targets)
    yield Firm(layout, emulator)


def writers_of(rig: Rig) -> list[Writer]:
    chats = [one for one in sorted(rig.old_systems(1).documents) if "/chat/" in one]
    friday = [one for one in chats if one.startswith("friday/engagements/")]
    return [Writer(path, number) for number, path in enumerate(friday[:WRITERS])]


def test_moonlanding_has_each_write_once(rig: Rig, tmp_path: Path) -> None:
    """A trigger counts what really happened to the rows."""
    with firm_in(rig, tmp_path, "S1 S2 S3 S4 S5 S6 S7 S8 S8", "127.0.0.1:1") as firm:
        database = firm.layout.database("100%")
        side = MoonlandingDocuments(database)
        side.fence(1)
        with closing(sqlite3.connect(database)) as connection:
            connection.executescript(
                "CREATE TABLE happened (id TEXT, message TEXT);"
                "CREATE TRIGGER changed AFTER UPDATE OF content ON chat_messages BEGIN "
                "INSERT INTO happened VALUES (new.id, new.content); END;"
                "CREATE TRIGGER made AFTER INSERT ON chat_messages BEGIN "
                "INSERT INTO happened VALUES (new.id, 'made'); END;"
            )
        writers = writers_of(rig)
        asyncio.run(use(firm, writers, 1, is_gate_asked=True))
        with closing(sqlite3.connect(database)) as connection:
            happened = connection.execute("SELECT id, message FROM happened").fetchall()
        assert len(happened) == len(set(happened))
        assert len(happened) == sum(len(one.acknowledged) + len(one.created) for one in writers)
        for one in writers:
            assert (side.read(one.path) or {})["message"] == {
                "stringValue": one.acknowledged[-1][0]
            }
        side.close()


def test_firestore_has_each_write_once(
    rig: Rig, tmp_path: Path, emulator: FirestoreEmulator
) -> None:
    with firm_in(rig, tmp_path, "S1 S2 S3 S4 S5", emulator.address) as firm:
        for system in SYSTEMS:
            (overall,) = (rig.directory.parent / "data" / "demo" / system).rglob(
                "*.overall_export_metadata"
            )
            emulator.import_(f"demo-killed-{system}", overall)
        notes = firm.layout.control.with_name("old_side.db")
        side = FirestoreDocuments(firm.homes, notes)
        side.fence(0)
        writers = writers_of(rig)
        before = {one.path: len(all_of(side, one.path.rpartition("/")[0])) for one in writers}
        asyncio.run(use(firm, writers, 2, is_gate_asked=False))
        made: dict[str, int] = {}
        for one in writers:
            held = side.read(one.path) or {}
            assert held["message"] == {"stringValue": one.acknowledged[-1][0]}
            versions = [version for _, version in one.acknowledged]
            assert versions == sorted(set(versions))
            above = one.path.rpartition("/")[0]
            made[above] = made.get(above, 0) + len(one.created)
            ids = {path.rpartition("/")[2] for path, _ in all_of(side, above)}
            assert {new_id(key) for key in one.created} <= ids
        for one in writers:
            above = one.path.rpartition("/")[0]
            assert len(all_of(side, above)) == before[one.path] + made[above]
        side.close()


def all_of(side: FirestoreDocuments, collection: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    while True:
        after = found[-1][0].rpartition("/")[2] if found else ""
        page = side.page(collection, after=after, limit=100)
        found += page
        if len(page) < 100:
            return found
