"""Fields that several collections share: people, files, chat, checklist items, highlights.

Holds no collection. The declarations follow the hand-over documents of both applications.
"""

from moonlanding_assets.contract.fields import (
    moment,
    number,
    private_text,
    record,
    records,
    text,
    texts,
    timestamp,
    truth,
    url,
    whole,
)
from moonlanding_assets.contract.language import Field, Refers

# Chats, responses and logs of either system name people of both, by e-mail only.
FRIDAY_EMAIL = Refers(to=("friday/users", "mwr/users"), by="email")
MWR_EMAIL = Refers(to=("mwr/users", "friday/users"), by="email")
FRIDAY_PERSON = Refers(to=("friday/users", "mwr/users"), by="id_or_email")
MWR_PERSON = Refers(to=("mwr/users", "friday/users"), by="id_or_email")
MWR_NAME = Refers(to=("mwr/users",), by="name")
FRIDAY_USER = Refers(to=("friday/users",))
MWR_USER = Refers(to=("mwr/users",))
FRIDAY_TEAM = Refers(to=("friday/teams",))
MWR_TEAM = Refers(to=("mwr/teams",))
CLIENT = Refers(to=("friday/clients",))
ENGAGEMENT = Refers(to=("friday/engagements",))
REVIEW = Refers(to=("mwr/reviews",))
MWR_CHECKLIST = Refers(to=("mwr/checklists",))
#: From a document below friday/engagements/list/{engagement} to a sibling collection.
SECTION_HERE = Refers(to=("friday/engagements_sections",), inside=4)
RFI_HERE = Refers(to=("friday/engagements_rfis",), inside=4)
RESPONSE_HERE = Refers(to=("friday/engagements_responses",), inside=4)
MESSAGE_HERE = Refers(to=("friday/engagements_chat",), inside=4)

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def member_fields(email: Refers) -> tuple[Field, ...]:
    """A user embedded in a team or an engagement; without `cloud_id` the e-mail is the key."""
    return (
        text("cloud_id"),
        private_text("email", refers=email),
        private_text("name"),
        url("photo", may_be_null=True),
    )


#: A file that something else carries; `url` is a download address or a Drive file id.
ATTACHMENT_FIELDS = (url("url"), private_text("name"), text("type"))
SIZED_ATTACHMENT_FIELDS = (*ATTACHMENT_FIELDS, whole("size", note="bytes"))
FILE_FIELDS = (url("url"), private_text("name"))


def attachment(name: str, *, may_be_null: bool = False) -> Field:
    """One attached file as a map, or null for none."""
    return Field(
        name=name, kinds=("map", "null") if may_be_null else ("map",), items=ATTACHMENT_FIELDS
    )


def chat_fields(*, email: Refers, message: Refers, tag: str) -> tuple[Field, ...]:
    """A chat message; `message` is where `reply_to` points, `tag` the client's stream mark."""
    return (
        private_text("user_email", refers=email),
        timestamp("datetime"),
        private_text("message"),
        url("photo", may_be_null=True, note="looked up from the user; may not be stored"),
        records("attachments", ATTACHMENT_FIELDS),
        text("reply_to", refers=message, note="id of the message that is answered"),
        truth(tag, note="set by the browser when two streams are merged"),
    )


def activity_fields(email: Refers) -> tuple[Field, ...]:
    """A line of an activity log; the capital T of dateTime is the source's."""
    return (
        private_text("message"),
        private_text("user_email", refers=email),
        timestamp("dateTime"),
    )


def checklist_response_fields(email: Refers) -> tuple[Field, ...]:
    """An answer to a checklist question."""
    return (
        private_text("user", refers=email, note="an e-mail"),
        private_text("response"),
        moment("datetime"),
        attachment("attachment", may_be_null=True),
    )


SECTION_ITEM_FIELDS = (
    text("id"),
    private_text("question"),
    private_text("user", refers=MWR_NAME, note="a name, not an id"),
    private_text("email", refers=MWR_EMAIL),
    text("datetime", note="DD/MM/YY HH:mm local"),
    truth("showResponses"),
    records("responses", checklist_response_fields(MWR_EMAIL)),
    truth("resolved"),
    private_text("resolvedBy", refers=MWR_EMAIL, note='"" when open'),
    text("resolvedDate", note='DD/MM/YY HH:mm local, "" when open'),
    truth("mandatory"),
)

SECTION_FIELDS = (
    text("cloud_id", refers=MWR_CHECKLIST, note="of the library checklist it came from"),
    text("name"),
    records("section_items", SECTION_ITEM_FIELDS),
    records("items", SECTION_ITEM_FIELDS),
    truth("emailChecklist"),
    truth("mandatory"),
    truth("managerApprove"),
)

RECT_FIELDS = (
    number("x1"),
    number("y1"),
    number("x2"),
    number("y2"),
    number("width"),
    number("height"),
    whole("pageNumber"),
)

POSITION = record(
    "position",
    record("boundingRect", *RECT_FIELDS),
    records("rects", RECT_FIELDS),
    whole("pageNumber", note="from 1; 0 for general comments"),
    truth("usePdfCoordinates"),
)

COMMENT = Field(
    name="comment",
    kinds=("map", "string"),
    items=(private_text("text"), text("emoji")),
    is_personal=True,
)

HIGHLIGHT_RESPONSE_FIELDS = (
    text("id"),
    POSITION,
    COMMENT,
    private_text("email", refers=MWR_EMAIL),
    moment("datetime"),
    attachment("attachment", may_be_null=True),
)

HIGHLIGHT_FIELDS = (
    text("id"),
    POSITION,
    COMMENT,
    record(
        "content",
        private_text("text"),
        private_text("image", note="data URL, base64: the picture of an area"),
    ),
    private_text("email", refers=MWR_EMAIL),
    truth("resolved"),
    private_text("resolvedBy", refers=MWR_EMAIL),
    moment("resolvedDate"),
    truth("partialResolved"),
    private_text("partialResolvedBy", refers=MWR_EMAIL),
    moment("partialResolvedDate"),
    truth("ml_query"),
    truth("friday_query"),
    text("fileId", note='the Drive file it belongs to, or "general"'),
    attachment("attachment"),
    records("responses", HIGHLIGHT_RESPONSE_FIELDS),
    moment("datetime", note="not in the documented structure"),
)

TEMPLATE_TYPES = ("standard", "tender", "friday", "review")
TEMPLATE_TYPE = text("template_type", enum=TEMPLATE_TYPES)
DEFAULT_CHECKLISTS = texts("default_checklists", refers=MWR_CHECKLIST)
