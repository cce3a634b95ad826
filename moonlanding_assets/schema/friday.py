"""Tables of the Friday side: engagements, requests for information (RFIs), letters and e-mails.

Declarations only. The application keeps an RFI in two models: rfi + rfi_response, and
rfis + rfi_questions + rfi_responses.
"""

from moonlanding_assets.schema.columns import Column, ForeignKey, Index, Table
from moonlanding_assets.schema.phrases import (
    ALWAYS_UPDATED_AT,
    CREATED_AT,
    CREATED_BY,
    KEY,
    UPDATED_AT,
    UPDATED_BY,
    boolean,
    digits,
    email,
    indexes,
    json,
    later,
    later_indexes,
    path,
    real,
    reference,
    text,
    time,
    to_users,
    whole,
)  # fmt: skip

ENGAGEMENT = Table(
    "engagement",
    (
        KEY,
        text("stage", required=True, default="'info_gathering'"),
        text("client_status"),
        text("letter_client_status"),
        text("letter_auditor_status"),
        text("post_rfi_client_status"),
        text("post_rfi_auditor_status"),
        text("auditor_status"),
        digits("year", required=True),
        digits("transition_attempts", default="0"),
        time("last_transition_check"),
        time("last_transition_at"),
        digits("client_rating"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        text("name", required=True),
        reference("client_id", required=True),
        text("status", default="'active'"),
        time("commencement_date"),
        digits("progress", default="0"),
        *later(
            text("post_rfi_journal_auditor_status"),
            text("post_rfi_journal_client_status"),
            text("repeat_interval", default="'once'"),
            real("fee"),
            text("scope"),
            text("period"),
            time("end_date"),
            time("deadline_date"),
            text("title"),
            digits("client_progress", default="0"),
            reference("team_id"),
            json("users", default="'[]'"),
        ),
    ),
    (
        ForeignKey("client_id", "client"),
        *to_users("created_by"),
        ForeignKey("team_id", "team"),
    ),
    (
        *indexes("engagement", "client_id", "created_by", "name", "year"),
        *later_indexes("engagement", "team_id"),
    ),
)

LETTER = Table(
    "letter",  # the original holds engagement_id alone
    (
        reference("engagement_id", required=True),
        *later(
            KEY,
            text("letter_type", required=True),
            text("client_status"),
            text("auditor_status"),
            text("file_name"),
            path("path"),
            CREATED_AT,
        ),
    ),
    (ForeignKey("engagement_id", "engagement"),),
    indexes("letter", "engagement_id"),
)

RFI_SECTION = Table(
    "rfi_section",  # the original holds engagement_id alone
    (
        reference("engagement_id", required=True),
        *later(
            KEY,
            text("name", required=True),
            text("key"),
            whole("order"),
            text("color"),
            CREATED_AT,
        ),
    ),
    (ForeignKey("engagement_id", "engagement"),),
    indexes("rfi_section", "engagement_id"),
)

RFI = Table(
    "rfi",
    (
        KEY,
        digits("response_count", default="0"),
        time("last_response_date"),
        reference("primary_response_id"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        text("title", required=True),
        reference("engagement_id", required=True),
        text("status", default="'open'"),
        reference("assigned_to"),
        time("due_date"),
        text("description"),
        text("priority", default="'medium'"),
    ),
    (
        *to_users("assigned_to", "created_by"),
        ForeignKey("engagement_id", "engagement"),
        ForeignKey("primary_response_id", "rfi_response"),
    ),
    (
        *indexes(
            "rfi", "assigned_to", "created_by", "engagement_id", "primary_response_id", "title"
        ),
        *later_indexes("rfi", "status"),
    ),
)

RFI_RESPONSE = Table(
    "rfi_response",
    (
        KEY,
        reference("rfi_id", required=True),
        text("response_type", required=True, default="'client_response'"),
        reference("responder_id", required=True),
        text("response_text", required=True),
        time("response_date", required=True, default="'now()'"),  # the text now(), as declared
        json("file_attachments"),
        boolean("is_complete"),
        boolean("clarification_needed"),
        reference("reviewed_by"),
        time("reviewed_at"),
        text("status", required=True, default="'submitted'"),
        text("rejection_reason"),
        text("response_chain_id"),
        reference("parent_response_id"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
        CREATED_BY,
        UPDATED_BY,
    ),
    (
        *to_users("updated_by", "created_by", "reviewed_by", "responder_id"),
        ForeignKey("parent_response_id", "rfi_response"),
        ForeignKey("rfi_id", "rfi"),
    ),
    indexes(
        "rfi_response", "created_by", "parent_response_id", "responder_id", "response_chain_id",
        "response_text", "reviewed_by", "rfi_id", "updated_by",
    ),
)  # fmt: skip

RFIS = Table(
    "rfis",
    (
        KEY,
        reference("engagement_id", required=True),
        text("status", default="'draft'"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
    ),
    (ForeignKey("engagement_id", "engagement"),),
    (
        Index("idx_rfis_engagement", ("engagement_id",)),
        Index("idx_rfis_status", ("status",)),
    ),
)

RFI_QUESTIONS = Table(
    "rfi_questions",
    (
        KEY,
        reference("rfi_id", required=True),
        text("question", required=True),
        text("category"),
        reference("assigned_to"),
        Column("due_date", "TEXT", "time"),  # the one time that is declared as text
        text("status", default="'pending'"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
    ),
    (*to_users("assigned_to"), ForeignKey("rfi_id", "rfis")),
    (
        Index("idx_rfi_questions_rfi", ("rfi_id",)),
        Index("idx_rfi_questions_status", ("status",)),
    ),
)

RFI_RESPONSES = Table(
    "rfi_responses",
    (
        KEY,
        reference("question_id", required=True),
        text("response"),
        json("attachments"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
    ),
    (ForeignKey("question_id", "rfi_questions"),),
    (Index("idx_rfi_responses_question", ("question_id",)),),
)

MESSAGE = Table(
    "message",  # the original holds rfi_id, reactions and mentions alone
    (
        reference("rfi_id", required=True),
        json("reactions", default="'{}'"),
        json("mentions", default="'[]'"),
        *later(
            KEY,
            reference("user_id"),
            text("content"),
            json("attachments"),
            CREATED_AT,
            UPDATED_AT,
        ),
    ),
    (ForeignKey("rfi_id", "rfi"), *to_users("user_id")),
    indexes("message", "rfi_id"),
)

FILE = Table(
    "file",
    (
        KEY,
        reference("rfi_id", required=True),
        path("path"),
        whole("size"),
        text("mime_type"),
        text("storage_type"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
        CREATED_BY,
    ),
    (*to_users("created_by"), ForeignKey("rfi_id", "rfi")),
    indexes("file", "created_by", "path", "rfi_id"),
)

EMAIL = Table(
    "email",
    (
        KEY,
        email("sender_email", required=True),
        text("sender_name"),
        text("recipient_email", required=True),  # may hold several addresses
        text("cc"),
        text("bcc"),
        text("subject", required=True),
        text("body"),
        text("html_body"),
        text("message_id"),
        text("in_reply_to"),
        text("references"),
        time("received_at", required=True),
        boolean("allocated"),
        reference("engagement_id"),
        reference("rfi_id"),
        json("attachments"),
        text("status", default="'pending'"),
        boolean("processed"),
        time("processed_at"),
        digits("retry_count", default="0"),
        text("processing_error"),
        text("bounce_reason"),
        time("bounced_at"),
        boolean("bounce_permanent"),
        time("created_at"),
        UPDATED_AT,
        CREATED_BY,
    ),
    (
        *to_users("created_by"),
        ForeignKey("rfi_id", "rfi"),
        ForeignKey("engagement_id", "engagement"),
    ),
    indexes(
        "email", "body", "created_by", "engagement_id", "recipient_email", "rfi_id",
        "sender_email", "sender_name", "subject",
    ),
    unique=(("message_id",),),
)  # fmt: skip
