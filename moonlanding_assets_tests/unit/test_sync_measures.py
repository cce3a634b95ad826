"""Lag, holds, the server's clock, the one process, and what people decide: without a server."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.errors import LiveReadError, ServiceRefused, SyncError, TransitionRefused
from moonlanding_assets.parallel.forward.changes import set_event
from moonlanding_assets.parallel.forward.resolving import (
    ask_for_retry,
    events_aside,
    open_conflicts,
    retried_up_to,
    retry_what_was_asked,
    set_aside,
    settle,
)
from moonlanding_assets.parallel.forward.undeclared import undeclared
from moonlanding_assets.parallel.service.lag import WINDOW_SECONDS, Held, Lag
from moonlanding_assets.parallel.service.process import (
    FRESH_SECONDS,
    last_said,
    running_process,
    said_file,
    said_now,
    say,
    sync_service,
)
from moonlanding_assets.parallel.service.server_clock import ServerClock
from moonlanding_assets.parallel.state.advancing import advance, back, share
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.evidence import COMMANDS, EVIDENCE, evidence_for, lacking
from moonlanding_assets.parallel.state.states import STATE
from moonlanding_assets.parallel.state.transitions import TRANSITIONS, find
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.migrating import firm, s
from moonlanding_assets_tests.syncing import Rig, rig_of

PATH = "friday/clients/list/c7"
LATER = 1_900_000_000_000_000
WALKED = ("S1", "S2", "S3", "S4", "S5")


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_lag_is_the_greatest_of_the_last_seconds_or_of_what_waits() -> None:
    time = Time()
    lag = Lag(time)
    assert lag.seconds == 0.0
    lag.applied([0.5, 3.0, 0.1])
    assert lag.seconds == 3.0
    time.now += WINDOW_SECONDS + 1
    assert lag.seconds == 0.0
    lag.waits(time.now - 4)
    lag.waits()  # the older one counts
    assert lag.seconds == 4.0
    lag.applied([])
    assert lag.seconds == 0.0
    assert (lag.quantile(0.5), lag.quantile(0.95)) == (0.5, 3.0)


def test_a_hold_is_broken_by_a_change_by_nothing_and_by_not_looking() -> None:
    time = Time()
    held = Held(time, longest_gap_seconds=5)
    assert held.look("a") == 0
    time.now += 4
    assert held.look("a") == 4
    time.now += 4
    assert held.look("b") == 0
    time.now += 4
    assert held.look(None) == 0
    time.now += 1
    assert held.look("b") == 0
    time.now += 6  # longer than anybody may look away
    assert held.look("b") == 0


def test_the_server_clock_goes_on_between_answers_and_says_when_there_is_none() -> None:
    time, answers = Time(), iter([5_000_000])

    def ask() -> int:
        time.now += 0.25  # the way there and back: the answer is taken as late as it can be
        try:
            return next(answers)
        except StopIteration:
            raise LiveReadError("away") from None

    clock = ServerClock(ask, close=str, monotonic=time)
    assert clock.now_us() is None
    clock.look()
    assert clock.now_us() == 5_250_000
    time.now += 2
    assert (clock.now_us(), clock.silent_seconds) == (7_250_000, 0.0)
    clock.look()
    assert clock.problem == "LiveReadError"
    assert clock.silent_seconds == 2.25
    clock.stop()


def test_one_process_at_a_time_and_what_it_said_counts_only_while_it_runs(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path)
    assert (running_process(layout), said_now(layout)) == (None, {})
    service = sync_service(layout)
    with service.only():
        assert running_process(layout) == os.getpid()
        say(layout, {"doing": "following"})
        assert said_now(layout)["doing"] == "following"
        with pytest.raises(ServiceRefused, match=f"process {os.getpid()}"), service.only():
            pass
        text = said_file(layout).read_text()
        old = last_said(layout)["said_at_monotonic"] - FRESH_SECONDS - 1
        said_file(layout).write_text(f'{{"process": {os.getpid()}, "said_at_monotonic": {old}}}')
        assert said_now(layout) == {}
        said_file(layout).write_text(text)
    assert last_said(layout)["doing"] == "following"
    assert said_now(layout) == {}
    assert service.stop(wait_seconds=1) is None


def test_a_process_is_stopped_by_the_number_in_its_lease(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path)
    program = (
        "import pathlib, signal, sys\n"
        "from moonlanding_assets.parallel.service.process import sync_service\n"
        "from moonlanding_assets.settings import Layout\n"
        "with sync_service(Layout(data=pathlib.Path(sys.argv[1]))).only():\n"
        "    print('held', flush=True)\n"
        "    signal.sigwait({signal.SIGHUP})\n"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "held\n"
    assert running_process(layout) == started.pid
    assert sync_service(layout).stop(wait_seconds=60) == started.pid
    assert started.wait(60) != 0
    started.stdout.close()
    (layout.parallel / "sync.lease").write_text(f"{os.getpid()}\n")  # a number left behind
    assert running_process(layout) is None


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    documents = {path: dict(fields) for held in firm().values() for path, fields in held.items()}
    return rig_of(tmp_path_factory.mktemp("firm"), documents)


def test_a_quarantined_event_is_decided_by_a_person(base: Rig, tmp_path: Path) -> None:
    rig = base.copied(tmp_path / "rig")
    with rig.present() as present, rig.sync(present) as sync:
        sync.start()
        bad = set_event(PATH, "{", version=LATER)
        sync.apply((bad, set_event(PATH, "{", version=LATER + 5)))
        (aside,) = events_aside(rig.database)  # the same content once
        assert (aside.event_id, aside.reason) == (bad.event_id, "not_decodable")
        number = ask_for_retry(rig.database, bad.event_id, by="Ann")
        retry_what_was_asked(sync)
        assert retried_up_to(rig.database) == number
        assert not sync.is_gate_open
        with pytest.raises(SyncError, match="who takes it, and why"):
            set_aside(rig.database, bad.event_id, by="Ann", reason=" ")
        set_aside(rig.database, bad.event_id, by="Ann", reason="a broken document")
        assert sync.is_gate_open
        sync.apply((set_event(PATH, "{", version=LATER + 9),))  # a whole reading meets it again
        assert sync.is_gate_open
        with pytest.raises(SyncError, match="no event"):
            set_aside(rig.database, bad.event_id, by="Ann", reason="again")


def test_an_event_that_can_be_carried_now_leaves_the_quarantine(base: Rig, tmp_path: Path) -> None:
    rig = base.copied(tmp_path / "rig")
    with rig.present() as present, rig.sync(present) as sync:
        sync.start()
        bad = set_event(PATH, "{", version=LATER)
        sync.apply((bad,))
        good = canonical({"name": s("Alder")}).encode()
        with closing(sqlite3.connect(rig.database)) as connection, connection:
            connection.execute("UPDATE sync_quarantine SET payload = ?", (good,))
        ask_for_retry(rig.database, bad.event_id, by="Ann")
        retry_what_was_asked(sync)
        assert events_aside(rig.database) == ()
        known = present.document(PATH)
        assert known is not None
        assert known.version == LATER


def test_a_conflict_is_settled_once_and_shows_no_value(base: Rig, tmp_path: Path) -> None:
    rig = base.copied(tmp_path / "rig")
    with rig.present() as present, rig.sync(present) as sync:
        sync.start()
        with closing(sqlite3.connect(rig.database)) as connection, connection:
            connection.execute("UPDATE engagement SET scope = 'mine'")
        sync.sweep(is_repair=True)
        found = open_conflicts(rig.database)
        assert "mine" not in repr(found)
        for one in found:
            assert not sync.is_gate_open
            settle(rig.database, one.number, by="Ann", reason="seen")
        assert sync.is_gate_open
        with pytest.raises(SyncError, match="no open conflict"):
            settle(rig.database, one.number, by="Ann", reason="seen")


def test_what_no_declaration_knows_is_counted_from_the_snapshot_on(
    base: Rig, tmp_path: Path
) -> None:
    rig = base.copied(tmp_path / "rig")
    with rig.present() as present, rig.sync(present) as sync:
        sync.start()
        assert undeclared(rig.database) == {}
        odd = canonical({"name": s("Alder"), "newcomer": s("x")})
        sync.apply((set_event(PATH, odd, version=LATER),))
        sync.apply((set_event("friday/novel/list/n1", "{}", version=LATER),))
        found = undeclared(rig.database)
        assert list(found.values()) == [1, 1]
        assert any("newcomer" in one for one in found)
        sync.apply((set_event(PATH, canonical({"name": s("Alder")}), version=LATER + 1),))
        assert len(undeclared(rig.database)) == 1


def test_each_figure_up_to_s5_has_a_command_and_nothing_is_measured_that_nobody_asks() -> None:
    walked = [one for one in TRANSITIONS if one.kind == "advance" and one.target in WALKED]
    asked = {each.key for one in walked for each in one.asks}
    assert asked <= COMMANDS.keys()
    assert EVIDENCE.keys() <= {each.key for one in TRANSITIONS for each in one.asks}
    assert all(STATE[one.target] for one in walked)


def test_without_a_measure_nothing_is_shown_and_everything_is_lacking(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path / "data")
    for one in TRANSITIONS:
        if one.kind != "advance" or one.target not in WALKED:
            continue
        evidence = evidence_for(one, layout)
        told = lacking(one, evidence)
        assert {each.key for each in told} == {each.key for each in one.asks}
        assert all(each.command for each in told)


def test_a_state_changes_by_its_own_verb_and_only_on_evidence(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path / "data")
    with pytest.raises(TransitionRefused, match="has not begun"):
        advance(layout, "", by="Ann")
    control_in(layout.parallel, "S1 S2 S3 S4 S5")
    with pytest.raises(TransitionRefused, match="READS_CANARY"):
        share(layout, 50, by="Ann")
    with pytest.raises(TransitionRefused, match="no `advance`"):
        advance(layout, "S6", by="Ann")
    with pytest.raises(TransitionRefused, match="reason"):
        back(layout, "", by="Ann", reason=" ")
    assert back(layout, "", by="Ann", reason="slow").state == "S4"
    assert Control(layout.control).percent() == 0
    with pytest.raises(TransitionRefused, match="conflicts = 0; found missing"):
        share(layout, 50, by="Ann")
    assert back(layout, "S3", by="Ann", reason="slow").state == "S3"
    assert find("S3", "S4", epoch=0, has_journal=False) is not None
