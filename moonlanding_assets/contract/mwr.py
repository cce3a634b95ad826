"""MyWorkReview: every collection, all of them below myworkreview/.

Holds declarations only; the shapes of highlights and sections are in shared.py.
"""

from moonlanding_assets.contract.fields import (
    free_map,
    moment,
    number,
    private_text,
    record,
    records,
    text,
    texts,
    texts_or_records,
    truth,
    url,
    whole,
)
from moonlanding_assets.contract.language import Collection, Field, Refers
from moonlanding_assets.contract.shared import (
    ATTACHMENT_FIELDS,
    DEFAULT_CHECKLISTS,
    ENGAGEMENT,
    HIGHLIGHT_FIELDS,
    MWR_EMAIL,
    MWR_NAME,
    MWR_PERSON,
    MWR_TEAM,
    MWR_USER,
    REVIEW,
    SECTION_FIELDS,
    SECTION_ITEM_FIELDS,
    TEMPLATE_TYPE,
    chat_fields,
    member_fields,
)

# An embedded member has no id here: the e-mail alone says who it is.
MEMBERS = member_fields(MWR_EMAIL)[1:]

USERS = Collection(
    key="mwr/users",
    system="mwr",
    patterns=("myworkreview/users/list/{user}",),
    purpose="reviewers; removed ones are deleted, so that authors may be gone",
    fields=(
        private_text("email"),
        private_text("name"),
        url("photo", may_be_null=True),
        text("uid"),
        text("role", refers=Refers(to=("mwr/user_groups",))),
        texts("teams", refers=MWR_TEAM),
        text("status", enum=("active", "inactive")),
        truth("active"),
        text("authProvider", enum=("google",)),
        texts("priorityReviews", refers=REVIEW),
        text("role_name", enum=("Partner", "Manager", "Clerk"), note="derived in the browser"),
        free_map("permissions", note="derived in the browser"),
    ),
)

USER_GROUPS = Collection(
    key="mwr/user_groups",
    system="mwr",
    patterns=("myworkreview/userGroups/list/{group}",),
    purpose="role definitions",
    fields=(
        text("name", enum=("Clerk", "Manager", "Partner")),
        Field(
            name="roles", kinds=("array", "map"), element_kinds=("string",), has_any_keys=True,
            note="a list of permissions, or resource -> action -> bool",
        ),
        text("description"),
    ),
)  # fmt: skip

TEAMS = Collection(
    key="mwr/teams",
    system="mwr",
    patterns=("myworkreview/teams/list/{team}",),
    purpose="review teams",
    fields=(text("name"), records("partners", MEMBERS), records("users", MEMBERS)),
)

TEMPLATES = Collection(
    key="mwr/templates",
    system="mwr",
    patterns=("myworkreview/templates/list/{template}",),
    purpose="review templates",
    fields=(
        text("name"),
        text("cloud_id"),
        TEMPLATE_TYPE,
        text("type"),
        records("sections", SECTION_FIELDS),
        Field(
            name="content", kinds=("string", "map", "array"), element_kinds=("string", "map"),
            has_any_keys=True, note="shape not documented",
        ),
        DEFAULT_CHECKLISTS,
        text("description"),
    ),
)  # fmt: skip

CHECKLISTS = Collection(
    key="mwr/checklists",
    system="mwr",
    patterns=("myworkreview/checklists/list/{checklist}",),
    purpose="the organisation's library of checklists",
    fields=(
        text("name"),
        text("cloud_id"),
        records("section_items", SECTION_ITEM_FIELDS),
        truth("emailChecklist"),
        truth("mandatory"),
        truth("managerApprove"),
    ),
)

SECTIONS = Collection(
    key="mwr/sections",
    system="mwr",
    patterns=("myworkreview/sections/list/{section}",),
    purpose="the library of sections; field names not documented",
    fields=(text("name"), records("section_items", SECTION_ITEM_FIELDS)),
)

