"""How reviews, their highlights, checklists, flags and tenders become rows.

Holds declarations only; MyWorkReview's other collections are in mwr.py. A highlight's position has
its home in scaled_position (exact JSON); the rectangles are copies with every bit kept.
"""

from moonlanding_assets.contract import mwr as source
from moonlanding_assets.mapping.combinations import REVIEW_STATUS_OF, string_only
from moonlanding_assets.mapping.enumerations_reviews import (
    ACCESS_TYPE,
    HIGHLIGHT_STATUS,
    IS_PERMANENT,
    REVIEW_ARCHIVED,
    REVIEW_TYPE,
)
from moonlanding_assets.mapping.fallbacks import (
    CREATED_AT,
    DOCUMENT_ID,
    EARLIEST_RESPONSE,
    EMPTY_TEXT,
    HIGHLIGHT_COLOR,
    IS_OF_PARTNER,
    ITEM_NUMBER,
    REVIEW_DEADLINE,
    REVIEW_ENGAGEMENT,
    REVIEW_TIME,
    SNAPSHOT_TIME,
    TENDER_DEADLINE,
    TENDER_STATUS,
    UNKNOWN_AUTHOR,
    ZERO,
)
from moonlanding_assets.mapping.language import (
    Completed,
    Constant,
    Derive,
    Key,
    Parent,
    Position,
    Rule,
    Unset,
    combine,
    copy,
    reference,
    take,
    user,
)
from moonlanding_assets.mapping.lists import text_list
from moonlanding_assets.mapping.numbers import decimal_text, exact_number, number
from moonlanding_assets.mapping.people import email
from moonlanding_assets.mapping.shared import NO_HOME
from moonlanding_assets.mapping.structures import (
    json_array,
    json_map,
    pdf_position,
    pdf_rect,
    pdf_rects,
)
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.texts import highlight_type, number_or_text, text, trimmed_text
from moonlanding_assets.mapping.times import local_timestamp, utc_timestamp
from moonlanding_assets.mapping.truths import boolean
from moonlanding_assets.schema.catalogue import TABLE

MWR = "mwr/users"
AUTHOR = user("email", to=MWR, by="email")
AUTHOR_AGAIN = user("email", to=MWR, by="email", is_copy=True)
COMMENT = ("comment.text", "comment")
COMMENT_BY = (text, string_only)
_NUMBERS = ("x1", "y1", "x2", "y2", "width", "height")

REVIEW = TableMapping(
    table=TABLE["review"],
    columns={
        "id": Key(),
        "name": take("groupName", by=text, otherwise=DOCUMENT_ID),
        "engagement_id": reference(
            "friday_link", to="friday/engagements", otherwise=REVIEW_ENGAGEMENT
        ),
        "status": combine("status", "stage", by=REVIEW_STATUS_OF),
        "drive_file_id": take("fileUrl", by=text),
        "financial_year": take("financialYear", by=number_or_text),
        "team_id": reference("team.cloud_id", "team", to="mwr/teams"),
        "deadline": take("deadline_date", by=local_timestamp, otherwise=TENDER_DEADLINE),
        "wip_value": take("wip", by=number),
        "is_private": take("private", by=boolean),
        "created_at": take("published_date", by=local_timestamp, otherwise=SNAPSHOT_TIME),
        "updated_at": take("lastUpdated", by=utc_timestamp),
        "created_by": AUTHOR,
        "tags": take("tags", by=text_list),
        "flags": take("flags", by=text_list),
        "priority_level": Unset(),
        "starred_by": Completed("users_who_prioritise"),
        "template_id": reference("template.cloud_id", to="mwr/templates"),
        "review_type": take("template_type", "template.template_type", by=REVIEW_TYPE),
        "archived": copy("stage", by=REVIEW_ARCHIVED),
        "archived_at": Unset(),
        "archived_by": Unset(),
        "total_highlights": Completed("highlights_counted"),
        "resolved_highlights": Completed("highlights_counted"),
    },
)

