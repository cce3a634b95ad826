"""Friday: every collection that is not below one engagement (those: friday_engagements.py).

Holds declarations only. What is marked "name not documented" was chosen for this contract.
"""

from moonlanding_assets.contract.fields import (
    free_map,
    moment,
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
    CLIENT,
    ENGAGEMENT,
    FRIDAY_EMAIL,
    FRIDAY_PERSON,
    FRIDAY_TEAM,
    FRIDAY_USER,
    member_fields,
)

ROLE = Refers(to=("friday/users_permissions", "friday/user_groups"))
ENTITY_TYPE = Refers(to=("friday/entity_types",))
ENGAGEMENT_TYPE = Refers(to=("friday/engagement_types",))

ROLES = Field(
    name="roles",
    kinds=("map", "array"),
    element_kinds=("string",),
    has_any_keys=True,
    note="resource -> action -> bool, or a list of permissions",
)

USERS = Collection(
    key="friday/users",
    system="friday",
    patterns=("friday/users/list/{user}",),
    purpose="auditors and client users together",
    fields=(
        text("cloud_id", note="mirror of the document id; may or may not be stored"),
        private_text("email", note="case and blanks around it are not guaranteed"),
        private_text("name"),
        private_text("displayName", note="read when name is missing"),
        text("type", enum=("auditor", "client")),
        text("role", refers=ROLE, note="auditors only; other ids than the roles of MyWorkReview"),
        text("role_name", enum=("Partner", "Manager", "Clerk")),
        texts("teams", refers=FRIDAY_TEAM),
        text("status", enum=("active", "inactive", "deleted")),
        text("uid", note='"" until the first login'),
        text("authProvider", enum=("google", "email")),
        url("photo", may_be_null=True),
        url("photoURL", may_be_null=True, note="read when photo is missing"),
        records(
            "clients",
            (
                text("cloud_id"),
                private_text("name"),
                text("role", enum=("admin", "user")),
                text("status", enum=("active", "inactive")),
            ),
            refers=CLIENT,
        ),
        url("cv_url"),
        moment("createdTime"),
        moment("created_at"),
    ),
)

USERS_PERMISSIONS = Collection(
    key="friday/users_permissions",
    system="friday",
    patterns=("friday/users/permissions/{role}",),
    purpose="role definitions",
    fields=(
        text("name", enum=("Partner", "Manager", "Clerk")),
        text("key", enum=("partner", "manager", "clerk")),
        ROLES,
    ),
)

USER_GROUPS = Collection(
    key="friday/user_groups",
    system="friday",
    patterns=("friday/userGroups/list/{group}",),
    purpose="another home of Friday's roles, named only by the other system's hand-over",
    fields=(text("cloud_id"),),
)

TEAMS = Collection(
    key="friday/teams",
    system="friday",
    patterns=("friday/teams/list/{team}", "friday/clients/teams/{team}"),
    purpose="auditor teams",
    fields=(
        text("name"),
        texts_or_records("users", member_fields(FRIDAY_EMAIL), refers=FRIDAY_USER),
        texts_or_records("partners", member_fields(FRIDAY_EMAIL), refers=FRIDAY_USER),
    ),
)

CLIENTS_DOCUMENT = Collection(
    key="friday/clients_document",
    system="friday",
    patterns=("friday/clients",),
    purpose="parent document of the client collections, without fields",
)

CLIENTS = Collection(
    key="friday/clients",
    system="friday",
    patterns=("friday/clients/list/{client}",),
    purpose="clients of the firm",
    fields=(
        private_text("name", note="not unique, yet used as a key by engagements"),
        text("entity_type", refers=ENTITY_TYPE),
        text(
            "status",
            enum=("active", "inactive", "Active", "Inactive"),
            note="case is not guaranteed",
        ),
        texts("users", refers=FRIDAY_USER),
        texts("engagements", refers=ENGAGEMENT, note="redundant back-reference"),
        texts("master_emails", is_personal=True),
        private_text("email"),
        Field(
            name="address", kinds=("string", "map"), has_any_keys=True, is_personal=True,
            note="a text, or a map of its lines",
        ),
        text("client_code"),
        text("created_by", refers=FRIDAY_USER),
        text("risk_level", enum=("low", "medium", "high", "critical"), note="name not documented"),
        private_text("risk_notes", note="name not documented"),
        moment("risk_assessed_at", note="name not documented"),
        free_map("stage_counts", note="kept by triggers; name not documented"),
        free_map("fees", note="kept by triggers; name not documented"),
    ),
)  # fmt: skip

ENTITY_TYPES = Collection(
    key="friday/entity_types",
    system="friday",
    patterns=("friday/clients/entity_types/{type}",),
    purpose="client entity types",
    fields=(text("name"), url("letter_template", note="name not documented")),
)

ENGAGEMENT_TYPES = Collection(
    key="friday/engagement_types",
    system="friday",
    patterns=("friday/clients/engagement_types/{type}",),
    purpose="engagement types",
    fields=(text("name"),),
)

