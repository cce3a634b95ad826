"""The demo keeps away from real data: each thing that it would replace stops it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.console.demo_guard import require_free_of_real_data
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.load.before import take_before
from moonlanding_assets.settings import SYSTEMS, Layout


def snapshots_of(layout: Layout, friday: str, mwr: str) -> None:
    for system, project in zip(SYSTEMS, (friday, mwr), strict=True):
        layout.snapshot(system).mkdir(parents=True)
        manifest = {"source": {"project": project}}
        (layout.snapshot(system) / "manifest.json").write_text(json.dumps(manifest))


def production(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT)")


def test_nothing_and_invented_data_are_free(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path)
    require_free_of_real_data(layout)
    snapshots_of(layout, "demo-friday", "demo-mwr")
    require_free_of_real_data(layout)


@pytest.mark.parametrize("projects", [("firm", "demo-mwr"), ("demo-friday", "firm"), ("", "")])
def test_a_snapshot_of_another_project_is_not_replaced(
    tmp_path: Path, projects: tuple[str, str]
) -> None:
    layout = Layout(data=tmp_path)
    snapshots_of(layout, *projects)
    with pytest.raises(SettingsError, match="snapshot of real data"):
        require_free_of_real_data(layout)


def test_a_production_database_is_not_replaced(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path)
    production(layout.database("100%"))
    with pytest.raises(SettingsError, match="is a production database"):
        require_free_of_real_data(layout)


def test_the_copy_of_a_production_database_is_not_forgotten(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path / "data")
    production(tmp_path / "elsewhere.db")
    take_before(
        layout.snapshot("moonlanding"),
        database=layout.database("100%"),
        target=tmp_path / "elsewhere.db",
    )
    with pytest.raises(SettingsError, match="copy of a production database"):
        require_free_of_real_data(layout)
