"""How RFIs, their responses and their files become rows. Each RFI document is one question.

Holds declarations only. The target has two RFI models and the application uses both, so both are
written, with the same ids: rfi + rfi_response + file, and rfis + rfi_questions + rfi_responses.
"""

from moonlanding_assets.contract import friday_engagements as source
from moonlanding_assets.mapping.combinations import RFI_STATUS_OF
from moonlanding_assets.mapping.enumerations import (
    RESPONSE_TYPE,
    RFI_PRIORITY,
    RFI_QUESTION_STATUS,
    RFI_STATE,
)
from moonlanding_assets.mapping.fallbacks import (
    CREATED_AT,
    EMPTY_TEXT,
    FIRST_LINE_OF_QUESTION,
    SECTION_NAME,
    SNAPSHOT_TIME,
    TITLE,
    UNKNOWN_AUTHOR,
)
from moonlanding_assets.mapping.friday import FRIDAY
from moonlanding_assets.mapping.language import (
    Ancestor,
    Completed,
    Derive,
    Key,
    Parent,
    Rule,
    Unset,
    combine,
    copy,
    reference,
    take,
    user,
)
from moonlanding_assets.mapping.numbers import file_size, integer_text
from moonlanding_assets.mapping.places import storage_path, storage_type
from moonlanding_assets.mapping.shared import NO_HOME
from moonlanding_assets.mapping.structures import json_array
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.texts import mime_type, text
from moonlanding_assets.mapping.times import local_iso_timestamp, utc_timestamp
from moonlanding_assets.schema.catalogue import TABLE

RFIS = "friday/engagements_rfis"
ENGAGEMENT_ABOVE = Ancestor(4, "friday/engagements", "engagement")
RFI_ABOVE = Ancestor(6, RFIS, "rfi")
QUESTION = reference("question_id", to=RFIS, placeholder="rfi")
QUESTION_AGAIN = reference("question_id", to=RFIS, placeholder="rfi", is_copy=True)
WHEN = take("datetime", by=utc_timestamp, otherwise=SNAPSHOT_TIME)
WHEN_AGAIN = copy("datetime", by=utc_timestamp, otherwise=SNAPSHOT_TIME)
MADE_WITH = "the file name is the end of the path"

_DUE = ("deadline_date", "deadline")
_RESPONSE: dict[str, Rule] = {
    "response_type": take("type", by=RESPONSE_TYPE),
    "responder_id": user("user", to=FRIDAY, by="email", otherwise=UNKNOWN_AUTHOR),
    "response_text": take("text", by=text, otherwise=EMPTY_TEXT),
    "response_date": WHEN,
    "file_attachments": take("attachments", by=json_array),
    "is_complete": Unset(),
    "clarification_needed": Unset(),
    "reviewed_by": Unset(),
    "reviewed_at": Unset(),
    "status": Unset(),
    "rejection_reason": Unset(),
    "response_chain_id": Unset(),
    "parent_response_id": Unset(),
    "created_at": WHEN_AGAIN,
    "updated_at": WHEN_AGAIN,
    "created_by": user("user", to=FRIDAY, by="email", is_copy=True),
    "updated_by": Unset(),
}
_RESPONSE_AGAIN: dict[str, Rule] = {
    "response": copy("text", by=text),
    "attachments": copy("attachments", by=json_array),
    "created_at": WHEN_AGAIN,
    "updated_at": WHEN_AGAIN,
}
_FILE: dict[str, Rule] = {
    "path": take("url", by=storage_path),
    "size": take("size", by=file_size),
    "mime_type": take("type", by=mime_type),
    "storage_type": copy("url", by=storage_type),
    "created_at": WHEN,
    "updated_at": WHEN_AGAIN,
    "created_by": user("user", to=FRIDAY, by="email"),
}

