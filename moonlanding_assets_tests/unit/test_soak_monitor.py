"""The monitor: alerts once, restarts, the way back once, measures of real files, kill -9."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.cutover.soak.monitor import soak_service
from moonlanding_assets.cutover.soak.running import arm
from moonlanding_assets.cutover.soak.standing import read_standing
from moonlanding_assets.cutover.soak.store import SoakStore, read_arming, read_samples
from moonlanding_assets.cutover.soak.whole import soak_evidence
from moonlanding_assets.errors import ServiceRefused
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.soaking import LOST, Watched, watched


@pytest.fixture
def soak(tmp_path: Path) -> Watched:
    return watched(tmp_path)


def notices() -> list[tuple[str, str]]:
    return [(one["verdict"], one["step"]) for one in LOST]


def test_an_alert_comes_once_when_it_is_met_and_once_when_it_ends(soak: Watched) -> None:
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 8)
        assert notices() == []
        soak.world.figures["conflicts"] = 2.0
        soak.minutes(monitor, 5)
        assert notices() == [("FAIL", "conflicts, critical_issues")]
        assert "proposed: moonlanding cutover reverse" in LOST[0]["cause"]
        assert "sync conflicts that are open: 2 (too much: > 0)" in LOST[0]["cause"]
        soak.world.figures["conflicts"] = 0.0
        soak.minutes(monitor, 5)
    assert notices()[1:] == [("PASS", "conflicts")]
    assert len(read_samples(soak.layout, clock="fake")) == 18


def test_an_alert_is_not_said_again_after_a_restart(soak: Watched) -> None:
    with closing(soak.monitor()) as monitor:
        soak.world.figures["drift"] = 1.0
        soak.minutes(monitor, 2)
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 2)
        soak.world.figures["drift"] = 0.0
        soak.minutes(monitor, 2)
    assert notices() == [("FAIL", "drift, critical_issues"), ("PASS", "drift")]


def test_losing_sight_is_said_once_and_goes_nowhere(soak: Watched) -> None:
    called: list[str] = []
    soak.reverse = lambda layout, reason: called.append(reason)
    arm(soak.layout, is_armed=True, by="a test")
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 8)
        kept = soak.world.figures.pop("wal_bytes")
        soak.world.gateway.is_away = True
        soak.minutes(monitor, 9)
        soak.world.figures["wal_bytes"] = kept
        soak.world.gateway.is_away = False
        soak.minutes(monitor, 9)
    assert [word for word, _ in notices()][:2] == ["NO_EVIDENCE", "NO_EVIDENCE"]
    blind = [step for word, step in notices() if word == "NO_EVIDENCE"]
    assert sorted(", ".join(blind).split(", ")) == [
        "critical_issues",
        "errors",
        "p95",
        "slow",
        "wal",
    ]
    again = [step for word, step in notices() if word == "PASS"]
    assert sorted(", ".join(again).split(", ")) == [
        "critical_issues",
        "errors",
        "p95",
        "slow",
        "wal",
    ]
    assert called == []
    assert sum("gateway: not measured (OSError)" in line for line in soak.said) == 1


def test_a_notice_that_nobody_takes_is_sent_again(soak: Watched) -> None:
    soak.recipients = Recipients(call="moonlanding_assets_tests.soaking:nothing_of_the_kind")
    soak.world.figures["drift"] = 1.0
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 3)
    assert notices() == []
    assert sum("was not told" in line for line in soak.said) == 1
    soak.recipients = Recipients(call="moonlanding_assets_tests.soaking:told")
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 2)
    assert notices() == [("FAIL", "drift, critical_issues")]


def test_going_back_is_proposed_and_not_done_when_nobody_armed_it(soak: Watched) -> None:
    called: list[str] = []
    soak.reverse = lambda layout, reason: called.append(reason)
    soak.world.figures["drift"] = 1.0
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 3)
    assert called == []
    assert "proposed" in LOST[0]["cause"]


def test_an_armed_way_back_is_gone_once(soak: Watched) -> None:
    called: list[str] = []
    noted: list[bool] = []

    def reverse(layout: Layout, reason: str) -> None:
        noted.append(read_arming(layout, 1)[1] is not None)
        called.append(reason)

    soak.reverse = reverse
    arm(soak.layout, is_armed=True, by="Ann Example")
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 8)
        soak.world.figures |= {"drift": 1.0, "wal_bytes": 2.0**31}
        soak.minutes(monitor, 3)
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 3)
    [reason] = called
    assert noted == [True]  # before it was begun
    assert "documents that differ" in reason
    assert "write-ahead log" in reason
    arming, done = read_arming(soak.layout, 1)
    assert not arming.is_armed
    assert done is not None
    assert done.outcome == "done"
    assert ("PASS", "reverse switch") in notices()


def test_a_way_back_that_failed_waits_for_a_person(soak: Watched) -> None:
    called: list[str] = []

    def reverse(layout: Layout, reason: str) -> None:
        called.append(reason)
        raise RuntimeError("no")

    soak.reverse = reverse
    soak.world.figures["drift"] = 1.0
    soak.world.clock.seconds = 3600.0 * 24 * 20000  # later than the arming, by this clock
    arm(soak.layout, is_armed=True, by="Ann Example")
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 5)
    assert len(called) == 1
    assert read_arming(soak.layout, 1)[1].outcome == "failed: RuntimeError"  # type: ignore[union-attr]
    assert ("FAIL", "reverse switch") in notices()


def test_a_monitor_that_was_killed_while_it_went_back_goes_on_with_it(soak: Watched) -> None:
    called: list[str] = []
    soak.reverse = lambda layout, reason: called.append(reason)
    soak.world.figures["drift"] = 1.0
    arm(soak.layout, is_armed=True, by="Ann Example")
    with closing(SoakStore(soak.layout)) as store:
        store.note_reversal(1, reason="drift", at="2026-02-05T12:00:00+00:00", outcome="begun")
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 3)
    assert len(called) == 1


def test_before_the_switch_nothing_is_judged_and_nobody_goes_back(tmp_path: Path) -> None:
    soak = watched(tmp_path, states="S1 S2 S3 S4 S5")
    called: list[str] = []
    soak.reverse = lambda layout, reason: called.append(reason)
    arm(soak.layout, is_armed=True, by="Ann Example")
    soak.world.figures["drift"] = 1.0
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 4)
    assert (called, notices()) == ([], [])
    assert {one.state for one in read_samples(soak.layout, clock="fake")} == {"S5"}


def test_while_the_old_systems_are_put_away_going_back_is_only_proposed(tmp_path: Path) -> None:
    soak = watched(tmp_path, states="S1 S2 S3 S4 S5 S6 S7 S8 S8 S9 S10")
    called: list[str] = []
    soak.reverse = lambda layout, reason: called.append(reason)
    arm(soak.layout, is_armed=True, by="Ann Example")
    soak.world.figures["drift"] = 1.0
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 3)
    assert called == []
    assert notices() == [("FAIL", "drift, critical_issues")]


def test_a_day_of_the_monitor_in_seconds_is_labelled_and_no_evidence(soak: Watched) -> None:
    with closing(soak.monitor()) as monitor:
        monitor._store._connection.execute("PRAGMA synchronous = OFF")
        soak.minutes(monitor, 24 * 60 + 5)
    assert notices() == []
    found = read_standing(soak.layout, clock_name="fake", clock=soak.world.clock)
    assert (found.whole.verdict, found.whole.abort_criteria_met) == ("PASS", 0)
    assert (found.clock, found.as_json()["is_evidence"]) == ("fake", False)
    assert soak_evidence(soak.layout, clock=soak.world.clock) == {}
    assert soak_evidence(soak.layout) == {}


def test_what_cannot_be_measured_does_not_end_the_monitor(soak: Watched) -> None:
    soak.layout.control.unlink()
    soak.world.gateway.is_away = True
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 2)
    samples = read_samples(soak.layout, clock="fake")
    assert [(one.state, one.epoch, one.counters) for one in samples] == [("", -1, None)] * 2


def test_samples_are_only_added(soak: Watched) -> None:
    with closing(soak.monitor()) as monitor:
        soak.minutes(monitor, 1)
    with closing(sqlite3.connect(soak.layout.parallel / "soak.db")) as connection:
        for statement in ("DELETE FROM soak_sample", "UPDATE soak_sample SET state = 'S9'"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
    assert (soak.layout.parallel / "soak.db").stat().st_mode & 0o777 == 0o600


def started(layout: Layout, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "moonlanding_assets.cli", "--data", str(layout.data), "soak",
         "start", "--foreground", "--gateway", "http://127.0.0.1:9", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def seen(layout: Layout, count: int) -> None:
    """Wait until so many samples are kept."""
    pause = threading.Event()
    for _ in range(2400):
        if len(read_samples(layout)) >= count:
            return
        pause.wait(0.05)
    raise AssertionError("no sample came")


def test_a_monitor_that_is_killed_leaves_whole_samples_and_goes_on(soak: Watched) -> None:
    layout = soak.layout
    with started(layout) as first:
        seen(layout, 1)
        assert soak_service(layout).process() == first.pid
        with started(layout) as second:
            said = second.communicate(timeout=120)[0]
        assert second.returncode == 3
        assert f"runs already: the process {first.pid}" in said
        os.kill(first.pid, signal.SIGKILL)
    assert soak_service(layout).process() is None
    before = len(read_samples(layout))
    with started(layout) as third:
        seen(layout, before + 1)
        third.terminate()
        third.communicate(timeout=120)
    assert third.returncode == 0
    [one, *_, last] = read_samples(layout)
    assert (one.clock, one.state, one.boot) == ("wall", "S9", last.boot)
    assert last.seconds_since(one) > 0
    with closing(sqlite3.connect(layout.parallel / "soak.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_monitors_at_once_are_refused(soak: Watched) -> None:
    service = soak_service(soak.layout)
    with service.only(), pytest.raises(ServiceRefused, match="soak stop"), service.only():
        raise AssertionError("a second one got in")


def test_the_verbs_say_what_they_did(soak: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    from moonlanding_assets.cli import cli

    monkeypatch.setenv("MOONLANDING_DATA", str(soak.layout.data))

    def said(*words: str) -> str:
        result = CliRunner().invoke(cli, ["soak", *words])
        assert result.exit_code == 0, result.output
        return result.output

    assert "nobody watches" in said("status")
    assert "armed" in said("arm", "--by", "Ann Example")
    assert '"armed_by": "Ann Example"' in said("status", "--json")
    assert "disarmed" in said("disarm", "--by", "Ann Example")
    assert '"is_armed": false' in said("status", "--json")
    assert json.loads(said("arm", "--by", "Ann Example", "--json")) == {"is_armed": True}
    assert json.loads(said("disarm", "--by", "Ann Example", "--json")) == {"is_armed": False}
    assert "nobody watches" in said("stop")
    assert json.loads(said("stop", "--json")) == {"ended": None}
    assert "soak.html" in said("report")
    files = json.loads(said("report", "--json"))["files"]
    assert [Path(one).name for one in files] == ["soak.json", "soak.html"]
