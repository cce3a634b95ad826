"""How engagements and what lies below them become rows: letters, sections, chat, activity.

Holds declarations only; RFIs, their responses and files are in friday_rfis.py.
"""

from moonlanding_assets.contract import friday_engagements as source
from moonlanding_assets.mapping.combinations import as_json
from moonlanding_assets.mapping.enumerations import (
    ENGAGEMENT_STATUS,
    LETTER_AUDITOR_STATUS,
    LETTER_CLIENT_STATUS,
    POST_RFI_AUDITOR_STATUS,
    POST_RFI_CLIENT_STATUS,
    REPEAT_INTERVAL,
    STAGE,
)
from moonlanding_assets.mapping.enumerations_reviews import MONTH
from moonlanding_assets.mapping.fallbacks import (
    DOCUMENT_ID,
    ENGAGEMENT_NAME,
    SNAPSHOT_TIME,
    UNKNOWN_CLIENT,
    YEAR_OF_DATES,
)
from moonlanding_assets.mapping.friday import FRIDAY
from moonlanding_assets.mapping.friday_rfis import (
    ENGAGEMENT_ABOVE,
    ENGAGEMENT_RFIS,
    FILES,
    RESPONSES,
    RFI_ABOVE,
    WHEN,
)
from moonlanding_assets.mapping.language import (
    Ancestor,
    Completed,
    Constant,
    Derive,
    Key,
    Parent,
    ReferenceList,
    Rule,
    Unset,
    combine,
    copy,
    reference,
    take,
    user,
)
from moonlanding_assets.mapping.numbers import (
    decimal_text,
    integer,
    integer_text,
    number,
)
from moonlanding_assets.mapping.places import storage_path
from moonlanding_assets.mapping.shared import NO_HOME
from moonlanding_assets.mapping.structures import json_array
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.texts import text, trimmed_text
from moonlanding_assets.mapping.times import local_iso_timestamp, utc_timestamp
from moonlanding_assets.mapping.transform import Transform
from moonlanding_assets.mapping.years import four_digit_year
from moonlanding_assets.schema.catalogue import TABLE


def _two_spellings(paper: str, side: str, by: Transform) -> Rule:
    """A status whose key is written with an underscore or with a blank."""
    return take(f"{paper}.{side}_status", f"{paper}.{side} status", by=by)


def _letter(paper: str, client: Transform, auditor: Transform) -> TableMapping:
    """The file of a letter or draft; its statuses have their home on the engagement."""
    return TableMapping(
        table=TABLE["letter"],
        each=(paper,),
        columns={
            "engagement_id": Parent(0),
            "id": Key(),
            "letter_type": Constant(paper, "which of the three papers it is"),
            "client_status": copy("client_status", "client status", by=client),
            "auditor_status": copy("auditor_status", "auditor status", by=auditor),
            "file_name": take("file.name", by=text),
            "path": take("file.url", by=storage_path),
            "created_at": Derive(SNAPSHOT_TIME),
        },
    )


ENGAGEMENTS = CollectionMapping(
    collection=source.ENGAGEMENTS,
    tables=(
        TableMapping(
            table=TABLE["engagement"],
            columns={
                "id": Key(),
                "stage": take("stage", by=STAGE),
                "client_status": Unset(),
                "letter_client_status": _two_spellings(
                    "engagement_letter", "client", LETTER_CLIENT_STATUS
                ),
                "letter_auditor_status": _two_spellings(
                    "engagement_letter", "auditor", LETTER_AUDITOR_STATUS
                ),
                "post_rfi_client_status": _two_spellings(
                    "post_rfi", "client", POST_RFI_CLIENT_STATUS
                ),
                "post_rfi_auditor_status": _two_spellings(
                    "post_rfi", "auditor", POST_RFI_AUDITOR_STATUS
                ),
                "auditor_status": Unset(),
                "year": take("year", by=four_digit_year, otherwise=YEAR_OF_DATES),
                "transition_attempts": Unset(),
                "last_transition_check": Unset(),
                "last_transition_at": Unset(),
                "client_rating": take("feedback.rating", by=integer_text),
                "created_at": take(
                    "createdTime", "created_at", by=utc_timestamp, completed="earliest_rfi"
                ),
                "updated_at": Unset(),
                "created_by": user("createdBy", to=FRIDAY, by="id"),
                "name": take("name", by=trimmed_text, otherwise=ENGAGEMENT_NAME),
                "client_id": reference(
                    "client_id", "client", to="friday/clients", placeholder="client",
                    by_name="client_name", otherwise=UNKNOWN_CLIENT,
                ),
                "status": take("status", by=ENGAGEMENT_STATUS),
                "commencement_date": take("commencement_date", by=local_iso_timestamp),
                "progress": take("progress", by=decimal_text),
                "post_rfi_journal_auditor_status": _two_spellings(
                    "post_rfi_journal", "auditor", POST_RFI_AUDITOR_STATUS
                ),
                "post_rfi_journal_client_status": _two_spellings(
                    "post_rfi_journal", "client", POST_RFI_CLIENT_STATUS
                ),
                "repeat_interval": take("repeat_interval", by=REPEAT_INTERVAL),
                "fee": take("fee", by=number),
                "scope": take("scope", by=text),
                "period": take("month", by=MONTH),
                "end_date": take("completion_date", by=local_iso_timestamp),
                "deadline_date": take("deadline_date", by=local_iso_timestamp),
                "title": take("title", by=text),
                "client_progress": take("client_progress", by=decimal_text),
                "team_id": reference("team", to="friday/teams"),
                "users": ReferenceList(names=("user", "users"), to=FRIDAY, users=True),
            },
        ),
        _letter("engagement_letter", LETTER_CLIENT_STATUS, LETTER_AUDITOR_STATUS),
        _letter("post_rfi", POST_RFI_CLIENT_STATUS, POST_RFI_AUDITOR_STATUS),
        _letter("post_rfi_journal", POST_RFI_CLIENT_STATUS, POST_RFI_AUDITOR_STATUS),
    ),
    kept={
        "engagement_type": NO_HOME,
        "client_users": NO_HOME,
        "fee_split": NO_HOME,
        "clerksCanApprove": NO_HOME,
        "rfis_linked": NO_HOME,
        "review_link": "the review's row points here",
        "previous_year_review_link": NO_HOME,
        "finalization_notice_client": NO_HOME,
        "recreate_with_attachments": NO_HOME,
    },
)  # fmt: skip

