"""Said in the database while a writer keeps the search indexes himself: triggers leave them alone.

Holds no writing of an index.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

_TRIGGERS = (
    "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'sync_search_%' LIMIT 1"
)


@contextmanager
def search_kept(connection: sqlite3.Connection) -> Iterator[None]:
    """Inside the caller's transaction; nothing where there are no triggers."""
    if connection.execute(_TRIGGERS).fetchone() is None:
        yield
        return
    connection.execute("INSERT OR REPLACE INTO sync_state VALUES ('search', 'kept')")
    yield
    connection.execute("DELETE FROM sync_state WHERE key = 'search'")
