"""The one executor of all jobs: in the run's process, unless its config names a broker."""

import importlib.util
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.executor.in_process import InProcessExecutor
from dagster_shared.yaml_utils import safe_load_yaml

from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.errors import EngineMissing
from moonlanding_assets.pipeline.executor import CONFIG, step_executor
from moonlanding_assets.pipeline.in_workers import WRITER_TAGS
from moonlanding_assets.pipeline.p3_load import database_app
from moonlanding_assets.pipeline.p5_phases import PHASE_ASSETS
from moonlanding_assets.settings import Settings

ROOT = Path(__file__).parents[2]


def made(config: dict[str, Any], tmp_path: Path) -> dg.Executor:
    """The executor of a run with this config."""
    settings = Settings(data=tmp_path, friday_export=tmp_path, mwr_export=tmp_path)
    executor = step_executor(settings)
    job = DEFINITIONS.resolve_job_def("phase_3_4")
    whole = {"retries": {"enabled": {}}, **config}
    make = executor.executor_creation_fn
    assert make is not None
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.InitExecutorContext(
            job=InMemoryJob(job), executor_def=executor, executor_config=whole, instance=instance
        )
        return make(context)


def test_without_a_word_steps_work_in_the_runs_process(tmp_path: Path) -> None:
    assert isinstance(made({}, tmp_path), InProcessExecutor)


@pytest.mark.skipif(
    importlib.util.find_spec("dagster_celery") is not None, reason="dagster-celery is here"
)
def test_a_broker_without_dagster_celery_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match=r"moonlanding-assets\[celery\]"):
        made({"broker": "redis://127.0.0.1:1/0"}, tmp_path)


def test_all_jobs_have_this_executor() -> None:
    jobs = DEFINITIONS.resolve_all_job_defs()
    assert {job.executor_def.name for job in jobs} == {"steps"}


def test_every_step_that_writes_a_database_goes_to_the_one_writer() -> None:
    written = (database_app, *PHASE_ASSETS)
    ours = {one.node_def.name for one in written}
    tagged = {
        node.name
        for job in DEFINITIONS.resolve_all_job_defs()
        for node in job.nodes
        if WRITER_TAGS.items() <= node.definition.tags.items()
    }
    assert tagged == ours


def test_the_shipped_run_config_is_one_of_the_executors() -> None:
    config = safe_load_yaml((ROOT / "cluster" / "celery.yaml").read_text())["execution"]["config"]
    assert set(config) < set(CONFIG)
    assert config["broker"] == {"env": "MOONLANDING_CELERY_BROKER"}
    assert config["config_source"]["task_acks_late"] is True
