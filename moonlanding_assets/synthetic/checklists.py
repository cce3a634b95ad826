"""Checklist questions, their answers, and the sections that hold them.

Both systems and five collections share these shapes; who answers is the callers' business.
"""

import random
from dataclasses import dataclass

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import auto_id, between, pick
from moonlanding_assets.synthetic.clock import dmy_minutes, in_form, later
from moonlanding_assets.synthetic.files import drive_file
from moonlanding_assets.synthetic.people import Person
from moonlanding_assets.synthetic.words import Prose, pool_names

#: There is no 31 February.
WRONG_DATE = "31/02/26 09:15"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Who fills in checklists, from when on, in which words; `mark` varies what is rare."""

    people: tuple[Person, ...]
    start_us: int
    prose: Prose
    mark: int


def answers(
    rng: random.Random, emails: tuple[str, ...], *, start_us: int, pool: tuple[str, ...], mark: int
) -> v.Value:
    """Up to two answers, some with an attachment, which is null where there is none."""
    found = []
    for number in range((mark + 1) % 3):
        has_file = (mark + number) % 4 == 1
        found.append(
            v.map_(
                {
                    "user": v.string(pick(rng, emails)),
                    "response": v.string(pick(rng, pool)),
                    "datetime": in_form(
                        later(rng, start_us, 30), mark // 5 * 4 + mark // 40 if mark % 5 == 4 else 1
                    ),
                    "attachment": drive_file(rng) if has_file else v.null(),
                }
            )
        )
    return v.array(found)


def items(rng: random.Random, desk: Desk, *, count: int) -> v.Value:
    """So many questions with their answers."""
    return v.array(_item(rng, desk, desk.mark + number) for number in range(count))


def _item(rng: random.Random, desk: Desk, mark: int) -> v.Value:
    person = pick(rng, desk.people)
    solver = pick(rng, desk.people)
    is_done = mark % 2 == 0
    asked_us = later(rng, desk.start_us, 10)
    fields: v.Fields = {
        "id": v.string(auto_id(rng)),
        "question": v.string(pick(rng, desk.prose.questions)),
        "user": v.string(person.mwr_name),
        "email": v.string(person.mwr_email),
        "datetime": v.string(WRONG_DATE if mark % 400 == 9 else dmy_minutes(asked_us)),
        "showResponses": v.boolean(mark % 3 == 0),
        "responses": answers(
            rng, (person.mwr_email,), start_us=asked_us, pool=desk.prose.answers, mark=mark
        ),
        "resolved": v.boolean(is_done),
        "resolvedBy": v.string(solver.mwr_email if is_done else ""),
        "resolvedDate": v.string(dmy_minutes(later(rng, asked_us, 20)) if is_done else ""),
    }
    if mark % 4 == 2:
        fields["mandatory"] = v.boolean(mark % 8 == 2)
    return v.map_(fields)


def section(rng: random.Random, desk: Desk, *, checklist_id: str) -> v.Value:
    """A checklist inside a review or a template; its questions have two names."""
    fields: v.Fields = {
        "cloud_id": v.string(checklist_id),
        "name": v.string(checklist_name(desk.mark)),
        "items" if desk.mark % 7 == 3 else "section_items": items(
            rng, desk, count=between(rng, 3, 6)
        ),
        "emailChecklist": v.boolean(desk.mark % 5 == 0),
    }
    if desk.mark % 3 == 1:
        fields["mandatory"] = v.boolean(desk.mark % 2 == 0)
        fields["managerApprove"] = v.boolean(desk.mark % 2 == 1)
    return v.map_(fields)


def checklist_name(number: int) -> str:
    """The name of the library's checklist at a position."""
    return f"{pool_names(number)} checklist"
