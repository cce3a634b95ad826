"""The tables that keeping in step needs inside the database, all named sync_*.

They are made by the sync and dropped with it; no migration makes them, no application reads them,
and the logical digest leaves them out. They lie in the same file as the rows, so that a change and
the note that it was applied are one transaction. Holds no row.
"""

SYNC_TABLES: dict[str, str] = {
    # one row for each change that the rows hold: (by whichever event brought it, or a later one)
    "sync_applied": """
        CREATE TABLE IF NOT EXISTS sync_applied (
            event_id TEXT PRIMARY KEY,
            origin TEXT NOT NULL,
            path TEXT NOT NULL,
            version INTEGER NOT NULL,
            op TEXT NOT NULL,
            outcome TEXT NOT NULL -- applied, stale, poison
        ) WITHOUT ROWID""",
    # the version of each document that changed since the snapshot; deleted ones keep theirs
    "sync_documents": """
        CREATE TABLE IF NOT EXISTS sync_documents (
            path TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            op TEXT NOT NULL,
            sha256 TEXT NOT NULL
        ) WITHOUT ROWID""",
    # events that could not be carried; while one is not resolved, the gate is shut
    "sync_quarantine": """
        CREATE TABLE IF NOT EXISTS sync_quarantine (
            event_id TEXT PRIMARY KEY,
            path TEXT NOT NULL,
            version INTEGER NOT NULL,
            reason TEXT NOT NULL,
            payload BLOB,
            resolved_by TEXT -- the later event of the same document that could be carried
        ) WITHOUT ROWID""",
    # rows that somebody else had written when the authority's value was put back
    "sync_conflicts": """
        CREATE TABLE IF NOT EXISTS sync_conflicts (
            number INTEGER PRIMARY KEY,
            table_name TEXT NOT NULL,
            key TEXT NOT NULL,
            found TEXT,
            put_back TEXT
        )""",
    # store: which present store the rows follow. origin: OLD while the sync writes, else no row
    "sync_state": """
        CREATE TABLE IF NOT EXISTS sync_state (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID""",
    # the one epoch whose writes through the gateway are accepted here; NULL: of none
    "sync_fence": """
        CREATE TABLE IF NOT EXISTS sync_fence (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch INTEGER
        )""",
    # writes that came through the gateway, by the key that names them for ever
    "sync_writes": """
        CREATE TABLE IF NOT EXISTS sync_writes (
            key TEXT PRIMARY KEY,
            path TEXT NOT NULL,
            version INTEGER NOT NULL
        ) WITHOUT ROWID""",
}
