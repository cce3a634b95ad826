"""How a plain column follows a row of the source: by its fields, or by a rule of several fields.

Holds no table; which column follows what is in scalar_rules.py, conversions are in scalars.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.scalars import Conversion, Scalar, exact, trimmed, whole
from moonlanding_assets.validate.values import at, text_of

ColumnRule = Callable[[SourceRow], Scalar]


@dataclass(frozen=True)
class Taken:
    """The first of the fields (with its conversion) that gives something."""

    ways: tuple[tuple[str, Conversion], ...]

    def __call__(self, row: SourceRow) -> Scalar:
        """The value that the column must hold, None when the source gives none."""
        for name, conversion in self.ways:
            value = at(row.fields, name)
            found = None if value is None else conversion(value)
            if found is not None:
                return found
        return None


def take(*names: str, by: Conversion) -> Taken:
    """The first of the fields, all read in one way."""
    return Taken(tuple((name, by) for name in names))


def rfi_status(row: SourceRow) -> Scalar:
    """1 is closed; an open RFI goes by how far the client has answered."""
    status, client = row.fields.get("status"), text_of(row.fields.get("client_status"))
    if status is not None and status.get("integerValue") not in ("0", "1"):
        return None
    if status is not None and status["integerValue"] == "1":
        return "closed"
    known = {"Pending": "open", "Partially Sent": "pending_response", "Sent": "responded"}
    return known.get(client) if client else ("open" if status is not None else None)


def review_status(row: SourceRow) -> Scalar:
    """The archive wins over open and closed."""
    stage, status = text_of(row.fields.get("stage")) or "", row.fields.get("status", {})
    if stage not in ("", "active", "history", "archive"):
        return None
    if stage == "archive":
        return "archived"
    known = {True: "open", False: "closed"}
    return known.get(status["booleanValue"]) if "booleanValue" in status else None


def template_name(row: SourceRow) -> Scalar:
    """The library of RFIs trims its titles, the other libraries keep their names."""
    if row.path.startswith("friday/rfis/"):
        return take("title", "name", by=trimmed)(row)
    return take("name", by=exact)(row)


def template_kind(row: SourceRow) -> Scalar:
    """What a review template says of itself; the other libraries say nothing."""
    is_template = row.path.startswith("myworkreview/templates/")
    return text_of(row.fields.get("type")) if is_template else None


def template_type(row: SourceRow) -> Scalar:
    """RFIs for Friday; checklists, or reviews and tenders, for MyWorkReview."""
    if row.path.startswith("friday/"):
        return "rfi_template"
    if not row.path.startswith("myworkreview/templates/"):
        return "checklist_template"
    said = (text_of(row.fields.get("template_type")) or "").lower()
    known = {"tender": "tender_template"} | dict.fromkeys(REVIEW_WORDS, "review_template")
    return known.get(said)


REVIEW_WORDS = ("standard", "review", "friday")


def log_action(row: SourceRow) -> Scalar:
    """Activity, a line of a log, or how a recreation went."""
    if "/activity/" in row.path:
        return "activity"
    if not row.path.startswith("friday/recreationLogs/"):
        return "log"
    status = (text_of(row.fields.get("status")) or "").lower()
    return f"recreation_{status}" if status in ("completed", "failed", "pending") else None


def letter_kind(row: SourceRow) -> Scalar:
    """Which of the three papers of an engagement it is."""
    return row.locator


def team_context(row: SourceRow) -> Scalar:
    """The side that the team works on."""
    return "review_team" if row.path.startswith("myworkreview/") else "engagement_team"


def ordinal(row: SourceRow) -> Scalar:
    """The place in the array."""
    return row.ordinal


def section_order(row: SourceRow) -> Scalar:
    """Friday's sections may say their own order."""
    own = row.fields.get("order", {}) if row.path.startswith("friday/") else {}
    said = whole(own)
    return row.ordinal if said is None else said


def section_name(row: SourceRow) -> Scalar:
    """A section by its name, a library question by its text."""
    is_library = row.locator.startswith("section_items")
    return take("question" if is_library else "name", by=trimmed)(row)


def tender_name(row: SourceRow) -> Scalar:
    """The name of the review."""
    return text_of(row.document.get("groupName"))
