"""What each plain column must hold: which field of the source, read in which way.

Declared from the field lists of both systems, not from the mapping. Columns of time, references,
JSON and paths have their own validators.
"""

from moonlanding_assets.validate.row_rules import (
    ColumnRule,
    Taken,
    letter_kind,
    log_action,
    ordinal,
    review_status,
    rfi_status,
    section_name,
    section_order,
    take,
    team_context,
    template_kind,
    template_name,
    template_type,
    tender_name,
)
from moonlanding_assets.validate.scalars import (
    Scalar,
    address,
    content_kind,
    decimal,
    digits,
    email,
    exact,
    first_email,
    first_line,
    joined,
    mime,
    number_or_text,
    real,
    size,
    snake,
    trimmed,
    truth,
    whole,
    words,
    year,
)
from moonlanding_assets.validate.values import ITSELF


def _two_keys(paper: str, side: str, *known: str) -> Taken:
    """A status whose key is spelled with an underscore or a blank."""
    return take(f"{paper}.{side}_status", f"{paper}.{side} status", by=words(snake(*known)))


def _own_keys(side: str) -> Taken:
    """The same status inside the paper itself."""
    known = words(snake("Pending", "Sent", "Queries", "Accepted"))
    return take(f"{side}_status", f"{side} status", by=known)


MONTHS: dict[str, Scalar] = {
    spelling: name
    for name in (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    )
    for spelling in (name, name.lower(), name.upper())
}  # fmt: skip
_COMMENT = Taken((("comment.text", exact), ("comment", exact)))
_ACTIVE = words(snake("Active", "Inactive"))
_STATUS = words(snake("Active", "Inactive", "Deleted"))
_KIND = {"standard": "standard", "Standard": "standard", "review": "standard",
         "friday": "standard", "tender": "tender", "Tender": "tender"}  # fmt: skip
_LETTER = (("Pending", "Sent"), ("Pending", "Queries", "Accepted"))

