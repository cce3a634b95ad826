"""Which source fields say when: for each column of time in each table. Declarations only.

Taken from the field lists of both systems, not from the mapping. The first field that stands for
an instant counts. Without one the column is NULL, or its value is owned up to in migration_derived,
or it is one of two that every row may fall back to: the date of its review, the snapshot's time.
"""

from moonlanding_assets.schema.catalogue import TABLE

Fields = tuple[str, ...]

_MADE: Fields = ("createdTime", "created_at")
_SAID: Fields = ("datetime",)
_NONE: Fields = ()

# Tables in the order of the report. Every column of meaning time must be here (checked by a test).
TIME_FIELDS: dict[str, dict[str, Fields]] = {
    "users": {"created_at": _MADE, "updated_at": _NONE},
    "team": {"created_at": _NONE, "updated_at": _NONE},
    "client": {
        "created_at": _NONE,
        "updated_at": _NONE,
        "risk_assessed_at": ("risk_assessed_at",),
    },
    "engagement": {
        "last_transition_check": _NONE,
        "last_transition_at": _NONE,
        "created_at": _MADE,
        "updated_at": _NONE,
        "commencement_date": ("commencement_date",),
        "end_date": ("completion_date",),
        "deadline_date": ("deadline_date",),
    },
    "rfi": {
        "last_response_date": _NONE,  # the latest of its responses, see times.py
        "created_at": ("date_requested",),
        "updated_at": ("lastUpdatedTimeStamp",),
        "due_date": ("deadline_date", "deadline"),
    },
    "rfis": {"created_at": ("date_requested",), "updated_at": ("lastUpdatedTimeStamp",)},
    "rfi_questions": {
        "due_date": ("deadline_date", "deadline"),
        "created_at": ("date_requested",),
        "updated_at": ("lastUpdatedTimeStamp",),
    },
    "rfi_response": {
        "response_date": _SAID,
        "reviewed_at": _NONE,
        "created_at": _SAID,
        "updated_at": _SAID,
    },
    "rfi_responses": {"created_at": _SAID, "updated_at": _SAID},
    "file": {"created_at": _SAID, "updated_at": _SAID},
    "review": {
        "deadline": ("deadline_date", "tender_details.deadline_date"),
        "created_at": ("published_date",),
        "updated_at": ("lastUpdated",),
        "archived_at": _NONE,
    },
    "highlight": {
        "archived_at": _NONE,
        "resolved_at": ("resolvedDate",),
        "created_at": _SAID,
        "updated_at": _NONE,
    },
    "highlight_comment": {"created_at": _SAID, "updated_at": _NONE},
    "collaborator": {
        "expires_at": ("expires",),
        "notified_at": _NONE,
        "created_at": _NONE,
        "updated_at": _NONE,
    },
    "flag": {"applied_at": _NONE, "created_at": _NONE, "updated_at": _NONE},
    "checklist": {"created_at": _NONE, "updated_at": _NONE, "approved_at": _NONE},
    "checklist_item": {
        "due_date": _NONE,
        "created_at": _SAID,
        "updated_at": ("resolvedDate",),
    },
    "client_user": {"created_at": _NONE},
    "letter": {"created_at": _NONE},
    "rfi_section": {"created_at": _NONE},
    "message": {"created_at": _SAID, "updated_at": _NONE},
    "chat_messages": {"created_at": _SAID, "updated_at": _NONE},
    "audit_logs": {"created_at": ("dateTime", "log_time", "timestamp")},
    "email": {
        "received_at": ("date",),
        "processed_at": _NONE,
        "bounced_at": _NONE,
        "created_at": ("date",),
        "updated_at": _NONE,
    },
    "review_template": {"created_at": _NONE, "updated_at": _NONE},
    "template_section": {"created_at": _NONE, "updated_at": _NONE},
    "removedHighlight": {"deleted_at": _NONE, "created_at": _SAID, "updated_at": _NONE},
    "tender": {
        "deadline": ("deadline_date",),
        "award_date": _NONE,
        "created_at": _NONE,
        "updated_at": _NONE,
        "announcement_date": ("announcement_date",),
    },
}

REVIEW_DATE: Fields = ("published_date",)  # of the review that an item lies in

# Table and column to the table of its children, their reference and their time: a row without a
# time of its own was there when its earliest child was.
EARLIEST_CHILD: dict[tuple[str, str], tuple[str, str, str]] = {
    ("client", "created_at"): ("engagement", "client_id", "created_at"),
    ("engagement", "created_at"): ("rfi", "engagement_id", "created_at"),
}


def time_columns(table: str) -> tuple[str, ...]:
    """The columns of meaning time of a table."""
    return tuple(column.name for column in TABLE[table].columns if column.meaning == "time")


COLUMNS = {table: time_columns(table) for table in TIME_FIELDS}
FIELDS = {  # the rules of a table in the order of its columns
    table: tuple(TIME_FIELDS[table][column] for column in columns)
    for table, columns in COLUMNS.items()
}
