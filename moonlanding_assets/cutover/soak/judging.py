"""The verdict on each criterion at each moment of the soak: a pure fold over its samples.

A figure that was not measured gives NO_EVIDENCE, and so does a window with gaps. Holds no file and
no clock.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from moonlanding_assets.cutover.soak.baseline import Baseline
from moonlanding_assets.cutover.soak.criteria import (
    ABORT_KEYS,
    CRITERIA,
    LONGEST_STEP_SECONDS,
    WATCHED,
    WINDOW_SECONDS,
    WINDOW_SHARE,
    Criterion,
)
from moonlanding_assets.cutover.soak.points import Answers, Axis, Point, summed
from moonlanding_assets.cutover.soak.sample import Sample
from moonlanding_assets.parallel.state.states import authority
from moonlanding_assets.validate.validator import Verdict

EARLY, IDLE, GAP = "too early", "nothing was answered", "a gap in the samples"
BLIND = "not measured"
_FIRST_SECONDS = max(one.seconds for one in CRITERIA) + LONGEST_STEP_SECONDS


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The verdict at one moment; figure: None without evidence, and `why` says why."""

    verdict: Verdict
    figure: float | None = None
    why: str = ""

    @property
    def is_blind(self) -> bool:
        """Whether a sample was taken and this was not measured; a gap is counted as a gap."""
        return self.why == BLIND


