"""How MyWorkReview's collections become rows, apart from the reviews themselves (reviews.py).

Holds declarations only.
"""

from moonlanding_assets.contract import mwr as source
from moonlanding_assets.mapping.combinations import as_json
from moonlanding_assets.mapping.enumerations_reviews import (
    TEMPLATE_TYPE,
    USER_ACTIVE,
    USER_STATUS,
)
from moonlanding_assets.mapping.fallbacks import (
    DOCUMENT_ID,
    EARLIEST_RESPONSE,
    HIGHLIGHT_COLOR,
    IS_OF_PARTNER,
    ITEM_NUMBER,
    LOG_CATEGORY,
    LOG_SUBJECT,
    NAME_BEFORE_AT,
    REVIEW_OF_SAME_ID,
    SNAPSHOT_TIME,
    UNKNOWN_REMOVER,
)
from moonlanding_assets.mapping.language import (
    Ancestor,
    Constant,
    Derive,
    Key,
    Parent,
    Position,
    ReferenceList,
    Role,
    Rule,
    Unset,
    combine,
    copy,
    reference,
    take,
    user,
)
from moonlanding_assets.mapping.people import email
from moonlanding_assets.mapping.reviews import (
    AUTHOR,
    CHECKLIST_STATE,
    HIGHLIGHT_KEPT,
    MWR,
    REVIEWS,
    checklist_items,
)
from moonlanding_assets.mapping.shared import NO_HOME, UNUSABLE_PASSWORD, teams
from moonlanding_assets.mapping.structures import json_array, json_text
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.texts import text, trimmed_text
from moonlanding_assets.mapping.times import local_seconds_timestamp, utc_timestamp
from moonlanding_assets.schema.catalogue import TABLE

USERS = CollectionMapping(
    collection=source.USERS,
    tables=(
        TableMapping(
            table=TABLE["users"],
            columns={
                "id": Key(),
                "email": take("email", by=email),
                "name": take("name", by=trimmed_text, otherwise=NAME_BEFORE_AT),
                "password_hash": UNUSABLE_PASSWORD,
                "role": Role(names=("role", "role_name"), to="mwr"),
                "status": take("status", "active", by=(USER_STATUS, USER_ACTIVE)),
                "photo_url": take("photo", by=trimmed_text),
                "priority_reviews": ReferenceList(names=("priorityReviews",), to="mwr/reviews"),
                "created_at": Derive(SNAPSHOT_TIME),
                "updated_at": Unset(),
                "created_by": Unset(),
                "type": Constant("auditor", "clients have no access to reviews"),
            },
        ),
    ),
    kept={
        "uid": NO_HOME,
        "teams": "members are listed with their team",
        "authProvider": NO_HOME,
        "permissions": "derived from the role",
    },
)

TEAMS = teams(source.TEAMS, people=MWR, context="review_team")

_TEMPLATE_TIMES: dict[str, Rule] = {
    "created_at": Derive(SNAPSHOT_TIME),
    "updated_at": Derive(SNAPSHOT_TIME),
    "created_by": Unset(),
}


def _sections(step: str, title: str) -> TableMapping:
    """One section for each item; the content has its home in the template's content."""
    return TableMapping(
        table=TABLE["template_section"],
        each=(step,),
        columns={
            "id": Key(),
            "template_id": Parent(0),
            "name": copy(title, by=trimmed_text, otherwise=ITEM_NUMBER),
            "order": Position(),
            "content": copy(".", by=json_text),
            **_TEMPLATE_TIMES,
        },
    )


def _library(kind: str, *content: str) -> TableMapping:
    """A library checklist or section: a template, since a checklist needs a review."""
    return TableMapping(
        table=TABLE["review_template"],
        columns={
            "id": Key(),
            "name": take("name", by=text, otherwise=DOCUMENT_ID),
            "description": Unset(),
            "type": Unset(),
            "content": combine(*content, by=as_json(*content)),
            "variables": Unset(),
            "is_active": Unset(),
            **_TEMPLATE_TIMES,
            "template_type": Constant(kind, "a library entry has no review"),
        },
    )


TEMPLATES = CollectionMapping(
    collection=source.TEMPLATES,
    tables=(
        TableMapping(
            table=TABLE["review_template"],
            columns={
                "id": Key(),
                "name": take("name", by=text, otherwise=DOCUMENT_ID),
                "description": take("description", by=text),
                "type": take("type", by=text),
                "content": combine(
                    "sections", "content", "default_checklists",
                    by=as_json("sections", "content", "default_checklists"),
                ),
                "variables": Unset(),
                "is_active": Unset(),
                **_TEMPLATE_TIMES,
                "template_type": take("template_type", by=TEMPLATE_TYPE),
            },
        ),
        _sections("sections", "name"),
    ),
    kept={"cloud_id": "a mirror of the document id"},
)  # fmt: skip

