"""The RFIs of an engagement with their responses, files, activity and team chat.

Holds fields only. Recreated engagements keep the ids of RFIs, responses and files; responses
and files live in a subcollection, in an array of the RFI, or in both with the same id.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import auto_id, between, highlight_id, pick, stream
from moonlanding_assets.synthetic.chat import Room, messages
from moonlanding_assets.synthetic.clock import DAY_US, in_form, later, stamp
from moonlanding_assets.synthetic.engagement_documents import auditors_of
from moonlanding_assets.synthetic.engagement_plans import (
    EngagementPlan,
    KeptRfi,
    RfiPlan,
    kept_rfis,
)
from moonlanding_assets.synthetic.files import stored_file
from moonlanding_assets.synthetic.people import Person
from moonlanding_assets.synthetic.people_documents import Document
from moonlanding_assets.synthetic.words import PAPERS, paragraph
from moonlanding_assets.synthetic.world import World

_AUDITOR_STATUS = ("Requested", "Reviewing", "Queries", "Received", "Accepted")
_CLIENT_STATUS = ("Pending", "Partially Sent", "Sent")
_RFI_STATUS = ("Active", "Pending", "Active", "Inactive")


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """What all RFIs of one engagement have in common while they are written."""

    world: World
    rng: random.Random
    plan: EngagementPlan
    path: str
    sections: tuple[str, ...]
    auditors: tuple[Person, ...]
    askers: tuple[Person, ...]


@dataclass(frozen=True, kw_only=True)
class _Rfi:
    """One RFI while it is written: ids, place, and when it was asked."""

    number: int
    rfi_id: str
    response_ids: tuple[str, ...]
    file_ids: tuple[str, ...]
    asked_us: int
    folder: str
    sizes: RfiPlan


def rfis(world: World, plan: EngagementPlan, sections: tuple[str, ...]) -> Iterator[Document]:
    """Every RFI of the engagement with all below it; `sections` are the ids of its sections."""
    client = world.firm.clients[plan.client]
    users = (world.people.client_users[one] for one in client.users)
    desk = _Desk(
        world=world,
        rng=stream(world.seed, "friday", "rfis of", plan.index),
        plan=plan,
        path=f"friday/engagements/list/{plan.engagement_id}",
        sections=sections,
        auditors=auditors_of(world, plan),
        askers=tuple(users),
    )
    kept = kept_rfis(world.seed, plan.series)[: plan.kept_rfis]
    for number, sizes in enumerate(plan.rfis):
        same = kept[number] if number < len(kept) else None
        yield from _written(desk, _start(desk, number, sizes, same=same))


def _start(desk: _Desk, number: int, sizes: RfiPlan, *, same: KeptRfi | None) -> _Rfi:
    """An RFI with new ids, or with those that its series keeps."""
    rng, plan = desk.rng, desk.plan
    rfi_id = same.rfi_id if same else auto_id(rng)
    response_ids = [auto_id(rng) for _ in range(sizes.responses)]
    file_ids = [auto_id(rng) for _ in range(sizes.files)]
    if same:
        response_ids[:1] = [same.response_id][: sizes.responses]
        file_ids[:1] = [same.file_id][: sizes.files]
    client_id = desk.world.firm.clients[plan.client].client_id
    return _Rfi(
        number=number,
        rfi_id=rfi_id,
        response_ids=tuple(response_ids),
        file_ids=tuple(file_ids),
        asked_us=later(rng, plan.start_us, 30),
        folder=f"{client_id}/{plan.engagement_id}/{rfi_id}/{rfi_id}",
        sizes=sizes,
    )


def _written(desk: _Desk, rfi: _Rfi) -> Iterator[Document]:
    responses = [_response(desk, rfi, turn) for turn in range(rfi.sizes.responses)]
    files = [_file(desk, rfi, turn) for turn in range(rfi.sizes.files)]
    path = f"{desk.path}/rfis/{rfi.rfi_id}"
    yield path, _rfi_fields(desk, rfi, responses, files)
    question = {"question_id": v.string(rfi.rfi_id)}
    for response_id, response in zip(rfi.response_ids, responses, strict=True):
        yield f"{desk.path}/responses/{response_id}", {**question, **response}
    for file_id, file in zip(rfi.file_ids, files, strict=True):
        yield f"{desk.path}/files/{file_id}", {**question, **file}
    for turn in range(rfi.sizes.activity):
        yield f"{path}/activity/{auto_id(desk.rng)}", _activity(desk, rfi, turn)
    room = Room(
        path=f"{path}/teamChat",
        emails=tuple(one.friday_email for one in desk.auditors),
        start_us=rfi.asked_us,
        folder=rfi.folder,
        bucket="demo-friday",
        tag="isFridayMessage",
    )
    count, prose = rfi.sizes.team_chat, desk.world.prose
    yield from messages(desk.rng, room, count=count, prose=prose, mark=desk.plan.index)


def _response(desk: _Desk, rfi: _Rfi, turn: int) -> v.Fields:
    rng, mark = desk.rng, desk.plan.index + rfi.number + turn
    is_client = mark % 3 != 2
    answered_us = later(rng, rfi.asked_us, 20)
    attached = range(between(rng, 0, 2))
    files = (v.map_(stored_file(rng, rfi.folder, uploaded_us=answered_us)) for _ in attached)
    return {
        "text": v.string(paragraph(rng, desk.world.prose.answers, longest=3)),
        "user": v.string(_author(desk, mark, is_client=is_client)),
        "datetime": in_form(answered_us, mark // 3 if mark % 3 == 0 else 1),
        "type": v.string("clientResponse" if is_client else "manualResponse"),
        "attachments": v.array(files),
    }


def _author(desk: _Desk, mark: int, *, is_client: bool) -> str:
    """Who wrote it, as an e-mail or as an id; now and then somebody without a document."""
    if mark % 37 == 5:
        return desk.world.people.gone_emails[mark % 6]
    people = desk.askers if is_client else desk.auditors
    person = people[mark % len(people)]
    return person.friday_id if mark % 2 or not person.email else person.friday_email


def _file(desk: _Desk, rfi: _Rfi, turn: int) -> v.Fields:
    rng, mark = desk.rng, desk.plan.index + rfi.number + turn
    uploaded_us = later(rng, rfi.asked_us, 20)
    fields = {
        **stored_file(rng, rfi.folder, uploaded_us=uploaded_us),
        "user": v.string(_author(desk, mark, is_client=True)),
        "datetime": in_form(uploaded_us, mark // 5 if mark % 5 == 0 else 1),
    }
    if rfi.response_ids:
        fields["response_id"] = v.string(rfi.response_ids[turn % len(rfi.response_ids)])
    return fields


def _activity(desk: _Desk, rfi: _Rfi, turn: int) -> v.Fields:
    mark = desk.plan.index + rfi.number + turn
    done = _AUDITOR_STATUS[mark % len(_AUDITOR_STATUS)]
    people = desk.world.people
    by = people.gone_emails[0] if mark % 29 == 3 else desk.auditors[0].friday_email
    return {
        "message": v.string(f"Changed the auditor status to {done}"),
        "user_email": v.string(by),
        "dateTime": stamp(later(desk.rng, rfi.asked_us, 25), mark),
    }


def _rfi_fields(
    desk: _Desk, rfi: _Rfi, responses: list[v.Fields], files: list[v.Fields]
) -> v.Fields:
    rng, prose = desk.rng, desk.world.prose
    mark = desk.plan.index + rfi.number
    is_done = mark % 5 < 2
    fields: v.Fields = {
        "key": v.string(f"q{rfi.number % 4}.{rfi.number % 3}.{rfi.number % 5}"),
        "name": v.string(pick(rng, PAPERS)),
        "question": v.string(paragraph(rng, prose.questions, longest=3)),
        "section_cloud_id": v.string(desk.sections[rfi.number % len(desk.sections)]),
        "status": v.integer(1 if is_done else 0),
        "rfi_status": v.string(_RFI_STATUS[mark % len(_RFI_STATUS)]),
        "auditor_status": v.string(_AUDITOR_STATUS[mark % len(_AUDITOR_STATUS)]),
        "client_status": v.string(_CLIENT_STATUS[mark % len(_CLIENT_STATUS)]),
        "users": v.array(v.string(one.friday_id) for one in desk.askers),
        "filesCount": v.integer(len(files)),
        "responseCount": v.integer(len(responses)),
        "flag": v.boolean(mark % 6 == 1),
        **_dates(rng, rfi, mark, is_done=is_done),
        **_rare(desk, rfi, mark),
    }
    if mark % 4 == 1:
        only_here = v.map_({"id": v.string(auto_id(rng)), **_response(desk, rfi, 9)})
        also_below = _in_array(rfi.response_ids, responses)
        fields["responses"] = v.array([*also_below, only_here] if mark % 3 else also_below)
    if mark % 4 == 2:
        only_here = v.map_({"id": v.string(auto_id(rng)), **_file(desk, rfi, 9)})
        also_below = _in_array(rfi.file_ids, files)
        fields["files"] = v.array([*also_below, only_here] if mark % 3 else also_below)
    return fields


def _in_array(ids: tuple[str, ...], documents: list[v.Fields]) -> list[v.Value]:
    """The same things once more, with their ids."""
    return [
        v.map_({"id": v.string(one), **fields}) for one, fields in zip(ids, documents, strict=True)
    ]


def _dates(rng: random.Random, rfi: _Rfi, mark: int, *, is_done: bool) -> v.Fields:
    """ "" stands for no date; the deadline has two names."""
    due_us = rfi.asked_us + 14 * DAY_US
    fields: v.Fields = {
        "date_requested": in_form(rfi.asked_us, mark // 6 if mark % 6 == 5 else 0),
        "date_resolved": in_form(later(rng, rfi.asked_us, 30), mark) if is_done else v.string(""),
        "days_outstanding": v.integer(between(rng, 0, 60)),
    }
    if mark % 3 != 0:
        fields["deadline_date"] = v.string("") if mark % 7 == 1 else in_form(due_us, mark // 3)
    if mark % 4 == 1:
        fields["deadline"] = v.string("") if mark % 8 == 1 else in_form(due_us, mark // 4)
    if mark % 3 == 2:
        updated_us = later(rng, rfi.asked_us, 40) + rfi.number * 7 + 123
        fields["lastUpdatedTimeStamp"] = stamp(updated_us, mark)
    return fields


def _rare(desk: _Desk, rfi: _Rfi, mark: int) -> v.Fields:
    """What only some RFIs have: order, team chat, marks, and where they were pushed from."""
    fields: v.Fields = {}
    if mark % 2 == 0:
        fields["order"] = v.integer(rfi.number)
        fields["ml_query"] = v.boolean(mark % 4 == 0)
    if rfi.sizes.team_chat:
        fields["teamChatCount"] = v.integer(rfi.sizes.team_chat)
        fields["lastTeamChatTimestamp"] = stamp(later(desk.rng, rfi.asked_us, 30), mark)
        fields["lastMessageBy"] = v.string(desk.auditors[-1].friday_email)
    if desk.plan.is_recreated and rfi.number < desk.plan.kept_rfis:
        fields["engagement_rfi_cloud_id"] = v.string(rfi.rfi_id)
    if mark % 3 == 1:
        fields["recreate_with_attachments"] = v.boolean(mark % 2 == 0)
    review = desk.world.links.reviews_of.get(desk.plan.index)
    if review is not None and rfi.number == 1:
        fields["review_id"] = v.string(review.review_id)
        pushed = highlight_id(desk.world.seed, review.highlights_of, 2)
        fields["highlight_id"] = v.string(pushed)
    return fields
