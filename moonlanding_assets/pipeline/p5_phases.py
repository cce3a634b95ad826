"""Stage 5, the phases: one asset for each, which closes it with receipt and report; sign-offs.

Holds assets only; what a phase is and may do is declared and decided in cutover/. The gate is
asked by `database/app` before it writes and again here, so it holds whoever materializes what.
"""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from moonlanding_assets.cutover.approval import approve
from moonlanding_assets.cutover.concluding import Conclusion, conclude_phase
from moonlanding_assets.cutover.gate import require_open
from moonlanding_assets.cutover.live_phases import LIVE_PHASES
from moonlanding_assets.cutover.page import keep_page
from moonlanding_assets.cutover.phases import PHASES, SIGNATURE, Phase
from moonlanding_assets.cutover.preparing import back_up
from moonlanding_assets.cutover.receipt import FILE as RECEIPT_FILE
from moonlanding_assets.cutover.receipt import PASSED
from moonlanding_assets.cutover.report import PhaseReport
from moonlanding_assets.cutover.seen import Seen, look
from moonlanding_assets.cutover.signoff import Signature
from moonlanding_assets.pipeline.in_workers import WRITER_TAGS
from moonlanding_assets.pipeline.kept_stages import told
from moonlanding_assets.pipeline.metadata import RawMetadata, plot, rows_table
from moonlanding_assets.pipeline.p3_load import DATABASE, load_again
from moonlanding_assets.pipeline.p4_proof import INVERSE, LEDGER
from moonlanding_assets.pipeline.p4_validate import report_key
from moonlanding_assets.pipeline.p4_verify import VERIFICATION
from moonlanding_assets.pipeline.served_reports import report_link
from moonlanding_assets.pipeline.stages import Stages
from moonlanding_assets.settings import Layout, Settings
from moonlanding_assets.validate.catalogue import VALIDATORS

GROUP = "5_phases"
PASSES = "passed"
PHASE_KEYS = {phase.number: dg.AssetKey(["phase", phase.number]) for phase in PHASES}
SIGNOFF_KEYS = {
    phase.number: dg.AssetKey(["signoff", phase.number])
    for phase in PHASES
    if any(SIGNATURE in step.rests_on for step in phase.steps)
}
VERIFIED: tuple[dg.AssetKey, ...] = (VERIFICATION,)
_JUDGED = (DATABASE, *(report_key(validator) for validator in VALIDATORS), INVERSE, LEDGER)


def phase_asset(phase: Phase) -> dg.AssetsDefinition:
    """One phase: closed by its receipt and report, after the gate was asked once more."""
    key = PHASE_KEYS[phase.number]

    @dg.asset(
        key=key,
        deps=_deps(phase),
        group_name=GROUP,
        kinds={"python"},
        op_tags=WRITER_TAGS,
        code_version="1",
        description=f"Phase {phase.number}, {phase.title}: {phase.does}. Passed when "
        f"{phase.criterion}. Undo: {phase.undo}.",
        check_specs=[
            dg.AssetCheckSpec(
                PASSES,
                asset=key,
                blocking=True,
                description=f"{phase.criterion}, all for the data as they are.",
            )
        ],
    )
    def closed(
        context: dg.AssetExecutionContext,
        project: dg.ResourceParam[Settings],
        stages: dg.ResourceParam[Stages],
    ) -> Iterator[dg.MaterializeResult[None]]:
        layout = project.layout
        if not phase.is_writing:
            with stages.work("gate and backup"):
                require_open(layout, phase)
                back_up(layout, phase)
        again = partial(load_again, project, phase.fraction, context.run.run_id)
        with told(stages) as tell:
            conclusion = conclude_phase(layout, phase, again=again, tell=tell)
        yield _result(layout, conclusion, look(layout, phase))

    return closed


def _deps(phase: Phase) -> list[dg.AssetDep]:
    """What it judges, of its own fraction alone."""
    own = dg.SpecificPartitionsPartitionMapping([phase.fraction])
    judged = _JUDGED if phase.is_writing else (DATABASE, *VERIFIED)
    return [dg.AssetDep(key, partition_mapping=own) for key in judged]


