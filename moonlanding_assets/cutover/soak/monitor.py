"""The monitor: takes a sample every ten seconds, judges it, keeps it, shouts, and may go back.

Killed at any moment it goes on where it was: the verdicts are folded again from the samples. It
changes nothing but its own file, unless the way back is armed. Undo: stop it.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from moonlanding_assets.cutover.notice import Notice, Recipients
from moonlanding_assets.cutover.soak.alerts import (
    PHASE,
    TITLE,
    changes,
    deliver,
    first_passes,
    notice,
    owed,
    said,
)
from moonlanding_assets.cutover.soak.criteria import ABORT_KEYS, EVERY_SECONDS
from moonlanding_assets.cutover.soak.figures import (
    Backups,
    Figures,
    Integrity,
    Run,
    disk_figures,
    drift_figures,
    in_background,
    own_figures,
    state_now,
    sync_figures,
)
from moonlanding_assets.cutover.soak.judging import Course, Judged
from moonlanding_assets.cutover.soak.sample import Clock, Counters, Sample, WallClock
from moonlanding_assets.cutover.soak.scrape import GATEWAY, scrape
from moonlanding_assets.cutover.soak.store import SoakStore, read_samples
from moonlanding_assets.parallel.service.processes import Service
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.validator import Verdict

Say = Callable[[str], None]
Reverse = Callable[[Layout, str], None]
Found = TypeVar("Found")
Scrape = Callable[[str], tuple[Counters | None, Mapping[str, float]]]
REVERSIBLE = ("S8", "S9")
UNDER_WAY = ("S6", "S7")  # of a switch, or of one that was killed
BEGUN = "begun"
BY_ITSELF = "the soak's monitor"


def soak_service(layout: Layout) -> Service:
    """The monitor as a process; one for a data directory."""
    return Service(
        name="the soak's monitor",
        place=layout.parallel / "soak",
        log=layout.parallel / "soak.log",
        stops_by="moonlanding soak stop",
    )


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a monitor works with. reverse: how to go back; None when nobody gave a way."""

    gateway: str = GATEWAY
    recipients: Recipients = field(default_factory=Recipients)
    clock: Clock = field(default_factory=WallClock)
    reverse: Reverse | None = None
    scrape: Scrape = scrape
    run: Run = in_background
    every_seconds: float = EVERY_SECONDS


