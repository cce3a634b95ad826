"""A small demo firm whose old systems go on changing, and a database that follows. No assertion."""

import atexit
import random
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.contract.catalogue import pattern_key
from moonlanding_assets.load.target import build_candidate
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.normalize.run import TABLES, normalize
from moonlanding_assets.parallel.forward.changes import Event, delete_event, set_event, sha256_of
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.present_file import begin
from moonlanding_assets.parallel.forward.reading import missed
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.parallel.state.beginning import begin_from_snapshots
from moonlanding_assets.progress import Silent
from moonlanding_assets.settings import SYSTEMS, TimestampStorage
from moonlanding_assets.source.document import Document, document_row
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import canonical
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets_tests.migrated_demo import snapshots_of_demo
from moonlanding_assets_tests.migrating import NOON
from moonlanding_assets_tests.production import production_for

Fields = dict[str, Any]
TINY = Scale(friday=180, mwr=120)
FEWEST = 6  # documents that are left alone, so that the world goes on
#: Documents that many others depend on: they change more often than their number says.
CENTRAL = (
    "friday/users/", "myworkreview/users/", "friday/clients/", "friday/usersPermissions/",
    "friday/userGroups/", "myworkreview/userGroups/",
)  # fmt: skip


@dataclass
class OldSystems:
    """Both old systems as they are: their documents, their clock, and what ever happened."""

    chance: random.Random
    documents: dict[str, Fields] = field(default_factory=dict)
    gone: dict[str, Fields] = field(default_factory=dict)
    clock: int = 1_900_000_000_000_000
    history: list[Event] = field(default_factory=list)

    def tick(self) -> int:
        """A later moment."""
        self.clock += self.chance.randrange(1, 1_000_000)
        return self.clock

    def set(self, path: str, fields: Fields) -> Event:
        """Write a document."""
        self.documents[path] = fields
        self.gone.pop(path, None)
        return self._happened(set_event(path, canonical(fields), version=self.tick()))

    def delete(self, path: str) -> Event:
        """Delete a document."""
        self.gone[path] = self.documents.pop(path)
        return self._happened(delete_event(path, version=self.tick()))

    def _happened(self, event: Event) -> Event:
        self.history.append(event)
        return event

    def change(self) -> Event:
        """Anything that people do: create, change, delete, create again."""
        return self.chance.choice(_WAYS)(self)

    def create(self) -> Event:
        """A new document beside another, with fields like its."""
        path = self.some()
        fields = orjson.loads(canonical(self.documents[path]))
        return self.set(f"{path.rpartition('/')[0]}/new{self.chance.randrange(10**9)}", fields)

    def create_again(self) -> Event:
        """A document that was deleted comes back under its id, as it was or like another."""
        if not self.gone:
            return self.create()
        path = self.chance.choice(sorted(self.gone))
        fields = orjson.loads(canonical(self.gone[path]))
        return self.set(path, fields)

    def delete_one(self) -> Event:
        """A document goes; what lies below it stays."""
        return self.delete(self.some()) if len(self.documents) > FEWEST else self.create_again()

    def delete_parent(self) -> Event:
        """A document goes that others lie below or lead to; they stay."""
        paths = [one for one in sorted(self.documents) if _PARENT.fullmatch(one)]
        if not paths or len(self.documents) <= FEWEST:
            return self.create_again()
        return self.delete(self.chance.choice(paths))

    def drop_field(self) -> Event:
        """A field goes."""
        path = self.some()
        fields = dict(self.documents[path])
        if fields:
            fields.pop(self.chance.choice(sorted(fields)))
        return self.set(path, fields)

    def take_field(self) -> Event:
        """A field becomes what it is in a document beside it: an e-mail, a client, a link."""
        path = self.some()
        beside = self.beside(path)
        other = self.documents[self.chance.choice(beside)]
        fields = dict(self.documents[path])
        if other:
            name = self.chance.choice(sorted(other))
            fields[name] = orjson.loads(orjson.dumps(other[name]))
        return self.set(path, fields)

    def scramble(self) -> Event:
        """A field becomes a text that somebody else is called by."""
        path = self.some()
        fields = dict(self.documents[path])
        if fields:
            text = self.some().rpartition("/")[2]
            kind = self.chance.choice(({"stringValue": text}, {"stringValue": ""}))
            fields[self.chance.choice(sorted(fields))] = kind
        return self.set(path, fields)

    def merge_people(self) -> Event:
        """Somebody gets the e-mail of somebody else, in capitals."""
        people = [path for path in sorted(self.documents) if "/users/list/" in path]
        if not people:
            return self.create_again()
        path, other = self.chance.choice(people), self.chance.choice(people)
        fields = dict(self.documents[path])
        text = self.documents[other].get("email", {}).get("stringValue") or "new@one.example"
        return self.set(path, {**fields, "email": {"stringValue": text.upper()}})

    def grow_field(self) -> Event:
        """Something that no declaration knows."""
        path = self.some()
        return self.set(path, {**self.documents[path], "newcomer": {"integerValue": "7"}})

    def some(self) -> str:
        """A path, of a central document more often."""
        paths = sorted(self.documents)
        if self.chance.random() < 0.4:
            paths = [path for path in paths if path.startswith(CENTRAL)] or paths
        return self.chance.choice(paths)

    def beside(self, path: str) -> list[str]:
        """The documents of the same collection, wherever they lie; at least itself."""
        parts = path.split("/")[::2]
        return [one for one in sorted(self.documents) if one.split("/")[::2] == parts]

    def missed(self, present: Present) -> list[Event]:
        """What a reading of everything at one moment finds that the store does not know."""
        now = self.tick()
        there = [raw(path, fields) for path, fields in sorted(self.documents.items())]
        return [
            event
            for system in SYSTEMS
            for event in missed(
                present,
                [one for one in there if system_of(one.path) == system],
                system=system,
                read_time_us=now,
            )
        ]


