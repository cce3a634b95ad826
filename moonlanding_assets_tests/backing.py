"""A stand-in for the old systems that the stream back writes to, and a firm that works in SQL.

Holds no assertion.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.parallel.backward.old import HeldDocument, OldAnswer, OldWrite
from moonlanding_assets.parallel.backward.stream import BackwardSync, Sent
from moonlanding_assets.parallel.backward.values import put, take_away
from moonlanding_assets.parallel.forward.changes import Event, delete_event, set_event, sha256_of
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.backward_samples import BEFORE_DELETE
from moonlanding_assets_tests.syncing import Rig

Fields = dict[str, Any]
MOST_STEPS = 200


@dataclass
class HeldOldSide:
    """Both old systems in memory: documents with their update times, and what they would tell.

    events: the changes since they were last taken. refuses: status of writes that fail.
    """

    documents: dict[str, tuple[Fields, int]] = field(default_factory=dict)
    clock: int = 2_000_000_000_000_000
    events: list[Event] = field(default_factory=list)
    writes: int = 0
    refuses: str = ""

    def write(self, writes: Sequence[OldWrite]) -> list[OldAnswer]:
        return [self._write(one) for one in writes]

    def _write(self, one: OldWrite) -> OldAnswer:
        if self.refuses:
            return OldAnswer(reason=self.refuses)
        held = self.documents.get(one.path)
        if (None if held is None else held[1]) != one.expected:
            return OldAnswer(is_missed=True)
        if one.is_delete:
            self.delete(one.path)
            return OldAnswer(version=0)
        fields = {} if held is None else orjson.loads(orjson.dumps(held[0]))
        for keys, value in one.leaves:
            if value is None:
                take_away(fields, keys)
            else:
                put(fields, keys, value)
        return OldAnswer(version=self.set(one.path, fields))

    def set(self, path: str, fields: Fields) -> int:
        """Somebody writes a document."""
        self.clock += 1000
        self.writes += 1
        self.documents[path] = (fields, self.clock)
        self.events.append(set_event(path, canonical(fields), version=self.clock))
        return self.clock

    def delete(self, path: str) -> None:
        """Somebody deletes a document."""
        self.clock += 1000
        self.writes += 1
        del self.documents[path]
        self.events.append(delete_event(path, version=self.clock))

    def read(self, path: str) -> HeldDocument | None:
        held = self.documents.get(path)
        if held is None:
            return None
        text = canonical(held[0])
        return HeldDocument(
            fields=orjson.loads(text), sha256=sha256_of(text), update_time_us=held[1]
        )

    def close(self) -> None:
        """Nothing to let go."""

    def told(self) -> list[Event]:
        """What listeners would say since the last call."""
        events, self.events = self.events, []
        return events


def held_of(present: Present) -> HeldOldSide:
    """The old systems as the store knows them."""
    documents = {
        one.path: (orjson.loads(one.fields), one.version)
        for one in present.documents()
        if one.fields is not None
    }
    return HeldOldSide(documents)


@dataclass
class Backed:
    """A database with a stream back that runs."""

    rig: Rig
    present: Present
    forward: ForwardSync
    back: BackwardSync
    old: Any

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What an application does, in a connection of its own."""
        with closing(application(self.rig.database)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def rest(self) -> list[Sent]:
        """Step until nothing waits; what each step did."""
        steps = []
        while (sent := self.back.step()).rows or sent.left:
            steps.append(sent)
            if len(steps) > MOST_STEPS:
                raise AssertionError(f"does not come to rest: {sent}")
        return steps


def application(database: Path) -> sqlite3.Connection:
    """A connection as an application opens it."""
    connection = sqlite3.connect(database, timeout=30)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextmanager
def backed(rig: Rig, old: Any = None) -> Iterator[Backed]:
    """The rig's database under Moonlanding's authority."""
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        side = held_of(present) if old is None else old
        back = BackwardSync(forward, side)
        back.create()
        back.start()
        yield Backed(rig, present, forward, back, side)


def update(rig: Backed, table: str, identity: str, columns: Mapping[str, Any]) -> None:
    """What an application does to a row."""
    named = ", ".join(f'"{name}" = ?' for name in columns)
    rig.sql(f'UPDATE "{table}" SET {named} WHERE id = ?', *columns.values(), identity)


def insert(rig: Backed, table: str, identity: str, columns: Mapping[str, Any]) -> None:
    """A row that an application makes."""
    names = ", ".join(f'"{name}"' for name in ("id", *columns))
    marks = ", ".join("?" for _ in ("id", *columns))
    rig.sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', identity, *columns.values())


def delete(rig: Backed, table: str, identity: str) -> None:
    """A row that an application deletes, with what it must write before."""
    if table in BEFORE_DELETE:
        rig.sql(BEFORE_DELETE[table], identity)
    rig.sql(f'DELETE FROM "{table}" WHERE id = ?', identity)


def some_id(rig: Backed, table: str, collection: str = "") -> str:
    """The id of a row that a document has, of that collection if one is named.

    A row that an application made is not taken while there is another.
    """
    query = (
        f'SELECT id FROM "{table}" WHERE id IN (SELECT row_id FROM migration_documents '
        "WHERE ?1 = '' OR collection = ?1 UNION SELECT row_id FROM migration_items) "
        "ORDER BY id LIKE '0b0e0d0c%', id LIMIT 1"
    )
    return str(rig.sql(query, collection)[0][0])


def filled(rig: Backed, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with ids of rows instead of "@table" or "@table:collection"."""
    return {name: _filled(rig, value) for name, value in columns.items()}


def _filled(rig: Backed, value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("@", '["@')):
        return value
    mark = value.strip('[]"')
    table, _, collection = mark.removeprefix("@").partition(":")
    return value.replace(mark, some_id(rig, table, collection))


def held(rig: Backed, table: str, identity: str, names: Iterable[str]) -> dict[str, Any]:
    """What a row holds; nothing of one that is not there."""
    listed = list(names)
    columns = ", ".join(f'"{name}"' for name in listed)
    rows = rig.sql(f'SELECT {columns} FROM "{table}" WHERE id = ?', identity)
    return dict(zip(listed, rows[0], strict=True)) if rows else {}
