"""A demo firm in the emulator that people go on changing, Moonlanding following, a gateway between.

For the tests and the measurement of shadow reads. Holds no assertion.
"""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.live_settings import Live
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.gateway.documents import Write
from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.firestore_calls import FirestoreCalls
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.gateway.questions import ListPage, Question, ReadOne
from moonlanding_assets.parallel.gateway.router import Router, Tools
from moonlanding_assets.parallel.gateway.shadow import endpoint_of
from moonlanding_assets.parallel.service.opening import follow_live
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import canonical, parse
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.syncing import OldSystems, Rig

CLIENTS = 8
LONGEST_WAIT_SECONDS = 900.0
UNDER_WAY = 0  # in the place of a version
LONG_SECONDS = 10.0  # pauses that are as long wait for nothing but the time


def is_declared(path: str) -> bool:
    """Whether a listener brings changes of this document."""
    return match(system_of(path), path) is not None


@dataclass
class MovingFirm:
    """`old` is what the emulator holds; it changes while `changing` runs."""

    rig: Rig
    live: Live
    old: OldSystems
    lock: threading.Lock = field(default_factory=threading.Lock)
    versions: dict[str, int] = field(default_factory=dict)  # path → version of its last change
    changes: int = 0

    @property
    def homes(self) -> dict[str, Home]:
        return {
            system: Home(
                project=self.live.project(system), database="(default)", emulator=self.live.emulator
            )
            for system in SYSTEMS
        }

    def change(self, calls: dict[str, FirestoreCalls]) -> None:
        """One more thing that people do in the old systems."""
        with self.lock:
            documents, gone = dict(self.old.documents), dict(self.old.gone)
            event = self.old.change()
            held = (documents if event.path in documents else gone).get(event.path)
            is_same = held is not None and event.payload == canonical(held)
            if is_same or not is_declared(event.path):
                # nothing that a listener brings, or nothing that a look can tell from what was
                self.old.documents, self.old.gone = documents, gone
                return
            self.versions[event.path] = UNDER_WAY
        write = _write_of(event, number=self.changes)
        version = calls[system_of(event.path)].commit(write)
        with self.lock:
            self.versions[event.path] = version
            self.changes += 1

    def questions(self, chance: random.Random) -> dict[str, list[Question]]:
        """Endpoint → what can be asked of it now, of documents that were deleted as well."""
        with self.lock:
            paths = [one for one in (*self.old.documents, *self.old.gone) if is_declared(one)]
        chance.shuffle(paths)
        found: dict[str, list[Question]] = {}
        for path in paths:
            listed = ListPage(path.rpartition("/")[0], "", 20)
            for one in (ReadOne(path), *((listed,) if is_declared(f"{listed.path}/any") else ())):
                found.setdefault(endpoint_of(one), []).append(one)
        return found


def _write_of(event: Event, *, number: int) -> Write:
    kind = "put" if event.op == "set" else "delete"
    fields = parse(event.payload) if event.payload else {}
    return Write(
        path=event.path, fields=fields, key=f"change {number}",
        kind="put" if kind == "put" else "delete",
    )  # fmt: skip


def moving_firm(emulator: FirestoreEmulator, rig: Rig, *, name: str, seed: int) -> MovingFirm:
    """The rig's documents in two projects of the emulator."""
    live = Live(
        friday_project=f"demo-{name}-friday", mwr_project=f"demo-{name}-mwr",
        emulator=emulator.address,
    )  # fmt: skip
    for system in SYSTEMS:
        demo = rig.directory.parent / "data" / "demo" / system
        (overall,) = demo.rglob("*.overall_export_metadata")
        emulator.import_(live.project(system), overall)
    old = OldSystems(random.Random(seed), rig.old_systems(seed).documents)
    return MovingFirm(rig, live, old)


