"""A live snapshot that is stopped, killed or too late: it goes on at its read time, or anew."""

import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from moonlanding_assets.errors import LiveReadError, ReadTimeRefused, SnapshotError
from moonlanding_assets.live_settings import Live
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.firestore_journal import FILE, Journal
from moonlanding_assets.source.manifest import Manifest
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.value import integer, timestamp_text
from moonlanding_assets_tests import fault_proxy as faults
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.fault_proxy import Call, Fault, FaultProxy
from moonlanding_assets_tests.live_kit import Lines, friday, live_of, mwr, put, take_live
from moonlanding_assets_tests.real.command import command, environment

PAGE = 20
TOO_OLD = "The requested snapshot version is too old."
EXTRA = {"myworkreview/users/list/later": {"n": integer(1)}}


@pytest.fixture(scope="module")
def proxy(emulator: FirestoreEmulator) -> Iterator[FaultProxy]:
    with faults.running(emulator.address, has_partitions=False) as started:
        yield started


@pytest.fixture
def name(emulator: FirestoreEmulator, proxy: FaultProxy) -> str:
    chosen = f"demo-{uuid.uuid4().hex[:12]}"
    put(emulator.address, f"{chosen}-friday", friday(f"{chosen}-friday", size=15))
    put(emulator.address, f"{chosen}-mwr", mwr(size=15))
    proxy.reset()
    return chosen


@pytest.fixture
def live(proxy: FaultProxy, name: str) -> Live:
    return live_of(proxy.address, name, page_size=PAGE, parallel=1)


@pytest.mark.parametrize("killed_in", ["friday", "mwr"])
def test_killed_at_a_page_it_goes_on_behind_the_last_one(
    emulator: FirestoreEmulator, proxy: FaultProxy, name: str, tmp_path: Path, killed_in: str
) -> None:
    layout = Layout(data=tmp_path / "data")
    _kill_at_page(proxy, layout.data, name, system=killed_in, page=3)
    journal = Journal.resume(layout.snapshot(killed_in).parent / f".{killed_in}.live")
    assert journal is not None
    read = journal.documents()
    journal.close()
    assert read == (_after(2) if killed_in == "mwr" else 2 * PAGE)
    with pytest.raises(SnapshotError):
        Snapshot.open(layout.snapshot(killed_in))
    _changed_since(emulator, name)
    proxy.reset()
    ended = subprocess.run(
        _command(layout.data, name), env=_environment(proxy), capture_output=True, text=True,
        cwd=tmp_path, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = {one: Snapshot.open(layout.snapshot(one)).manifest for one in ("friday", "mwr")}
    assert f"{killed_in}: going on at" in ended.stderr
    assert f"{read:,} of" in ended.stderr
    if killed_in == "mwr":
        assert "friday: read at" in ended.stderr
        assert proxy.documents == found["mwr"].documents - read
    else:
        assert proxy.documents == sum(one.documents for one in found.values()) - read
    assert found == _uninterrupted(emulator, name, found["friday"].snapshot_time, tmp_path)


def test_a_stopped_run_goes_on_and_ends_as_if_it_had_not_been_stopped(
    proxy: FaultProxy, live: Live, tmp_path: Path
) -> None:
    told = Lines()
    _stopped(proxy, live, tmp_path, after=4)
    assert (tmp_path / ".mwr.live").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / ".mwr.live").iterdir()} == {0o600}
    assert (tmp_path / ".live.json").stat().st_mode & 0o777 == 0o600
    proxy.reset()
    manifest = take_live("mwr", live, tmp_path, say=told)
    assert "going on at" in told.text
    assert proxy.documents == manifest.documents - _after(4)
    assert not (tmp_path / ".mwr.live").exists()
    assert manifest == _at(live, manifest.snapshot_time, tmp_path / "again")


