"""The 95th percentile that the soak's is measured by: of before the switch, else of its beginning.

Holds no verdict.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from moonlanding_assets.cutover.soak.criteria import BASELINE_ANSWERS, BASELINE_SECONDS
from moonlanding_assets.cutover.soak.points import Point, summed

CALM = "S5"  # reads from Moonlanding, writes to the old systems
BEFORE, BEGINNING = "the half hour before the switch", "the first half hour of the soak"


@dataclass
class Baseline:
    """seconds: None until there were enough answers; of: which time it is of."""

    seconds: float | None = None
    of: str = ""
    _points: deque[Point] = field(default_factory=deque)

    def note_before(self, point: Point) -> None:
        """A sample of before the switch: the last half hour of them counts."""
        if point.state != CALM:
            return
        if self.of:  # of a soak that is over
            self.seconds, self.of = None, ""
        self._points.append(point)
        while self._points[0].t <= point.t - BASELINE_SECONDS:
            self._points.popleft()

    def begin(self) -> None:
        """The switch: what was before is the baseline, or the beginning has to be."""
        self.seconds, self.of = None, ""
        self._take(self._points, BEFORE)
        self._points.clear()

    def note(self, point: Point, since: float) -> None:
        """A sample of the soak, so many seconds after the switch."""
        if self.seconds is not None:
            return
        self._points.append(point)
        if since >= BASELINE_SECONDS:
            self._take(self._points, BEGINNING)

    def _take(self, points: Iterable[Point], of: str) -> None:
        answers = summed(one.answers for one in points if one.answers is not None)
        if answers is not None and answers.count >= BASELINE_ANSWERS:
            self.seconds, self.of = answers.quantile_seconds(0.95), of
            self._points.clear()
