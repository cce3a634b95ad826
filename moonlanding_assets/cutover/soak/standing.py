"""How the soak stands, for people and programs: since when, each criterion, what is missing.

Reads the file of samples and asks whether a monitor runs. Holds no bound and no verdict of its own.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.cutover.soak.criteria import (
    ABORT,
    GOALS,
    LEAST_SHARE,
    LONGEST_STEP_SECONDS,
    SOAK_SECONDS,
    Criterion,
)
from moonlanding_assets.cutover.soak.figures import state_now
from moonlanding_assets.cutover.soak.judging import Course, Judged, Reading, judged
from moonlanding_assets.cutover.soak.monitor import soak_service
from moonlanding_assets.cutover.soak.sample import WALL, Clock, WallClock
from moonlanding_assets.cutover.soak.store import Arming, Reversed, read_arming, read_samples
from moonlanding_assets.cutover.soak.whole import Whole, baseline_of, whole
from moonlanding_assets.settings import Layout

NOT_BEGUN = "the soak has not begun: no sample was taken while Moonlanding had authority"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Everything that `soak status` says. silent_seconds: since the last sample."""

    clock: str
    process: int | None
    state: str
    epoch: int
    silent_seconds: float
    last: Judged | None
    whole: Whole
    course: Course
    found: tuple[Judged, ...]
    arming: Arming
    reversal: Reversed | None

    @property
    def is_watching(self) -> bool:
        """Whether the last sample is of now."""
        return self.last is not None and 0 <= self.silent_seconds <= LONGEST_STEP_SECONDS

    def as_json(self) -> dict[str, Any]:
        """For programs; figures that were not measured are null."""
        return {
            "clock": self.clock,
            "is_evidence": self.clock == WALL,
            "process": self.process,
            "state": self.state,
            "epoch": self.epoch,
            "is_watching": self.is_watching,
            "last_sample_at": None if self.last is None else self.last.point.at,
            "verdict": str(self.whole.verdict),
            "soak_hours": round(self.whole.hours, 4),
            "samples": self.whole.samples,
            "samples_share": round(self.whole.samples_share, 6),
            "longest_gap_seconds": round(self.whole.longest_gap_seconds, 1),
            "abort_criteria_met": self.whole.abort_criteria_met,
            "baseline_seconds": self.course.baseline.seconds,
            "baseline_of": self.course.baseline.of,
            "criteria": [self._criterion(one, is_abort=True) for one in ABORT],
            "goals": [self._criterion(one, is_abort=False) for one in GOALS],
            "is_armed": self.arming.is_armed,
            "armed_by": self.arming.by if self.arming.is_armed else "",
            "reverse": None if self.reversal is None else self.reversal.outcome,
        }

    def now(self, key: str) -> Reading | None:
        """The verdict of the last sample."""
        return None if self.last is None else self.last.readings[key]

    def _criterion(self, one: Criterion, *, is_abort: bool) -> dict[str, Any]:
        line, now = self.whole.lines[one.key], self.now(one.key)
        return {
            "key": one.key,
            "says": one.says,
            "too_much": one.bound,
            "proposes_to_go_back": is_abort,
            "now": None if now is None else _finite(now.figure),
            "now_verdict": "NO_EVIDENCE" if now is None else str(now.verdict),
            "worst": _finite(line.worst),
            "failed_samples": line.failed,
            "verdict": str(line.verdict),
            "why": line.why or ("" if now is None else now.why),
        }


def read_standing(
    layout: Layout, *, clock_name: str = WALL, clock: Clock | None = None
) -> Standing:
    """As the samples of that clock have it; other clocks than the real one are no evidence."""
    mine = clock or WallClock()
    samples = read_samples(layout, clock=clock_name)
    course, found = judged(samples)
    last = found[-1] if found else None
    silent = 0.0
    if samples and samples[-1].boot == mine.boot:
        silent = max(mine.elapsed() - samples[-1].elapsed, 0.0)
    elif samples:
        silent = float("inf")
    try:
        state, epoch = state_now(layout)
    except (OSError, sqlite3.Error):
        state, epoch = "", -1
    if last is None or (course.epoch != epoch and clock_name == WALL):
        found, last = [], None
    arming, reversal = read_arming(layout, epoch)
    counted = silent if clock_name == WALL and silent != float("inf") else 0.0
    return Standing(
        clock=clock_name,
        process=soak_service(layout).process(),
        state=state,
        epoch=epoch,
        silent_seconds=silent,
        last=last,
        whole=whole(found, silent_seconds=counted),
        course=course,
        found=tuple(found),
        arming=arming,
        reversal=reversal,
    )


def lines(one: Standing) -> list[str]:
    """The screen."""
    said = [_who(one)]
    if one.last is None:
        return [*said, NOT_BEGUN]
    result = one.whole
    of = f"{SOAK_SECONDS / 3600:g} h"
    said += [
        f"the last {of}: {result.verdict}; {result.hours:.1f} of {of} watched, "
        f"{result.samples_share:.2%} of the samples there (asked: {LEAST_SHARE:.1%}), "
        f"longest gap {result.longest_gap_seconds:.0f} s",
        f"baseline of response times: {baseline_of(one.course)}",
        *_table(one, "criteria for going back", ABORT),
        *_table(one, "goals", GOALS),
        _way_back(one),
    ]
    return said


def _who(one: Standing) -> str:
    label = "" if one.clock == WALL else f" (clock: {one.clock}, no evidence of anything)"
    if one.process is None:
        return f"nobody watches: `moonlanding soak start`{label}"
    since = f", last sample {one.silent_seconds:.0f} s ago" if one.last is not None else ""
    return f"watched by process {one.process}{since}; state {one.state or 'unknown'}{label}"


def _table(one: Standing, head: str, criteria: tuple[Criterion, ...]) -> list[str]:
    rows = [f"{head + ':':32}{'now':>12} {'too much':>12}  verdict of the 24 h"]
    for each in criteria:
        now, line = one.now(each.key), one.whole.lines[each.key]
        figure = "-" if now is None or now.figure is None else f"{now.figure:.5g}"
        why = line.why or (now.why if now is not None and now.figure is None else "")
        mark = "!" if now is not None and now.verdict == "FAIL" else " "
        rows.append(
            f"{mark} {each.key:30}{figure:>12} {each.bound:>12}  {line.verdict}"
            f"{' (' + why + ')' if why else ''}"
        )
    return rows


def _way_back(one: Standing) -> str:
    if one.reversal is not None:
        return f"going back: {one.reversal.outcome} at {one.reversal.at}, {one.reversal.reason}"
    if one.arming.is_armed:
        return f"armed by {one.arming.by}: a criterion that is met goes back by itself"
    return "not armed: a criterion that is met proposes to go back, a person decides"


def _finite(figure: float | None) -> float | None:
    return figure if figure is not None and abs(figure) != float("inf") else None
