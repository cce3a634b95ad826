"""Drift and its repair once Moonlanding has the authority: compared, and repaired towards it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.errors import SyncError
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.parallel.backward.old import HeldDocument, OldAnswer, OldWrite
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.drift.repair import carry_out, planned
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.backing import HeldOldSide, application
from moonlanding_assets_tests.drifting import Sides
from moonlanding_assets_tests.handmade import s
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.syncing import OldSystems, Rig, rig_of

CLIENT, OTHER, THIRD = (f"friday/clients/list/c{n}" for n in (1, 2, 3))
SWITCHED = "S1 S2 S3 S4 S5 S6 S7 S8"


class WrittenOld:
    """Old systems with a history, written by the stream back."""

    def __init__(self, old: OldSystems) -> None:
        self.old = old

    def _held(self, path: str) -> HeldOldSide:
        if path not in self.old.documents:
            return HeldOldSide()
        mine = [one.version for one in self.old.history if one.path == path]
        return HeldOldSide({path: (self.old.documents[path], mine[-1] if mine else 1)})

    def write(self, writes: Sequence[OldWrite]) -> list[OldAnswer]:
        return [self._write(one) for one in writes]

    def _write(self, one: OldWrite) -> OldAnswer:
        side = self._held(one.path)
        (answer,) = side.write([one])
        if answer.version is None:
            return answer
        if one.is_delete:
            self.old.delete(one.path)
            return answer
        return OldAnswer(version=self.old.set(one.path, side.documents[one.path][0]).version)

    def read(self, path: str) -> HeldDocument | None:
        return self._held(path).read(path)

    def close(self) -> None:
        """Nothing to let go."""


class Switched(Sides):
    """Both sides after the switch, and those who write in Moonlanding."""

    def __init__(self, rig: Rig, data: Path) -> None:
        super().__init__(rig, data)
        self.back = BackwardSync(self.sync, WrittenOld(self.old))
        self.back.create()
        self.back.start()
        control_in(self.layout.parallel, SWITCHED)

    def sql(self, statement: str, *values: str) -> None:
        with closing(application(self.database)) as connection, connection:
            connection.execute(statement, values)

    def rename(self, path: str, name: str) -> None:
        self.sql("UPDATE client SET name = ? WHERE id = ?", name, row_id(path))

    def name(self, path: str) -> str:
        return str(self.old.documents[path]["name"]["stringValue"])

    def repair(self, *paths: str) -> tuple[int, int]:
        repair = planned(self.layout, paths, by="Tester")
        done = carry_out(self.layout, repair, self.sync, self.readings, self.back)
        return done.events, done.left


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    documents = {path: {"name": s(path[-2:]), "odd": s("kept")} for path in (CLIENT, OTHER, THIRD)}
    return rig_of(tmp_path_factory.mktemp("switched"), documents)


@pytest.fixture
def sides(base: Rig, tmp_path: Path) -> Iterator[Switched]:
    made = Switched(base, tmp_path / "data")
    yield made
    made.close()


def test_what_is_on_its_way_back_is_waited_for_and_is_no_difference(sides: Switched) -> None:
    sides.rename(CLIENT, "Alder")
    sides.clock.meanwhile = sides.back.step
    check = sides.drift(limit_seconds=5.0).check("changed")
    assert (check.differing, check.confirmed) == (1, 0)
    assert sides.name(CLIENT) == "Alder"


def test_what_was_written_before_and_is_not_sent_in_time_counts(sides: Switched) -> None:
    sides.rename(CLIENT, "Alder")
    check = sides.drift(limit_seconds=5.0).check("all")
    assert check.paths == (CLIENT,)
    sides.back.step()
    assert sides.drift(limit_seconds=0.0).check("changed").confirmed == 0


def test_what_is_written_while_it_is_looked_at_is_changing_and_no_difference(
    sides: Switched,
) -> None:
    names = iter(f"Alder {number}" for number in range(100))

    def meanwhile() -> None:
        sides.back.step()
        sides.rename(CLIENT, next(names))  # somebody is always ahead of what is sent

    sides.rename(CLIENT, "Alder")
    sides.clock.meanwhile = meanwhile
    check = sides.drift(limit_seconds=5.0).check("all")
    assert (check.confirmed, check.in_flight) == (0, 1)


def test_what_somebody_changed_behind_the_fence_is_repaired_from_moonlanding(
    sides: Switched,
) -> None:
    sides.old.set(CLIENT, {"name": s("behind")})
    sides.old.delete(OTHER)
    sides.old.set("friday/clients/list/more", {"name": s("nobody's")})
    drift = sides.drift(limit_seconds=0.0)
    assert drift.check("all").confirmed == 3
    assert sides.repair() == (3, 0)
    assert drift.check("all").confirmed == 0
    assert sides.old.documents[CLIENT] == {"name": s("c1"), "odd": s("kept")}
    assert set(sides.old.documents) == {CLIENT, OTHER, THIRD}
    with closing(sqlite3.connect(sides.database)) as connection:
        listed = connection.execute("SELECT key, found FROM sync_conflicts ORDER BY number")
        kept = dict(listed.fetchall())
    assert kept[CLIENT] == canonical({"name": s("behind")})  # both versions, and the gate is shut
    assert not sides.sync.is_gate_open


def test_rows_that_no_log_told_of_are_what_the_old_systems_get(sides: Switched) -> None:
    for name in ("sync_log_client_update", "sync_search_client_fts_update"):
        sides.sql(f"DROP TRIGGER {name}")
    sides.rename(THIRD, "Cedar")
    drift = sides.drift(limit_seconds=0.0)
    assert drift.check("all").paths == (THIRD,)
    assert sides.repair(THIRD) == (1, 0)
    assert sides.name(THIRD) == "Cedar"
    assert drift.check("all").confirmed == 0


def test_without_a_sync_that_carries_back_nothing_is_repaired(sides: Switched) -> None:
    repair = planned(sides.layout, (CLIENT,), by="Tester")
    with pytest.raises(SyncError, match="parallel start"):
        carry_out(sides.layout, repair, sides.sync, sides.readings)
