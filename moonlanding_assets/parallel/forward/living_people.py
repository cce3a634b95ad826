"""People merged by e-mail, kept up to date: a change merges its own people again, nobody else.

Uses the merge of normalize on exactly the user documents that share an e-mail. Holds no names,
links or roles (living_directory.py).
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.normalize.directory import UserRow, rest_of
from moonlanding_assets.normalize.directory_build import USER_COLLECTIONS, candidates_of
from moonlanding_assets.normalize.existing import Existing
from moonlanding_assets.normalize.users import Candidate, Merge, merge_users, record_merges
from moonlanding_assets.parallel.forward.living_directory import LivingDirectory
from moonlanding_assets.parallel.forward.tracing import Dependents, Looked, Tracer

Place = tuple[str, Hashable]  # name of a mapping, key


@dataclass
class Person:
    """Who has one e-mail address: the entries of the directory, and the rows that say so."""

    entries: dict[Place, Any] = field(default_factory=dict)
    rows: Output = field(default_factory=Output)


class LivingPeople:
    """The people of a living directory, whose entries for people it fills."""

    def __init__(self, living: LivingDirectory, existing: Existing, tracer: Tracer) -> None:
        self.people: dict[str, Person] = {}
        self._directory = living.directory
        self._existing = existing
        self._tracer = tracer
        self._candidates: dict[str, Candidate] = {}
        self._read = Dependents()
        user_rows: Looked[str, UserRow] = Looked("user_rows", tracer)
        by_email: Looked[str, str] = Looked("users_by_email", tracer)
        emails: Looked[str, str] = Looked("emails", tracer)
        role_of: Looked[str, str] = Looked("role_of_email", tracer)
        kept: Looked[str, bool] = Looked("existing_users", tracer)
        self._looked: dict[str, Looked[Any, Any]] = {
            "ids": living.ids, "documents": living.documents, "user_rows": user_rows,
            "users_by_email": by_email, "emails": emails, "role_of_email": role_of,
            "existing_users": kept,
        }  # fmt: skip
        self._directory.user_rows, self._directory.users_by_email = user_rows, by_email
        self._directory.emails, self._directory.role_of_email = emails, role_of
        self._directory.existing_users = kept
        self._without: dict[Place, Any] = dict(_entries_without(existing))
        self._put(self._without)

    def to_read(self) -> set[str]:
        """The user documents whose own row may be another one now."""
        return self._read.touched(self._tracer.changes)

    def read(self, path: str, document: RawDocument | None, collection: str) -> set[str]:
        """Read a user document again; the e-mails whose people must be merged again."""
        before = self._candidates.pop(path, None)
        reads = self._tracer.begin()
        one = () if document is None else (document,)
        now = next(candidates_of(collection, one, self._directory), None)
        self._read.note(path, () if document is None else reads)
        if now is not None:
            self._candidates[path] = now
        return {str(one.columns["email"]) for one in (before, now) if one is not None}

    def merge(self, emails: Iterable[str]) -> dict[str, tuple[Output, Output]]:
        """Merge these people again: e-mail → the rows that they had, and the rows they have."""
        wanted = set(emails)
        chosen = [one for one in self._candidates.values() if str(one.columns["email"]) in wanted]
        chosen.sort(key=_standing)
        merge = merge_users(chosen, self._existing.users) if chosen else _NOBODY
        groups: dict[str, list[Candidate]] = {email: [] for email in sorted(wanted)}
        for one in chosen:
            groups[str(one.columns["email"])].append(one)
        before = {email: self.people.pop(email, Person()) for email in groups}
        made = {email: self._person(email, mine, merge) for email, mine in groups.items()}
        entries: dict[Place, Any] = {}
        for person in before.values():
            entries |= {place: self._without.get(place) for place in person.entries}
        for email, person in made.items():
            entries |= person.entries
            if person.entries:
                self.people[email] = person
        self._put(entries)
        return {email: (before[email].rows, made[email].rows) for email in groups}

    def rows_of(self, identity: str) -> Output:
        """The rows of the person whose row has this id; nothing of nobody."""
        email = self._looked["emails"].peek(identity)
        return self.people.get(str(email), Person()).rows

    def _put(self, entries: dict[Place, Any]) -> None:
        for (name, key), value in entries.items():
            self._looked[name].put(key, value)

    def _person(self, email: str, mine: list[Candidate], merge: Merge) -> Person:
        if not mine:
            return Person()
        row, output = merge.rows[email], Output()
        record_merges(mine, merge, output)
        if email not in merge.existing:
            output.add("users", *row.values())
        derived = {name: rule for (one, name), rule in merge.derived.items() if one == email}
        for column, rule in sorted(derived.items()):
            output.add("migration_derived", "users", str(row["id"]), column, rule)
        held = {name: None if name in derived else value for name, value in row.items()}
        return Person(entries=self._entries(email, mine, merge, held), rows=output)

    def _entries(
        self, email: str, mine: list[Candidate], merge: Merge, held: dict[str, SqlValue]
    ) -> dict[Place, Any]:
        """As directory_build enters them; of several documents of a system the first is named."""
        row = merge.rows[email]
        identity = str(row["id"])
        entries: dict[Place, Any] = {
            ("users_by_email", email): identity,
            ("role_of_email", email): str(row["role"]),
            ("emails", identity): self._existing.emails.get(identity, email),
        }
        if email in merge.existing:
            entries["existing_users", identity] = True
        for one in mine:
            entries["ids", one.path] = identity
            entries["user_rows", one.path] = held
            entries.setdefault(("documents", (identity, one.collection)), rest_of(one.path))
        return entries


_NOBODY = Merge(rows={}, derived={})


def _entries_without(existing: Existing) -> Iterable[tuple[Place, Any]]:
    """What the directory says of the target's own people, whether a document is theirs or not."""
    for email, row in existing.users.items():
        yield ("users_by_email", email), str(row["id"])
        yield ("role_of_email", email), str(row["role"])
    for identity, address in existing.emails.items():
        yield ("emails", identity), address


def _standing(one: Candidate) -> tuple[int, str]:
    return USER_COLLECTIONS.index(one.collection), one.path
