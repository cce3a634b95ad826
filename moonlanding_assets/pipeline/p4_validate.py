"""Stage 4: both sides compared. Each validator is an asset (its report) and checks on its tables.

Report and checks come from one step, so a check is never older than its report. `passes` blocks:
it turns the run red. A check on one table says what was compared there. The validators read the
snapshot and the SQLite file; nothing here decides a verdict.

Dagster's decorators allow checks on an asset's own key only, so the definition is spelled out.
"""

import dataclasses
from collections.abc import Iterator

import dagster as dg

from moonlanding_assets.pipeline.judging import Judging, op_name
from moonlanding_assets.pipeline.metadata import RawMetadata, rows_table
from moonlanding_assets.pipeline.p1_source import COLLECTION_KEYS
from moonlanding_assets.pipeline.p2_normalize import TABLE_KEYS
from moonlanding_assets.pipeline.p3_load import DATABASE
from moonlanding_assets.pipeline.partitions import FRACTION, quiet_check_spec
from moonlanding_assets.pipeline.reports import keep
from moonlanding_assets.pipeline.served_reports import report_link
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import Layout, Settings
from moonlanding_assets.validate.catalogue import VALIDATORS, run
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import Finding, TableResult, Validator, Verdict

GROUP = "4_validate"
PASSES = "passes"
REPORT = "report"

_FINDING = [field.name for field in dataclasses.fields(Finding)]

Emitted = dg.MaterializeResult[None] | dg.AssetCheckResult


def report_key(validator: Validator) -> dg.AssetKey:
    """The asset that is the validator's report."""
    return dg.AssetKey(["validation", validator.name])


def report_spec(validator: Validator) -> dg.AssetSpec:
    """The report as an asset: it reads the snapshot's collections and the database."""
    return dg.AssetSpec(
        report_key(validator),
        deps=[DATABASE, *COLLECTION_KEYS.values()],
        partitions_def=FRACTION,
        group_name=GROUP,
        kinds={"python", "sqlite"},
        description=f"{validator.title}: the report of what was compared on both sides.",
    )


def judged(validator: Validator) -> list[str]:
    """The tables among the assets that the validator has a check on."""
    return [table for table in validator.tables if table in TABLE_KEYS]


def check_specs(validator: Validator) -> list[dg.AssetCheckSpec]:
    """The verdict on the report, and one check on each table it judges."""
    whole = quiet_check_spec(
        PASSES,
        report_key(validator),
        "The verdict of the validator. Only PASS passes; it blocks what follows.",
    )
    tables = [
        quiet_check_spec(
            validator.name,
            TABLE_KEYS[table],
            f"{validator.title}: what was compared in the database's `{table}`.",
            is_blocking=False,
        )
        for table in judged(validator)
    ]
    return [whole, *tables]


def validator_asset(validator: Validator) -> dg.AssetsDefinition:
    """One validator: report and checks from one step; any part of them may be asked for."""
    key = report_key(validator)
    checks = {spec.get_python_identifier(): spec for spec in check_specs(validator)}
    optional = dg.Out(dg.Nothing, is_required=False)

    @dg.op(
        name=op_name(validator),
        ins={"database": dg.In(dg.Nothing)},
        out={REPORT: optional, **dict.fromkeys(checks, optional)},
        code_version="1",
    )
    def judge(
        context: dg.AssetExecutionContext,
        project: dg.ResourceParam[Settings],
        stages: dg.ResourceParam[Stages],
        judging: dg.ResourceParam[Judging],
    ) -> Iterator[Emitted]:
        if not context.has_partition_key:  # the UI's "Execute all" forgets it
            raise dg.Failure("Choose a partition: checks judge one fraction.", allow_retries=False)
        with stages.work(f"validate {validator.name}"):
            report = run(validator, judging.evidence(context, project))
        keep(report, project.layout)
        if key in context.selected_asset_keys:
            yield _materialized(key, report, project.layout)
        for spec in checks.values():
            if spec.key in context.selected_asset_check_keys:
                yield _checked(spec, report)

    return dg.AssetsDefinition(
        node_def=judge,
        keys_by_input_name={"database": DATABASE},
        keys_by_output_name={REPORT: key},
        check_specs_by_output_name=checks,
        can_subset=True,
        specs=[report_spec(validator)],
    )


VALIDATION_ASSETS = [validator_asset(validator) for validator in VALIDATORS]


def _materialized(key: dg.AssetKey, report: Report, layout: Layout) -> dg.MaterializeResult[None]:
    file = layout.report(report.fraction, report.name)
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "report": dg.MetadataValue.md(report.markdown()),
            "report_json": report_link(layout, file),
            "verdict": report.verdict.value,
            "compared": report.compared,
            "findings": report.finding_count,
            "database_digest": report.database_digest,
            "seconds": report.seconds,
        },
    )


def _checked(spec: dg.AssetCheckSpec, report: Report) -> dg.AssetCheckResult:
    """The whole verdict, or one table's; a table the report does not name did not pass."""
    if spec.name == PASSES:
        counted: Report | TableResult | None = report
    else:
        table = spec.asset_key.path[-1]
        counted = next((one for one in report.tables if one.table == table), None)
    if counted is None:
        return _result(spec, Verdict.ERROR, f"the report does not name it {report.error}".strip())
    said = f"{counted.compared:,} compared, {counted.finding_count:,} findings"
    if counted.evidence_in_snapshot and not counted.compared:
        said += f" (the snapshot has {counted.evidence_in_snapshot:,} to compare)"
    return _result(
        spec,
        counted.verdict,
        f"{said} {report.error}".strip(),
        {
            "compared": counted.compared,
            "evidence_in_snapshot": counted.evidence_in_snapshot,
            "findings": counted.finding_count,
            "first_findings": rows_table(_FINDING, map(dataclasses.astuple, counted.findings)),
            "report": dg.MetadataValue.asset(dg.AssetKey(["validation", report.name])),
            "database_digest": report.database_digest,
        },
    )


def _result(
    spec: dg.AssetCheckSpec, verdict: Verdict, said: str, metadata: RawMetadata | None = None
) -> dg.AssetCheckResult:
    is_bad = verdict in (Verdict.FAIL, Verdict.ERROR) or spec.name == PASSES
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=verdict is Verdict.PASS,
        severity=dg.AssetCheckSeverity.ERROR if is_bad else dg.AssetCheckSeverity.WARN,
        description=f"{verdict.value}: {said}",
        metadata={"verdict": verdict.value, **(metadata or {})},
    )