ENGAGEMENTS_DOCUMENT = Collection(
    key="friday/engagements_document",
    system="friday",
    patterns=("friday/engagements",),
    purpose="dashboard counters: stage -> team id -> number",
    presence="declared",
    reason="counters that the application computes again from the engagements",
    fields=(
        free_map("PendingCounts"),
        free_map("InfoGathering"),
        free_map("Commencement"),
        free_map("TeamExecution"),
        free_map("PartnerReview"),
        free_map("Finalization"),
        free_map("CloseOut"),
    ),
)

CLIENT_SENT_NOTIFICATIONS = Collection(
    key="friday/client_sent_notifications",
    system="friday",
    patterns=("friday/engagements/client_sent_notifications/{notification}",),
    purpose="queue of the daily mail",
    presence="declared",
    reason="a queue that is emptied by each daily mail",
    fields=(
        text("engagement", refers=ENGAGEMENT),
        text("rfi", note="an id inside the engagement"),
        texts("users", refers=FRIDAY_USER),
    ),
)

RECREATION_LOGS = Collection(
    key="friday/recreation_logs",
    system="friday",
    patterns=("friday/recreationLogs/list/{log}",),
    purpose="what the yearly and monthly recreation of engagements did",
    fields=(
        text("engagementId", refers=ENGAGEMENT),
        text("clientId", refers=CLIENT),
        text("engagementTypeId", refers=ENGAGEMENT_TYPE),
        text("status", enum=("pending", "completed", "failed")),
        record(
            "details",
            text("repeatInterval", enum=("yearly", "monthly")),
            text("oldMonth"),
            text("newMonth"),
            text("oldYear"),
            text("newYear"),
        ),
        text("timestamp", note="YYYY-MM-DD HH:mm:ss local"),
    ),
)

TEMPLATES = Collection(
    key="friday/templates",
    system="friday",
    patterns=("friday/templates/list/{template}",),
    purpose="RFI templates",
    fields=(
        text("name"),
        records(
            "sections",
            (
                text("name"),
                text("key"),
                whole("order"),
                records("questions", (text("key"), text("name"), text("question"))),
            ),
        ),
    ),
)

RFIS = Collection(
    key="friday/rfis",
    system="friday",
    patterns=("friday/rfis/list/{rfi}",),
    purpose="the library of RFI templates (48 beside 861 engagements), not engagement RFIs",
    fields=(
        text("engagement_id", refers=ENGAGEMENT),
        text("engagement", refers=ENGAGEMENT),
        private_text("title"),
        private_text("name"),
        Field(name="status", kinds=("integer", "string")),
        text("due_date"),
        text("deadline"),
        private_text("description"),
        text("created_by", refers=FRIDAY_PERSON),
    ),
)


def _addresses(name: str) -> Field:
    return Field(
        name=name,
        kinds=("string", "array"),
        element_kinds=("string",),
        refers=FRIDAY_EMAIL,
        is_personal=True,
    )


EMAILS = Collection(
    key="friday/emails",
    system="friday",
    patterns=("emails/{email}", "friday/emails/list/{email}"),
    purpose="inbound e-mail",
    fields=(
        private_text("subject"),
        private_text("from", refers=FRIDAY_EMAIL),
        _addresses("to"),
        _addresses("cc"),
        _addresses("bcc"),
        moment("date"),
        private_text("body", note="HTML"),
        Field(
            name="attachmentUrls", kinds=("array",), element_kinds=("string",), is_url=True,
            is_personal=True,
        ),
        truth("allocated"),
    ),
)  # fmt: skip

SETTINGS = Collection(
    key="friday/settings",
    system="friday",
    patterns=("friday/settings",),
    purpose="application settings",
    fields=(text("version"), free_map("keys", is_secret=True, note="API keys: never read")),
)

SETTINGS_ENGAGEMENT_NOTIFICATIONS = Collection(
    key="friday/settings_engagement_notifications",
    system="friday",
    patterns=("friday/settings/engagement_notifications/{notification}",),
    purpose="notifications some days before or after a date; field names not documented",
    fields=(
        text("name"),
        text("trigger", enum=("before", "after")),
        whole("days"),
        text("date_field"),
        texts("user_groups", refers=ROLE),
    ),
)

LOGS = Collection(
    key="friday/logs",
    system="friday",
    patterns=("friday/logs/list/{log}",),
    purpose="system log",
    fields=(
        moment("log_time"),
        private_text("email", refers=FRIDAY_EMAIL),
        text("review", note="used as the category"),
        private_text("message"),
    ),
)

EMAIL_COUNTERS = Collection(
    key="friday/email_counters",
    system="friday",
    patterns=("friday/emailCounters",),
    purpose="how many mails were sent on a day",
    presence="declared",
    reason="a counter that the daily mail starts again",
    fields=(free_map("counters"), text("date")),
)
