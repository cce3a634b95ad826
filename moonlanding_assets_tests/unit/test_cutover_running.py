"""The switch as people start it: prechecks, one controller, records, what `status` shows.

On parts made by hand (switching.py); with real processes in real/test_switch_real.py.
"""

import os
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.console import phases as verbs
from moonlanding_assets.cutover.live_phases import LIVE_PHASES
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.cutover.signoff import sign
from moonlanding_assets.cutover.switch import running
from moonlanding_assets.cutover.switch.course import Tell
from moonlanding_assets.cutover.switch.direct_fence import note_by_hand
from moonlanding_assets.cutover.switch.pace import Patience
from moonlanding_assets.cutover.switch.prechecks import Prechecks, look, settled
from moonlanding_assets.cutover.switch.preparing import FILE
from moonlanding_assets.cutover.switch.record import directory_of, read_records
from moonlanding_assets.cutover.switch.running import Asked, controller_service
from moonlanding_assets.cutover.switch.signing import is_signed, readiness, sign_switch
from moonlanding_assets.cutover.switch.standing import lines, read_switch
from moonlanding_assets.errors import (
    ServiceRefused,
    SignOffRefused,
    SwitchAborted,
    TransitionRefused,
)
from moonlanding_assets.load.backup import take_backup
from moonlanding_assets.parallel.service.process import say, sync_service
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.readiness import backup_evidence, disk_evidence
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.evidence_of_change import good
from moonlanding_assets_tests.kept_documents import control_in, walk
from moonlanding_assets_tests.switching import KilledError, World

ASKED = Asked(by="A. Engineer", reason="it is slow")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(data=tmp_path / "data")
    made.parallel.mkdir(parents=True)
    with closing(sqlite3.connect(made.database("100%"))) as connection:
        connection.execute("CREATE TABLE t (a)")
    return made


def world_in(layout: Layout, targets: str = "S1 S2 S3 S4 S5") -> World:
    return World(control_in(layout.parallel, targets))


def names(found: Any) -> set[str]:
    return {one.name for one in found.missing}


def test_every_live_phase_can_be_approved() -> None:
    assert tuple(one.number for one in LIVE_PHASES if one.is_signed) == verbs.LIVE_PHASES


def test_without_anything_it_says_everything_that_is_missing_and_what_gets_it(
    layout: Layout,
) -> None:
    world = world_in(layout)
    found = look(layout, world.parts(), way="go")
    assert names(found) >= {
        "verification", "sync", "lag_seconds", "backup_age_seconds", "is_signed",
        "reverse_path_proved", "error_rate_ratio",
    }  # fmt: skip
    commands = {one.name: one.command for one in found.missing}
    assert commands["backup_age_seconds"] == "moonlanding backup"
    assert commands["is_signed"] == "moonlanding approve 3.9 --by NAME"
    assert commands["sync"] == "moonlanding parallel start"
    with pytest.raises(TransitionRefused, match=r"the backup is younger than 15 min.*`moonlanding"):
        running.go(layout, world.parts(), ASKED)
    assert world.row.state == "S5"
    assert read_records(layout) == ()
    assert "close" not in " ".join(world.calls)


def test_in_another_state_only_the_state_is_named(layout: Layout) -> None:
    world = world_in(layout, "S1 S2")
    assert names(look(layout, world.parts(), way="go")) == {"state"}
    with pytest.raises(TransitionRefused, match="the state is S8 or S9: S2 CAUGHT_UP"):
        running.reverse(layout, world.parts(), ASKED)


def test_a_backup_counts_while_it_is_whole_and_young(layout: Layout) -> None:
    assert backup_evidence(layout) == {}
    taken = take_backup(layout, "100%", "3.6")
    found = backup_evidence(layout)
    assert 0 <= found["backup_age_seconds"] < 900
    assert backup_evidence(layout, now=datetime.now(UTC) - timedelta(hours=1)) == {}
    later = backup_evidence(layout, now=datetime.now(UTC) + timedelta(hours=1))
    assert later["backup_age_seconds"] > 3599
    copy = taken.directory / "app.db"
    copy.chmod(0o600)
    copy.write_bytes(copy.read_bytes()[:-1] + b"x")
    assert backup_evidence(layout) == {}
    assert 0 < disk_evidence(layout)["disk_free_share"] <= 1


def test_the_sign_off_is_bound_to_what_led_to_s5(layout: Layout) -> None:
    control = control_in(layout.parallel, "S1 S2 S3 S4")
    with pytest.raises(SignOffRefused, match="is signed in S5"):
        sign_switch(layout, by="Ann")
    walk(control, "S5")
    assert not is_signed(layout)
    sign(layout, phase="3.9", evidence="0" * 64, by="Ann")
    assert not is_signed(layout)
    sign_switch(layout, by="Ann")
    assert is_signed(layout)
    walk(control, "S6 S5")  # a rehearsal, or an abort
    assert is_signed(layout)
    before = readiness(layout)
    walk(control, "S4 S5")
    assert readiness(layout) != before
    assert not is_signed(layout)
    layout.signoffs.write_text("not a log\n")
    assert not is_signed(layout)


