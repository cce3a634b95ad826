"""Whether the tables are still those that the sync began with: it stops, loudly, when they are not.

Columns are looked at only when SQLite's own count of schema changes has moved. Repairs nothing.
"""

import sqlite3

from moonlanding_assets.errors import SyncError
from moonlanding_assets.schema.catalogue import TABLE, quoted


class SchemaWatch:
    """Of one connection; the tables as they are now are those to be kept."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._version = self._counted()
        self._columns = self._found()
        for name, table in TABLE.items():
            missing = [one.name for one in table.columns if one.name not in self._columns[name]]
            if missing:
                raise SyncError(f"{name}: has no column {missing[0]}, which a migration makes")

    def look(self) -> None:
        """Raise SyncError naming the first table whose columns are others."""
        version = self._counted()
        if version == self._version:
            return
        found = self._found()
        for name, columns in self._columns.items():
            if found[name] != columns:
                (one, *_) = sorted({*columns} ^ {*found[name]}) or ["the order"]
                raise SyncError(
                    f"{name}: somebody changed its columns ({one}) while it is kept in step. Take "
                    "the change back, or stop the sync, migrate anew with the declared schema, and "
                    "begin again"
                )
        self._version = version

    def _counted(self) -> int:
        return int(self._connection.execute("PRAGMA schema_version").fetchone()[0])

    def _found(self) -> dict[str, tuple[str, ...]]:
        return {
            name: tuple(
                str(one[1])
                for one in self._connection.execute(f"PRAGMA table_info({quoted(name)})")
            )
            for name in TABLE
        }
