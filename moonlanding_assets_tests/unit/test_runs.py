"""Runs of the command line: outcomes in plain words, the lease, and what a killed run leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.pipeline.killed_runs import COMMAND_LINE, COMMAND_LINE_TAG
from moonlanding_assets.pipeline.run import RunOutcome, run_job
from moonlanding_assets.progress import Progress, Silent
from moonlanding_assets.settings import Settings, read_settings

WANTED = dg.AssetKey("wanted")


class Unwatched:
    """Stages that nobody watches."""

    @contextmanager
    def work(self, stage: str, documents: int | None = None) -> Iterator[Progress]:
        """Watch nothing."""
        yield Silent()


@dg.asset(
    key=WANTED,
    check_specs=[dg.AssetCheckSpec("holds", asset=WANTED, blocking=True)],
    pool="sqlite_writer",
)
def wanted(project: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """An asset whose behaviour the data directory decides."""
    if (project.data / "damaged").exists():
        raise DamagedExport("output-0", "the checksum is wrong", offset=7)
    if (project.data / "broken").exists():
        raise ZeroDivisionError("by: zero")
    is_good = not (project.data / "bad").exists()
    return dg.MaterializeResult(
        check_results=[dg.AssetCheckResult(check_name="holds", passed=is_good)]
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return read_settings({"MOONLANDING_DATA": str(tmp_path / "data")})


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings) as opened:
        yield opened


def ran(settings: Settings, instance: dg.DagsterInstance) -> RunOutcome:
    """The outcome of a run of the one asset."""
    needed = {"project": dg.ResourceDefinition.none_resource(), "stages": Unwatched()}
    job = dg.define_asset_job("job", selection=[WANTED], executor_def=dg.in_process_executor)
    definitions = dg.Definitions(assets=[wanted], jobs=[job], resources=needed)
    resolved = definitions.resolve_job_def("job")
    return run_job(resolved, settings, stages=Unwatched(), instance=instance)


def test_a_good_run(settings: Settings, instance: dg.DagsterInstance) -> None:
    outcome = ran(settings, instance)
    assert (outcome.is_success, outcome.failure) == (True, None)
    run = instance.get_run_by_id(outcome.run_id)
    assert run is not None
    assert run.tags[".dagster/repository"] == "__repository__@moonlanding_assets"


@pytest.mark.parametrize(
    ("file", "kind", "message"),
    [
        ("damaged", "DamagedExport", "output-0 at byte 7: the checksum is wrong. Take the export"),
        ("broken", "ZeroDivisionError", "by: zero"),
    ],
)
def test_the_first_real_error_comes_out(
    settings: Settings, instance: dg.DagsterInstance, file: str, kind: str, message: str
) -> None:
    (settings.data / file).touch()
    failure = ran(settings, instance).failure
    assert failure is not None
    assert (failure.kind, failure.step) == (kind, "wanted")
    assert failure.message.startswith(message)
    assert "wanted" in failure.trace


def test_a_failed_check_is_red_and_no_failure(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    (settings.data / "bad").touch()
    outcome = ran(settings, instance)
    assert (outcome.is_success, outcome.failure) == (False, None)


def test_a_second_run_is_refused_while_one_holds_the_lease(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    with Lease(settings.data / "migration"):
        failure = ran(settings, instance).failure
    assert failure is not None
    assert failure.kind == "TargetBusy"
    assert "is migrating" in failure.message
    assert ran(settings, instance).is_success


def test_a_killed_run_blocks_nobody(settings: Settings, instance: dg.DagsterInstance) -> None:
    ran(settings, instance)
    killed = instance.create_run_for_job(
        dg.job(name="dead")(_nothing), tags={COMMAND_LINE_TAG: COMMAND_LINE}
    )
    instance.handle_run_event(killed.run_id, _started(killed.run_id))
    claim = instance.event_log_storage.claim_concurrency_slot(
        "sqlite_writer", killed.run_id, "wanted"
    )
    assert claim.is_claimed
    assert ran(settings, instance).is_success
    ended = instance.get_run_by_id(killed.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.FAILURE


def _nothing() -> None:
    """No step."""


def _started(_run_id: str) -> dg.DagsterEvent:
    return dg.DagsterEvent(event_type_value="PIPELINE_START", job_name="dead", message="started")
