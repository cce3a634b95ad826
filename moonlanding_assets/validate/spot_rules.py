"""What each column of a row must hold, from whichever rule of the validators says so: one list.

Holds no rule of its own about tables, except what a single document says of a merged person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from moonlanding_assets.validate.documents import Document
from moonlanding_assets.validate.files import ADDRESS
from moonlanding_assets.validate.instants import (
    first_instant,
    target_instant,
    to_milliseconds,
    to_seconds,
)
from moonlanding_assets.validate.json_rules import JSON_COLUMNS
from moonlanding_assets.validate.linked_rules import LINKED
from moonlanding_assets.validate.links import ids_in
from moonlanding_assets.validate.people import email_in
from moonlanding_assets.validate.plain import is_written, same_scalar
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.reference_rules import REFERENCE_LISTS, REFERENCES
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.storage_paths import place_of
from moonlanding_assets.validate.time_rules import TIME_FIELDS
from moonlanding_assets.validate.times import UNIX, storage_of
from moonlanding_assets.validate.users import (
    client_role_of,
    photo_of,
    role_names,
    role_of,
    side_of,
    state_of,
)
from moonlanding_assets.validate.values import NOTHING, array_of, at, filled
from moonlanding_assets.validate.verification import Subject

Derive = Callable[[SourceRow], Any]  # None: the row says nothing for the column


@dataclass(frozen=True, kw_only=True)
class ColumnSays:
    """One column of one table: what a source row says that it holds, and when it does hold it.

    `is_shared`: other documents may have said it instead, so another value is no difference.
    """

    column: str
    derive: Derive
    agrees: Callable[[Any, Any], bool]
    is_shared: bool = False


class ColumnRules:
    """Every rule for every table, made for one subject."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._is_unix = storage_of(subject.evidence) == UNIX
        self._made: dict[str, tuple[ColumnSays, ...]] = {}

    def of(self, table: str) -> tuple[ColumnSays, ...]:
        """The rules for one table."""
        if table not in self._made:
            of_table = self._of_people if table == "users" else partial(self._of_table, table)
            self._made[table] = tuple(of_table())
        return self._made[table]

    def _of_table(self, table: str) -> list[ColumnSays]:
        around, links = self.subject.around, self.subject.links
        found = [
            ColumnSays(column=column, derive=rule, agrees=same_scalar)
            for column, rule in SCALARS.get(table, {}).items()
        ]
        for column, linked in LINKED.get(table, {}).items():
            found.append(
                ColumnSays(column=column, derive=partial(linked, around), agrees=same_scalar)
            )
        for column, reference in REFERENCES.get(table, {}).items():
            derive = _reference(partial(reference.target, links))
            found.append(ColumnSays(column=column, derive=derive, agrees=same_scalar))
        for column, listed in REFERENCE_LISTS.get(table, {}).items():
            found.append(
                ColumnSays(column=column, derive=partial(listed.targets, links), agrees=_same_ids)
            )
        for column, names in TIME_FIELDS.get(table, {}).items():
            found.append(ColumnSays(column=column, derive=_time(names), agrees=self._is_instant))
        for column, json in JSON_COLUMNS.get(table, {}).items():
            found.append(ColumnSays(column=column, derive=json, agrees=_is_json))
        if table in ADDRESS:
            found.append(ColumnSays(column="path", derive=_path, agrees=same_scalar))
        return found

    def _is_instant(self, expected: int, stored: object) -> bool:
        if self._is_unix:
            return str(stored) == str(to_seconds(expected))
        return target_instant(stored) == to_milliseconds(expected)

    @cached_property
    def _roles(self) -> dict[tuple[str, str], str]:
        return role_names(self.subject.evidence)

    def _of_people(self) -> list[ColumnSays]:
        """A person's row may follow another document of the same person."""
        rules: list[tuple[str, Callable[[Document], Any]]] = [
            ("name", _said_name),
            ("name", _said_display_name),
            ("role", partial(role_of, roles=self._roles)),
            ("role", client_role_of),
            ("status", state_of),
            ("type", side_of),
            ("photo_url", photo_of),
        ]
        found = [
            ColumnSays(column=column, derive=_of_person(rule), agrees=same_scalar, is_shared=True)
            for column, rule in rules
        ]
        times = _time(TIME_FIELDS["users"]["created_at"])
        return [
            ColumnSays(column="email", derive=_email, agrees=same_scalar, is_shared=True),
            *found,
            ColumnSays(column="created_at", derive=times, agrees=self._is_instant, is_shared=True),
            ColumnSays(
                column="priority_reviews", derive=self._stars, agrees=_same_ids, is_shared=True
            ),
        ]

    def _stars(self, row: SourceRow) -> list[str] | None:
        value = row.fields.get("priorityReviews", NOTHING)
        if "arrayValue" not in value:
            return None
        listed = array_of(value)
        found = [self.subject.links.by_id(one, "mwr/reviews").row_id for one in listed]
        return [one for one in found if one is not None]


def _reference(target: Callable[[SourceRow], Any]) -> Derive:
    def derive(row: SourceRow) -> Any:
        return target(row).row_id

    return derive


def _time(names: tuple[str, ...]) -> Derive:
    def derive(row: SourceRow) -> Any:
        return first_instant(row.fields, names)

    return derive


def _of_person(rule: Callable[[Document], Any]) -> Derive:
    def derive(row: SourceRow) -> Any:
        return rule(Document(row.path, row.fields)) or None

    return derive


def _email(row: SourceRow) -> Any:
    return email_in(row.fields) or None


def _said_name(document: Document) -> str:
    return filled(document.fields.get("name"))


def _said_display_name(document: Document) -> str:
    return filled(document.fields.get("displayName"))


def _path(row: SourceRow) -> Any:
    place = place_of(at(row.fields, ADDRESS[row.table]))
    return None if place is None else place.path


def _same_ids(expected: list[str], stored: object) -> bool:
    return ids_in(stored) == expected


def _is_json(expected: Any, stored: object) -> bool:
    try:
        return isinstance(stored, str) and is_written(expected, stored)
    except ValueError:
        return False
