"""The people of the demo: who is in which system, under which id and which spelling.

Holds no documents (people_documents.py). One in eight users is a second record of somebody.
"""

import dataclasses
import random
import unicodedata
from dataclasses import dataclass

from moonlanding_assets.synthetic.chance import auto_id, pick, stream
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets.synthetic.words import person_name

MERGED_SHARE = 0.125
TEAM_NAMES = ("Acacia", "Baobab", "Cycad", "Disa", "Erica", "Ficus", "Gazania")
_RANKS = ("clerk", "clerk", "manager", "clerk", "partner", "manager", "clerk")


@dataclass(frozen=True, kw_only=True)
class Person:
    """One user record, or two of the same human; an id of "" means: not in that system.

    `email` is the compared form; `friday_email` and `mwr_email` are what the documents say.
    """

    name: str
    email: str
    friday_id: str = ""
    mwr_id: str = ""
    friday_email: str = ""
    mwr_email: str = ""
    mwr_name: str = ""
    rank: str = ""
    team: int = 0
    status: str = "active"
    has_email: bool = True


@dataclass(frozen=True, kw_only=True)
class People:
    """Everybody, by what they are; `gone_emails` and `gone_ids` have no user document any more."""

    auditors: tuple[Person, ...]
    doubles: tuple[Person, ...]
    client_users: tuple[Person, ...]
    reviewers: tuple[Person, ...]
    gone_emails: tuple[str, ...]
    gone_ids: tuple[str, ...]

    @property
    def friday(self) -> tuple[Person, ...]:
        """Everybody with a Friday document, in the order of writing."""
        return (*self.auditors, *self.client_users, *self.doubles)


def plan_people(seed: int, scale: Scale) -> People:
    """All people: exactly the user documents that the scale asks for in each system."""
    rng = stream(seed, "people")
    records = scale.friday_users + scale.mwr_users
    doubles = max(1, records // 100)
    both = round(records * MERGED_SHARE) - doubles
    auditors = _auditors(rng, max(both + 2, scale.friday_users * 3 // 10), both)
    clients = _client_users(rng, scale.friday_users - len(auditors) - doubles)
    only_mwr = tuple(
        _reviewer(rng, _named(rng, number, "reviews.example.com"), number)
        for number in range(scale.mwr_users - both)
    )
    return People(
        auditors=auditors,
        doubles=tuple(_double(rng, (*auditors, *clients), number) for number in range(doubles)),
        client_users=clients,
        reviewers=tuple(one for one in auditors if one.mwr_id) + only_mwr,
        gone_emails=tuple(_named(rng, n, "left.example.com").email for n in range(900, 906)),
        gone_ids=tuple(auto_id(rng) for _ in range(3)),
    )


def _named(rng: random.Random, number: int, domain: str) -> Person:
    name = person_name(rng)
    local = name.lower().replace(" ", ".")
    return Person(name=name, email=f"{local}{number}@{domain}")


def _auditors(rng: random.Random, count: int, both: int) -> tuple[Person, ...]:
    found = []
    for number in range(count):
        person = dataclasses.replace(
            _named(rng, number, "audit.example.com"),
            friday_id=auto_id(rng),
            rank=_RANKS[number % len(_RANKS)],
            team=number % len(TEAM_NAMES),
            status=("deleted" if number % 9 == 3 else "inactive" if number % 9 == 5 else "active"),
        )
        person = dataclasses.replace(person, friday_email=spelled(person.email, number))
        found.append(_reviewer(rng, person, number + 2) if number < both else person)
    return tuple(found)


def _reviewer(rng: random.Random, person: Person, number: int) -> Person:
    """The person as MyWorkReview knows them: own id, own spelling, in one case another name."""
    other = number % 17 == 3
    return dataclasses.replace(
        person,
        mwr_id=auto_id(rng),
        mwr_email=spelled(person.email, number),
        mwr_name=person_name(rng) if other else person.name,
        rank=person.rank or _RANKS[number % len(_RANKS)],
        team=number % len(TEAM_NAMES),
    )


def _client_users(rng: random.Random, count: int) -> tuple[Person, ...]:
    """Client users; the third and every 60th after it have no e-mail."""
    found = []
    for number in range(count):
        person = _named(rng, number, pick(rng, ("clients.example.org", "office.example.net")))
        person = dataclasses.replace(
            person,
            friday_id=auto_id(rng),
            friday_email=spelled(person.email, number),
            status="inactive" if number % 11 == 6 else "active",
        )
        if number % 60 in (2, 4):
            person = dataclasses.replace(
                person, email="", friday_email="", has_email=number % 60 == 4
            )
        found.append(person)
    return tuple(found)


def _double(rng: random.Random, people: tuple[Person, ...], number: int) -> Person:
    """A second Friday record of somebody; the first one is also in the other system."""
    original = people[0] if number == 0 else people[-1 - number * 3]
    if not original.email:
        original = people[1]
    return dataclasses.replace(
        original,
        name=person_name(rng) if number % 2 == 0 else original.name,
        friday_id=auto_id(rng),
        friday_email=spelled(original.email, number + 1),
        mwr_id="",
        status="inactive",
    )


def spelled(email: str, number: int) -> str:
    """The e-mail as somebody typed it: most as they should, some with capitals or blanks."""
    forms = (
        email,
        email.title(),
        email,
        f" {email}",
        email,
        email.upper(),
        email,
        f"{email} ",
        email,
        email,
    )
    form = forms[number % len(forms)]
    return unicodedata.normalize("NFC", form)
