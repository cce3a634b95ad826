"""Documents sent to the old systems, each only where they still hold what is known of it.

What may be on its way is noted first: so one's own write is known again after a stop. Whatever
else an old system holds then, somebody wrote behind the fence: it is kept as a conflict, and the
authority's document is put back. Makes no row.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from moonlanding_assets.parallel.backward.old import (
    MOST_WRITES,
    HeldDocument,
    OldAnswer,
    OldSide,
    OldWrite,
    write_of,
)
from moonlanding_assets.parallel.backward.values import changed_fields
from moonlanding_assets.parallel.forward.changes import (
    Change,
    Event,
    Poison,
    delete_event,
    read,
    set_event,
    sha256_of,
)
from moonlanding_assets.parallel.forward.present import Known, Present
from moonlanding_assets.source.value import Fields, canonical, parse

_GONE = ""  # instead of a hash: no document
_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class _Going:
    """One document: what is known of it, and what it is to be (None: it goes)."""

    path: str
    known: Known | None
    fields: Fields | None

    @property
    def sha256(self) -> str:
        return _GONE if self.fields is None else sha256_of(canonical(self.fields))

    @property
    def held(self) -> Fields | None:
        """As it is known."""
        text = None if self.known is None else self.known.fields
        return None if text is None else parse(text)

    @property
    def held_sha256(self) -> str:
        return _GONE if self.known is None or self.known.fields is None else self.known.sha256

    @property
    def version(self) -> int:
        return 0 if self.known is None else self.known.version


@dataclass
class Sending:
    """Sends the documents of one step. done: those that the old systems hold as they should.

    failed: status codes of those that got no answer.
    """

    connection: sqlite3.Connection
    present: Present
    old: OldSide
    written: int = 0
    deleted: int = 0
    conflicts: int = 0
    done: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)

    @property
    def has_progress(self) -> bool:
        """Whether something changed, or may yet, that other documents could depend on."""
        return bool(self.written or self.deleted or self.conflicts or self.failed)

    def send(self, documents: Mapping[str, Fields | None]) -> None:
        """Path → fields, None of a document that goes."""
        going = [
            _Going(path=path, known=self.present.document(path), fields=fields)
            for path, fields in documents.items()
        ]
        self.done |= {one.path for one in going if one.sha256 == one.held_sha256}
        going = [one for one in going if one.path not in self.done]
        earlier = {one.path: self._on_the_way(one.path) for one in going}
        self._note(going)
        for start in range(0, len(going), MOST_WRITES):
            part = going[start : start + MOST_WRITES]
            answers = self.old.write([_write(one, one.held, one.version) for one in part])
            finals = [
                self._missed(one, earlier[one.path]) if answer.is_missed else answer
                for one, answer in zip(part, answers, strict=True)
            ]
            self._answered(zip(part, finals, strict=True))

    def put_back(self, path: str, found: HeldDocument | None, fields: Fields | None) -> None:
        """Somebody wrote this behind the fence: keep it as a conflict, and the authority's wins."""
        known = self.present.document(path)
        one = _Going(path=path, known=known, fields=fields)
        self._note([one])
        self._answered([(one, self._overwritten(one, found))])

    def _on_the_way(self, path: str) -> set[str]:
        lines = self.connection.execute("SELECT sha256 FROM sync_sent WHERE path = ?", (path,))
        return {str(one) for (one,) in lines}

    def _note(self, going: Iterable[_Going]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(
            "INSERT OR IGNORE INTO sync_sent VALUES (?, ?)",
            [(one.path, one.sha256) for one in going],
        )
        self.connection.execute("COMMIT")

    def _missed(self, one: _Going, earlier: set[str]) -> OldAnswer:
        """The document is not as expected: as known, as sent before, or somebody else's."""
        for _ in range(_TRIES):
            found = self.old.read(one.path)
            sha256 = _GONE if found is None else found.sha256
            if sha256 == one.sha256:
                return OldAnswer(version=0 if found is None else found.update_time_us)
            is_ours = sha256 == one.held_sha256 or sha256 in earlier
            if not is_ours:
                return self._overwritten(one, found)
            answer = self._over(one, found)
            if not answer.is_missed:
                return answer
        return OldAnswer(reason="ABORTED")

    def _overwritten(self, one: _Going, found: HeldDocument | None) -> OldAnswer:
        self.conflicts += 1
        self.connection.execute(
            "INSERT INTO sync_conflicts (table_name, key, found, put_back) "
            "VALUES ('document', ?, ?, ?)",
            (one.path, None if found is None else canonical(found.fields), one.sha256),
        )
        answer = self._over(one, found)
        return OldAnswer(reason="ABORTED") if answer.is_missed else answer

    def _over(self, one: _Going, found: HeldDocument | None) -> OldAnswer:
        if found is None and one.fields is None:
            return OldAnswer(version=0)
        held = None if found is None else found.fields
        write = _write(one, held, 0 if found is None else found.update_time_us)
        return self.old.write([write])[0]

    def _answered(self, answers: Iterable[tuple[_Going, OldAnswer]]) -> None:
        """What was taken is known from now on, all in one transaction of the store."""
        taken: list[Change | Poison] = []
        for one, answer in answers:
            if answer.version is None:
                self.failed.append(answer.reason)
                continue
            taken.append(read(_event(one, max(answer.version, one.version + 1))))
            self.done.add(one.path)
            self.written += one.fields is not None
            self.deleted += one.fields is None
        self.present.take(taken)


def _event(one: _Going, version: int) -> Event:
    if one.fields is None:
        return delete_event(one.path, version=version, origin="NEW")
    return set_event(one.path, canonical(one.fields), version=version, origin="NEW")


def _write(one: _Going, held: Fields | None, version: int) -> OldWrite:
    """The write that leads from what is held to what is to be."""
    expected = None if held is None else version
    if one.fields is None:
        return write_of(one.path, [], expected=expected, is_delete=True)
    return write_of(one.path, changed_fields(held or {}, one.fields), expected=expected)


def forget_sent(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """The old systems have answered for these documents."""
    connection.executemany("DELETE FROM sync_sent WHERE path = ?", [(one,) for one in paths])


def is_echo(connection: sqlite3.Connection, known: Known | None, event: Event) -> bool:
    """Whether an event says nothing but what was known or sent."""
    sha256 = _GONE if event.op == "delete" else event.sha256
    if known is not None and event.version <= known.version:
        return True
    held = _GONE if known is None or known.fields is None else known.sha256
    if sha256 == held:
        return True
    query = "SELECT 1 FROM sync_sent WHERE path = ? AND sha256 = ?"
    return connection.execute(query, (event.path, sha256)).fetchone() is not None
