"""The sync and lines to the old systems that do not break but do not work: silent, slow, forgotten.

Each on the emulator, with the sync as a process of its own.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from moonlanding_assets.parallel.service.process import said_now
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_wire import SERVICE
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.fault_proxy import passed
from moonlanding_assets_tests.sync_service_kit import (
    People,
    Projects,
    Relay,
    assert_rows_are_right,
    copied,
    is_in_step,
    make_data,
    old_systems,
    run,
    until,
)

LATENCY_SECONDS = 0.05  # a way; ten times what a region is away from the next


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return make_data(tmp_path_factory.mktemp("lines") / "data")


def begin(base: Layout, data: Path, projects: Projects) -> tuple[Layout, People]:
    """A data directory of the test's own; its projects filled."""
    layout = copied(base, data)
    projects.fill(layout)
    return layout, People(projects, old_systems(layout, 7))


def is_read_whole(layout: Layout) -> bool:
    systems = said_now(layout).get("systems", {})
    return bool(systems) and all(one["read_whole_us"] for one in systems.values())


def ends_right(layout: Layout, projects: Projects, people: People) -> None:
    until(lambda: is_in_step(layout, people.old), "in step with the old systems")
    until(lambda: said_now(layout).get("lag_seconds") is not None, "every listener current")
    assert run(layout, projects, "stop").returncode == 0
    people.close()
    assert_rows_are_right(layout)


def test_a_listener_that_is_told_nothing_is_opened_anew(
    base: Layout, tmp_path: Path, emulator: FirestoreEmulator
) -> None:
    """The stream is open and everything else answers, so nothing but the silence tells."""
    projects = Projects(emulator, "silent")
    layout, people = begin(base, tmp_path / "data", projects)
    assert run(layout, projects, "start").returncode == 0
    until(lambda: is_read_whole(layout), "both systems read whole, so that it is not due again")
    assert run(layout, projects, "stop").returncode == 0
    with hushing(emulator.address, streams=len(SYSTEMS)) as front:
        assert run(layout, projects, "start", address=front).returncode == 0
        people.work(20)
        ends_right(layout, projects, people)
        log = "".join(one.read_text() for one in layout.parallel.glob("*.log"))
        for system in SYSTEMS:
            assert f"{system} told nothing for 20 s: it is listened to anew" in log


def test_ten_times_the_latency_costs_time_and_nothing_else(
    base: Layout, tmp_path: Path, emulator: FirestoreEmulator
) -> None:
    projects = Projects(emulator, "slow")
    layout, people = begin(base, tmp_path / "data", projects)
    relay = SlowRelay(emulator.address)
    assert run(layout, projects, "start", address=relay.address).returncode == 0
    people.work(60)
    ends_right(layout, projects, people)
    relay.close()


@pytest.mark.usefixtures("emulator")  # skips, or fails, where there is none
def test_an_emulator_that_is_started_again_is_followed_again(base: Layout, tmp_path: Path) -> None:
    """With the documents that it had: their update times and its resume tokens are new."""
    layout = copied(base, tmp_path / "data")
    with official.running(tmp_path / "first.log") as first:
        projects = Projects(first, "again")
        projects.fill(layout)
        old = old_systems(layout, 7)
        people = People(projects, old)
        # what was lost between two emulators nobody tells: a whole reading finds it
        soon = {"MOONLANDING_WHOLE_READING_SECONDS": "20"}
        assert run(layout, projects, "start", **soon).returncode == 0
        people.work(20)
        until(lambda: is_in_step(layout, old), "in step before the restart")
        people.work(20)  # some of it is not told any more
        exports = {
            system: first.export(projects.project(system), tmp_path / system) for system in SYSTEMS
        }
        people.close()
    until(lambda: "does not answer" in said_now(layout).get("problem", ""), "its words")
    port = int(first.address.rpartition(":")[2])
    with official.running(tmp_path / "second.log", port=port) as second:
        for system, directory in exports.items():
            (overall,) = directory.rglob("*.overall_export_metadata")
            second.import_(projects.project(system), overall)
        people = People(Projects(second, "again"), old)
        people.work(20)
        ends_right(layout, projects, people)


@contextlib.contextmanager
def hushing(emulator: str, *, streams: int) -> Iterator[str]:
    """An address in front of the emulator; so many streams to listen by are opened and never told.

    Everything else is passed on as it is.
    """
    channel = grpc.insecure_channel(emulator, options=[("grpc.max_receive_message_length", -1)])
    server = grpc.server(ThreadPoolExecutor(32))
    server.add_generic_rpc_handlers((Hushing(channel, streams),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
        channel.close()


class Hushing(grpc.GenericRpcHandler):
    """Passes every call on, but for the first so many to listen by."""

    def __init__(self, channel: grpc.Channel, streams: int) -> None:
        self._channel = channel
        self._left = streams
        self._lock = threading.Lock()

    def service(self, details: Any) -> Any:
        method = details.method
        return grpc.stream_stream_rpc_method_handler(
            lambda requests, context: self._call(method, requests, context)
        )

    def _call(
        self, method: str, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        if method == f"{SERVICE}Listen" and self._is_hushed():
            gone = threading.Event()
            context.add_callback(gone.set)
            gone.wait()
            return
        answer = self._channel.stream_stream(method)(_asked(requests), metadata=passed(context))
        context.add_callback(answer.cancel)
        try:
            yield from answer
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())

    def _is_hushed(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


def _asked(requests: Iterator[bytes]) -> Iterator[bytes]:
    with contextlib.suppress(grpc.RpcError):  # who asked has gone
        yield from requests


class SlowRelay(Relay):
    """Everything arrives, in order, so much later."""

    def _copy(self, source: Any, sink: Any) -> None:
        waiting: deque[tuple[threading.Event, bytes]] = deque()
        come = threading.Semaphore(0)

        def deliver() -> None:
            while True:
                come.acquire()
                due, content = waiting.popleft()
                due.wait()
                with contextlib.suppress(OSError):
                    if not content:
                        return
                    sink.sendall(content)

        deliverer = threading.Thread(target=deliver, daemon=True)
        deliverer.start()
        content = b"x"
        while content:
            try:
                content = source.recv(65536)
            except OSError:
                content = b""
            due = threading.Event()
            timer = threading.Timer(LATENCY_SECONDS, due.set)
            timer.daemon = True
            timer.start()
            waiting.append((due, content))
            come.release()
        deliverer.join()
        self.ended(source, sink)
