"""The law of backward sync: at rest both sides hold the same documents, and nothing comes back.

People write SQL into Moonlanding, listeners repeat and lose what they tell, processes end anywhere.
I2, I3 and I4 name the invariants of the switch.
"""

import random
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from moonlanding_assets.errors import SyncError
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.integrity import check_foreign_keys, check_search
from moonlanding_assets.parallel.backward.old import OldAnswer, OldWrite
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.backing import (
    Backed,
    HeldOldSide,
    backed,
    delete,
    filled,
    held_of,
    insert,
    some_id,
    update,
)
from moonlanding_assets_tests.backward_samples import EDITS, NEW_ROWS
from moonlanding_assets_tests.syncing import Rig, make_rig

BORN = "0b0e0d0c-2222-4222-8333-{:012d}"


class StoppedError(BaseException):
    """The process ends here."""


class Stopping:
    """The old side, until the process ends: before or after the old side took a batch."""

    def __init__(self, side: HeldOldSide) -> None:
        self.side = side
        self.ends = ""

    def write(self, writes: list[OldWrite]) -> list[OldAnswer]:
        if self.ends == "before":
            raise StoppedError
        answers = self.side.write(writes)
        if self.ends == "after":
            raise StoppedError
        return answers

    def read(self, path: str) -> Any:
        return self.side.read(path)

    def close(self) -> None:
        """Nothing to let go."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return make_rig(tmp_path_factory.mktemp("back"))


class Sending(RuleBasedStateMachine):
    """One database under Moonlanding's authority, both streams alive."""

    base: ClassVar[Rig]

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        self.room = Path(tempfile.mkdtemp(prefix="sending-"))
        self.chance = random.Random(seed)
        self.born: dict[str, list[str]] = {table: [] for table in NEW_ROWS}
        self.number = 0
        self.told: list[Any] = []
        rig = self.base.copied(self.room / "rig")
        with rig.present() as present:
            self.old = Stopping(held_of(present))
        self.rig = rig
        self.open()

    def open(self) -> None:
        self.opened = ExitStack()
        self.firm: Backed = self.opened.enter_context(backed(self.rig, self.old))

    @rule(table=st.sampled_from(sorted(EDITS)))
    def somebody_edits(self, table: str) -> None:
        columns = filled(self.firm, EDITS[table])
        names = self.chance.sample(sorted(columns), self.chance.randint(1, len(columns)))
        update(self.firm, table, some_id(self.firm, table), {name: columns[name] for name in names})

    @rule(table=st.sampled_from(sorted(NEW_ROWS)))
    def somebody_creates(self, table: str) -> None:
        if table == "users" and self.born[table]:
            return  # an address is one person's
        self.number += 1
        identity = BORN.format(self.number)
        insert(self.firm, table, identity, filled(self.firm, NEW_ROWS[table]))
        self.born[table].append(identity)

    @rule(table=st.sampled_from(sorted(NEW_ROWS)))
    def somebody_deletes(self, table: str) -> None:
        if not self.born[table]:
            return
        try:
            delete(self.firm, table, self.born[table][-1])
        except sqlite3.IntegrityError:
            return  # others refer to it
        self.born[table].pop()

    @rule()
    def some_is_sent(self) -> None:
        self.firm.back.step(most=self.chance.randint(1, 5))

    @rule()
    def listeners_tell(self) -> None:
        self.told += self.old.side.told()
        self.chance.shuffle(self.told)
        again = self.told[: self.chance.randint(0, len(self.told))]
        assert self.firm.back.hear([*again, *again[:2]]) == 0

    @rule(when=st.sampled_from(["before", "after"]))
    def the_process_ends(self, when: str) -> None:
        self.old.ends = when
        with suppress(StoppedError):
            self.firm.back.step()
        self.old.ends = ""
        self.opened.close()
        self.open()

    @rule()
    def an_old_system_is_away(self) -> None:
        self.old.side.refuses = "UNAVAILABLE"
        with suppress(SyncError):
            self.firm.back.step()
        self.old.side.refuses = ""

    def teardown(self) -> None:
        if not hasattr(self, "opened"):
            return
        try:
            self.at_rest()
        finally:
            self.opened.close()
            shutil.rmtree(self.room)

    def at_rest(self) -> None:
        firm = self.firm
        firm.rest()
        assert firm.sql("SELECT reason FROM sync_quarantine") == []
        assert firm.sql("SELECT key FROM sync_conflicts") == []
        writes, log = self.old.side.writes, firm.sql("SELECT max(seq) FROM sqlite_sequence")
        assert firm.back.hear([*self.old.side.told(), *self.told]) == 0
        digest = logical_digest(self.rig.database)
        assert (firm.rest(), self.old.side.writes) == ([], writes)  # I4
        assert firm.sql("SELECT max(seq) FROM sqlite_sequence") == log
        assert firm.forward.sweep(is_repair=False) == ()  # I3: rows are the documents', ledger too
        there = {path: canonical(one) for path, (one, _) in self.old.side.documents.items()}
        known = {one.path: one.fields for one in firm.present.documents() if one.fields}
        assert known == there  # I2, I3
        for table, born in self.born.items():
            for identity in born if table != "flag" else ():
                assert firm.sql(f'SELECT 1 FROM "{table}" WHERE id = ?', identity)
        assert logical_digest(self.rig.database) == digest
        with closing(sqlite3.connect(self.rig.database)) as connection:
            check_foreign_keys(connection)
            check_search(connection)


def test_at_rest_both_sides_are_the_same(rig: Rig) -> None:
    class Here(Sending):
        base = rig

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=4, stateful_step_count=24, deadline=None, derandomize=True, database=None
        ),
    )