def opened(monkeypatch: pytest.MonkeyPatch, source: str = "S5") -> None:
    """Prechecks that let everything pass: they have their own tests."""
    epoch = 0 if source == "S5" else 1

    def passed(layout: Layout, parts: object, *, way: str, tell: Tell, **given: object) -> Any:
        tell("waiting for what a test waits for")
        return Prechecks(way=way, listed=(), evidence=good(source, "S6", epoch=epoch))

    monkeypatch.setattr(running, "look", passed)


def test_a_rehearsal_a_switch_and_the_way_back_leave_records(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_in(layout)
    opened(monkeypatch)
    told: list[str] = []
    done = running.rehearse(layout, world.parts(), Asked(by="A", tell=told.append))
    assert (done.verdict, done.to_state, done.number) == ("PASS", "S5", 1)
    assert told[:7] == [
        "close gate", "drain", "fence", "position", "catch up", "verify", "create reverse",
    ]  # fmt: skip
    done = running.go(layout, world.parts(), ASKED)
    assert (done.verdict, done.to_state, done.epoch, done.from_epoch) == ("PASS", "S8", 1, 0)
    assert done.figures == {
        "acknowledged_writes_lost": 0, "documents_that_differ": 0, "noted_writes": 7,
        "late_writes": 0,
    }  # fmt: skip
    assert len(done.seconds) == 13
    opened(monkeypatch, "S8")
    done = running.reverse(layout, world.parts(), Asked(by="A", reason="slow", to="S5"))
    assert (done.kind, done.to_state) == ("reverse", "S5")
    assert [(one.number, one.kind) for one in read_records(layout)] == [
        (1, "rehearse"), (2, "go"), (3, "reverse"),
    ]  # fmt: skip
    assert read_records(layout)[1].seconds.keys() == done.seconds.keys()
    (directory_of(layout) / "0002-go.json").write_text("{}")
    assert [one.number for one in read_records(layout)] == [1, 3]


def test_a_late_write_on_the_fenced_side_is_counted(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_in(layout)
    opened(monkeypatch)
    parts = world.parts()
    noted = iter([7, 9])
    parts.fences.noted_writes = lambda side: next(noted)  # type: ignore[method-assign]  # grows
    assert running.go(layout, parts, ASKED).figures["late_writes"] == 2


def test_an_aborted_switch_is_kept_with_its_reason(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_in(layout)
    opened(monkeypatch)
    world.harm = "drift"
    with pytest.raises(SwitchAborted, match="step 6, verify"):
        running.go(layout, world.parts(), ASKED)
    (record,) = read_records(layout)
    assert (record.verdict, record.to_state, record.hold_seconds) == ("ABORTED", "S5", None)
    assert "step 6, verify: 2 documents differ" in record.said


def test_one_controller_at_a_time(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_in(layout)
    opened(monkeypatch)
    with controller_service(layout).only():
        with pytest.raises(
            ServiceRefused, match=f"a switch runs already: the process {os.getpid()}"
        ):
            running.go(layout, world.parts(), ASKED)
        with pytest.raises(ServiceRefused, match="moonlanding cutover abort"):
            running.recover(layout, world.parts(), ASKED)
    assert running.interrupt(layout) is None
    assert world.calls == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_is_an_abort_up_to_the_journal_and_nothing_after_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    world = world_in(layout)
    opened(monkeypatch)

    def at(step: str) -> Asked:
        def tell(done: str) -> None:
            if done == step:
                os.kill(os.getpid(), number)

        return Asked(by="A", tell=tell)

    before = signal.getsignal(number)
    with pytest.raises(SwitchAborted, match="step 5, catch up: interrupted"):
        running.go(layout, world.parts(), at("catch up"))
    assert world.row.state == "S5"
    assert running.go(layout, world.parts(), at("journal")).to_state == "S8"
    assert signal.getsignal(number) is before


def shown(layout: Layout) -> str:
    found = read_switch(layout)
    assert found is not None
    return "\n".join(lines(found))


def test_status_says_the_step_what_happens_if_it_fails_and_what_to_type(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_switch(layout) is None
    world = world_in(layout)
    assert "no switch is under way. S5 READS_NEW, epoch 0: OLD takes the writes" in shown(layout)
    opened(monkeypatch)
    seen: dict[str, str] = {}

    def tell(step: str) -> None:
        seen[step] = shown(layout)

    running.go(layout, world.parts(), Asked(by="A", tell=tell))
    assert "step 3 of 13, fence, since 0." in seen["drain"]
    assert "(limit 2 s)" in seen["drain"]
    assert "the side that wrote writes again, state S5" in seen["drain"]
    assert "done: 1 close gate, 2 drain\n" in seen["drain"]
    assert f"done by: process {os.getpid()}" in seen["drain"]
    assert (
        "type: nothing: it ends by itself; to give up: moonlanding cutover abort" in seen["drain"]
    )
    assert "step 9 of 13, stop forward" in seen["journal"]
    assert "no way back any more" in seen["journal"]
    assert "abort" not in seen["journal"]
    assert "step 12 of 13, start reverse" in seen["route"]
    assert "go: PASS, S8 in epoch 1" in shown(layout)


def test_status_of_a_killed_switch_says_that_nobody_works_on_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_in(layout)
    opened(monkeypatch)
    world.kill_at = 4
    with pytest.raises(KilledError):
        running.go(layout, world.parts(), ASKED)
    assert "nobody: the process is gone" in shown(layout)
    assert "type: moonlanding cutover recover" in shown(layout)
    found = read_switch(layout)
    assert found is not None
    assert found.as_json()["under_way"]["has_undo"] is True
    world.kill_at = -1
    row = running.abort(layout, world.parts(), ASKED)
    assert (row.state, row.authority) == ("S5", "OLD")
    with pytest.raises(TransitionRefused, match="there is no freeze"):
        running.abort(layout, world.parts(), ASKED)
    assert running.recover(layout, world.parts(), ASKED) is None
    assert Control(layout.control).history()[-1].reason == "it is slow"


def test_the_sync_must_run_in_the_right_direction(layout: Layout) -> None:
    world = world_in(layout)
    said = {"doing": "following", "flowing": "NEW->OLD", "lag_seconds": 0.1, "systems": {}}
    with sync_service(layout).only():
        say(layout, {**said, "lag_held_seconds": 1.0, "unsettled_systems": []})
        found = {one.name: one for one in look(layout, world.parts(), way="go").listed}
    assert not found["sync"].is_met
    assert found["sync"].found == "NEW->OLD"
    assert read_receipt(layout, "3.7") is None
    assert not found["verification"].is_met


def test_both_sides_must_keep_pace_before_a_gate_is_closed(
    layout: Layout,
) -> None:
    """Step 5 has two seconds: whether they do is tried while nobody waits."""
    world = world_in(layout)
    pace, drift = settled(world.parts(), "OLD")
    assert drift.is_met
    assert pace.is_met
    assert world.calls == ["position OLD", "unapplied OLD", "unapplied OLD", "drift", "drift"]
    world.harm, world.unapplied_left = "never catches up", 2
    pace, _ = settled(world.parts(), "OLD", Patience(limit_seconds=0.05))
    assert not pace.is_met
    world.harm = "drift"
    _, drift = settled(world.parts(), "OLD", Patience(limit_seconds=0.05))
    assert (drift.is_met, drift.found) == (False, "2 differ")


def test_what_is_waited_for_is_said_at_once_and_then_every_few_seconds(layout: Layout) -> None:
    world = world_in(layout)
    world.harm, told = "never catches up", list[str]()
    seconds = iter(range(1000))
    patience = Patience(limit_seconds=60, tell=told.append, now=lambda: next(seconds))
    pace, _ = settled(world.parts(), "OLD", patience)
    assert not pace.is_met
    assert told[0].startswith("waiting until what is written now is on the other side within 0.5 s")
    assert "60 s at most" in told[0]
    assert len(told) > 5
    assert "s of 60 s, 2 changes are not there yet" in told[1]
    assert told[-1] == "comparing what changed since the last comparison, twice"


def test_while_a_switch_is_prepared_status_says_what_it_waits_for(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_in(layout)
    opened(monkeypatch)
    seen: dict[str, str] = {}

    def waits(said: str) -> None:
        seen[said] = shown(layout)

    def tell(step: str) -> None:
        seen[step] = shown(layout)

    running.rehearse(layout, world.parts(), Asked(by="A", tell=tell, waits=waits))
    said = seen["waiting for what a test waits for"]
    assert "A SWITCH IS BEING PREPARED: waiting for what a test waits for" in said
    assert "nothing is held; S5 READS_NEW" in said
    assert "or says what is missing; to give up: moonlanding cutover abort" in said
    assert "PREPARED" not in seen["drain"]
    assert not (layout.parallel / FILE).exists()
    assert "no switch is under way" in shown(layout)


def test_ctrl_c_while_it_is_prepared_leaves_nothing(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_in(layout)
    opened(monkeypatch)

    def waits(said: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        running.go(layout, world.parts(), Asked(by="A", waits=waits))
    assert world.calls == []
    assert controller_service(layout).process() is None
    assert "no switch is under way" in shown(layout)


def test_what_a_killed_controller_waited_for_is_not_said_of_the_next_one(layout: Layout) -> None:
    world_in(layout)
    with controller_service(layout).only():
        (layout.parallel / FILE).write_text('{"process": 1, "said": "waiting"}')
        assert "no switch is under way" in shown(layout)


def test_an_abort_by_itself_reminds_of_the_fence_that_is_up_still(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_in(layout)
    opened(monkeypatch)
    world.harm = "drift"
    with pytest.raises(SwitchAborted) as without:
        running.go(layout, world.parts(), ASKED)
    assert "--lift" not in str(without.value)
    note_by_hand(layout, by="Ann")
    with pytest.raises(SwitchAborted, match=r"takes writes again.*`moonlanding cutover fence --by"):
        running.go(layout, world.parts(), ASKED)
    assert "fence --by NAME --lift" in read_records(layout)[-1].said
