"""The verdict on the soak as a whole: its last 24 hours, each criterion, the share of samples.

Pure: judged samples in, figures out. `soak_evidence` reads the file and gives what S9 -> S10 asks;
only samples of the real clock count for it, of a monitor that is watching now.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.cutover.soak.criteria import (
    ABORT_KEYS,
    CRITERIA,
    LEAST_SHARE,
    LONGEST_STEP_SECONDS,
    SAMPLE_SECONDS,
    SOAK_SECONDS,
    SOAKING,
    Criterion,
)
from moonlanding_assets.cutover.soak.figures import state_now
from moonlanding_assets.cutover.soak.judging import Course, Judged, judged
from moonlanding_assets.cutover.soak.sample import WALL, Clock, WallClock
from moonlanding_assets.cutover.soak.store import read_samples
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.validator import Verdict


@dataclass(frozen=True, kw_only=True)
class Line:
    """One criterion over the 24 hours.

    worst: None when it was never measured. seen: share of the time for which there was evidence,
    or nothing to be measured. failed: samples at which it was met.
    """

    criterion: Criterion
    verdict: Verdict
    worst: float | None
    seen: float
    failed: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Whole:
    """hours: of the soak, from the first sample in S9. samples: in its last 24 hours, with their
    share of those that there should be. abort_criteria_met: None while one has no evidence.
    """

    hours: float
    samples: int
    samples_share: float
    longest_gap_seconds: float
    lines: Mapping[str, Line]
    abort_criteria_met: int | None

    @property
    def verdict(self) -> Verdict:
        """PASS only after 24 hours of samples, with evidence for every criterion for going back."""
        if self.abort_criteria_met:
            return Verdict.FAIL
        is_long = self.hours * 3600 >= SOAK_SECONDS and self.samples_share >= LEAST_SHARE
        return Verdict.PASS if is_long and self.abort_criteria_met == 0 else Verdict.NO_EVIDENCE


def whole(found: Sequence[Judged], *, silent_seconds: float = 0.0) -> Whole:
    """Of the judged samples of one authority; silent_seconds: since the last one of them."""
    soaking = _soaking(found)
    if not soaking:
        return Whole(
            hours=0.0, samples=0, samples_share=0.0, longest_gap_seconds=silent_seconds,
            lines={one.key: _line(one, found) for one in CRITERIA}, abort_criteria_met=None,
        )  # fmt: skip
    last = soaking[-1].point.t + silent_seconds
    first = max(soaking[0].point.t, last - SOAK_SECONDS)
    period = [one for one in soaking if one.point.t >= first]
    # Watched from before the switch on: a criterion that was met in S8 counts as well.
    steps = [*(one.point.step for one in period if one.point.t > first), silent_seconds]
    missing = sum(step / SAMPLE_SECONDS - 1 for step in steps if step > LONGEST_STEP_SECONDS)
    span = last - first
    lines = {one.key: _line(one, _period(found, last)) for one in CRITERIA}
    return Whole(
        hours=(last - soaking[0].point.t) / 3600,
        samples=len(period),
        samples_share=1 - missing * SAMPLE_SECONDS / span if span else 0.0,
        longest_gap_seconds=max(steps),
        lines=lines,
        abort_criteria_met=_met(lines),
    )


def soak_evidence(layout: Layout, *, clock: Clock | None = None) -> dict[str, Any]:
    """soak_hours, samples_share, abort_criteria_met; what was not measured is left out.

    Nothing when no monitor watches now, or when it watches another state than the present one.
    """
    mine = clock or WallClock()
    try:
        state, epoch = state_now(layout)
        samples = read_samples(layout, clock=WALL)
    except (OSError, sqlite3.Error):
        return {}
    if not samples or mine.name != WALL or samples[-1].boot != mine.boot:
        return {}
    silent = mine.elapsed() - samples[-1].elapsed
    course, found = judged(samples)
    if not 0 <= silent <= LONGEST_STEP_SECONDS or course.epoch != epoch or state not in SOAKING:
        return {}
    result = whole(found, silent_seconds=silent)
    if not result.samples:
        return {}
    evidence: dict[str, Any] = {
        "soak_hours": result.hours,
        "samples_share": result.samples_share,
        "soak_clock": WALL,
    }
    if result.abort_criteria_met is not None:
        evidence["abort_criteria_met"] = result.abort_criteria_met
    return evidence


def baseline_of(course: Course) -> str:
    """The baseline in words."""
    if course.baseline.seconds is None:
        return "not yet"
    return f"{course.baseline.seconds * 1000:.0f} ms, {course.baseline.of}"


def _soaking(found: Sequence[Judged]) -> list[Judged]:
    """From the first sample in S9 on: a freeze that was aborted in between is no interruption."""
    first = next((n for n, one in enumerate(found) if one.point.state in SOAKING), None)
    return [] if first is None else list(found[first:])


def _period(found: Sequence[Judged], last: float) -> list[Judged]:
    return [one for one in found if one.point.t >= last - SOAK_SECONDS]


def _line(one: Criterion, period: Sequence[Judged]) -> Line:
    readings = [each.readings[one.key] for each in period]
    figures = [each.figure for each in readings if each.figure is not None]
    failed = sum(each.verdict is Verdict.FAIL for each in readings)
    passed = any(each.verdict is Verdict.PASS for each in readings)
    steps = [min(each.point.step, LONGEST_STEP_SECONDS) for each in period]
    seconds = sum(steps) or float(len(period))
    blind = sum(step for step, reading in zip(steps, readings, strict=True) if reading.is_blind)
    seen = 1 - blind / seconds if period else 0.0
    is_proved = passed and seen >= LEAST_SHARE
    worst = min if one.below is not None else max
    return Line(
        criterion=one,
        verdict=Verdict.FAIL if failed else Verdict.PASS if is_proved else Verdict.NO_EVIDENCE,
        worst=worst(figures) if figures else None,
        seen=seen,
        failed=failed,
        why="" if failed or is_proved or not readings else _why(readings[-1].why, seen),
    )


def _why(why: str, seen: float) -> str:
    return why if seen >= LEAST_SHARE else f"measured for {seen:.2%} of the time"


def _met(lines: Mapping[str, Line]) -> int | None:
    met = sum(lines[key].verdict is Verdict.FAIL for key in ABORT_KEYS)
    is_known = all(lines[key].verdict is not Verdict.NO_EVIDENCE for key in ABORT_KEYS)
    return met if met or is_known else None
