"""One engagement with its RFIs and one review with its highlights: documents and rows, by hand.

Every validator finds evidence in it and no fault. Corruptions are made on copies of its database.
"""

import math
from typing import Any

from moonlanding_assets_tests.builders import DERIVED_AT, Moment, World, identity
from moonlanding_assets_tests.tiny_people import ANN, BOB, GONE, REVIEW, people
from moonlanding_assets_tests.tiny_review import HIGHLIGHTS, ITEM

ENGAGEMENT = "friday/engagements/list/e1"
RFI = f"{ENGAGEMENT}/rfis/r1"


def tiny_world() -> World:
    """The whole world; nothing in it is shared between calls."""
    world = World()
    people(world)
    _clients(world)
    _engagements(world)
    _rfis(world)
    _review(world)
    _other_review(world)
    _highlights(world)
    _review_children(world)
    return world


def _clients(world: World) -> None:
    for key, name, risk in (("c1", "Acm\u00e9", "high"), ("c2", "Birch", "low")):
        path = world.document(
            "friday/clients",
            f"friday/clients/list/{key}",
            name=name,
            status="Active",
            client_code=f"C-{key}",
            created_by="u1",
            risk_level=risk,
            risk_assessed_at=Moment("2025-01-31T22:00:00Z"),
        )
        world.row(
            "client",
            derived="created_at",
            id=world.loaded(path, "client"),
            name=name,
            status="active",
            code=f"C-{key}",
            created_by=ANN,
            created_at=DERIVED_AT,
            risk_level=risk,
            risk_assessed_at="2025-01-31T22:00:00.000Z",
        )
    for key, collection, parent, context in (
        ("t1", "friday/teams", "friday/teams/list", "engagement_team"),
        ("t9", "mwr/teams", "myworkreview/teams/list", "review_team"),
    ):
        members: list[Any] = ["u1"] if key == "t1" else [{"email": "ann@example.com"}]
        path = world.document(collection, f"{parent}/{key}", name=f"Team {key}", users=members)
        world.row(
            "team",
            derived="created_at",
            id=world.loaded(path, "team"),
            name=f"Team {key}",
            created_at=DERIVED_AT,
            context=context,
            users=[ANN],
        )


def _engagements(world: World) -> None:
    for key, client, stage, fee in (("e1", "c1", "TeamExecution", 1500.25), ("e2", "c2", "", 90)):
        path = world.document(
            "friday/engagements",
            f"friday/engagements/list/{key}",
            client_id=client,
            name=f"Audit {key}",
            year=2025,
            stage=stage or "Close Out",
            status="Active",
            team="t1",
            users=["u1", "u2"],
            commencement_date="05/02/25 14:30",
            completion_date="",
            deadline_date="31/02/26",
            createdTime=Moment("2025-01-02T03:04:05Z"),
            createdBy="u2",
            progress=40,
            fee=fee,
        )
        world.row(
            "engagement",
            id=world.loaded(path, "engagement"),
            client_id=identity(f"friday/clients/list/{client}"),
            name=f"Audit {key}",
            year="2025",
            stage="team_execution" if stage else "close_out",
            status="active",
            team_id=identity("friday/teams/list/t1"),
            users=[ANN, BOB],
            commencement_date="2025-02-05T12:30:00.000Z",
            created_at="2025-01-02T03:04:05.000Z",
            created_by=BOB,
            progress="40",
            fee=float(fee),
        )


def _rfis(world: World) -> None:
    embedded = {
        "id": "s2",
        "text": "See attachment",
        "user": "gone@example.com",
        "datetime": Moment("2025-03-03T03:03:03.003Z"),
        "type": "manualResponse",
        "attachments": [{"url": "https://files.example.com/o/c1%2Fe1%2Fx.pdf", "size": 5}],
    }
    path = world.document(
        "friday/engagements_rfis",
        RFI,
        question="Bank letters\nof all accounts",
        status=0,
        client_status="Partially Sent",
        users=["u2", "u1"],
        date_requested="2025-02-10 09:15",
        deadline_date="2025-03-01",
        lastUpdatedTimeStamp=Moment("2025-02-11T00:00:00.000001Z"),
        flag=True,
        responses=[embedded],
    )
    rfi = world.loaded(path, "rfi")
    last = identity(RFI, "responses[s2]")
    times = {"created_at": "2025-02-10T07:15:00.000Z", "updated_at": "2025-02-11T00:00:00.000Z"}
    engagement, due = identity(ENGAGEMENT), "2025-02-28T22:00:00.000Z"
    world.row("rfi", id=rfi, engagement_id=engagement, title="Bank letters", due_date=due,
              description="Bank letters\nof all accounts", status="pending_response",
              assigned_to=BOB, priority="high", primary_response_id=last,
              last_response_date="2025-03-03T03:03:03.003Z", **times)  # fmt: skip
    world.row("rfis", id=rfi, engagement_id=engagement, **times)
    world.row("rfi_questions", id=rfi, rfi_id=rfi, question="Bank letters\nof all accounts",
              assigned_to=BOB, due_date=due, **times)  # fmt: skip
    _responses(world, rfi)
    _file(world, rfi)
    _other_rfi(world)


