"""What tests of live reading share: documents of both systems, a clock that does not wait, a run.

Holds no assertion.
"""

import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from moonlanding_assets.live_settings import Live
from moonlanding_assets.progress import Silent
from moonlanding_assets.source.clock import StoppedError
from moonlanding_assets.source.firestore import Tools, open_live
from moonlanding_assets.source.firestore_loading import fill
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.manifest import Manifest
from moonlanding_assets.source.snapshot import Snapshot, build_snapshot
from moonlanding_assets.source.value import Fields, double, integer, map_, string, timestamp_us
from moonlanding_assets_tests.every_value import every_place

SECRET = "sk-never-to-be-read"
LINK = "https://files.example/a.pdf?X-Goog-Signature=abc&x=1"

Documents = dict[str, Fields]


class Impatient:
    """A clock on which a pause takes no time; `pauses` are those that were asked for, in s."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self.is_stopped = False

    def monotonic(self) -> float:
        """Seconds; only pauses move them."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Move on at once."""
        if self.is_stopped:
            raise StoppedError
        self.now += seconds
        if seconds:
            self.pauses.append(seconds)

    def stop(self) -> None:
        """No pause succeeds any more."""
        self.is_stopped = True


class Lines:
    """Keeps what a person would be told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, text: str) -> None:
        """One line more."""
        self.lines.append(text)

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


def friday(project: str, *, database: str = "(default)", size: int = 30) -> Documents:
    """Documents of friday: known, unknown, below missing parents, secret fields, signed links."""
    documents: Documents = {
        "friday/settings": {"version": string("1"), "keys": map_({"api": string(SECRET)})},
        "friday/clients": {"n": integer(1)},
        "emails/e1": {"to": string("a@example.com")},
        "friday/engagements/list/missing/rfis/r1": {"name": string("below a missing parent")},
        "friday/new/list/__id7__": {"n": integer(7)},
        "friday/new/list/7": {"n": integer(8)},
        "strangers/s1/deeper/d1": {"n": double(-0.0)},
        **every_place(project, database),
    }
    for n in range(size):
        documents[f"friday/users/list/u{n:04d}"] = {"name": string(f"user {n}")}
        documents[f"friday/engagements/list/e{n:04d}"] = {"n": integer(n), "at": timestamp_us(n)}
        documents[f"friday/engagements/list/e{n:04d}/files/f1"] = {"url": string(LINK)}
        documents[f"friday/engagements/list/e{n:04d}/rfis/r1/teamChat/m{n}"] = {"n": integer(n)}
    return documents


def mwr(*, size: int = 30) -> Documents:
    """Documents of mwr: known ones, secret ones that are only counted, and unknown ones."""
    documents: Documents = {
        "myworkreview/apis": {"n": integer(1)},
        "myworkreview/apis/list/k1": {"key": string(SECRET)},
        "myworkreview/apis/list/k2": {"key": string(SECRET)},
        "myworkreview/apis/list/k2/below/x": {"key": string(SECRET)},
        "myworkreview/apis!": {"n": integer(1)},
        "myworkreview/apis2/list/k3": {"n": integer(1)},
        "myworkreview/api": {"n": integer(1)},
        "zebras/z": {"n": double(float("nan"))},
    }
    for n in range(size):
        documents[f"myworkreview/users/list/u{n:04d}"] = {"name": string(f"user {n}")}
        documents[f"myworkreview/reviews/list/r{n:04d}"] = {"n": integer(n)}
        for chat in range(3):
            documents[f"myworkreview/reviews/list/r{n:04d}/chat/m{chat}"] = {"n": integer(chat)}
    return documents


def put(address: str, project: str, documents: Mapping[str, Fields], **home: str) -> None:
    """The documents in the emulator's project, in place of what was there."""
    place = Home(project=project, emulator=address, database=home.get("database", "(default)"))
    fill(documents.items(), place, progress=Silent())


def live_of(address: str, project: str, **options: Any) -> Live:
    """Both systems of one name: `project`-friday and `project`-mwr."""
    return Live(
        friday_project=f"{project}-friday",
        mwr_project=f"{project}-mwr",
        emulator=address,
        **{"page_size": 40, "parallel": 2, **options},
    )


def impatient(seed: int = 1, *, timeout_seconds: float = 20.0) -> Tools:
    """Tools that wait for nothing but the server."""
    return Tools(clock=Impatient(), chance=random.Random(seed), timeout_seconds=timeout_seconds)


def take_live(
    system: str, live: Live, directory: Path, *, say: Any = None, tools: Tools | None = None
) -> Manifest:
    """A live snapshot of one system in directory/<system>, from its opening to its end."""
    told = say or Lines()
    with open_live(system, live, directory, say=told, tools=tools or impatient()) as source:
        manifest = build_snapshot(source, directory, progress=Silent())
        source.finish(manifest)
    return manifest


def rows_of(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """Every row of a snapshot by its path."""
    files = [snapshot.file(key) for key in snapshot.collections]
    return {row["path"]: row for row in _rows(files)}


def texts_of(files: Iterable[Path]) -> dict[str, str]:
    """Canonical fields by path, of Parquet files of documents; twice the same path is kept as two.

    The second one is under the path with a mark, so that it cannot pass unseen.
    """
    texts: dict[str, str] = {}
    for row in _rows(files):
        path = row["path"] + ("#again" if row["path"] in texts else "")
        texts[path] = row["fields"]
    return texts


def _rows(files: Iterable[Path]) -> list[dict[str, Any]]:
    return [row for file in files for row in pq.read_table(file).to_pylist()]
