"""What SQLite's plan of a query says: which large tables it looks through without need.

Holds no query and no time.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

LARGE_ROWS = 1_000  # a table that must not be looked through for one key
_SCAN = re.compile(r"SCAN (\w+)(.*)")

Key = tuple[Any, ...]
Count = Callable[[str], int]  # table → rows


def explained(connection: sqlite3.Connection, sql: str, key: Key) -> list[str]:
    """The steps of the plan, as SQLite words them."""
    return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", key)]


def needless_scans(
    connection: sqlite3.Connection, sql: str, key: Key, *, count: Count
) -> list[str]:
    """Steps that look at a whole large table, or make an index that should be there.

    Without a key, following an index is none: it goes up to the LIMIT. With one, it is none either
    where an index serves the key: SQLite spares itself the sort by choice, where a key has many
    of the rows (such as one of seven teams).
    """
    scans = list(_scans(explained(connection, sql, key), count, may_follow_an_index=not key))
    if not scans or not key:
        return scans
    unordered = explained(connection, sql.partition(" ORDER BY ")[0], key)
    return scans if any(_scans(unordered, count, may_follow_an_index=False)) else []


def _scans(plan: Sequence[str], count: Count, *, may_follow_an_index: bool) -> Iterator[str]:
    for step in plan:
        scanned = _SCAN.match(step)
        if "AUTOMATIC" in step:
            yield step
        elif scanned and "VIRTUAL TABLE" not in step:
            table, how = scanned.groups()
            is_in_order = may_follow_an_index and " INDEX " in how  # a covering one as well
            if not is_in_order and count(table) > LARGE_ROWS:
                yield f"{step}, {count(table)} rows"
