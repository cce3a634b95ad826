"""Backward sync: what applications write into rows, as documents of the old systems.

A batch of touched rows becomes documents (drafting.py); each is written only if the old
system still has what is known of it; then the rows are made what the engine makes of it, with the
end of the log's lines in the same transaction. A stop anywhere leaves lines in the log, and the
same again changes nothing. Undo: `drop`; what was sent stays. Too late: never.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from moonlanding_assets.contract.catalogue import pattern_key
from moonlanding_assets.errors import SyncError
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.parallel.backward.drafting import Drafted, Drafting
from moonlanding_assets.parallel.backward.ending import Ended, Ending, judged
from moonlanding_assets.parallel.backward.log import (
    ChangedKey,
    StreamState,
    set_stream,
    stream_state,
    waiting,
)
from moonlanding_assets.parallel.backward.old import OldSide
from moonlanding_assets.parallel.backward.sending import Sending, is_echo
from moonlanding_assets.parallel.backward.whereabouts import Locating, RowKey, Whereabouts
from moonlanding_assets.parallel.documents.stored_document import stored_fields
from moonlanding_assets.parallel.forward.changes import Event, delete_event, set_event
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import Fields, canonical, parse

MOST_ROWS = 100


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What one step did. rows: touched rows that are done with; refused: put aside, with reasons.

    written, deleted: documents of the old systems. conflicts: written by somebody else meanwhile.
    left: rows that wait for the next step.
    """

    rows: int = 0
    written: int = 0
    deleted: int = 0
    refused: Mapping[RowKey, str] = field(default_factory=dict)
    conflicts: int = 0
    left: int = 0
    seconds: float = 0.0


