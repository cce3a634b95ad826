"""Normalising what changed, and everything that depends on it: nothing else, and nothing less.

Each document goes through normalize's own `apply`; what it looked up while it did is remembered.
A change of an entry that it looked up, or of a value that fills one of its rows, makes it go again.
So the rows are what a whole migration of the present documents makes. Holds no database.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.errors import SyncError
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.apply import RawDocument, apply
from moonlanding_assets.normalize.directory import Directory, Placeholder
from moonlanding_assets.normalize.directory_build import USER_COLLECTIONS
from moonlanding_assets.normalize.existing import NO_EXISTING, Existing
from moonlanding_assets.normalize.placeholders import add_placeholders
from moonlanding_assets.normalize.run import run_rows
from moonlanding_assets.parallel.forward.completing import Completing
from moonlanding_assets.parallel.forward.living_directory import CAN_LACK_ROW, LivingDirectory
from moonlanding_assets.parallel.forward.living_people import LivingPeople
from moonlanding_assets.parallel.forward.tracing import Dependents, Tracer
from moonlanding_assets.source.taking import system_of

PLACEHOLDERS = "placeholders:"  # no path of a document ends with a colon and has no slash
_PERSON = "person:"
_RUN = "run:"
_MOST_ROUNDS = 50

Read = Callable[[str], RawDocument | None]


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What a batch of changes comes to.

    documents: path → all rows of the document, as the engine makes them; empty ones of a document
    that is gone. whole: unit → the rows before, and the rows now, of what is no document.
    """

    documents: Mapping[str, Output]
    whole: Mapping[str, tuple[Output, Output]]


@dataclass(frozen=True)
class _Earlier:
    read: Read
    held: Mapping[str, RawDocument | None]

    def __call__(self, path: str) -> RawDocument | None:
        return self.held[path] if path in self.held else self.read(path)


@dataclass
class _Batch:
    documents: dict[str, Output] = field(default_factory=dict)
    before: dict[str, Output] = field(default_factory=dict)
    now: dict[str, Output] = field(default_factory=dict)