def _none(why: str) -> Reading:
    return Reading(verdict=Verdict.NO_EVIDENCE, why=why)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One sample of the soak with its verdicts.

    since: seconds since Moonlanding has authority. answers: of the 5 minutes up to it.
    """

    point: Point
    since: float
    readings: Mapping[str, Reading]
    answers: Answers | None


@dataclass
class Course:
    """The soak up to now. One authority of Moonlanding is one course; the next begins anew.

    Holds no more than an hour of samples. was_seen: the switch happened under the eyes of the
    monitor. met: the criteria for going back that were met, and how many seconds after the switch.
    """

    axis: Axis = field(default_factory=Axis)
    epoch: int = -1
    began: float = 0.0
    was_seen: bool = False
    baseline: Baseline = field(default_factory=Baseline)
    met: dict[str, float] = field(default_factory=dict)
    _window: deque[Point] = field(default_factory=deque)
    _first: list[Answers] = field(default_factory=list)
    _goals: dict[str, Reading] = field(default_factory=dict)
    _quarantined: float | None = None
    _last_at: float | None = None
    _now: Answers | None = None
    _measured: float = 0.0

    def add(self, sample: Sample) -> Judged | None:
        """Judge the next sample; None where Moonlanding has no authority."""
        point = self.axis.add(sample)
        if point.state not in WATCHED or authority(point.epoch) != "NEW":
            self.baseline.note_before(point)
            self._last_at = point.t
            return None
        if point.epoch != self.epoch:
            self._begin(point)
        self._last_at = point.t
        self._window.append(point)
        while self._window[0].t <= point.t - WINDOW_SECONDS:
            self._window.popleft()
        self._learn(point)
        self._now, self._measured = self._answers()
        readings = {one.key: self._reading(one, point) for one in CRITERIA}
        for key, reading in readings.items():
            if reading.verdict is Verdict.FAIL and key in ABORT_KEYS:
                self.met.setdefault(key, point.t - self.began)
        readings["critical_issues"] = self._critical(readings)
        return Judged(point=point, since=point.t - self.began, readings=readings, answers=self._now)

    def _begin(self, point: Point) -> None:
        is_near = self._last_at is not None and point.t - self._last_at <= LONGEST_STEP_SECONDS
        self.epoch, self.began, self.was_seen = point.epoch, point.t, is_near
        self.met = {}
        self._window.clear()
        self._first, self._goals, self._quarantined = [], {}, None
        self.baseline.begin()

    def _learn(self, point: Point) -> None:
        """What is known only after a while: the baseline, the first hour, the first quarantine."""
        if self._quarantined is None:
            self._quarantined = point.figures.get("quarantined")
        since = point.t - self.began
        if point.answers is not None and 0 < since <= _FIRST_SECONDS:
            self._first.append(point.answers)
        self.baseline.note(point, since)

    def _reading(self, one: Criterion, point: Point) -> Reading:
        if one.key == "critical_issues":
            return _none(EARLY)
        if one.how == "last":
            return self._of_last(one, point)
        if one.how == "first":
            return self._of_first(one, point)
        if point.t - self.began < WINDOW_SECONDS:
            return _none(EARLY)
        return self._of_held(one) if one.how == "held" else self._of_window(one)

    def _of_last(self, one: Criterion, point: Point) -> Reading:
        for earlier in reversed(self._window):
            if point.t - earlier.t > LONGEST_STEP_SECONDS:
                break
            figure = self._figure(one.figure, earlier)
            if figure is not None:
                return _verdict(one, figure)
        return _none(BLIND)

    def _figure(self, name: str, point: Point) -> float | None:
        if name != "quarantine_growth":
            return point.figures.get(name)
        now = point.figures.get("quarantined")
        return None if now is None or self._quarantined is None else now - self._quarantined

    def _of_held(self, one: Criterion) -> Reading:
        seen = [each for each in self._window if one.figure in each.figures]
        measured = sum(min(each.step, LONGEST_STEP_SECONDS) for each in seen)
        if not seen or measured < WINDOW_SHARE * WINDOW_SECONDS:
            return self._unseen()
        is_held = all(one.is_beyond(each.figures[one.figure]) for each in seen)
        return Reading(
            verdict=Verdict.FAIL if is_held else Verdict.PASS, figure=seen[-1].figures[one.figure]
        )

    def _answers(self) -> tuple[Answers | None, float]:
        """What was answered in the window, and the seconds of it that were seen.

        An interval longer than a window tells nothing about it.
        """
        seen = [one.answers for one in self._window if one.answers is not None]
        seen = [one for one in seen if one.seconds <= WINDOW_SECONDS]
        return summed(seen), sum(min(one.seconds, LONGEST_STEP_SECONDS) for one in seen)

    def _of_window(self, one: Criterion) -> Reading:
        if self._now is None:
            return self._unseen()
        found = self._of_answers(one, self._now)
        is_whole = self._measured >= WINDOW_SHARE * WINDOW_SECONDS
        return found if is_whole or found.verdict is Verdict.FAIL else self._unseen()

    def _unseen(self) -> Reading:
        """Why a window has no evidence: nobody looked, or what was looked at said nothing."""
        present = sum(one.step for one in self._window if one.step <= LONGEST_STEP_SECONDS)
        return _none(GAP if present < WINDOW_SHARE * WINDOW_SECONDS else BLIND)

    def _of_answers(self, one: Criterion, answers: Answers) -> Reading:
        if not answers.count:
            return _none(IDLE)
        if one.figure == "error_share":
            return _verdict(one, answers.error_share)
        p95_seconds = answers.quantile_seconds(0.95)
        if one.figure == "p95_seconds":
            return _verdict(one, p95_seconds)
        if not self.baseline.seconds:
            return _none(EARLY)
        return _verdict(one, p95_seconds / self.baseline.seconds)

    def _of_first(self, one: Criterion, point: Point) -> Reading:
        """Judged once, when the time is over; of a switch that nobody saw there is no evidence."""
        if point.t - self.began < one.seconds:
            return _none(EARLY)
        if one.key not in self._goals:
            self._goals[one.key] = self._first_reading(one)
        return self._goals[one.key]

    def _first_reading(self, one: Criterion) -> Reading:
        answers = summed(self._first)
        measured = sum(min(each.seconds, LONGEST_STEP_SECONDS) for each in self._first)
        if answers is None or not self.was_seen or measured < WINDOW_SHARE * one.seconds:
            return _none(BLIND)
        return self._of_answers(one, answers)

    def _critical(self, readings: Mapping[str, Reading]) -> Reading:
        if self.met:
            return Reading(verdict=Verdict.FAIL, figure=float(len(self.met)))
        if any(readings[key].is_blind for key in ABORT_KEYS):
            return _none(BLIND)
        return Reading(verdict=Verdict.PASS, figure=0.0)


def _verdict(one: Criterion, figure: float) -> Reading:
    return Reading(verdict=Verdict.FAIL if one.is_beyond(figure) else Verdict.PASS, figure=figure)


def judged(samples: Iterable[Sample]) -> tuple[Course, list[Judged]]:
    """The course of these samples, and each one of its present authority with its verdicts."""
    course, found = Course(), list[Judged]()
    for sample in samples:
        epoch = course.epoch
        one = course.add(sample)
        if course.epoch != epoch:
            found = []
        if one is not None:
            found.append(one)
    return course, found