def raw(path: str, fields: Fields) -> RawDocument:
    """A document as it is read."""
    text = canonical(fields)
    key = pattern_key(system_of(path), path)
    return RawDocument(path=path, collection=key, fields=text, sha256=sha256_of(text))


_PARENT = re.compile(
    "(friday/(clients|engagements|users)|myworkreview/(reviews|users))/list/[^/]+"
    "|friday/engagements/list/[^/]+/rfis/[^/]+"
)
_WAYS = (
    OldSystems.create, OldSystems.create_again, OldSystems.delete_one, OldSystems.drop_field,
    OldSystems.delete_parent,
    OldSystems.take_field, OldSystems.take_field, OldSystems.scramble, OldSystems.merge_people,
    OldSystems.grow_field,
)  # fmt: skip


@dataclass(frozen=True)
class Rig:
    """A directory with a migrated database (app.db), and the store of the present that it has."""

    directory: Path
    storage: TimestampStorage = "iso8601"
    existing: Path | None = None

    @property
    def database(self) -> Path:
        return self.directory / "app.db"

    @property
    def store(self) -> Path:
        return self.directory / "present.db"

    def copied(self, directory: Path) -> "Rig":
        """The same, elsewhere."""
        shutil.copytree(self.directory, directory)
        return Rig(directory, self.storage, self.existing)

    def present(self) -> Present:
        return Present(self.store)

    def sync(self, present: Present) -> ForwardSync:
        return ForwardSync(present, self.database, existing=self.existing)

    def old_systems(self, seed: int) -> OldSystems:
        """The old systems as the store begins with them."""
        with self.present() as present:
            documents = {
                one.path: orjson.loads(one.fields)
                for one in present.documents()
                if one.fields is not None
            }
        return OldSystems(random.Random(seed), documents)

    def migrate(self, present: Present, database: Path) -> Path:
        """A fresh migration of what the store holds now."""
        work = database.parent / f"{database.stem}.work"
        normalize(
            sources=present.sources(work / "sources"), snapshot_time=present.notes["snapshot_time"],
            stage=work / "stage", workers=1, timestamp_storage=self.storage, progress=Silent(),
            existing=self.existing,
        )  # fmt: skip
        build_candidate(
            {table: work / "stage" / f"{table}.parquet" for table in TABLES}, database,
            timestamp_storage=self.storage, run={"timestamp_storage": self.storage},
            existing=self.existing,
        )  # fmt: skip
        shutil.rmtree(work)
        return database


def make_rig(directory: Path, *, is_production_there: bool = False) -> Rig:
    """The demo, migrated, begun and followed once; beside production's rows if there are any.

    Without them it is made once in a process, and copied: nothing in it names its directory.
    """
    if is_production_there:
        return _made(directory, is_production_there=True)
    shutil.copytree(_made_once(), directory, dirs_exist_ok=True)
    return Rig(directory / "rig")


@cache
def _made_once() -> Path:
    directory = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    _made(directory)
    return directory


def _made(directory: Path, *, is_production_there: bool = False) -> Rig:
    layout = snapshots_of_demo(directory / "data", scale=TINY)
    snapshots = {system: Snapshot.open(layout.snapshot(system)) for system in SYSTEMS}
    existing = directory / "production.db" if is_production_there else None
    if existing is not None:
        production_for(layout, existing)
    rig = Rig(directory / "rig", existing=existing)
    rig.directory.mkdir()
    begin_from_snapshots(rig.store, snapshots, notes={})
    return _followed(rig)


def rig_of(
    directory: Path,
    documents: Mapping[str, Fields],
    *,
    storage: TimestampStorage = "iso8601",
) -> Rig:
    """Hand-made documents (path → fields), migrated, begun and followed once."""
    rig = Rig(directory / "rig", storage)
    rig.directory.mkdir(parents=True)
    rows = [
        document_row(one.path, one.collection, one.fields)
        for one in (raw(path, fields) for path, fields in sorted(documents.items()))
    ]
    begin(rig.store, [(Document(**row), 1) for row in rows], notes={"snapshot_time": NOON})
    return _followed(rig)


def _followed(rig: Rig) -> Rig:
    with rig.present() as present:
        rig.migrate(present, rig.database)
        with rig.sync(present) as sync:
            sync.start()
    return rig


def shuffled(events: Iterable[Event], chance: random.Random) -> list[Event]:
    """In any order, some of them twice."""
    listed = list(events)
    listed += chance.sample(listed, len(listed) // 4)
    chance.shuffle(listed)
    return listed
