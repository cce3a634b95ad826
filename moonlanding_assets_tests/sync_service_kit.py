"""A small demo in two projects of the emulator and in a data directory; its sync as a process.

Holds no test. Conditions are waited for, with generous limits; nothing depends on speed.
"""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore
from google.protobuf.json_format import ParseDict

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.load.before import take_before
from moonlanding_assets.load.published import note_published
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.service.opening import open_sync
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.parallel.service.process import running_process, said_now
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_wire import SERVICE, bytes_of
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import parse
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.migrated_demo import migrate_whole, snapshots_of_demo
from moonlanding_assets_tests.syncing import TINY, OldSystems, raw

LIMIT_SECONDS = 240.0


def until(met: Callable[[], object], what: str) -> Any:
    """Wait for the condition; what it gave."""
    end, pause = time.monotonic() + LIMIT_SECONDS, threading.Event()
    while not (found := met()):
        assert time.monotonic() < end, f"waited {LIMIT_SECONDS:g} s for: {what}"
        pause.wait(0.1)
    return found


@dataclass(frozen=True)
class Projects:
    """Two projects of an emulator: what is written there happens in the old systems."""

    emulator: FirestoreEmulator
    name: str

    def project(self, system: str) -> str:
        return f"demo-{self.name}-{system}"

    def environment(self, address: str = "") -> dict[str, str]:
        """What names them to a process; address: of something in front of the emulator."""
        return {
            "FIRESTORE_EMULATOR_HOST": address or self.emulator.address,
            "MOONLANDING_FRIDAY_PROJECT": self.project("friday"),
            "MOONLANDING_MWR_PROJECT": self.project("mwr"),
        }

    def fill(self, layout: Layout) -> None:
        """Import the demo's exports."""
        for system in SYSTEMS:
            (overall,) = layout.demo_export(system).rglob("*.overall_export_metadata")
            self.emulator.import_(self.project(system), overall)


class People:
    """Those who work in the old systems, by raw calls."""

    def __init__(self, projects: Projects, old: OldSystems) -> None:
        self.projects = projects
        self.old = old
        self._channel = grpc.insecure_channel(projects.emulator.address)
        self._commit = self._channel.unary_unary(
            f"{SERVICE}Commit",
            request_serializer=bytes_of,
            response_deserializer=firestore.CommitResponse.pb().FromString,
        )

    def work(self, changes: int) -> None:
        """Change so many documents, in any way."""
        for _ in range(changes):
            self.happen(self.old.change())

    def happen(self, event: Event) -> None:
        """Write or delete."""
        project = self.projects.project(system_of(event.path))
        root = f"projects/{project}/databases/(default)/documents"
        name = f"{root}/{event.path}"
        write: dict[str, Any] = {"delete": name}
        if event.op == "set":
            write = {"update": {"name": name, "fields": parse(event.payload)}}
        content = {"database": root.removesuffix("/documents"), "writes": [write]}
        request = ParseDict(content, firestore.CommitRequest.pb()())
        self._commit(request, metadata=(("authorization", "Bearer owner"),), timeout=60)

    def close(self) -> None:
        self._channel.close()


def make_data(data: Path, *, scale: Scale = TINY) -> Layout:
    """Migrated, without phases; in S0. The store of the present is not begun."""
    layout = snapshots_of_demo(data, scale=scale)
    take_before(layout.snapshot("moonlanding"), database=layout.database("100%"))
    migrate_whole(layout)
    note_published(layout.database("100%"))
    layout.parallel.mkdir()
    control_in(layout.parallel, "")
    return layout


def old_systems(layout: Layout, seed: int) -> OldSystems:
    """The old systems as the exports of the demo begin with them."""

    with open_sync(layout) as sync:
        documents = {
            one.path: parse(one.fields)
            for one in sync.present.documents()
            if one.fields is not None
        }
        sync.present.close()
    present_file(layout).unlink()
    return OldSystems(random.Random(seed), documents)


def copied(layout: Layout, data: Path) -> Layout:
    shutil.copytree(layout.data, data)
    return Layout(data=data)


def command(layout: Layout, *words: str) -> list[str]:
    return [sys.executable, "-m", "moonlanding_assets.cli", "--data", str(layout.data), *words]


def run(layout: Layout, projects: Projects, *words: str, address: str = "", **settings: str) -> Any:
    """A verb run to its end. settings: variables of the environment, besides."""
    environment = {**os.environ, **projects.environment(address), **settings}
    return subprocess.run(
        command(layout, "parallel", *words), env=environment,
        capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip


def status(layout: Layout, projects: Projects) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(layout, projects, "status", "--json").stdout)
    return found


def is_in_step(layout: Layout, old: OldSystems, *, of_all: bool = True) -> bool:
    """Whether the store holds what is there, and the rows hold the store, while it runs.

    of_all: also of collections that no declaration knows: nobody listens to those, the next
    reading of the whole finds them.
    """
    said = said_now(layout)
    if running_process(layout) is None or said.get("doing") != "following":
        return False
    there = {path: raw(path, one).sha256 for path, one in old.documents.items()}
    with Present(present_file(layout)) as present:
        known = {one.path: one.sha256 for one in present.documents() if one.fields is not None}
        counts = present.counts()
    if not of_all:
        there, known = _declared(there), _declared(known)
    return known == there and not counts["pending"] and not counts["unnoted"]


def _declared(documents: Mapping[str, str]) -> dict[str, str]:
    return {path: one for path, one in documents.items() if match(system_of(path), path)}


def assert_rows_are_right(layout: Layout) -> None:
    """After it has ended: every row is what a migration would make."""
    with open_sync(layout) as sync:
        assert sync.sweep(is_repair=False) == ()
        sync.present.close()


class Relay:
    """Bytes passed on from a port of this machine to another, until the line is cut."""

    def __init__(self, target: str) -> None:
        host, port = target.split(":")
        self._target = (host, int(port))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_cut = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection breaks, and new ones are closed at once."""
        with self._lock:
            self._is_cut = True
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                self._pass_on(near)

    def _pass_on(self, near: socket.socket) -> None:
        with self._lock:
            if self._is_cut:
                near.close()
                return
            far = socket.create_connection(self._target)
            self._open |= {near, far}
        for pair in ((near, far), (far, near)):
            threading.Thread(target=self._copy, args=pair, daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                sink.sendall(content)
        self.ended(source, sink)

    def ended(self, source: socket.socket, sink: socket.socket) -> None:
        """One way of a connection has no more to say."""
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(source)
        source.close()
