"""A plan carried out: the candidate built, compared with the plan, noted, and published.

Holds the order of these steps. Undo: publish a copy of the old database, made before.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from moonlanding_assets.errors import BrokenDatabase
from moonlanding_assets.load.files import discard
from moonlanding_assets.load.passing import passing
from moonlanding_assets.load.plan import PLAN_KEY, Plan, differences
from moonlanding_assets.load.publish import Lease, candidate_path, clean_leftovers, publish
from moonlanding_assets.load.published import TARGET_KEY, Replaceable, note_published
from moonlanding_assets.load.target import LoadReport, build_candidate


def carry_out(
    plan: Plan,
    *,
    stage: Mapping[str, Path],
    database: Path,
    existing: Path | None,
    run: Mapping[str, str],
    is_target: bool,
) -> tuple[LoadReport, str]:
    """Load the stage beside the rows of `existing` and publish the result; its logical digest.

    run: what migration_run says besides the digests of plan and target. is_target: the database
    may be production's own: raises TargetRefused when it holds anything that the result does not.
    Raises all that build_candidate and publish raise; the database is then as it was.
    """
    require: Callable[[], None] = _anything_goes
    if is_target:
        require = Replaceable(database, before=plan.target_digest).require
    noted = {**run, PLAN_KEY: plan.digest, TARGET_KEY: plan.target_digest}
    with Lease(database) as lease:
        require()
        clean_leftovers(lease)
        candidate = candidate_path(database)
        passing("load: build")
        report = build_candidate(
            stage,
            candidate,
            timestamp_storage=plan.timestamp_storage,
            run=noted,
            existing=existing,
        )
        try:
            _require_done(plan, report.rows)
            passing("load: note")
            digest = note_published(candidate)
            publish(candidate, database, require=require)
        except BaseException:
            discard(candidate)
            raise
    return report, digest


def _anything_goes() -> None:
    """The database of a sample is ours alone."""


def _require_done(plan: Plan, rows: Mapping[str, int]) -> None:
    undone = differences(plan, rows)
    if undone:
        raise BrokenDatabase(f"the load did not do what was planned: {'; '.join(undone)}")
