"""The user and team documents of both systems.

Holds fields only; who exists, and under which spelling, is planned in people.py.
"""

import random
from collections.abc import Iterator

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import pick, stream, token
from moonlanding_assets.synthetic.clock import at_us, in_form, later
from moonlanding_assets.synthetic.files import download_url, photo, signed_url
from moonlanding_assets.synthetic.firm import FRIDAY_ROLES, Client
from moonlanding_assets.synthetic.people import TEAM_NAMES, Person
from moonlanding_assets.synthetic.world import World

Document = tuple[str, v.Fields]


def friday_users(world: World) -> Iterator[Document]:
    """Every Friday user document."""
    clients_of = _clients_of(world)
    for number, person in enumerate(world.people.friday):
        rng = stream(world.seed, "friday", "users", number)
        fields = _friday_identity(rng, person, number)
        if person.rank:
            fields |= _auditor(world, rng, person, number)
        else:
            fields["clients"] = _client_list(clients_of.get(person.friday_id, ()), number)
        yield f"friday/users/list/{person.friday_id}", fields


def _clients_of(world: World) -> dict[str, tuple[Client, ...]]:
    found: dict[str, tuple[Client, ...]] = {}
    for client in world.firm.clients:
        for position in client.users:
            user_id = world.people.client_users[position].friday_id
            found[user_id] = (*found.get(user_id, ()), client)
    return found


def _friday_identity(rng: random.Random, person: Person, number: int) -> v.Fields:
    fields: v.Fields = {
        "type": v.string("auditor" if person.rank else "client"),
        "status": v.string(person.status),
        "uid": v.string("" if number % 5 == 4 else token(rng).replace("-", "")[:28]),
        "authProvider": v.string("google" if person.rank else "email"),
    }
    if person.has_email:
        fields["email"] = v.string(person.friday_email)
    fields["displayName" if number % 7 == 5 else "name"] = v.string(person.name)
    if number % 2 == 0:
        fields["cloud_id"] = v.string(person.friday_id)
    fields["photoURL" if number % 4 == 2 else "photo"] = photo(rng, number)
    created_us = later(rng, at_us(2022, 1, 10), 900)
    if number % 6 != 5:
        fields["created_at" if number % 3 == 1 else "createdTime"] = in_form(created_us, number)
    return fields


def _auditor(world: World, rng: random.Random, person: Person, number: int) -> v.Fields:
    teams = world.firm.friday_teams
    fields: v.Fields = {
        "role": v.string(FRIDAY_ROLES[person.rank]),
        "teams": v.array([v.string(teams[person.team])]),
    }
    if number % 3 == 0:
        fields["role_name"] = v.string(person.rank.title())
    if number % 4 == 0:
        path = f"Users/{person.friday_id}/CV {person.name}.pdf"
        sign = signed_url if number % 8 == 4 else download_url
        fields["cv_url"] = v.string(sign(rng, path, bucket="demo-friday"))
    return fields


def _client_list(clients: tuple[Client, ...], number: int) -> v.Value:
    return v.array(
        v.map_(
            {
                "cloud_id": v.string(client.client_id),
                "name": v.string(client.name),
                "role": v.string("admin" if (number + turn) % 3 == 0 else "user"),
                "status": v.string("inactive" if (number + turn) % 8 == 7 else "active"),
            }
        )
        for turn, client in enumerate(clients)
    )


def mwr_users(world: World) -> Iterator[Document]:
    """Every MyWorkReview user document."""
    for number, person in enumerate(world.people.reviewers):
        rng = stream(world.seed, "mwr", "users", number)
        yield f"myworkreview/users/list/{person.mwr_id}", _mwr_user(world, rng, person, number)


def _mwr_user(world: World, rng: random.Random, person: Person, number: int) -> v.Fields:
    is_active = number % 8 != 5
    fields: v.Fields = {
        "email": v.string(person.mwr_email),
        "name": v.string(person.mwr_name),
        "photo": photo(rng, number),
        "uid": v.string(token(rng).replace("-", "")[:28]),
        "role": v.string(world.firm.mwr_roles[person.rank]),
        "teams": v.array([v.string(world.firm.mwr_teams[person.team])]),
        "status": v.string("active" if is_active else "inactive"),
        "authProvider": v.string("google"),
        "priorityReviews": _priority_reviews(world, rng, number),
    }
    if number % 4 == 1:
        fields["active"] = v.boolean(is_active)
    if number % 3 == 0:
        fields["role_name"] = v.string(person.rank.title())
    if number % 6 == 0:
        settings = v.map_({"manage": v.boolean(person.rank == "partner")})
        fields["permissions"] = v.map_({"settings": settings})
    return fields


def _priority_reviews(world: World, rng: random.Random, number: int) -> v.Value:
    """Up to three reviews; now and then one of them was deleted."""
    if number % 2:
        return v.array(())
    ids = sorted({pick(rng, world.reviews).review_id for _ in range(3)})
    if number % 10 == 0:
        ids.append(world.deleted_review)
    return v.array(v.string(one) for one in ids)


def friday_teams(world: World) -> Iterator[Document]:
    """The teams; members are ids, maps with an id, or maps with an e-mail only."""
    for position, team_id in enumerate(world.firm.friday_teams):
        members = [one for one in world.people.auditors if one.team == position]
        partners = [one for one in members if one.rank == "partner"]
        yield (
            f"friday/teams/list/{team_id}",
            {
                "name": v.string(TEAM_NAMES[position]),
                "users": v.array(friday_member(one, position + n) for n, one in enumerate(members)),
                "partners": v.array(friday_member(one, position) for one in partners),
            },
        )
    rng = stream(world.seed, "friday", "clients", "teams")
    yield (
        f"friday/clients/teams/{token(rng).replace('-', '')[:20]}",
        {
            "name": v.string("Payroll desk"),
            "users": v.array([v.string(world.people.auditors[0].friday_id)]),
            "partners": v.array(friday_member(one, 1) for one in world.people.auditors[:1]),
        },
    )


def friday_member(person: Person, form: int) -> v.Value:
    """A user inside an array: an id, a map with the id, or a map without it, by turns."""
    if form % 3 == 0:
        return v.string(person.friday_id)
    member: v.Fields = {
        "email": v.string(person.friday_email),
        "name": v.string(person.name),
        "photo": v.null() if form % 2 else v.string("https://photos.example.com/member.jpg"),
    }
    if form % 3 == 1:
        member["cloud_id"] = v.string(person.friday_id)
    return v.map_(member)


def mwr_member(person: Person, form: int) -> v.Value:
    """A reviewer inside an array: a copy without an id."""
    return v.map_(
        {
            "email": v.string(person.mwr_email if form % 2 else person.email),
            "name": v.string(person.mwr_name),
            "photo": v.null() if form % 2 else v.string("https://photos.example.com/member.jpg"),
        }
    )


def mwr_teams(world: World) -> Iterator[Document]:
    """The review teams, with copies of their members."""
    for position, team_id in enumerate(world.firm.mwr_teams):
        members = [one for one in world.people.reviewers if one.team == position]
        partners = [one for one in members if one.rank == "partner"]
        yield (
            f"myworkreview/teams/list/{team_id}",
            {
                "name": v.string(TEAM_NAMES[position]),
                "users": v.array(mwr_member(one, n) for n, one in enumerate(members)),
                "partners": v.array(
                    mwr_member(one, position + n) for n, one in enumerate(partners)
                ),
            },
        )
