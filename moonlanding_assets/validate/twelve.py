"""The twelve checks of a finished file, in order, and the one way to run them. No comparison."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from moonlanding_assets.validate.called import Called
from moonlanding_assets.validate.coordinates import Positions
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.files import Paths
from moonlanding_assets.validate.passes import Passes
from moonlanding_assets.validate.times import Clock
from moonlanding_assets.validate.verification import Check, Checked, Extent, Subject, run_check
from moonlanding_assets.validate.verification_report import Verification
from moonlanding_assets.validate.verify_logs import activity_logs
from moonlanding_assets.validate.verify_orphans import no_orphans
from moonlanding_assets.validate.verify_people import user_deduplication
from moonlanding_assets.validate.verify_performance import performance_baseline
from moonlanding_assets.validate.verify_permissions import permissions
from moonlanding_assets.validate.verify_relations import engagement_client, rfi_engagement_question
from moonlanding_assets.validate.verify_screens import integration
from moonlanding_assets.validate.verify_spot import spot_check
from moonlanding_assets.validate.verify_values import (
    file_paths,
    highlight_coordinates,
    timestamps_utc,
)

TWELVE: tuple[Check, ...] = (
    Check(name="user_deduplication", title="User deduplication", examine=user_deduplication),
    Check(name="engagement_client", title="Engagements and clients", examine=engagement_client),
    Check(
        name="rfi_engagement_question",
        title="RFIs, engagements, questions",
        examine=rfi_engagement_question,
    ),
    Check(
        name="highlight_coordinates",
        title="Highlight coordinates ±0 px",
        examine=highlight_coordinates,
        kind=Positions,
    ),
    Check(name="timestamps_utc", title="Timestamps in UTC", examine=timestamps_utc, kind=Clock),
    Check(name="file_paths", title="File paths updated", examine=file_paths, kind=Paths),
    Check(name="permissions", title="Permissions intact", examine=permissions),
    Check(name="activity_logs", title="Activity logs complete", examine=activity_logs),
    Check(name="integration", title="Full system integration", examine=integration),
    Check(name="spot_check", title="Spot check of 100 documents", examine=spot_check),
    Check(name="no_orphans", title="No orphans", examine=no_orphans, kind=Called),
    Check(
        name="performance_baseline",
        title="Performance, p95 < 500 ms at 100,000 rows",
        examine=performance_baseline,
    ),
)

Watched = Callable[[str], AbstractContextManager[object]]


def verify(evidence: Evidence, extent: Extent, *, watched: Watched = nullcontext) -> Verification:
    """All twelve on one file; `watched` is told the name of each while it runs."""
    subject = Subject(evidence, extent)
    evidence.once(Passes).announce([check.kind for check in TWELVE if check.kind is not None])
    checked: list[Checked] = []
    for check in TWELVE:
        with watched(check.name):
            checked.append(run_check(check, subject))
    was_read = all(one.report.database_digest for one in checked)  # else nothing was drawn
    seed = subject.seed if was_read else extent.seed
    return Verification(fraction=evidence.fraction, seed=seed, checks=tuple(checked))