def _other_rfi(world: World) -> None:
    """The same id in another engagement, as recreation leaves it."""
    path = world.document(
        "friday/engagements_rfis", "friday/engagements/list/e2/rfis/r1", name="Stock", status=1
    )
    rfi, engagement = world.loaded(path, "rfi"), identity("friday/engagements/list/e2")
    world.row(
        "rfi",
        derived="created_at",
        id=rfi,
        engagement_id=engagement,
        title="Stock",
        status="closed",
        created_at=DERIVED_AT,
    )
    times = {"created_at": DERIVED_AT, "updated_at": DERIVED_AT}
    world.row("rfis", derived="created_at updated_at", id=rfi, engagement_id=engagement, **times)
    world.row("rfi_questions", derived="created_at updated_at", id=rfi, rfi_id=rfi,
              question="Stock", status="answered", **times)  # fmt: skip


def _responses(world: World, rfi: str) -> None:
    path = world.document(
        "friday/engagements_responses",
        f"{ENGAGEMENT}/responses/s1",
        question_id="r1",
        text="Done",
        user="u1",
        datetime=Moment("2025-03-01T00:00:00Z"),
        type="clientResponse",
        attachments=[],
    )
    stored = [{"url": "https://files.example.com/o/c1%2Fe1%2Fx.pdf", "size": 5}]
    for row_id, text, by, kind, when, attachments in (
        (world.loaded(path, "rfi_response"), "Done", ANN, "client_response",
         "2025-03-01T00:00:00.000Z", []),
        (world.item("rfi_response", RFI, "responses[s2]"), "See attachment", GONE,
         "auditor_response", "2025-03-03T03:03:03.003Z", stored),
    ):  # fmt: skip
        times = {"created_at": when, "updated_at": when}
        world.row("rfi_response", id=row_id, rfi_id=rfi, response_text=text, responder_id=by,
                  created_by=by,
                  response_type=kind, response_date=when, file_attachments=attachments,
                  **times)  # fmt: skip
        world.row("rfi_responses", id=row_id, question_id=rfi, response=text,
                  attachments=attachments, **times)  # fmt: skip
    world.item("rfi_responses", RFI, "responses[s2]")


def _file(world: World, rfi: str) -> None:
    path = world.document(
        "friday/engagements_files",
        f"{ENGAGEMENT}/files/f1",
        question_id="r1",
        url="https://files.example.com/v0/b/bucket/o/c1%2Fe1%2Fr1%2Fletter_050226_143000.pdf",
        name="letter.pdf",
        type="application/pdf",
        size=1024,
        user="bob@example.com",
        datetime=Moment("2025-03-02T00:00:00.5Z"),
    )
    world.row("file", id=world.loaded(path, "file"), rfi_id=rfi, size=1024,
              path="c1/e1/r1/letter_050226_143000.pdf", mime_type="application/pdf",
              storage_type="firebase", created_by=BOB, created_at="2025-03-02T00:00:00.500Z",
              updated_at="2025-03-02T00:00:00.500Z")  # fmt: skip


def _review(world: World) -> None:
    path = world.document(
        "mwr/reviews",
        REVIEW,
        groupName="Acme 2025",
        friday_link="e1",
        financialYear=2025,
        team={"cloud_id": "t9", "name": "Team t9"},
        status=True,
        stage="active",
        fileUrl="drive-file",
        tags=["tax", "é"],
        flags=["Open", "Won"],
        email="ann@example.com",
        private=False,
        wip=12.5,
        published_date="01/02/25 08:00",
        lastUpdated=Moment("2025-02-07T00:00:00Z"),
        deadline_date="2025-06-30",
        highlights=HIGHLIGHTS,
        collaborators=[
            {"cloud_id": "m1", "email": "ann@example.com", "name": "Ann", "type": "temporary",
             "expires": Moment("2025-12-31T21:59:59Z")},
        ],
        sections=[{"cloud_id": "k1", "name": "Planning", "section_items": [ITEM],
                   "emailChecklist": True}],
    )  # fmt: skip
    world.row("review", id=world.loaded(path, "review"), name="Acme 2025", status="open",
              engagement_id=identity(ENGAGEMENT), financial_year="2025", tags=["tax", "é"],
              flags=["Open", "Won"], team_id=identity("myworkreview/teams/list/t9"),
              created_by=ANN, drive_file_id="drive-file", is_private=0, wip_value=12.5,
              created_at="2025-02-01T06:00:00.000Z", updated_at="2025-02-07T00:00:00.000Z",
              deadline="2025-06-29T22:00:00.000Z", starred_by=[ANN],
              total_highlights="3", resolved_highlights="1")  # fmt: skip