REVIEWS = Collection(
    key="mwr/reviews",
    system="mwr",
    patterns=("myworkreview/reviews/list/{review}",),
    purpose="reviews; highlights and checklists are arrays inside them",
    fields=(
        private_text("groupName", note="the name of the review"),
        Field(name="financialYear", kinds=("string", "integer"), note="March to February"),
        record(
            "template",
            text("cloud_id"),
            text("name"),
            TEMPLATE_TYPE,
            DEFAULT_CHECKLISTS,
            refers=Refers(to=("mwr/templates",)),
        ),
        TEMPLATE_TYPE,
        Field(
            name="team", kinds=("map", "string", "null"), items=(text("cloud_id"), text("name")),
            refers=MWR_TEAM,
        ),
        truth("status", note="true open, false closed"),
        text("stage", enum=("active", "history", "archive")),
        texts("flags", note="an open list: Open, Closed, Missed, Declined, Won, Lost, ..."),
        texts("tags"),
        records(
            "collaborators",
            (
                text("cloud_id"),
                private_text("email", refers=MWR_EMAIL),
                private_text("name"),
                text("type", enum=("permanent", "temporary")),
                moment("expires", may_be_null=True),
            ),
            refers=MWR_USER,
        ),
        texts("collaboratorCloudIds", refers=MWR_USER, note="redundant"),
        records("sections", SECTION_FIELDS),
        records("highlights", HIGHLIGHT_FIELDS),
        text("fileUrl", note="a Drive file id, not an address"),
        text("attachmentFolderURL", note="a Drive folder id"),
        text("reviewFolderID", note="a Drive folder id"),
        records("attachments", ATTACHMENT_FIELDS),
        truth("published"),
        text("published_date", note="DD/MM/YY HH:mm local"),
        text("closed_date", note="local"),
        text("deadline_date", note="local, tenders"),
        moment("lastUpdated"),
        record(
            "tender_details",
            text("deadline_date"),
            text("announcement_date"),
            private_text("contact_person"),
            private_text("contact_number"),
            private_text("email"),
            private_text("address"),
            number("price", may_be_text=True),
            number("winning_price", may_be_text=True),
        ),
        private_text("email", refers=MWR_EMAIL, note="of the reviewer"),
        private_text("user", refers=MWR_NAME, note="the reviewer's name, not an id"),
        private_text("firstManager", refers=MWR_PERSON),
        truth("hasEmailChecklist"),
        text("friday_link", refers=ENGAGEMENT),
        truth("private"),
        number("wip", note="name not documented"),
    ),
)  # fmt: skip

REVIEWS_CHAT = Collection(
    key="mwr/reviews_chat",
    system="mwr",
    patterns=("myworkreview/reviews/list/{review}/chat/{message}",),
    purpose="review chat",
    fields=chat_fields(
        email=MWR_EMAIL,
        message=Refers(to=("mwr/reviews_chat",), inside=4),
        tag="isReviewMessage",
    ),
)

REVIEWS_CHECKLISTS = Collection(
    key="mwr/reviews_checklists",
    system="mwr",
    patterns=("myworkreview/reviews/list/{review}/checklists/{checklist}",),
    purpose="named only by the other system's hand-over; field names not documented",
    fields=(text("name"), records("section_items", SECTION_ITEM_FIELDS)),
)

REMOVED_HIGHLIGHTS = Collection(
    key="mwr/removed_highlights",
    system="mwr",
    patterns=("myworkreview/removedHighlights/list/{review}",),
    purpose="highlights taken out of a review, under the review's id; no time, no remover",
    id_refers=REVIEW,
    fields=(records("highlights", HIGHLIGHT_FIELDS),),
)

SETTINGS = Collection(
    key="mwr/settings",
    system="mwr",
    patterns=("myworkreview/settings/list/{settings}",),
    purpose="review settings, one document",
    fields=(
        whole("temporary_review_access_period", note="days"),
        texts_or_records("flags_managers", member_fields(MWR_EMAIL), refers=MWR_PERSON),
        texts("tender_flags", enum=("Open", "Missed", "Declined")),
        texts("flags"),
    ),
)

APIS = Collection(
    key="mwr/apis",
    system="mwr",
    patterns=("myworkreview/apis/list/{api}",),
    purpose="API keys",
    presence="secret",
    reason="API keys are never read, only counted",
    fields=(text("key", is_secret=True), text("name")),
)

LOGS = Collection(
    key="mwr/logs",
    system="mwr",
    patterns=("myworkreview/logs/list/{log}",),
    purpose="what users did",
    fields=(
        text("review", refers=REVIEW, note="a review id, or a category"),
        private_text("message"),
        private_text("email", refers=MWR_EMAIL),
        text("log_time", note="YYYY-MM-DD HH:mm:ss local"),
    ),
)
