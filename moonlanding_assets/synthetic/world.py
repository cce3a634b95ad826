"""One demo world: people, firm, engagements, reviews and links, planned before any is written.

Holds the plan and how the exact numbers of documents come about; no fields.
"""

from dataclasses import dataclass

from moonlanding_assets.synthetic.chance import auto_id, stream
from moonlanding_assets.synthetic.engagement_plans import EngagementPlan, plan_engagements
from moonlanding_assets.synthetic.firm import Firm, plan_firm
from moonlanding_assets.synthetic.people import People, plan_people
from moonlanding_assets.synthetic.review_plans import Links, ReviewPlan, plan_links, plan_reviews
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.synthetic.words import Prose, prose

#: Documents that exist once: parents, settings, counters, one team under the clients document.
_FRIDAY_SINGLES = 5
NOTIFICATIONS = 4
TRIGGERS = 4
#: Left below the engagement and the review that were deleted (their documents are gone).
LEFT_BEHIND = 2
FAILED_RECREATIONS = 2
APIS = 2
_FRIDAY_LOGS_SHARE = 0.04
_MWR_LOGS_SHARE = 0.36
_FEWEST_LOGS = 4


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that the documents are written from."""

    seed: int
    scale: Scale
    people: People
    firm: Firm
    prose: Prose
    engagements: tuple[EngagementPlan, ...]
    reviews: tuple[ReviewPlan, ...]
    links: Links
    friday_logs: int
    mwr_logs: int
    deleted_engagement: str
    deleted_review: str


def plan_world(seed: int, scale: Scale) -> World:
    """The world of a seed and a scale; the logs fill up what other documents leave."""
    people = plan_people(seed, scale)
    firm = plan_firm(seed, scale, people)
    friday_left = scale.friday - _friday_fixed(scale, firm)
    engagements = plan_engagements(
        seed,
        budget=friday_left - max(_FEWEST_LOGS, round(scale.friday * _FRIDAY_LOGS_SHARE)),
        clients=len(firm.clients),
        types=len(firm.engagement_types),
        size=scale.rfis_an_engagement,
    )
    mwr_left = scale.mwr - _mwr_fixed(scale, firm)
    reviews = plan_reviews(
        seed,
        budget=mwr_left - max(_FEWEST_LOGS, round(scale.mwr * _MWR_LOGS_SHARE)),
        templates=len(firm.mwr_templates),
        teams=len(firm.mwr_teams),
    )
    rng = stream(seed, "deleted")
    return World(
        seed=seed,
        scale=scale,
        people=people,
        firm=firm,
        prose=prose(seed),
        engagements=engagements,
        reviews=reviews,
        links=plan_links(seed, engagements, reviews),
        friday_logs=friday_left - sum(one.documents + one.is_recreated for one in engagements),
        mwr_logs=mwr_left - sum(one.documents for one in reviews),
        deleted_engagement=auto_id(rng),
        deleted_review=auto_id(rng),
    )


def _friday_fixed(scale: Scale, firm: Firm) -> int:
    """Friday documents other than engagements with all below them, and logs."""
    roles_and_groups = 3 + 2
    lists = (
        firm.clients, firm.entity_types, firm.engagement_types, firm.friday_teams,
        firm.friday_templates, firm.friday_rfis,
    )  # fmt: skip
    return (
        scale.friday_users
        + roles_and_groups
        + sum(len(one) for one in lists)
        + scale.emails
        + _FRIDAY_SINGLES
        + NOTIFICATIONS
        + TRIGGERS
        + FAILED_RECREATIONS
        + 2 * LEFT_BEHIND
    )


def _mwr_fixed(scale: Scale, firm: Firm) -> int:
    """MyWorkReview documents other than reviews with all that belongs to them, and logs."""
    lists = (firm.mwr_roles, firm.mwr_teams, firm.mwr_templates, firm.mwr_checklists)
    settings = 1
    return (
        scale.mwr_users
        + sum(len(one) for one in lists)
        + len(firm.mwr_sections)
        + settings
        + APIS
        + LEFT_BEHIND
    )