def _other_review(world: World) -> None:
    path = world.document(
        "mwr/reviews",
        "myworkreview/reviews/list/v2",
        groupName="Other",
        friday_link="e2",
        status=False,
        stage="history",
        published_date="01/03/25 08:00",
        highlights=[OTHER],
    )
    review = world.loaded(path, "review")
    world.row(
        "review",
        id=review,
        name="Other",
        status="closed",
        total_highlights="1",
        engagement_id=identity("friday/engagements/list/e2"),
        created_at="2025-03-01T06:00:00.000Z",
    )
    world.row("highlight", derived="created_at page_number", review_id=review, page_number="0",
              id=world.item("highlight", path, "highlights[h9]"),
              created_at="2025-03-01T06:00:00.000Z")  # fmt: skip


OTHER: dict[str, Any] = {"id": "h9", "resolved": False}


def _stored(value: Any) -> Any:
    """A Python value as the target's JSON has it: NaN and infinities by name."""
    if isinstance(value, dict):
        return {key: _stored(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_stored(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


RESOLVED = {"status": "resolved", "resolved_by": BOB, "color": "green", "is_high_priority": 1,
            "resolved_at": "2025-02-06T07:05:00.000Z"}  # fmt: skip


def _highlights(world: World) -> None:
    made = {"h1": ("2025-02-05T10:00:00.000Z", ANN, "Revenue", "Agree?"),
            "h2": ("2025-02-05T10:00:00.000Z", BOB, None, None),
            "h3": (DERIVED_AT, BOB, None, None)}  # fmt: skip
    for item in HIGHLIGHTS:
        key, position = item["id"], _stored(item["position"])
        row_id = world.item("highlight", REVIEW, f"highlights[{key}]")
        when, by, text, comment = made[key]
        resolved = RESOLVED if item["resolved"] else {}
        world.row("highlight", derived="created_at" if key == "h3" else "", id=row_id,
                  review_id=identity(REVIEW), created_at=when, created_by=by, text=text,
                  comment=comment, page_number=str(item["position"]["pageNumber"]),
                  scaled_position=position, bounding_rect=position.get("boundingRect"),
                  rects=position.get("rects"), **resolved)  # fmt: skip
        bounding = [("bounding", 0, position["boundingRect"])] if "boundingRect" in position else []
        lines = [("rect", index, one) for index, one in enumerate(position.get("rects", []))]
        for kind, ordinal, rect in bounding + lines:
            numbers = {name: value for name, value in rect.items() if name != "pageNumber"}
            world.row("migration_highlight_rects", highlight_id=row_id, kind=kind,
                      ordinal=ordinal, page_number=rect["pageNumber"], **numbers)  # fmt: skip
    answer = world.item("highlight_comment", REVIEW, "highlights[h1].responses[a1]")
    of = identity(REVIEW, "highlights[h1]")
    world.row("highlight_comment", id=answer, highlight_id=of, thread_id=of, text="Yes",
              author_id=GONE, created_by=GONE, created_at="2025-02-05T11:00:00.007Z")  # fmt: skip


def _review_children(world: World) -> None:
    review = identity(REVIEW)
    world.row("collaborator", derived="created_at updated_at", review_id=review,
              id=world.item("collaborator", REVIEW, "collaborators[m1]"), user_id=ANN,
              email="ann@example.com", name="Ann", is_permanent=0, access_type="temporary",
              expires_at="2025-12-31T21:59:59.000Z", created_at=DERIVED_AT,
              updated_at=DERIVED_AT)  # fmt: skip
    for index, flag in enumerate(("Open", "Won")):
        world.row("flag", derived="created_at", review_id=review, flag_type=flag,
                  id=world.item("flag", REVIEW, f"flags[@{index}]"),
                  created_at=DERIVED_AT)  # fmt: skip
    checklist = world.item("checklist", REVIEW, "sections[k1]")
    stored = {key: value for key, value in ITEM.items()}
    world.row("checklist", derived="created_at", id=checklist, review_id=review,
              name="Planning", section_items=[stored], email_checklist=1,
              created_at=DERIVED_AT)  # fmt: skip
    world.row("checklist_item", checklist_id=checklist, name="Signed?", is_done=1,
              id=world.item("checklist_item", REVIEW, "sections[k1].section_items[q1]"),
              assigned_to=BOB, created_by=BOB, created_at="2025-02-02T08:00:00.000Z",
              updated_at="2025-02-03T08:00:00.000Z")  # fmt: skip
