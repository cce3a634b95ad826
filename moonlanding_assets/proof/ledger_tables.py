"""The tables of the ledger against one another and against the rows that they speak of.

Holds queries on the database alone; the snapshot is ledger.py's.
"""

import sqlite3
from collections.abc import Iterator

from moonlanding_assets.schema.catalogue import BASE_TABLES, quoted

Found = tuple[str, str, str]

#: what is wrong, and the query that finds it: where it is, and a detail
_QUERIES: tuple[tuple[str, str], ...] = (
    (
        "quarantined_without_reason",
        "SELECT path, collection FROM migration_documents d WHERE outcome = 'quarantined' AND NOT "
        "EXISTS (SELECT 1 FROM migration_quarantine q WHERE q.path = d.path AND q.locator = '' "
        "AND q.field = '')",
    ),
    (
        "not_quarantined_but_listed",
        "SELECT path, reason FROM migration_quarantine q WHERE locator = '' AND field = '' AND NOT "
        "EXISTS (SELECT 1 FROM migration_documents d WHERE d.path = q.path "
        "AND d.outcome = 'quarantined')",
    ),
    (
        "row_of_nobody",
        "SELECT path, outcome FROM migration_documents WHERE row_id IS NOT NULL "
        "AND outcome NOT IN ('loaded', 'merged')",
    ),
    (
        "merge_unrecorded",
        "SELECT path, collection FROM migration_documents d WHERE outcome = 'merged' AND NOT "
        "EXISTS (SELECT 1 FROM migration_user_merges m WHERE m.path = d.path AND m.field = '' "
        "AND m.role = 'loser' AND m.user_id = d.row_id)",
    ),
    (
        "residue_of_nothing",
        "SELECT DISTINCT path, 'migration_residue' FROM migration_residue "
        "WHERE path NOT IN (SELECT path FROM migration_documents)",
    ),
    (
        "quarantine_of_nothing",
        "SELECT DISTINCT path, 'migration_quarantine' FROM migration_quarantine "
        "WHERE path NOT IN (SELECT path FROM migration_documents)",
    ),
    (
        "item_of_nothing",
        "SELECT row_id, table_name FROM migration_items i WHERE NOT EXISTS "
        "(SELECT 1 FROM migration_documents d WHERE d.path = i.path "
        "AND d.outcome IN ('loaded', 'merged'))",
    ),
)


def check_tables(connection: sqlite3.Connection) -> Iterator[Found]:
    """(what, where, detail) of every line of the ledger that contradicts another or a row."""
    for what, query in _QUERIES:
        for where, detail in connection.execute(f"{query} ORDER BY 1"):
            yield what, str(where), str(detail)
    known = {table.name for table in BASE_TABLES}
    for source in ("migration_documents", "migration_items"):
        named = connection.execute(
            f"SELECT DISTINCT table_name FROM {source} WHERE table_name IS NOT NULL ORDER BY 1"
        ).fetchall()
        for (table,) in named:
            if table not in known:
                yield "no_such_table", str(table), source
            else:
                yield from _missing_rows(connection, source, table)


def _missing_rows(connection: sqlite3.Connection, source: str, table: str) -> Iterator[Found]:
    """Rows that the ledger names and the table does not have."""
    query = (
        f"SELECT path, row_id FROM {source} l WHERE table_name = ? AND NOT EXISTS "
        f"(SELECT 1 FROM {quoted(table)} t WHERE t.id = l.row_id) ORDER BY path"
    )
    for path, row_id in connection.execute(query, (table,)):
        yield "row_missing", str(path), f"{table} {row_id}"
