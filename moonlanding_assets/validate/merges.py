"""migration_user_merges judged line by line: who won, what each document gave, what must be seen.

For every person with several documents, or with a row from before, each document has one line for
the merge and one for each column. What a document says alone is read here a second time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.validate.documents import Document
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.identity import row_id
from moonlanding_assets.validate.instants import first_instant, to_milliseconds
from moonlanding_assets.validate.links import Links, ids_in
from moonlanding_assets.validate.time_rules import TIME_FIELDS
from moonlanding_assets.validate.users import (
    UNUSABLE,
    photo_of,
    role_names,
    role_of,
    side_of,
    state_of,
)
from moonlanding_assets.validate.validator import Tally
from moonlanding_assets.validate.values import array_of, filled

MERGES = "migration_user_merges"
WHOLE = ""  # the field of the line that is about the merge itself
COLUMNS = tuple(column.name for column in TABLE["users"].columns if column.name != "id")
_LINE = ("user_id", "path", "field", "role", "relation", "needs_review")

Line = tuple[str, str, int]  # role, relation, needs_review
Says = dict[str, Any]  # column → what one document says of it; nothing where only a rule can


@dataclass(frozen=True)
class Group:
    """A person: the documents, the user row they became, its columns, and whether it was there."""

    documents: list[Document]
    user: str
    merged: dict[str, Any]
    was_there: bool


def compare_merge_lines(evidence: Evidence, links: Links, tally: Tally) -> None:
    """Every line that the documents call for, and no other."""
    rows = evidence.rows(MERGES, *_LINE)
    stored = {tuple(row[:3]): tuple(row[3:]) for row in rows}
    roles = role_names(evidence)
    for group in _groups(evidence, links):
        says = [_says(document, links, roles) for document in group.documents]
        needs_review = _needs_review(group, says)
        made = [one["created_at"] for one in says if "created_at" in one]
        created = min(made, default="by a rule")
        for document, one in zip(group.documents, says, strict=True):
            role = "winner" if row_id(document.path) == group.user else "loser"
            _line(stored, (group.user, document.path, WHOLE), (role, "equal", needs_review), tally)
            for column in COLUMNS:
                merged = created if column == "created_at" else group.merged[column]
                relation = _relation(one.get(column), merged)
                if group.was_there and column == "created_at":
                    relation = _any(stored, (group.user, document.path, column))
                _line(stored, (group.user, document.path, column), (role, relation, 0), tally)
    for user, path, field in stored:
        tally.find("merge_invented", row_id=user, path=path, column=field)


def _groups(evidence: Evidence, links: Links) -> Iterator[Group]:
    """Every person whose documents had to be brought together."""
    listed = ", ".join(f'"{name}"' for name in ("id", *COLUMNS))
    users = {row[0]: row for row in evidence.query(f"SELECT {listed} FROM users")}
    for address, documents in links.people.groups():
        was_there = address in links.known_before
        row = users.get(links.user_rows.get(address, ""))
        if row is not None and (was_there or len(documents) > 1):
            merged = dict(zip(COLUMNS, row[1:], strict=True))
            merged["priority_reviews"] = _list(merged["priority_reviews"])
            yield Group(documents, row[0], merged, was_there)


def _list(text: object) -> list[str] | None:
    return None if text is None else ids_in(text)


def _says(document: Document, links: Links, roles: dict[tuple[str, str], str]) -> Says:
    """What one document alone says, in the form of the columns."""
    fields, is_reviewer = document.fields, document.path.startswith("myworkreview/")
    name = filled(fields.get("name")) or ("" if is_reviewer else filled(fields.get("displayName")))
    photo = filled(fields.get("photo")) if is_reviewer else photo_of(document)
    said: Says = {
        "email": links.people.email_of[document.path],
        "name": name,
        "password_hash": UNUSABLE,
        "role": role_of(document, roles),
        "status": state_of(document),
        "type": side_of(document),
        "photo_url": photo,
    }
    if is_reviewer and "arrayValue" in fields.get("priorityReviews", {}):
        named = array_of(fields["priorityReviews"])
        said["priority_reviews"] = links.reviews(named)
    made = None if is_reviewer else first_instant(fields, TIME_FIELDS["users"]["created_at"])
    if made is not None:
        said["created_at"] = to_milliseconds(made)
    return {column: value for column, value in said.items() if value != ""}


def _needs_review(group: Group, says: list[Says]) -> int:
    """1 when the names that were brought together are more than one."""
    names = [one["name"] for one in says if "name" in one]
    if group.was_there:
        names.append(group.merged["name"])
    return int(len({" ".join(str(name).casefold().split()) for name in names}) > 1)


def _relation(said: Any, merged: Any) -> str:
    if said == merged:
        return "equal"
    return "filled" if said is None else "conflict"


def _any(stored: dict[tuple[Any, ...], tuple[Any, ...]], key: tuple[str, str, str]) -> str:
    """A time of production's own is in production's form: whatever the line says of it."""
    return str(stored[key][1]) if key in stored else ""


def _line(
    stored: dict[tuple[Any, ...], tuple[Any, ...]],
    key: tuple[str, str, str],
    expected: Line,
    tally: Tally,
) -> None:
    """One line crossed off, or a finding on it."""
    user, path, field = key
    tally.evidence += 1
    found = stored.pop(key, None)
    if found is None:
        tally.find("merge_not_recorded", row_id=user, path=path, column=field)
        return
    tally.compared += 1
    for name, left, right in zip(_LINE[3:], expected, found, strict=True):
        if left != right:
            detail = f"{name}: expected {left}, ledger {right}"
            tally.find("merge_differs", row_id=user, path=path, column=field, detail=detail)
