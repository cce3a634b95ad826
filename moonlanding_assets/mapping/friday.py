"""How Friday's collections become rows: people, clients, templates, e-mails, logs.

Holds declarations only; what lies below an engagement is in friday_engagements.py.
"""

from moonlanding_assets.contract import friday as source
from moonlanding_assets.mapping.combinations import as_json
from moonlanding_assets.mapping.enumerations_reviews import (
    CLIENT_ROLE,
    CLIENT_STATE,
    EMAIL_STATUS,
    RECREATION_ACTION,
    RISK_LEVEL,
    USER_STATUS,
    USER_TYPE,
)
from moonlanding_assets.mapping.fallbacks import (
    CLIENT_ROLE_OF,
    DOCUMENT_ID,
    EMPTY_LIST,
    INDEX,
    ITEM_NUMBER,
    LOG_CATEGORY,
    NAME_BEFORE_AT,
    SNAPSHOT_TIME,
)
from moonlanding_assets.mapping.language import (
    Completed,
    Constant,
    Derive,
    Key,
    Parent,
    Role,
    Unset,
    combine,
    copy,
    reference,
    take,
    user,
)
from moonlanding_assets.mapping.lists import first_email, text_list
from moonlanding_assets.mapping.numbers import integer
from moonlanding_assets.mapping.people import email
from moonlanding_assets.mapping.shared import NO_HOME, UNUSABLE_PASSWORD, teams
from moonlanding_assets.mapping.structures import address, json_array, json_text
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.texts import email_list, joined_emails, text, trimmed_text
from moonlanding_assets.mapping.times import local_seconds_timestamp, utc_timestamp
from moonlanding_assets.mapping.truths import boolean
from moonlanding_assets.schema.catalogue import TABLE

FRIDAY = "friday/users"
DERIVABLE = "counted or listed again from the rows that it repeats"

USERS = CollectionMapping(
    collection=source.USERS,
    tables=(
        TableMapping(
            table=TABLE["users"],
            columns={
                "id": Key(),
                "email": take("email", by=email),
                "name": take("name", "displayName", by=trimmed_text, otherwise=NAME_BEFORE_AT),
                "password_hash": UNUSABLE_PASSWORD,
                "role": Role(names=("role", "role_name"), to="friday", otherwise=CLIENT_ROLE_OF),
                "status": take("status", by=USER_STATUS),
                "photo_url": take("photo", "photoURL", by=trimmed_text),
                "priority_reviews": Unset(),
                "created_at": take(
                    "createdTime", "created_at", by=utc_timestamp, otherwise=SNAPSHOT_TIME
                ),
                "updated_at": Unset(),
                "created_by": Unset(),
                "type": take("type", by=USER_TYPE),
            },
        ),
        TableMapping(
            table=TABLE["client_user"],
            each=("clients",),
            columns={
                "client_id": reference("cloud_id", to="friday/clients", placeholder="client"),
                "id": Key(),
                "user_id": Parent(0),
                "role": take("role", by=CLIENT_ROLE),
                "status": take("status", by=USER_STATUS),
                "created_at": Derive(SNAPSHOT_TIME),
            },
        ),
    ),
    kept={
        "cloud_id": "a mirror of the document id",
        "teams": "members are listed with their team",
        "uid": NO_HOME,
        "authProvider": NO_HOME,
        "cv_url": NO_HOME,
        "clients.name": "a copy of the client's name",
    },
)

TEAMS = teams(source.TEAMS, people=FRIDAY, context="engagement_team")

CLIENTS = CollectionMapping(
    collection=source.CLIENTS,
    tables=(
        TableMapping(
            table=TABLE["client"],
            columns={
                "id": Key(),
                "name": take("name", by=text, otherwise=DOCUMENT_ID),
                "email": take("email", "master_emails", by=(email, first_email)),
                "phone": Unset(),
                "address": take("address", by=address),
                "created_at": Completed("earliest_engagement"),
                "updated_at": Unset(),
                "created_by": user("created_by", to=FRIDAY, by="id"),
                "code": take("client_code", by=text),
                "industry": Unset(),
                "contact_name": Unset(),
                "contact_email": Unset(),
                "contact_phone": Unset(),
                "website": Unset(),
                "status": take("status", by=CLIENT_STATE),
                "risk_level": take("risk_level", by=RISK_LEVEL),
                "risk_notes": take("risk_notes", by=text),
                "risk_assessed_at": take("risk_assessed_at", by=utc_timestamp),
            },
        ),
    ),
    kept={"entity_type": NO_HOME, "users": "client_user rows say it from the user's side"},
    declared={"engagements": DERIVABLE, "stage_counts": DERIVABLE, "fees": DERIVABLE},
)

RECREATION_LOGS = CollectionMapping(
    collection=source.RECREATION_LOGS,
    tables=(
        TableMapping(
            table=TABLE["audit_logs"],
            columns={
                "id": Key(),
                "entity_type": Constant("engagement", "what was recreated"),
                "entity_id": reference(
                    "engagementId", to="friday/engagements", placeholder="engagement"
                ),
                "action": take("status", by=RECREATION_ACTION),
                "user_id": Unset(),
                "before_state": Unset(),
                "after_state": combine(
                    "details", "clientId", "engagementTypeId",
                    by=as_json("details", "clientId", "engagementTypeId"),
                ),
                "created_at": take(
                    "timestamp", by=local_seconds_timestamp, otherwise=SNAPSHOT_TIME
                ),
            },
        ),
    ),
)  # fmt: skip

