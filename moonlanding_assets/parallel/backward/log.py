"""The log of what applications changed in rows: its triggers, its batches, and the stream's state.

Everything lies in the database itself, so that a change and its line are one transaction. Holds no
rule about what becomes of a change.
"""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.parallel.backward.echo import forget_echo, note_echo
from moonlanding_assets.parallel.forward.difference import Row
from moonlanding_assets.schema.catalogue import quoted
from moonlanding_assets.schema.triggers_of_sync import LOG_NAME, triggers

BACKWARD = "backward"  # of sync_state
_AFTER = "backward_after"  # of sync_state: the last line of the log that is not the stream's
_BUSY_SECONDS = 10.0
StreamState = Literal["absent", "stopped", "started"]


@dataclass(frozen=True, kw_only=True)
class ChangedKey:
    """One row that an application touched. last: the number of its latest line.

    before: the row as it was before the first line; None of a row that was not there.
    """

    table: str
    key: str
    last: int
    before: Row | None


def stream_state(connection: sqlite3.Connection) -> StreamState:
    """Whether there is a stream, and whether it is to run."""
    query = "SELECT value FROM sync_state WHERE key = ?"
    found = connection.execute(query, (BACKWARD,)).fetchone()
    if found is None:
        return "absent"
    return "started" if found[0] == "started" else "stopped"


def set_stream(connection: sqlite3.Connection, state: StreamState, *, forgets: bool = True) -> None:
    """Make, start, stop or drop the stream; inside the caller's transaction.

    A stream that is made begins at the present end: whatever was written before is not its. The
    triggers stay: while there is no stream, their log tells who writes behind the sync's back.
    forgets: of a stream that is dropped, the log goes with it.
    """
    if state == "absent":
        if forgets:
            connection.execute("DELETE FROM sync_changes")
        connection.execute("DELETE FROM sync_sent")
        connection.execute("DELETE FROM sync_state WHERE key IN (?, ?)", (BACKWARD, _AFTER))
        forget_echo(connection)
        return
    if stream_state(connection) == "absent":
        connection.execute(
            "INSERT OR REPLACE INTO sync_state "
            "SELECT ?, coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'sync_changes'",
            (_AFTER,),
        )
    keep_log(connection)
    connection.execute("INSERT OR REPLACE INTO sync_state VALUES (?, ?)", (BACKWARD, state))


def keep_log(connection: sqlite3.Connection) -> None:
    """Log from now on what is written into rows by others than the sync."""
    for statement in triggers().values():
        connection.execute(statement)


def end_log(database: Path) -> None:
    """Log nothing any more: both systems are no longer kept in step. Search indexes are, still."""
    opened = sqlite3.connect(database, timeout=_BUSY_SECONDS, isolation_level=None)
    with closing(opened) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for name in triggers():
            if name.startswith(LOG_NAME):
                connection.execute(f"DROP TRIGGER IF EXISTS {quoted(name)}")
        if connection.execute(_HAS_LOG).fetchone() is not None:
            connection.execute("DELETE FROM sync_changes")
        connection.execute("COMMIT")


def stranger_rows(
    connection: sqlite3.Connection, *, most: int = -1
) -> dict[tuple[str, str], Row | None]:
    """Rows that somebody wrote while no stream went back: (table, key) → the row as it was."""
    lines = connection.execute(
        "SELECT table_name, key, before, min(number) FROM sync_changes "
        "WHERE NOT is_kept AND number <= coalesce((SELECT CAST(value AS INTEGER) FROM sync_state "
        "WHERE key = ?), number) GROUP BY table_name, key ORDER BY 4 LIMIT ?",
        (_AFTER, most),
    )
    return {(table, key): _row(before) for table, key, before, _ in lines}


def waiting(
    connection: sqlite3.Connection, *, most: int, only: Iterable[tuple[str, str]] = ()
) -> list[ChangedKey]:
    """The rows whose changes were not sent yet, those that were touched first at first.

    only: nothing but these rows, by table and key.
    """
    wanted = json.dumps([list(one) for one in only])
    lines = connection.execute(
        f"SELECT table_name, key, max(number) FROM sync_changes WHERE NOT is_kept AND {_ITS} AND "
        "(?1 = '[]' OR json_array(table_name, key) IN (SELECT value FROM json_each(?1))) "
        "GROUP BY table_name, key ORDER BY min(number) LIMIT ?2",
        (wanted, most),
    ).fetchall()
    return [
        ChangedKey(table=table, key=key, last=last, before=row_before(connection, table, key)[1])
        for table, key, last in lines
    ]


def row_before(connection: sqlite3.Connection, table: str, key: str) -> tuple[bool, Row | None]:
    """Whether the log has a line of this row, and the row as it was before the first one."""
    found = connection.execute(
        f"SELECT before FROM sync_changes WHERE table_name = ? AND key = ? AND {_ITS} "
        "ORDER BY number LIMIT 1",
        (table, key),
    ).fetchone()
    if found is None:
        return False, None
    return True, _row(found[0])


def counts(connection: sqlite3.Connection) -> tuple[int, int]:
    """Rows that wait to be sent, and rows that cannot be carried."""
    query = (
        "SELECT count(DISTINCT json_array(table_name, key)) FROM sync_changes "
        f"WHERE is_kept = ? AND {_ITS}"
    )
    waits, kept = (connection.execute(query, (flag,)).fetchone()[0] for flag in (0, 1))
    return int(waits), int(kept)


def forget(connection: sqlite3.Connection, changed: Iterable[ChangedKey]) -> None:
    """These changes are carried; what was written to the rows since then stays in the log."""
    for one in changed:
        note_echo(connection, one.table, one.key, one.last)
        connection.execute(
            "DELETE FROM sync_changes WHERE table_name = ? AND key = ? AND number <= ?",
            (one.table, one.key, one.last),
        )
        connection.execute(
            "UPDATE sync_quarantine SET resolved_by = ? WHERE event_id = ?",
            (f"change {one.last}", event_id(one.table, one.key)),
        )


def keep_apart(connection: sqlite3.Connection, one: ChangedKey, *, path: str, reason: str) -> None:
    """This change cannot be carried: the row stays as it is, and a person must look."""
    connection.execute(
        "UPDATE sync_changes SET is_kept = 1 WHERE table_name = ? AND key = ? AND number <= ?",
        (one.table, one.key, one.last),
    )
    connection.execute(
        "INSERT OR REPLACE INTO sync_quarantine VALUES (?, ?, ?, ?, NULL, NULL)",
        (event_id(one.table, one.key), path, one.last, reason),
    )


def event_id(table: str, key: str) -> str:
    """What names the change of a row in sync_quarantine."""
    return f"row {table} {key}"


_HAS_LOG = "SELECT 1 FROM sqlite_schema WHERE name = 'sync_changes'"
#: Lines of the stream: those of before it are not its.
_ITS = (
    "number > (SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM sync_state "
    f"WHERE key = '{_AFTER}')"
)


def _row(before: str | None) -> Row | None:
    return None if before is None else tuple(map(_value, json.loads(before)))


def _value(literal: str) -> SqlValue:
    """What an SQL literal that SQLite's quote() made stands for."""
    if literal == "NULL":
        return None
    if literal.startswith("'"):
        return literal[1:-1].replace("''", "'")
    try:
        return int(literal)
    except ValueError:
        return float(literal)
