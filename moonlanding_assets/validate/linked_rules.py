"""Plain columns that follow more than their own row: roles of authors, names of sections, counts.

Declarations and small rules; what they look around in is Surroundings.
"""

from collections.abc import Callable

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.links import ROOTS, links_of
from moonlanding_assets.validate.reading import SourceRow, parent_path
from moonlanding_assets.validate.scalars import Scalar
from moonlanding_assets.validate.values import array_of, filled, id_in, text_of


class Surroundings:
    """roles: user row to role. sections: path of a section to its name.

    highlights: review row to how many highlights it has, and how many of them are resolved.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.links = links_of(evidence)
        self.roles = {
            **dict(evidence.rows("users", "id", "role")),
            **dict(evidence.theirs.rows("users", "id", "role")),
        }
        self.sections = {
            document.path: text_of(document.fields.get("name"))
            for document in evidence.documents("friday/engagements_sections")
        }
        counted = evidence.query(
            "SELECT review_id, count(*), total(status = 'resolved') "
            f"FROM {evidence.ours('highlight')} GROUP BY 1"
        )
        self.highlights = {review: (count, int(resolved)) for review, count, resolved in counted}


LinkedRule = Callable[[Surroundings, SourceRow], Scalar]


def _is_of_partner(around: Surroundings, row: SourceRow) -> bool:
    author = around.links.person(row.fields.get("email"), row.path).row_id
    return author is not None and around.roles.get(author) == "partner"


def highlight_color(around: Surroundings, row: SourceRow) -> Scalar:
    """Green when resolved, else red for a partner's and grey for anybody else's."""
    if row.fields.get("resolved", {}).get("booleanValue") is True:
        return "green"
    return "red" if _is_of_partner(around, row) else "grey"


def priority(around: Surroundings, row: SourceRow) -> Scalar:
    """1 for the highlight of a partner."""
    return int(_is_of_partner(around, row))


def section_of_question(around: Surroundings, row: SourceRow) -> Scalar:
    """The name of the section of the same engagement that the RFI is in."""
    section = id_in(row.fields.get("section_cloud_id"))
    return around.sections.get(f"{parent_path(row.path)}/sections/{section}") or None


def all_highlights(around: Surroundings, row: SourceRow) -> Scalar:
    """How many highlights the review has."""
    return str(around.highlights.get(row.row_id, (0, 0))[0])


def resolved_highlights(around: Surroundings, row: SourceRow) -> Scalar:
    """How many of them are resolved."""
    return str(around.highlights.get(row.row_id, (0, 0))[1])


def tender_status(_: Surroundings, row: SourceRow) -> Scalar:
    """An award wins over an end, an end over open."""
    flags = {filled(one) for one in array_of(row.document.get("flags"))}
    if "Won" in flags:
        return "awarded"
    return "closed" if flags & {"Declined", "Lost", "Missed", "Closed"} else "open"


def subject_of_log(around: Surroundings, row: SourceRow) -> Scalar:
    """What kind of thing a line of a log is about."""
    if "/activity/" in row.path:
        return "rfi" if "/rfis/" in row.path else "engagement"
    if row.path.startswith("friday/recreationLogs/"):
        return "engagement"
    review = f"{ROOTS['mwr/reviews']}/{id_in(row.fields.get('review'))}"
    is_review = row.path.startswith("myworkreview/") and around.links.exists(review)
    return "review" if is_review else "system"


LINKED: dict[str, dict[str, LinkedRule]] = {
    "rfi_questions": {"category": section_of_question},
    "audit_logs": {"entity_type": subject_of_log},
    "review": {
        "total_highlights": all_highlights,
        "resolved_highlights": resolved_highlights,
    },
    "highlight": {"color": highlight_color, "is_high_priority": priority},
    "removedHighlight": {"color": highlight_color, "is_high_priority": priority},
    "tender": {"tender_status": tender_status},
}
