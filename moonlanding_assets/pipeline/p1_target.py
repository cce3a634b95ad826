"""Stage 0, the other side: the target as it was before the migration.

Holds the asset `snapshot/moonlanding`, taken with the snapshots of both systems. How it is copied
and kept is in load/before.py.
"""

from pathlib import Path

import dagster as dg

from moonlanding_assets.load.before import Before, open_before, take_before
from moonlanding_assets.load.existing import SchemaChanges, schema_changes
from moonlanding_assets.pipeline.metadata import RawMetadata, rows_table
from moonlanding_assets.pipeline.p1_source import SNAPSHOT_GROUP
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import Layout, Settings

TARGET = "moonlanding"
TARGET_KEY = dg.AssetKey(["snapshot", TARGET])


@dg.asset(
    key=TARGET_KEY,
    group_name=SNAPSHOT_GROUP,
    kinds={"sqlite"},
    code_version="1",
    description=(
        "The target as it was before the migration: a copy of the production database, if there "
        "is one, with its digests. All fractions are loaded beside its rows, which stay as they "
        "are; what is at the target itself is never written to."
    ),
)
def snapshot_target(
    project: dg.ResourceParam[Settings], stages: dg.ResourceParam[Stages]
) -> dg.MaterializeResult[None]:
    """Copy the production database; where it is the result of a migration, keep the copy."""
    layout = project.layout
    directory = layout.snapshot(TARGET)
    with stages.work("copy target"):
        before = take_before(directory, database=layout.database("100%"), target=project.target)
        copy = before.copy(directory)
        changes = SchemaChanges() if copy is None else schema_changes(copy)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(before.digest), metadata=_target(before, changes)
    )


def _target(before: Before, changes: SchemaChanges) -> RawMetadata:
    return {
        "dagster/row_count": sum(before.rows.values()),
        "kind": before.kind,
        "target": before.path,
        "digest": before.digest,
        "sha256": before.sha256,
        "rows": rows_table(("table", "rows"), before.rows.items()),
        "schema": rows_table(("change",), [(one,) for one in changes.made]),
        "refused": rows_table(("difference",), [(one,) for one in changes.refused]),
    }


def open_target(layout: Layout) -> tuple[Before, Path | None]:
    """The target before the migration, and the copy of it; raises SnapshotError."""
    directory = layout.snapshot(TARGET)
    before = open_before(directory)
    return before, before.copy(directory)
