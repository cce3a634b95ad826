"""Every document of the demo, system by system, in the order in which an export holds them.

Holds that order only.
"""

from collections.abc import Iterator

from moonlanding_assets.synthetic import (
    engagement_below,
    friday_firm,
    mwr_firm,
    people_documents,
    reviews,
    traces,
)
from moonlanding_assets.synthetic.people_documents import Document
from moonlanding_assets.synthetic.world import World


def friday_documents(world: World) -> Iterator[Document]:
    """Every document of Friday: a path and its fields in the REST encoding."""
    yield from people_documents.friday_users(world)
    yield from friday_firm.roles(world)
    yield from people_documents.friday_teams(world)
    yield from friday_firm.clients(world)
    yield from friday_firm.types(world)
    yield from friday_firm.templates(world)
    yield from friday_firm.settings(world)
    for plan in world.engagements:
        yield from engagement_below.engagement_and_below(world, plan)
    yield from engagement_below.left_behind(world)
    yield from traces.recreation_logs(world)
    yield from traces.emails(world)
    yield from traces.friday_logs(world)


def mwr_documents(world: World) -> Iterator[Document]:
    """Every document of MyWorkReview: a path and its fields in the REST encoding."""
    yield from people_documents.mwr_users(world)
    yield from mwr_firm.roles(world)
    yield from people_documents.mwr_teams(world)
    yield from mwr_firm.templates(world)
    yield from mwr_firm.libraries(world)
    yield from mwr_firm.settings(world)
    for plan in world.reviews:
        yield from reviews.review_and_below(world, plan)
    yield from reviews.left_behind(world)
    yield from traces.mwr_logs(world)