@contextmanager
def followed(firm: MovingFirm) -> Iterator[None]:
    """Inside, the forward sync runs in a thread of its own."""
    started, stopped = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def follow() -> None:
        try:
            with firm.rig.present() as present, firm.rig.sync(present) as sync:
                following = follow_live(sync, firm.live)
                following.start()
                started.set()
                try:
                    following.run(until=stopped.is_set)
                finally:
                    following.stop()
        except BaseException as error:
            failed.append(error)
            started.set()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    started.wait(LONGEST_WAIT_SECONDS)
    try:
        yield
    finally:
        stopped.set()
        thread.join(LONGEST_WAIT_SECONDS)
        if failed:
            raise failed[0]


@contextmanager
def changing(firm: MovingFirm, *, changes_a_second: float) -> Iterator[None]:
    """Inside, people change documents, in a thread of its own."""
    stopped = threading.Event()
    failed: list[BaseException] = []
    calls = {
        system: FirestoreCalls(home, timeout_seconds=60) for system, home in firm.homes.items()
    }

    def work() -> None:
        try:
            while not stopped.wait(1 / changes_a_second):
                firm.change(calls)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(LONGEST_WAIT_SECONDS)
        for one in calls.values():
            one.close()
        if failed:
            raise failed[0]


@contextmanager
def sides_of(firm: MovingFirm, directory: Path) -> Iterator[dict[str, object]]:
    """Both sides as a gateway has them."""
    old = FirestoreDocuments(firm.homes, directory / "old_side.db", timeout_seconds=60)
    new = MoonlandingDocuments(firm.rig.database)
    try:
        yield {"OLD": old, "NEW": new}
    finally:
        old.close()
        new.close()


def shadowing(firm: MovingFirm, sides: dict[str, object], directory: Path, tools: Tools) -> Router:
    """A router in S3 before these sides."""
    control = control_in(directory, "S1 S2 S3")
    return Router(control, sides, tools)  # type: ignore[arg-type]  # both are Documents


def until_followed(
    firm: MovingFirm, new: MoonlandingDocuments
) -> Callable[[float], Awaitable[None]]:
    """A pause that lasts until NEW has everything that was changed before it, however slow."""

    seen: set[tuple[str, int]] = set()

    async def pause(seconds: float) -> None:
        if seconds >= LONG_SECONDS:
            await asyncio.sleep(seconds)
            return
        with firm.lock:
            paths = [one[0] for one in firm.versions.items() if one not in seen]
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            for path in paths:
                while not await asyncio.to_thread(_has_it, firm, new, path, seen):
                    await asyncio.sleep(0.05)

    return pause


def _has_it(
    firm: MovingFirm, new: MoonlandingDocuments, path: str, seen: set[tuple[str, int]]
) -> bool:
    version = firm.versions[path]
    if version == UNDER_WAY or not new.has_seen(path, version):
        return False
    seen.add((path, version))
    return True


async def ask_all(
    client: ClientSession, router: Router, firm: MovingFirm, *, compared: int, least: int
) -> None:
    """Ask every endpoint in turn until so many reads were compared, so many of each."""
    chance = random.Random(7)

    async def ask(lane: int) -> None:
        number = lane
        while not _is_enough(router, compared=compared, least=least):
            found = firm.questions(chance)
            for endpoint in sorted(found)[number % CLIENTS :: CLIENTS]:
                await _get(client, chance.choice(found[endpoint]))
            number += 1

    await asyncio.gather(*(ask(lane) for lane in range(CLIENTS)))
    await router.settled()


def _is_enough(router: Router, *, compared: int, least: int) -> bool:
    evidence = router.measuring.shadow.counts.evidence()
    return (
        evidence["shadow_compared"] >= compared and evidence["shadow_least_per_endpoint"] >= least
    )


async def _get(client: ClientSession, question: Question) -> None:
    query = f"?limit={question.limit}" if isinstance(question, ListPage) else ""
    async with client.get(f"/documents/{question.path}{query}") as answer:
        if answer.status not in (200, 404):
            raise AssertionError(f"{answer.status} of {question.path}")
        await answer.read()
