"""Stages that judge the finished database: the proof, the ledger, each of the eight validators.

Holds calls of proof/ and validate/ as the assets make them. A verdict other than PASS ends the
measurement: how long a failing check takes is no figure.
"""

from collections.abc import Sequence
from contextlib import closing

from moonlanding_assets.bench.job import WHOLE, Done, Job
from moonlanding_assets.errors import BenchFailed
from moonlanding_assets.progress import Silent
from moonlanding_assets.proof.accounts import account
from moonlanding_assets.proof.inverse import prove
from moonlanding_assets.proof.sources import fraction_sources
from moonlanding_assets.validate.catalogue import VALIDATORS, announce, run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import Validator, Verdict


def prove_all(job: Job) -> Done:
    """Every document rebuilt from the database and compared."""
    sources = fraction_sources(job.layout, WHOLE, job.snapshots())
    database = job.layout.database(WHOLE)
    proof = prove(database, sources, workers=job.settings.workers, progress=Silent())
    if proof.difference_count:
        raise BenchFailed(f"{proof.difference_count} documents do not come back")
    return Done(documents=proof.documents)


def balance(job: Job) -> Done:
    """Both sides counted again, and everything that no declaration knows."""
    sources = fraction_sources(job.layout, WHOLE, job.snapshots())
    report, unknown = account(job.layout.database(WHOLE), sources, workers=job.settings.workers)
    if report.finding_count or unknown:
        raise BenchFailed(f"{report.finding_count} findings, {len(unknown)} things unknown")
    return Done(documents=report.documents)


def judge(job: Job, name: str) -> Done:
    """One validator over the whole database."""
    return _judged(job, [one for one in VALIDATORS if one.name == name])


def judge_all(job: Job) -> Done:
    """All eight as a run executes them: the documents are read once for all."""
    return _judged(job, VALIDATORS)


def _judged(job: Job, validators: Sequence[Validator]) -> Done:
    evidence = Evidence(
        job.layout, WHOLE, file_root=job.settings.file_root, workers=job.settings.workers
    )
    with closing(evidence):
        announce(validators, evidence)
        reports = [run(one, evidence) for one in validators]
    for one in reports:
        if one.verdict is not Verdict.PASS:
            raise BenchFailed(
                f"{one.name}: {one.verdict.value}, {one.finding_count} findings {one.error}"
            )
    documents = sum(one.manifest.documents for one in job.snapshots().values())
    return Done(documents=documents, parts={one.name: one.seconds for one in reports})
