"""What came since the snapshot and no declaration knows: it is kept, and shuts the gate.

Counts by collection and name of the field, of documents that changed; never a value.
"""

import sqlite3
from pathlib import Path

from moonlanding_assets.load.opening import reading

_UNKNOWN = "('unknown_field', 'unknown_spelling')"
_FIELDS = " UNION ALL ".join(
    f"SELECT d.collection || ' ' || r.field AS what, d.path FROM {table} r "
    "JOIN sync_documents USING (path) JOIN migration_documents d USING (path) "
    f"WHERE r.reason IN {_UNKNOWN}"
    for table in ("migration_residue", "migration_quarantine")
)
_COLLECTIONS = (
    "SELECT collection, path FROM migration_documents JOIN sync_documents USING (path) "
    "WHERE reason = 'unknown_collection'"
)


def undeclared(database: Path) -> dict[str, int]:
    """Collection, or collection and field → documents; empty before the first sync."""
    with reading(database) as connection:
        return undeclared_in(connection)


def undeclared_in(connection: sqlite3.Connection) -> dict[str, int]:
    """The same of an open database."""
    known = "SELECT count(*) FROM sqlite_master WHERE name = 'sync_documents'"
    if connection.execute(known).fetchone() == (0,):
        return {}
    found = connection.execute(
        "SELECT what, count(DISTINCT path) "
        f"FROM ({_FIELDS} UNION ALL {_COLLECTIONS}) GROUP BY what ORDER BY what"
    )
    return {str(what): int(count) for what, count in found}
