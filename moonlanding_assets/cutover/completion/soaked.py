"""The soak as the final report has it: its last 24 hours before S10, as they were judged.

Read from the samples, by the same fold as everywhere; after S10 nothing of it changes any more.
Holds no bound.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

from moonlanding_assets.cutover.soak.criteria import ABORT, GOALS, Criterion
from moonlanding_assets.cutover.soak.judging import Judged, judged
from moonlanding_assets.cutover.soak.sample import WALL
from moonlanding_assets.cutover.soak.store import read_samples, soak_file
from moonlanding_assets.cutover.soak.whole import Whole, baseline_of, whole
from moonlanding_assets.load.opening import reading
from moonlanding_assets.settings import Layout


def soak_content(layout: Layout) -> dict[str, Any] | None:
    """Of the real clock where it has samples, else of the one that has; None without any."""
    names = _clocks(layout)
    if not names:
        return None
    clock = WALL if WALL in names else names[0]
    course, found = judged(read_samples(layout, clock=clock))
    result = whole(found)
    return {
        "clock": clock,
        "is_evidence": clock == WALL,
        "verdict": str(result.verdict) if clock == WALL else "NO_EVIDENCE",
        "hours": round(result.hours, 4),
        "samples": result.samples,
        "samples_share": round(result.samples_share, 6),
        "longest_gap_seconds": round(result.longest_gap_seconds, 1),
        "baseline": baseline_of(course),
        "criteria": [_line(one, result) for one in ABORT],
        "goals": [_line(one, result) for one in GOALS],
    }


def soak_points(layout: Layout, clock: str) -> Sequence[Judged]:
    """The judged samples, for the plots."""
    return judged(read_samples(layout, clock=clock))[1]


def _clocks(layout: Layout) -> list[str]:
    """The clocks that samples were taken by."""
    try:
        with reading(soak_file(layout)) as connection:
            found = connection.execute("SELECT DISTINCT clock FROM soak_sample ORDER BY clock")
            return [str(name) for (name,) in found]
    except sqlite3.DatabaseError:
        return []


def _line(one: Criterion, result: Whole) -> dict[str, Any]:
    line = result.lines[one.key]
    is_finite = line.worst is not None and abs(line.worst) != float("inf")
    return {
        "key": one.key,
        "says": one.says,
        "too_much": one.bound,
        "worst": line.worst if is_finite else None,
        "verdict": str(line.verdict),
        "failed_samples": line.failed,
        "why": line.why,
    }
