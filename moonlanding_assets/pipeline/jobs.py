"""What is run as a whole: the snapshot, a plan, and each phase from its gate to its report.

Groups are named one by one: a partitioned job over `*` would run unpartitioned assets as well,
and take a new snapshot for each fraction.
"""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from moonlanding_assets.cutover.phases import PHASES, Phase
from moonlanding_assets.pipeline import (
    p1_source,
    p2_normalize,
    p3_load,
    p3_plan,
    p4_validate,
    p4_verify,
    p5_phases,
    p6_cutover,
    p6_end,
    p6_soak,
)
from moonlanding_assets.pipeline.parallel_watch import PARALLEL_JOBS

TAKE_SNAPSHOT = dg.define_asset_job(
    "take_snapshot",
    selection=dg.AssetSelection.groups(p1_source.SNAPSHOT_GROUP),
    description="Read both managed exports into the snapshot that all fractions are cut from.",
)


def phase_job(phase: Phase) -> UnresolvedAssetJobDefinition:
    """One phase from its gate to its report; its partition is fixed by a tag."""
    made = dg.AssetSelection.groups(
        p1_source.GROUP, p2_normalize.GROUP, p3_load.GROUP, p4_validate.GROUP
    )
    judged = made if phase.is_writing else dg.AssetSelection.assets(*p5_phases.VERIFIED)
    return dg.define_asset_job(
        phase.job,
        selection=judged | dg.AssetSelection.assets(p5_phases.PHASE_KEYS[phase.number]),
        tags={"dagster/partition": phase.fraction},
        description=f"Phase {phase.number}, {phase.title}: {phase.does}. In the UI: Materialize "
        f"all, and choose {phase.fraction}. Undo: {phase.undo}.",
    )


PHASE_JOBS = [phase_job(phase) for phase in PHASES]

PLAN_FRACTION = dg.define_asset_job(
    "plan_fraction",
    selection=(
        dg.AssetSelection.groups(p1_source.GROUP, p2_normalize.GROUP)
        | dg.AssetSelection.assets(p3_plan.PLAN_ASSET)
    ).without_checks(),
    description="What migrating the fraction would do: cut, normalize, plan; loads nothing.",
)

VERIFY_FRACTION = dg.define_asset_job(
    "verify_fraction",
    selection=dg.AssetSelection.assets(p4_verify.VERIFICATION),
    description="The twelve checks of the fraction's finished file; changes nothing.",
)

JOBS = [
    TAKE_SNAPSHOT, PLAN_FRACTION, *PHASE_JOBS, VERIFY_FRACTION, *PARALLEL_JOBS,
    *p6_cutover.SWITCH_JOBS, p6_soak.SOAK_JOB, p6_end.PHASE_3_10,
]  # fmt: skip