def _result(layout: Layout, conclusion: Conclusion, seen: Seen) -> dg.MaterializeResult[None]:
    receipt, report = conclusion.receipt, conclusion.report
    steps = [(one["number"], one["title"], one["state"], one["said"]) for one in report.steps]
    checks = [(name, verdict) for name, verdict in receipt.checks.items()]
    passed = sum(verdict == PASSED for verdict in receipt.checks.values())
    said = f"{passed}/{len(receipt.checks)} checks passed, evidence {receipt.evidence[:8]}"
    return dg.MaterializeResult(
        data_version=dg.DataVersion(receipt.evidence),
        metadata={
            "verdict": receipt.verdict,
            "evidence": receipt.evidence,
            "logical_digest": receipt.logical_digest,
            "documents": int(report.throughput["documents"]),
            "outcomes": plot(_outcomes(report)),
            "steps": rows_table(("step", "title", "state", "found"), steps),
            "checks": rows_table(("check", "verdict"), checks),
            "backups": rows_table(("backup",), [(name,) for name in receipt.backups]),
            **_watched(report, seen),
            "database": dg.MetadataValue.asset(DATABASE),
            "report": report_link(layout, conclusion.json_file),
            "page": report_link(layout, conclusion.html_file),
            "receipt": report_link(layout, conclusion.html_file.with_name(RECEIPT_FILE)),
            **_rollback_metadata(receipt.rollback_seconds),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=PASSES,
                passed=receipt.verdict == PASSED,
                severity=dg.AssetCheckSeverity.ERROR,
                description=f"{receipt.verdict}: {said}",
                metadata={"evidence": receipt.evidence},
            )
        ],
    )


def _watched(report: PhaseReport, seen: Seen) -> RawMetadata:
    """What `moonlanding watch` showed while it ran, as it was in the end."""
    times = [(name, one["seconds"], int(one["documents"])) for name, one in report.times.items()]
    return {
        "times": rows_table(("stage", "seconds", "documents"), times),
        "documents_a_second": float(report.throughput["documents_a_second"]),
        "rows": rows_table(("table", "rows"), report.rows.items()),
        "database_bytes": seen.database_bytes,
        "wal_bytes": seen.wal_bytes,
        "log": dg.MetadataValue.md("\n".join(["```text", *seen.log, "```"])),
    }


def _outcomes(report: PhaseReport) -> dict[str, int]:
    counts: dict[str, int] = {}
    for outcomes in report.outcomes.values():
        for name, count in outcomes.items():
            counts[name] = counts.get(name, 0) + count
    return counts


def _rollback_metadata(seconds: float | None) -> RawMetadata:
    return {} if seconds is None else {"rollback_seconds": seconds}


class SignOff(dg.Config):
    """Who signs."""

    by: str


def signoff_asset(phase: Phase) -> dg.AssetsDefinition:
    """The sign-off of a phase; the UI asks for the name before it materializes."""

    @dg.asset(
        key=SIGNOFF_KEYS[phase.number],
        deps=[PHASE_KEYS[phase.number]],
        group_name=GROUP,
        kinds={"python"},
        code_version="1",
        description=(
            f"Who approved phase {phase.number}, on which evidence. Materialize it: the launchpad "
            "opens; Scaffold missing config, Confirm, write your name as `by`, Materialize. Or "
            f"`moonlanding approve {phase.number} --by NAME`. Void once the data change; kept in "
            "an append-only chain of hashes."
        ),
    )
    def signed(config: SignOff, project: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
        signature = approve(project.layout, phase, by=config.by)
        keep_page(project.layout, phase.number)
        return dg.MaterializeResult(metadata=signature_metadata(signature))

    return signed


def signature_metadata(signature: Signature) -> RawMetadata:
    """What Dagster mirrors of a line of the sign-off log."""
    return {
        "number": signature.number,
        "by": signature.by,
        "at": signature.at,
        "evidence": signature.evidence,
        "hash": signature.hash,
    }


def report_signature(instance: dg.DagsterInstance, signature: Signature) -> None:
    """Show a signature of the command line in the UI too."""
    is_live = signature.phase in (one.number for one in LIVE_PHASES)
    if is_live or signature.phase in SIGNOFF_KEYS:
        key = dg.AssetKey(["signoff", signature.phase])
        event = dg.AssetMaterialization(key, metadata=signature_metadata(signature))
        instance.report_runless_asset_event(event)


PHASE_ASSETS = [phase_asset(phase) for phase in PHASES]
SIGNOFF_ASSETS = [signoff_asset(phase) for phase in PHASES if phase.number in SIGNOFF_KEYS]
