"""A sync that is killed at any moment, again and again: nothing is lost, done twice or torn."""

import contextlib
import multiprocessing
import os
import random
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets_tests.migrating import firm
from moonlanding_assets_tests.syncing import Rig, rig_of, shuffled

KILLS = 50
A_ROUND = 6  # events that are new in a round
LONGEST_SECONDS = 0.15  # from the start of a batch to the kill


def follow(rig: Rig, events: Sequence[Event], at: Connection | None = None) -> None:
    """All events, two at a time, as a stream that starts over sends them; says when one begins."""
    with Present(rig.store) as present, ForwardSync(present, rig.database) as sync:
        sync.start()
        for number in range(0, len(events), 2):
            if at is not None:
                at.send(number)
            sync.apply(events[number : number + 2])


def assert_not_torn(database: Path) -> None:
    """What is noted as applied is what the rows hold: both were one transaction."""
    with closing(sqlite3.connect(database)) as connection:
        torn = connection.execute(
            "SELECT count(*) FROM sync_documents n LEFT JOIN migration_documents d USING (path) "
            "WHERE CASE n.op WHEN 'set' THEN d.sha256 IS NOT n.sha256 ELSE d.path IS NOT NULL END"
        )
        assert torn.fetchone() == (0,)
        origin = "SELECT value FROM sync_state WHERE key = 'origin'"
        assert connection.execute(origin).fetchall() == []
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_killed_at_any_moment_it_ends_where_it_would(tmp_path: Path) -> None:
    documents = {path: dict(fields) for held in firm().values() for path, fields in held.items()}
    rig = rig_of(tmp_path, documents)
    old, chance = rig.old_systems(7), random.Random(7)
    for _ in range(KILLS * A_ROUND):
        old.change()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["moonlanding_assets.parallel.forward.stream"])
    for kill in range(KILLS):
        end = (kill + 1) * A_ROUND
        again = shuffled(old.history[max(0, end - 3 * A_ROUND) : end], chance)
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=follow, args=(rig, again, sender))
        process.start()
        sender.close()
        stop_at = chance.randrange(0, len(again), 2)
        with contextlib.suppress(EOFError):
            while kill % 5 and receiver.recv() < stop_at:  # every fifth dies while it starts
                pass
        process.join(chance.uniform(0, LONGEST_SECONDS))
        assert process.exitcode in (None, 0)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        process.close()
        receiver.close()
        assert_not_torn(rig.database)
    follow(rig, shuffled(old.history, chance))
    with rig.present() as present:
        assert {one.path for one in present.documents() if one.fields} == set(old.documents)
        fresh = rig.migrate(present, tmp_path / "fresh.db")
        counts = present.counts()
    assert logical_digest(rig.database) == logical_digest(fresh)
    assert (counts["pending"], counts["unnoted"], counts["events"]) == (0, 0, len(old.history))