SECTIONS = CollectionMapping(
    collection=source.SECTIONS,
    tables=(
        TableMapping(
            table=TABLE["rfi_section"],
            columns={
                "engagement_id": ENGAGEMENT_ABOVE,
                "id": Key(),
                "name": take("name", by=text, otherwise=DOCUMENT_ID),
                "key": take("key", by=text),
                "order": take("order", by=integer),
                "color": take("color", by=text),
                "created_at": Derive(SNAPSHOT_TIME),
            },
        ),
    ),
)


def _activity(subject: str, above: Ancestor, log: str) -> TableMapping:
    return TableMapping(
        table=TABLE["audit_logs"],
        columns={
            "id": Key(),
            "entity_type": Constant(subject, "what the log lies below"),
            "entity_id": above,
            "action": Constant("activity", "a line of an activity log"),
            "user_id": user("user_email", to=FRIDAY, by="email"),
            "before_state": Unset(),
            "after_state": combine("message", by=as_json("message", source=log)),
            "created_at": take("dateTime", by=utc_timestamp, otherwise=SNAPSHOT_TIME),
        },
    )


_MESSAGE: dict[str, Rule] = {
    "user_id": user("user_email", to=FRIDAY, by="email"),
    "content": take("message", by=text),
    "attachments": take("attachments", by=json_array),
}
_CHAT_KEPT = {
    "photo": "looked up from the user",
    "reply_to": NO_HOME,
    "isFridayMessage": "which stream it came from",
}

FRIDAY_ENGAGEMENT_MAPPINGS = (
    ENGAGEMENTS,
    SECTIONS,
    ENGAGEMENT_RFIS,
    CollectionMapping(
        collection=source.RFIS_ACTIVITY, tables=(_activity("rfi", RFI_ABOVE, "friday rfi"),)
    ),
    CollectionMapping(
        collection=source.ACTIVITY,
        tables=(_activity("engagement", ENGAGEMENT_ABOVE, "friday engagement"),),
    ),
    FILES,
    RESPONSES,
    CollectionMapping(
        collection=source.CHAT,
        tables=(
            TableMapping(
                table=TABLE["chat_messages"],
                columns={
                    "id": Key(),
                    "rfi_id": Completed("first_rfi_of_engagement"),
                    **_MESSAGE,
                    "reactions": Unset(),
                    "mentions": Unset(),
                    "created_at": WHEN,
                    "updated_at": Unset(),
                },
            ),
        ),
        kept={**_CHAT_KEPT, "isReviewMessage": "which stream it came from"},
    ),
    CollectionMapping(collection=source.LAST_READ_MESSAGES),
    CollectionMapping(collection=source.CHECKLISTS),
    CollectionMapping(
        collection=source.RFIS_TEAM_CHAT,
        tables=(
            TableMapping(
                table=TABLE["message"],
                columns={
                    "rfi_id": RFI_ABOVE,
                    "reactions": Unset(),
                    "mentions": Unset(),
                    "id": Key(),
                    **_MESSAGE,
                    "created_at": WHEN,
                    "updated_at": Unset(),
                },
            ),
        ),
        kept=_CHAT_KEPT,
    ),
)
