"""The firm as both systems know it: clients, teams, roles, types and libraries, by their ids.

Holds ids and names; no fields (friday_firm.py, mwr_firm.py).
"""

import random
from dataclasses import dataclass

from moonlanding_assets.synthetic.chance import auto_id, between, stream
from moonlanding_assets.synthetic.people import TEAM_NAMES, People
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.synthetic.words import firm_name

#: The role documents' ids as the hand-over documents give them.
FRIDAY_ROLES = {
    "partner": "KBCSEHD91PdSh4StXOZe",
    "manager": "hXbxDR3GfCHtrtjrn2wC",
    "clerk": "xNexLKjl1m3kPTG8BBaF",
}
MWR_CLERK = "A3KQ4WpdhLj2Vo2oSS2x"
RANKS = ("partner", "manager", "clerk")
ENTITY_TYPES = ("Corporation", "Partnership", "Trust", "Non-profit", "Sole Proprietor", "Body")
ENGAGEMENT_TYPES = (
    "Annual Audit", "Independent Review", "Compilation", "VAT Return", "Payroll Review",
    "Agreed-upon Procedures", "Tax Return",
)  # fmt: skip
#: The clients at these two positions have one name between them.
NAMESAKES = (2, 3)


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client; `users` are positions among the people's client users."""

    client_id: str
    name: str
    code: str
    entity_type: int
    users: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Firm:
    """What exists once for the whole firm; every tuple is in the order of writing."""

    clients: tuple[Client, ...]
    entity_types: tuple[str, ...]
    engagement_types: tuple[str, ...]
    friday_teams: tuple[str, ...]
    friday_templates: tuple[str, ...]
    friday_rfis: tuple[str, ...]
    mwr_roles: dict[str, str]
    mwr_teams: tuple[str, ...]
    mwr_templates: tuple[str, ...]
    mwr_checklists: tuple[str, ...]
    mwr_sections: tuple[str, ...]


def plan_firm(seed: int, scale: Scale, people: People) -> Firm:
    """The firm of one demo."""
    rng = stream(seed, "firm")
    return Firm(
        clients=_clients(rng, scale.clients, len(people.client_users)),
        entity_types=_ids(rng, len(ENTITY_TYPES)),
        engagement_types=_ids(rng, len(ENGAGEMENT_TYPES)),
        friday_teams=_ids(rng, len(TEAM_NAMES)),
        friday_templates=_ids(rng, scale.of_library(8, at_least=3)),
        friday_rfis=_ids(rng, scale.of_library(48, at_least=6)),
        mwr_roles={"partner": auto_id(rng), "manager": auto_id(rng), "clerk": MWR_CLERK},
        mwr_teams=_ids(rng, len(TEAM_NAMES)),
        mwr_templates=_ids(rng, scale.of_library(16, at_least=4)),
        mwr_checklists=_ids(rng, scale.of_library(23, at_least=4)),
        mwr_sections=_ids(rng, 2),
    )


def _ids(rng: random.Random, count: int) -> tuple[str, ...]:
    return tuple(auto_id(rng) for _ in range(count))


def _clients(rng: random.Random, count: int, users: int) -> tuple[Client, ...]:
    names: list[str] = []
    for position in range(count):
        name = firm_name(rng)
        if position == NAMESAKES[1]:
            name = names[NAMESAKES[0]]
        elif name in names:
            name = f"{name.rsplit(' ', 1)[0]} {position} {name.rsplit(' ', 1)[1]}"
        names.append(name)
    return tuple(
        Client(
            client_id=auto_id(rng),
            name=name,
            code=f"{name[:3].upper()}{position:03d}",
            entity_type=position % len(ENTITY_TYPES),
            users=tuple(
                sorted({(position + turn * 3) % users for turn in range(between(rng, 1, 3))})
            ),
        )
        for position, name in enumerate(names)
    )
