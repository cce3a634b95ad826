"""Rows that somebody else wrote while the old systems are the authority: found, put back, kept.

The log of changes (backward/log.py) says which rows, and how the sync had left them. Both versions
go to sync_conflicts, which shuts the gate. What the log cannot see, as rows of the ledger, the
sweep of the rows finds. Inside the caller's transaction, which is marked as OLD's.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from moonlanding_assets.normalize.run import TABLES
from moonlanding_assets.parallel.backward.log import stranger_rows
from moonlanding_assets.parallel.forward.difference import (
    Key,
    Row,
    RowChange,
    differences,
    write,
)
from moonlanding_assets.parallel.forward.synced_database import note_conflicts

RowKey = tuple[str, str]
Taken = Mapping[str, frozenset[str]]  # table → ids of rows that are production's own


def has_strangers(connection: sqlite3.Connection) -> bool:
    """Whether the log has a line that is not of the stream back. Cheap; needs no transaction."""
    return bool(stranger_rows(connection, most=1))


def note_overwritten(
    connection: sqlite3.Connection,
    changes: Sequence[RowChange],
    seen: Iterable[RowKey],
    taken: Taken,
) -> int:
    """Keep as conflicts what these changes write over that somebody else wrote; how many.

    seen: every row that was compared. What the log says of them is done with.
    """
    lines = _ours(connection, taken)
    if not lines:
        return 0
    found = [one for one in changes if _is_written_over(lines, one)]
    note_conflicts(connection, found)
    _forget(connection, lines.keys() & set(seen))
    return len(found)


def put_back(connection: sqlite3.Connection, taken: Taken) -> int:
    """Every row as the sync had left it; how many were otherwise."""
    lines = _ours(connection, taken)
    desired: dict[str, dict[Key, Row]] = {}
    for (table, key), before in lines.items():
        desired.setdefault(table, {})
        if before is not None:
            desired[table][(key,)] = before
    keys: dict[str, list[Key]] = {}
    for table, key in lines:
        keys.setdefault(table, []).append((key,))
    changes = list(differences(connection, desired, keys))
    write(connection, changes)
    note_conflicts(connection, changes)
    _forget(connection, lines)
    return len(changes)


def forget_all(connection: sqlite3.Connection) -> None:
    """Everything was compared: what the log says of strangers is done with."""
    _forget(connection, stranger_rows(connection))


def _ours(connection: sqlite3.Connection, taken: Taken) -> dict[RowKey, Row | None]:
    """The rows of documents that strangers wrote, as they were before; others are forgotten."""
    lines = stranger_rows(connection)
    others = [one for one in lines if one[0] not in _COMPARED or one[1] in taken.get(one[0], ())]
    _forget(connection, others)
    return {one: before for one, before in lines.items() if one not in set(others)}


def _is_written_over(lines: Mapping[RowKey, Row | None], one: RowChange) -> bool:
    place = (one.table, str(one.key[0]))
    return place in lines and ascii(lines[place]) != ascii(one.old)


def _forget(connection: sqlite3.Connection, rows: Iterable[RowKey]) -> None:
    connection.executemany(
        "DELETE FROM sync_changes WHERE table_name = ? AND key = ? AND NOT is_kept", list(rows)
    )


_COMPARED = frozenset(TABLES)
