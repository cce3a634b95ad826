"""Friday: engagements and every collection below one engagement.

Holds declarations only. Ids of RFIs, files and responses repeat in recreated engagements: only
the full path is a key.
"""

from moonlanding_assets.contract.fields import (
    moment,
    number,
    private_text,
    record,
    records,
    text,
    texts,
    texts_or_records,
    timestamp,
    truth,
    url,
    whole,
)
from moonlanding_assets.contract.language import Collection, Field, Refers
from moonlanding_assets.contract.shared import (
    CLIENT,
    FILE_FIELDS,
    FRIDAY_EMAIL,
    FRIDAY_PERSON,
    FRIDAY_TEAM,
    FRIDAY_USER,
    MESSAGE_HERE,
    MONTHS,
    RESPONSE_HERE,
    REVIEW,
    RFI_HERE,
    SECTION_HERE,
    SIZED_ATTACHMENT_FIELDS,
    activity_fields,
    chat_fields,
    checklist_response_fields,
    member_fields,
)

CLIENT_BY_NAME = Refers(to=("friday/clients",), by="name")
TEMPLATE = Refers(to=("friday/rfis", "friday/templates"))

STAGES = (
    "Info Gathering", "Commencement", "Team Execution", "Partner Review", "Finalization",
    "Close Out", "InfoGathering", "TeamExecution", "PartnerReview", "CloseOut",
)  # fmt: skip


def _paper(name: str, *, client: tuple[str, ...], auditor: tuple[str, ...]) -> Field:
    """A letter or a draft with the two sides' statuses, whose keys have two spellings."""
    return record(
        name,
        record("file", *FILE_FIELDS),
        text("client_status", enum=client),
        text("client status", enum=client),
        text("auditor_status", enum=auditor),
        text("auditor status", enum=auditor),
    )


ENGAGEMENTS = Collection(
    key="friday/engagements",
    system="friday",
    patterns=("friday/engagements/list/{engagement}",),
    purpose="engagements; client + engagement_type + year + month is the application's own key",
    fields=(
        text("client", refers=CLIENT),
        text("client_id", refers=CLIENT, note="the same thing under another name"),
        private_text("client_name", refers=CLIENT_BY_NAME),
        text("engagement_type", refers=Refers(to=("friday/engagement_types",))),
        Field(name="year", kinds=("string", "integer"), note="may hold longer text with a year"),
        text("month", enum=MONTHS, may_be_null=True, note="monthly engagements only"),
        moment("commencement_date"),
        moment("completion_date"),
        moment("deadline_date"),
        text("team", refers=FRIDAY_TEAM),
        text("status", enum=("Pending", "Active")),
        text("stage", enum=STAGES),
        texts_or_records("user", member_fields(FRIDAY_EMAIL), refers=FRIDAY_USER),
        texts("users", refers=FRIDAY_USER, note="the same thing under the plural name"),
        texts("client_users", refers=FRIDAY_USER),
        text("repeat_interval", enum=("yearly", "monthly", "once")),
        number("progress", note="0 to 100"),
        number("client_progress", note="0 to 100"),
        number("fee", may_be_text=True, note="ZAR"),
        record("fee_split", number("partner"), number("manager"), note="names not documented"),
        _paper(
            "engagement_letter",
            client=("Pending", "Sent"),
            auditor=("Pending", "Queries", "Accepted"),
        ),
        _paper(
            "post_rfi",
            client=("Pending", "Queries", "Accepted"),
            auditor=("Pending", "Sent"),
        ),
        _paper(
            "post_rfi_journal",
            client=("Pending", "Queries", "Accepted"),
            auditor=("Pending", "Sent"),
        ),
        record("feedback", whole("rating", note="1 to 5"), private_text("comment"), moment("date")),
        truth("clerksCanApprove"),
        texts("rfis_linked", refers=TEMPLATE),
        text("review_link", refers=REVIEW, may_be_null=True),
        text("previous_year_review_link", refers=REVIEW, may_be_null=True),
        record("finalization_notice_client", truth("sent")),
        truth("recreate_with_attachments"),
        private_text("name"),
        private_text("title"),
        private_text("scope"),
        moment("createdTime"),
        moment("created_at"),
        text("createdBy", refers=FRIDAY_USER),
    ),
)

SECTIONS = Collection(
    key="friday/engagements_sections",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/sections/{section}",),
    purpose="RFI sections of an engagement",
    fields=(text("name"), text("key"), whole("order"), text("color")),
)

RESPONSE_FIELDS = (
    private_text("text"),
    private_text("user", refers=FRIDAY_PERSON, note="an e-mail or an id"),
    moment("datetime"),
    text("type", enum=("clientResponse", "manualResponse")),
    records("attachments", SIZED_ATTACHMENT_FIELDS),
)

