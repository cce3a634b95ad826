"""The reviews with their chats, checklists and removed highlights.

Holds fields only, and what a review that was deleted left behind.
"""

import random
from collections.abc import Iterator

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic import checklists
from moonlanding_assets.synthetic.chance import auto_id, between, drive_id, pick, stream
from moonlanding_assets.synthetic.chat import Room, messages
from moonlanding_assets.synthetic.clock import (
    DAY_US,
    at_us,
    dmy_date,
    dmy_minutes,
    in_form,
    iso_date,
    iso_minutes,
    later,
)
from moonlanding_assets.synthetic.files import drive_file
from moonlanding_assets.synthetic.firm import ENGAGEMENT_TYPES
from moonlanding_assets.synthetic.highlights import ODD_NUMBERS, Sheet, highlights
from moonlanding_assets.synthetic.people import TEAM_NAMES, Person
from moonlanding_assets.synthetic.people_documents import Document
from moonlanding_assets.synthetic.review_plans import ReviewPlan
from moonlanding_assets.synthetic.tenders import flags, tender_details
from moonlanding_assets.synthetic.world import LEFT_BEHIND, World

WRONG_DATE = "31/02/26 08:00"
_TAGS = ("IFRS", "Rotation", "First year", "Group", "Going concern")


def review_and_below(world: World, plan: ReviewPlan) -> Iterator[Document]:
    """One review with everything that belongs to it: exactly `plan.documents` documents."""
    rng = stream(world.seed, "mwr", "review", plan.index)
    path = f"myworkreview/reviews/list/{plan.review_id}"
    people = _people(world, plan)
    sheet = _sheet(world, rng, plan, people)
    yield path, _review(world, rng, plan, sheet)
    room = Room(
        path=f"{path}/chat",
        emails=sheet.authors,
        start_us=plan.published_us,
        folder=f"demo-organisation/{plan.review_id}",
        bucket="demo-mwr",
        tag="isReviewMessage",
    )
    yield from messages(rng, room, count=plan.chat, prose=world.prose, mark=plan.index)
    desk = _desk(world, plan, people, mark=plan.index)
    for number in range(plan.checklists):
        name = v.string(checklists.checklist_name(plan.index + number))
        fields = {"name": name, "section_items": checklists.items(rng, desk, count=4)}
        yield f"{path}/checklists/{auto_id(rng)}", fields
    if plan.removed:
        removed = highlights(rng, sheet, count=plan.removed, first=500)
        yield f"myworkreview/removedHighlights/list/{plan.review_id}", {"highlights": removed}


def _people(world: World, plan: ReviewPlan) -> tuple[Person, ...]:
    """The reviewer first, then the others of the review: two to four."""
    reviewers = world.people.reviewers
    count = 2 + plan.index % 3
    return tuple(reviewers[(plan.author + turn) % len(reviewers)] for turn in range(count))


