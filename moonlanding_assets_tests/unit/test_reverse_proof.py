"""The way back, with a stand-in for the old side: its proof, its conflicts, what it refuses."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.parallel.backward.check import EDITED, standings
from moonlanding_assets.parallel.backward.old import HeldDocument, OldAnswer, OldWrite
from moonlanding_assets.parallel.backward.proof import (
    answer,
    ask,
    look,
    proof_file,
    prove,
    reverse_evidence,
)
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.forward.changes import set_event
from moonlanding_assets.schema.catalogue import BASE_TABLES
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.backing import HeldOldSide, application, held_of
from moonlanding_assets_tests.handmade import s
from moonlanding_assets_tests.syncing import Rig, rig_of

DOCUMENTS = {"friday/clients/list/c1": {"name": s("One")}}


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return rig_of(tmp_path / "firm", DOCUMENTS)


def test_a_line_goes_there_and_nothing_stays(rig: Rig, tmp_path: Path) -> None:
    layout = Layout(data=tmp_path / "data")
    assert reverse_evidence(layout) == {}
    before = logical_digest(rig.database)
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        old = held_of(present)

        def follow() -> None:
            forward.apply(old.told())

        def side() -> HeldOldSide:
            return old

        assert not look(layout, forward, side, follow)
        name = ask(layout)
        assert answer(layout, name) is None
        assert look(layout, forward, side, follow)
        assert not look(layout, forward, side, follow)
        found = answer(layout, name)
        assert found is not None
        assert (found["proved"], found["echoes"], found["problem"]) == (True, 0, "")
        assert found["sha256_here"] == found["sha256_there"] != ""
        assert old.writes == 2
        assert old.documents.keys() == DOCUMENTS.keys()
        assert BackwardSync(forward, old).state == "absent"
        assert forward.sweep(is_repair=False) == ()
        assert forward.is_gate_open
    assert logical_digest(rig.database) == before
    evidence = reverse_evidence(layout)
    assert (evidence["reverse_path_proved"], evidence["reverse_path_echoes"]) == (True, 0)
    assert "scratch" not in json.dumps(json.loads(proof_file(layout).read_bytes()))


def test_an_old_side_that_does_not_take_it_proves_nothing(rig: Rig) -> None:
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        refusing = held_of(present)
        refusing.refuses = "PERMISSION_DENIED"
        found = prove(forward, _Opening(refusing), _nothing)
        assert found["proved"] is False
        assert "PERMISSION_DENIED" in found["problem"]


class _Opening:
    def __init__(self, side: HeldOldSide) -> None:
        self.side = side

    def __call__(self) -> HeldOldSide:
        return self.side


def _nothing() -> None:
    """Nobody tells anything."""


def test_somebody_who_writes_behind_the_fence_is_a_conflict(rig: Rig) -> None:
    path = "friday/clients/list/c1"
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        old = held_of(present)
        back = BackwardSync(forward, old)
        back.create()
        back.start()
        old.set(path, {"name": s("Behind the fence")})
        forward.connection.execute("UPDATE client SET name = 'Of the authority'")
        sent = back.step()
        assert (sent.conflicts, sent.written) == (1, 1)
        assert old.documents[path][0] == {"name": s("Of the authority")}
        assert not forward.is_gate_open
        query = "SELECT table_name, key, found FROM sync_conflicts"
        kept = canonical({"name": s("Behind the fence")})
        assert forward.connection.execute(query).fetchall() == [("document", path, kept)]
        old.events.clear()
        old.set(path, {"name": s("Again")})
        assert back.hear(old.told()) == 1
        assert old.documents[path][0] == {"name": s("Of the authority")}
        assert back.hear([set_event(path, canonical({}), version=1)]) == 0  # too old to matter


def test_what_cannot_be_carried_is_put_aside_and_stays(rig: Rig) -> None:
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        back = BackwardSync(forward, held_of(present))
        back.create()
        back.start()
        forward.connection.execute("UPDATE client SET risk_level = 'whatever', phone = '1'")
        sent = back.step()
        (reason,) = sent.refused.values()
        assert reason == "not_given_back"
        assert not forward.is_gate_open
        query = "SELECT risk_level, phone FROM client"
        assert forward.connection.execute(query).fetchone() == ("whatever", "1")
        assert back.step().rows == 0  # the stream goes on without it
        forward.connection.execute("UPDATE client SET risk_level = 'high'")
        assert back.step().refused == {}
        assert forward.is_gate_open
        assert forward.connection.execute(query).fetchone() == ("high", "1")
        assert forward.sweep(is_repair=False) == ()
        back.drop()
        back.drop()
        (name,) = forward.connection.execute("SELECT name FROM client").fetchone()
        forward.connection.execute("UPDATE client SET name = 'A stranger'")
        assert forward.put_back() == 1  # the old systems are the authority again
        assert forward.connection.execute("SELECT name FROM client").fetchone() == (name,)


def test_every_column_of_every_table_has_a_standing() -> None:
    found = list(standings())
    assert {one.table for one in found} == {table.name for table in BASE_TABLES}
    for table in BASE_TABLES:
        named = {one.column for one in found if one.table == table.name}
        assert named == (
            {column.name for column in table.columns} if table.name in EDITED else {"*"}
        )
    assert {one.standing for one in found} == {"goes", "stays", "refused"}
    assert all(one.reason for one in found if one.standing != "goes")


def test_its_own_write_is_known_after_a_stop_though_the_row_has_changed_again(rig: Rig) -> None:
    path = "friday/clients/list/c1"
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        old = held_of(present)
        back = BackwardSync(forward, old)
        back.create()
        back.start()
        forward.connection.execute("UPDATE client SET name = 'First'")
        with pytest.raises(EndedError):
            BackwardSync(forward, _Ending(old)).step()
        assert old.documents[path][0] == {"name": s("First")}
        forward.connection.execute("UPDATE client SET name = 'Second'")
        sent = back.step()
        assert (sent.conflicts, sent.written) == (0, 1)
        assert old.documents[path][0] == {"name": s("Second")}
        assert forward.is_gate_open


class EndedError(Exception):
    """The process ends here."""


class _Ending:
    """Takes a batch, and the process ends before it hears so."""

    def __init__(self, side: HeldOldSide) -> None:
        self.side = side

    def write(self, writes: Sequence[OldWrite]) -> list[OldAnswer]:
        self.side.write(writes)
        raise EndedError

    def read(self, path: str) -> HeldDocument | None:
        return self.side.read(path)

    def close(self) -> None:
        """Nothing is held open."""


def test_what_the_sync_writes_is_no_change_of_an_application(rig: Rig) -> None:
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        back = BackwardSync(forward, held_of(present))
        back.create()
        fields = canonical({"name": s("Of the old system")})
        forward.apply([set_event("friday/clients/list/c1", fields, version=10**15)])
        count = "SELECT count(*) FROM sync_changes"
        assert forward.connection.execute(count).fetchone() == (0,)
        forward.connection.execute("UPDATE client SET name = 'Of an application'")
        assert forward.connection.execute(count).fetchone() == (1,)


class EndingError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("when", ["the old side has it", "the store has it"])
def test_a_row_that_was_sent_and_deleted_after_a_stop_stays_deleted(rig: Rig, when: str) -> None:
    born = "INSERT INTO client (id, name, created_at) VALUES ('b', 'Born', '2026-03-01T10:20:00Z')"
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        old = held_of(present)
        back = BackwardSync(forward, old)
        back.create()
        back.start()
        forward.connection.execute(born)

        def ends(*_: object, **__: object) -> None:
            raise EndingError

        if when == "the store has it":
            forward.settle = ends  # type: ignore[method-assign]
        else:
            present.take = ends  # type: ignore[method-assign,assignment]
        with pytest.raises(EndingError):
            back.step()
        assert len(old.documents) == 2
    with rig.present() as present, rig.sync(present) as forward:
        with closing(application(rig.database)) as connection, connection:
            connection.execute("DELETE FROM client WHERE id = 'b'")
        forward.start()
        back = BackwardSync(forward, old)
        while back.step().rows:
            pass
        assert back.hear(old.told()) == 0
        while back.step().rows:
            pass
        assert forward.connection.execute("SELECT 1 FROM client WHERE id = 'b'").fetchone() is None
        assert len(old.documents) == 1
        assert forward.is_gate_open
        assert forward.sweep(is_repair=False) == ()
