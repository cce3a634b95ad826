"""The soak in Dagster: one sample of a run, a check a criterion, and no evidence is no pass."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.cutover.soak.criteria import CRITERIA
from moonlanding_assets.cutover.soak.monitor import Monitor, soak_service
from moonlanding_assets.cutover.soak.running import means_of
from moonlanding_assets.cutover.soak.sample import WALL
from moonlanding_assets.cutover.soak.store import read_samples
from moonlanding_assets.pipeline.p6_soak import SOAK_ASSETS, soak_every_minute
from moonlanding_assets.settings import Settings
from moonlanding_assets_tests.soaking import Day, errors, keep, watched

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    layout = watched(tmp_path).layout
    return Settings(data=layout.data, friday_export=tmp_path, mwr_export=tmp_path)


def looked(settings: Settings) -> dg.ExecuteInProcessResult:
    config = {"ops": {"soak__dashboard": {"config": {"gateway": NOBODY}}}}
    resources = {"beside": settings, "soak_recipients": Recipients()}
    return dg.materialize(SOAK_ASSETS, resources=resources, run_config=config)


def test_a_run_takes_one_sample_and_has_a_check_for_each_criterion(settings: Settings) -> None:
    result = looked(settings)
    assert result.success
    assert len(read_samples(settings.layout)) == 1
    found = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert list(found) == [one.key for one in CRITERIA]
    assert found["disk"].description.split(":")[0] in ("PASS", "FAIL")
    for name in ("errors", "drift", "conflicts", "backup"):
        assert not found[name].passed
        assert found[name].description.startswith("NO_EVIDENCE")
    [made] = result.asset_materializations_for_node("soak__dashboard")
    assert {"error_rate", "p95", "reverse_lag", "write-ahead_log", "criteria"} <= set(made.metadata)
    assert (settings.layout.parallel / "soak.html").is_file()


def test_while_a_monitor_watches_a_run_only_shows(settings: Settings) -> None:
    service = soak_service(settings.layout)
    with service.only():
        assert looked(settings).success
        with dg.build_schedule_context(resources={"beside": settings}) as context:
            assert isinstance(soak_every_minute(context), dg.SkipReason)
    assert read_samples(settings.layout) == ()
    with dg.build_schedule_context(resources={"beside": settings}) as context:
        assert isinstance(soak_every_minute(context), dg.RunRequest)


def test_a_criterion_that_is_met_turns_its_check_red(settings: Settings) -> None:
    with closing(Monitor(settings.layout, means_of(settings, gateway=NOBODY), say=print)) as own:
        real = own._means.clock  # the samples before are of this machine's last minutes
    world = Day()
    samples = world.calm()
    errors(world)
    samples += world.minutes(30)
    last = samples[-1].elapsed
    keep(
        settings.layout,
        [
            replace(one, clock=WALL, boot=real.boot, elapsed=real.elapsed() - last + one.elapsed)
            for one in samples
        ],
    )
    found = {one.check_name: one for one in looked(settings).get_asset_check_evaluations()}
    assert not found["errors"].passed
    assert found["errors"].severity == dg.AssetCheckSeverity.ERROR
    assert found["errors"].description.startswith("FAIL")
