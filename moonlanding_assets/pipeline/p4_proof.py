"""Stage 4, the proof: every document rebuilt from the database, and the ledger balanced.

Holds the assets `proof/inverse` and `proof/ledger` with the checks that gate; what is compared and
counted is in proof/.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing

import dagster as dg

from moonlanding_assets.pipeline.metadata import RawMetadata, rows_table
from moonlanding_assets.pipeline.p1_source import COLLECTION_KEYS, open_snapshots
from moonlanding_assets.pipeline.p3_load import DATABASE
from moonlanding_assets.pipeline.partitions import FRACTION, quiet_check_spec
from moonlanding_assets.pipeline.reports import keep, proof_report
from moonlanding_assets.pipeline.served_reports import report_link
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.proof.accounts import account
from moonlanding_assets.proof.inverse import Proof, prove
from moonlanding_assets.proof.ledger import LEAVES, OUTCOMES, LedgerReport
from moonlanding_assets.proof.sources import fraction_sources
from moonlanding_assets.settings import Layout, Settings
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import Verdict

GROUP = "4_validate"
INVERSE = dg.AssetKey(["proof", "inverse"])
LEDGER = dg.AssetKey(["proof", "ledger"])
COMES_BACK = "every_document_comes_back"
BALANCES = "everything_is_accounted_for"
KNOWN = "nothing_is_unknown"


@dg.asset(
    key=INVERSE,
    deps=[DATABASE, *COLLECTION_KEYS.values()],
    partitions_def=FRACTION,
    group_name=GROUP,
    kinds={"python", "sqlite"},
    code_version="1",
    check_specs=[
        quiet_check_spec(
            COMES_BACK,
            INVERSE,
            "Each document of the fraction, rebuilt from the SQLite file alone, has the same "
            "sha256 as in the snapshot. Declared secrets are in neither.",
        )
    ],
    description="The proof that nothing was lost: documents rebuilt from rows and residue.",
)
def proof_inverse(
    context: dg.AssetExecutionContext,
    project: dg.ResourceParam[Settings],
    stages: dg.ResourceParam[Stages],
) -> Iterator[dg.MaterializeResult[None]]:
    """Rebuild every document in worker processes and compare."""
    layout = project.layout
    sources = fraction_sources(layout, context.partition_key, open_snapshots(layout))
    began = time.perf_counter()
    with stages.work("prove") as progress:
        proof = prove(
            layout.database(context.partition_key),
            sources,
            workers=project.workers,
            progress=progress,
        )
    with closing(Evidence(layout, context.partition_key)) as evidence:
        report = proof_report(
            COMES_BACK,
            evidence,
            documents=proof.documents,
            findings=[(what, path) for path, what in proof.differences],
            finding_count=proof.difference_count,
            seconds=time.perf_counter() - began,
        )
    yield dg.MaterializeResult(
        metadata=_proof_metadata(proof), check_results=[_result(INVERSE, report, layout)]
    )


def _proof_metadata(proof: Proof) -> RawMetadata:
    shares = [
        (one.collection, one.documents, one.exact, one.leaves_mapped, one.leaves_residue)
        for one in proof.collections
    ]
    names = ("collection", "documents", "come back", "leaves in columns", "leaves in residue")
    return {
        "dagster/row_count": proof.documents,
        "differences": proof.difference_count,
        "collections": rows_table(names, shares),
    }


@dg.asset(
    key=LEDGER,
    deps=[DATABASE, *COLLECTION_KEYS.values()],
    partitions_def=FRACTION,
    group_name=GROUP,
    kinds={"python", "sqlite"},
    code_version="1",
    check_specs=[
        quiet_check_spec(
            BALANCES,
            LEDGER,
            "Per collection: documents read = loaded + merged + quarantined + declared, and "
            "leaf fields read = mapped + residue + quarantined + declared.",
        ),
        quiet_check_spec(
            KNOWN,
            LEDGER,
            "Every collection, field, kind of value and spelling is declared. What is not is kept, "
            "and `moonlanding declare --suggest` prints the declaration.",
        ),
    ],
    description="The accounts: one outcome for each document, one for each leaf field.",
)
def proof_ledger(
    context: dg.AssetExecutionContext,
    project: dg.ResourceParam[Settings],
    stages: dg.ResourceParam[Stages],
) -> Iterator[dg.MaterializeResult[None]]:
    """Count both sides again and compare with the ledger."""
    layout = project.layout
    sources = fraction_sources(layout, context.partition_key, open_snapshots(layout))
    began = time.perf_counter()
    with stages.work("balance the ledger"):
        report, unknown = account(
            layout.database(context.partition_key), sources, workers=project.workers
        )
    took = time.perf_counter() - began  # one pass for both checks
    with closing(Evidence(layout, context.partition_key)) as evidence:
        balances = proof_report(
            BALANCES,
            evidence,
            documents=report.documents,
            findings=[(what, where) for what, where, _ in report.findings],
            finding_count=report.finding_count
            + sum(not one.is_balanced for one in report.collections),
            seconds=took,
        )
        known = proof_report(
            KNOWN,
            evidence,
            documents=report.documents,
            findings=[(f"unknown_{one.what}", one.example) for one in unknown],
            finding_count=len(unknown),
            seconds=took,
        )
    yield dg.MaterializeResult(
        metadata=_ledger_metadata(report),
        check_results=[_result(LEDGER, one, layout) for one in (balances, known)],
    )


def _ledger_metadata(report: LedgerReport) -> RawMetadata:
    documents = [(one.collection, one.read, *one.documents) for one in report.collections]
    leaves = [(one.collection, one.leaves_read, *one.leaves) for one in report.collections]
    return {
        "dagster/row_count": report.documents,
        "documents": rows_table(("collection", "read", *OUTCOMES), documents),
        "leaves": rows_table(("collection", "read", *LEAVES), leaves),
    }


def _result(key: dg.AssetKey, report: Report, layout: Layout) -> dg.AssetCheckResult:
    """Keep the report, and say the same as a check."""
    file = keep(report, layout)
    is_passed = report.verdict is Verdict.PASS
    lines = [(one.kind, one.path) for one in report.findings]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=report.name,
        passed=is_passed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=(
            f"{report.verdict.value}: {report.compared:,} compared, "
            f"{report.finding_count:,} findings"
        ),
        metadata={
            "verdict": report.verdict.value,
            "compared": report.compared,
            "findings": report.finding_count,
            "first_findings": rows_table(("kind", "path"), lines),
            "database_digest": report.database_digest,
            "report": report_link(layout, file),
        },
    )


PROOF_ASSETS: Sequence[dg.AssetsDefinition] = (proof_inverse, proof_ledger)
