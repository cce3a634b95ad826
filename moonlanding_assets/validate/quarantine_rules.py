"""When a document or item may be left without a row: what its table cannot do without.

Declared from the target's required columns. A quarantined row must lack one of these; anything
else in quarantine is a row lost with a paper to go with it.
"""

from collections.abc import Callable

from moonlanding_assets.validate.follow import YEAR
from moonlanding_assets.validate.instants import instant
from moonlanding_assets.validate.links import Links
from moonlanding_assets.validate.people import normal_email
from moonlanding_assets.validate.reading import SourceRow, parent_path
from moonlanding_assets.validate.scalars import joined
from moonlanding_assets.validate.shapes import SHAPES
from moonlanding_assets.validate.values import ITSELF, filled, id_in, text_of

Lacks = Callable[[Links, SourceRow], bool]


def _no_email(_: Links, row: SourceRow) -> bool:
    return not normal_email(text_of(row.fields.get("email")) or "")


def _no_client(_: Links, row: SourceRow) -> bool:
    return not id_in(row.fields.get("cloud_id"))


def _no_question(_: Links, row: SourceRow) -> bool:
    """Neither a name nor a question: an RFI that asks nothing."""
    return not filled(row.fields.get("name")) and not filled(row.fields.get("question"))


def _text(row: SourceRow, name: str) -> str:
    return text_of(row.fields.get(name)) or ""


def _no_parent_named(_: Links, row: SourceRow) -> bool:
    return not row.locator and not id_in(row.fields.get("question_id"))


def _no_year(_: Links, row: SourceRow) -> bool:
    value = row.fields.get("year", {})
    text = str(value.get("integerValue") or value.get("doubleValue") or text_of(value) or "")
    dates = ("commencement_date", "createdTime", "created_at", "deadline_date")
    has_date = any(instant(row.fields.get(name)) is not None for name in dates)
    return len(YEAR.findall(text)) != 1 and not has_date


def _no_deadline(_: Links, row: SourceRow) -> bool:
    values = (row.fields.get("deadline_date"), row.document.get("deadline_date"))
    return all(instant(value) is None for value in values)


def _no_status(_: Links, row: SourceRow) -> bool:
    """A recreation without a status that is known."""
    known = ("completed", "failed", "pending")
    is_recreation = row.path.startswith("friday/recreationLogs/")
    return is_recreation and (
        _text(row, "status").lower() not in known or not id_in(row.fields.get("engagementId"))
    )


def _no_addresses(_: Links, row: SourceRow) -> bool:
    sender, to = normal_email(_text(row, "from")), row.fields.get("to")
    has_recipients = to is not None and joined(to) is not None
    return not sender or not has_recipients or text_of(row.fields.get("subject")) is None


def _no_review(links: Links, row: SourceRow) -> bool:
    review = f"myworkreview/reviews/list/{row.path.rpartition('/')[2]}"
    return not links.exists(review)


def _no_review_above(links: Links, row: SourceRow) -> bool:
    return not row.locator and not links.exists(parent_path(row.path))


def _is_null(_: Links, row: SourceRow) -> bool:
    """A section that is null: there is nothing to store."""
    return "nullValue" in row.fields.get(ITSELF, {})


def _never(_: Links, __: SourceRow) -> bool:
    return False


MAY_LACK: dict[str, Lacks] = {
    "users": _no_email,
    "client_user": _no_client,
    "engagement": _no_year,
    "rfi": _no_question,
    "rfis": _no_question,
    "rfi_questions": _no_question,
    "rfi_response": _no_parent_named,
    "rfi_responses": _no_parent_named,
    "file": _no_parent_named,
    "collaborator": _no_email,
    "tender": _no_deadline,
    "audit_logs": _no_status,
    "email": _no_addresses,
    "removedHighlight": _no_review,
    "checklist": _no_review_above,
    "template_section": _is_null,
}


def may_lack(links: Links, row: SourceRow) -> bool:
    """Whether the source really lacks what this row cannot be made without, or its key is taken."""
    if is_taken(links, row):
        return True
    return MAY_LACK.get(row.table, _never)(links, row)


def is_taken(links: Links, row: SourceRow) -> bool:
    """Whether a row with this key was there before; a document stands or falls with all its rows.

    The rows of an array item are judged one by one.
    """
    together = (row.table,) if row.locator else _together(row.table, row.path)
    return any(links.evidence.theirs.holds(table, row.row_id) for table in together)


def _together(table: str, path: str) -> tuple[str, ...]:
    """The tables that get a row of the same document."""
    system = "mwr" if path.startswith("myworkreview/") else "friday"
    found = [
        shape.tables
        for collection, shape in SHAPES.items()
        if collection.startswith(system) and table in shape.tables
    ]
    return tuple(name for tables in found for name in tables)