_CHECKLIST = ("section_items", "emailChecklist", "mandatory", "managerApprove")

CHECKLISTS = CollectionMapping(
    collection=source.CHECKLISTS,
    tables=(
        _library("checklist_template", *_CHECKLIST),
        _sections("section_items", "question"),
    ),
    kept={"cloud_id": "a mirror of the document id"},
)

SECTIONS = CollectionMapping(
    collection=source.SECTIONS,
    tables=(
        _library("checklist_template", "section_items"),
        _sections("section_items", "question"),
    ),
)

REVIEWS_CHECKLISTS = CollectionMapping(
    collection=source.REVIEWS_CHECKLISTS,
    tables=(
        TableMapping(
            table=TABLE["checklist"],
            columns={
                "id": Key(),
                "review_id": Ancestor(4, "mwr/reviews", ""),
                "name": take("name", by=text, otherwise=DOCUMENT_ID),
                **CHECKLIST_STATE,
                "section_items": take("section_items", by=json_array),
                "email_checklist": Unset(),
                "mandatory": Unset(),
                "manager_approve": Unset(),
            },
        ),
        checklist_items("section_items"),
    ),
)

REVIEWS_CHAT = CollectionMapping(
    collection=source.REVIEWS_CHAT,
    tables=(
        TableMapping(
            table=TABLE["chat_messages"],
            columns={
                "id": Key(),
                "rfi_id": Unset(),
                "user_id": user("user_email", to=MWR, by="email"),
                "content": take("message", by=text),
                "attachments": take("attachments", by=json_array),
                "reactions": Unset(),
                "mentions": Unset(),
                "created_at": take("datetime", by=utc_timestamp, otherwise=SNAPSHOT_TIME),
                "updated_at": Unset(),
            },
        ),
    ),
    kept={
        "photo": "looked up from the user",
        "reply_to": NO_HOME,
        "isReviewMessage": "which stream it came from",
    },
)

REMOVED_HIGHLIGHTS = CollectionMapping(
    collection=source.REMOVED_HIGHLIGHTS,
    tables=(
        TableMapping(
            table=TABLE["removedHighlight"],
            each=("highlights",),
            columns={
                "id": Key(),
                "deleted_at": Derive(SNAPSHOT_TIME),
                "deleted_by": Derive(UNKNOWN_REMOVER),
                "archived_by": Unset(),
                "resolution_notes": Unset(),
                "color": Derive(HIGHLIGHT_COLOR),
                "is_high_priority": Derive(IS_OF_PARTNER),
                "created_at": take("datetime", by=utc_timestamp, otherwise=EARLIEST_RESPONSE),
                "updated_at": Unset(),
                "created_by": AUTHOR,
                "review_id": Derive(REVIEW_OF_SAME_ID),
                "original_id": take("id", by=text, otherwise=ITEM_NUMBER),
            },
        ),
    ),
    kept={
        f"highlights.{name}": NO_HOME
        for name in (
            *HIGHLIGHT_KEPT, "position", "comment", "content", "resolved", "resolvedBy",
            "resolvedDate", "partialResolved", "attachment", "responses",
        )
    },
)  # fmt: skip

LOGS = CollectionMapping(
    collection=source.LOGS,
    tables=(
        TableMapping(
            table=TABLE["audit_logs"],
            columns={
                "id": Key(),
                "entity_type": Derive(LOG_SUBJECT),
                "entity_id": reference("review", to="mwr/reviews", otherwise=LOG_CATEGORY),
                "action": Constant("log", "a line of a log"),
                "user_id": user("email", to=MWR, by="email"),
                "before_state": Unset(),
                "after_state": combine("message", by=as_json("message", source="mwr log")),
                "created_at": take("log_time", by=local_seconds_timestamp, otherwise=SNAPSHOT_TIME),
            },
        ),
    ),
)

MWR_MAPPINGS = (
    USERS,
    CollectionMapping(collection=source.USER_GROUPS),
    TEAMS,
    TEMPLATES,
    CHECKLISTS,
    SECTIONS,
    REVIEWS,
    REVIEWS_CHAT,
    REVIEWS_CHECKLISTS,
    REMOVED_HIGHLIGHTS,
    CollectionMapping(collection=source.SETTINGS),
    LOGS,
)
