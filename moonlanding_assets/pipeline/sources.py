"""Which source a snapshot is taken from: a managed export, or the live database.

Holds the only place that decides it. Both go through the same build_snapshot.
"""

from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import Settings
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.manifest import Manifest
from moonlanding_assets.source.shard_reading import ExportSource
from moonlanding_assets.source.snapshot import build_snapshot


def take(system: str, project: Settings, stages: Stages) -> Manifest:
    """The snapshot of one system, taken now; raises SourceError."""
    return (
        _take_live(system, project, stages) if project.is_live else _read(system, project, stages)
    )


def _read(system: str, project: Settings, stages: Stages) -> Manifest:
    export = ManagedExport.open(project.export(system))
    with stages.work(f"read {system} export", export.document_count) as progress:
        return build_snapshot(
            ExportSource(system=system, export=export),
            project.layout.snapshot(system).parent,
            progress=progress,
            workers=project.workers,
        )


def _take_live(system: str, project: Settings, stages: Stages) -> Manifest:
    # Google's client costs a second of import, which nobody pays who reads exports.
    from moonlanding_assets.source.firestore import already_taken, open_live

    directory = project.layout.snapshot(system).parent
    manifest = already_taken(system, project.live, directory)
    if manifest is not None:
        stages.say(f"{system}: read at {manifest.snapshot_time} already, by the run that stopped")
        return manifest
    with open_live(system, project.live, directory, say=stages.say) as source:
        with stages.work(f"read {system} live", source.documents_left) as progress:
            manifest = build_snapshot(source, directory, progress=progress)
        source.finish(manifest)
    return manifest