ENGAGEMENT_RFIS = CollectionMapping(
    collection=source.ENGAGEMENT_RFIS,
    tables=(
        TableMapping(
            table=TABLE["rfi"],
            columns={
                "id": Key(),
                "response_count": take("responseCount", by=integer_text),
                "last_response_date": Completed("latest_response"),
                "primary_response_id": Completed("latest_response"),
                "created_at": take(
                    "date_requested", by=local_iso_timestamp, otherwise=SNAPSHOT_TIME
                ),
                "updated_at": take("lastUpdatedTimeStamp", by=utc_timestamp),
                "created_by": Unset(),
                "title": take("name", by=text, otherwise=FIRST_LINE_OF_QUESTION),
                "engagement_id": ENGAGEMENT_ABOVE,
                "status": combine("status", "client_status", by=RFI_STATUS_OF),
                "assigned_to": user("users", to=FRIDAY, by="id", first=True),
                "due_date": take(*_DUE, by=local_iso_timestamp),
                "description": take("question", by=text),
                "priority": take("flag", by=RFI_PRIORITY),
            },
        ),
        TableMapping(
            table=TABLE["rfis"],
            columns={
                "id": Key(),
                "engagement_id": ENGAGEMENT_ABOVE,
                "status": take("rfi_status", by=RFI_STATE),
                "created_at": copy(
                    "date_requested", by=local_iso_timestamp, otherwise=SNAPSHOT_TIME
                ),
                "updated_at": copy("lastUpdatedTimeStamp", by=utc_timestamp, otherwise=CREATED_AT),
            },
        ),
        TableMapping(
            table=TABLE["rfi_questions"],
            columns={
                "id": Key(),
                "rfi_id": Key(),
                "question": copy("question", by=text, otherwise=TITLE),
                "category": Derive(SECTION_NAME),
                "assigned_to": user("users", to=FRIDAY, by="id", first=True, is_copy=True),
                "due_date": copy(*_DUE, by=local_iso_timestamp),
                "status": copy("status", by=RFI_QUESTION_STATUS),
                "created_at": copy(
                    "date_requested", by=local_iso_timestamp, otherwise=SNAPSHOT_TIME
                ),
                "updated_at": copy("lastUpdatedTimeStamp", by=utc_timestamp, otherwise=CREATED_AT),
            },
        ),
        TableMapping(
            table=TABLE["rfi_response"],
            each=("responses",),
            of_sibling="friday/engagements_responses",
            columns={"id": Key(), "rfi_id": Parent(0), **_RESPONSE},
        ),
        TableMapping(
            table=TABLE["rfi_responses"],
            each=("responses",),
            of_sibling="friday/engagements_responses",
            columns={"id": Key(), "question_id": Parent(0), **_RESPONSE_AGAIN},
        ),
        TableMapping(
            table=TABLE["file"],
            each=("files",),
            of_sibling="friday/engagements_files",
            columns={"id": Key(), "rfi_id": Parent(0), **_FILE},
        ),
    ),
    kept={
        "key": NO_HOME,
        "section_cloud_id": "rfi_questions.category holds the section's name",
        "engagement_rfi_cloud_id": NO_HOME,
        "date_resolved": NO_HOME,
        "auditor_status": NO_HOME,
        "ml_query": NO_HOME,
        "recreate_with_attachments": NO_HOME,
        "lastMessageBy": NO_HOME,
        "lastTeamChatTimestamp": NO_HOME,
        "review_id": NO_HOME,
        "highlight_id": NO_HOME,
        "order": NO_HOME,
        "responses.id": "part of the row's id",
        "files.id": "part of the row's id",
        "files.name": MADE_WITH,
        "files.response_id": NO_HOME,
    },
    declared={
        "days_outstanding": "working days, computed from dates",
        "filesCount": "counted again from the files",
        "teamChatCount": "counted again from the messages",
    },
)

FILES = CollectionMapping(
    collection=source.FILES,
    tables=(TableMapping(table=TABLE["file"], columns={"id": Key(), "rfi_id": QUESTION, **_FILE}),),
    kept={"name": MADE_WITH, "response_id": NO_HOME},
)

RESPONSES = CollectionMapping(
    collection=source.RESPONSES,
    tables=(
        TableMapping(
            table=TABLE["rfi_response"],
            columns={"id": Key(), "rfi_id": QUESTION, **_RESPONSE},
        ),
        TableMapping(
            table=TABLE["rfi_responses"],
            columns={"id": Key(), "question_id": QUESTION_AGAIN, **_RESPONSE_AGAIN},
        ),
    ),
)
