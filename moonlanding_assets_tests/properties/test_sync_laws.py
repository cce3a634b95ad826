"""The law of forward sync: at rest, the database is what a fresh migration would make.

Whatever people do in the old systems, and however its events come: twice, late, in any order, not
at all; and wherever the process ends. I2 to I6 name the invariants of the switch.
"""

import random
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.integrity import check_foreign_keys, check_search
from moonlanding_assets.parallel.forward.changes import Event, read, set_event
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets_tests.real.test_sync_killed import assert_not_torn
from moonlanding_assets_tests.syncing import OldSystems, Rig, make_rig, raw, shuffled


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return make_rig(tmp_path_factory.mktemp("sync"))


def _has_events_on_the_way(machine: "Following") -> bool:
    return bool(machine.on_the_way)


def _has_history(machine: "Following") -> bool:
    return bool(machine.old.history)


class Following(RuleBasedStateMachine):
    """Two old systems that change, a stream that loses and repeats, and the database."""

    base: ClassVar[Rig]

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        self.room = Path(tempfile.mkdtemp(prefix="following-"))
        self.rig = self.base.copied(self.room / "rig")
        self.old: OldSystems = self.rig.old_systems(seed)
        self.on_the_way: list[Event] = []
        self.poison: set[str] = set()
        self.open()

    def open(self) -> None:
        self.present: Present = self.rig.present()
        self.sync: ForwardSync = self.rig.sync(self.present)
        assert not self.sync.start().is_whole  # what a stop left is known, and taken up

    def close(self) -> None:
        self.sync.close()
        self.present.close()

    @rule(number=st.integers(1, 12))
    def people_work(self, number: int) -> None:
        self.on_the_way += [self.old.change() for _ in range(number)]

    @precondition(_has_events_on_the_way)
    @rule(seed=st.integers(0, 1000))
    def some_arrive(self, seed: int) -> None:
        chance = random.Random(seed)
        chance.shuffle(self.on_the_way)
        number = chance.randrange(1, len(self.on_the_way) + 1)
        arrived = self.on_the_way[:number]
        self.on_the_way = self.on_the_way[number:]
        self.sync.apply(shuffled(arrived, chance))

    @precondition(_has_events_on_the_way)
    @rule()
    def some_are_lost(self) -> None:
        self.on_the_way = self.on_the_way[::2]

    @precondition(_has_history)
    @rule(seed=st.integers(0, 1000))
    def old_ones_come_again(self, seed: int) -> None:
        chance = random.Random(seed)
        self.sync.apply(chance.choices(self.old.history, k=10))

    @rule(taken=st.booleans())
    def the_process_ends(self, taken: bool) -> None:
        if taken:  # between the two files: the store knows the events, the rows do not
            self.present.take([read(self.old.change()), read(self.old.change())])
        self.close()
        self.open()

    @rule()
    def one_is_poison(self) -> None:
        path = self.old.some()
        event = set_event(path, '{"name":', version=self.old.tick())
        self.poison.add(path)  # the same content of one document lies in quarantine once
        assert self.sync.apply((event,)).events == 1
        assert not self.sync.is_gate_open

    @rule()
    def everything_is_read(self) -> None:
        self.sync.apply(self.old.missed(self.present))

    @invariant()
    def what_it_says_it_has_seen_is_in_its_rows(self) -> None:
        """I5 and I6: routes and tokens ask for versions that the database notes as applied."""
        if hasattr(self, "rig"):
            assert_not_torn(self.rig.database)

    def teardown(self) -> None:
        if not hasattr(self, "sync"):
            return
        try:
            self.at_rest()
        finally:
            self.close()
            shutil.rmtree(self.room)

    def at_rest(self) -> None:
        self.sync.apply(self.on_the_way)
        self.sync.apply(self.old.missed(self.present))
        assert self.sync.sweep(is_repair=False) == ()
        digest = logical_digest(self.rig.database)
        fresh = self.rig.migrate(self.present, self.room / "fresh.db")
        assert digest == logical_digest(fresh)
        self.assert_present_is_what_is_there()  # I2, I3
        self.assert_nothing_is_done_twice(digest)  # I4
        with closing(sqlite3.connect(self.rig.database)) as connection:
            check_foreign_keys(connection)
            check_search(connection)

    def assert_present_is_what_is_there(self) -> None:
        there = {path: raw(path, one).sha256 for path, one in self.old.documents.items()}
        known = {d.path: d.sha256 for d in self.present.documents() if d.fields is not None}
        assert known == there
        with closing(sqlite3.connect(self.rig.database)) as connection:
            held = dict(connection.execute("SELECT path, sha256 FROM migration_documents"))
        assert held == there

    def assert_nothing_is_done_twice(self, digest: str) -> None:
        with closing(sqlite3.connect(self.rig.database)) as connection:
            noted = {one for (one,) in connection.execute("SELECT event_id FROM sync_applied")}
            aside = {one for (one,) in connection.execute("SELECT path FROM sync_quarantine")}
        known = {one.event_id for one in self.old.history if one.event_id in noted}
        again = self.sync.apply([one for one in self.old.history if one.event_id in known])
        assert (again.events, again.documents) == (0, 0)
        assert logical_digest(self.rig.database) == digest
        assert aside == self.poison
        assert self.present.counts()["events"] == len(noted)


def test_at_rest_the_database_is_a_fresh_migration(rig: Rig) -> None:
    class Here(Following):
        base = rig

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=4, stateful_step_count=16, deadline=None, derandomize=True, database=None
        ),
    )
