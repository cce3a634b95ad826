"""A write as an application makes it: in WAL mode, foreign keys on, committed. For exercises only.

Holds three statements against tables of the application; it is never used on a database that
people work with.
"""

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from moonlanding_assets.errors import RollbackFailed

_NEW_USER = """
INSERT INTO users (id, email, name, role, type, created_at)
VALUES (?, ?, 'Rollback exercise', 'clerk', 'auditor',
        coalesce((SELECT max(created_at) FROM users), '2026-01-01T00:00:00.000Z'))"""
_RENAMED = "UPDATE client SET name = name || ' (renamed)' WHERE id = (SELECT min(id) FROM client)"
_TAKEN_OUT = "DELETE FROM flag WHERE id = (SELECT min(id) FROM flag)"


def change_as_an_application(database: Path) -> int:
    """Insert a user, rename a client, delete a flag; how many rows that were.

    Raises RollbackFailed when nothing could be changed.
    """
    identity = str(uuid.uuid4())
    with closing(sqlite3.connect(database, timeout=5)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the change stays in the -wal
        with connection:
            changed = connection.execute(
                _NEW_USER, (identity, f"{identity}@exercise.example")
            ).rowcount
            changed += connection.execute(_RENAMED).rowcount
            changed += connection.execute(_TAKEN_OUT).rowcount
        if not changed:
            raise RollbackFailed(f"{database}: nothing could be changed, so nothing is proved")
    return changed
