"""The words that each column of an enumeration may hold. Declarations only.

From the application's own lists (both versions) and the words that both sources use beyond them.
"""

_ACTIVITY = ("active", "inactive", "deleted")
_PAPER = ("pending", "sent", "queries", "accepted", "received", "cancelled", "draft", "issued",
          "under_review", "rejected", "needs_revision")  # fmt: skip

WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("users", "role"): ("partner", "manager", "clerk", "client_admin", "client_user"),
    ("users", "status"): _ACTIVITY,
    ("users", "type"): ("auditor", "client"),
    ("team", "context"): ("engagement_team", "review_team", "general"),
    ("client", "status"): ("active", "inactive", "prospect"),
    ("client", "risk_level"): ("low", "medium", "high", "critical"),
    ("client_user", "role"): ("client_admin", "client_user"),
    ("client_user", "status"): _ACTIVITY,
    ("engagement", "stage"): (
        "info_gathering", "commencement", "team_execution", "partner_review", "finalization",
        "close_out",
    ),
    ("engagement", "status"): ("pending", "active"),
    ("engagement", "letter_client_status"): _PAPER,
    ("engagement", "letter_auditor_status"): _PAPER,
    ("engagement", "post_rfi_client_status"): _PAPER,
    ("engagement", "post_rfi_auditor_status"): _PAPER,
    ("engagement", "post_rfi_journal_client_status"): _PAPER,
    ("engagement", "post_rfi_journal_auditor_status"): _PAPER,
    ("engagement", "repeat_interval"): ("once", "monthly", "yearly"),
    ("letter", "letter_type"): ("engagement_letter", "post_rfi", "post_rfi_journal"),
    ("letter", "client_status"): _PAPER,
    ("letter", "auditor_status"): _PAPER,
    ("rfi", "status"): ("open", "pending_response", "responded", "closed"),
    ("rfi", "priority"): ("low", "medium", "high"),
    ("rfis", "status"): ("draft", "pending", "active", "inactive"),
    ("rfi_questions", "status"): ("pending", "answered"),
    ("rfi_response", "response_type"): ("client_response", "auditor_response", "clarification"),
    ("rfi_response", "status"): ("submitted", "reviewed", "rejected", "accepted"),
    ("file", "storage_type"): ("firebase", "drive"),
    ("email", "status"): ("pending", "processing", "processed", "failed"),
    ("review", "status"): ("active", "open", "closed", "archived"),
    ("review", "review_type"): ("standard", "tender"),
    ("review", "priority_level"): ("normal", "high", "critical"),
    ("highlight", "status"): (
        "unresolved", "partial_resolved", "manager_resolved", "partner_resolved", "resolved",
    ),
    ("highlight", "color"): ("grey", "green", "red", "purple"),
    ("highlight", "highlight_type"): ("text", "area"),
    ("removedHighlight", "color"): ("grey", "green", "red", "purple"),
    ("collaborator", "access_type"): ("permanent", "temporary"),
    ("checklist", "status"): ("pending", "in_progress", "completed", "approved"),
    ("review_template", "template_type"): (
        "review_template", "tender_template", "rfi_template", "checklist_template",
    ),
    ("tender", "tender_type"): ("government", "private_sector", "nonprofit", "education", "other"),
    ("tender", "tender_status"): ("open", "closed", "awarded", "cancelled"),
    ("tender", "priority_level"): ("low", "medium", "high", "critical"),
}  # fmt: skip

# Columns that are declared as numbers in text, and where the sources write other text too.
FREE_TEXT = frozenset((("tender", "estimated_value"),))
# What a placeholder says where its table demands a value that nobody knows.
UNKNOWN = "unknown"
