"""The log of what applications changed in rows: its triggers, its batches, and the stream's state.

Everything lies in the database itself, so that a change and its line are one transaction. Holds no
rule about what becomes of a change.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.parallel.backward.echo import forget_echo, note_echo
from moonlanding_assets.parallel.forward.difference import Row
from moonlanding_assets.schema.catalogue import quoted
from moonlanding_assets.schema.triggers_of_sync import triggers

BACKWARD = "backward"  # of sync_state
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


def set_stream(connection: sqlite3.Connection, state: StreamState) -> None:
    """Make, start, stop or drop the stream, with its triggers; inside the caller's transaction.

    A stream that is made begins at the present end: whatever was written before is not its.
    """
    if state == "absent":
        for name in triggers():
            connection.execute(f"DROP TRIGGER IF EXISTS {quoted(name)}")
        connection.execute("DELETE FROM sync_changes")
        connection.execute("DELETE FROM sync_sent")
        connection.execute("DELETE FROM sync_state WHERE key = ?", (BACKWARD,))
        forget_echo(connection)
        return
    for statement in triggers().values():
        connection.execute(statement)
    connection.execute("INSERT OR REPLACE INTO sync_state VALUES (?, ?)", (BACKWARD, state))


def waiting(
    connection: sqlite3.Connection, *, most: int, only: Iterable[tuple[str, str]] = ()
) -> list[ChangedKey]:
    """The rows whose changes were not sent yet, those that were touched first at first.

    only: nothing but these rows, by table and key.
    """
    wanted = json.dumps([list(one) for one in only])
    lines = connection.execute(
        "SELECT table_name, key, max(number) FROM sync_changes WHERE NOT is_kept AND "
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
        "SELECT before FROM sync_changes WHERE table_name = ? AND key = ? ORDER BY number LIMIT 1",
        (table, key),
    ).fetchone()
    if found is None:
        return False, None
    return True, None if found[0] is None else tuple(map(_value, json.loads(found[0])))


def counts(connection: sqlite3.Connection) -> tuple[int, int]:
    """Rows that wait to be sent, and rows that cannot be carried."""
    query = "SELECT count(DISTINCT json_array(table_name, key)) FROM sync_changes WHERE is_kept = ?"
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
