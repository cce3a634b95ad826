"""The demo through every stage by library calls, without Dagster. Holds no assertion."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from moonlanding_assets.load.before import open_before
from moonlanding_assets.load.published import TARGET_FILE_KEY, TARGET_KEY
from moonlanding_assets.load.target import build_candidate
from moonlanding_assets.normalize.run import TABLES, normalize
from moonlanding_assets.progress import Silent
from moonlanding_assets.settings import SYSTEMS, Layout, TimestampStorage
from moonlanding_assets.source.cut import cut
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.sampling import PLAN_FILE, plan
from moonlanding_assets.source.shard_reading import ExportSource
from moonlanding_assets.source.snapshot import Snapshot, build_snapshot
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.validate.evidence import Evidence

SMALL = Scale(friday=400, mwr=400)


def snapshots_of_demo(data: Path, *, scale: Scale = SMALL, seed: int = 1) -> Layout:
    """Both systems' exports written and read into snapshots."""
    layout = Layout(data=data)
    write_demo(data / "demo", scale=scale, seed=seed, progress=Silent())
    read_exports(layout)
    return layout


def read_exports(layout: Layout) -> None:
    """Both exports below the data directory into snapshots."""
    for system in SYSTEMS:
        export = ManagedExport.open(layout.demo_export(system))
        build_snapshot(
            ExportSource(system=system, export=export),
            layout.snapshot(system).parent,
            progress=Silent(),
        )


def migrate_fraction(
    layout: Layout, fraction: str, *, storage: TimestampStorage = "iso8601"
) -> Evidence:
    """One fraction cut, normalized and loaded; both sides of it."""
    snapshots = {system: Snapshot.open(layout.snapshot(system)) for system in SYSTEMS}
    plan(snapshots, fraction=fraction, seed=1, directory=layout.plan(fraction))
    sources = {}
    for snapshot in snapshots.values():
        for key in snapshot.collections:
            sources[key] = layout.source(fraction, key)
            file = layout.plan(fraction) / PLAN_FILE
            cut(snapshot.file(key), file, collection=key, target=sources[key])
    return _loaded(layout, fraction, sources, storage=storage)


def migrate_whole(layout: Layout, *, storage: TimestampStorage = "iso8601") -> Evidence:
    """All of the snapshots normalized and loaded, without a plan: cutting takes nothing off."""
    sources = {}
    for system in SYSTEMS:
        snapshot = Snapshot.open(layout.snapshot(system))
        for key in snapshot.collections:
            sources[key] = layout.source("100%", key)
            sources[key].parent.mkdir(parents=True, exist_ok=True)
            sources[key].hardlink_to(snapshot.file(key))
    return _loaded(layout, "100%", sources, storage=storage)


def _loaded(
    layout: Layout, fraction: str, sources: dict[str, Path], *, storage: TimestampStorage
) -> Evidence:
    snapshots = {system: Snapshot.open(layout.snapshot(system)) for system in SYSTEMS}
    stage, existing = layout.stage(fraction), None
    beside = {}
    if layout.snapshot("moonlanding").exists():  # else into an empty database
        before = open_before(layout.snapshot("moonlanding"))
        existing = before.copy(layout.snapshot("moonlanding"))
        beside = {TARGET_KEY: before.digest, TARGET_FILE_KEY: before.sha256}
    normalize(
        sources=sources,
        snapshot_time=_earliest(one.snapshot_time for one in snapshots.values()),
        stage=stage,
        workers=1,
        timestamp_storage=storage,
        progress=Silent(),
        existing=existing,
    )
    made_from = {f"{system}_snapshot_digest": one.digest for system, one in snapshots.items()}
    build_candidate(
        {table: stage / f"{table}.parquet" for table in TABLES},
        layout.database(fraction),
        timestamp_storage=storage,
        run={"timestamp_storage": storage, **made_from, **beside},
        existing=existing,
    )
    return Evidence(layout, fraction)


def _earliest(times: Iterable[str]) -> str:
    """The earliest of RFC 3339 texts, with milliseconds."""
    moment = min(map(datetime.fromisoformat, times))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