class Monitor:
    """One for a process, under the lease of `soak_service`. `say` is told one line an event."""

    def __init__(self, layout: Layout, means: Means, *, say: Say) -> None:
        self._layout = layout
        self._means = means
        self._say = say
        self._store = SoakStore(layout)
        self._backups = Backups()
        self._integrity = Integrity(means.clock, run=means.run)
        self._course = Course()
        self._troubles: dict[str, str] = {}
        self._undelivered: set[str] = set()
        for sample in read_samples(layout, clock=means.clock.name):
            self._course.add(sample)

    def close(self) -> None:
        """What was seen is kept."""
        self._store.close()

    def run(self, samples: int | None = None) -> None:
        """Take samples until interrupted; so many, when a number is given."""
        clock = self._means.clock
        due, taken = clock.elapsed(), 0
        while samples is None or taken < samples:
            self.look()
            taken += 1
            due = max(due + self._means.every_seconds, clock.elapsed())
            clock.wait(due - clock.elapsed())

    def look(self) -> Judged | None:
        """One sample, and everything that follows from it."""
        sample = self._sample()
        judged = self._course.add(sample)
        try:
            self._keep(sample, judged)
            self._deliver()
            if judged is not None:
                self._go_back(judged)
            elif sample.state in UNDER_WAY:
                self._go_on_back(sample.epoch)
        except sqlite3.OperationalError as error:  # a full disk: a sample less, and no way back
            self._trouble("soak.db", error)
        else:
            self._troubles.pop("soak.db", None)
        return judged

    def measures(self, now: datetime) -> Mapping[str, Callable[[], Figures]]:
        """What is measured besides state and gateway, by what it is called when it cannot be."""
        layout = self._layout
        return {
            "sync": partial(sync_figures, layout),
            "disk": partial(disk_figures, layout),
            "backup": partial(self._backups.figures, layout, now),
            "integrity": partial(self._integrity.figures, layout),
            "drift": partial(drift_figures, layout, now),
            "process": partial(own_figures, layout),
        }

    def _sample(self) -> Sample:
        layout, clock = self._layout, self._means.clock
        now = clock.now()
        figures: dict[str, float] = {}
        nothing: Figures = {}
        for name, measure in self.measures(now).items():
            figures |= self._measured(name, measure, nothing)
        state, epoch = self._measured("state", partial(state_now, layout), ("", -1))
        unseen: tuple[Counters | None, Figures] = (None, nothing)
        fetch = partial(self._means.scrape, self._means.gateway)
        counters, told = self._measured("gateway", fetch, unseen)
        return Sample(
            at=now.isoformat(timespec="milliseconds"),
            elapsed=clock.elapsed(),
            boot=clock.boot,
            clock=clock.name,
            state=state,
            epoch=epoch,
            figures={**figures, **told},
            counters=counters,
        )

    def _measured(self, name: str, measure: Callable[[], Found], nothing: Found) -> Found:
        try:
            found = measure()
        except Exception as error:  # whatever it is: this figure was not measured, others were
            self._trouble(name, error)
            return nothing
        if self._troubles.pop(name, None):
            self._say(f"{name}: measured again")
        return found

    def _trouble(self, name: str, error: Exception) -> None:
        """Say once what cannot be done, and again when it is another thing."""
        kind = type(error).__name__
        if self._troubles.get(name) != kind:
            self._troubles[name] = kind
            self._say(f"{name}: not measured ({kind})")

    def _keep(self, sample: Sample, judged: Judged | None) -> None:
        if judged is None:
            self._store.append(sample, told={}, owed=())
            return
        readings = judged.readings
        told = self._store.told(sample.epoch)
        new = changes(told, readings)
        due: list[tuple[str, dict[str, str]]] = []
        if new.is_worth_telling:
            report = self._layout.parallel / "soak.html"
            one = notice(new, readings, at=sample.at, report=report)
            self._say(f"{one.verdict}: {one.cause}")
            due = owed(one, self._means.recipients)
        known = {**new.told, **first_passes(told, readings)}
        self._store.append(sample, told=known, owed=due)

    def _deliver(self) -> None:
        lines = deliver(self._store, self._means.recipients)
        for line in set(lines) - self._undelivered:
            self._say(f"notice: {line}")
        self._undelivered = set(lines)

    def _go_back(self, judged: Judged) -> None:
        """Once an epoch, only when armed, only for a criterion of the protocol that is met now."""
        met = [key for key in judged.readings if self._is_reason(key, judged)]
        arming = self._store.arming()
        if not met or not arming.is_armed or judged.point.state not in REVERSIBLE:
            return
        epoch = judged.point.epoch
        before = self._store.reversal(epoch)
        if before is not None and before.outcome != BEGUN and before.at >= arming.at:
            return
        reason = "; ".join(said(key, judged.readings[key]) for key in met)
        self._back(epoch, reason)

    def _back(self, epoch: int, reason: str) -> None:
        if self._means.reverse is None:
            self._outcome(epoch, reason, "failed: armed, but no way back was given")
            return
        self._note(epoch, reason, BEGUN)
        try:
            self._means.reverse(self._layout, reason)
        except Exception as error:  # a person has to look: it is not tried again by itself
            self._outcome(epoch, reason, f"failed: {type(error).__name__}")
        else:
            self._outcome(epoch, reason, "done")
            self._store.arm(is_armed=False, by=BY_ITSELF, at=self._now())

    def _go_on_back(self, epoch: int) -> None:
        """A way back that this monitor began, and that a kill left between two states."""
        before = self._store.reversal(epoch)
        if before is not None and before.outcome == BEGUN and self._store.arming().is_armed:
            self._back(epoch, before.reason)

    def _is_reason(self, key: str, judged: Judged) -> bool:
        return key in ABORT_KEYS and judged.readings[key].verdict is Verdict.FAIL

    def _outcome(self, epoch: int, reason: str, outcome: str) -> None:
        self._note(epoch, reason, outcome)
        self._say(f"going back: {outcome}")
        one = Notice(
            phase=PHASE, title=TITLE, evidence="", run_id=self._now(),
            verdict=Verdict.PASS if outcome == "done" else Verdict.FAIL,
            report=str(self._layout.parallel / "soak.html"),
            step="reverse switch", cause=f"going back: {outcome}; because of {reason}",
        )  # fmt: skip
        self._store.owe(owed(one, self._means.recipients))
        self._deliver()

    def _note(self, epoch: int, reason: str, outcome: str) -> None:
        self._store.note_reversal(epoch, reason=reason, at=self._now(), outcome=outcome)

    def _now(self) -> str:
        return self._means.clock.now().isoformat(timespec="milliseconds")