class BackwardSync:
    """The stream from Moonlanding to the old systems, of the process that holds the forward sync.

    Both share the store of what the old systems hold, the engine and the lease.
    """

    def __init__(self, forward: ForwardSync, old: OldSide) -> None:
        self._forward = forward
        self._connection = forward.connection
        self._old = old
        self._earlier: dict[str, str] | None = None
        self._has_learnt = False

    @property
    def state(self) -> StreamState:
        """Whether the stream is there, and whether it is to run."""
        return stream_state(self._connection)

    def create(self) -> None:
        """Make the stream, stopped, at the present end of what applications wrote."""
        if self.state == "absent":
            self._become("stopped")

    def start(self) -> None:
        """From now on what applications wrote since the stream was made is sent."""
        if self.state == "absent":
            raise SyncError("there is no stream back to start: create it first")
        self._become("started")

    def stop(self) -> None:
        """Send nothing more; the log goes on."""
        if self.state == "started":
            self._become("stopped")

    def drop(self, *, forgets: bool = True) -> None:
        """Take the stream away, and its log with it.

        forgets: not of a stream that was only tried: what others wrote meanwhile is not its.
        """
        self._become("absent", forgets=forgets)

    def _become(self, state: StreamState, *, forgets: bool = True) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        set_stream(self._connection, state, forgets=forgets)
        self._connection.execute("COMMIT")

    def step(self, *, most: int = MOST_ROWS, only: Iterable[RowKey] = ()) -> Sent:
        """Send what waits, at most so many rows; durable on return.

        only: nothing but these rows; then a stopped stream sends as well. Raises SyncError where
        an old system does not answer: everything waits then, as it did.
        """
        started = time.perf_counter()
        rows = tuple(only)
        if self.state != "started" and not rows:
            raise SyncError(f"the stream back is {self.state}: nothing is sent")
        self._learn_what_was_sent()
        batch = waiting(self._connection, most=most, only=rows)
        if not batch:
            return Sent()
        where, drafts = self._drafted(batch)
        sending = Sending(self._connection, self._forward.present, self._old)
        sending.send({path: one.fields for path, one in drafts.items() if _goes(one)})
        ended = judged(batch, where, drafts, sending)
        self._settle(ended)
        if sending.failed:
            raise SyncError(f"an old system did not answer: {sorted(set(sending.failed))}")
        return Sent(
            rows=len(ended.done) + len(ended.refused),
            written=sending.written,
            deleted=sending.deleted,
            refused={(one.table, one.key): why for one, why in ended.refused.items()},
            conflicts=sending.conflicts,
            left=len(batch) - len(ended.done) - len(ended.refused),
            seconds=time.perf_counter() - started,
        )

    def _learn_what_was_sent(self) -> None:
        """Once: what a process that ended had sent, and did not live to note.

        Else a row that was sent for the first time and deleted since would seem never to have had a
        document.
        """
        if self._has_learnt:
            return
        sent = set(self._connection.execute("SELECT path, sha256 FROM sync_sent").fetchall())
        events: list[Event] = []
        for path in sorted({path for path, _ in sent}):
            found, known = self._old.read(path), self._forward.present.document(path)
            if found is not None and (path, found.sha256) in sent:
                fields = canonical(found.fields)
                events.append(set_event(path, fields, version=found.update_time_us, origin="NEW"))
            elif found is None and (path, "") in sent and known is not None:
                events.append(delete_event(path, version=known.version + 1, origin="NEW"))
        if events:
            self._forward.apply(events)
        self._has_learnt = True

    def hear(self, events: Sequence[Event]) -> int:
        """What the old systems say while Moonlanding is the authority; how many were conflicts.

        An echo of what was sent only moves versions. Anything else was written behind the fence:
        it is kept as a conflict, and the document is put back.
        """
        present = self._forward.present
        echoes: list[Event] = []
        foreign: list[Event] = []
        for one in events:
            is_ours = is_echo(self._connection, present.document(one.path), one)
            (echoes if is_ours else foreign).append(one)
        if echoes:
            self._forward.apply(echoes)
        sending = Sending(self._connection, present, self._old)
        for path in dict.fromkeys(one.path for one in foreign):
            found = self._old.read(path)
            known = present.document(path)
            sha256 = "" if known is None or known.fields is None else known.sha256
            if ("" if found is None else found.sha256) != sha256:
                held = None if known is None or known.fields is None else parse(known.fields)
                sending.put_back(path, found, held)
        self._settle(Ended(paths=frozenset(sending.done)))
        return sending.conflicts

    def make_equal(self, paths: Iterable[str]) -> Sent:
        """The old systems' documents as the rows give them; `left`: those that got no answer.

        What they held otherwise than was known is kept as a conflict. Raises SyncError where rows
        and residue do not fit together, and where an old system does not answer.
        """
        present = self._forward.present
        sending = Sending(self._connection, present, self._old)
        for path in paths:
            fields = self._stored(path)
            found, known = self._old.read(path), present.document(path)
            held = "" if known is None or known.fields is None else known.sha256
            if ("" if found is None else found.sha256) == held:
                sending.send({path: fields})
            else:
                sending.put_back(path, found, fields)
        self._settle(Ended(paths=frozenset(sending.done)))
        return Sent(
            written=sending.written, deleted=sending.deleted, conflicts=sending.conflicts,
            left=len(sending.failed),
        )  # fmt: skip

    def _stored(self, path: str) -> Fields | None:
        try:
            return stored_fields(self._connection, path, self._forward.engine.directory)
        except Exception as error:  # any: rows that are not there, values that no rule reads
            raise SyncError(f"cannot be rebuilt from its rows ({type(error).__name__})") from None

    def _drafted(self, batch: Sequence[ChangedKey]) -> tuple[Whereabouts, dict[str, Drafted]]:
        """The documents of the batch as they are to be, all seen at one moment."""
        engine = self._forward.engine
        drafting = Drafting(engine=engine, storage=self._forward.storage)
        self._connection.execute("BEGIN")
        try:
            where = Locating(self._connection, self._earlier_paths()).find(batch)
            drafts = {
                path: drafting.draft(path, self._base(path), found)
                for path, found in sorted(where.by_path.items())
            }
        finally:
            self._connection.execute("COMMIT")
        return where, drafts

    def _base(self, path: str) -> Fields | None:
        """The document before the edits: as the old systems hold it, or as a gateway wrote it."""
        known = self._forward.present.document(path)
        line = self._connection.execute(
            "SELECT sha256 FROM migration_documents WHERE path = ?", (path,)
        ).fetchone()
        held = None if known is None else known.fields
        if line is not None and (held is None or known is None or line[0] != known.sha256):
            return stored_fields(self._connection, path, self._forward.engine.directory)
        return None if held is None else parse(held)

    def _earlier_paths(self) -> dict[str, str]:
        """Row id → the path of the document that gives or gave it."""
        if self._earlier is None:
            self._earlier = {row_id(path): path for path in self._forward.present.collections()}
        return self._earlier

    def _settle(self, ended: Ended) -> None:
        """Rows follow the documents that are sent, and the log's lines end with them."""
        engine = self._forward.engine
        concerned = {path: pattern_key(system_of(path), path) for path in ended.paths}
        self._forward.settle(concerned, also=Ending(ended, engine, self._forward.storage))
        self._earlier_paths().update({row_id(path): path for path in ended.paths})


def _goes(one: Drafted) -> bool:
    return not one.is_nothing
