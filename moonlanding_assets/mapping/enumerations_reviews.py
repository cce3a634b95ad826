"""Enumerations of reviews, tenders, users, clients and logs; engagements are in enumerations.py.

Holds only declarations. The role ids are those of the hand-over documents; roles under other ids
are resolved through the role collections.
"""

from moonlanding_assets.mapping.enumerations import enum

REVIEW_STATUS = enum(
    "review_status",
    {"open": (True, "open", "Open"), "closed": (False, "closed", "Closed")},
    summary="Whether a review is open.",
)
REVIEW_STAGE = enum(
    "review_stage",
    {
        "active": ("active", "Active"),
        "history": ("history", "History"),
        "archive": ("archive", "Archive"),
    },
    summary="Where a review is listed.",
)
REVIEW_ARCHIVED = enum(
    "review_archived",
    {0: ("active", "history", "Active", "History"), 1: ("archive", "Archive")},
    sql_type="INTEGER",
    summary="1 for a review in the archive.",
)
REVIEW_TYPE = enum(
    "review_type",
    {
        "standard": ("standard", "review", "friday", "Standard"),
        "tender": ("tender", "Tender"),
    },
    summary="The kind of a review, from its template.",
)
TEMPLATE_TYPE = enum(
    "template_type",
    {
        "review_template": ("standard", "review", "friday", "Standard"),
        "tender_template": ("tender", "Tender"),
    },
    summary="The kind of a review template.",
)
HIGHLIGHT_STATUS = enum(
    "highlight_status",
    {"resolved": (True,), "unresolved": (False,)},
    summary="Whether a highlight is resolved.",
)
ACCESS_TYPE = enum(
    "access_type",
    {"permanent": ("permanent", "Permanent"), "temporary": ("temporary", "Temporary")},
    summary="How long a collaborator has access.",
)
IS_PERMANENT = enum(
    "is_permanent",
    {1: ("permanent", "Permanent"), 0: ("temporary", "Temporary")},
    sql_type="INTEGER",
    summary="1 for a collaborator without an end.",
)
TENDER_FLAG = enum(
    "tender_flag",
    {
        "open": ("Open", "Awaiting Adjudication"),
        "closed": ("Closed", "Declined", "Lost", "Missed"),
        "awarded": ("Won",),
    },
    summary="The status of a tender, from a flag of its review.",
)
USER_STATUS = enum(
    "user_status",
    {
        "active": ("active", "Active"),
        "inactive": ("inactive", "Inactive"),
        "deleted": ("deleted", "Deleted"),
    },
    summary="The status of a user.",
)
USER_ACTIVE = enum(
    "user_active", {"active": (True,), "inactive": (False,)}, summary="The status of a user."
)
USER_TYPE = enum(
    "user_type",
    {"auditor": ("auditor", "Auditor"), "client": ("client", "Client")},
    summary="On which side a user works.",
)
CLIENT_STATE = enum(
    "client_state",
    {"active": ("active", "Active"), "inactive": ("inactive", "Inactive")},
    summary="The status of a client.",
)
RISK_LEVEL = enum(
    "risk_level",
    {
        "low": ("low", "Low"),
        "medium": ("medium", "Medium"),
        "high": ("high", "High"),
        "critical": ("critical", "Critical"),
    },
    summary="The risk of a client.",
)
ROLE = enum(
    "role",
    {
        "partner": ("KBCSEHD91PdSh4StXOZe", "Partner", "partner", "PARTNER"),
        "manager": ("hXbxDR3GfCHtrtjrn2wC", "Manager", "manager", "MANAGER"),
        "clerk": ("xNexLKjl1m3kPTG8BBaF", "A3KQ4WpdhLj2Vo2oSS2x", "Clerk", "clerk", "CLERK"),
        "client_admin": ("client_admin",),
        "client_user": ("client_user",),
    },
    summary="The role of an auditor, from the ids of Friday's roles or from a name.",
)
MWR_ROLE = enum(
    "mwr_role",
    {
        "partner": ("Partner", "partner", "PARTNER"),
        "manager": ("Manager", "manager", "MANAGER"),
        "clerk": ("A3KQ4WpdhLj2Vo2oSS2x", "Clerk", "clerk", "CLERK"),
    },
    summary="The role of a reviewer, from the id of the default role or from a name.",
)
ROLE_NAME = enum(
    "role_name",
    {
        "partner": ("Partner", "partner", "PARTNER"),
        "manager": ("Manager", "manager", "MANAGER"),
        "clerk": ("Clerk", "clerk", "CLERK"),
    },
    summary="The role of an auditor, from its name.",
)
CLIENT_ROLE = enum(
    "client_role",
    {
        "client_admin": ("admin", "Admin", "client_admin"),
        "client_user": ("user", "User", "client_user"),
    },
    summary="The role of a person at a client.",
)
EMAIL_STATUS = enum(
    "email_status",
    {"processed": (True,), "pending": (False,)},
    summary="Whether an e-mail has been allocated.",
)
RECREATION_ACTION = enum(
    "recreation_action",
    {
        "recreation_completed": ("completed", "Completed"),
        "recreation_failed": ("failed", "Failed"),
        "recreation_pending": ("pending", "Pending"),
    },
    summary="The log action of a recreation.",
)
MONTH = enum(
    "month",
    {
        name: (name, name.lower(), name.upper())
        for name in (
            "January", "February", "March", "April", "May", "June", "July", "August",
            "September", "October", "November", "December",
        )
    },
    summary="The English name of a month.",
)  # fmt: skip
