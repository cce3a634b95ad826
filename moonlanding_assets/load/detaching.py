"""The ledger's tables taken out of the database: copied into a file of their own, then dropped.

Holds no decision about when (cutover/archive/sealing.py). Undo: the copy, whose tables can be
attached and copied back.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from moonlanding_assets.errors import TargetRefused
from moonlanding_assets.load.digest import table_digests
from moonlanding_assets.load.files import create_private
from moonlanding_assets.load.opening import reading
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.schema.catalogue import MIGRATION_TABLES, quoted

_NAMES = tuple(one.name for one in MIGRATION_TABLES)


def has_ledger(database: Path) -> bool:
    """Whether every migration_* table is there."""
    with reading(database) as connection:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        names = {name for (name,) in connection.execute(query)}
    return names >= set(_NAMES)


def copy_ledger(database: Path, copy: Path) -> None:
    """Every migration_* table, row by row, into a new database file."""
    create_private(copy)
    with reading(database) as source:
        statements = dict(
            source.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
        )
    missing = [name for name in _NAMES if name not in statements]
    if missing:
        raise TargetRefused(f"{database}: has no table {missing[0]}; its ledger was taken out")
    with closing(sqlite3.connect(copy.resolve().as_uri(), uri=True)) as target, target:
        target.execute("ATTACH ? AS source", (f"{database.resolve().as_uri()}?mode=ro",))
        for name in _NAMES:
            target.execute(statements[name])
            target.execute(f"INSERT INTO {quoted(name)} SELECT * FROM source.{quoted(name)}")


def ledger_digests(database: Path) -> dict[str, str]:
    """The digest of each migration_* table of a database, as table_digests gives them."""
    found = table_digests(database)
    return {name: found[name] for name in _NAMES}


def drop_ledger(database: Path, archived: Mapping[str, str]) -> int:
    """Drop the migration_* tables, which must be as archived; the bytes that the file lost.

    Raises TargetRefused where a table is another one than that archived, TargetBusy.
    """
    before = database.stat().st_size
    with Lease(database):
        found = ledger_digests(database)
        changed = [name for name in _NAMES if found[name] != archived.get(name)]
        if changed:
            raise TargetRefused(
                f"{database}: {changed[0]} is not as it was archived; make another archive"
            )
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for name in reversed(_NAMES):
                connection.execute(f"DROP TABLE {quoted(name)}")
            connection.execute("COMMIT")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return before - database.stat().st_size
