"""A soak that is invented: a clock set by hand, samples of a good day, a gateway's counters.

Holds no assertion. Nothing taken by this clock can be evidence: it is not called "wall".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.cutover.soak.figures import Figures
from moonlanding_assets.cutover.soak.monitor import Means, Monitor, Reverse
from moonlanding_assets.cutover.soak.sample import Counters, Sample
from moonlanding_assets.cutover.soak.store import SoakStore
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.kept_documents import control_in

BEGAN = datetime(2026, 2, 5, 12, tzinfo=UTC)
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
CALM_MINUTES, MINUTE = 40, 60.0
HEALTHY: Mapping[str, float] = {
    "conflicts": 0.0, "quarantined": 2.0, "change_sequence": 10.0, "change_waiting": 0.0,
    "drift": 0.0, "integrity_faults": 0.0, "foreign_key_faults": 0.0, "disk_free_share": 0.5,
    "wal_bytes": 1e6, "database_bytes": 8e6, "backup_age_seconds": 900.0, "gateway_fds": 30.0,
}  # fmt: skip
LOST: list[Mapping[str, str]] = []  # what the callable of a test was told


def told(notice: Mapping[str, str]) -> None:
    """The callable of a test."""
    LOST.append(notice)


@dataclass
class SetClock:
    """Goes on only when it is waited for."""

    name: str = "fake"
    boot: str = "boot-1"
    seconds: float = 0.0

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)

    def elapsed(self) -> float:
        return 1000.0 + self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += max(seconds, 0.0)


@dataclass
class Gateway:
    """Counts up: so many answers a minute, most of them in 10 to 25 ms."""

    started: float = 1.0
    a_minute: int = 600
    errors_a_minute: int = 0
    slow_a_minute: int = 0  # of 0.5 to 1 s
    is_away: bool = False
    total: int = 0
    errors: int = 0
    slow: int = 0

    def live(self, minutes: float) -> None:
        """Time passes."""
        self.total += round(self.a_minute * minutes)
        self.errors += round(self.errors_a_minute * minutes)
        self.slow += round(self.slow_a_minute * minutes)

    def restart(self) -> None:
        """Another process, which has counted nothing."""
        self.started, self.total, self.errors, self.slow = self.started + 100, 0, 0, 0

    def counters(self) -> Counters | None:
        if self.is_away:
            return None
        good = self.total - self.slow
        return Counters(
            started=self.started,
            codes={"2xx": self.total - self.errors, "5xx": self.errors},
            bounds=BOUNDS,
            buckets=(0, good, 0, 0, 0, 0, self.slow, 0),
        )


@dataclass
class Day:
    """The world of an invented soak, one sample after the other."""

    clock: SetClock = field(default_factory=SetClock)
    gateway: Gateway = field(default_factory=Gateway)
    figures: dict[str, float] = field(default_factory=lambda: dict(HEALTHY))
    state: str = "S5"
    epoch: int = 0

    def sample(self) -> Sample:
        return Sample(
            at=self.clock.now().isoformat(), elapsed=self.clock.elapsed(), boot=self.clock.boot,
            clock=self.clock.name, state=self.state, epoch=self.epoch,
            figures=dict(self.figures), counters=self.gateway.counters(),
        )  # fmt: skip

    def minutes(self, count: int, *, every: float = MINUTE) -> Iterator[Sample]:
        """So many samples, one a minute."""
        for _ in range(count):
            self.clock.wait(every)
            self.gateway.live(every / MINUTE)
            yield self.sample()

    def calm(self) -> list[Sample]:
        """The time before the switch, and the first sample after it."""
        found = list(self.minutes(CALM_MINUTES))
        self.state, self.epoch = "S9", 1
        return [*found, *self.minutes(1)]


Change = Callable[[Day], None]


def day(
    *, hours: float = 24.2, at_minute: int = 600, for_minutes: int = 8, plant: Change | None = None
) -> list[Sample]:
    """A good day, but for what is planted at a minute, and taken away again after some."""
    world = Day()
    samples = world.calm()
    whole = round(hours * 60)
    if plant is None:
        return [*samples, *world.minutes(whole)]
    samples += world.minutes(at_minute)
    good, gateway = dict(world.figures), replace(world.gateway)
    plant(world)
    samples += world.minutes(for_minutes)
    world.figures = good
    world.gateway.errors_a_minute = gateway.errors_a_minute
    world.gateway.slow_a_minute = gateway.slow_a_minute
    return [*samples, *world.minutes(whole - at_minute - for_minutes)]


def figure(name: str, value: float) -> Change:
    """A figure becomes another one."""

    def change(world: Day) -> None:
        world.figures[name] = value

    return change


def without(name: str) -> Change:
    """A figure is not measured any more."""

    def change(world: Day) -> None:
        del world.figures[name]

    return change


def errors(world: Day) -> None:
    """One answer of a hundred is a 5xx."""
    world.gateway.errors_a_minute = 6


def slow(world: Day) -> None:
    """A tenth of the answers takes more than half a second."""
    world.gateway.slow_a_minute = 60


class Invented(Monitor):
    """The monitor with invented figures in the place of the measured ones."""

    def __init__(
        self, layout: Layout, world: Day, *, means: Means, say: Callable[[str], None]
    ) -> None:
        self.world = world
        super().__init__(layout, means, say=say)

    def measures(self, now: datetime) -> Mapping[str, Callable[[], Figures]]:
        del now
        return {"world": partial(dict, self.world.figures)}


@dataclass
class Watched:
    """A data directory in S9 with a monitor of an invented world; `said` is its log."""

    layout: Layout
    world: Day = field(default_factory=Day)
    said: list[str] = field(default_factory=list)
    reverse: Reverse | None = None
    recipients: Recipients = field(
        default_factory=lambda: Recipients(call="moonlanding_assets_tests.soaking:told")
    )

    def monitor(self) -> Invented:
        def scrape(address: str) -> tuple[Counters | None, Figures]:
            del address
            if self.world.gateway.is_away:
                raise OSError("nobody listens")
            return self.world.gateway.counters(), {}

        means = Means(
            clock=self.world.clock, scrape=scrape, reverse=self.reverse, every_seconds=MINUTE,
            recipients=self.recipients,
        )  # fmt: skip
        return Invented(self.layout, self.world, means=means, say=self.said.append)

    def minutes(self, monitor: Monitor, count: int) -> None:
        for _ in range(count):
            self.world.gateway.live(1)
            monitor.run(1)


def watched(room: Path, *, states: str = "S1 S2 S3 S4 S5 S6 S7 S8 S8 S9") -> Watched:
    """A new one, with nothing sampled."""
    layout = Layout(data=room)
    control_in(layout.parallel, states, percent=100)
    LOST.clear()
    return Watched(layout)


def keep(layout: Layout, samples: Iterable[Sample]) -> None:
    """Samples as a monitor has kept them, without waiting for the disk."""
    with closing(SoakStore(layout)) as store:
        store._connection.execute("PRAGMA synchronous = OFF")
        for sample in samples:
            store.append(sample, told={}, owed=())
