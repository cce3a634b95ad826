"""What people write in SQL, table by table: an edit of a row, and a row that is new. No assertion.

"@table" stands for the id of a row of that table which has a document.
"""

from typing import Any

WHEN = "2026-03-01T10:20:00.000Z"
LATER = "2026-03-02T08:00:00.000Z"

#: table → columns that an application may well change, with values that a document can say
EDITS: dict[str, dict[str, Any]] = {
    "users": {"name": "Edited Name", "photo_url": "photos/new.png"},
    "team": {"name": "Edited Team", "users": '["@users:friday/users"]'},
    "client": {"name": "Edited Client", "status": "inactive", "risk_level": "high",
               "risk_notes": "Edited\nnotes", "risk_assessed_at": WHEN, "phone": "own"},
    "client_user": {"role": "client_admin", "status": "inactive"},
    "engagement": {"name": "Edited Engagement", "stage": "finalization", "year": "2031",
                   "fee": 12.5, "deadline_date": WHEN, "progress": "55", "updated_at": LATER,
                   "users": '["@users:friday/users"]', "scope": None},
    "letter": {"file_name": "edited.pdf", "client_status": "sent"},
    "rfi_section": {"name": "Edited Section", "order": 7, "color": "#abcdef"},
    "rfi": {"title": "Edited RFI", "description": "Edited?", "status": "responded",
            "due_date": WHEN, "priority": "high", "assigned_to": "@users:friday/users",
            "updated_at": LATER},
    "rfis": {"status": "inactive"},
    "rfi_questions": {"question": "Edited by the copy?"},
    "rfi_response": {"response_text": "Edited response", "response_type": "auditor_response"},
    "rfi_responses": {"response": "Edited by the copy"},
    "message": {"content": "Edited message"},
    "file": {"path": "uploads/edited.pdf", "size": 77},
    "email": {"subject": "Edited subject", "body": "Edited body", "allocated": 1,
              "processed": 1},
    "review_template": {"name": "Edited Template"},
    "template_section": {"name": "Edited Part"},
    "review": {"name": "Edited Review", "status": "closed", "deadline": WHEN, "is_private": 1,
               "wip_value": 3.5, "tags": '["one", "two"]', "priority_level": "high"},
    "highlight": {"status": "resolved", "comment": "Edited comment", "resolved_at": WHEN},
    "highlight_comment": {"text": "Edited answer"},
    "removedHighlight": {"created_at": LATER},
    "checklist": {"name": "Edited Checklist", "mandatory": 1},
    "checklist_item": {"name": "Edited item?", "is_done": 1},
    "collaborator": {"email": "edited@guest.example", "expires_at": WHEN},
    "flag": {"flag_type": "Edited"},
    "tender": {"estimated_value": "1234", "deadline": WHEN, "contact_person": "Edited Person"},
    "chat_messages": {"content": "Edited chat"},
    "audit_logs": {"created_at": LATER},
}  # fmt: skip

