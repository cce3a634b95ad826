"""Samples on one axis of real seconds: what each adds to what was known, what was answered between.

A pure fold: the same samples give the same points, whenever they are read. Holds no bound.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from moonlanding_assets.cutover.soak.sample import Counters, Sample

ERRORS = "5xx"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What was answered in some time, `seconds` of it seen; None bounds before any histogram."""

    seconds: float
    count: int
    errors: int
    bounds: tuple[float, ...]
    buckets: tuple[int, ...]

    @property
    def error_share(self) -> float:
        """5xx of all; only where something was answered."""
        return self.errors / self.count

    def quantile_seconds(self, share: float) -> float:
        """By interpolation inside its bucket; infinite above the last bound."""
        wanted, reached, lower = share * sum(self.buckets), 0, 0.0
        for bound, count in zip(self.bounds, self.buckets, strict=False):
            if count and reached + count >= wanted:
                return lower + (bound - lower) * (wanted - reached) / count
            reached, lower = reached + count, bound
        return float("inf")


def summed(parts: Iterable[Answers]) -> Answers | None:
    """Everything together, of the histogram that the last ones have; None of nothing."""
    listed = list(parts)
    if not listed:
        return None
    bounds = listed[-1].bounds
    same = [one for one in listed if one.bounds == bounds]
    return Answers(
        seconds=sum(one.seconds for one in same),
        count=sum(one.count for one in same),
        errors=sum(one.errors for one in same),
        bounds=bounds,
        buckets=tuple(map(sum, zip(*(one.buckets for one in same), strict=True))),
    )


@dataclass(frozen=True, kw_only=True)
class Point:
    """One sample on the axis. t: seconds since the first sample; step: since the one before.

    figures: of the sample, and reverse_lag_seconds. answers: since the counters were last seen,
    None where they cannot be had.
    """

    t: float
    step: float
    at: str
    state: str
    epoch: int
    figures: Mapping[str, float]
    answers: Answers | None


@dataclass
class Axis:
    """Turns sample after sample into points."""

    before: Sample | None = None
    t: float = 0.0
    counted: tuple[float, Counters] | None = None
    sequences: list[tuple[float, float]] = field(default_factory=list)

    def add(self, sample: Sample) -> Point:
        """The next one."""
        step = 0.0 if self.before is None else sample.seconds_since(self.before)
        self.before = sample
        self.t += step
        return Point(
            t=self.t,
            step=step,
            at=sample.at,
            state=sample.state,
            epoch=sample.epoch,
            figures={**sample.figures, **self._lag(sample.figures)},
            answers=self._answers(sample.counters),
        )

    def _answers(self, counters: Counters | None) -> Answers | None:
        if counters is None:
            return None
        before, self.counted = self.counted, (self.t, counters)
        if before is None:
            return None
        new = counters.since(before[1])
        return Answers(
            seconds=self.t - before[0],
            count=sum(new.buckets),
            errors=new.codes.get(ERRORS, 0),
            bounds=new.bounds,
            buckets=new.buckets,
        )

    def _lag(self, figures: Mapping[str, float]) -> dict[str, float]:
        """For how long at least the oldest change that waits has been there.

        It was there when the log was first seen to have got so far. Seen from outside, so it grows
        also when the stream back is not running and says nothing.
        """
        if "change_sequence" not in figures:
            return {}
        last, waits = figures["change_sequence"], figures["change_waiting"]
        if self.sequences and last < self.sequences[-1][0]:
            self.sequences.clear()  # the stream was made anew
        if not self.sequences or last > self.sequences[-1][0]:
            self.sequences.append((last, self.t))
        if not waits:
            del self.sequences[:-1]
            return {"reverse_lag_seconds": 0.0}
        place = bisect_left(self.sequences, (waits, 0.0))
        del self.sequences[:place]
        since = self.sequences[0][1] if self.sequences else self.t
        return {"reverse_lag_seconds": self.t - since}
