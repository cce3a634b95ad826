"""How old the snapshots are, and whether that is worth a warning. Holds no rendering.

Nothing is shut by age: a gate asks for evidence about these data, whenever they were taken. But a
migration of last month's data is rarely what somebody wants, so status and UI say so.
"""

import datetime
from dataclasses import dataclass

from moonlanding_assets.cutover.signoff import is_demo
from moonlanding_assets.errors import LoadError, SourceError
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.snapshot import Snapshot

OLD_AFTER = datetime.timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """A snapshot and its age; invented data, which all show one day, are never old."""

    system: str
    taken_at: str
    age_days: float
    documents: int
    is_old: bool


def freshness_of(layout: Layout, system: str) -> Freshness:
    """Of one system; raises SnapshotError when there is no snapshot."""
    manifest = Snapshot.open(layout.snapshot(system), with_contents=False).manifest
    taken = datetime.datetime.fromisoformat(manifest.snapshot_time)
    age = datetime.datetime.now(datetime.UTC) - taken
    return Freshness(
        system=system,
        taken_at=manifest.snapshot_time,
        age_days=round(age.total_seconds() / 86_400, 2),
        documents=manifest.documents,
        is_old=age >= OLD_AFTER and not is_demo(layout),
    )


def freshness(layout: Layout) -> tuple[Freshness, ...]:
    """Of the snapshots that are there."""
    found = []
    for system in SYSTEMS:
        try:
            found.append(freshness_of(layout, system))
        except (SourceError, LoadError):
            continue
    return tuple(found)