TEMPLATES = CollectionMapping(
    collection=source.TEMPLATES,
    tables=(
        TableMapping(
            table=TABLE["review_template"],
            columns={
                "id": Key(),
                "name": take("name", by=text, otherwise=DOCUMENT_ID),
                "description": Unset(),
                "type": Unset(),
                "content": take("sections", by=json_array, otherwise=EMPTY_LIST),
                "variables": Unset(),
                "is_active": Unset(),
                "created_at": Derive(SNAPSHOT_TIME),
                "updated_at": Derive(SNAPSHOT_TIME),
                "created_by": Unset(),
                "template_type": Constant("rfi_template", "Friday's templates are lists of RFIs"),
            },
        ),
        TableMapping(
            table=TABLE["template_section"],
            each=("sections",),
            columns={
                "id": Key(),
                "template_id": Parent(0),
                "name": copy("name", by=trimmed_text, otherwise=ITEM_NUMBER),
                "order": copy("order", by=integer, otherwise=INDEX),
                "content": copy(".", by=json_text),
                "created_at": Derive(SNAPSHOT_TIME),
                "updated_at": Derive(SNAPSHOT_TIME),
                "created_by": Unset(),
            },
        ),
    ),
)

_LIBRARY_FIELDS = ("description", "status", "due_date", "deadline", "engagement_id", "engagement")

RFI_LIBRARY = CollectionMapping(
    collection=source.RFIS,
    tables=(
        TableMapping(
            table=TABLE["review_template"],
            columns={
                "id": Key(),
                "name": take("title", "name", by=trimmed_text, otherwise=DOCUMENT_ID),
                "description": copy("description", by=text),
                "type": Unset(),
                "content": combine(*_LIBRARY_FIELDS, by=as_json(*_LIBRARY_FIELDS)),
                "variables": Unset(),
                "is_active": Unset(),
                "created_at": Derive(SNAPSHOT_TIME),
                "updated_at": Derive(SNAPSHOT_TIME),
                "created_by": user("created_by", to=FRIDAY, by="id"),
                "template_type": Constant("rfi_template", "48 library RFIs, of no engagement"),
            },
        ),
    ),
)

EMAILS = CollectionMapping(
    collection=source.EMAILS,
    tables=(
        TableMapping(
            table=TABLE["email"],
            columns={
                "id": Key(),
                "sender_email": take("from", by=email),
                "sender_name": Unset(),
                "recipient_email": take("to", by=email_list),
                "cc": take("cc", by=joined_emails),
                "bcc": take("bcc", by=joined_emails),
                "subject": take("subject", by=text),
                "body": take("body", by=text),
                "html_body": copy("body", by=text),
                "message_id": Unset(),
                "in_reply_to": Unset(),
                "references": Unset(),
                "received_at": take("date", by=utc_timestamp, otherwise=SNAPSHOT_TIME),
                "allocated": take("allocated", by=boolean),
                "engagement_id": Unset(),
                "rfi_id": Unset(),
                "attachments": take("attachmentUrls", by=text_list),
                "status": copy("allocated", by=EMAIL_STATUS),
                "processed": Unset(),
                "processed_at": Unset(),
                "retry_count": Unset(),
                "processing_error": Unset(),
                "bounce_reason": Unset(),
                "bounced_at": Unset(),
                "bounce_permanent": Unset(),
                "created_at": copy("date", by=utc_timestamp),
                "updated_at": Unset(),
                "created_by": Unset(),
            },
        ),
    ),
)

LOGS = CollectionMapping(
    collection=source.LOGS,
    tables=(
        TableMapping(
            table=TABLE["audit_logs"],
            columns={
                "id": Key(),
                "entity_type": Constant("system", "Friday's system log"),
                "entity_id": take("review", by=trimmed_text, otherwise=LOG_CATEGORY),
                "action": Constant("log", "a line of a log"),
                "user_id": user("email", to=FRIDAY, by="email"),
                "before_state": Unset(),
                "after_state": combine("message", by=as_json("message", source="friday log")),
                "created_at": take("log_time", by=local_seconds_timestamp, otherwise=SNAPSHOT_TIME),
            },
        ),
    ),
)

FRIDAY_MAPPINGS = (
    USERS,
    CollectionMapping(collection=source.USERS_PERMISSIONS),
    CollectionMapping(collection=source.USER_GROUPS),
    TEAMS,
    CollectionMapping(collection=source.CLIENTS_DOCUMENT),
    CLIENTS,
    CollectionMapping(collection=source.ENTITY_TYPES),
    CollectionMapping(collection=source.ENGAGEMENT_TYPES),
    CollectionMapping(collection=source.ENGAGEMENTS_DOCUMENT),
    CollectionMapping(collection=source.CLIENT_SENT_NOTIFICATIONS),
    RECREATION_LOGS,
    TEMPLATES,
    RFI_LIBRARY,
    EMAILS,
    CollectionMapping(collection=source.SETTINGS),
    CollectionMapping(collection=source.SETTINGS_ENGAGEMENT_NOTIFICATIONS),
    LOGS,
    CollectionMapping(collection=source.EMAIL_COUNTERS),
)
