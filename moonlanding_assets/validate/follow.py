"""The ways in which a column can follow the source: to a document, a person, an owner, a parent.

Each rule looks at one row of the source. How a value leads to a row is in links.py; which column
follows which rule is in reference_rules.py.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from moonlanding_assets.validate.identity import row_id
from moonlanding_assets.validate.links import NOWHERE, ROOTS, Links, Target
from moonlanding_assets.validate.reading import SourceRow, parent_path, question_of
from moonlanding_assets.validate.values import array_of, at, filled, id_in, text_of

YEAR = re.compile(r"\b(?:19|20)\d\d\b", re.ASCII)


class Rule(Protocol):
    """What a column must hold, for one row of the source."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """The row that the reference leads to."""


class ListRule(Protocol):
    """What a JSON list of references must hold."""

    def targets(self, links: Links, row: SourceRow) -> list[str] | None:
        """The rows in the order of the source; None when the source has no such list."""


@dataclass(frozen=True)
class Itself:
    """The row's own id (the twin model of RFIs shares ids)."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        return Target(row.row_id, True)


@dataclass(frozen=True)
class Owner:
    """The row of the document or item that encloses this one; of a user, the merged row."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        address = links.people.email_of.get(row.path)
        return Target(links.user_rows.get(address) if address else row.owner_id, True)


@dataclass(frozen=True)
class Above:
    """The row of the document that this one lies below."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        return links.document(parent_path(row.path))


@dataclass(frozen=True)
class Question:
    """The RFI that a response or file belongs to."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        if row.locator:
            return Target(row.owner_id, True)
        if not question_of(row):
            return NOWHERE
        question = id_in(row.fields.get("question_id"))
        return links.document(f"{parent_path(row.path)}/rfis/{question}")


@dataclass(frozen=True)
class Document:
    """The document that the first of the fields names that names one, of one collection."""

    collection: str
    fields: tuple[str, ...]

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        found = [links.by_id(at(row.fields, name), self.collection) for name in self.fields]
        return _first(found)


@dataclass(frozen=True)
class Person:
    """The user that the first of the fields names; `is_first`: by the head of an array."""

    fields: tuple[str, ...]
    is_first: bool = False

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        values = [at(row.fields, name) for name in self.fields]
        if self.is_first:
            values = [next(iter(array_of(value)), None) for value in values]
        return _first([links.person(value, row.path) for value in values])


@dataclass(frozen=True)
class SameId:
    """The document of another collection that has the id of this one."""

    root: str

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        return links.document(f"{self.root}/{row.path.rpartition('/')[2]}")


@dataclass(frozen=True)
class ClientOfEngagement:
    """By id, else by a name that no other client has."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        by_id = Document("friday/clients", ("client_id", "client")).target(links, row)
        if by_id.row_id is not None:
            return by_id
        named = links.client_by_name(filled(row.fields.get("client_name")))
        return Target(named, True) if named else by_id


@dataclass(frozen=True)
class EngagementOfReview:
    """By friday_link, else the engagement that links here, else one for the team and year."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        name = id_in(row.fields.get("friday_link"))
        path = f"{ROOTS['friday/engagements']}/{name}"
        if name and links.exists(path):
            return Target(row_id(path), True)
        linking = links.engagement_that_links(row.path.rpartition("/")[2])
        if linking:
            return Target(linking, True)
        return Target(links.placeholder_ids.get(self._key(row)), True)

    def _key(self, row: SourceRow) -> str:
        team = filled(at(row.fields, "team.cloud_id")) or filled(row.fields.get("team"))
        value = row.fields.get("financialYear", {})
        years = YEAR.findall(str(value.get("integerValue") or text_of(value) or ""))
        year = years[0] if len(years) == 1 else "unknown"
        return f"synthetic:engagement:{team or 'none'}:{year}"


@dataclass(frozen=True)
class LatestResponse:
    """The latest response that the RFI has."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        found = links.latest_response.get(row.row_id)
        return Target(found, found is not None)


@dataclass(frozen=True)
class FirstRfi:
    """The first RFI of the engagement that a chat belongs to; a review's chat has none."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        if row.path.startswith("myworkreview/"):
            return NOWHERE
        engagement = links.document(parent_path(row.path)).row_id  # its placeholder, if it has none
        found = links.first_rfi.get(engagement or "")
        return Target(found, found is not None)


@dataclass(frozen=True)
class Nobody:
    """The source says nobody, the table demands somebody: a placeholder for that."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        return NOWHERE


@dataclass(frozen=True)
class Stars:
    """The users who gave the review priority."""

    def targets(self, links: Links, row: SourceRow) -> list[str] | None:
        """See ListRule."""
        return links.starred_by.get(row.row_id)


@dataclass(frozen=True)
class SubjectOfLog:
    """What a line of a log is about; a category of the log is kept as its text."""

    def target(self, links: Links, row: SourceRow) -> Target:
        """See Rule."""
        if "/activity/" in row.path:
            return links.document(parent_path(row.path))
        if row.path.startswith("friday/recreationLogs/"):
            return Document("friday/engagements", ("engagementId",)).target(links, row)
        category = filled(row.fields.get("review"))
        review = f"{ROOTS['mwr/reviews']}/{id_in(row.fields.get('review'))}"
        if row.path.startswith("myworkreview/") and category and links.exists(review):
            return Target(row_id(review), True)
        return Target(category or "log", bool(category))


@dataclass(frozen=True)
class PeopleList:
    """Every user that the first of the arrays names."""

    fields: tuple[str, ...]

    def targets(self, links: Links, row: SourceRow) -> list[str] | None:
        """See ListRule."""
        for name in self.fields:
            if "arrayValue" in row.fields.get(name, {}):
                named = array_of(row.fields.get(name))
                found = [links.person(value, row.path).row_id for value in named]
                return [one for one in found if one is not None]
        return None


def _first(targets: list[Target]) -> Target:
    """The first that leads to a row, else the first that says something."""
    led = [one for one in targets if one.row_id is not None]
    said = [one for one in targets if one.is_said]
    return next(iter(led or said), NOWHERE)