def _sheet(world: World, rng: random.Random, plan: ReviewPlan, people: tuple[Person, ...]) -> Sheet:
    """The authors are named by e-mail, one in many of them was deleted."""
    authors = [one.mwr_email for one in people]
    if plan.index % 6 == 2:
        authors.append(world.people.gone_emails[plan.index // 6 % len(world.people.gone_emails)])
    turn = plan.index // 5 * 4
    is_odd = plan.index % 5 == 0 and plan.index < 15
    return Sheet(
        seed=world.seed,
        number=plan.index,
        review_id=plan.highlights_of,
        file_id=drive_id(rng),
        authors=tuple(authors),
        start_us=plan.published_us,
        prose=world.prose,
        planted=ODD_NUMBERS[turn : turn + 4] if is_odd else (),
    )


def _desk(
    world: World, plan: ReviewPlan, people: tuple[Person, ...], *, mark: int
) -> checklists.Desk:
    return checklists.Desk(people=people, start_us=plan.published_us, prose=world.prose, mark=mark)


def _review(world: World, rng: random.Random, plan: ReviewPlan, sheet: Sheet) -> v.Fields:
    people = _people(world, plan)
    library = world.firm.mwr_checklists
    sections = [
        checklists.section(
            rng,
            _desk(world, plan, people, mark=plan.index + turn),
            checklist_id=library[(plan.index + turn) % len(library)],
        )
        for turn in range(plan.sections)
    ]
    return {
        **_what(world, rng, plan),
        **_state(rng, plan),
        **_who(rng, plan, people),
        **_places(rng, plan, sheet),
        **_links(world, plan),
        **tender_details(rng, plan),
        "flags": flags(plan),
        "sections": v.array(sections),
        "highlights": highlights(rng, sheet, count=plan.highlights),
        "hasEmailChecklist": v.boolean(any(n % 5 == 0 for n in range(plan.index, plan.index + 2))),
    }


def _what(world: World, rng: random.Random, plan: ReviewPlan) -> v.Fields:
    client = pick(rng, world.firm.clients).name
    kind = pick(rng, ENGAGEMENT_TYPES)
    library = world.firm.mwr_checklists
    template: v.Fields = {
        "cloud_id": v.string(world.firm.mwr_templates[plan.template]),
        "name": v.string(f"{plan.kind.title()} template {plan.template + 1}"),
        "template_type": v.string(plan.kind),
        "default_checklists": v.array(
            v.string(library[(plan.template + n) % len(library)]) for n in range(2)
        ),
    }
    year = v.integer(plan.year) if plan.index % 4 == 1 else v.string(str(plan.year))
    fields: v.Fields = {
        "groupName": v.string(f"{client} {kind} {plan.year}"),
        "financialYear": year,
        "template": v.map_(template),
        "team": _team(world, plan),
        "private": v.boolean(plan.index % 7 == 3),
    }
    if plan.index % 3 == 0:
        fields["template_type"] = v.string(plan.kind)
    if plan.index % 3 == 1:
        fields["tags"] = v.array(v.string(pick(rng, _TAGS)) for _ in range(plan.index % 4))
    if plan.index % 4 != 3:
        wip = between(rng, 0, 90_000)
        fields["wip"] = v.integer(wip) if plan.index % 2 else v.double(wip + 0.35)
    return fields


def _team(world: World, plan: ReviewPlan) -> v.Value:
    """A map, a plain id, or null."""
    if plan.index % 9 == 5:
        return v.null()
    team_id = v.string(world.firm.mwr_teams[plan.team])
    if plan.index % 5 == 2:
        return team_id
    return v.map_({"cloud_id": team_id, "name": v.string(TEAM_NAMES[plan.team])})


def _state(rng: random.Random, plan: ReviewPlan) -> v.Fields:
    """Open, closed or archived, out of a boolean and a stage."""
    stage = {"open": "active", "closed": "history", "archived": "archive"}[plan.state]
    is_open = plan.state == "open" or (plan.state == "archived" and plan.index % 4 == 2)
    updated_us = later(rng, plan.published_us, 100)
    fields: v.Fields = {
        "status": v.boolean(is_open),
        "stage": v.string(stage),
        "published": v.boolean(plan.index % 8 != 6),
        "published_date": v.string(dmy_minutes(plan.published_us)),
    }
    if plan.state != "open":
        closed = (dmy_minutes, iso_minutes, dmy_date)[plan.index % 3](updated_us)
        fields["closed_date"] = v.string(WRONG_DATE if plan.index % 200 == 4 else closed)
    elif plan.index % 2:
        fields["closed_date"] = v.string("")
    if plan.index % 3 != 2:
        fields["lastUpdated"] = in_form(updated_us, plan.index // 3)
    if plan.kind == "tender":
        due = iso_date if plan.index % 3 else dmy_date
        fields["deadline_date"] = v.string(due(plan.published_us + 40 * DAY_US))
    return fields


def _who(rng: random.Random, plan: ReviewPlan, people: tuple[Person, ...]) -> v.Fields:
    reviewer, *others = people
    fields: v.Fields = {
        "email": v.string(reviewer.mwr_email),
        "user": v.string(reviewer.mwr_name),
        "collaborators": v.array(_collaborator(plan, one, turn) for turn, one in enumerate(others)),
        "collaboratorCloudIds": v.array(v.string(one.mwr_id) for one in others),
    }
    if plan.index % 3 == 0:
        manager = others[0]
        fields["firstManager"] = v.string(manager.mwr_id if plan.index % 2 else manager.mwr_email)
    return fields


def _collaborator(plan: ReviewPlan, person: Person, turn: int) -> v.Value:
    is_permanent = (plan.index + turn) % 3 != 0
    expires_us = plan.published_us + 30 * DAY_US
    return v.map_(
        {
            "cloud_id": v.string(person.mwr_id),
            "email": v.string(person.mwr_email),
            "name": v.string(person.mwr_name),
            "type": v.string("permanent" if is_permanent else "temporary"),
            "expires": v.null() if is_permanent else in_form(expires_us, plan.index // 3 + 1),
        }
    )


def _places(rng: random.Random, plan: ReviewPlan, sheet: Sheet) -> v.Fields:
    """Where its files are: ids of Drive, not addresses."""
    fields: v.Fields = {
        "fileUrl": v.string(sheet.file_id),
        "attachmentFolderURL": v.string(drive_id(rng)),
        "attachments": v.array(drive_file(rng) for _ in range(plan.index % 3)),
    }
    if plan.index % 3 == 0:
        fields["reviewFolderID"] = v.string(drive_id(rng))
    return fields


def _links(world: World, plan: ReviewPlan) -> v.Fields:
    """The engagement, "" or nothing at all for none."""
    link = world.links.from_review.get(plan.index)
    if link is not None:
        return {"friday_link": v.string(link)}
    return {"friday_link": v.string("")} if plan.index % 2 else {}


def left_behind(world: World) -> Iterator[Document]:
    """The chat of a review whose own document was deleted."""
    rng = stream(world.seed, "mwr", "left behind")
    room = Room(
        path=f"myworkreview/reviews/list/{world.deleted_review}/chat",
        emails=(world.people.reviewers[0].mwr_email, world.people.gone_emails[2]),
        start_us=at_us(2023, 6, 1),
        folder=f"demo-organisation/{world.deleted_review}",
        bucket="demo-mwr",
        tag="isReviewMessage",
    )
    yield from messages(rng, room, count=LEFT_BEHIND, prose=world.prose, mark=1)
