"""Stages from documents to the published database: normalize, plan, load.

Holds calls of normalize/ and of the pipeline's load, as the assets make them.
"""

from moonlanding_assets.bench.job import WHOLE, Done, Job
from moonlanding_assets.load.files import discard
from moonlanding_assets.normalize.run import normalize
from moonlanding_assets.pipeline.p1_target import open_target
from moonlanding_assets.pipeline.p2_normalize import earliest
from moonlanding_assets.pipeline.p3_load import load_again
from moonlanding_assets.pipeline.p3_plan import keep_plan, plan_now
from moonlanding_assets.progress import Silent
from moonlanding_assets.proof.sources import fraction_sources


def make_rows(job: Job) -> Done:
    """Documents become stage files of every table, and the ledger."""
    snapshots = job.snapshots()
    report = normalize(
        sources=fraction_sources(job.layout, WHOLE, snapshots),
        snapshot_time=earliest(snapshots.values()),
        stage=job.layout.stage(WHOLE),
        workers=job.settings.workers,
        timestamp_storage=job.settings.timestamp_storage,
        progress=Silent(),
        existing=open_target(job.layout)[1],
    )
    documents = sum(sum(counts.values()) for counts in report.documents.values())
    return Done(documents=documents, rows=sum(report.rows.values()))


def make_plan(job: Job) -> Done:
    """What the load would do, kept as the load wants it."""
    plan = plan_now(job.settings, WHOLE)
    keep_plan(plan, job.layout, WHOLE)
    return Done(documents=sum(plan.documents.values()), rows=sum(plan.inserts.values()))


def load_rows(job: Job) -> Done:
    """The plan made again and carried out: a database built, indexed, checked and published."""
    discard(job.layout.database(WHOLE))  # of the run before: a first load has none to compare with
    plan_now(job.settings, WHOLE)
    report = load_again(job.settings, WHOLE, "bench")
    return Done(
        documents=report.rows["migration_documents"],
        rows=sum(report.rows.values()),
        parts=report.seconds,
    )