class Renormaliser:
    """Knows of all documents what they depend on; `read` gives the present document of a path."""

    def __init__(
        self,
        read: Read,
        *,
        snapshot_time: str,
        whole_seconds: bool = False,
        existing: Existing = NO_EXISTING,
    ) -> None:
        self._read = read
        self._whole_seconds = whole_seconds
        self._tracer = Tracer()
        self._living = LivingDirectory(snapshot_time, existing, self._tracer)
        self._people = LivingPeople(self._living, existing, self._tracer)
        self._completing = Completing(snapshot_time, self._living.ids, self._tracer)
        self._dependents = Dependents()
        self._collections: dict[str, str] = {}
        self._wanted: dict[str, Mapping[str, Placeholder]] = {}  # path → what it needs
        self._needed: Counter[str] = Counter()
        self._placeholders: dict[str, Placeholder] = {}
        self._made_of: dict[str, Placeholder] = {}
        self._whole: dict[str, Output] = {}

    @property
    def taken(self) -> Mapping[str, frozenset[str]]:
        """Table → ids of rows that are production's own."""
        return self._living.directory.taken

    def collection(self, path: str) -> str:
        """The collection key of a document that is or was here."""
        return self._collections[path]

    def trial(self, documents: Sequence[RawDocument]) -> Output:
        """The rows that documents would give; raises what it raises. Changes nothing."""
        directory = replace(self._living.directory, placeholders={}, way_back={})
        return apply(documents, directory, whole_seconds=self._whole_seconds)

    def alone(self, document: RawDocument) -> Output:
        """The rows that a document gives by itself, a person's not merged. Changes nothing."""
        self._tracer.begin()
        directory = replace(self.directory, placeholders={}, user_rows={})
        return apply((document,), directory, whole_seconds=self._whole_seconds)

    def person(self, identity: str) -> Output:
        """The rows that the merge makes of the person whose row has this id; of nobody, nothing."""
        return self._people.rows_of(identity)

    @property
    def directory(self) -> Directory:
        """Who is who now, placeholders included; to look up, never to change."""
        directory = replace(self._living.directory, placeholders={}, way_back={})
        for key, one in self._placeholders.items():
            directory.know(one, _collection_of_key(key))
        return directory

    def load(self, documents: Mapping[str, str], held: Mapping[str, RawDocument | None]) -> None:
        """Start with these documents (path → collection); their rows are not kept.

        held: documents that are to be taken as they were, not as `read` finds them.
        """
        now, self._read = self._read, _Earlier(self._read, held)
        self._update(documents, is_kept=False)
        self._read = now

    def update(self, changed: Mapping[str, str]) -> Changed:
        """Make anew what these documents (path → collection) and their changes concern.

        A path whose document `read` does not find any more is gone.
        """
        return self._update(changed, is_kept=True)

    def _update(self, changed: Mapping[str, str], *, is_kept: bool) -> Changed:
        batch = _Batch()
        self._collections.update(changed)
        self._settle_directory(changed, batch)
        todo = {*changed, *self._dependents.touched(self._tracer.taken())}
        rounds = 0
        while todo:
            rounds += 1
            if rounds > _MOST_ROUNDS:
                raise SyncError(f"{len(todo)} documents depend on one another without end")
            self._make(todo, batch, is_kept=is_kept)
            todo = self._dependents.touched(self._tracer.taken())
        self._settle_run(batch)
        empty = Output()
        whole = {unit: (batch.before[unit], batch.now.get(unit, empty)) for unit in batch.before}
        return Changed(documents=batch.documents, whole=whole)

    def _settle_directory(self, changed: Mapping[str, str], batch: _Batch) -> None:
        living = self._living
        names, links = living.said(changed)
        for path in changed:
            living.enter(path, self._read(path), self._collections[path])
        more_names, more_links = living.said(changed)
        living.settle_names(names | more_names)
        living.settle_roles()
        judged = {*changed, *living.to_judge()}
        for path in judged:
            if self._collections[path] in CAN_LACK_ROW:
                living.judge(path, self._read(path), self._collections[path])
        living.settle_links(links | more_links | living.said(judged)[1])
        emails: set[str] = set()
        for path in {*judged, *self._people.to_read()}:
            if self._collections[path] in USER_COLLECTIONS:
                emails |= self._people.read(path, self._read(path), self._collections[path])
        for email, (before, now) in self._people.merge(emails).items():
            self._completing.contribute(f"{_PERSON}{email}", now)
            self._keep(f"{_PERSON}{email}", before, now, batch)

    def _make(self, todo: set[str], batch: _Batch, *, is_kept: bool) -> None:
        for path in sorted(todo - {PLACEHOLDERS}, key=_deepest_first):
            output = self._document(path)
            if is_kept:
                batch.documents[path] = output
        self._make_placeholders(batch, is_touched=PLACEHOLDERS in todo)

    def _document(self, path: str) -> Output:
        """All rows of one document, completed; nothing of one that is gone."""
        document = self._read(path)
        reads = self._tracer.begin()
        directory = replace(self._living.directory, placeholders={}, way_back={})
        output = Output()
        if document is not None:
            output = apply((document,), directory, whole_seconds=self._whole_seconds)
        self._need(path, directory.placeholders)
        self._completing.fill(path, self._collections[path], output)
        self._dependents.note(path, () if document is None else reads)
        return output

    def _need(self, path: str, wanted: Mapping[str, Placeholder]) -> None:
        """Count who needs which placeholder; nobody's are gone."""
        for key in self._wanted.pop(path, {}):
            self._needed[key] -= 1
            if not self._needed[key]:
                del self._needed[key], self._placeholders[key]
        if wanted:
            self._wanted[path] = wanted
        for key, one in wanted.items():
            self._needed[key] += 1
            self._placeholders[key] = one

    def _make_placeholders(self, batch: _Batch, *, is_touched: bool) -> None:
        """The rows of all placeholders, and of those that they need themselves."""
        known = self._whole.get(PLACEHOLDERS)
        if known is not None and not is_touched and self._placeholders == self._made_of:
            return
        self._made_of = dict(self._placeholders)
        reads = self._tracer.begin()
        output = Output()
        all_of_them = dict(self._placeholders)
        directory = replace(self._living.directory, placeholders=all_of_them, way_back={})
        add_placeholders(directory, output)
        self._completing.fill(PLACEHOLDERS, "", output)
        self._dependents.note(PLACEHOLDERS, reads)
        self._enter_engagements(all_of_them)
        self._keep(PLACEHOLDERS, known or Output(), output, batch)

    def _enter_engagements(self, placeholders: Mapping[str, Placeholder]) -> None:
        found = {key: one.row_id for key, one in placeholders.items() if one.table == "engagement"}
        for key in {*self._completing.placeholders, *found}:
            self._completing.placeholders.put(key, found.get(key))

    def _settle_run(self, batch: _Batch) -> None:
        output = Output()
        run_rows(output, self._living.directory)
        self._keep(_RUN, self._whole.get(_RUN, Output()), output, batch)

    def _keep(self, unit: str, before: Output, now: Output, batch: _Batch) -> None:
        self._whole[unit] = now
        batch.before.setdefault(unit, before)
        batch.now[unit] = now


def _collection_of_key(key: str) -> str:
    """The collection of the missing document that a placeholder stands for, "" of another one."""
    system = system_of(key)
    found = match(system, key) if system else None
    return found.key if found else ""


def _deepest_first(path: str) -> tuple[int, str]:
    """What lies below others first: it fills their rows, which are then made once."""
    return -path.count("/"), path
