"""Stage 4, the verification: twelve checks of the finished file, one report, one step.

Holds the asset `verification/report`; what is asked and compared is in validate/. It reads and
never repairs; what it writes to is a copy of the file. It is no part of a migration's own run.
"""

from collections.abc import Iterator
from contextlib import closing

import dagster as dg

from moonlanding_assets.load.opening import reading, require_readable
from moonlanding_assets.pipeline.metadata import rows_table
from moonlanding_assets.pipeline.p1_source import COLLECTION_KEYS
from moonlanding_assets.pipeline.p3_load import DATABASE
from moonlanding_assets.pipeline.partitions import FRACTION, quiet_check_spec
from moonlanding_assets.pipeline.reports import keep_verification
from moonlanding_assets.pipeline.served_reports import report_link
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import SYSTEMS, Settings
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.twelve import TWELVE, verify
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets.validate.verification import Extent, remove_copies
from moonlanding_assets.validate.verification_report import Verification

GROUP = "4_verify"
VERIFICATION = dg.AssetKey(["verification", "report"])
SEED_TAG = "moonlanding/verification_seed"  # of a run: what is drawn; without it, of the file


@dg.asset(
    key=VERIFICATION,
    deps=[DATABASE, *COLLECTION_KEYS.values()],
    partitions_def=FRACTION,
    group_name=GROUP,
    kinds={"python", "sqlite"},
    code_version="1",
    check_specs=[
        quiet_check_spec(check.name, VERIFICATION, f"{number}. {check.title}. Only PASS passes.")
        for number, check in enumerate(TWELVE, 1)
    ],
    description="The twelve checks of the finished file: one report of all, for people and JSON.",
)
def verification_report(
    context: dg.AssetExecutionContext,
    project: dg.ResourceParam[Settings],
    stages: dg.ResourceParam[Stages],
) -> Iterator[dg.MaterializeResult[None]]:
    """Ask all twelve of one fraction's file, and keep the report."""
    if not context.has_partition_key:  # the UI's "Execute all" forgets it
        raise dg.Failure("Choose a partition: checks judge one fraction.", allow_retries=False)
    fraction = context.partition_key
    remove_copies(project.layout, fraction)
    evidence = Evidence(
        project.layout, fraction, file_root=project.file_root, workers=project.workers
    )
    extent = extent_of(project, context.run.tags.get(SEED_TAG, ""))
    with reading(evidence.database) as connection:
        require_readable(connection, evidence.database)  # else twelve checks would wait in turn
    with closing(evidence):
        found = verify(evidence, extent, watched=stages.work)
    file = keep_verification(found, project.layout)
    yield dg.MaterializeResult(
        metadata={
            "passed": found.count,
            "checks": rows_table(("check", "verdict", "compared", "findings"), _lines(found)),
            "seed": found.seed,
            "seconds": found.seconds,
            "report": report_link(project.layout, file),
            "page": dg.MetadataValue.md(found.markdown()),
        },
        check_results=[_checked(one.report) for one in found.checks],
    )


def extent_of(project: Settings, seed: str) -> Extent:
    """The exports that the snapshots came from, and the seed: of these settings unless given."""
    exports = {system: project.export(system) for system in SYSTEMS}
    return Extent(seed=seed, sample_seed=project.sample_seed, exports=exports)


def _lines(found: Verification) -> Iterator[tuple[str, str, int, int]]:
    for one in found.checks:
        report = one.report
        yield report.title, report.verdict.value, report.compared, report.finding_count


def _checked(report: Report) -> dg.AssetCheckResult:
    lines = [(one.table, one.kind, one.row_id, one.path, one.detail) for one in report.findings]
    said = f"{report.compared:,} compared, {report.finding_count:,} findings {report.error}"
    return dg.AssetCheckResult(
        asset_key=VERIFICATION,
        check_name=report.name,
        passed=report.verdict is Verdict.PASS,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{report.verdict.value}: {said.strip()}",
        metadata={
            "verdict": report.verdict.value,
            "compared": report.compared,
            "evidence_in_snapshot": report.evidence_in_snapshot,
            "findings": report.finding_count,
            "first_findings": rows_table(("table", "kind", "row", "path", "detail"), lines),
            "database_digest": report.database_digest,
        },
    )