STORED_FILE_FIELDS = (
    url("url"),
    private_text("name"),
    text("type", note="MIME type"),
    whole("size", note="bytes"),
    private_text("user", refers=FRIDAY_PERSON, note="an e-mail or an id"),
    moment("datetime"),
    text("response_id", refers=RESPONSE_HERE),
)

ENGAGEMENT_RFIS = Collection(
    key="friday/engagements_rfis",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/rfis/{rfi}",),
    purpose="one document is one question; recreation keeps the original id",
    fields=(
        text("key", note="of the question in its template"),
        private_text("name"),
        private_text("question"),
        text("section_cloud_id", refers=SECTION_HERE),
        text("engagement_rfi_cloud_id", note="id of the original RFI, in another engagement"),
        moment("date_requested"),
        moment("date_resolved"),
        moment("deadline"),
        moment("deadline_date"),
        whole("status", enum=("0", "1"), note="0 waiting, 1 completed"),
        text("rfi_status", enum=("Pending", "Active", "Inactive")),
        text(
            "auditor_status", enum=("Requested", "Reviewing", "Queries", "Received", "Accepted")
        ),
        text("client_status", enum=("Pending", "Partially Sent", "Sent")),
        texts("users", refers=FRIDAY_USER),
        records("responses", (text("id"), *RESPONSE_FIELDS)),
        records("files", (text("id"), *STORED_FILE_FIELDS)),
        whole("filesCount"),
        whole("responseCount"),
        whole("days_outstanding", note="derived, working days"),
        truth("flag"),
        truth("ml_query"),
        truth("recreate_with_attachments"),
        private_text("lastMessageBy", refers=FRIDAY_EMAIL),
        whole("teamChatCount"),
        timestamp("lastUpdatedTimeStamp"),
        timestamp("lastTeamChatTimestamp"),
        text("review_id", refers=REVIEW, note="pushed from MyWorkReview; name not documented"),
        text("highlight_id", note="of a highlight in review_id; name not documented"),
        whole("order"),
    ),
)  # fmt: skip

RFIS_ACTIVITY = Collection(
    key="friday/engagements_rfis_activity",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/rfis/{rfi}/activity/{line}",),
    purpose="RFI activity log",
    fields=activity_fields(FRIDAY_EMAIL),
)

ACTIVITY = Collection(
    key="friday/engagements_activity",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/activity/{line}",),
    purpose="engagement activity log",
    fields=activity_fields(FRIDAY_EMAIL),
)

FILES = Collection(
    key="friday/engagements_files",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/files/{file}",),
    purpose="RFI attachments; ids repeat in recreated engagements",
    fields=(text("question_id", refers=RFI_HERE), *STORED_FILE_FIELDS),
)

RESPONSES = Collection(
    key="friday/engagements_responses",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/responses/{response}",),
    purpose="RFI responses; ids repeat in recreated engagements",
    fields=(text("question_id", refers=RFI_HERE), *RESPONSE_FIELDS),
)

CHAT = Collection(
    key="friday/engagements_chat",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/chat/{message}",),
    purpose="engagement chat",
    fields=(
        *chat_fields(email=FRIDAY_EMAIL, message=MESSAGE_HERE, tag="isFridayMessage"),
        truth("isReviewMessage", note="a message that came from the linked review"),
    ),
)

LAST_READ_MESSAGES = Collection(
    key="friday/engagements_last_read_messages",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/last_read_messages/{mark}",),
    purpose="how far a person has read the chat; field names not documented",
    fields=(
        private_text("user_email", refers=FRIDAY_EMAIL),
        moment("datetime"),
        text("message_id", refers=MESSAGE_HERE),
    ),
)

CHECKLISTS = Collection(
    key="friday/engagements_checklists",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/checklists/{row}",),
    purpose="checklist rows of an engagement that can be pushed to MyWorkReview",
    fields=(
        text("name"),
        private_text("question"),
        moment("datetime"),
        record(
            "friday_pushed",
            truth("status"),
            private_text("pushedBy", refers=FRIDAY_PERSON),
            text("pushedDate", note="local"),
        ),
        truth("resolved"),
        private_text("resolvedBy", refers=FRIDAY_PERSON),
        text("resolvedDate", note='local, "" when open'),
        records("responses", checklist_response_fields(FRIDAY_EMAIL)),
    ),
)

RFIS_TEAM_CHAT = Collection(
    key="friday/engagements_rfis_team_chat",
    system="friday",
    patterns=("friday/engagements/list/{engagement}/rfis/{rfi}/teamChat/{message}",),
    purpose="the team's chat about one RFI; path not documented",
    fields=chat_fields(
        email=FRIDAY_EMAIL,
        message=Refers(to=("friday/engagements_rfis_team_chat",), inside=6),
        tag="isFridayMessage",
    ),
)
