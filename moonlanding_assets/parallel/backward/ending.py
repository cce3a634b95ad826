"""How a step of the stream back ends: which rows are carried, which wait, which are put aside.

What it writes belongs into the transaction of the rows. Sends nothing.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from moonlanding_assets.parallel.backward.drafting import Drafted
from moonlanding_assets.parallel.backward.log import ChangedKey, forget, keep_apart
from moonlanding_assets.parallel.backward.sending import Sending, forget_sent
from moonlanding_assets.parallel.backward.settle import own_row, settled
from moonlanding_assets.parallel.backward.whereabouts import RowKey, Whereabouts
from moonlanding_assets.parallel.forward.difference import (
    RowChange,
    differences,
    stored_rows,
    write,
)
from moonlanding_assets.parallel.forward.renormalising import Renormaliser
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.settings import TimestampStorage

_USERS = "users"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """paths: documents that the old systems hold as they should. done: rows that are carried.

    stays: those of them that are Moonlanding's own. refused: rows to be put aside, with reasons.
    replaced: rows of which the engine made another one.
    """

    paths: frozenset[str]
    done: tuple[ChangedKey, ...] = ()
    stays: tuple[ChangedKey, ...] = ()
    refused: Mapping[ChangedKey, str] = field(default_factory=dict)
    replaced: frozenset[RowKey] = frozenset()


def judged(
    batch: Sequence[ChangedKey],
    where: Whereabouts,
    drafts: Mapping[str, Drafted],
    sending: Sending,
) -> Ended:
    """What became of each row. A row that was refused is put aside only where nothing else moved:

    what it needs may have been on its way.
    """
    refused = dict(where.refused)
    waits: set[RowKey] = set()
    for path, draft in drafts.items():
        refused |= draft.refused
        if path not in sending.done:
            waits |= {one.key for one in where.by_path[path]}
    waits -= refused.keys()
    aside = {} if sending.has_progress else refused
    by_key = {(one.table, one.key): one for one in batch}
    done = [one for key, one in by_key.items() if key not in refused and key not in waits]
    replaced = {one for path in sending.done if path in drafts for one in drafts[path].replaced}
    return Ended(
        paths=frozenset(sending.done),
        done=tuple(done),
        stays=tuple(where.stays),
        refused={by_key[key]: reason for key, reason in aside.items()},
        replaced=frozenset(replaced - refused.keys()),
    )


@dataclass(frozen=True)
class Ending:
    """Called with the connection in its transaction, and the rows that keep what was written."""

    ended: Ended
    engine: Renormaliser
    storage: TimestampStorage

    def __call__(self, connection: sqlite3.Connection, kept: set[RowKey]) -> None:
        """Ends the lines of the log that are carried; keeps the others, with their reasons."""
        self._settle_people(connection, kept)
        write(connection, list(self._replaced(connection)))
        for one in self.ended.stays:
            own_row(connection, one.table, one.key)
        for one in self.ended.done:
            if (one.table, one.key) in kept and not _is_written_again(connection, one):
                keep_apart(connection, one, path=_subject(one), reason="inexact")
            else:
                forget(connection, [one])
        for one, reason in self.ended.refused.items():
            keep_apart(connection, one, path=_subject(one), reason=reason)
        forget_sent(connection, self.ended.paths)

    def _settle_people(self, connection: sqlite3.Connection, kept: set[RowKey]) -> None:
        """The rows of people are made by the merge, which may find nothing to change."""
        for one in self.ended.done:
            rows = self.engine.person(one.key).rows.get(_USERS) if one.table == _USERS else None
            if rows:
                desired = {_USERS: stored_rows(TABLE[_USERS], rows, self.storage)}
                write(connection, settled(connection, differences(connection, desired, {}), kept))

    def _replaced(self, connection: sqlite3.Connection) -> list[RowChange]:
        keys: dict[str, set[tuple[str]]] = {}
        for table, key in self.ended.replaced:
            keys.setdefault(table, set()).add((key,))
        return list(differences(connection, {}, keys))


def _is_written_again(connection: sqlite3.Connection, one: ChangedKey) -> bool:
    query = "SELECT 1 FROM sync_changes WHERE table_name = ? AND key = ? AND number > ?"
    return connection.execute(query, (one.table, one.key, one.last)).fetchone() is not None


def _subject(one: ChangedKey) -> str:
    return f"{one.table}/{one.key}"
