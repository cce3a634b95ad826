"""The whole way through the command line: exports, snapshot, three fractions, checks, refusals."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.settings import FRACTIONS, Layout
from moonlanding_assets_tests.real.command import command, environment, moonlanding

pytestmark = pytest.mark.timeout(900)


def counted(database: Path, statement: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(statement).fetchone()[0])


def test_three_databases_of_112_tables(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    for fraction in FRACTIONS:
        database = layout.database(fraction)
        tables = counted(
            database,
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'migration_%' AND name NOT LIKE 'sqlite_%'",
        )
        assert tables == 112, fraction
        assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert layout.database("100%").name == "app.db"
    assert counted(layout.database("100%"), "SELECT count(*) FROM engagements") > 0


def test_nobody_else_can_read_what_was_written(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    files = [path for path in layout.data.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {0}


def test_every_document_has_an_outcome(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    read = 0
    for system in ("friday", "mwr"):
        manifest = json.loads((layout.snapshot(system) / "manifest.json").read_text())
        read += manifest["documents"]
    total = "SELECT count(*) FROM migration_documents"
    counts = [counted(layout.database(fraction), total) for fraction in FRACTIONS]
    assert counts[2] == read
    assert 0 < counts[0] <= counts[1] < counts[2]


def test_the_summary_says_what_happened(demo: tuple[Layout, str]) -> None:
    layout, printed = demo
    for word in ("friday/users", "mwr/reviews", "highlight", "PDF coordinates", "Dagster itself"):
        assert word in printed
    assert "PASS" in printed
    assert str(layout.database("100%").name) in printed
    assert "http://127.0.0.1" in printed


def test_status_agrees_and_sees_a_changed_database(
    demo: tuple[Layout, str], tmp_path: Path
) -> None:
    layout, _ = demo
    data = tmp_path / "data"
    shutil.copytree(layout.data, data)
    ended = moonlanding(data, "status", "--json")
    assert ended.returncode == 0, ended.stderr
    status = json.loads(ended.stdout)
    assert [one["fraction"] for one in status["fractions"]] == list(FRACTIONS)
    verdicts = {check["verdict"] for one in status["fractions"] for check in one["checks"]}
    assert verdicts == {"PASS"} == {one["verdict"] for one in status["phases"]}
    with closing(sqlite3.connect(data / "app.db")) as connection:
        connection.execute("UPDATE highlight SET page_number = 1 + coalesce(page_number, 0)")
        connection.commit()
    ended = moonlanding(data, "status", "--json")
    assert ended.returncode == 1
    status = json.loads(ended.stdout)
    assert {check["verdict"] for check in status["fractions"][2]["checks"]} == {"STALE"}
    assert [one["verdict"] for one in status["phases"]] == ["PASS", "PASS", "STALE", "STALE"]
    assert status["next_step"] == "moonlanding run 3.6"


def test_again_gives_the_same_digest(demo: tuple[Layout, str], tmp_path: Path) -> None:
    shutil.copytree(demo[0].data, tmp_path / "data")
    layout = Layout(data=tmp_path / "data")
    before = logical_digest(layout.database("100%"))
    assert moonlanding(layout.data, "run", "3.6").returncode == 0
    assert logical_digest(layout.database("100%")) == before


def test_a_damaged_export_is_named_and_changes_nothing(
    demo: tuple[Layout, str], tmp_path: Path
) -> None:
    layout, _ = demo
    data = tmp_path / "data"
    shutil.copytree(layout.data, data)
    shard = max((data / "demo" / "friday").rglob("output-*"), key=lambda path: path.stat().st_size)
    flipped = bytearray(shard.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    shard.write_bytes(flipped)
    manifest = (data / "snapshot" / "friday" / "manifest.json").read_bytes()
    database = (data / "app.db").read_bytes()
    ended = moonlanding(data, "snapshot")
    assert ended.returncode == 3
    said = [line for line in ended.stderr.splitlines() if line.startswith("moonlanding: ")]
    assert len(said) == 1
    assert shard.name in said[0]
    assert "Traceback" not in ended.stderr
    assert (data / "snapshot" / "friday" / "manifest.json").read_bytes() == manifest
    assert (data / "app.db").read_bytes() == database


@pytest.mark.parametrize("made", ["nothing", "empty", "other"])
def test_what_is_no_export_is_refused(tmp_path: Path, made: str) -> None:
    place = tmp_path / "export"
    if made != "nothing":
        place.mkdir()
    if made == "other":
        (place / "readme.txt").write_text("hello")
    ended = moonlanding(
        tmp_path / "data", "snapshot", "--friday-export", str(place), "--mwr-export", str(place)
    )
    assert ended.returncode == 3
    assert str(place) in ended.stderr
    assert not (tmp_path / "data" / "snapshot" / "friday" / "manifest.json").exists()


def test_an_export_of_the_other_system_is_refused(demo: tuple[Layout, str], tmp_path: Path) -> None:
    layout, _ = demo
    mwr = str(layout.demo_export("mwr"))
    ended = moonlanding(tmp_path / "data", "snapshot", "--friday-export", mwr, "--mwr-export", mwr)
    assert ended.returncode == 3
    assert "friday" in ended.stderr
    assert not (tmp_path / "data" / "snapshot" / "friday" / "manifest.json").exists()


def test_a_second_migrator_is_refused(demo: tuple[Layout, str]) -> None:
    layout, _ = demo
    before = layout.database("1%").read_bytes()
    with Lease(layout.data / "migration"):
        ended = moonlanding(layout.data, "run", "3.4")
    assert ended.returncode == 3
    assert f"process {os.getpid()} is migrating" in ended.stderr
    assert layout.database("1%").read_bytes() == before


def test_ctrl_c_ends_quickly_and_the_next_run_is_whole(
    demo: tuple[Layout, str], tmp_path: Path
) -> None:
    layout, _ = demo
    data = tmp_path / "data"
    shutil.copytree(layout.data, data)
    digest = logical_digest(data / "app.db")
    for sent, expected in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
        with subprocess.Popen(
            command(data, "run", "3.6"), env=environment(), stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            seen = [process.stderr.readline() for _ in range(2)]  # the heading and a first stage
            process.send_signal(sent)
            rest = process.stderr.read()
            assert process.wait(60) == expected, (seen, rest)
        assert logical_digest(data / "app.db") == digest
    ended = moonlanding(data, "run", "3.6")
    assert ended.returncode == 0, ended.stderr
    assert logical_digest(data / "app.db") == digest
