"""The engagement document itself, in all the ways that the source writes it.

Holds fields only; RFIs are in rfi_documents.py, what else is below an engagement in
engagement_below.py. A rare form belongs to every n-th engagement, so that it surely occurs.
"""

import random

from moonlanding_assets.contract.shared import MONTHS
from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import between, pick, stream
from moonlanding_assets.synthetic.clock import DAY_US, in_form, later
from moonlanding_assets.synthetic.engagement_plans import EngagementPlan
from moonlanding_assets.synthetic.files import download_url
from moonlanding_assets.synthetic.firm import ENGAGEMENT_TYPES, NAMESAKES
from moonlanding_assets.synthetic.people import Person
from moonlanding_assets.synthetic.people_documents import Document, friday_member
from moonlanding_assets.synthetic.words import paragraph
from moonlanding_assets.synthetic.world import World

STAGES = (
    "Info Gathering", "Commencement", "Team Execution", "Partner Review", "Finalization",
    "Close Out",
)  # fmt: skip
_CLOSE_OUT = 5
#: There is no 31 February: such a date was typed by hand and must be rejected, not mended.
WRONG_DATE = "31/02/26 10:00"


def engagement(world: World, plan: EngagementPlan) -> Document:
    """One engagement's path and fields."""
    rng = stream(world.seed, "friday", "engagement", plan.index)
    fields = {
        **_client(world, plan),
        **_what(world, rng, plan),
        **_when(rng, plan),
        **_who(world, rng, plan),
        **_progress(rng, plan),
        **_papers(world, rng, plan),
        **_links(world, rng, plan),
    }
    return f"friday/engagements/list/{plan.engagement_id}", fields


def auditors_of(world: World, plan: EngagementPlan) -> tuple[Person, ...]:
    """The auditors who work on an engagement: two to four."""
    auditors = world.people.auditors
    count = 2 + plan.index % 3
    return tuple(auditors[(plan.index * 5 + turn * 2) % len(auditors)] for turn in range(count))


def _client(world: World, plan: EngagementPlan) -> v.Fields:
    """The client by id under either name, by both, or by its name alone where that is unique."""
    client = world.firm.clients[plan.client]
    form = plan.index % 6
    if form == 2 and plan.client not in NAMESAKES:
        return {"client_name": v.string(client.name)}
    fields: v.Fields = {}
    if form != 1:
        fields["client"] = v.string(client.client_id)
    if form in (1, 3):
        fields["client_id"] = v.string(client.client_id)
    if form in (0, 4):
        fields["client_name"] = v.string(client.name)
    return fields


def _what(world: World, rng: random.Random, plan: EngagementPlan) -> v.Fields:
    kind = ENGAGEMENT_TYPES[plan.engagement_type]
    client = world.firm.clients[plan.client].name
    fields: v.Fields = {
        "engagement_type": v.string(world.firm.engagement_types[plan.engagement_type]),
        "year": _year(plan),
        "repeat_interval": v.string(plan.interval),
        "team": v.string(world.firm.friday_teams[plan.team]),
    }
    if plan.month:
        fields["month"] = v.string(MONTHS[plan.month - 1])
    elif plan.index % 2:
        fields["month"] = v.null()
    if plan.index % 5 == 0:
        fields["name"] = v.string(f"{client} - {kind} {plan.year}")
    elif plan.index % 5 == 2:
        fields["title"] = v.string(f"{kind} for {client}")
    if plan.index % 4 == 1:
        fields["scope"] = v.string(paragraph(rng, world.prose.remarks, longest=3))
    return fields


def _year(plan: EngagementPlan) -> v.Value:
    if plan.index % 4 == 1:
        return v.integer(plan.year)
    if plan.index % 10 == 6:
        return v.string(f"Year ended 28 February {plan.year}")
    return v.string(str(plan.year))


