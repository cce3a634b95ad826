"""A phase by Dagster's Celery executor: the same database as in one process, whatever dies.

Real Redis, real PostgreSQL, two workers as processes, by the files of cluster/.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from moonlanding_assets.cutover.phase_log import read_times
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests import celery_kit as kit
from moonlanding_assets_tests import cluster
from moonlanding_assets_tests.real.command import moonlanding
from moonlanding_assets_tests.real.parts import require

WRITERS = {"database__app", "phase__3_4"}


@pytest.fixture(scope="module", autouse=True)
def celery_is_here() -> None:
    """Skip with the reason where a part is missing, but fail when CI=true."""
    require(kit.what_is_missing())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kit.Services]:
    with kit.services(tmp_path_factory.mktemp("services")) as started:
        yield started


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A snapshot, and phase 3.4 in one process."""
    layout = Layout(data=tmp_path_factory.mktemp("made") / "data")
    for words in (("demo-data", "--scale", "400"), ("snapshot",), ("run", "3.4")):
        ended = moonlanding(layout.data, *words)
        assert ended.returncode == 0, ended.stderr
    return layout


@pytest.fixture
def layout(made: Layout, tmp_path: Path) -> Layout:
    """The same snapshot, and nothing made from it."""
    shutil.copytree(made.data, tmp_path / "data")
    for name in ("fraction", "phase", "backup"):
        shutil.rmtree(tmp_path / "data" / name)
    return Layout(data=tmp_path / "data")


def require_same(run: cluster.Process, found: kit.Services, layout: Layout, made: Layout) -> None:
    """The run ends well, with the database of one process; it began and ended once."""
    code, said = kit.ended(run, found)
    assert code == 0, said[-3000:]
    assert logical_digest(layout.database("1%")) == logical_digest(made.database("1%"))
    log = (layout.phase("3.4") / "log").read_text()
    assert len(re.findall(r" run \S+ (?:begins|ends)\n", log)) == 2, log
    times, before = (read_times(one.phase("3.4")) for one in (layout, made))
    assert times is not None
    assert before is not None
    assert {name: one.documents for name, one in times.stages.items()} == {
        name: one.documents for name, one in before.stages.items()
    }


def test_two_workers_give_the_same_database_and_one_of_them_writes_it(
    found: kit.Services, layout: Layout, made: Layout
) -> None:
    first = kit.worker(found, "w1", layout.data, kit.PARALLEL)
    writer = kit.worker(found, "w2", layout.data, kit.WRITER)
    with first, writer, kit.run(found, layout.data) as run:
        require_same(run, found, layout, made)
        told = kit.events(found, layout.data)
    assert told["status"] == "SUCCESS"
    took = {one["step"]: one["worker"] for one in told["events"] if one["worker"]}
    started = {one["step"]: one["pid"] for one in told["events"] if one["type"] == "STEP_START"}
    assert set(took) == set(started) > WRITERS
    assert {took[step].partition("@")[0] for step in WRITERS} == {"w2"}
    assert {took[step].partition("@")[0] for step in set(took) - WRITERS} == {"w1", "w2"}
    assert len(set(started.values())) == 2
    assert run.pid not in started.values()


@pytest.mark.parametrize("step", ["normalize", "database__app"])
def test_a_worker_that_is_killed_costs_time_and_nothing_else(
    step: str, found: kit.Services, layout: Layout, made: Layout
) -> None:
    begun, done = f" - {step} - STEP_START", f" - {step} - STEP_SUCCESS"
    worker = kit.worker(found, "killed", layout.data, kit.WRITER)
    with worker as killed, kit.run(found, layout.data) as run:
        cluster.wait_until(lambda: begun in killed.said(), run, found.directory / "run.log")
        cluster.kill_group(killed.process)
        assert done not in killed.said(), "the step was done before: nothing was tried"
        with kit.worker(found, "next", layout.data, kit.WRITER) as following:
            require_same(run, found, layout, made)
            assert begun in following.said()


def test_a_run_that_is_killed_with_its_writer_keeps_no_place_from_the_next(
    found: kit.Services, layout: Layout, made: Layout
) -> None:
    begun, done = " - database__app - STEP_START", " - database__app - STEP_SUCCESS"
    worker = kit.worker(found, "both", layout.data, kit.WRITER)
    with worker as writer, kit.run(found, layout.data) as run:
        cluster.wait_until(lambda: begun in writer.said(), run, found.directory / "run.log")
        cluster.kill_group(run)
        cluster.kill_group(writer.process)
        assert done not in writer.said(), "the step was done before: nothing was tried"
    shutil.rmtree(layout.data / "phase")
    again = kit.worker(found, "again", layout.data, kit.WRITER)
    with again, kit.run(found, layout.data) as run:
        require_same(run, found, layout, made)


def test_a_worker_with_another_data_directory_writes_nothing_and_the_run_can_be_repeated(
    found: kit.Services, layout: Layout, made: Layout, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(layout.data, other)
    before = sorted(other.rglob("*"))
    with kit.worker(found, "lost", other, kit.WRITER), kit.run(found, layout.data) as run:
        code, _ = kit.ended(run, found)
    assert code != 0
    said = (layout.phase("3.4") / "log").read_text()
    assert "StepRefused: " in said
    assert "this worker sees another directory than the run" in said
    assert sorted(other.rglob("*")) == before
    shutil.rmtree(layout.data / "phase")
    with kit.worker(found, "right", layout.data, kit.WRITER), kit.run(found, layout.data) as run:
        require_same(run, found, layout, made)


def test_a_worker_with_other_code_writes_nothing_and_ends_the_run(
    found: kit.Services, layout: Layout, tmp_path: Path
) -> None:
    (tmp_path / "old" / "moonlanding_assets").mkdir(parents=True)
    (tmp_path / "old" / "moonlanding_assets" / "__init__.py").write_text("")
    first = {"PYTHONPATH": str(tmp_path / "old")}  # where the package seems to be installed
    old = kit.worker(found, "old", layout.data, kit.WRITER, **first)
    with old, kit.run(found, layout.data) as run:
        code, _ = kit.ended(run, found)
    assert code != 0
    said = (layout.phase("3.4") / "log").read_text()
    assert "StepRefused: this worker has other code of moonlanding_assets than the run" in said
    assert not layout.fraction("1%").exists()