SCALARS: dict[str, dict[str, ColumnRule]] = {
    "team": {"name": take("name", by=exact), "context": team_context},
    "client": {
        "name": take("name", by=exact),
        "email": Taken((("email", email), ("master_emails", first_email))),
        "address": take("address", by=address),
        "code": take("client_code", by=exact),
        "status": take("status", by=_ACTIVE),
        "risk_level": take("risk_level", by=words(snake("Low", "Medium", "High", "Critical"))),
        "risk_notes": take("risk_notes", by=exact),
    },
    "client_user": {
        "role": take("role", by=words({"admin": "client_admin", "Admin": "client_admin",
                                       "user": "client_user", "User": "client_user"})),
        "status": take("status", by=_STATUS),
    },
    "engagement": {
        "stage": take("stage", by=words(snake(
            "Info Gathering", "Commencement", "Team Execution", "Partner Review",
            "Finalization", "Close Out",
        ))),
        "letter_client_status": _two_keys("engagement_letter", "client", *_LETTER[0]),
        "letter_auditor_status": _two_keys("engagement_letter", "auditor", *_LETTER[1]),
        "post_rfi_client_status": _two_keys("post_rfi", "client", *_LETTER[1]),
        "post_rfi_auditor_status": _two_keys("post_rfi", "auditor", *_LETTER[0]),
        "post_rfi_journal_client_status": _two_keys("post_rfi_journal", "client", *_LETTER[1]),
        "post_rfi_journal_auditor_status": _two_keys("post_rfi_journal", "auditor", *_LETTER[0]),
        "year": take("year", by=year),
        "client_rating": take("feedback.rating", by=digits),
        "name": take("name", by=trimmed),
        "status": take("status", by=words(snake("Pending", "Active"))),
        "progress": take("progress", by=decimal),
        "repeat_interval": take("repeat_interval", by=words(snake("Yearly", "Monthly", "Once"))),
        "fee": take("fee", by=real),
        "scope": take("scope", by=exact),
        "period": take("month", by=words(MONTHS)),
        "title": take("title", by=exact),
        "client_progress": take("client_progress", by=decimal),
    },
    "letter": {
        "letter_type": letter_kind,
        "client_status": _own_keys("client"),
        "auditor_status": _own_keys("auditor"),
        "file_name": take("file.name", by=exact),
    },
    "rfi_section": {
        "name": take("name", by=exact),
        "key": take("key", by=exact),
        "order": take("order", by=whole),
        "color": take("color", by=exact),
    },
    "rfi": {
        "response_count": take("responseCount", by=digits),
        "title": Taken((("name", exact), ("question", first_line))),
        "status": rfi_status,
        "description": take("question", by=exact),
        "priority": take("flag", by=words({"?true": "high", "?false": "medium"})),
    },
    "rfis": {"status": take("rfi_status", by=words(snake("Pending", "Active", "Inactive")))},
    "rfi_questions": {
        "question": Taken((("question", exact), ("name", trimmed))),
        "status": take("status", by=words({"#0": "pending", "#1": "answered"})),
    },
    "rfi_response": {
        "response_type": take("type", by=words({
            "clientResponse": "client_response", "client_response": "client_response",
            "manualResponse": "auditor_response", "auditor_response": "auditor_response",
        })),
        "response_text": take("text", by=exact),
    },
    "rfi_responses": {"response": take("text", by=exact)},
    "file": {"size": take("size", by=size), "mime_type": take("type", by=mime)},
    "message": {"content": take("message", by=exact)},
    "chat_messages": {"content": take("message", by=exact)},
    "audit_logs": {"action": log_action},
    "email": {
        "sender_email": take("from", by=email),
        "recipient_email": take("to", by=joined),
        "cc": take("cc", by=joined),
        "bcc": take("bcc", by=joined),
        "subject": take("subject", by=exact),
        "body": take("body", by=exact),
        "html_body": take("body", by=exact),
        "allocated": take("allocated", by=truth),
        "status": take("allocated", by=words({"?true": "processed", "?false": "pending"})),
    },
    "review_template": {
        "name": template_name,
        "description": take("description", by=exact),
        "type": template_kind,
        "template_type": template_type,
    },
    "template_section": {"name": section_name, "order": section_order},
    "review": {
        "name": take("groupName", by=exact),
        "status": review_status,
        "drive_file_id": take("fileUrl", by=exact),
        "financial_year": take("financialYear", by=number_or_text),
        "wip_value": take("wip", by=real),
        "is_private": take("private", by=truth),
        "review_type": take("template_type", "template.template_type", by=words(_KIND)),
        "archived": take("stage", by=words({"active": 0, "history": 0, "archive": 1,
                                            "Active": 0, "History": 0, "Archive": 1})),
    },
    "highlight": {
        "status": take("resolved", by=words({"?true": "resolved", "?false": "unresolved"})),
        "text": take("content.text", by=exact),
        "comment": _COMMENT,
        "highlight_type": take("content", by=content_kind),
        "partial_resolved": take("partialResolved", by=truth),
    },
    "highlight_comment": {"text": _COMMENT},
    "removedHighlight": {"original_id": take("id", by=exact)},
    "collaborator": {
        "email": take("email", by=email),
        "name": take("name", by=exact),
        "is_permanent": take("type", by=words({"permanent": 1, "temporary": 0,
                                               "Permanent": 1, "Temporary": 0})),
        "access_type": take("type", by=words(snake("Permanent", "Temporary"))),
    },
    "flag": {"flag_type": take(ITSELF, by=exact)},
    "checklist": {
        "name": take("name", by=exact),
        "email_checklist": take("emailChecklist", by=truth),
        "mandatory": take("mandatory", by=truth),
        "manager_approve": take("managerApprove", by=truth),
    },
    "checklist_item": {
        "name": take("question", by=trimmed),
        "is_done": take("resolved", by=truth),
        "order": ordinal,
    },
    "tender": {
        "name": tender_name,
        "estimated_value": take("price", by=number_or_text),
        "winning_price": take("winning_price", by=real),
        "contact_person": take("contact_person", by=exact),
        "contact_number": take("contact_number", by=exact),
        "contact_email": take("email", by=email),
        "address": take("address", by=exact),
    },
}  # fmt: skip
