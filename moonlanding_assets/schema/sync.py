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
            resolved_by TEXT -- the later event that could be carried, or "resolution N"
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
    # what a person decided about one of both, for ever: only added to
    "sync_resolutions": """
        CREATE TABLE IF NOT EXISTS sync_resolutions (
            number INTEGER PRIMARY KEY,
            kind TEXT NOT NULL, -- retry, set aside (of an event), settle (of a conflict)
            subject TEXT NOT NULL, -- the event's id, the conflict's number
            by TEXT NOT NULL,
            reason TEXT NOT NULL,
            at TEXT NOT NULL
        )""",
    # store: which present store the rows follow. origin: OLD while the sync writes, else no row.
    # search: while search indexes are kept by the writer. backward: stopped, started, else no row.
    # echo: how many changes were sent back, and the slowest in seconds, of the first hundred
    "sync_state": """
        CREATE TABLE IF NOT EXISTS sync_state (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID""",
    # what applications changed in rows since they were last sent back; before: the row as it was,
    # a JSON array of SQL literals, NULL of a new one. is_kept: it cannot be carried, and stays
    "sync_changes": """
        CREATE TABLE IF NOT EXISTS sync_changes (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            table_name TEXT NOT NULL,
            key TEXT NOT NULL,
            op TEXT NOT NULL, -- insert, update, delete
            before TEXT,
            is_kept INTEGER NOT NULL DEFAULT 0,
            -- seconds since 1970
            at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
        )""",
    # what a row holds that no document can: it stays, as long as a migration would put `instead`
    "sync_own": """
        CREATE TABLE IF NOT EXISTS sync_own (
            table_name TEXT NOT NULL,
            key TEXT NOT NULL,
            column_name TEXT NOT NULL, -- '' the whole row
            instead TEXT NOT NULL,
            PRIMARY KEY (table_name, key, column_name)
        ) WITHOUT ROWID""",
    # what may be on its way to a document of the old systems, until they have answered
    "sync_sent": """
        CREATE TABLE IF NOT EXISTS sync_sent (
            path TEXT NOT NULL,
            sha256 TEXT NOT NULL, -- of the document then; '' of a deletion
            PRIMARY KEY (path, sha256)
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

#: Made after the tables, by whoever keeps the database in step.
SYNC_TRIGGERS: tuple[str, ...] = tuple(
    f"CREATE TRIGGER IF NOT EXISTS sync_resolutions_{verb.lower()} BEFORE {verb} "
    "ON sync_resolutions BEGIN SELECT raise(ABORT, 'resolutions are only added to'); END"
    for verb in ("UPDATE", "DELETE")
)
#: Conditions of what nobody has resolved: while there is one, the gate is shut.
OPEN_QUARANTINE = "sync_quarantine WHERE resolved_by IS NULL"
OPEN_CONFLICTS = (
    "sync_conflicts WHERE NOT EXISTS (SELECT 1 FROM sync_resolutions r "
    "WHERE r.kind = 'settle' AND r.subject = CAST(sync_conflicts.number AS TEXT))"
)
