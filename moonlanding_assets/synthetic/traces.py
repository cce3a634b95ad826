"""What people leave behind in both systems: e-mails, recreation logs, system and action logs.

Holds fields only. The logs fill an export up to its exact number of documents.
"""

import random
from collections.abc import Iterator

from moonlanding_assets.contract.shared import MONTHS
from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import auto_id, between, pick, stream
from moonlanding_assets.synthetic.clock import at_us, in_form, iso_seconds, later
from moonlanding_assets.synthetic.engagement_plans import EngagementPlan
from moonlanding_assets.synthetic.files import download_url, file_name
from moonlanding_assets.synthetic.people import spelled
from moonlanding_assets.synthetic.people_documents import Document
from moonlanding_assets.synthetic.words import paragraph
from moonlanding_assets.synthetic.world import FAILED_RECREATIONS, World

_CATEGORIES = ("sync", "mail", "recreation", "login")
_DONE = ("Opened the review", "Resolved a highlight", "Added a collaborator", "Closed the review")


def emails(world: World) -> Iterator[Document]:
    """Inbound mail, in the root collection and, one in five, below friday/."""
    for number in range(world.scale.emails):
        rng = stream(world.seed, "friday", "emails", number)
        place = "friday/emails/list" if number % 5 == 3 else "emails"
        yield f"{place}/{auto_id(rng)}", _email(world, rng, number)


def _email(world: World, rng: random.Random, number: int) -> v.Fields:
    people = world.people
    sender = people.client_users[number % len(people.client_users)].email
    sent_us = later(rng, at_us(2024, 3, 1), 650)
    words = "</p><p>".join(pick(rng, world.prose.answers) for _ in range(between(rng, 3, 12)))
    office = "office@audit.example.com"
    auditor = pick(rng, people.auditors).friday_email
    files = [f"temp_email_attachments/{file_name(rng)[0]}" for _ in range(number % 3)]
    fields: v.Fields = {
        "subject": v.string(f"RE: {pick(rng, world.prose.questions)}"),
        "from": v.string(spelled(sender, number) if sender else "unknown@sender.example.net"),
        "to": v.string(office) if number % 2 else v.array([v.string(office), v.string(auditor)]),
        "date": in_form(sent_us, number),
        "body": v.string(f"<html><body><p>{words}</p></body></html>"),
        "attachmentUrls": v.array(
            v.string(download_url(rng, one, bucket="demo-friday")) for one in files
        ),
        "allocated": v.boolean(number % 3 == 0),
    }
    if number % 3 == 1:
        fields["cc"] = v.string(auditor) if number % 2 else v.array([v.string(auditor)])
    if number % 4 == 2:
        fields["bcc"] = v.array([v.string(office)]) if number % 8 == 2 else v.string(office)
    return fields


def recreation_logs(world: World) -> Iterator[Document]:
    """A log for each recreated engagement, and some of attempts that failed or wait."""
    before: EngagementPlan | None = None
    rng = stream(world.seed, "friday", "recreation")
    for plan in world.engagements:
        if before is not None and plan.is_recreated:
            yield _recreation(world, rng, (before, plan), "completed")
        before = plan
    for number in range(FAILED_RECREATIONS):
        plan = world.engagements[number]
        yield _recreation(world, rng, (plan, plan), "failed" if number % 2 else "pending")


def _recreation(
    world: World, rng: random.Random, pair: tuple[EngagementPlan, EngagementPlan], status: str
) -> Document:
    old, new = pair
    client = world.firm.clients[new.client].client_id
    kind = world.firm.engagement_types[new.engagement_type]
    details = {
        "repeatInterval": v.string("monthly" if new.month else "yearly"),
        "oldMonth": v.string(MONTHS[old.month - 1] if old.month else ""),
        "newMonth": v.string(MONTHS[new.month - 1] if new.month else ""),
        "oldYear": v.string(str(old.year)),
        "newYear": v.string(str(new.year)),
    }
    return (
        f"friday/recreationLogs/list/{auto_id(rng)}",
        {
            "engagementId": v.string(new.engagement_id),
            "clientId": v.string(client),
            "engagementTypeId": v.string(kind),
            "status": v.string(status),
            "details": v.map_(details),
            "timestamp": v.string(iso_seconds(new.start_us)),
        },
    )


def friday_logs(world: World) -> Iterator[Document]:
    """Friday's system log, as long as it must be."""
    rng = stream(world.seed, "friday", "logs")
    people = world.people
    for number in range(world.friday_logs):
        known = people.auditors[number % len(people.auditors)].friday_email
        yield (
            f"friday/logs/list/{auto_id(rng)}",
            {
                "log_time": in_form(
                    later(rng, at_us(2023, 1, 1), 1000), number if number % 3 else 6
                ),
                "email": v.string(people.gone_emails[3] if number % 40 == 9 else known),
                "review": v.string(_CATEGORIES[number % len(_CATEGORIES)]),
                "message": v.string(paragraph(rng, world.prose.messages, longest=2)),
            },
        )


def mwr_logs(world: World) -> Iterator[Document]:
    """What reviewers did; a log names its review, a deleted one, or a category."""
    rng = stream(world.seed, "mwr", "logs")
    people = world.people
    for number in range(world.mwr_logs):
        plan = pick(rng, world.reviews)
        about = _CATEGORIES[number % 4] if number % 7 == 3 else plan.review_id
        known = people.reviewers[number % len(people.reviewers)].mwr_email
        yield (
            f"myworkreview/logs/list/{auto_id(rng)}",
            {
                "review": v.string(world.deleted_review if number % 50 == 20 else about),
                "message": v.string(f"{_DONE[number % len(_DONE)]} ({between(rng, 1, 900)})"),
                "email": v.string(people.gone_emails[4] if number % 30 == 11 else known),
                "log_time": v.string(iso_seconds(later(rng, plan.published_us, 90))),
            },
        )
