"""Friday's documents about the firm: roles, clients, types, templates, settings, counters.

Holds fields only. The secrets in the settings are invented, so that a test can look for them.
"""

from collections import Counter
from collections.abc import Iterator

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import auto_id, between, pick, stream
from moonlanding_assets.synthetic.clock import EXPORT_STARTED_US, at_us, in_form, iso_date, later
from moonlanding_assets.synthetic.engagement_plans import kept_rfis
from moonlanding_assets.synthetic.files import download_url
from moonlanding_assets.synthetic.firm import (
    ENGAGEMENT_TYPES,
    ENTITY_TYPES,
    FRIDAY_ROLES,
    RANKS,
    Client,
)
from moonlanding_assets.synthetic.people_documents import Document
from moonlanding_assets.synthetic.words import PAPERS, address_lines, paragraph
from moonlanding_assets.synthetic.world import NOTIFICATIONS, TRIGGERS, World

STAGE_KEYS = (
    "InfoGathering", "Commencement", "TeamExecution", "PartnerReview", "Finalization", "CloseOut",
)  # fmt: skip
#: What a snapshot must never hold.
FAKE_SECRETS = ("fake-secret-mail-0001", "fake-secret-drive-0002")
_RISKS = ("low", "medium", "high", "critical")
_STATUSES = ("active", "Active", "active", "inactive", "active", "Inactive")


def roles(world: World) -> Iterator[Document]:
    """Role definitions, in both homes."""
    for position, rank in enumerate(RANKS):
        allowed = {
            resource: v.map_({"add": v.boolean(position < 2), "manage": v.boolean(position < 1)})
            for resource in ("engagements", "clients", "rfis")
        }
        listed = v.array([v.string("rfis.add"), v.string("chat.add")])
        yield (
            f"friday/users/permissions/{FRIDAY_ROLES[rank]}",
            {
                "name": v.string(rank.title()),
                "key": v.string(rank),
                "roles": listed if rank == "clerk" else v.map_(allowed),
            },
        )
    for rank in RANKS[:2]:
        role = FRIDAY_ROLES[rank]
        yield f"friday/userGroups/list/{role}", {"cloud_id": v.string(role)}


def clients(world: World) -> Iterator[Document]:
    """The clients' parent document, which has no fields, and the clients."""
    yield "friday/clients", {}
    engagements: dict[int, list[str]] = {}
    stages: dict[int, Counter[int]] = {}
    for plan in world.engagements:
        engagements.setdefault(plan.client, []).append(plan.engagement_id)
        stages.setdefault(plan.client, Counter())[plan.stage] += 1
    for number, client in enumerate(world.firm.clients):
        fields = _client(world, client, number)
        fields["engagements"] = v.array(v.string(one) for one in engagements.get(number, ()))
        if number % 2 == 0:
            counts = sorted(stages.get(number, Counter()).items())
            fields["stage_counts"] = v.map_({STAGE_KEYS[s]: v.integer(n) for s, n in counts})
        yield f"friday/clients/list/{client.client_id}", fields


