"""The project's Dagster instance, made from its dagster.yaml, so that nobody exports DAGSTER_HOME.

Paths in dagster.yaml lie below data/; here they move to the data directory of the settings. The
result is written as data/dagster/dagster.yaml, which makes data/dagster a DAGSTER_HOME that the
command line, the UI and Dagster's own tools share.
"""

import os
from pathlib import Path
from typing import Any

from dagster import DagsterInstance
from dagster_shared.yaml_utils import dump_run_config_yaml, safe_load_yaml

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.settings import Settings

PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]
STORAGES = (
    "run_storage",
    "event_log_storage",
    "schedule_storage",
    "local_artifact_storage",
    "compute_logs",
)


def open_instance(settings: Settings) -> DagsterInstance:
    """The instance that keeps this data directory's runs; the caller disposes of it."""
    return DagsterInstance.from_config(str(write_home(settings)))


def write_home(settings: Settings) -> Path:
    """Write dagster.yaml into the instance's directory; returns that directory.

    Raises SettingsError when the project's dagster.yaml is not there.
    """
    home = settings.data / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    text = dump_run_config_yaml(_moved(settings.data), sort_keys=False)
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text() != text:
        fresh = home / f".dagster.yaml.{os.getpid()}"
        fresh.write_text(text)
        fresh.replace(target)
    return home


def _moved(data: Path) -> dict[str, Any]:
    file = PROJECT_DIRECTORY / "dagster.yaml"
    if not file.exists():
        raise SettingsError(
            f"{file} is missing: install the project from its own directory (pip install -e .)"
        )
    config: dict[str, Any] = safe_load_yaml(file.read_text())
    for name in STORAGES:
        values = config[name]["config"]
        values["base_dir"] = str(data / Path(values["base_dir"]).relative_to("data"))
    return config
