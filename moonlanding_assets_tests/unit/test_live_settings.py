"""Settings of live reading: from the environment, options and Dagster; and what is refused."""

from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from moonlanding_assets.cli import cli
from moonlanding_assets.errors import AccessRefused, SettingsError
from moonlanding_assets.live_settings import Live
from moonlanding_assets.pipeline.resources import Project
from moonlanding_assets.progress import Silent
from moonlanding_assets.settings import Settings, read_settings
from moonlanding_assets.source.firestore import open_live
from moonlanding_assets.source.firestore_loading import fill
from moonlanding_assets.source.firestore_moment import wanted_us
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets_tests.live_kit import Lines

ENVIRONMENT = {
    "MOONLANDING_SOURCE": "live",
    "MOONLANDING_FRIDAY_PROJECT": "f",
    "MOONLANDING_MWR_PROJECT": "m",
    "MOONLANDING_FIRESTORE_DATABASE": "second",
    "MOONLANDING_READ_TIME": "2026-02-05T07:00:00Z",
    "MOONLANDING_PAGE_SIZE": "300",
    "MOONLANDING_PARALLEL": "3",
    "MOONLANDING_MAX_READS_PER_SECOND": "500",
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080",
}
LIVE = Live(
    friday_project="f",
    mwr_project="m",
    database="second",
    read_time="2026-02-05T07:00:00Z",
    emulator="127.0.0.1:8080",
    page_size=300,
    parallel=3,
    max_reads_per_second=500,
)


def test_everything_can_be_set_by_the_environment() -> None:
    settings = read_settings(ENVIRONMENT)
    assert settings.is_live
    assert settings.live == LIVE


def test_exports_are_read_unless_told_otherwise() -> None:
    assert not read_settings({}).is_live
    assert read_settings({}).live == Live()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MOONLANDING_SOURCE", "firestore"),
        ("MOONLANDING_PAGE_SIZE", "0"),
        ("MOONLANDING_PAGE_SIZE", "5001"),
        ("MOONLANDING_PAGE_SIZE", "many"),
        ("MOONLANDING_PARALLEL", "33"),
        ("MOONLANDING_MAX_READS_PER_SECOND", "-1"),
    ],
)
def test_what_cannot_be_understood_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError):
        read_settings({name: value})


def test_the_resource_carries_them_through_the_launchpad(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path, friday_export=tmp_path, mwr_export=tmp_path, is_live=True, live=LIVE
    )
    found = []

    @dg.op
    def look(project: dg.ResourceParam[Settings]) -> None:
        found.append(project)

    @dg.job
    def looking() -> None:
        look()

    def run(job: dg.JobDefinition, **options: object) -> None:
        assert job.execute_in_process(**options).success

    run(looking, resources={"project": Project.of(settings)})
    own = Project.of(read_settings({"MOONLANDING_DATA": str(tmp_path)}))
    config = {**own.model_dump(), "source": "live", "live": {"friday_project": "other"}}
    own_job = dg.Definitions(jobs=[looking], resources={"project": own}).resolve_job_def("looking")
    run(own_job, run_config={"resources": {"project": {"config": config}}})
    assert found[0] == settings
    assert found[1].is_live
    assert found[1].live == Live(friday_project="other")


def test_a_project_that_is_not_named_is_asked_for() -> None:
    with pytest.raises(SettingsError, match="--mwr-project, or MOONLANDING_MWR_PROJECT"):
        Live(friday_project="f").project("mwr")


@pytest.mark.parametrize("text", ["yesterday", "2026-02-05T07:00:00", "2026-02-30T07:00:00Z"])
def test_a_read_time_is_a_moment(text: str) -> None:
    with pytest.raises(SettingsError, match="is no moment"):
        wanted_us(text)


def test_a_read_time_may_have_any_offset_and_six_digits() -> None:
    assert wanted_us("") is None
    assert wanted_us("1970-01-01T02:00:00.000001+02:00") == 1
    assert wanted_us("2026-02-05T07:00:00Z") == 1_770_274_800_000_000


def test_options_of_live_reading_need_the_source(tmp_path: Path) -> None:
    environment = {"MOONLANDING_SOURCE": "", "MOONLANDING_DATA": str(tmp_path)}
    ended = CliRunner(env=environment).invoke(cli, ["snapshot", "--friday-project", "p"])
    assert isinstance(ended.exception, SettingsError)
    assert "add --source live" in str(ended.exception)


def test_without_credentials_it_says_how_to_log_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(AccessRefused, match="gcloud auth application-default login"):
        open_live("friday", Live(friday_project="p", mwr_project="q"), tmp_path, say=Lines())


def test_only_an_emulator_is_ever_filled() -> None:
    with pytest.raises(SettingsError, match="only an emulator is filled"):
        fill([("a/b", {})], Home(project="p", database="(default)"), progress=Silent())
