"""MyWorkReview's documents about the firm: roles, templates, libraries, settings, API keys.

Holds fields only. The API keys are invented, so that a test can look for them.
"""

from collections.abc import Iterator

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic import checklists
from moonlanding_assets.synthetic.chance import auto_id, stream
from moonlanding_assets.synthetic.clock import at_us
from moonlanding_assets.synthetic.people_documents import Document, mwr_member
from moonlanding_assets.synthetic.review_plans import TEMPLATE_TYPES
from moonlanding_assets.synthetic.tenders import CUSTOM_FLAGS
from moonlanding_assets.synthetic.world import APIS, World

_RESOURCES = ("checklists", "reviews", "settings", "templates", "teams", "users")
_ACTIONS = (
    "add", "mark_all_resolved", "change_status", "collaborators", "private", "attach_checklist",
    "new_flags", "temporary_access_period", "manage", "all",
)  # fmt: skip
#: What a snapshot must never hold.
FAKE_API_KEY = "fake-secret-api-key"


def roles(world: World) -> Iterator[Document]:
    """Role definitions: what they allow is a list, or a map of maps."""
    for rank, role_id in world.firm.mwr_roles.items():
        nested = {
            resource: v.map_({action: v.boolean(rank == "partner") for action in _ACTIONS})
            for resource in _RESOURCES
        }
        listed = v.array(v.string(f"{resource}.add") for resource in _RESOURCES[:2])
        yield (
            f"myworkreview/userGroups/list/{role_id}",
            {
                "name": v.string(rank.title()),
                "roles": listed if rank == "clerk" else v.map_(nested),
                "description": v.string(f"What a {rank} may do"),
            },
        )


def _desk(world: World, mark: int) -> checklists.Desk:
    return checklists.Desk(
        people=world.people.reviewers[:5], start_us=at_us(2022, 2, 1), prose=world.prose, mark=mark
    )


def templates(world: World) -> Iterator[Document]:
    """Review templates of every type; the shape of `content` differs."""
    library = world.firm.mwr_checklists
    contents = (
        v.string("Standard headings"),
        v.map_({"headings": v.array([v.string("Planning"), v.string("Completion")])}),
        v.array([v.string("Planning"), v.map_({"title": v.string("Completion")})]),
    )
    for number, template_id in enumerate(world.firm.mwr_templates):
        rng = stream(world.seed, "mwr", "templates", number)
        kind = TEMPLATE_TYPES[number % len(TEMPLATE_TYPES)]
        fields: v.Fields = {
            "name": v.string(f"{kind.title()} template {number + 1}"),
            "cloud_id": v.string(template_id),
            "template_type": v.string(kind),
            "default_checklists": v.array(
                v.string(library[(number + n) % len(library)]) for n in range(2)
            ),
            "description": v.string(f"Used for {kind} reviews"),
            "sections": v.array(
                checklists.section(
                    rng, _desk(world, number + n + 17), checklist_id=library[n % len(library)]
                )
                for n in range(2)
            ),
        }
        if number % 2 == 0:
            fields["type"] = v.string(kind)
        if number % 4 != 3:
            fields["content"] = contents[number % 4]
        yield f"myworkreview/templates/list/{template_id}", fields


def libraries(world: World) -> Iterator[Document]:
    """The libraries of checklists and of sections."""
    for number, checklist_id in enumerate(world.firm.mwr_checklists):
        rng = stream(world.seed, "mwr", "checklists", number)
        fields: v.Fields = {
            "name": v.string(checklists.checklist_name(number)),
            "cloud_id": v.string(checklist_id),
            "section_items": checklists.items(rng, _desk(world, number), count=3 + number % 4),
            "emailChecklist": v.boolean(number % 5 == 0),
        }
        if number % 3 == 0:
            fields["mandatory"] = v.boolean(number % 2 == 0)
            fields["managerApprove"] = v.boolean(number % 2 == 1)
        yield f"myworkreview/checklists/list/{checklist_id}", fields
    for number, section_id in enumerate(world.firm.mwr_sections):
        rng = stream(world.seed, "mwr", "sections", number)
        yield (
            f"myworkreview/sections/list/{section_id}",
            {
                "name": v.string(checklists.checklist_name(number + 5)),
                "section_items": checklists.items(rng, _desk(world, 4 * number + 17), count=6),
            },
        )


def settings(world: World) -> Iterator[Document]:
    """The one settings document, and the API keys that nobody may read."""
    managers = world.people.reviewers[:3]
    ids = [v.string(managers[0].mwr_id), v.string(managers[1].mwr_email)]
    yield (
        "myworkreview/settings/list/settings",
        {
            "temporary_review_access_period": v.integer(30),
            "flags_managers": v.array([*ids, mwr_member(managers[2], 1), _member_with_id(world)]),
            "tender_flags": v.array(v.string(one) for one in ("Open", "Missed", "Declined")),
            "flags": v.array(v.string(one) for one in CUSTOM_FLAGS),
        },
    )
    rng = stream(world.seed, "mwr", "apis")
    for number in range(APIS):
        yield (
            f"myworkreview/apis/list/{auto_id(rng)}",
            {"key": v.string(f"{FAKE_API_KEY}-{number}"), "name": v.string(f"service {number}")},
        )


def _member_with_id(world: World) -> v.Value:
    person = world.people.reviewers[-1]
    fields = mwr_member(person, 0)["mapValue"]["fields"]
    return v.map_({"cloud_id": v.string(person.mwr_id), **fields})
