"""Live reading against the official emulator: the same snapshot as its managed export gives."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from moonlanding_assets.errors import LiveReadError, SnapshotError, WrongSystem
from moonlanding_assets.progress import Silent
from moonlanding_assets.source.firestore import already_taken
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.shard_reading import ExportSource
from moonlanding_assets.source.snapshot import Snapshot, build_snapshot
from moonlanding_assets.source.value import integer
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.fault_proxy import FaultProxy, running
from moonlanding_assets_tests.live_kit import (
    SECRET,
    Impatient,
    Lines,
    friday,
    impatient,
    live_of,
    mwr,
    put,
    rows_of,
    take_live,
)
from moonlanding_assets_tests.real.command import moonlanding
from moonlanding_assets_tests.snapshots import everything

TIMES = ("create_time", "update_time")


@pytest.fixture
def name() -> str:
    return f"demo-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def proxy(emulator: FirestoreEmulator) -> Iterator[FaultProxy]:
    with running(emulator.address) as started:
        yield started


@pytest.mark.parametrize("database", ["(default)", "second"])
@pytest.mark.parametrize("system", ["friday", "mwr"])
def test_live_and_export_give_the_same_snapshot(
    emulator: FirestoreEmulator,
    proxy: FaultProxy,
    name: str,
    tmp_path: Path,
    system: str,
    database: str,
) -> None:
    project = f"{name}-{system}"
    documents = friday(project, database=database) if system == "friday" else mwr()
    put(emulator.address, project, documents, database=database)
    live = take_live(system, live_of(proxy.address, name, database=database), tmp_path / "live")
    directory = emulator.export(project, tmp_path, database=database)
    export = ExportSource(system=system, export=ManagedExport.open(directory))
    exported = build_snapshot(export, tmp_path / "exported", progress=Silent())
    ours, theirs = (Snapshot.open(tmp_path / kind / system) for kind in ("live", "exported"))
    assert live.digest == exported.digest
    assert live.unknown == exported.unknown
    assert live.unknown
    assert live.withheld == exported.withheld
    assert {key: (one.file, one.documents) for key, one in live.collections.items()} == {
        key: (one.file, one.documents) for key, one in exported.collections.items()
    }
    rows, wanted = rows_of(ours), rows_of(theirs)
    assert all(row[time] is not None for row in rows.values() for time in TIMES)
    assert {path: {**row, **dict.fromkeys(TIMES)} for path, row in rows.items()} == wanted
    assert SECRET not in everything(ours)
    assert proxy.count("PartitionQuery") == 1
    assert (live.source.kind, live.source.project, live.source.database) == (
        "live_firestore",
        project,
        database,
    )


def test_the_secret_collection_is_never_asked_for(
    emulator: FirestoreEmulator, proxy: FaultProxy, name: str, tmp_path: Path
) -> None:
    put(emulator.address, f"{name}-mwr", mwr())
    manifest = take_live("mwr", live_of(proxy.address, name), tmp_path)
    assert manifest.withheld.collections == {"mwr/apis": 4}
    assert proxy.documents == manifest.documents
    asked = [call.request.structured_query for call in proxy.calls if call.rpc == "RunQuery"]
    assert all(query.end_at.values or query.start_at.values for query in asked)


def test_both_systems_are_read_at_one_moment(
    emulator: FirestoreEmulator, proxy: FaultProxy, name: str, tmp_path: Path
) -> None:
    put(emulator.address, f"{name}-friday", friday(f"{name}-friday"))
    put(emulator.address, f"{name}-mwr", mwr())
    live = live_of(proxy.address, name)
    first, second = (take_live(system, live, tmp_path) for system in ("friday", "mwr"))
    assert first.snapshot_time == second.snapshot_time
    times = {
        call.request.read_time.ToJsonString()
        for call in proxy.calls
        if call.request.HasField("read_time")
    }
    assert times == {first.snapshot_time}
    assert take_live("friday", live, tmp_path).snapshot_time > first.snapshot_time
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".live")] == []


def test_one_system_alone_is_read_as_it_is_now(
    emulator: FirestoreEmulator, name: str, tmp_path: Path
) -> None:
    live = live_of(emulator.address, name)
    put(emulator.address, f"{name}-mwr", mwr(size=2))
    first = take_live("mwr", live, tmp_path)
    assert already_taken("mwr", live, tmp_path) is None
    put(emulator.address, f"{name}-mwr", {"myworkreview/users/list/new": {"n": integer(1)}})
    again = take_live("mwr", live, tmp_path)
    assert again.documents == 1
    assert again.snapshot_time > first.snapshot_time


def test_a_read_time_gives_the_state_of_that_time(
    emulator: FirestoreEmulator, name: str, tmp_path: Path
) -> None:
    project = f"{name}-mwr"
    put(emulator.address, project, mwr())
    before = take_live("mwr", live_of(emulator.address, name), tmp_path / "before")
    put(emulator.address, project, {"myworkreview/users/list/new": {"n": integer(1)}})
    then = live_of(emulator.address, name, read_time=before.snapshot_time)
    again = take_live("mwr", then, tmp_path / "again")
    assert again == before
    now = take_live("mwr", live_of(emulator.address, name), tmp_path / "now")
    assert now.documents == 1


def test_what_a_person_is_told_before_it_starts(
    emulator: FirestoreEmulator, name: str, tmp_path: Path
) -> None:
    put(emulator.address, f"{name}-mwr", mwr())
    told = Lines()
    manifest = take_live("mwr", live_of(emulator.address, name), tmp_path, say=told)
    assert f"{manifest.documents} documents to read" in told.text
    assert "billed reads" in told.text
    assert manifest.snapshot_time in told.text


def test_reads_per_second_are_limited(
    emulator: FirestoreEmulator, name: str, tmp_path: Path
) -> None:
    put(emulator.address, f"{name}-mwr", mwr())
    tools = impatient()
    limited = live_of(emulator.address, name, max_reads_per_second=20, parallel=1)
    manifest = take_live("mwr", limited, tmp_path, tools=tools)
    assert isinstance(tools.clock, Impatient)
    assert manifest.documents / 20 < tools.clock.now < (manifest.documents + 60) / 20


def test_the_project_of_the_other_system_is_refused(
    emulator: FirestoreEmulator, name: str, tmp_path: Path
) -> None:
    put(emulator.address, f"{name}-friday", mwr())
    with pytest.raises(WrongSystem, match="this is not friday"):
        take_live("friday", live_of(emulator.address, name), tmp_path)


def test_a_project_that_is_not_there_is_empty_in_an_emulator(
    emulator: FirestoreEmulator, name: str, tmp_path: Path
) -> None:
    with pytest.raises(SnapshotError, match="holds no document"):
        take_live("friday", live_of(emulator.address, name), tmp_path)


def test_nothing_listens(tmp_path: Path) -> None:
    with pytest.raises(LiveReadError, match="UNAVAILABLE, 10 times in a row"):
        take_live("friday", live_of("127.0.0.1:9", "demo-none"), tmp_path)


def test_the_demo_in_an_emulator_by_two_commands(
    emulator: FirestoreEmulator, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    address = ("--load-emulator", emulator.address)
    loaded = moonlanding(data, "demo-data", "--scale", "400", "--json", *address)
    assert loaded.returncode == 0, loaded.stderr
    counts = json.loads(loaded.stdout)
    assert sum(counts["emulator"].values()) == sum(counts["documents"].values()) == 400
    projects = ("--friday-project", "demo-friday", "--mwr-project", "demo-mwr")
    taken = moonlanding(
        data, "snapshot", "--source", "live", *projects,
        extra={"FIRESTORE_EMULATOR_HOST": emulator.address},
    )  # fmt: skip
    assert taken.returncode == 0, taken.stderr
    assert "billed reads" in taken.stderr
    for system in ("friday", "mwr"):
        export = ManagedExport.open(data / "demo" / system)
        source = ExportSource(system=system, export=export)
        exported = build_snapshot(source, tmp_path / "exported", progress=Silent())
        assert Snapshot.open(data / "snapshot" / system).digest == exported.digest


def test_an_emulator_that_is_not_there_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ended = moonlanding(data, "demo-data", "--scale", "400", "--load-emulator", "127.0.0.1:9")
    assert ended.returncode == 3
    assert "no Firestore emulator answers at 127.0.0.1:9" in ended.stderr
