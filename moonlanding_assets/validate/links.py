"""Where the references of the source lead: documents, people, and what stands in for the gone.

Resolves one value at a time, by the sources' own rules. Holds no table and no comparison.
"""

from collections import Counter
from typing import NamedTuple

import orjson

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.identity import row_id
from moonlanding_assets.validate.people import (
    normal_email,
    people_before,
    people_of,
    user_rows,
)
from moonlanding_assets.validate.values import Value, filled, id_in, map_of, text_of

ROOTS = {
    "friday/users": "friday/users/list",
    "friday/teams": "friday/teams/list",
    "friday/clients": "friday/clients/list",
    "friday/engagements": "friday/engagements/list",
    "friday/templates": "friday/templates/list",
    "mwr/users": "myworkreview/users/list",
    "mwr/teams": "myworkreview/teams/list",
    "mwr/templates": "myworkreview/templates/list",
    "mwr/reviews": "myworkreview/reviews/list",
}
_REFERRED = (*ROOTS, "friday/engagements_rfis")


class Target(NamedTuple):
    """What a reference must lead to. `is_said`: the source says something there.

    `row_id` None: nothing says whom, or nothing stands in for who is gone. The column must then be
    NULL, or a placeholder that stands for "nobody said".
    """

    row_id: str | None
    is_said: bool


NOWHERE = Target(None, False)
SYNTHETIC = "synthetic:"


class Links:
    """The documents of the fraction by path, its people, and the placeholders of the database.

    A document in quarantine has no row: what refers to it is led to its placeholder.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.people = people_of(evidence)
        self.paths = frozenset(
            path
            for key in _REFERRED
            for path in evidence.paths(key)
            if (path, "", "") not in evidence.quarantined
        )
        self.user_rows = user_rows(evidence)
        self.known_before = people_before(evidence)
        self.placeholder_ids = {key: row for (_, row), key in evidence.placeholders.items()}
        self.nobody = frozenset(
            row for key, row in self.placeholder_ids.items() if key.startswith(SYNTHETIC)
        )
        self.latest_response = self._latest_responses()
        self.first_rfi = self._first_rfis()
        self.starred_by = self._stars()
        self._by_name: dict[str, str] | None = None
        self._linking: dict[str, str] | None = None

    def _latest_responses(self) -> dict[str, str]:
        """RFI row to the latest of its stored responses."""
        rows = self.evidence.rows("rfi_response", "rfi_id", "response_date", "id")
        return {rfi: response for rfi, _, response in sorted(rows)}

    def _first_rfis(self) -> dict[str, str]:
        """Engagement row to the first of its stored RFIs."""
        rows = self.evidence.rows("rfi", "engagement_id", "created_at", "id")
        return {engagement: rfi for engagement, _, rfi in sorted(rows, reverse=True)}

    def _stars(self) -> dict[str, list[str]]:
        """Review row to the users who gave it priority, by their ids."""
        found: dict[str, list[str]] = {}
        for user, reviews in sorted(self.evidence.rows("users", "id", "priority_reviews")):
            for review in ids_in(reviews) or []:
                found.setdefault(review, []).append(user)
        return found

    def document(self, path: str) -> Target:
        """The row of a document; its placeholder when the snapshot does not have it."""
        if path in self.paths:
            address = self.people.email_of.get(path)
            return Target(self.user_rows.get(address) if address else row_id(path), True)
        return Target(self.placeholder_ids.get(path), True)

    def exists(self, path: str) -> bool:
        """Whether the fraction holds the document."""
        return path in self.paths

    def reviews(self, named: list[Value]) -> list[str]:
        """The rows of those of the named reviews that the fraction holds."""
        paths = [f"{ROOTS['mwr/reviews']}/{id_in(one)}" for one in named]
        return [row_id(path) for path in paths if self.exists(path)]

    def by_id(self, value: Value | None, collection: str) -> Target:
        """The row of the document that an id, a path or a map with cloud_id names."""
        name = id_in(value)
        return self.document(f"{ROOTS[collection]}/{name}") if name else NOWHERE

    def client_by_name(self, name: str) -> str | None:
        """The row of the client that alone has this name, if it has one."""
        if self._by_name is None:
            named = [
                (filled(document.fields.get("name")), document.path)
                for document in self.evidence.documents("friday/clients")
            ]
            self._by_name = _only_ones(named)
        path = self._by_name.get(name)
        return None if path is None or not self.exists(path) else row_id(path)

    def engagement_that_links(self, review: str) -> str | None:
        """The row of the only engagement whose review_link names this review, if it has one."""
        if self._linking is None:
            links = [
                (text_of(document.fields.get("review_link")) or "", document.path)
                for document in self.evidence.documents("friday/engagements")
            ]
            self._linking = _only_ones(links)
        path = self._linking.get(review)
        return None if path is None or not self.exists(path) else row_id(path)

    def person(self, value: Value | None, path: str) -> Target:
        """The row of the user that an e-mail, an id or an embedded map names.

        path: of the document that says it; ids are of that system's users.
        """
        collection = "mwr/users" if path.startswith("myworkreview/") else "friday/users"
        address = email_of(value)
        if address is not None:
            if not address:
                return NOWHERE
            is_known = address in self.people.by_email or address in self.known_before
            found = self.user_rows.get(address) if is_known else None
            return Target(found or self.placeholder_ids.get(f"email:{address}"), True)
        name = id_in(value)
        if not name or any(letter.isspace() for letter in name):
            return NOWHERE
        user = f"{ROOTS[collection]}/{name}"
        if user in self.people.without_email:
            return Target(self.placeholder_ids.get(user), True)
        return self.document(user)


def links_of(evidence: Evidence) -> Links:
    """The links of this evidence, read once."""
    return evidence.once(Links)


def _only_ones(named: list[tuple[str, str]]) -> dict[str, str]:
    """Name to path, for names that exactly one document has."""
    counts = Counter(name for name, _ in named)
    return {name: found for name, found in named if name and counts[name] == 1}


def ids_in(text: object) -> list[str] | None:
    """The ids of a stored JSON list; an empty list for NULL, None for anything else."""
    if text is None:
        return []
    try:
        found = orjson.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def email_of(value: Value | None) -> str | None:
    """The normal e-mail by which a value names a user ("" for a broken one); None for an id."""
    inner = map_of(value)
    if inner is not None:
        if text_of(inner.get("cloud_id")):
            return None
        return normal_email(text_of(inner.get("email")) or "")
    text = text_of(value) or ""
    return normal_email(text) if "@" in text else None
