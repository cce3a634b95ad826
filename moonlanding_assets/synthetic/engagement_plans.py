"""Which engagements there are and how many documents each one holds, before any is written.

Holds sizes, ids and times; no fields (engagement_documents.py and its neighbours). A series is
one client's engagement of one type, recreated year after year or month after month.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from moonlanding_assets.synthetic.chance import auto_id, between, stream
from moonlanding_assets.synthetic.clock import DAY_US, MINUTE_US, at_us
from moonlanding_assets.synthetic.people import TEAM_NAMES

INTERVALS = ("yearly", "monthly", "yearly", "once")
_KEPT_RFIS = 8


@dataclass(frozen=True, kw_only=True)
class RfiPlan:
    """How many documents one RFI brings, without its own."""

    responses: int
    files: int
    activity: int
    team_chat: int


@dataclass(frozen=True, kw_only=True)
class EngagementPlan:
    """One engagement; people, clients, teams and types are positions in the firm's lists."""

    index: int
    engagement_id: str
    series: int
    ordinal: int
    client: int
    engagement_type: int
    year: int
    month: int
    interval: str
    team: int
    stage: int
    start_us: int
    sections: int
    rfis: tuple[RfiPlan, ...]
    kept_rfis: int
    activity: int
    chat: int
    marks: int
    checklists: int

    @property
    def documents(self) -> int:
        """How many documents it is with all below it."""
        below = sum(
            1 + one.responses + one.files + one.activity + one.team_chat for one in self.rfis
        )
        own = 1 + self.sections + self.activity + self.chat + self.marks + self.checklists
        return own + below

    @property
    def is_recreated(self) -> bool:
        """Whether it was made from the one before it in its series."""
        return self.ordinal > 0


@dataclass(frozen=True, kw_only=True)
class KeptRfi:
    """The ids that an RFI, its first response and its first file keep through a series."""

    rfi_id: str
    response_id: str
    file_id: str


def kept_rfis(seed: int, series: int) -> tuple[KeptRfi, ...]:
    """The RFIs of a series that recreation copies, id by id."""
    rng = stream(seed, "friday", "series", series)
    return tuple(
        KeptRfi(rfi_id=auto_id(rng), response_id=auto_id(rng), file_id=auto_id(rng))
        for _ in range(_KEPT_RFIS)
    )


def plan_engagements(
    seed: int, *, budget: int, clients: int, types: int, size: int
) -> tuple[EngagementPlan, ...]:
    """Engagements whose documents, and a recreation log for each recreated one, fit the budget.

    `size` is the middle number of RFIs of an engagement.
    """
    found: list[EngagementPlan] = []
    left = budget
    for plan in _endless(seed, clients=clients, types=types, size=size):
        needed = plan.documents + plan.is_recreated
        if needed > left:
            return tuple(found)
        found.append(plan)
        left -= needed
    raise AssertionError("the plan of engagements has no end")


@dataclass(frozen=True, kw_only=True)
class _Series:
    """What the engagements of one series share."""

    number: int
    client: int
    engagement_type: int
    interval: str
    length: int
    first_year: int
    first_month: int


def _endless(seed: int, *, clients: int, types: int, size: int) -> Iterator[EngagementPlan]:
    index = 0
    for number in itertools.count():
        rng = stream(seed, "friday", "engagements", number)
        series = _series(rng, number, clients=clients, types=types)
        for ordinal in range(series.length):
            yield _plan(rng, series, index=index, ordinal=ordinal, size=size)
            index += 1


def _series(rng: random.Random, number: int, *, clients: int, types: int) -> _Series:
    """Two series a client, of two types; each pair of client and type comes once only."""
    client = (number // 2) % clients
    interval = INTERVALS[number % len(INTERVALS)]
    lengths = {"once": 1, "monthly": 3, "yearly": 2 if number == 0 else between(rng, 1, 3)}
    length = lengths[interval]
    return _Series(
        number=number,
        client=client,
        engagement_type=(number % 2 + 2 * (number // (2 * clients)) + client) % types,
        interval=interval,
        length=length,
        first_year=between(rng, 2022, 2024 if interval == "monthly" else 2026 - length),
        # Three months from January, April, July or October on: every month occurs.
        first_month=1 + number // 4 * 3 % 12 if interval == "monthly" else 0,
    )


def _plan(
    rng: random.Random, series: _Series, *, index: int, ordinal: int, size: int
) -> EngagementPlan:
    is_monthly = series.interval == "monthly"
    month = series.first_month + ordinal if is_monthly else 0
    year = series.first_year if is_monthly else series.first_year + ordinal
    start_us = at_us(year, month or 3, 1) + between(rng, 0, 20 if month else 190) * DAY_US
    rfis = between(rng, max(3, size * 6 // 10), max(4, size * 14 // 10))
    return EngagementPlan(
        index=index,
        engagement_id=auto_id(rng),
        series=series.number,
        ordinal=ordinal,
        client=series.client,
        engagement_type=series.engagement_type,
        year=year,
        month=month,
        interval=series.interval,
        team=(index * 3 + series.client) % len(TEAM_NAMES),
        stage=index % 6,
        start_us=start_us + between(rng, 6 * 60, 15 * 60) * MINUTE_US,
        sections=between(rng, 2, max(2, min(6, size // 4))),
        rfis=tuple(_rfi_plan(rng, number) for number in range(rfis)),
        kept_rfis=min(rfis, _KEPT_RFIS),
        activity=between(rng, 1, max(2, size // 3)),
        chat=between(rng, 2, max(3, size // 3)),
        marks=between(rng, 1, 2),
        checklists=between(rng, 1, 3),
    )


def _rfi_plan(rng: random.Random, number: int) -> RfiPlan:
    """The first RFI of each engagement has one of everything."""
    least = 1 if number == 0 else 0
    return RfiPlan(
        responses=max(least, between(rng, 0, 2) - between(rng, 0, 1)),
        files=max(least, between(rng, 0, 2) - between(rng, 0, 1)),
        activity=max(least, between(rng, 0, 1)),
        team_chat=between(rng, 1, 3) if number == 0 or rng.random() < 0.1 else 0,
    )
