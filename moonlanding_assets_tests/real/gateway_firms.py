"""The demo firms in both real sides, for the tests of the gateway. Holds no assertion of its own.

The old side is the emulator, filled with what the exports hold; the new one a migrated database.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.parallel.gateway.documents import Write
from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.gateway.questions import ReadOne
from moonlanding_assets.parallel.gateway.router import Router, Tools
from moonlanding_assets.parallel.gateway.shadow import endpoint_of
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.value import Fields
from moonlanding_assets_tests.kept_documents import control_in


@dataclass(frozen=True)
class Firms:
    """The demo firms as they are in both sides; `paths` of all documents, secrets excepted."""

    layout: Layout
    homes: dict[str, Home]
    paths: tuple[str, ...]

    def writable(self, collection: str) -> list[str]:
        return [path for path in self.paths if endpoint_of(ReadOne(path)) == collection]


def documents_of(layout: Layout, system: str) -> Iterator[tuple[str, Fields]]:
    """What the old system really holds: links with their queries, and the secrets."""
    export = ManagedExport.open(layout.demo_export(system))
    for shard in export.shards:
        for entity in export.entities(shard):
            yield entity.path, entity.fields()


@dataclass(frozen=True)
class Sides:
    """Both sides of one test: the database is a copy, the emulator is shared."""

    old: FirestoreDocuments
    new: MoonlandingDocuments
    directory: Path

    def router(self, targets: str, tools: Tools) -> Router:
        control = control_in(self.directory, targets)
        return Router(control, {"OLD": self.old, "NEW": self.new}, tools)


class Carry:
    """What the sync does for these documents: OLD's message becomes NEW's."""

    def __init__(self, sides: Sides, paths: list[str]) -> None:
        self.sides, self.paths = sides, paths

    def __call__(self) -> None:
        self.sides.new.fence(0)
        for path in self.paths:
            message = (self.sides.old.read(path) or {})["message"]
            write = Write(path=path, fields={"message": message}, key=f"carried {path}")
            self.sides.new.write(write, epoch=0)


class Slow(FirestoreDocuments):
    """Stops in the middle of a write until it may go on."""

    inside = threading.Event()
    may_go_on = threading.Event()

    def _commit(self, write: Write) -> int:
        self.inside.set()
        assert self.may_go_on.wait(20)
        return super()._commit(write)
