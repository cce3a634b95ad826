"""Phase 3.10 as Dagster shows it: how far the end is, its check, its sign-off, its job.

The asset writes the final report and moves no state: going on is `moonlanding cutover complete`.
Whatever is not proved is not passed. Takes no lease.
"""

from collections.abc import Iterator

import dagster as dg

from moonlanding_assets.cutover.completion.keeping import keep_final_report
from moonlanding_assets.cutover.completion.report import FinalReport
from moonlanding_assets.cutover.completion.walking import approve_completion
from moonlanding_assets.cutover.live_phases import SOAK
from moonlanding_assets.cutover.receipt import PASSED
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.pipeline.metadata import RawMetadata, rows_table
from moonlanding_assets.pipeline.p5_phases import (
    PASSES,
    SignOff,
    signature_metadata,
)
from moonlanding_assets.pipeline.p6_soak import DASHBOARD, GROUP
from moonlanding_assets.pipeline.served_reports import report_link
from moonlanding_assets.settings import Layout, Settings

END = dg.AssetKey(["phase", SOAK.number])
END_SIGNOFF = dg.AssetKey(["signoff", SOAK.number])


def require_switched(layout: Layout) -> None:
    """The gate: Moonlanding has authority; raises dg.Failure saying what there is instead."""
    row = Control(layout.control).row() if layout.control.exists() else None
    if row is None or row.authority != "NEW":
        state = "parallel operation has not begun" if row is None else f"the state is {row.state}"
        raise dg.Failure(
            f"The gate of phase {SOAK.number} is shut: {state}. Gate: {SOAK.gate}. What is to be "
            "done: `moonlanding status`.",
            allow_retries=False,
        )


@dg.asset(
    key=END,
    deps=[DASHBOARD],
    group_name=GROUP,
    kinds={"python"},
    description=f"Phase {SOAK.number}, {SOAK.title}: {SOAK.does}. Passed when {SOAK.criterion}. "
    f"Undo: {SOAK.undo}. Writes the final report over all phases; moves no state.",
    check_specs=[
        dg.AssetCheckSpec(PASSES, asset=END, description=f"{SOAK.criterion}; the state is S11.")
    ],
)
def phase_end(beside: dg.ResourceParam[Settings]) -> Iterator[dg.MaterializeResult[None]]:
    """The final report of now."""
    require_switched(beside.layout)
    report, data, page = keep_final_report(beside.layout)
    line = next(one for one in report.phases if one.number == SOAK.number)
    yield dg.MaterializeResult(
        metadata={
            **_metadata(report),
            "report": report_link(beside.layout, data),
            "page": report_link(beside.layout, page),
        },
        check_results=[
            dg.AssetCheckResult(
                asset_key=END,
                check_name=PASSES,
                passed=line.verdict == PASSED,
                severity=dg.AssetCheckSeverity.ERROR,
                description=f"{line.verdict}: {line.said}",
                metadata={"verdict": line.verdict, "evidence": line.evidence},
            )
        ],
    )


def _metadata(report: FinalReport) -> RawMetadata:
    phases = [
        (one.number, one.title, one.verdict, one.said, one.at, one.signed_by)
        for one in report.phases
    ]
    left = [(one.phase, one.what, one.command) for one in report.left_to_do]
    archive = report.archive or {}
    known = {
        f"archive_{name}": archive[name]
        for name in ("number", "seal", "restored_equal", "sealed_by")
        if archive.get(name) is not None
    }
    return {
        "verdict": report.verdict,
        "state": report.state,
        "phases": rows_table(("phase", "title", "verdict", "said", "at", "signed by"), phases),
        "left_to_do": rows_table(("phase", "what", "command"), left),
        **known,
    }


@dg.asset(
    key=END_SIGNOFF,
    deps=[END],
    group_name=GROUP,
    kinds={"python"},
    description=f"Who approved phase {SOAK.number}, on which soak and archive. Materialize it with "
    f"your name as `by`, or `moonlanding approve {SOAK.number} --by NAME`. Void with another "
    "archive; kept in an append-only chain of hashes.",
)
def signoff_end(config: SignOff, beside: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
    """A signature, once all that it is about is there."""
    signature = approve_completion(beside.layout, by=config.by)
    return dg.MaterializeResult(metadata=signature_metadata(signature))


PHASE_3_10 = dg.define_asset_job(
    SOAK.job,
    selection=dg.AssetSelection.assets(DASHBOARD, END),
    description=f"Phase {SOAK.number}, {SOAK.title}: one more sample, the verdicts, the final "
    "report. Moves no state.",
)
END_ASSETS = [phase_end, signoff_end]
