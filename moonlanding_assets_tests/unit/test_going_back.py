"""An armed monitor goes back by the switch itself: once, and to its end also after a kill."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from moonlanding_assets.cutover.soak.going_back import reverse_switch
from moonlanding_assets.cutover.soak.store import SoakStore, read_arming
from moonlanding_assets.cutover.switch.course import Switch
from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.record import read_records
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.settings import Layout, Settings
from moonlanding_assets_tests.evidence_of_change import good
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.soaking import LOST, Day, Watched
from moonlanding_assets_tests.switching import KilledError, World
from moonlanding_assets_tests.unit.test_cutover_running import opened as prechecks_pass


class Armed:
    """A data directory in S9 with a monitor that is armed, and the parts of a switch by hand."""

    def __init__(self, data: Path) -> None:
        self.layout = Layout(data=data)
        control = control_in(self.layout.parallel, "S1 S2 S3 S4 S5 S6 S7 S8 S8 S9", percent=100)
        self.world = World(
            control, accepts={"OLD": None, "NEW": 1}, streams={"NEW": "running"}
        )  # fmt: skip
        settings = Settings(data=data, friday_export=data, mwr_export=data)
        self.soak = Watched(self.layout, world=Day(state="S9", epoch=1))
        self.soak.reverse = reverse_switch(settings, gateway="", opened=self.opened)
        LOST.clear()
        with closing(SoakStore(self.layout)) as store:  # by the clock of the samples
            store.arm(is_armed=True, by="Ann Example", at="2026-02-05T00:00:00.000+00:00")

    @contextmanager
    def opened(self, settings: Settings, *, gateway: str) -> Iterator[Parts]:
        del settings, gateway
        yield self.world.parts()

    def look(self) -> None:
        """A monitor looks once; a criterion is met."""
        self.soak.world.figures["wal_bytes"] = 2.0**31
        with closing(self.soak.monitor()) as monitor:
            self.soak.minutes(monitor, 1)

    @property
    def row(self) -> Row:
        return self.world.row

    @property
    def outcome(self) -> str:
        _, done = read_arming(self.layout, 1)
        return "" if done is None else done.outcome


@pytest.fixture
def armed(tmp_path: Path) -> Armed:
    return Armed(tmp_path / "data")


def test_it_is_the_reverse_switch_with_its_record(
    armed: Armed, monkeypatch: pytest.MonkeyPatch
) -> None:
    prechecks_pass(monkeypatch, "S9")
    armed.look()
    assert (armed.row.state, armed.row.epoch, armed.row.journal) == ("S2", 2, "")
    assert armed.world.accepts == {"OLD": 2, "NEW": None}
    (record,) = read_records(armed.layout)
    assert (record.kind, record.verdict, record.by) == ("reverse", "PASS", "the soak's monitor")
    history = Control(armed.layout.control).history()
    assert any("write-ahead log" in line.reason for line in history)  # a record holds no words
    assert armed.outcome == "done"
    armed.look()
    assert len(read_records(armed.layout)) == 1


def test_what_the_switch_refuses_is_told_and_waits_for_a_person(armed: Armed) -> None:
    armed.look()  # its prechecks find no sync that runs
    assert armed.row.state == "S9"
    assert armed.outcome == "failed: TransitionRefused"
    assert ("FAIL", "reverse switch") in [(one["verdict"], one["step"]) for one in LOST]
    calls = len(armed.world.calls)
    armed.look()
    assert len(armed.world.calls) == calls


@pytest.mark.parametrize(("killed_at", "between"), [("position NEW", "S6"), ("stop NEW", "S7")])
def test_what_a_kill_left_half_done_the_next_monitor_brings_to_its_end(
    armed: Armed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: str, between: str
) -> None:
    prechecks_pass(monkeypatch, "S9")
    twin = Armed(tmp_path / "twin")
    gone_back(twin)
    with closing(SoakStore(armed.layout)) as store:  # as the killed monitor has noted it
        store.note_reversal(1, reason="a criterion", at="2026-02-05T12:00:00Z", outcome="begun")
    armed.world.kill_at = twin.world.calls.index(killed_at)
    with pytest.raises(KilledError):
        gone_back(armed)
    assert armed.row.state == between
    armed.world.kill_at = -1
    armed.look()
    assert (armed.row.state, armed.row.epoch, armed.outcome) == ("S2", 2, "done")


def gone_back(one: Armed) -> None:
    """The reverse switch, by a monitor."""
    switch = Switch(Control(one.layout.control), one.world.parts(), by="the soak's monitor")
    switch.reverse(to="S2", evidence=good("S9", "S6", epoch=1), reason="a criterion")
