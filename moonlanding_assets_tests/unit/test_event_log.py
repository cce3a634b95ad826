"""The pooled event log: used for real by the instance, read back by others, bounded in handles."""

import importlib.metadata
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.pipeline import instance as project_instance
from moonlanding_assets.pipeline.event_log import MAX_OPEN, PooledSqliteEventLogStorage
from moonlanding_assets.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]
MADE = ("create_timestamp", "migration_completed")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dg.job
def nothing() -> None:
    """A run without a step."""


@dg.asset(check_specs=[dg.AssetCheckSpec("good", asset="thing")])
def thing() -> Iterator[dg.MaterializeResult[None]]:
    """Something of everything that the index keeps."""
    yield dg.MaterializeResult(
        data_version=dg.DataVersion("1"), check_results=[dg.AssetCheckResult(passed=True)]
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"MOONLANDING_DATA": str(tmp_path / "data")})


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with project_instance.open_instance(settings) as opened:
        yield opened


def test_dagster_is_the_version_whose_private_names_are_used() -> None:
    assert importlib.metadata.version("dagster") == "1.13.27"
    assert "dagster==1.13.27" in (ROOT / "requirements.txt").read_text().splitlines()
    for name in ("_connect", "_initdb", "_has_asset_key_col_on_connection"):
        assert hasattr(SqliteEventLogStorage, name)


def test_the_project_instance_uses_it(instance: dg.DagsterInstance) -> None:
    assert type(instance.event_log_storage) is PooledSqliteEventLogStorage


def test_every_event_is_kept_as_the_stock_class_keeps_it(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    result = dg.materialize([thing], instance=instance, run_config=QUIET)
    events = instance.all_logs(result.run_id)
    kept = []
    for kind in (SqliteEventLogStorage, PooledSqliteEventLogStorage):
        log = kind(base_dir=str(tmp_path / kind.__name__))
        for event in events:
            log.store_event(event)
        kept.append([held(Path(log.path_for_shard(one))) for one in (result.run_id, "index")])
        log.dispose()
    assert kept[0] == kept[1]
    run, index = kept[1]
    assert len(run["event_logs"]) == len(events) > len(index["event_logs"])
    assert all(index[name] for name in ("asset_keys", "asset_event_tags", "asset_check_executions"))


def held(shard: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table; when one was made is the database's own."""
    with closing(sqlite3.connect(shard)) as connection:
        rows = {}
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            wanted = ", ".join(f'"{one}"' for one in columns if one not in MADE)
            rows[name] = connection.execute(f"SELECT {wanted} FROM {name}").fetchall()
    return rows


def test_what_the_index_has_is_asked_once(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, asked = instance.event_log_storage, []
    was = SqliteEventLogStorage.has_table

    def counted(self: SqliteEventLogStorage, table_name: str) -> bool:
        asked.append(table_name)
        return was(self, table_name)

    monkeypatch.setattr(SqliteEventLogStorage, "has_table", counted)
    assert [log.has_table("asset_event_tags") for _ in range(3)] == [True] * 3
    assert [log.has_table("not yet") for _ in range(2)] == [False] * 2
    assert asked == ["asset_event_tags", "not yet", "not yet"]


def test_many_runs_keep_few_connections_and_another_reads_them(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    handles = []
    runs = []
    for _ in range(MAX_OPEN + 4):
        runs.append(nothing.execute_in_process(instance=instance, run_config=QUIET).run_id)
        handles.append(len(os.listdir("/proc/self/fd")))
    assert handles[-1] - handles[MAX_OPEN] <= 2
    with project_instance.open_instance(settings) as other:
        assert {run.run_id for run in other.get_runs()} == set(runs)
        assert all(other.all_logs(run) for run in runs)


def test_everything_lies_below_the_data_directory(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    nothing.execute_in_process(instance=instance, run_config=QUIET)
    assert (settings.data / "dagster" / "history" / "runs.db").is_file()
    text = (settings.data / "dagster" / "dagster.yaml").read_text()
    assert text.count(str(settings.data)) == len(project_instance.STORAGES)
    assert "base_dir: data/" not in text


def test_one_writer_at_a_time_and_no_telemetry(instance: dg.DagsterInstance) -> None:
    pools = instance.event_log_storage.get_pool_config()
    assert (pools.default_pool_limit, str(pools.pool_granularity)) == (1, "PoolGranularity.OP")
    assert not instance.telemetry_enabled


def test_a_missing_dagster_yaml_is_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_instance, "PROJECT_DIRECTORY", tmp_path)
    with pytest.raises(SettingsError, match=r"dagster\.yaml is missing"):
        project_instance.open_instance(settings)


def test_a_run_that_goes_on_is_seen_by_who_watches_it(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    """What the run page of the UI lives on: events of another process, without a checkpoint."""
    run = instance.create_run_for_job(nothing)
    seen, told = threading.Event(), []

    def remember(entry: dg.EventLogEntry, _cursor: str) -> None:
        told.append(entry.message)
        seen.set()

    with project_instance.open_instance(settings) as other:
        instance.report_engine_event("before", run)
        other.watch_event_logs(run.run_id, None, remember)
        instance.report_engine_event("normalize: begins", run)
        assert seen.wait(60)
        other.end_watch_event_logs(run.run_id, remember)
    assert "normalize: begins" in told
