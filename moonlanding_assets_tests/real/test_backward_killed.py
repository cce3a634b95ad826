"""A stream back that is killed at any moment, again and again: nothing is lost, torn or sent twice.

MOONLANDING_KILLS says how often; a few in every run.
"""

import contextlib
import multiprocessing
import os
import random
import signal
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson
import pytest

from moonlanding_assets.load.integrity import check_foreign_keys, check_search
from moonlanding_assets.parallel.backward.old import HeldDocument, OldAnswer, OldWrite
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.backing import HeldOldSide, application
from moonlanding_assets_tests.handmade import s
from moonlanding_assets_tests.syncing import Rig, rig_of

KILLS = min(int(os.environ.get("MOONLANDING_KILLS", "8")), 60)
pytestmark = pytest.mark.timeout(600 + 60 * KILLS)
CLIENTS = 12
A_ROUND = 8
LONGEST_SECONDS = 0.2
_PATH = "friday/clients/list/c{:02d}"


class FileOldSide:
    """Both old systems in a file: what they took stays when the process is killed."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, writes: Sequence[OldWrite]) -> list[OldAnswer]:
        return [self._write(one) for one in writes]

    def _write(self, one: OldWrite) -> OldAnswer:
        with self.opened() as connection:
            row = connection.execute(_ONE, (one.path,)).fetchone()
            clock = connection.execute("SELECT at FROM clock").fetchone()[0]
            side = HeldOldSide({one.path: (orjson.loads(row[0]), row[1])} if row else {}, clock)
            (answer,) = side.write([one])
            connection.execute("DELETE FROM document WHERE path = ?", (one.path,))
            for path, (fields, version) in side.documents.items():
                values = (path, canonical(fields), version)
                connection.execute("INSERT INTO document VALUES (?, ?, ?)", values)
            connection.execute("UPDATE clock SET at = ?, writes = writes + ?",
                               (side.clock, side.writes))  # fmt: skip
            return answer

    def read(self, path: str) -> HeldDocument | None:
        with self.opened() as connection:
            row = connection.execute(_ONE, (path,)).fetchone()
            return HeldOldSide({path: (orjson.loads(row[0]), row[1])}).read(path) if row else None

    def documents(self) -> dict[str, str]:
        with self.opened() as connection:
            return dict(connection.execute("SELECT path, fields FROM document"))

    def writes(self) -> int:
        with self.opened() as connection:
            return int(connection.execute("SELECT writes FROM clock").fetchone()[0])

    def close(self) -> None:
        """Nothing is held open."""

    @contextlib.contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=30)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection


_ONE = "SELECT fields, version FROM document WHERE path = ?"


def send(rig: Rig, file: Path, at: Connection | None = None) -> None:
    """Sends what waits, two rows at a time; says when a step begins."""
    with Present(rig.store) as present, ForwardSync(present, rig.database) as forward:
        forward.start()
        back = BackwardSync(forward, FileOldSide(file))
        while True:
            if at is not None:
                at.send(1)
            sent = back.step(most=2)
            if not sent.rows and not sent.left:
                return


def work(rig: Rig, chance: random.Random) -> int:
    """What people write in a round, in SQL; how many rows."""
    with closing(application(rig.database)) as connection, connection:
        for _ in range(A_ROUND):
            ids = [one for (one,) in connection.execute("SELECT id FROM client ORDER BY id")]
            kind = chance.random()
            if kind < 0.6:
                connection.execute("UPDATE client SET name = ?, phone = ? WHERE id = ?",
                                   (f"n{chance.random()}", "own", chance.choice(ids)))  # fmt: skip
            elif kind < 0.85 or len(ids) < CLIENTS:
                identity = f"born{chance.randrange(10**9)}"
                connection.execute("INSERT INTO client (id, name, created_at) VALUES (?, ?, ?)",
                                   (identity, "born", "2026-03-01T10:20:00.000Z"))  # fmt: skip
            else:
                connection.execute("DELETE FROM client WHERE id = ?", (chance.choice(ids),))
    return A_ROUND


def fill(old: FileOldSide, rig: Rig) -> None:
    """The old side begins as the store knows it."""
    with old.opened() as connection, rig.present() as present:
        connection.execute(
            "CREATE TABLE document (path TEXT PRIMARY KEY, fields TEXT, version INT)"
        )
        connection.execute("CREATE TABLE clock (at INT, writes INT)")
        connection.execute("INSERT INTO clock VALUES (2000000000000000, 0)")
        for one in present.documents():
            values = (one.path, one.fields, one.version)
            connection.execute("INSERT INTO document VALUES (?, ?, ?)", values)


def killed_once(context: Any, rig: Rig, file: Path, chance: random.Random, steps: int) -> None:
    """A process that sends, killed a moment after so many steps began."""
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=send, args=(rig, file, sender))
    process.start()
    sender.close()
    with contextlib.suppress(EOFError):
        for _ in range(steps):
            receiver.recv()
    process.join(chance.uniform(0, LONGEST_SECONDS))
    assert process.exitcode in (None, 0)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    process.close()
    receiver.close()


def test_killed_at_any_moment_both_sides_end_the_same(tmp_path: Path) -> None:
    names = {_PATH.format(n): {"name": s(f"client {n}"), "odd": s("kept")} for n in range(CLIENTS)}
    rig, file, chance = rig_of(tmp_path / "firm", names), tmp_path / "old.db", random.Random(11)
    old = FileOldSide(file)
    fill(old, rig)
    with rig.present() as present, rig.sync(present) as forward:
        back = BackwardSync(forward, old)
        back.create()
        back.start()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["moonlanding_assets.parallel.backward.stream"])
    written = 0
    for kill in range(KILLS):
        written += work(rig, chance)
        steps = chance.randrange(1, 4) if kill % 5 else 0  # every fifth dies at its start
        killed_once(context, rig, file, chance, steps)
    send(rig, file)
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        assert forward.is_gate_open
        assert forward.sweep(is_repair=False) == ()
        known = {one.path: one.fields for one in present.documents() if one.fields}
        check_foreign_keys(forward.connection)
        check_search(forward.connection)
    assert known == old.documents()
    assert old.writes() <= written  # nothing is sent twice
    assert all("odd" in known[path] for path in names if path in known)