def _when(rng: random.Random, plan: EngagementPlan) -> v.Fields:
    """The dates, each in another form from one engagement to the next."""
    index, start_us = plan.index, plan.start_us
    fields = {"commencement_date": in_form(start_us, index)}
    completed_us = later(rng, start_us + 30 * DAY_US, 60)
    if index % 60 == 4:
        fields["completion_date"] = v.string(WRONG_DATE)
    elif plan.stage == _CLOSE_OUT or index % 7 == 0:
        fields["completion_date"] = in_form(completed_us, index // 6 + index)
    else:
        fields["completion_date"] = v.string("")
    if index % 3 != 2:
        deadline_us = start_us + 90 * DAY_US
        form = index // 3 + 2
        fields["deadline_date"] = v.string("") if form % 9 == 8 else in_form(deadline_us, form)
    created_us = start_us - between(rng, 1, 20) * DAY_US
    if index % 5 != 4:
        fields["created_at" if index % 3 == 1 else "createdTime"] = in_form(created_us, index + 1)
    return fields


def _who(world: World, rng: random.Random, plan: EngagementPlan) -> v.Fields:
    """Auditors under either name, as ids or as maps; client users; the creator, perhaps gone."""
    auditors = auditors_of(world, plan)
    people = world.people
    fields: v.Fields = {}
    if plan.index % 3 != 1:
        form = plan.index % 2
        fields["user"] = v.array(
            friday_member(one, form * (turn + 1)) for turn, one in enumerate(auditors)
        )
    if plan.index % 3 != 0 or plan.index % 12 == 0:
        fields["users"] = v.array(v.string(one.friday_id) for one in auditors)
    client_users = (people.client_users[one] for one in world.firm.clients[plan.client].users)
    fields["client_users"] = v.array(v.string(one.friday_id) for one in client_users)
    if plan.index % 4 != 3:
        gone = plan.index % 20 == 1
        creator = pick(rng, people.gone_ids) if gone else auditors[0].friday_id
        fields["createdBy"] = v.string(creator)
    return fields


def _progress(rng: random.Random, plan: EngagementPlan) -> v.Fields:
    stage = STAGES[plan.stage]
    done = plan.stage * 20
    fee = between(rng, 8, 900) * 500
    forms = (v.integer(fee), v.double(fee + 0.75), v.string(f"{fee}.50"))
    fields: v.Fields = {
        "stage": v.string(
            stage if plan.index // 6 % 2 == plan.index % 2 else stage.replace(" ", "")
        ),
        "status": v.string("Pending" if plan.stage == 0 else "Active"),
        "progress": v.integer(done) if plan.index % 2 else v.double(done * 0.77),
        "client_progress": v.double(done / 3) if plan.index % 2 else v.integer(done),
        "fee": forms[plan.index % len(forms)],
        "clerksCanApprove": v.boolean(plan.index % 2 == 0),
    }
    if plan.index % 3 == 0:
        shares = (v.double(37.5), v.integer(62))
        partner, manager = shares if plan.index % 2 else shares[::-1]
        fields["fee_split"] = v.map_({"partner": partner, "manager": manager})
    if plan.stage == _CLOSE_OUT or plan.index % 12 == 0:
        fields["feedback"] = v.map_(
            {
                "rating": v.integer(between(rng, 1, 5)),
                "comment": v.string("The team kept us informed; queries came in good time."),
                "date": in_form(later(rng, plan.start_us + 60 * DAY_US, 40), plan.index // 6),
            }
        )
    return fields


def _papers(world: World, rng: random.Random, plan: EngagementPlan) -> v.Fields:
    """Letter, draft statements and draft journals, the keys of their statuses in two spellings."""
    client_id = world.firm.clients[plan.client].client_id
    folder = f"{client_id}/{plan.engagement_id}"
    letter = ("Pending", "Sent"), ("Pending", "Queries", "Accepted")
    draft = letter[1], letter[0]
    papers = {
        "engagement_letter": ("Engagement Letter", "Signed letter.pdf", letter),
        "post_rfi": ("PostRFI", "Draft AFS.pdf", draft),
        "post_rfi_journal": ("PostRFI", "Draft journals.xlsx", draft),
    }
    fields: v.Fields = {}
    for turn, (name, (place, file, (of_client, of_auditor))) in enumerate(papers.items()):
        number = plan.index + turn
        if number % 4 == 3:
            continue
        gap = " " if number % 2 else "_"
        paper = {
            f"client{gap}status": v.string(of_client[number // 4 % len(of_client)]),
            f"auditor{gap}status": v.string(of_auditor[number // 3 % len(of_auditor)]),
        }
        if number % 3 != 1:
            url = download_url(rng, f"{folder}/{place}/{file}", bucket="demo-friday")
            paper["file"] = v.map_({"url": v.string(url), "name": v.string(file)})
        fields[name] = v.map_(paper)
    return fields


def _links(world: World, rng: random.Random, plan: EngagementPlan) -> v.Fields:
    links = world.links
    fields: v.Fields = {}
    for name, of_plan in (
        ("review_link", links.from_engagement),
        ("previous_year_review_link", links.previous_year),
    ):
        if plan.index in of_plan:
            link = of_plan[plan.index]
            fields[name] = v.string(link) if link else v.null()
    library = (*world.firm.friday_rfis, *world.firm.friday_templates)
    fields["rfis_linked"] = v.array(v.string(pick(rng, library)) for _ in range(plan.index % 4))
    if plan.index % 4 == 0:
        fields["finalization_notice_client"] = v.map_({"sent": v.boolean(plan.stage > 3)})
    if plan.index % 3 == 0:
        fields["recreate_with_attachments"] = v.boolean(plan.index % 2 == 0)
    return fields