HIGHLIGHT = TableMapping(
    table=TABLE["highlight"],
    each=("highlights",),
    columns={
        "id": Key(),
        "status": take("resolved", by=HIGHLIGHT_STATUS),
        "archived": Unset(),
        "archived_at": Unset(),
        "archived_by": Unset(),
        "resolution_notes": Unset(),
        "resolved_at": take("resolvedDate", by=local_timestamp),
        "resolved_by": user("resolvedBy", to=MWR, by="email"),
        "color": Derive(HIGHLIGHT_COLOR),
        "is_high_priority": Derive(IS_OF_PARTNER),
        "is_active_focus": Unset(),
        "created_at": take("datetime", by=utc_timestamp, otherwise=EARLIEST_RESPONSE),
        "updated_at": Unset(),
        "created_by": AUTHOR,
        "review_id": Parent(0),
        "text": take("content.text", by=text),
        "comment": take(*COMMENT, by=COMMENT_BY),
        "page_number": copy("position.pageNumber", by=decimal_text, otherwise=ZERO),
        "bounding_rect": copy("position.boundingRect", by=pdf_rect),
        "rects": copy("position.rects", by=pdf_rects),
        "scaled_position": take("position", by=pdf_position),
        "highlight_type": copy("content", by=highlight_type),
        "highlight_number": Unset(),
        "section_id": Unset(),
        "is_mandatory": Unset(),
        "partial_resolved": take("partialResolved", by=boolean),
        "manager_resolved": Unset(),
        "partner_resolved": Unset(),
        "resolved_role": Unset(),
        "attachment": take("attachment", by=json_map),
    },
)

HIGHLIGHT_COMMENT = TableMapping(
    table=TABLE["highlight_comment"],
    each=("highlights", "responses"),
    columns={
        "id": Key(),
        "text": take(*COMMENT, by=COMMENT_BY, otherwise=EMPTY_TEXT),
        "author_id": user("email", to=MWR, by="email", otherwise=UNKNOWN_AUTHOR),
        "created_at": take("datetime", by=utc_timestamp, otherwise=REVIEW_TIME),
        "thread_id": Parent(1),
        "parent_comment_id": Unset(),
        "updated_at": Unset(),
        "created_by": AUTHOR_AGAIN,
        "highlight_id": Parent(1),
    },
)


def _rectangles(kind: str, step: str) -> TableMapping:
    """Rectangles as numbers that keep integer and double apart and every bit."""
    numbers: dict[str, Rule] = {name: copy(name, by=exact_number) for name in _NUMBERS}
    return TableMapping(
        table=TABLE["migration_highlight_rects"],
        each=("highlights", step),
        columns={
            "highlight_id": Parent(1),
            "kind": Constant(kind, "where in the position the rectangle stands"),
            "ordinal": Position(),
            "page_number": copy("pageNumber", by=exact_number),
            **numbers,
        },
    )


COLLABORATOR = TableMapping(
    table=TABLE["collaborator"],
    each=("collaborators",),
    columns={
        "id": Key(),
        "review_id": Parent(0),
        "email": take("email", by=email),
        "expires_at": take("expires", by=utc_timestamp),
        "is_permanent": copy("type", by=IS_PERMANENT),
        "notified_at": Unset(),
        "created_at": Derive(REVIEW_TIME),
        "updated_at": Derive(REVIEW_TIME),
        "created_by": Unset(),
        "user_id": user("cloud_id", "email", to=MWR, by="id"),
        "name": take("name", by=text),
        "role": Unset(),
        "access_type": take("type", by=ACCESS_TYPE),
    },
)

FLAG = TableMapping(
    table=TABLE["flag"],
    each=("flags",),
    columns={
        "id": Key(),
        "review_id": Parent(0),
        "flag_type": copy(".", by=text),
        "applied_by": Unset(),
        "applied_at": Unset(),
        "created_at": Derive(REVIEW_TIME),
        "updated_at": Unset(),
        "created_by": Unset(),
    },
)

