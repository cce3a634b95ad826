"""Which reviews there are, how large each is, and how reviews and engagements are linked.

Holds sizes, ids, times and links; no fields (reviews.py). The two directions of a link are kept
by hand in the sources, so that some are one-sided and some lead nowhere.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from moonlanding_assets.synthetic.chance import auto_id, between, stream
from moonlanding_assets.synthetic.clock import DAY_US, MINUTE_US, at_us
from moonlanding_assets.synthetic.engagement_plans import EngagementPlan

TEMPLATE_TYPES = ("standard", "tender", "friday", "review")
STATES = ("open", "closed", "archived", "open", "closed")
#: One review in 25 was made from the one before it and has kept the ids of its highlights.
_COPIES, _COPY = 25, 4
#: How engagement and review are linked, for one engagement after the other.
_LINKS = (
    "both", "only engagement", "only review", "dead", "both", "null", "both", "both", "absent",
    "both", "both", "both",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ReviewPlan:
    """One review; `template` is a position in the library, `removed` counts highlights.

    `highlights_of`: the review whose highlight ids it carries, for a copy not its own id.
    """

    index: int
    review_id: str
    kind: str
    state: str
    template: int
    team: int
    author: int
    year: int
    published_us: int
    highlights: int
    highlights_of: str
    sections: int
    chat: int
    checklists: int
    removed: int

    @property
    def documents(self) -> int:
        """How many documents it is with all that belongs to it."""
        return 1 + self.chat + self.checklists + (1 if self.removed else 0)


@dataclass(frozen=True, kw_only=True)
class Links:
    """Both directions, by position: an id, "" for null; a position that is missing has no field.

    `reviews_of` also tells which review an engagement's RFIs may come from.
    """

    from_engagement: dict[int, str]
    from_review: dict[int, str]
    previous_year: dict[int, str]
    reviews_of: dict[int, ReviewPlan]


def plan_reviews(seed: int, *, budget: int, templates: int, teams: int) -> tuple[ReviewPlan, ...]:
    """Reviews whose documents fit the budget."""
    found: list[ReviewPlan] = []
    left = budget
    for plan in _endless(seed, templates=templates, teams=teams):
        if plan.documents > left:
            return tuple(found)
        found.append(plan)
        left -= plan.documents
    raise AssertionError("the plan of reviews has no end")


def _endless(seed: int, *, templates: int, teams: int) -> Iterator[ReviewPlan]:
    before = ""
    for index in itertools.count():
        rng = stream(seed, "mwr", "reviews", index)
        year = between(rng, 2022, 2025)
        published_us = at_us(year, 3, 1) + between(rng, 0, 240) * DAY_US
        review_id = auto_id(rng)
        yield ReviewPlan(
            index=index,
            review_id=review_id,
            kind=TEMPLATE_TYPES[index % templates % len(TEMPLATE_TYPES)],
            state=STATES[index % len(STATES)],
            template=index % templates,
            team=index % teams,
            author=between(rng, 0, 10_000),
            year=year + 1,
            published_us=published_us + between(rng, 6 * 60, 15 * 60) * MINUTE_US,
            highlights=between(rng, 5, 20),
            highlights_of=before if index % _COPIES == _COPY else review_id,
            sections=between(rng, 1, 3),
            chat=between(rng, 2, 12),
            checklists=1 if index % 3 == 0 else 0,
            removed=between(rng, 1, 4) if index % 4 == 1 else 0,
        )
        before = review_id


def plan_links(
    seed: int, engagements: tuple[EngagementPlan, ...], reviews: tuple[ReviewPlan, ...]
) -> Links:
    """The links; the engagement at position n has to do with the review at position n, if any."""
    rng = stream(seed, "links")
    links = Links(from_engagement={}, from_review={}, previous_year={}, reviews_of={})
    for engagement, review in zip(engagements, reviews, strict=False):
        kind = _LINKS[engagement.index % len(_LINKS)]
        if kind in ("both", "only engagement"):
            links.from_engagement[engagement.index] = review.review_id
            links.reviews_of[engagement.index] = review
        if kind in ("both", "only review"):
            links.from_review[review.index] = engagement.engagement_id
        if kind in ("dead", "null"):
            links.from_engagement[engagement.index] = auto_id(rng) if kind == "dead" else ""
        if engagement.is_recreated:
            before = links.from_engagement.get(engagement.index - 1, "")
            links.previous_year[engagement.index] = before
    for review in reviews[len(engagements) or 3 :: 40]:
        links.from_review[review.index] = auto_id(rng)
    if len(reviews) > 3:
        links.from_review.setdefault(reviews[3].index, auto_id(rng))
    return links
