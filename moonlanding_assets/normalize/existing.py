"""What an existing production database holds that a migration must respect: its people, its keys.

Reads only, and changes nothing: rows that are there stay as they are. Whether its schema fits is
load/existing.py's business.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from moonlanding_assets.errors import RejectedValue, TargetRefused
from moonlanding_assets.mapping.people import normal_email
from moonlanding_assets.mapping.times import utc_text
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.schema.catalogue import BASE_TABLES, TABLE, quoted
from moonlanding_assets.schema.columns import Column

_VERSION_FIVE = "________-____-5___-____-____________"  # the ids that a migration makes
UserRow = Mapping[str, SqlValue]


@dataclass(frozen=True, kw_only=True)
class Existing:
    """users: normalised e-mail → row. emails: row id → e-mail as it stands there.

    taken: table → the ids of its rows, of those ids that a migration could make again.
    """

    users: Mapping[str, UserRow] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, frozenset[str]] = field(default_factory=dict)


NO_EXISTING = Existing()


def read_existing(database: Path | None) -> Existing:
    """People and keys of the database; nothing without one.

    Of several users with the same normalised e-mail the one spelled that way wins, else the
    smallest id. Raises TargetRefused for what is no database, and for the result of a migration:
    its rows would count as production's.
    """
    if database is None:
        return NO_EXISTING
    if not database.is_file():
        raise TargetRefused(f"{database}: there is no such database")
    uri = f"{database.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("BEGIN")  # one view of all tables
            _refuse_migrated(connection, database)
            rows = list(_users(connection))
            return Existing(
                users={address: row for address, row in _by_email(rows)},
                emails={str(row["id"]): str(row["email"]) for row in rows},
                taken={table.name: _taken(connection, table.name) for table in BASE_TABLES},
            )
    except sqlite3.DatabaseError as error:
        raise TargetRefused(f"{database}: cannot be read: {error}") from error


def _refuse_migrated(connection: sqlite3.Connection, database: Path) -> None:
    if not _columns(connection, "migration_documents"):
        return
    if connection.execute("SELECT 1 FROM migration_documents LIMIT 1").fetchone():
        raise TargetRefused(
            f"{database}: holds the result of an earlier migration; migrate into the production "
            "database from before it, or restore that one first"
        )


def _users(connection: sqlite3.Connection) -> Iterator[UserRow]:
    found = _columns(connection, "users")
    declared = TABLE["users"].columns
    if not {"id", "email"} <= set(found):
        return
    # a column that comes later is added with its default, so that is what the row will hold
    parts = [quoted(one.name) if one.name in found else one.default or "NULL" for one in declared]
    for row in connection.execute(f"SELECT {', '.join(parts)} FROM users ORDER BY id"):
        yield {one.name: _as_text(one, value) for one, value in zip(declared, row, strict=True)}


def _as_text(column: Column, value: SqlValue) -> SqlValue:
    """A time as ISO text, also where the application stored whole Unix seconds."""
    if column.meaning != "time" or not isinstance(value, int):
        return value
    try:
        return utc_text(value * 1000)
    except RejectedValue:
        return value  # no moment of years 0001 to 9999: only ever compared, never written


def _by_email(rows: list[UserRow]) -> Iterator[tuple[str, UserRow]]:
    best: dict[str, UserRow] = {}
    for row in rows:
        try:
            address = normal_email(str(row["email"]))
        except RejectedValue:
            continue
        if address is not None and (address not in best or row["email"] == address):
            best[address] = row
    yield from sorted(best.items())


def _taken(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    if "id" not in _columns(connection, table):
        return frozenset()
    query = f"SELECT id FROM {quoted(table)} WHERE id LIKE ?"
    return frozenset(str(one) for (one,) in connection.execute(query, (_VERSION_FIVE,)))


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]