CHECKLIST_STATE: dict[str, Rule] = {
    "section_items": take("section_items", "items", by=json_array),
    "email_checklist": take("emailChecklist", by=boolean),
    "type": Unset(),
    "description": Unset(),
    "created_at": Derive(REVIEW_TIME),
    "updated_at": Unset(),
    "created_by": Unset(),
    "mandatory": take("mandatory", by=boolean),
    "manager_approve": take("managerApprove", by=boolean),
    "assigned_to": Unset(),
    "status": Unset(),
    "approved_by": Unset(),
    "approved_at": Unset(),
}
CHECKLIST = TableMapping(
    table=TABLE["checklist"],
    each=("sections",),
    columns={
        "id": Key(),
        "review_id": Parent(0),
        "name": take("name", by=text, otherwise=ITEM_NUMBER),
        **CHECKLIST_STATE,
    },
)


def checklist_items(*each: str) -> TableMapping:
    """One row for each question; its fields have their home in checklist.section_items."""
    return TableMapping(
        table=TABLE["checklist_item"],
        each=each,
        columns={
            "id": Key(),
            "checklist_id": Parent(len(each) - 1),
            "name": copy("question", by=trimmed_text, otherwise=ITEM_NUMBER),
            "description": Unset(),
            "is_done": copy("resolved", by=boolean),
            "assigned_to": AUTHOR_AGAIN,
            "due_date": Unset(),
            "order": Position(),
            "created_at": copy("datetime", by=local_timestamp, otherwise=REVIEW_TIME),
            "updated_at": copy("resolvedDate", by=local_timestamp, otherwise=CREATED_AT),
            "created_by": AUTHOR_AGAIN,
            "updated_by": user("resolvedBy", to=MWR, by="email", is_copy=True),
        },
    )


TENDER = TableMapping(
    table=TABLE["tender"],
    each=("tender_details",),
    columns={
        "id": Key(),
        "review_id": Parent(0),
        "name": copy("^groupName", by=text, otherwise=DOCUMENT_ID),
        "description": Unset(),
        "tender_type": Unset(),
        "tender_status": Derive(TENDER_STATUS),
        "priority_level": Unset(),
        "estimated_value": take("price", by=number_or_text),
        "actual_value": Unset(),
        "response_count": Unset(),
        "awarded_to": Unset(),
        "cancelled_reason": Unset(),
        "classification": Unset(),
        "deadline": take("deadline_date", by=local_timestamp, otherwise=REVIEW_DEADLINE),
        "award_date": Unset(),
        "created_at": Derive(REVIEW_TIME),
        "updated_at": Derive(REVIEW_TIME),
        "created_by": Unset(),
        "updated_by": Unset(),
        "contact_person": take("contact_person", by=text),
        "contact_number": take("contact_number", by=text),
        "contact_email": take("email", by=email),
        "address": take("address", by=text),
        "announcement_date": take("announcement_date", by=local_timestamp),
        "winning_price": take("winning_price", by=number),
        "days_remaining": Unset(),
    },
)

HIGHLIGHT_KEPT = {
    "id": "part of the row's id",
    "partialResolvedBy": NO_HOME,
    "partialResolvedDate": NO_HOME,
    "ml_query": NO_HOME,
    "friday_query": NO_HOME,
    "fileId": NO_HOME,
    "responses.id": "part of the row's id",
    "responses.position": NO_HOME,
    "responses.attachment": NO_HOME,
}

REVIEWS = CollectionMapping(
    collection=source.REVIEWS,
    tables=(
        REVIEW,
        HIGHLIGHT,
        HIGHLIGHT_COMMENT,
        _rectangles("bounding", "position.boundingRect"),
        _rectangles("rect", "position.rects"),
        COLLABORATOR,
        FLAG,
        CHECKLIST,
        checklist_items("sections", "section_items"),
        checklist_items("sections", "items"),
        TENDER,
    ),
    kept={
        **{f"highlights.{name}": why for name, why in HIGHLIGHT_KEPT.items()},
        "user": "the name of who the row's created_by says",
        "firstManager": NO_HOME,
        "published": NO_HOME,
        "closed_date": NO_HOME,
        "attachmentFolderURL": NO_HOME,
        "reviewFolderID": NO_HOME,
        "attachments": NO_HOME,
        "hasEmailChecklist": NO_HOME,
        "sections.cloud_id": "part of the row's id",
    },
    declared={"collaboratorCloudIds": "a list of the collaborators' ids, who are rows"},
)
