"""The target as it was before the migration, by the copy that the snapshot holds: reading only.

Holds no comparison. The copy is attached to the connection of the evidence as `before`; one that
is missing, emptied or another one than the database was loaded beside is an error, never a pass.
"""

import functools
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.errors import SnapshotError
from moonlanding_assets.validate.digests import file_sha256

TARGET = "moonlanding"  # the name of its snapshot
SCHEMA = "before"  # its name on the connection
NEW = "new"  # what migration_run says of a target that held nothing
_NOTHING = {"kind": "none", "digest": NEW, "sha256": "", "rows": {}}


@dataclass(frozen=True)
class Before:
    """The manifest and the copy in the directory of the snapshot of the target."""

    directory: Path

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """What the manifest says; of a missing one, that there was nothing."""
        file = self.directory / "manifest.json"
        if not file.exists():
            return dict(_NOTHING)
        try:
            found = orjson.loads(file.read_bytes())
            kind = found["kind"]
        except (OSError, ValueError, KeyError, TypeError):
            kind = None
        if kind not in ("none", "database"):
            raise SnapshotError(f"{file}: not a manifest. Take the snapshot of the target again.")
        return dict(found)

    @functools.cached_property
    def copy(self) -> Path | None:
        """The copy, its bytes verified; None when the target held nothing."""
        if self.manifest["kind"] == "none":
            return None
        file = self.directory / "app.db"
        if not file.is_file() or file_sha256(file) != self.manifest.get("sha256"):
            raise SnapshotError(f"{file}: not the copy that its manifest speaks of.")
        return file

    def require(self, run: dict[str, str], database: Path) -> None:
        """Raise SnapshotError unless the database says that it was loaded beside this very copy."""
        seen = (run.get("target_digest", NEW), run.get("target_sha256", ""))
        held = (self.manifest.get("digest"), self.manifest.get("sha256"))
        if seen != held:
            raise SnapshotError(
                f"{database}: loaded beside another target than {self.directory} holds. "
                "Load it again."
            )
        if self.copy is None and seen[0] != NEW:
            raise SnapshotError(f"{self.directory}: the copy of the target is missing.")

    def attach(self, connection: sqlite3.Connection) -> None:
        """Make the copy readable as the schema `before`; nothing without one."""
        if self.copy is not None:
            uri = f"{self.copy.absolute().as_uri()}?mode=ro&immutable=1"
            connection.execute(f"ATTACH ? AS {SCHEMA}", (uri,))


def columns_of(connection: sqlite3.Connection, schema: str, table: str) -> dict[str, int]:
    """Column → its place in the primary key, 0 for none; empty without such a table."""
    rows = connection.execute("SELECT name, pk FROM pragma_table_info(?, ?)", (table, schema))
    return dict(rows.fetchall())


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class Theirs:
    """The rows that were there before, on a connection that has the copy attached."""

    def __init__(self, connection: sqlite3.Connection, *, is_attached: bool) -> None:
        self.connection = connection
        self.tables = _tables(connection) if is_attached else {}
        self.without_rowid = _without_rowid(connection)

    def key(self, table: str) -> tuple[str, ...]:
        """The primary key of a table; () for none, and where a row has NULL in it."""
        columns = self.tables[table]
        placed = sorted((place, name) for name, place in columns.items() if place)
        names = tuple(name for _, name in placed)
        empty = " OR ".join(f"{quoted(name)} IS NULL" for name in names) or "1"
        sql = f"SELECT 1 FROM {SCHEMA}.{quoted(table)} WHERE {empty} LIMIT 1"
        return () if self.connection.execute(sql).fetchone() else names

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """The named columns of their rows; None for a column that came later."""
        known = self.tables.get(table)
        if known is None:
            return []
        listed = ", ".join(quoted(one) if one in known else "NULL" for one in columns)
        sql = f"SELECT {listed} FROM {SCHEMA}.{quoted(table)}"
        return self.connection.execute(sql).fetchall()

    @functools.cached_property
    def ids(self) -> dict[str, frozenset[str]]:
        """Table to the ids of their rows."""
        with_id = [table for table, columns in self.tables.items() if "id" in columns]
        return {table: frozenset(row for (row,) in self.rows(table, "id")) for table in with_id}

    def holds(self, table: str, row_id: str) -> bool:
        """Whether the row was there before the migration."""
        return row_id in self.ids.get(table, ())

    def others(self, table: str) -> str:
        """SQL for the rows of a table that are not theirs, in the place of its name."""
        if table not in self.tables:
            return quoted(table)
        key = self.key(table)
        chosen = "new.*" if table in self.without_rowid else "new.rowid, new.*"
        same = " AND ".join(f"old.{quoted(name)} IS new.{quoted(name)}" for name in key)
        return (
            f"(SELECT {chosen} FROM main.{quoted(table)} AS new WHERE NOT EXISTS (SELECT 1 "
            f"FROM {SCHEMA}.{quoted(table)} AS old WHERE {same or 'old.rowid = new.rowid'}))"
        )


def _without_rowid(connection: sqlite3.Connection) -> frozenset[str]:
    """Tables of the database that number no rows."""
    listed = connection.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr")
    return frozenset(name for (name,) in listed)


def _tables(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Each ordinary table of the copy that holds rows → its columns."""
    listed = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = ? AND type = 'table'", (SCHEMA,)
    )
    names = [name for (name,) in listed if not name.startswith("sqlite_")]
    return {
        name: columns_of(connection, SCHEMA, name)
        for name in sorted(names)
        if connection.execute(f"SELECT 1 FROM {SCHEMA}.{quoted(name)} LIMIT 1").fetchone()
    }
