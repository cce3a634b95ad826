"""What a candidate must pass before it may be published, and the search indexes it needs.

Holds checks of a finished SQLite file; repairs nothing but search indexes, which are derived.
"""

import sqlite3

from moonlanding_assets.errors import BrokenDatabase
from moonlanding_assets.schema.catalogue import quoted
from moonlanding_assets.schema.search import SEARCH


def rebuild_search(connection: sqlite3.Connection) -> None:
    """Fills the 16 search indexes from their tables. Needed after VACUUM too: it moves rowids."""
    for index in SEARCH:
        name = quoted(index.name)
        connection.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")


def check_search(connection: sqlite3.Connection) -> None:
    """Compares each search index with its table; raises BrokenDatabase naming the index."""
    for index in SEARCH:
        name = quoted(index.name)
        try:
            connection.execute(f"INSERT INTO {name}({name}, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            raise BrokenDatabase(
                f"{index.name}: the search index does not agree with {index.content} ({error}); "
                "rebuild it"
            ) from error


def check_foreign_keys(connection: sqlite3.Connection) -> None:
    """Raises BrokenDatabase naming table, number of rows and parent for each broken key."""
    broken = connection.execute(
        'SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2'
    ).fetchall()
    if broken:
        listed = "; ".join(
            f"{table}: {count} rows without their parent in {parent}"
            for table, parent, count in broken
        )
        raise BrokenDatabase(f"foreign keys do not hold: {listed}")


def check_integrity(connection: sqlite3.Connection) -> None:
    """SQLite's own check of pages, indexes and NOT NULL; raises BrokenDatabase."""
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        raise BrokenDatabase(f"the database cannot be read: {error}") from error
    if found != ["ok"]:
        raise BrokenDatabase(f"integrity_check found {len(found)} faults, first: {found[0]}")
