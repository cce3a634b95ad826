"""Clocks that are a day apart: of the two old systems, and of them and Moonlanding. All the same.

Versions order the states of one document by its own server's clock; nothing else is decided by one.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.backing import application, held_of
from moonlanding_assets_tests.handmade import s
from moonlanding_assets_tests.migrating import firm
from moonlanding_assets_tests.syncing import Rig, rig_of, shuffled

DAY_US = 86_400_000_000
CHANGES = 60
CLIENT = "friday/clients/list/c1"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    documents = {path: dict(fields) for held in firm().values() for path, fields in held.items()}
    return rig_of(tmp_path_factory.mktemp("firm"), documents)


def skewed(events: Sequence[Event], *, friday_us: int, mwr_us: int) -> list[Event]:
    """The same changes, each by the clock of its own system."""
    by = {"friday": friday_us, "mwr": mwr_us}
    return [
        replace(one, version=one.version + by[system_of(one.path)], event_id=f"skewed {number}")
        for number, one in enumerate(events)
    ]


def test_a_day_between_the_old_systems_changes_nothing(base: Rig, tmp_path: Path) -> None:
    old = base.old_systems(5)
    for _ in range(CHANGES):
        old.change()
    digests = set()
    for number, (friday_us, mwr_us) in enumerate([(0, 0), (DAY_US, -DAY_US), (-DAY_US, DAY_US)]):
        rig = base.copied(tmp_path / str(number))
        events = skewed(old.history, friday_us=friday_us, mwr_us=mwr_us)
        with rig.present() as present, rig.sync(present) as sync:
            sync.start()
            for first in range(0, CHANGES, 7):
                sync.apply(shuffled(events[first : first + 14], old.chance))
            assert sync.is_gate_open
            assert sync.sweep(is_repair=False) == ()
        digests.add(logical_digest(rig.database))
    assert len(digests) == 1


@pytest.mark.parametrize("skew_us", [-DAY_US, DAY_US])
def test_an_old_system_whose_clock_is_a_day_off_gets_everything_and_nothing_comes_back(
    tmp_path: Path, skew_us: int
) -> None:
    rig = rig_of(tmp_path, {CLIENT: {"name": s("Alder")}})
    with rig.present() as present, rig.sync(present) as forward:
        forward.start()
        old = held_of(present)
        back = BackwardSync(forward, old)
        back.create()
        back.start()
        for number in range(4):  # its clock goes back and forth by a day
            old.clock += skew_us if number % 2 else -skew_us
            name = f"name {number}"
            connection = application(rig.database)
            with connection:
                connection.execute("UPDATE client SET name = ?", (name,))
            connection.close()
            assert back.step().written == 1
            assert old.documents[CLIENT][0] == {"name": s(name)}
            assert back.hear(old.told()) == 0
            assert not back.step().rows
        known = present.document(CLIENT)
        assert known is not None
        assert known.fields == canonical(old.documents[CLIENT][0])
        assert forward.is_gate_open
        assert forward.sweep(is_repair=False) == ()
