"""Whose steps may work on a data directory: those of the run that holds its lease, no others."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from moonlanding_assets.errors import StepRefused, TargetBusy
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.load.steps_of import Mark, call, step_of
from moonlanding_assets.pipeline.in_workers import is_in_workers, mark_of
from moonlanding_assets.settings import Settings

MARK = Mark(run_id="r1", settings="s", code="c")


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """What a run holds the lease of, and has called its steps to."""
    with Lease(tmp_path / "migration"):
        call(tmp_path / "migration", MARK)
        yield tmp_path / "migration"


def test_steps_of_the_run_work_side_by_side(directory: Path) -> None:
    with step_of(directory, MARK), step_of(directory, MARK):
        pass
    assert (directory.parent / "migration.steps").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"run_id": "r2"}, "run has been replaced"),
        ({"code": "older"}, "other code of moonlanding_assets"),
        ({"settings": "else"}, "other settings than the run"),
    ],
)
def test_a_step_that_is_not_the_runs_is_refused(
    directory: Path, other: dict[str, str], said: str
) -> None:
    with (
        pytest.raises(StepRefused, match=said),
        step_of(directory, dataclasses.replace(MARK, **other)),
    ):
        pytest.fail("it worked")


def test_a_step_elsewhere_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(StepRefused, match="sees another directory"),
        step_of(tmp_path / "migration", MARK),
    ):
        pytest.fail("it worked")
    assert list(tmp_path.iterdir()) == []


def test_a_step_whose_run_is_gone_is_refused(tmp_path: Path) -> None:
    with Lease(tmp_path / "migration"):
        call(tmp_path / "migration", MARK)
    with (
        pytest.raises(StepRefused, match="nobody holds its lease"),
        step_of(tmp_path / "migration", MARK),
    ):
        pytest.fail("it worked")


def test_a_run_waits_for_no_step_of_an_earlier_one_and_does_not_begin(tmp_path: Path) -> None:
    with Lease(tmp_path / "migration"):
        call(tmp_path / "migration", MARK)
        with step_of(tmp_path / "migration", MARK):
            for mark in (None, dataclasses.replace(MARK, run_id="r2")):
                with pytest.raises(TargetBusy, match="a step of an earlier run still works"):
                    call(tmp_path / "migration", mark)
        assert call(tmp_path / "migration", None) == "r1"
        with pytest.raises(StepRefused), step_of(tmp_path / "migration", MARK):
            pytest.fail("it worked")


def test_who_called_steps_last_is_told_until_another_does(tmp_path: Path) -> None:
    with Lease(tmp_path / "migration"):
        told = [call(tmp_path / "migration", mark) for mark in (None, MARK, None, None, MARK)]
    assert told == [None, None, "r1", "r1", "r1"]


def test_a_step_that_is_killed_leaves_no_lock(directory: Path) -> None:
    child = os.fork()
    if child == 0:
        step_of(directory, MARK).__enter__()
        os._exit(0)
    os.waitpid(child, 0)
    call(directory, None)


def test_machines_may_differ_in_processes_and_in_nothing_else(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, friday_export=tmp_path, mwr_export=tmp_path, workers=2)
    more = dataclasses.replace(settings, workers=16)
    assert mark_of(settings, "r") == mark_of(more, "r")
    else_ = dataclasses.replace(settings, timestamp_storage="unix_seconds")
    assert mark_of(settings, "r").settings != mark_of(else_, "r").settings


@pytest.mark.parametrize(
    ("config", "answer"),
    [
        ({}, False),
        ({"execution": {}}, False),
        ({"execution": {"config": {"retries": {"enabled": {}}}}}, False),
        ({"execution": {"config": {"broker": {"env": "MOONLANDING_CELERY_BROKER"}}}}, True),
    ],
)
def test_a_broker_in_the_run_config_is_what_sends_steps_away(
    config: dict[str, object], answer: bool
) -> None:
    assert is_in_workers(config) is answer
