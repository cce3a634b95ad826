"""Which reference of the source each reference column must follow. Declarations only.

Taken from the field lists of both systems, not from the mapping. The rules are in follow.py, the
comparison in references.py.
"""

from moonlanding_assets.validate.follow import (
    Above,
    ClientOfEngagement,
    Document,
    EngagementOfReview,
    FirstRfi,
    Itself,
    LatestResponse,
    ListRule,
    Nobody,
    Owner,
    PeopleList,
    Person,
    Question,
    Rule,
    SameId,
    Stars,
    SubjectOfLog,
)
from moonlanding_assets.validate.links import ROOTS

_USER = Person(("user",))
_EMAIL = Person(("email",))
_FIRST_USER = Person(("users",), is_first=True)

REFERENCES: dict[str, dict[str, Rule]] = {
    "client": {"created_by": Person(("created_by",))},
    "client_user": {"client_id": Document("friday/clients", ("cloud_id",)), "user_id": Owner()},
    "engagement": {
        "client_id": ClientOfEngagement(),
        "created_by": Person(("createdBy",)),
        "team_id": Document("friday/teams", ("team",)),
    },
    "letter": {"engagement_id": Owner()},
    "rfi_section": {"engagement_id": Above()},
    "rfi": {
        "engagement_id": Above(),
        "assigned_to": _FIRST_USER,
        "primary_response_id": LatestResponse(),
    },
    "rfis": {"engagement_id": Above()},
    "rfi_questions": {"rfi_id": Itself(), "assigned_to": _FIRST_USER},
    "rfi_response": {"rfi_id": Question(), "responder_id": _USER, "created_by": _USER},
    "rfi_responses": {"question_id": Question()},
    "file": {"rfi_id": Question(), "created_by": _USER},
    "message": {"rfi_id": Above(), "user_id": Person(("user_email",))},
    "chat_messages": {"rfi_id": FirstRfi(), "user_id": Person(("user_email",))},
    "audit_logs": {"entity_id": SubjectOfLog(), "user_id": Person(("user_email", "email"))},
    "review_template": {"created_by": Person(("created_by",))},
    "template_section": {"template_id": Owner()},
    "review": {
        "engagement_id": EngagementOfReview(),
        "team_id": Document("mwr/teams", ("team",)),
        "created_by": _EMAIL,
        "template_id": Document("mwr/templates", ("template",)),
    },
    "highlight": {
        "review_id": Owner(),
        "created_by": _EMAIL,
        "resolved_by": Person(("resolvedBy",)),
    },
    "highlight_comment": {
        "highlight_id": Owner(),
        "thread_id": Owner(),
        "author_id": _EMAIL,
        "created_by": _EMAIL,
    },
    "collaborator": {"review_id": Owner(), "user_id": Person(("cloud_id", "email"))},
    "flag": {"review_id": Owner()},
    "checklist": {"review_id": Owner()},
    "checklist_item": {
        "checklist_id": Owner(),
        "assigned_to": _EMAIL,
        "created_by": _EMAIL,
        "updated_by": Person(("resolvedBy",)),
    },
    "tender": {"review_id": Owner()},
    "removedHighlight": {
        "review_id": SameId(ROOTS["mwr/reviews"]),
        "created_by": _EMAIL,
        "deleted_by": Nobody(),
    },
}

REFERENCE_LISTS: dict[str, dict[str, ListRule]] = {
    "team": {"users": PeopleList(("users",)), "partners": PeopleList(("partners",))},
    "engagement": {"users": PeopleList(("user", "users"))},
    "review": {"starred_by": Stars()},
}
