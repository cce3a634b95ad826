"""Phase 3.8 in Dagster: what its assets show, its checks without evidence, who looks by itself."""

import base64
import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
import pytest

from moonlanding_assets.parallel.drift.checking import only_check
from moonlanding_assets.parallel.service.process import say, sync_service
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.states import LAG
from moonlanding_assets.pipeline.metadata import LINE_POINTS, line_plot
from moonlanding_assets.pipeline.p5_drift import DRIFT_ASSETS
from moonlanding_assets.pipeline.p5_parallel import (
    parallel_shadow,
    parallel_state,
    parallel_sync,
)
from moonlanding_assets.pipeline.parallel_checks import SYNC, asked
from moonlanding_assets.pipeline.parallel_watch import PARALLEL_SCHEDULES, sync_and_gate
from moonlanding_assets.pipeline.resources import Beside
from moonlanding_assets.settings import Settings, read_settings
from moonlanding_assets_tests.evidence_of_change import good

SAID: Mapping[str, Any] = {
    "doing": "following", "problem": "", "lag_seconds": 0.4, "lag_held_seconds": 700.0,
    "systems": {}, "unsettled_systems": [], "lag_p95_seconds": 0.9, "applied": {"events": 3},
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = dataclasses.replace(read_settings({}), data=tmp_path / "data")
    made.layout.parallel.mkdir(parents=True)
    return made


def begun(settings: Settings, targets: str = "S1") -> None:
    control = Control(settings.layout.control)
    row = control.begin(evidence=good("", "S0"), by="a test")
    for target in targets.split():
        row = control.change(row, target, evidence=good(row.state, target), by="a test")


@contextmanager
def syncing(settings: Settings) -> Iterator[None]:
    """What a running sync holds and says."""
    with sync_service(settings.layout).only():
        say(settings.layout, SAID)
        yield


def looked_at(
    settings: Settings, *assets: dg.AssetsDefinition, instance: dg.DagsterInstance | None = None
) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        assets, resources={"beside": Beside.of(settings)}, raise_on_error=False, instance=instance,
        selection=[key for one in assets for key in one.keys],
    )  # fmt: skip


def verdicts(result: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, Any]]:
    return {
        one.check_name: (one.passed, str(one.description).partition(";")[0])
        for one in result.get_asset_check_evaluations()
    }


def metadata(result: dg.ExecuteInProcessResult) -> Mapping[str, Any]:
    (event,) = result.get_asset_materialization_events()
    return {name: one.value for name, one in event.materialization.metadata.items()}


def test_a_figure_that_is_not_there_is_no_pass() -> None:
    def judged(figures: Mapping[str, Any]) -> tuple[bool, Any]:
        result = asked("a_check", SYNC, (LAG,), figures)
        return result.passed, result.metadata["verdict"].value

    assert judged({}) == (False, "NO_EVIDENCE")
    assert judged({"lag_seconds": 2.0}) == (False, "FAIL")
    assert judged({"lag_seconds": 1.9}) == (True, "PASS")


def test_the_state_shows_what_the_next_one_asks_and_what_is_missing(settings: Settings) -> None:
    begun(settings)
    shown = metadata(looked_at(settings, parallel_state))
    assert (shown["state"], shown["reads"], shown["writes"]) == ("S1 TAILING", "OLD", "OLD")
    assert {one.data["to"] for one in shown["ways_on"].records} >= {"S2", "S0"}
    assert any("moonlanding" in str(one.data["command"]) for one in shown["missing"].records)


def test_before_it_has_begun_the_state_is_a_clean_failure(settings: Settings) -> None:
    result = looked_at(settings, parallel_state)
    assert not result.success
    (failure,) = [one for one in result.all_events if one.is_step_failure]
    assert "has not begun" in failure.step_failure_data.user_failure_data.description


def test_no_check_passes_where_nothing_runs_and_nothing_was_measured(settings: Settings) -> None:
    begun(settings)
    result = looked_at(settings, parallel_sync, parallel_shadow)
    assert result.success  # it looked; what it saw is in the checks
    assert verdicts(result) == {
        "sync_runs": (False, "FAIL: it does not run"),
        "gate_is_open": (False, "NO_EVIDENCE"),
        "lag_is_in_bound": (False, "NO_EVIDENCE"),
        "no_mismatch": (False, "NO_EVIDENCE"),
    }


def test_lags_of_before_are_drawn_with_the_one_of_now(settings: Settings) -> None:
    begun(settings)
    with dg.DagsterInstance.ephemeral() as instance, syncing(settings):
        for _ in range(3):
            result = looked_at(settings, parallel_sync, instance=instance)
    shown = metadata(result)
    assert verdicts(result)["sync_runs"][0]
    assert shown["lag_p95_seconds"] == 0.9
    assert shown["applied_events"] == 3


def test_a_line_is_small_enough_that_the_ui_shows_it_at_once() -> None:
    text, svg = drawn([float(n * n) for n in range(500)])
    assert len(text) < 1000
    points = svg.partition('points="')[2].partition('"')[0].split()
    assert len(points) == LINE_POINTS
    assert points[-1].endswith(",20")  # the newest is the greatest
    assert line_plot("nothing", []).value == "none"


def test_one_value_alone_is_seen_as_a_dot() -> None:
    assert '<circle cx="2" cy="20" r="2" fill="#47b"/>' in drawn([7.0])[1]


def drawn(values: list[float]) -> tuple[str, str]:
    """The plot as the UI is given it, and its SVG."""
    text = str(line_plot("seconds behind", values).value)
    return text, base64.b64decode(text.partition("base64,")[2].removesuffix(")")).decode()


def test_a_drift_check_that_cannot_be_made_is_a_clean_failure(settings: Settings) -> None:
    begun(settings)
    result = looked_at(settings, DRIFT_ASSETS[0])
    assert not result.success
    assert result.get_asset_check_evaluations() == []  # no evidence is no pass


def due(settings: Settings, number: int) -> Any:
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_schedule_context(instance, resources={"beside": Beside.of(settings)}) as context,
    ):
        return PARALLEL_SCHEDULES[number].evaluate_tick(context)


@pytest.mark.parametrize("number", [0, 1])
def test_schedules_run_while_something_is_kept_in_step_and_no_check_is_under_way(
    settings: Settings, number: int
) -> None:
    assert due(settings, number).run_requests == []
    begun(settings)
    assert len(due(settings, number).run_requests or ()) == 1
    with only_check(settings.layout):
        skipped = due(settings, number)
    assert skipped.run_requests == []
    assert "runs already" in str(skipped.skip_message)


def looked(settings: Settings, cursor: str | None = None) -> Any:
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(
            instance, cursor=cursor, resources={"beside": Beside.of(settings)}
        ) as context,
    ):
        return sync_and_gate(context)


def test_the_sensor_warns_once_and_says_when_it_is_over(settings: Settings) -> None:
    assert isinstance(looked(settings), dg.SkipReason)
    begun(settings)
    first = looked(settings)
    assert [(one.check_name, one.passed) for one in first.asset_events] == [
        ("sync_runs", False), ("gate_is_open", False),
    ]  # fmt: skip
    assert isinstance(looked(settings, first.cursor), dg.SkipReason)
    with syncing(settings):
        second = looked(settings, first.cursor)
    assert second.asset_events[0].passed
    assert orjson.loads(second.cursor) != orjson.loads(first.cursor)
