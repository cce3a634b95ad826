"""The plural names of the tables whose own name is singular. Declarations only.

users, rfis, rfi_questions, rfi_responses, chat_messages, chat_mentions, audit_logs and sessions
are tables already; rfi and rfi_response therefore have no second name.
"""

from moonlanding_assets.schema.columns import View

VIEWS = (
    View("teams", "team"),
    View("clients", "client"),
    View("client_users", "client_user"),
    View("engagements", "engagement"),
    View("letters", "letter"),
    View("rfi_sections", "rfi_section"),
    View("messages", "message"),
    View("files", "file"),
    View("emails", "email"),
    View("reviews", "review"),
    View("highlights", "highlight"),
    View("highlight_comments", "highlight_comment"),
    View("removed_highlights", "removedHighlight"),
    View("checklists", "checklist"),
    View("checklist_items", "checklist_item"),
    View("collaborators", "collaborator"),
    View("flags", "flag"),
    View("tenders", "tender"),
    View("review_templates", "review_template"),
    View("template_sections", "template_section"),
    View("permission_audits", "permission_audit"),
    View("job_execution_logs", "job_execution_log"),
)
