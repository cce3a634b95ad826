"""Phase 3.10 in Dagster: its gate, its check, its sign-off, and the same on the command line."""

from pathlib import Path

import dagster as dg
import pytest

from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.cutover.signoff import read_signatures
from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.pipeline.p6_end import END, END_ASSETS, END_SIGNOFF, PHASE_3_10
from moonlanding_assets.pipeline.p6_soak import DASHBOARD, SOAK_ASSETS
from moonlanding_assets.settings import Settings
from moonlanding_assets_tests.ending import archived, near_the_end, watched_a_day

CONFIG = {
    "ops": {
        "soak__dashboard": {"config": {"gateway": "http://127.0.0.1:9"}},
        "signoff__3_10": {"config": {"by": "Ann Example"}},
    }
}


def run(settings: Settings, *keys: dg.AssetKey) -> dg.ExecuteInProcessResult:
    config = {"ops": {name: one for name, one in CONFIG["ops"].items() if wanted(name, keys)}}
    resources = {"beside": settings, "soak_recipients": Recipients()}
    return dg.materialize(
        [*SOAK_ASSETS, *END_ASSETS], selection=list(keys), resources=resources, run_config=config,
        raise_on_error=False,
    )  # fmt: skip


def wanted(name: str, keys: tuple[dg.AssetKey, ...]) -> bool:
    return any(name.startswith(key.path[0]) and key != END for key in keys)


def settings_of(data: Path, *, states: str) -> Settings:
    near_the_end(data, states=states)
    return Settings(data=data, friday_export=data, mwr_export=data)


def test_before_the_switch_its_gate_is_shut(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data", states="S1 S2")
    assert not run(settings, END).success
    assert not (settings.layout.final / "report.json").exists()


def test_it_shows_what_is_left_and_passes_nothing_that_is_not_proved(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data", states="S1 S2 S3 S4 S5 S6 S7 S8 S8 S9")
    result = run(settings, DASHBOARD, END)
    assert result.success
    [check] = [one for one in result.get_asset_check_evaluations() if one.asset_key == END]
    assert (check.passed, check.metadata["verdict"].value) == (False, "under way")
    [made] = result.asset_materializations_for_node("phase__3_10")
    assert {"left_to_do", "phases", "page", "state"} <= set(made.metadata)
    assert (settings.layout.final / "report.html").is_file()


def test_a_sign_off_of_the_ui_is_the_same_as_one_of_the_command_line(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data", states="S1 S2 S3 S4 S5 S6 S7 S8 S8 S9")
    assert not run(settings, END_SIGNOFF).success
    watched_a_day(settings.layout)
    archived(settings.layout)
    assert run(settings, END_SIGNOFF).success
    (signature,) = read_signatures(settings.layout)
    assert (signature.phase, signature.by) == ("3.10", "Ann Example")


@pytest.mark.parametrize("key", [END, END_SIGNOFF])
def test_they_are_in_the_definitions(key: dg.AssetKey) -> None:
    assert key in DEFINITIONS.resolve_asset_graph().get_all_asset_keys()
    assert DEFINITIONS.resolve_job_def(PHASE_3_10.name) is not None
