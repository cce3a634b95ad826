"""Errors and times of reads by the side that was asked, while some users read from NEW.

Times are kept in buckets 2% wide, so a 95th percentile is right within 2%. Holds no clock, no file.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.parallel.state.states import Side

LEAST_SAMPLES = 400  # reads of each side; the 95th percentile then has 20 above it
NEVER_AS_GOOD = 1e9  # errors on NEW, none on OLD
_GROWTH = 1.02
_LEAST_SECONDS = 1e-5


@dataclass
class SideReads:
    """One side: reads, those that failed, and how many took how long (bucket → number)."""

    reads: int = 0
    errors: int = 0
    buckets: Counter[int] = field(default_factory=Counter)

    def p95_seconds(self) -> float:
        """Of all reads; the upper bound of its bucket."""
        left = math.ceil(0.95 * self.reads)
        for bucket, count in sorted(self.buckets.items()):
            left -= count
            if left <= 0:
                return float(_LEAST_SECONDS * _GROWTH ** (bucket + 1))
        return math.nan

    def described(self) -> dict[str, Any]:
        """As JSON holds it."""
        named = {str(bucket): count for bucket, count in sorted(self.buckets.items())}
        return {"reads": self.reads, "errors": self.errors, "buckets": named}


def side_reads(described: dict[str, Any]) -> SideReads:
    """What `described` gave; raises KeyError, ValueError, AttributeError for anything else."""
    buckets = {int(bucket): int(count) for bucket, count in described["buckets"].items()}
    return SideReads(int(described["reads"]), int(described["errors"]), Counter(buckets))


@dataclass
class Canary:
    """Both sides. `is_counting` only while the share of users is tried (S4, S5)."""

    sides: dict[Side, SideReads] = field(default_factory=dict)
    is_counting: bool = False

    def __post_init__(self) -> None:
        self.sides = {"OLD": SideReads(), "NEW": SideReads(), **self.sides}

    def note(self, side: Side, *, seconds: float, is_error: bool) -> None:
        """Count one read."""
        if not self.is_counting:
            return
        one = self.sides[side]
        one.reads += 1
        one.errors += is_error
        one.buckets[int(math.log(max(seconds, _LEAST_SECONDS) / _LEAST_SECONDS, _GROWTH))] += 1

    def evidence(self) -> dict[str, float]:
        """NEW against OLD; nothing before both have enough reads."""
        old, new = self.sides["OLD"], self.sides["NEW"]
        if min(old.reads, new.reads) < LEAST_SAMPLES:
            return {}
        return {
            "error_rate_ratio": _ratio(new.errors / new.reads, old.errors / old.reads),
            "p95_ratio": new.p95_seconds() / old.p95_seconds(),
        }


def _ratio(new: float, old: float) -> float:
    if new <= old:
        return new / old if old else 1.0
    return new / old if old else NEVER_AS_GOOD
