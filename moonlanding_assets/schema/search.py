"""The 16 full-text indexes, each over columns of one content table.

Declarations only; catalogue.py renders them. They use the content table's own rowid: the ids are
text, and an index that takes text ids for rowids cannot return the row of a hit.
"""

from moonlanding_assets.schema.columns import SearchIndex


def _over(content: str, *columns: str) -> SearchIndex:
    return SearchIndex(f"{content}_fts", content, columns)


SEARCH = (
    _over("checklist", "name", "description"),
    _over("checklist_item", "checklist_id", "name", "description"),
    _over("client", "name", "code", "industry", "contact_name", "contact_email", "email"),
    _over("collaborator", "email", "name"),
    _over("email", "sender_email", "sender_name", "recipient_email", "subject", "body"),
    _over("engagement", "year", "name", "client_id"),
    _over("file", "path"),
    _over("permission_audit", "user_id", "entity_type", "entity_id", "reason", "affected_user_id"),
    _over("review", "name"),
    _over("review_template", "name", "description", "template_type", "type"),
    _over("rfi", "title", "description"),
    _over("rfi_response", "rfi_id", "response_text", "response_chain_id"),
    _over("team", "name"),
    _over("template_section", "template_id", "name"),
    _over(
        "tender", "review_id", "name", "description", "tender_type", "tender_status",
        "priority_level", "awarded_to", "classification",
    ),
    _over("users", "name"),
)  # fmt: skip
