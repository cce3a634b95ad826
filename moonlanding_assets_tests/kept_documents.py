"""A side kept in memory, with the same promises as the real ones; and a gateway served over HTTP.

Holds no assertion. `gates` lets a test stop a write in the middle, `is_down` takes the side away.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession, web

from moonlanding_assets.parallel.gateway.documents import (
    ConflictError,
    NoDocumentError,
    Page,
    StaleEpochError,
    UnavailableError,
    Write,
)
from moonlanding_assets.parallel.gateway.http import gateway
from moonlanding_assets.parallel.gateway.router import Router
from moonlanding_assets.parallel.gateway.watched import ADMIN
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.source.value import Fields
from moonlanding_assets_tests.evidence_of_change import good

ADMIN_TOKEN = "x" * 32
HEALTH = "friday/users/list/u1"


@dataclass
class KeptDocuments:
    """Documents in a dictionary; versions count up."""

    side: Side
    documents: dict[str, Fields]
    epoch: int | None = None
    is_down: bool = False
    versions: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    entered: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.may_end.set()

    def read(self, path: str) -> Fields | None:
        self._require_up()
        return self.documents.get(path)

    def page(self, collection: str, *, after: str, limit: int) -> Page:
        self._require_up()
        found = sorted(
            path
            for path in self.documents
            if path.rpartition("/")[0] == collection and path.rpartition("/")[2] > after
        )
        return tuple((path, self.documents[path]) for path in found[:limit])

    def write(self, write: Write, *, epoch: int) -> int:
        self._require_up()
        if self.epoch != epoch:
            raise StaleEpochError(f"epoch {epoch}")
        self.entered.set()
        assert self.may_end.wait(20)
        with self.lock:
            if write.key in self.done:
                return self.done[write.key]
            held = self.documents.get(write.path)
            if held is None and write.kind in ("patch", "delete"):
                raise NoDocumentError(write.path)
            if held is not None and write.kind == "create":
                raise ConflictError(write.path)
            version = max(self.versions.values(), default=0) + 1
            if write.kind == "delete":
                del self.documents[write.path]
            else:
                kept = held if held is not None and write.kind == "patch" else {}
                self.documents[write.path] = {**kept, **write.fields}
            self.versions[write.path] = self.done[write.key] = version
            return version

    def written(self, key: str) -> int | None:
        return self.done.get(key)

    def has_seen(self, path: str, version: int) -> bool:
        return self.versions.get(path, 0) >= version

    def fence(self, epoch: int | None) -> None:
        self.epoch = epoch

    def accepts(self) -> int | None:
        return self.epoch

    def close(self) -> None:
        """Nothing is open."""

    def _require_up(self) -> None:
        if self.is_down:
            raise UnavailableError(self.side)


def walk(control: Control, targets: str, **figures: float) -> Row:
    """Begin if it has not, then over each state on good evidence; `figures` replace theirs."""
    row = control.row() or control.begin(evidence=good("", "S0"), by="a test")
    for target in targets.split():
        asked = good(row.state, target, epoch=row.epoch, has_journal=row.journal != "")
        row = control.change(
            row, target, evidence={**asked, **figures}, by="a test", reason="a test",
            journal="P=7" if target == "S7" else "",
        )  # fmt: skip
    return row


def control_in(directory: Path, targets: str, **figures: float) -> Control:
    """A control database that has come so far."""
    control = Control(directory / "control.db")
    walk(control, targets, **figures)
    return control


@asynccontextmanager
async def served(router: Router, *, health_path: str = HEALTH) -> AsyncIterator[ClientSession]:
    """A client of the gateway on a free port of this machine; the admin token is its default."""
    app = gateway(router, admin_token=ADMIN_TOKEN, health_path=health_path)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        async with ClientSession(f"http://{host}:{port}", headers={ADMIN: ADMIN_TOKEN}) as client:
            yield client
    finally:
        await runner.cleanup()