def _client(world: World, client: Client, number: int) -> v.Fields:
    rng = stream(world.seed, "friday", "clients", number)
    people = [world.people.client_users[one] for one in client.users]
    emails = [one.friday_email for one in people if one.friday_email]
    auditors = world.people.auditors
    fields: v.Fields = {
        "name": v.string(client.name),
        "entity_type": v.string(world.firm.entity_types[client.entity_type]),
        "status": v.string(_STATUSES[number % len(_STATUSES)]),
        "users": v.array(v.string(one.friday_id) for one in people),
        "client_code": v.string(client.code),
        "address": _address(address_lines(rng), number),
        "created_by": v.string(auditors[number % len(auditors)].friday_id),
    }
    if number % 3 == 1:
        fields["email"] = v.string(emails[0] if emails else "")
    else:
        fields["master_emails"] = v.array(v.string(one) for one in emails)
    if number % 4 == 0:
        assessed_us = later(rng, at_us(2024, 3, 1), 500)
        fields["risk_level"] = v.string(_RISKS[number // 4 % len(_RISKS)])
        fields["risk_notes"] = v.string(paragraph(rng, world.prose.remarks, longest=2))
        fields["risk_assessed_at"] = in_form(assessed_us, number // 4)
    if number % 3 == 0:
        total = between(rng, 5_000, 400_000)
        fields["fees"] = v.map_({"total": v.integer(total), "paid": v.double(total * 0.1)})
    return fields


def _address(lines: tuple[str, str, str, str], number: int) -> v.Value:
    """One text, or a map of its lines."""
    if number % 2 == 0:
        return v.string(", ".join(lines))
    names = ("street", "suburb", "city", "postal_code")
    return v.map_({name: v.string(line) for name, line in zip(names, lines, strict=True)})


def types(world: World) -> Iterator[Document]:
    """Entity types with their letter templates, and engagement types."""
    rng = stream(world.seed, "friday", "types")
    for name, type_id in zip(ENTITY_TYPES, world.firm.entity_types, strict=True):
        path = f"Engagement Templates/{name}/Engagement letter.docx"
        url = download_url(rng, path, bucket="demo-friday")
        fields = {"name": v.string(name), "letter_template": v.string(url)}
        yield f"friday/clients/entity_types/{type_id}", fields
    for name, type_id in zip(ENGAGEMENT_TYPES, world.firm.engagement_types, strict=True):
        yield f"friday/clients/engagement_types/{type_id}", {"name": v.string(name)}


def templates(world: World) -> Iterator[Document]:
    """RFI templates with their questions, and the library of RFIs."""
    for number, template_id in enumerate(world.firm.friday_templates):
        rng = stream(world.seed, "friday", "templates", number)
        sections = v.array(_template_section(world, number, order) for order in range(3))
        fields = {"name": v.string(f"{pick(rng, PAPERS)} template"), "sections": sections}
        yield f"friday/templates/list/{template_id}", fields
    for number, rfi_id in enumerate(world.firm.friday_rfis):
        yield f"friday/rfis/list/{rfi_id}", _library_rfi(world, number)


def _template_section(world: World, number: int, order: int) -> v.Value:
    rng = stream(world.seed, "friday", "templates", number, order)
    questions = v.array(
        v.map_(
            {
                "key": v.string(f"q{number}.{order}.{turn}"),
                "name": v.string(pick(rng, PAPERS)),
                "question": v.string(pick(rng, world.prose.questions)),
            }
        )
        for turn in range(between(rng, 2, 5))
    )
    return v.map_(
        {
            "name": v.string(PAPERS[order]),
            "key": v.string(f"s{order}"),
            "order": v.integer(order),
            "questions": questions,
        }
    )


def _library_rfi(world: World, number: int) -> v.Fields:
    rng = stream(world.seed, "friday", "rfis", number)
    auditors = world.people.auditors
    fields: v.Fields = {
        "name" if number % 3 else "title": v.string(f"{pick(rng, PAPERS)} request"),
        "status": v.string("active") if number % 4 == 3 else v.integer(number % 2),
        "description": v.string(paragraph(rng, world.prose.questions, longest=2)),
        "created_by": v.string(auditors[number % len(auditors)].friday_id),
    }
    due_us = later(rng, at_us(2025, 3, 1), 200)
    fields["deadline" if number % 2 else "due_date"] = in_form(due_us, 3 if number % 5 else 0)
    if number % 6 in (1, 2):
        engagement = world.engagements[number % len(world.engagements)].engagement_id
        fields["engagement" if number % 6 == 1 else "engagement_id"] = v.string(engagement)
    return fields


def settings(world: World) -> Iterator[Document]:
    """Settings with (invented) secrets, triggers of notifications, counters and the mail queue."""
    rng = stream(world.seed, "friday", "settings")
    mail, drive = FAKE_SECRETS
    keys = v.map_({"mail_api": v.string(mail), "drive": v.map_({"key": v.string(drive)})})
    yield "friday/settings", {"version": v.string("3.14.2"), "keys": keys}
    for number in range(TRIGGERS):
        yield (
            f"friday/settings/engagement_notifications/{auto_id(rng)}",
            {
                "name": v.string(f"Reminder {number + 1}"),
                "trigger": v.string("after" if number % 2 else "before"),
                "days": v.integer(7 * (number + 1)),
                "date_field": v.string("deadline_date" if number % 2 else "commencement_date"),
                "user_groups": v.array(v.string(one) for one in FRIDAY_ROLES.values()),
            },
        )
    today = iso_date(EXPORT_STARTED_US)
    counters = v.map_({today: v.integer(112), "2026-02-04": v.integer(87)})
    yield "friday/emailCounters", {"counters": counters, "date": v.string(today)}
    yield "friday/engagements", _dashboard(world)
    for number in range(NOTIFICATIONS):
        yield f"friday/engagements/client_sent_notifications/{auto_id(rng)}", _queued(world, number)


def _dashboard(world: World) -> v.Fields:
    teams = world.firm.friday_teams
    count = Counter((plan.stage, plan.team) for plan in world.engagements)
    fields = {
        key: v.map_({team: v.integer(count[stage, n]) for n, team in enumerate(teams)})
        for stage, key in enumerate(STAGE_KEYS)
    }
    return {"PendingCounts": v.map_({team: v.integer(n) for n, team in enumerate(teams)}), **fields}


def _queued(world: World, number: int) -> v.Fields:
    plan = world.engagements[number % len(world.engagements)]
    users = world.firm.clients[plan.client].users
    ids = (world.people.client_users[one].friday_id for one in users)
    return {
        "engagement": v.string(plan.engagement_id),
        "rfi": v.string(kept_rfis(world.seed, plan.series)[0].rfi_id),
        "users": v.array(v.string(one) for one in ids),
    }
