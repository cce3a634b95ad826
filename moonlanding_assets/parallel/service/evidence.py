"""The evidence that the forward sync gives for a change of state.

Figures of now come from the running service alone: what it said and then ended is no evidence. A
figure that cannot be had is left out, never put in by default. Decides nothing.
"""

import sqlite3
from typing import Any

from moonlanding_assets.errors import SnapshotError, TargetRefused
from moonlanding_assets.load.opening import reading
from moonlanding_assets.load.published import standing_of
from moonlanding_assets.parallel.forward.undeclared import undeclared
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.parallel.service.process import said_now
from moonlanding_assets.parallel.service.standing import sync_standing
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.value import timestamp_us_of


def beginning_evidence(layout: Layout) -> dict[str, Any]:
    """digest_is_manifest; gap_us: how much later than its snapshot the tail would start.

    The tail starts where the store stands: begun from a snapshot, it stands at that snapshot's
    moment, and the first thing its listeners do is list everything.
    """
    found: dict[str, Any] = {}
    try:
        found["digest_is_manifest"] = standing_of(layout.database("100%")).kind == "result"
        gaps = [_gap_us(layout, system) for system in SYSTEMS]
    except (SnapshotError, TargetRefused, sqlite3.DatabaseError, KeyError):
        return found
    if all(one is not None for one in gaps):
        found["gap_us"] = max(one for one in gaps if one is not None)
    return found


def sync_evidence(layout: Layout) -> dict[str, Any]:
    """lag_seconds, lag_held_seconds, unreconciled_events; conflicts, quarantined, undeclared."""
    try:
        standing = sync_standing(layout.database("100%"), present_file(layout))
        unknown = undeclared(layout.database("100%"))
    except sqlite3.DatabaseError:
        return {}
    found: dict[str, Any] = {
        "conflicts": standing.conflicts,
        "quarantined": standing.quarantined,
        "undeclared": len(unknown),
    }
    said = said_now(layout)
    if not said:
        return found
    if said["lag_seconds"] is not None:
        found["lag_seconds"] = said["lag_seconds"]
    found["lag_held_seconds"] = said["lag_held_seconds"]
    if said["systems"]:
        unsettled = len(said["unsettled_systems"])
        found["unreconciled_events"] = standing.pending + len(standing.missing) + unsettled
        found["events_applied"] = standing.applied
    return found


def share_evidence(layout: Layout) -> dict[str, Any]:
    """percent, and percent_held_seconds: how long it has been that.

    Measured by the running service's own monotonic clock, not by the times in the history: those
    are of a clock that can be set, and half an hour must be half an hour.
    """
    said = said_now(layout)
    if said.get("state") != "S4":
        return {}
    return {"percent": said["percent"], "percent_held_seconds": said["percent_held_seconds"]}


def _gap_us(layout: Layout, system: str) -> int | None:
    """From the snapshot's moment to where the tail starts; None of a store of another snapshot."""
    snapshot = Snapshot.open(layout.snapshot(system))
    with reading(present_file(layout)) as connection:
        notes = dict(connection.execute("SELECT key, value FROM said"))
    if notes[f"{system}_snapshot_digest"] != snapshot.digest:
        return None
    return timestamp_us_of(notes[f"{system}_position"]) - timestamp_us_of(snapshot.snapshot_time)
