"""A database opened to be read. Holds no query of any table."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from moonlanding_assets.errors import TargetBusy

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection; raises sqlite3.DatabaseError from the first use of what is none."""
    uri = f"{database.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        yield connection


def require_readable(connection: sqlite3.Connection, database: Path) -> None:
    """Read something; raises TargetBusy where a writer keeps readers out for five seconds.

    SQLite's own copying would wait for it without end. Inside a transaction, it cannot begin later.
    """
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _BUSY:
            raise
        raise TargetBusy(
            f"{database}: another process holds it locked; let it end, then type the command again"
        ) from None
