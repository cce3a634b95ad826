"""The engine spark: the same rows as in processes of this machine, also when a worker dies.

Real Spark: local[2] under the command line, a standalone cluster of two workers, a bucket.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests import cluster
from moonlanding_assets_tests.bad_values import every_value_in_every_place
from moonlanding_assets_tests.handmade import staged, write_sources
from moonlanding_assets_tests.real.command import environment, moonlanding
from moonlanding_assets_tests.real.parts import require
from moonlanding_assets_tests.same_stage import require_same

ROW_GROUP = 100  # many shards, so that a worker can die in the middle
LOCAL = "local[2]"


@dataclass(frozen=True)
class Plain:
    """Sources, and the stage that one process of this machine made of them."""

    sources: Mapping[str, Path]
    documents: int
    stage: Path


@pytest.fixture(scope="module", autouse=True)
def spark_is_here() -> None:
    """Skip with the reason where Spark is missing, but fail when CI=true."""
    require(cluster.what_is_missing())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """Every bad value in every place."""
    directory = tmp_path_factory.mktemp("plain")
    documents = every_value_in_every_place()
    sources = write_sources(directory / "source", documents, row_group=ROW_GROUP)
    staged(directory / "stage", sources)
    return Plain(sources, len(documents), directory / "stage")


@pytest.fixture(scope="module")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cluster.Standalone]:
    """A master and two workers."""
    with cluster.standalone(tmp_path_factory.mktemp("standalone")) as started:
        yield started


@contextmanager
def normalizing(directory: Path, plain: Plain, **spark: str) -> Iterator["subprocess.Popen[str]"]:
    """A normalize run on Spark into directory/stage, just started; gone when the block ends."""
    words = directory / "words.json"
    sources = {key: str(file) for key, file in plain.sources.items()}
    stage = str(directory / "stage")
    words.write_text(json.dumps({"sources": sources, "stage": stage, "spark": spark}))
    with subprocess.Popen(
        [str(cluster.PYTHON), "-m", "moonlanding_assets_tests.real.normalizing", str(words)],
        cwd=cluster.ROOT, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as started:  # fmt: skip
        try:
            yield started
        finally:
            started.kill()


def require_done(run: "subprocess.Popen[str]", directory: Path, plain: Plain) -> None:
    """The run ends well, counted every document once, and left what the local engine left."""
    said, complained = run.communicate(timeout=500)
    assert run.returncode == 0, complained
    assert said == f"{plain.documents}\n"
    require_same(directory / "stage", plain.stage)
    assert [one.name for one in directory.glob(".normalize-*")] == []


def test_a_phase_on_spark_gives_the_same_database(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path / "data")
    for words in (("demo-data", "--scale", "400"), ("snapshot",), ("run", "3.4")):
        ended = moonlanding(layout.data, *words)
        assert ended.returncode == 0, ended.stderr
    before = logical_digest(layout.database("1%"))
    shutil.rmtree(layout.fraction("1%"))
    on_spark = [str(cluster.PYTHON), "-m", "moonlanding_assets.cli", "--data", str(layout.data)]
    ended = subprocess.run(
        [*on_spark, "--engine", "spark", "--spark-master", LOCAL, "run", "3.4"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert logical_digest(layout.database("1%")) == before


def test_two_workers_give_the_same(
    tmp_path: Path, plain: Plain, standalone: cluster.Standalone
) -> None:
    with normalizing(tmp_path, plain, master=standalone.master) as run:
        require_done(run, tmp_path, plain)
    for directory in standalone.directories:
        assert list(directory.glob("app-*/*/stderr")), f"{directory.name} had nothing to do"


def test_a_worker_that_is_killed_changes_nothing(
    tmp_path: Path, plain: Plain, standalone: cluster.Standalone
) -> None:
    with normalizing(tmp_path, plain, master=standalone.master) as run:
        done = ".normalize-*/parts/migration_documents/*.parquet"
        shards = -(-plain.documents // ROW_GROUP)  # at least
        cluster.wait_until(
            lambda: len(list(tmp_path.glob(done))) >= 5, run, tmp_path / "words.json"
        )
        cluster.kill_group(standalone.workers[1])
        at_the_kill = len(list(tmp_path.glob(done)))
        assert at_the_kill < shards, "all was done before the worker died: nothing was tried"
        require_done(run, tmp_path, plain)
    assert standalone.workers[0].poll() is None