def test_all_pages_read_it_needs_the_server_no_more(
    proxy: FaultProxy, live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stopped(proxy, live, tmp_path, after=1)
    proxy.reset()
    with monkeypatch.context() as patch:
        patch.setattr("moonlanding_assets.source.snapshot.to_json", _fail)
        with pytest.raises(ZeroDivisionError):
            take_live("mwr", live, tmp_path)
    proxy.reset(_refusing("UNAVAILABLE"))
    assert take_live("mwr", live, tmp_path).documents
    assert not proxy.calls


def test_the_read_time_has_expired_it_says_so_and_starts_over(
    emulator: FirestoreEmulator, proxy: FaultProxy, name: str, live: Live, tmp_path: Path
) -> None:
    told = Lines()
    old = _stopped(proxy, live, tmp_path, after=3)
    _changed_since(emulator, name)
    proxy.reset(_too_old(old))
    manifest = take_live("mwr", live, tmp_path, say=told)
    assert "no longer has" in told.text
    assert TOO_OLD in told.text
    assert "Starting over" in told.text
    assert manifest.collections["mwr/users"].documents == 1  # only what is there now
    assert proxy.documents == manifest.documents


def test_a_read_time_that_was_asked_for_and_has_expired_stops_the_run(
    proxy: FaultProxy, live: Live, tmp_path: Path
) -> None:
    old = _stopped(proxy, live, tmp_path, after=3)
    proxy.reset(_too_old(old))
    asked = Live(**{**vars(live), "read_time": timestamp_text(old)})
    with pytest.raises(ReadTimeRefused, match="keeps one hour"):
        take_live("mwr", asked, tmp_path)


def test_expired_while_it_reads_nothing_is_kept(
    proxy: FaultProxy, live: Live, tmp_path: Path
) -> None:
    proxy.reset(_refusing("FAILED_PRECONDITION", after=3, details=TOO_OLD))
    with pytest.raises(ReadTimeRefused, match="thrown away"):
        take_live("mwr", live, tmp_path)
    assert not list(tmp_path.glob(".*live*"))


def test_a_read_time_in_the_future_is_refused(live: Live, tmp_path: Path) -> None:
    asked = Live(**{**vars(live), "read_time": "2999-01-01T00:00:00Z"})
    with pytest.raises(ReadTimeRefused, match="in the future"):
        take_live("mwr", asked, tmp_path)


def test_another_project_starts_over_and_says_so(
    emulator: FirestoreEmulator, proxy: FaultProxy, live: Live, tmp_path: Path
) -> None:
    _stopped(proxy, live, tmp_path, after=3)
    proxy.reset()
    other = Live(**{**vars(live), "mwr_project": f"demo-{uuid.uuid4().hex[:12]}"})
    put(emulator.address, other.mwr_project, EXTRA)
    told = Lines()
    assert take_live("mwr", other, tmp_path, say=told).documents == 1
    assert f"read {_after(3):,} documents of another moment or place" in told.text


def test_another_read_time_starts_over(
    emulator: FirestoreEmulator, proxy: FaultProxy, name: str, live: Live, tmp_path: Path
) -> None:
    before = _at(live, "", tmp_path / "before")
    _changed_since(emulator, name)
    _stopped(proxy, live, tmp_path, after=0)
    proxy.reset()
    asked = Live(**{**vars(live), "read_time": before.snapshot_time})
    assert take_live("mwr", asked, tmp_path) == before


@pytest.mark.parametrize("left", [0, 100, 4096, 9000])
def test_a_journal_that_is_cut_short_is_not_gone_on_with(
    proxy: FaultProxy, live: Live, tmp_path: Path, left: int
) -> None:
    _stopped(proxy, live, tmp_path, after=2)
    for file in (tmp_path / ".mwr.live").glob(f"{FILE}-*"):
        file.unlink()
    with (tmp_path / ".mwr.live" / FILE).open("r+b") as journal:
        journal.truncate(left)
    proxy.reset()
    manifest = take_live("mwr", live, tmp_path)
    assert manifest == _at(live, manifest.snapshot_time, tmp_path / "again")


def test_a_project_put_right_is_read_at_a_new_time(
    emulator: FirestoreEmulator, tmp_path: Path
) -> None:
    name = f"demo-{uuid.uuid4().hex[:12]}"
    empty = live_of(emulator.address, name)
    with pytest.raises(SnapshotError, match="holds no document"):
        take_live("mwr", empty, tmp_path)
    put(emulator.address, f"{name}-mwr", EXTRA)
    assert take_live("mwr", empty, tmp_path).documents == 1


def _kill_at_page(proxy: FaultProxy, data: Path, name: str, *, system: str, page: int) -> None:
    stall = faults.Stall(after=1)
    seen = []

    def stop_there(call: Call) -> Fault | None:
        if call.rpc == "RunQuery" and call.request.parent.startswith(f"projects/{name}-{system}/"):
            seen.append(call)
            return stall if len(seen) == page else None
        return None

    proxy.reset(stop_there)
    with subprocess.Popen(
        _command(data, name), env=_environment(proxy), stderr=subprocess.PIPE, cwd=data.parent
    ) as process:
        assert stall.reached.wait(120), "the run never came so far"
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL


def _command(data: Path, name: str) -> list[str]:
    return command(
        data, "snapshot", "--source", "live", "--friday-project", f"{name}-friday",
        "--mwr-project", f"{name}-mwr", "--page-size", str(PAGE), "--parallel", "1",
    )  # fmt: skip


def _environment(proxy: FaultProxy) -> dict[str, str]:
    return {**environment(), "FIRESTORE_EMULATOR_HOST": proxy.address}


def _changed_since(emulator: FirestoreEmulator, name: str) -> None:
    put(emulator.address, f"{name}-mwr", EXTRA)


def _uninterrupted(
    emulator: FirestoreEmulator, name: str, read_time: str, directory: Path
) -> dict[str, Manifest]:
    live = live_of(emulator.address, name, read_time=read_time)
    return {one: take_live(one, live, directory / "whole") for one in ("friday", "mwr")}


def _stopped(proxy: FaultProxy, live: Live, directory: Path, *, after: int) -> int:
    """A run that fails after so many pages; its read time in us."""
    proxy.reset(_refusing("UNAVAILABLE", after=after))
    with pytest.raises(LiveReadError, match="the next run goes on where this one stopped"):
        take_live("mwr", live, directory)
    times = [call.request.read_time for call in proxy.calls if call.rpc == "RunQuery"]
    return int(times[0].ToMicroseconds())


def _after(pages: int) -> int:
    """Documents of mwr in so many pages: one is before the secret collection, the rest behind."""
    return 1 + (pages - 1) * PAGE


def _refusing(code: str, *, after: int = 0, details: str = "") -> faults.Plan:
    def plan(call: Call) -> Fault | None:
        is_late = call.rpc == "RunQuery" and call.number > after
        return faults.Status(grpc.StatusCode[code], details=details) if is_late else None

    return plan


def _too_old(read_time_us: int) -> faults.Plan:
    def plan(call: Call) -> Fault | None:
        if call.request.read_time.ToMicroseconds() != read_time_us:
            return None
        return faults.Status(grpc.StatusCode.FAILED_PRECONDITION, details=TOO_OLD)

    return plan


def _at(live: Live, read_time: str, directory: Path) -> Manifest:
    return take_live("mwr", Live(**{**vars(live), "read_time": read_time}), directory)


def _fail(_: object) -> bytes:
    raise ZeroDivisionError
