"""A data directory near its end, made by hand: a day of samples, an archive, the row in S9.

Holds no assertion. The samples are laid on the real clock of this machine as if a day had passed:
what reads them is tested with it, and nobody has watched anything.
"""

import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import sqlalchemy

from moonlanding_assets.cutover.archive.file import Archive
from moonlanding_assets.cutover.archive.making import Contents, make_archive
from moonlanding_assets.cutover.archive.restoring import RESTORED, Restoration, Restored
from moonlanding_assets.cutover.soak.sample import WALL, Sample, WallClock
from moonlanding_assets.cutover.switch.record import SwitchRecord, keep_record
from moonlanding_assets.parallel.forward.present_file import begin
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.progress import Silent
from moonlanding_assets.schema.catalogue import metadata
from moonlanding_assets.schema.sync import SYNC_TABLES
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.kept_documents import control_in
from moonlanding_assets_tests.phase_kit import with_snapshots
from moonlanding_assets_tests.soaking import day, keep

TO_S9 = "S1 S2 S3 S4 S5 S6 S7 S8 S8 S9"


def near_the_end(data: Path, *, states: str = TO_S9) -> Layout:
    """Snapshots, a database with its ledger and the sync's tables, a store, the row."""
    layout = with_snapshots(data)
    engine = sqlalchemy.create_engine(f"sqlite:///{layout.database('100%')}")
    metadata().create_all(engine)
    engine.dispose()
    with closing(sqlite3.connect(layout.database("100%"))) as connection, connection:
        for statement in SYNC_TABLES.values():
            connection.execute(statement)
    control_in(layout.parallel, states, percent=100)
    begin(present_file(layout), (), notes={"snapshot_time": "2026-02-05T12:00:00.000Z"})
    return layout


def as_if_until_now(samples: list[Sample]) -> list[Sample]:
    """The samples as the real clock would have them, the last one of this very moment."""
    clock = WallClock()
    shift = clock.elapsed() - samples[-1].elapsed
    return [
        replace(one, clock=WALL, boot=clock.boot, elapsed=one.elapsed + shift) for one in samples
    ]


def watched_a_day(layout: Layout, *, hours: float = 24.2, epoch: int = 1) -> None:
    """A good day of samples that ends now; epoch: of Moonlanding, after the last switch."""
    samples = as_if_until_now(day(hours=hours))
    keep(layout, [replace(one, epoch=one.epoch + epoch - 1) for one in samples])


def archived(layout: Layout, *, is_live: bool = True, is_restored: bool = True) -> Archive:
    """An archive, and the note that it came back equal."""
    contents = Contents(
        snapshots=layout.data / "snapshot",
        no_rules="an invented firm",
        is_live=is_live,
        is_with_ledger=True,
    )
    archive = make_archive(layout, contents, progress=Silent())
    if is_restored:
        restored = Restoration(
            seal=archive.manifest.seal,
            at=archive.manifest.made_at,
            systems={
                name: Restored(documents=one.documents, digest=one.digest, differing=())
                for name, one in archive.manifest.systems.items()
            },
        )
        (archive.directory / RESTORED).write_bytes(orjson.dumps(asdict(restored)))
    return archive


def noted_switch(layout: Layout) -> None:
    """The record of a switch, as phase 3.9 keeps it."""
    record = SwitchRecord(
        kind="go", verdict="PASS", said="S8 in epoch 1", by="Ann Example",
        began_at="2026-02-05T12:00:00.000Z", ended_at="2026-02-05T12:00:01.000Z",
        from_state="S5", from_epoch=0, to_state="S8", epoch=1, prechecks=(),
        seconds={"close gate": 0.02, "drain": 0.1}, hold_seconds=0.4,
        figures={"answers": 120, "answers_5xx": 0},
    )  # fmt: skip
    keep_record(layout, record)
