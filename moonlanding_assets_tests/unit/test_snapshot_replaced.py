"""A snapshot takes the place of an older one whole, also when its process is killed."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from moonlanding_assets.errors import SnapshotError
from moonlanding_assets.source.replacing import previous_of, replaced
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.value import integer, string
from moonlanding_assets_tests.snapshots import build, snapshot_of

BUILD_FOREVER = """
import sys
from pathlib import Path
from moonlanding_assets.progress import Silent
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.shard_reading import ExportSource
from moonlanding_assets.source.snapshot import build_snapshot

export, directory = map(Path, sys.argv[1:])
while True:
    source = ExportSource(system="friday", export=ManagedExport.open(export))
    build_snapshot(source, directory, progress=Silent())
    print("built", flush=True)
"""
KILLS = 8
STOPPED = "was stopped while it replaced the snapshot"


def logs(word: str, count: int = 300) -> dict[str, dict[str, object]]:
    return {
        f"friday/logs/list/l{n}": {"review": string(word), "n": integer(n)} for n in range(count)
    }


def leftovers(directory: Path) -> list[str]:
    return [one.name for one in directory.glob(".friday.*") if one.name != ".friday.lock"]


def test_the_new_one_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    old = snapshot_of(tmp_path, "friday", logs("old"))
    new = snapshot_of(tmp_path, "friday", logs("new"))
    assert old.digest != new.digest
    assert Snapshot.open(tmp_path / "friday").digest == new.digest
    assert leftovers(tmp_path) == []


def test_killed_at_any_moment_it_leaves_a_whole_snapshot_or_none(tmp_path: Path) -> None:
    """Real kill -9 of a process that replaces a snapshot over and over."""
    old = snapshot_of(tmp_path / "data", "friday", logs("old"))
    new = snapshot_of(tmp_path / "other", "friday", logs("new"))
    export = tmp_path / "other" / "export of friday"
    chance = random.Random(20260205)
    found = []
    for _ in range(KILLS):
        _kill_within(export, tmp_path / "data", seconds=chance.uniform(0.0, 0.3))
        found.append(_what_is_left(tmp_path / "data" / "friday"))
    assert set(found) <= {old.digest, new.digest, STOPPED}
    assert new.digest in found
    snapshot_of(tmp_path / "data", "friday", logs("new"))
    assert leftovers(tmp_path / "data") == []


def _what_is_left(directory: Path) -> str:
    try:
        return Snapshot.open(directory).digest
    except SnapshotError as error:
        return STOPPED if STOPPED in str(error) else str(error)


def _kill_within(export: Path, directory: Path, *, seconds: float) -> None:
    command = [sys.executable, "-c", BUILD_FOREVER, str(export), str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "built\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def test_killed_between_the_two_moves_the_old_one_is_brought_back(tmp_path: Path) -> None:
    old = snapshot_of(tmp_path, "friday", logs("old"))
    os.rename(tmp_path / "friday", previous_of(tmp_path / "friday"))
    with pytest.raises(SnapshotError, match=STOPPED):
        Snapshot.open(tmp_path / "friday")
    with pytest.raises(ZeroDivisionError), replaced(tmp_path / "friday"):
        raise ZeroDivisionError
    assert Snapshot.open(tmp_path / "friday").digest == old.digest
    assert leftovers(tmp_path) == []


def test_killed_before_the_old_one_was_deleted_the_new_one_stays(tmp_path: Path) -> None:
    snapshot_of(tmp_path, "friday", logs("old"))
    os.rename(tmp_path / "friday", previous_of(tmp_path / "friday"))
    new = snapshot_of(tmp_path / "other", "friday", logs("new"))
    os.rename(new.directory, tmp_path / "friday")
    assert Snapshot.open(tmp_path / "friday").digest == new.digest
    build(tmp_path, "friday", logs("newer"))
    assert leftovers(tmp_path) == []


def test_a_half_written_directory_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), replaced(tmp_path / "friday") as building:
        _write_half(building)
    assert not (tmp_path / "friday").exists()
    assert leftovers(tmp_path) == []


def _write_half(directory: Path) -> None:
    (directory / "friday__logs.parquet").write_bytes(b"half")
    raise ZeroDivisionError


def test_only_one_process_writes(tmp_path: Path) -> None:
    with (
        replaced(tmp_path / "friday"),
        pytest.raises(SnapshotError, match="another process is writing it"),
    ):
        build(tmp_path, "friday", logs("x"))


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, "friday", logs("x", 3))
    assert snapshot.directory.stat().st_mode & 0o777 == 0o700
    for file in snapshot.directory.glob("*.parquet"):
        assert file.stat().st_mode & 0o777 == 0o600
