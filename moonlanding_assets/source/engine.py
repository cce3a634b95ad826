"""DuckDB as the sources use it: bounded memory, spilling where its caller says, times in UTC.

Holds no query.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

MEMORY = "384MB"  # more than that goes through the disk


@contextmanager
def connected(temporary: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, in memory; what does not fit there goes below `temporary`."""
    with duckdb.connect() as con:
        con.execute(f"SET memory_limit = '{MEMORY}'")
        con.execute("SET temp_directory = $directory", {"directory": str(temporary)})
        con.execute("SET TimeZone = 'UTC'")
        yield con
