"""Tables of the MyWorkReview side: reviews of PDFs with their highlights, checklists and flags.

Declarations only. A highlight's position is exact JSON in `scaled_position`, `bounding_rect` and
`rects`; its numbers lie in migration_highlight_rects as well.
"""

from moonlanding_assets.schema.columns import ForeignKey, Table
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
    real,
    reference,
    text,
    time,
    to_users,
    whole,
)  # fmt: skip

REVIEW = Table(
    "review",
    (
        KEY,
        text("name", required=True),
        reference("engagement_id", required=True),
        text("status", default="'active'"),
        text("drive_file_id"),
        text("financial_year"),
        reference("team_id"),
        time("deadline"),
        real("wip_value"),
        boolean("is_private"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        *later(
            json("tags", default="'[]'"),
            json("flags", default="'[]'"),
            text("priority_level", default="'normal'"),
            json("starred_by", default="'[]'"),
            reference("template_id"),
            text("review_type", default="'standard'"),
            boolean("archived"),
            time("archived_at"),
            reference("archived_by"),
            digits("total_highlights", default="0"),
            digits("resolved_highlights", default="0"),
        ),
    ),
    (
        *to_users("created_by"),
        ForeignKey("team_id", "team"),
        ForeignKey("engagement_id", "engagement"),
        *to_users("archived_by"),
        ForeignKey("template_id", "review_template"),
    ),
    (
        *indexes("review", "created_by", "engagement_id", "name", "team_id"),
        *later_indexes("review", "status"),
    ),
)

HIGHLIGHT = Table(
    "highlight",
    (
        KEY,
        text("status", default="'unresolved'"),
        boolean("archived"),
        time("archived_at"),
        reference("archived_by"),
        text("resolution_notes"),
        time("resolved_at"),
        reference("resolved_by"),
        text("color", default="'grey'"),
        boolean("is_high_priority"),
        boolean("is_active_focus"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        reference("review_id", required=True),
        *later(
            text("text"),
            text("comment"),
            digits("page_number", required=True),
            json("bounding_rect"),
            json("rects"),
            json("scaled_position"),
            text("highlight_type", default="'text'"),
            digits("highlight_number"),
            reference("section_id"),
            boolean("is_mandatory"),
            boolean("partial_resolved"),
            boolean("manager_resolved"),
            boolean("partner_resolved"),
            text("resolved_role"),
            json("attachment"),
        ),
    ),
    (
        ForeignKey("review_id", "review"),
        *to_users("created_by", "resolved_by", "archived_by"),
        ForeignKey("section_id", "template_section"),
    ),
    (
        *indexes("highlight", "archived_by", "created_by", "resolved_by", "review_id"),
        *later_indexes("highlight", "status"),
    ),
)

HIGHLIGHT_COMMENT = Table(
    "highlight_comment",
    (
        KEY,
        text("text", required=True),
        reference("author_id", required=True),
        CREATED_AT,
        text("thread_id"),  # the highlight's id; no foreign key in the application
        reference("parent_comment_id"),
        UPDATED_AT,
        CREATED_BY,
        reference("highlight_id", required=True),
    ),
    (
        ForeignKey("highlight_id", "highlight"),
        *to_users("created_by"),
        ForeignKey("parent_comment_id", "highlight_comment"),
        *to_users("author_id"),
    ),
    indexes(
        "highlight_comment", "author_id", "created_by", "highlight_id", "parent_comment_id",
    ),
)  # fmt: skip

REMOVED_HIGHLIGHT = Table(
    "removedHighlight",
    (
        KEY,
        time("deleted_at", required=True),
        reference("deleted_by", required=True),
        reference("archived_by"),
        text("resolution_notes"),
        text("color"),
        boolean("is_high_priority"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        reference("review_id", required=True),
        text("original_id", required=True),  # of a highlight that is gone: no foreign key
    ),
    (
        ForeignKey("review_id", "review"),
        *to_users("created_by", "archived_by", "deleted_by"),
    ),
    indexes("removedHighlight", "archived_by", "created_by", "deleted_by", "review_id"),
)

CHECKLIST = Table(
    "checklist",
    (
        KEY,
        reference("review_id", required=True),
        text("name", required=True),
        json("section_items"),
        boolean("email_checklist"),
        text("type"),
        text("description"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
        *later(
            boolean("mandatory"),
            boolean("manager_approve"),
            reference("assigned_to"),
            text("status", default="'pending'"),
            reference("approved_by"),
            time("approved_at"),
        ),
    ),
    (
        *to_users("created_by"),
        ForeignKey("review_id", "review"),
        *to_users("approved_by", "assigned_to"),
    ),
    indexes("checklist", "created_by", "name", "review_id"),
)

CHECKLIST_ITEM = Table(
    "checklist_item",
    (
        KEY,
        reference("checklist_id", required=True),
        text("name", required=True),
        text("description"),
        boolean("is_done"),
        reference("assigned_to"),
        time("due_date"),
        whole("order", default="0"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
        CREATED_BY,
        UPDATED_BY,
    ),
    (
        *to_users("updated_by", "created_by", "assigned_to"),
        ForeignKey("checklist_id", "checklist"),
    ),
    indexes(
        "checklist_item", "assigned_to", "checklist_id", "created_by", "description", "name",
        "order", "updated_by",
    ),
)  # fmt: skip

COLLABORATOR = Table(
    "collaborator",
    (
        KEY,
        reference("review_id", required=True),
        email("email", required=True),
        time("expires_at"),
        boolean("is_permanent", default="true"),
        time("notified_at"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
        CREATED_BY,
        *later(
            reference("user_id", required=True),
            text("name"),
            text("role"),
            text("access_type", default="'permanent'"),
        ),
    ),
    (*to_users("created_by"), ForeignKey("review_id", "review"), *to_users("user_id")),
    indexes("collaborator", "created_by", "email", "review_id"),
)

FLAG = Table(
    "flag",
    (
        KEY,
        reference("review_id", required=True),
        text("flag_type"),
        reference("applied_by"),
        time("applied_at"),
        CREATED_AT,
        UPDATED_AT,
        CREATED_BY,
    ),
    (*to_users("created_by", "applied_by"), ForeignKey("review_id", "review")),
    indexes("flag", "applied_by", "created_by", "review_id"),
)

TENDER = Table(
    "tender",
    (
        KEY,
        reference("review_id", required=True),
        text("name", required=True),
        text("description"),
        text("tender_type", required=True, default="'other'"),
        text("tender_status", required=True, default="'open'"),
        text("priority_level", required=True, default="'medium'"),
        digits("estimated_value"),
        digits("actual_value"),
        digits("response_count", default="0"),
        text("awarded_to"),
        text("cancelled_reason"),
        text("classification"),
        time("deadline", required=True),
        time("award_date"),
        CREATED_AT,
        ALWAYS_UPDATED_AT,
        CREATED_BY,
        UPDATED_BY,
        *later(
            text("contact_person"),
            text("contact_number"),
            email("contact_email"),
            text("address"),
            time("announcement_date"),
            real("winning_price"),
            digits("days_remaining"),
        ),
    ),
    (*to_users("updated_by", "created_by"), ForeignKey("review_id", "review")),
    indexes(
        "tender", "awarded_to", "classification", "created_by", "description", "name",
        "priority_level", "review_id", "tender_status", "tender_type", "updated_by",
    ),
)  # fmt: skip
