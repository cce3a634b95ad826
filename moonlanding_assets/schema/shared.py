"""Tables that both systems feed: people, teams, clients, templates, chat and the audit trail.

Declarations only; the tables of one system are in friday.py and mwr.py.
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
    reference,
    text,
    time,
    to_users,
    whole,
)  # fmt: skip

USERS = Table(
    "users",
    (
        KEY,
        email("email", required=True),
        text("name", required=True),
        text("password_hash"),
        text("role", required=True, default="'clerk'"),
        text("status", default="'active'"),
        text("photo_url"),
        json("priority_reviews"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        *later(text("type", required=True, default="'auditor'")),
    ),
    to_users("created_by"),
    indexes("users", "created_by"),
    unique=(("email",),),
)

TEAM = Table(
    "team",
    (
        KEY,
        text("name", required=True),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        *later(
            text("context", default="'general'"),
            json("users", default="'[]'"),
            json("partners", default="'[]'"),
        ),
    ),
    to_users("created_by"),
    indexes("team", "created_by", "name"),
)

CLIENT = Table(
    "client",
    (
        KEY,
        text("name", required=True),
        email("email"),
        text("phone"),
        text("address"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        *later(
            text("code"),
            text("industry"),
            text("contact_name"),
            email("contact_email"),
            text("contact_phone"),
            text("website"),
            text("status", default="'active'"),
            text("risk_level", default="'low'"),
            text("risk_notes"),
            time("risk_assessed_at"),
        ),
    ),
    to_users("created_by"),
    indexes("client", "created_by", "email", "name"),
)

CLIENT_USER = Table(
    "client_user",  # the original holds client_id alone
    (
        reference("client_id", required=True),
        *later(
            KEY,
            reference("user_id", required=True),
            text("role"),
            text("status"),
            CREATED_AT,
        ),
    ),
    (ForeignKey("client_id", "client"), *to_users("user_id")),
    (*indexes("client_user", "client_id"), *later_indexes("client_user", "user_id")),
)

SESSIONS = Table(
    "sessions",
    (KEY, reference("user_id", required=True), time("expires_at", required=True)),
    to_users("user_id"),
)

REVIEW_TEMPLATE = Table(
    "review_template",
    (
        KEY,
        text("name", required=True),
        text("description"),
        text("type", default="'standard'"),
        json("content", required=True),
        json("variables"),
        boolean("is_active", default="true"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
        CREATED_BY,
        *later(text("template_type", required=True, default="'review_template'")),
    ),
    to_users("created_by"),
    indexes("review_template", "created_by", "name", "type"),
)

TEMPLATE_SECTION = Table(
    "template_section",
    (
        KEY,
        reference("template_id", required=True),
        text("name", required=True),
        whole("order", default="0"),
        json("content", required=True),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
        CREATED_BY,
    ),
    (*to_users("created_by"), ForeignKey("template_id", "review_template")),
    indexes("template_section", "created_by", "name", "template_id"),
)

CHAT_MESSAGES = Table(
    "chat_messages",
    (
        KEY,
        reference("rfi_id"),
        reference("user_id"),
        text("content"),
        json("attachments"),
        json("reactions", default="'{}'"),
        json("mentions", default="'[]'"),
        CREATED_AT,
        UPDATED_AT,
    ),
    (*to_users("user_id"), ForeignKey("rfi_id", "rfi")),
    later_indexes("chat_messages", "rfi_id", "created_at"),
)

CHAT_MENTIONS = Table(
    "chat_mentions",
    (
        KEY,
        reference("message_id", required=True),
        reference("user_id"),
        Column("resolved", "BOOLEAN", "boolean", default="0"),
        CREATED_AT,
    ),
    (*to_users("user_id"), ForeignKey("message_id", "chat_messages")),
)

AUDIT_LOGS = Table(
    "audit_logs",
    (
        KEY,
        text("entity_type", required=True),
        text("entity_id", required=True),
        text("action", required=True),
        reference("user_id"),
        json("before_state"),
        json("after_state"),
        CREATED_AT,
    ),
    to_users("user_id"),
    (
        Index("idx_audit_logs_created", ("created_at",)),
        Index("idx_audit_logs_entity", ("entity_type", "entity_id")),
        Index("idx_audit_logs_user", ("user_id",)),
    ),
)

PERMISSION_AUDIT = Table(
    "permission_audit",
    (
        KEY,
        reference("user_id", required=True),
        text("entity_type", required=True),
        text("entity_id", required=True),
        text("action", required=True, default="'modify'"),
        json("old_permissions"),
        json("new_permissions"),
        text("reason"),
        text("reason_code", required=True, default="'other'"),
        time("timestamp", required=True, default="'now()'"),  # the text now(), as declared
        text("ip_address"),
        text("session_id"),
        reference("affected_user_id"),
        json("metadata"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
        CREATED_BY,
        UPDATED_BY,
    ),
    to_users("updated_by", "created_by", "affected_user_id", "user_id"),
    indexes(
        "permission_audit", "affected_user_id", "created_by", "entity_id", "entity_type",
        "reason", "updated_by", "user_id",
    ),
)  # fmt: skip

JOB_EXECUTION_LOG = Table(
    "job_execution_log",  # has no key; nothing is migrated into it
    (
        time("timestamp", required=True),
        digits("total_jobs", required=True),
        digits("executed_jobs", required=True),
        digits("failed_jobs", required=True),
        digits("duration_ms"),
        text("status", required=True),
        text("error_details"),
    ),
)
