"""Stages up to the source collections: exports read, snapshots taken, the sample planned and cut.

Holds calls of source/ as the assets make them, on the whole of the data.
"""

from moonlanding_assets.bench.job import WHOLE, Done, Job
from moonlanding_assets.load.before import take_before
from moonlanding_assets.pipeline.p1_target import TARGET
from moonlanding_assets.progress import Silent
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.cut import cut
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.sampling import PLAN_FILE, plan
from moonlanding_assets.source.shard_reading import ExportSource
from moonlanding_assets.source.snapshot import build_snapshot


def read_export(job: Job, system: str) -> Done:
    """Every document of an export decoded to canonical text and spilled, without order."""
    export = ManagedExport.open(job.settings.export(system))
    spilled = job.scratch / "spilled"
    spilled.mkdir()
    source = ExportSource(system=system, export=export)
    tally = source.spill(spilled, progress=Silent(), workers=job.settings.workers)
    return Done(documents=tally.systems.total())


def take_snapshots(job: Job) -> Done:
    """Both snapshots, and the one of the target: what `moonlanding snapshot` makes."""
    documents = 0
    for system in SYSTEMS:
        export = ManagedExport.open(job.settings.export(system))
        manifest = build_snapshot(
            ExportSource(system=system, export=export),
            job.layout.snapshot(system).parent,
            progress=Silent(),
            workers=job.settings.workers,
        )
        documents += manifest.documents
    take_before(job.layout.snapshot(TARGET), database=job.scratch / "none.db")
    return Done(documents=documents)


def plan_sample(job: Job) -> Done:
    """The plan of the 100% fraction, which takes a census of everything."""
    report = plan(
        job.snapshots(),
        fraction=WHOLE,
        seed=job.settings.sample_seed,
        directory=job.layout.plan(WHOLE),
    )
    return Done(documents=sum(report.sample.values()))


def cut_collections(job: Job) -> Done:
    """Every collection of both snapshots, cut to the plan."""
    documents = 0
    for snapshot in job.snapshots().values():
        for key in snapshot.collections:
            documents += cut(
                snapshot.file(key),
                job.layout.plan(WHOLE) / PLAN_FILE,
                collection=key,
                target=job.layout.source(WHOLE, key),
            )
    return Done(documents=documents)
