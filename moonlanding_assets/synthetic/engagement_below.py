"""What is below an engagement beside its RFIs: sections, activity, chat, marks, checklists.

Holds fields only, and what an engagement that was deleted left behind.
"""

import random
from collections.abc import Iterator

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import auto_id, pick, stream
from moonlanding_assets.synthetic.chat import Room, messages
from moonlanding_assets.synthetic.checklists import answers
from moonlanding_assets.synthetic.clock import at_us, dmy_minutes, in_form, iso_date, later, stamp
from moonlanding_assets.synthetic.engagement_documents import STAGES, auditors_of, engagement
from moonlanding_assets.synthetic.engagement_plans import EngagementPlan
from moonlanding_assets.synthetic.people_documents import Document
from moonlanding_assets.synthetic.rfi_documents import rfis
from moonlanding_assets.synthetic.words import PAPERS, paragraph
from moonlanding_assets.synthetic.world import LEFT_BEHIND, World

_COLOURS = ("#1b998b", "#2d3047", "#fffd82", "#ff9b71", "#e84855")


def engagement_and_below(world: World, plan: EngagementPlan) -> Iterator[Document]:
    """One engagement with everything below it: exactly `plan.documents` documents."""
    yield engagement(world, plan)
    rng = stream(world.seed, "friday", "below", plan.index)
    path = f"friday/engagements/list/{plan.engagement_id}"
    sections = tuple(auto_id(rng) for _ in range(plan.sections))
    yield from _sections(path, sections, mark=plan.index)
    yield from rfis(world, plan, sections)
    yield from _activity(world, rng, plan, path)
    chat = _chat(world, rng, plan, path)
    yield from chat
    for number in range(plan.marks):
        yield f"{path}/last_read_messages/{auto_id(rng)}", _mark(rng, chat, plan.index + number)
    for number in range(plan.checklists):
        fields = _checklist_row(world, rng, plan, number)
        yield f"{path}/checklists/{auto_id(rng)}", fields


def _sections(path: str, ids: tuple[str, ...], *, mark: int) -> Iterator[Document]:
    for order, section_id in enumerate(ids):
        fields: v.Fields = {
            "name": v.string(PAPERS[(order + mark) % len(PAPERS)]),
            "key": v.string(f"s{order}"),
            "order": v.integer(order),
        }
        if (order + mark) % 3 == 0:
            fields["color"] = v.string(_COLOURS[order % len(_COLOURS)])
        yield f"{path}/sections/{section_id}", fields


def _activity(
    world: World, rng: random.Random, plan: EngagementPlan, path: str
) -> Iterator[Document]:
    auditors = auditors_of(world, plan)
    for number in range(plan.activity):
        moved = f"Moved the engagement to {STAGES[number % len(STAGES)]}"
        dated = f"Commencement date set to {iso_date(plan.start_us)}"
        yield (
            f"{path}/activity/{auto_id(rng)}",
            {
                "message": v.string(dated if number % 3 == 0 else moved),
                "user_email": v.string(pick(rng, auditors).friday_email),
                "dateTime": stamp(later(rng, plan.start_us, 50), plan.index + number),
            },
        )


def _chat(world: World, rng: random.Random, plan: EngagementPlan, path: str) -> list[Document]:
    """The chat; the linked review's people talk here too."""
    emails = [one.friday_email for one in auditors_of(world, plan)]
    emails.append(pick(rng, world.people.reviewers).mwr_email)
    if plan.index % 8 == 5:
        emails.append(world.people.gone_emails[1])
    client_id = world.firm.clients[plan.client].client_id
    room = Room(
        path=f"{path}/chat",
        emails=tuple(emails),
        start_us=plan.start_us,
        folder=f"{client_id}/{plan.engagement_id}/chat/chat",
        bucket="demo-friday",
        tag="isReviewMessage" if plan.index % 4 == 2 else "isFridayMessage",
    )
    return messages(rng, room, count=plan.chat, prose=world.prose, mark=plan.index)


def _mark(rng: random.Random, chat: list[Document], mark: int) -> v.Fields:
    message_path, message = pick(rng, chat)
    return {
        "user_email": message["user_email"],
        "datetime": in_form(later(rng, at_us(2025, 11, 1), 60), 1 if mark % 2 else mark // 2),
        "message_id": v.string(message_path.rsplit("/", 1)[-1]),
    }


def _checklist_row(world: World, rng: random.Random, plan: EngagementPlan, number: int) -> v.Fields:
    mark = plan.index + number
    auditor = auditors_of(world, plan)[0]
    resolved_us = later(rng, plan.start_us, 60)
    is_done = mark % 2 == 0
    pushed: v.Fields = {
        "status": v.boolean(mark % 3 == 0),
        "pushedBy": v.string(auditor.friday_email if mark % 3 == 0 else ""),
        "pushedDate": v.string(dmy_minutes(resolved_us) if mark % 3 == 0 else ""),
    }
    return {
        "name": v.string("Planning checklist"),
        "question": v.string(pick(rng, world.prose.questions)),
        "datetime": in_form(later(rng, plan.start_us, 10), 2 if mark % 2 else mark // 2),
        "friday_pushed": v.map_(pushed),
        "resolved": v.boolean(is_done),
        "resolvedBy": v.string(auditor.friday_email if is_done else ""),
        "resolvedDate": v.string(dmy_minutes(resolved_us) if is_done else ""),
        "responses": answers(
            rng,
            (auditor.friday_email,),
            start_us=plan.start_us,
            pool=world.prose.answers,
            mark=mark,
        ),
    }


def left_behind(world: World) -> Iterator[Document]:
    """Activity and chat of an engagement whose own document was deleted."""
    rng = stream(world.seed, "friday", "left behind")
    path = f"friday/engagements/list/{world.deleted_engagement}"
    auditor = world.people.auditors[0]
    for number in range(LEFT_BEHIND):
        said_us = later(rng, at_us(2023, 5, 2), 90)
        yield (
            f"{path}/activity/{auto_id(rng)}",
            {
                "message": v.string("Removed a client user"),
                "user_email": v.string(auditor.friday_email),
                "dateTime": stamp(said_us, number),
            },
        )
        yield (
            f"{path}/chat/{auto_id(rng)}",
            {
                "user_email": v.string(auditor.friday_email),
                "datetime": stamp(said_us, number),
                "message": v.string(paragraph(rng, world.prose.messages, longest=2)),
            },
        )
