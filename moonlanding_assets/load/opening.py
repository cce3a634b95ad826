"""A database opened to be read. Holds no query."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection; raises sqlite3.DatabaseError from the first use of what is none."""
    uri = f"{database.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        yield connection
