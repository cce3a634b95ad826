"""The parts of the benchmark: processes really watched, results kept and read, names that exist."""

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from moonlanding_assets.bench.catalogue import STAGE, STAGES
from moonlanding_assets.bench.child import ROOMS
from moonlanding_assets.bench.processes import run_watched
from moonlanding_assets.bench.result import Line, Result, Run, read_results
from moonlanding_assets.bench.running import sizes_of
from moonlanding_assets.errors import BenchFailed, SettingsError
from moonlanding_assets.validate.catalogue import VALIDATORS

MIB = 2**20
GREEDY = """
import multiprocessing, sys
def take(size):
    held = bytearray(size)
    held[::4096] = b'x' * len(held[::4096])
    return sum(number * number for number in range(3_000_000))
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(take, [150 * 2**20, 20 * 2**20], chunksize=1)
    print("did it")
"""


def test_memory_and_time_of_every_process_are_seen(tmp_path: Path) -> None:
    program = tmp_path / "greedy.py"
    program.write_text(GREEDY)
    said = tmp_path / "said"
    ran = run_watched(
        [sys.executable, str(program)], environment=os.environ, directory=tmp_path, said=said
    )
    assert said.read_text() == "did it\n"
    assert 150 * MIB < ran.peak_bytes < 220 * MIB  # the greater worker, not both together
    assert ran.processes >= 2
    assert ran.cpu_seconds > 0
    assert ran.seconds > 0


def test_a_command_that_fails_gives_no_figure(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('why'); raise SystemExit(3)"]
    with pytest.raises(BenchFailed, match=r"ended with 3\nwhy"):
        run_watched(command, environment=os.environ, directory=tmp_path, said=tmp_path / "said")


def test_a_measured_process_ends_with_its_owner(tmp_path: Path) -> None:
    program = (
        "import threading, moonlanding_assets.bench.child as child;"
        "threading.Thread(target=child._end_with_owner).start(); print('ready', flush=True)"
    )
    child = [sys.executable, "-c", program]
    with subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(60) == 1


def test_every_stage_names_a_function_that_exists() -> None:
    for stage in STAGE.values():
        room = importlib.import_module(f"{ROOMS}.{stage.room}")
        assert callable(getattr(room, stage.call))
    judged = [one.given[0] for one in STAGES if one.call == "judge"]
    assert judged == [one.name for one in VALIDATORS]


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = Run(seconds=2.0, cpu_seconds=1.5, peak_bytes=3 * MIB, processes=1, documents=10, rows=30)
    slow = Run(seconds=5.0, cpu_seconds=4.5, peak_bytes=4 * MIB, processes=2, documents=10, rows=30)
    line = Line(name="load", title="load", kind="step", runs=(run, slow, run))
    assert (line.seconds, line.spread, line.peak_bytes) == (2.0, (2.0, 5.0), 4 * MIB)
    assert (line.documents_a_second, line.rows_a_second, line.processes) == (5.0, 15.0, 1)
    result = Result(
        recipe={"documents": 10},
        machine={"cores": 2},
        began_at="2026-02-05T12:00:00Z",
        ended_at="2026-02-05T12:01:00Z",
        lines={"load": line},
    )
    (tmp_path / "bench-1.json").write_text(json.dumps(result.content()))
    (tmp_path / "bench-0.json").write_text(json.dumps({**result.content(), "version": 0}))
    assert read_results(tmp_path) == [result]


def test_sizes_are_whole_numbers() -> None:
    assert sizes_of("2000, 1000,2000") == (1000, 2000)
    for wrong in ("", "1e6", "399", "1000,", "-5"):
        with pytest.raises(SettingsError, match="whole numbers"):
            sizes_of(wrong)


def test_an_interrupted_measurement_leaves_no_process(tmp_path: Path) -> None:
    owner = (
        "import os, sys; from pathlib import Path;"
        "from moonlanding_assets.bench.processes import run_watched;"
        "run_watched([sys.executable, '-c', 'import os, time; print(os.getpid(), flush=True);"
        "time.sleep(600)'], environment=os.environ, directory=Path('.'), said=Path('said'))"
    )
    os.mkfifo(tmp_path / "said")  # to read from it waits for what is said
    with subprocess.Popen(
        [sys.executable, "-c", owner], cwd=tmp_path, stderr=subprocess.DEVNULL
    ) as process:
        with (tmp_path / "said").open() as said:
            measured = os.pidfd_open(int(said.readline()))
        process.send_signal(signal.SIGINT)
        process.wait(60)
    with pytest.raises(ProcessLookupError):
        signal.pidfd_send_signal(measured, 0)
    os.close(measured)
