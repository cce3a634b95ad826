"""How soon the first changes of an authority were in the old systems, noted as they are carried.

The note is written in the transaction that ends the lines of the log. Both moments are of this
machine's clock. Holds no bound (state/states.py).
"""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from moonlanding_assets.load.opening import reading
from moonlanding_assets.settings import Layout

ECHO = "echo"  # of sync_state: [changes of rows, seconds of the slowest]
FIRST = 100
_CARRIED = (
    "SELECT count(*), coalesce(max((julianday('now') - 2440587.5) * 86400.0 - at), 0.0) "
    "FROM sync_changes WHERE table_name = ? AND key = ? AND number <= ?"
)


def note_echo(connection: sqlite3.Connection, table: str, key: str, last: int) -> None:
    """These lines are carried now; of the first hundred it is noted how long that took."""
    writes, worst_seconds = _noted(connection)
    if writes >= FIRST:
        return
    carried, seconds = connection.execute(_CARRIED, (table, key, last)).fetchone()
    noted = json.dumps([writes + carried, max(worst_seconds, seconds)])
    connection.execute("INSERT OR REPLACE INTO sync_state VALUES (?, ?)", (ECHO, noted))


def forget_echo(connection: sqlite3.Connection) -> None:
    """The stream is dropped: the next one begins to count anew."""
    connection.execute("DELETE FROM sync_state WHERE key = ?", (ECHO,))


def echo_evidence(layout: Layout) -> Mapping[str, Any]:
    """echoed_writes and echo_seconds, the slowest of them; nothing before the first."""
    try:
        with reading(layout.database("100%")) as connection:
            writes, seconds = _noted(connection)
    except sqlite3.DatabaseError:
        return {}
    return {"echoed_writes": writes, "echo_seconds": seconds} if writes else {}


def _noted(connection: sqlite3.Connection) -> tuple[int, float]:
    found = connection.execute("SELECT value FROM sync_state WHERE key = ?", (ECHO,)).fetchone()
    if found is None:
        return 0, 0.0
    writes, seconds = json.loads(found[0])
    return int(writes), float(seconds)