#: table → a whole new row, but for its id
NEW_ROWS: dict[str, dict[str, Any]] = {
    "users": {"email": "born@new.example", "name": "Born Here", "password_hash": "x",
              "role": "manager", "created_at": WHEN, "type": "auditor"},
    "team": {"name": "Born Team", "created_at": WHEN, "context": "engagement_team"},
    "client": {"name": "Born Client", "created_at": WHEN, "status": "active",
               "created_by": "@users:friday/users"},
    "client_user": {"client_id": "@client", "user_id": "@users", "role": "client_user",
                    "status": "active", "created_at": WHEN},
    "engagement": {"client_id": "@client", "name": "Born Engagement", "year": "2030",
                   "stage": "commencement", "status": "active", "created_at": WHEN},
    "rfi_section": {"engagement_id": "@engagement", "name": "Born Section", "created_at": WHEN},
    "rfi": {"engagement_id": "@engagement", "title": "Born RFI", "description": "Why?",
            "status": "open", "created_at": WHEN, "priority": "medium"},
    "rfi_response": {"rfi_id": "@rfi", "responder_id": "@users", "response_text": "Born",
                     "response_date": WHEN, "response_type": "client_response",
                     "created_at": LATER, "updated_at": LATER},
    "message": {"rfi_id": "@rfi", "user_id": "@users", "content": "Born", "created_at": WHEN},
    "file": {"rfi_id": "@rfi", "path": "uploads/born.pdf", "created_at": WHEN, "updated_at": WHEN},
    "email": {"sender_email": "a@b.example", "recipient_email": "c@d.example", "subject": "Born",
              "received_at": WHEN, "created_at": WHEN},
    "review_template": {"name": "Born Template", "content": '{"sections":[]}',
                        "template_type": "review_template", "created_at": WHEN,
                        "updated_at": WHEN},
    "template_section": {"template_id": "@review_template:mwr/templates", "name": "Born Part",
                         "content": '{"name":"Born Part"}', "created_at": WHEN,
                         "updated_at": WHEN},
    "review": {"engagement_id": "@engagement", "name": "Born Review", "status": "open",
               "created_at": WHEN, "created_by": "@users"},
    "highlight": {"review_id": "@review", "status": "unresolved", "comment": "Born",
                  "scaled_position": '{"boundingRect":{"x1":1.5,"y1":2},"pageNumber":3}',
                  "page_number": "3", "created_at": WHEN, "created_by": "@users"},
    "highlight_comment": {"highlight_id": "@highlight", "thread_id": "@highlight",
                          "author_id": "@users", "text": "Born", "created_at": WHEN},
    "removedHighlight": {"review_id": "@review", "original_id": "born", "deleted_at": WHEN,
                         "deleted_by": "@users", "created_at": WHEN},
    "checklist": {"review_id": "@review", "name": "Born Checklist", "created_at": WHEN},
    "checklist_item": {"checklist_id": "@checklist", "name": "Born item?", "created_at": WHEN,
                       "updated_at": WHEN},
    "collaborator": {"review_id": "@review", "email": "born@guest.example", "name": "Guest",
                     "is_permanent": 1, "created_at": WHEN, "updated_at": WHEN,
                     "user_id": "@users:mwr/users"},
    "flag": {"review_id": "@review", "flag_type": "Born", "created_at": WHEN},
    "chat_messages": {"rfi_id": "@rfi", "user_id": "@users", "content": "Born",
                      "created_at": WHEN},
    "audit_logs": {"entity_type": "system", "entity_id": "log", "action": "log",
                   "after_state": '{"message":"Born","source":"friday log"}',
                   "created_at": WHEN},
}  # fmt: skip

#: Rows that lie in the document of another one, which is made first: table → rows in their order,
#: the row itself last. "+table" stands for the row of that table that was made first.
NEW_INSIDE: dict[str, dict[str, dict[str, Any]]] = {
    "letter": {
        "engagement": NEW_ROWS["engagement"],
        "letter": {"engagement_id": "+engagement", "letter_type": "engagement_letter",
                   "file_name": "born.pdf", "path": "letters/born.pdf", "created_at": WHEN},
    },
    "tender": {
        "review": NEW_ROWS["review"],
        "tender": {"review_id": "+review", "name": "Born Review", "created_at": WHEN,
                   "updated_at": WHEN, "tender_status": "open", "estimated_value": "99",
                   "deadline": LATER,
                   "contact_person": "Born Person"},
    },
}  # fmt: skip

#: Rows that stand for one document, with one id: they come and go together, edited by any of them.
NEW_TWINS: dict[str, dict[str, dict[str, Any]]] = {
    "rfis and rfi_questions": {
        "rfi": NEW_ROWS["rfi"],
        "rfis": {"engagement_id": "@engagement", "status": "active", "created_at": WHEN,
                 "updated_at": WHEN},
        "rfi_questions": {"rfi_id": "+rfi", "question": "Why?", "status": "open",
                          "created_at": WHEN, "updated_at": WHEN},
    },
    "rfi_responses": {
        "rfi_response": NEW_ROWS["rfi_response"],
        "rfi_responses": {"question_id": "@rfi_questions", "response": "Born", "created_at": WHEN,
                          "updated_at": LATER},
    },
}  # fmt: skip

#: table → what an application must write before it may delete such a row
BEFORE_DELETE: dict[str, str] = {
    "rfi_response": "UPDATE rfi SET primary_response_id = NULL WHERE primary_response_id = ?",
}
