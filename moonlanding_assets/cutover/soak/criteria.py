"""What is watched for 24 hours and what is too much, as data: criteria for going back, goals.

Holds no sample and no judging (judging.py); docs/soak.md shows the tables, rendered from here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from moonlanding_assets.parallel.state.states import SOAK_HOURS

#: How often the monitor looks; a minute without any sample is a minute that nobody watched.
EVERY_SECONDS = 10.0
SAMPLE_SECONDS = 60.0
LONGEST_STEP_SECONDS = 1.5 * SAMPLE_SECONDS
WINDOW_SECONDS = 300.0
SOAK_SECONDS = SOAK_HOURS * 3600.0
LEAST_SHARE = 0.995
WINDOW_SHARE = 0.9  # of a window that must be measured before it is judged
BASELINE_SECONDS = 1800.0
BASELINE_ANSWERS = 200
#: The state of the gateway's route and of the row in which Moonlanding has authority.
WATCHED = ("S8", "S9", "S10")
SOAKING = ("S9", "S10")

How = Literal["last", "window", "held", "first"]


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One figure with one bound; beyond it, it is met (abort criteria) or missed (goals).

    how: of the "last" sample; of everything answered in the "window" of 5 minutes; "held" beyond
    the bound by every sample of the 5 minutes; over the "first" `seconds` after the switch.
    """

    key: str
    figure: str
    says: str
    how: How
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    seconds: float = WINDOW_SECONDS

    @property
    def bound(self) -> str:
        """What is too much, as the pages show it."""
        if self.above is not None:
            return f"> {self.above:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else f"< {self.below:g}"

    def is_beyond(self, figure: float) -> bool:
        """Whether the figure is on the wrong side; NaN always is."""
        if self.above is not None:
            return not figure <= self.above
        if self.at_least is not None:
            return not figure < self.at_least
        return self.below is None or not figure >= self.below


#: 5.5 of the protocol. Any one of them: an alert, and going back is proposed, or done when armed.
ABORT = (
    Criterion(key="errors", figure="error_share", how="window", above=0.001,
              says="answers that are 5xx, over 5 minutes"),
    Criterion(key="slow", figure="p95_seconds", how="window", above=0.5,
              says="95th percentile of all answers, over 5 minutes (seconds)"),
    Criterion(key="slower", figure="p95_ratio", how="window", above=1.5,
              says="the same, as a multiple of the baseline"),
    Criterion(key="drift", figure="drift", how="last", above=0,
              says="documents that differ, confirmed"),
    Criterion(key="lag", figure="reverse_lag_seconds", how="held", above=60,
              says="the old systems are behind, for 5 minutes (seconds)"),
    Criterion(key="conflicts", figure="conflicts", how="last", above=0,
              says="sync conflicts that are open"),
    Criterion(key="integrity", figure="integrity_faults", how="last", above=0,
              says="integrity_check is not ok"),
    Criterion(key="foreign_keys", figure="foreign_key_faults", how="last", above=0,
              says="foreign_key_check is not ok"),
    Criterion(key="quarantine", figure="quarantine_growth", how="last", above=0,
              says="more in quarantine than when the soak began"),
    Criterion(key="disk", figure="disk_free_share", how="last", below=0.2,
              says="free share of the disk"),
    Criterion(key="wal", figure="wal_bytes", how="last", above=2**30,
              says="write-ahead log (bytes)"),
    Criterion(key="backup", figure="backup_age_seconds", how="last", above=3600,
              says="age of the newest verified backup (seconds)"),
)  # fmt: skip

#: What the firm asked for. Missing one is an alert; it does not propose to go back.
GOALS = (
    Criterion(key="errors_5_minutes", figure="error_share", how="first", at_least=0.001,
              says="answers that are 5xx, of the first 5 minutes", seconds=300.0),
    Criterion(key="errors_1_hour", figure="error_share", how="first", at_least=0.0001,
              says="answers that are 5xx, of the first hour", seconds=3600.0),
    Criterion(key="p95", figure="p95_seconds", how="window", at_least=0.5,
              says="95th percentile of all answers, over 5 minutes (seconds)"),
    Criterion(key="critical_issues", figure="critical_issues", how="last", above=0,
              says="criteria for going back that were met since the switch"),
)  # fmt: skip

CRITERIA = (*ABORT, *GOALS)
BY_KEY = {one.key: one for one in CRITERIA}
ABORT_KEYS = frozenset(one.key for one in ABORT)


def tables() -> Iterator[str]:
    """The two tables as Markdown, for docs/soak.md."""
    yield from _table("criterion", ABORT)
    yield ""
    yield from _table("goal", GOALS)


def _table(head: str, criteria: tuple[Criterion, ...]) -> Iterator[str]:
    yield f"| {head} | figure | too much | what |"
    yield "|---|---|---|---|"
    for one in criteria:
        yield f"| {one.key} | `{one.figure}` | {one.bound} | {one.says} |"
