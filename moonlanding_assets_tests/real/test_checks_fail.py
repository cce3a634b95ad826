"""The asset checks of a migrated file that somebody has changed: red, and naming the row."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from moonlanding_assets.pipeline.judging import judging
from moonlanding_assets.pipeline.p2_normalize import TABLE_KEYS
from moonlanding_assets.pipeline.p4_validate import VALIDATION_ASSETS, report_key
from moonlanding_assets.pipeline.resources import Project
from moonlanding_assets.pipeline.stages import LoggedStages
from moonlanding_assets.settings import Layout, read_settings
from moonlanding_assets.validate.catalogue import VALIDATORS

pytestmark = pytest.mark.timeout(900)

SPOILED = [
    (
        "pdf_coordinates",
        "migration_highlight_rects",
        "SELECT min(highlight_id) FROM migration_highlight_rects WHERE typeof(x1) = 'real'",
        "UPDATE migration_highlight_rects SET x1 = x1 + 0.5 "
        "WHERE highlight_id = ? AND typeof(x1) = 'real'",
    ),
    (
        "fk_constraints",
        "rfi",
        "SELECT min(id) FROM rfi",
        "UPDATE rfi SET engagement_id = 'nobody' WHERE id = ?",
    ),
    (
        "timestamps",
        "audit_logs",
        "SELECT min(id) FROM audit_logs",
        "UPDATE audit_logs SET created_at = '2001-01-01T00:00:00.000Z' WHERE id = ?",
    ),
]


def evaluated(
    data: Path, name: str, table: str, environment: Mapping[str, str] | None = None
) -> dict[str, dg.AssetCheckEvaluation]:
    """The check on the report and the check on the table, by Dagster, for the 1%."""
    [validator] = [one for one in VALIDATORS if one.name == name]
    report = report_key(validator)
    on_table = dg.AssetCheckKey(TABLE_KEYS[table], name)
    result = dg.materialize(
        VALIDATION_ASSETS,
        selection=dg.AssetSelection.assets(report) | dg.AssetSelection.checks(on_table),
        partition_key="1%",
        resources={
            "project": Project.of(
                read_settings({"MOONLANDING_DATA": str(data), **(environment or {})})
            ),
            "stages": LoggedStages(),
            "judging": judging,
        },
        raise_on_error=False,
    )
    found = result.get_asset_check_evaluations()
    return {one.asset_key.to_user_string(): one for one in found}


@pytest.mark.parametrize(("name", "table", "pick", "spoil"), SPOILED, ids=lambda part: part[:16])
def test_a_changed_row_turns_its_check_red_and_is_named(
    demo: tuple[Layout, str], tmp_path: Path, name: str, table: str, pick: str, spoil: str
) -> None:
    data = tmp_path / "data"
    shutil.copytree(demo[0].data, data)
    clean = evaluated(data, name, table)
    assert all(one.passed for one in clean.values())
    with closing(sqlite3.connect(Layout(data=data).database("1%"))) as connection:
        (row_id,) = connection.execute(pick).fetchone()
        assert connection.execute(spoil, (row_id,)).rowcount >= 1
        connection.commit()
    red = evaluated(data, name, table)
    assert set(red) == {f"validation/{name}", f"moonlanding/{table}"}
    assert not any(one.passed for one in red.values())
    on_table = red[f"moonlanding/{table}"]
    assert row_id in str(on_table.metadata["first_findings"].value)
    assert on_table.metadata["report"] == dg.MetadataValue.asset(dg.AssetKey(["validation", name]))
    assert on_table.description is not None
    assert on_table.description.startswith("FAIL")


def test_with_a_file_root_the_files_themselves_are_looked_up(
    demo: tuple[Layout, str], tmp_path: Path
) -> None:
    root = tmp_path / "bucket"
    with closing(sqlite3.connect(demo[0].database("1%"))) as connection:
        stored = connection.execute(
            "SELECT path, size FROM file WHERE storage_type = 'firebase' ORDER BY id"
        ).fetchall()
    assert len(stored) > 1
    for path, size in stored:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(bytes(size or 0))
    shutil.copytree(demo[0].data, tmp_path / "data")
    with_root = {"MOONLANDING_FILE_ROOT": str(root)}
    whole = evaluated(tmp_path / "data", "file_paths", "file", with_root)
    assert all(one.passed for one in whole.values())
    (root / stored[0][0]).unlink()
    red = evaluated(tmp_path / "data", "file_paths", "file", with_root)
    assert not any(one.passed for one in red.values())
    assert "file_missing" in str(red["moonlanding/file"].metadata["first_findings"].value)
