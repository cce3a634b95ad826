"""Following two databases of the official emulator, while people work in them."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.cloud.firestore_v1.types import firestore
from google.protobuf.json_format import ParseDict

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.live_settings import Live
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.service.following import Following
from moonlanding_assets.parallel.service.opening import follow_live
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.firestore_wire import SERVICE, bytes_of
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import parse
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.syncing import OldSystems, Rig, make_rig, raw

CHANGES_A_SECOND = 50
SECONDS = 10
QUIET_SECONDS = 1.5


class Firm:
    """Two projects of the emulator that hold the demo, and what is done in them."""

    def __init__(self, emulator: FirestoreEmulator, old: OldSystems) -> None:
        self.emulator = emulator
        self.old = old

        channel = grpc.insecure_channel(emulator.address)
        self._commit = channel.unary_unary(
            f"{SERVICE}Commit",
            request_serializer=bytes_of,
            response_deserializer=firestore.CommitResponse.pb().FromString,
        )

    @property
    def live(self) -> Live:
        return Live(
            friday_project="demo-sync-friday", mwr_project="demo-sync-mwr",
            emulator=self.emulator.address,
        )  # fmt: skip

    def happen(self, event: Event) -> None:
        """Write or delete, by the raw call."""
        project = self.live.project(system_of(event.path))
        root = f"projects/{project}/databases/(default)/documents"
        name = f"{root}/{event.path}"
        write: dict[str, Any] = {"delete": name}
        if event.op == "set":
            write = {"update": {"name": name, "fields": parse(event.payload)}}
        content = {"database": root.removesuffix("/documents"), "writes": [write]}
        request = ParseDict(content, firestore.CommitRequest.pb()())
        self._commit(request, metadata=(("authorization", "Bearer owner"),), timeout=60)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return make_rig(tmp_path_factory.mktemp("following"))


@pytest.fixture(scope="module")
def firm(emulator: FirestoreEmulator, rig: Rig) -> Firm:
    demo = rig.directory.parent / "data" / "demo"
    made = Firm(emulator, rig.old_systems(11))
    for system in SYSTEMS:
        (overall,) = (demo / system).rglob("*.overall_export_metadata")
        emulator.import_(made.live.project(system), overall)
    return made


@pytest.fixture
def following(rig: Rig, firm: Firm) -> Iterator[Following]:
    one = follow_live(rig.sync(rig.present()), firm.live)
    yield one
    one.stop()
    one.sync.close()
    one.sync.present.close()


def run_until_quiet(following: Following) -> None:
    last = time.monotonic()

    def is_quiet() -> bool:
        nonlocal last
        if not following.queue.empty():
            last = time.monotonic()
        return following.is_current and time.monotonic() - last > QUIET_SECONDS

    following.run(until=is_quiet)


def assert_in_step(following: Following, firm: Firm) -> None:
    there = {path: raw(path, one).sha256 for path, one in firm.old.documents.items()}
    known = following.sync.present.documents()
    assert {one.path: one.sha256 for one in known if one.fields is not None} == there
    assert following.sync.sweep(is_repair=False) == ()


def test_what_people_do_is_followed_while_they_do_it(following: Following, firm: Firm) -> None:
    following.start()
    run_until_quiet(following)
    following.lag.latest.clear()
    worker = threading.Thread(target=work, args=(firm,), daemon=True)
    worker.start()
    following.run(until=lambda: not worker.is_alive())
    run_until_quiet(following)
    assert not any(one.stream.is_doubtful for one in following.systems.values())
    lags = sorted(following.lag.latest)
    assert lags
    message = f"lag p50 {lags[len(lags) // 2]:.2f} s, p95 {lags[int(len(lags) * 0.95)]:.2f} s"
    (following.sync.database.parent / "lag.txt").write_text(message)  # a figure, no bound
    assert_only_the_unknown_is_missed(following)
    assert_in_step(following, firm)


def assert_only_the_unknown_is_missed(following: Following) -> None:
    """Collections that no declaration knows have no listener."""
    for system in SYSTEMS:
        missed = following.read_whole(system)
        assert [path for path in missed if match(system, path) is not None] == []


def work(firm: Firm) -> None:
    started = time.monotonic()
    pause = threading.Event()
    for number in range(CHANGES_A_SECOND * SECONDS):
        pause.wait(max(0.0, started + number / CHANGES_A_SECOND - time.monotonic()))
        firm.happen(firm.old.change())


def test_what_no_listener_brought_is_found_by_reading(following: Following, firm: Firm) -> None:
    following.sync.start()
    for _ in range(40):
        firm.happen(firm.old.change())
    assert all(following.read_whole(system) for system in SYSTEMS)
    assert not any(following.read_whole(system) for system in SYSTEMS)
    assert_in_step(following, firm)


def test_what_happened_while_nobody_listened_comes_after_a_restart(
    following: Following, firm: Firm
) -> None:
    for _ in range(40):
        firm.happen(firm.old.change())
    following.start()
    assert following.systems["friday"].listener.token
    run_until_quiet(following)
    assert_only_the_unknown_is_missed(following)
    assert_in_step(following, firm)
