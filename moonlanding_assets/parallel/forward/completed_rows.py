"""The columns that other rows fill (normalize/complete.py), for the rows that a change concerns.

The same rules, in SQLite's SQL, for one row at a time; a test compares a database that was written
document by document with a migration of the same documents. Holds no transaction.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.parallel.forward.difference import Row, RowChange, write
from moonlanding_assets.parallel.forward.synced_database import timestamp_storage
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.schema.migration import RUN


@dataclass(frozen=True, kw_only=True)
class Filled:
    """One column of one table, from `query` (parameter :id). `rule`: as recorded, "" if it is not.

    Where a rule is recorded, only columns that are recorded as derived are filled again.
    """

    table: str
    column: str
    query: str
    rule: str = ""


FILLED = (
    Filled(
        table="rfi", column="last_response_date",
        query="SELECT max(response_date) FROM rfi_response WHERE rfi_id = :id",
    ),
    Filled(
        table="rfi", column="primary_response_id",
        query="SELECT id FROM rfi_response WHERE rfi_id = :id "
        "ORDER BY response_date DESC, id DESC LIMIT 1",
    ),
    Filled(
        table="chat_messages", column="rfi_id",
        query="""
            SELECT rfi.id FROM rfi JOIN (
                SELECT row_id, path AS above FROM migration_documents
                WHERE collection = 'friday/engagements'
                UNION ALL SELECT row_id, key FROM migration_placeholders
                WHERE table_name = 'engagement') found ON found.row_id = rfi.engagement_id
            JOIN migration_documents chat ON chat.row_id = :id
                AND chat.collection = 'friday/engagements_chat'
                AND substr(chat.path, 1, length(above) + 1) = above || '/'
            ORDER BY rfi.created_at, rfi.id LIMIT 1""",
    ),
    Filled(
        table="review", column="starred_by",
        query="""
            SELECT json_group_array(person) FROM (
                SELECT users.id AS person FROM users, json_each(users.priority_reviews) AS one
                WHERE one.value = :id ORDER BY users.id)""",
    ),
    Filled(
        table="review", column="total_highlights",
        query="SELECT cast(count(*) AS TEXT) FROM highlight WHERE review_id = :id",
    ),
    Filled(
        table="review", column="resolved_highlights",
        query="SELECT cast(count(*) AS TEXT) FROM highlight "
        "WHERE review_id = :id AND status = 'resolved'",
    ),
    Filled(
        table="engagement", column="created_at", rule="earliest_rfi",
        query="SELECT min(created_at) FROM rfi WHERE engagement_id = :id",
    ),
    Filled(
        table="client", column="created_at", rule="earliest_engagement",
        query="SELECT min(created_at) FROM engagement WHERE client_id = :id",
    ),
)  # fmt: skip
#: table whose rows change → (column that says which row is concerned, table of that row)
_CONCERNS = {
    "rfi_response": (("rfi_id", "rfi"),),
    "rfi": (("id", "rfi"), ("engagement_id", "engagement")),
    "chat_messages": (("id", "chat_messages"),),
    "review": (("id", "review"),),
    "highlight": (("review_id", "review"),),
    "engagement": (("id", "engagement"), ("client_id", "client")),
    "client": (("id", "client"),),
}
_CHATS = "friday/engagements_chat"
_FIRST = {"starred_by": "[]", "total_highlights": "0", "resolved_highlights": "0"}
_NO_TIME = "snapshot_time"


def begin_completed(rows: dict[str, list[Row]], *, snapshot_time: str) -> None:
    """Give the new rows what they begin with where nothing else fills them; recorded as derived."""
    for one in FILLED:
        first = snapshot_time if one.rule else _FIRST.get(one.column)
        place = _place(one.table, one.column)
        for number, row in enumerate(rows.get(one.table, ())):
            if first is None or row[place] is not None:
                continue
            rows[one.table][number] = (*row[:place], first, *row[place + 1 :])
            if one.rule:
                line = (one.table, row[_place(one.table, "id")], one.column, _NO_TIME)
                rows.setdefault("migration_derived", []).append(line)


def complete_rows(connection: sqlite3.Connection, changes: Iterable[RowChange]) -> None:
    """Fill again every row that these changes concern, and the rows that this concerns in turn."""
    concerned: dict[str, set[str]] = {}
    for change in changes:
        _concern(connection, concerned, change)
    for one in FILLED:  # in an order in which a change concerns only what comes later
        for identity in sorted(concerned.get(one.table, ())):
            for change in _fill(connection, one, identity):
                _concern(connection, concerned, change)


def _concern(
    connection: sqlite3.Connection, concerned: dict[str, set[str]], change: RowChange
) -> None:
    for row in (change.old, change.new):
        for column, table in _CONCERNS.get(change.table, ()):
            if row is not None:
                identity = str(row[_place(change.table, column)])
                concerned.setdefault(table, set()).add(identity)
                if table == "engagement":
                    found = _chats_of(connection, identity)
                    concerned.setdefault("chat_messages", set()).update(found)


def _chats_of(connection: sqlite3.Connection, engagement: str) -> Iterator[str]:
    """Friday's chats below the engagement, also below one that is missing."""
    query = (
        "SELECT chat.row_id FROM (SELECT path AS above FROM migration_documents WHERE row_id = ?1 "
        "UNION SELECT key FROM migration_placeholders "
        "WHERE table_name = 'engagement' AND row_id = ?1) "
        "JOIN migration_documents chat ON chat.path > above || '/' AND chat.path < above || '0' "
        "WHERE chat.collection = ?2"
    )
    for (identity,) in connection.execute(query, (engagement, _CHATS)):
        yield str(identity)


def _fill(connection: sqlite3.Connection, one: Filled, identity: str) -> Iterator[RowChange]:
    """The change of one column of one row, carried out."""
    columns = ", ".join(quoted(column.name) for column in TABLE[one.table].columns)
    query = f"SELECT rowid, {columns} FROM {quoted(one.table)} WHERE id = ?"
    found = connection.execute(query, (identity,)).fetchone()
    if found is None or not _is_ours(connection, one, identity):
        return
    old, place = tuple(found[1:]), _place(one.table, one.column)
    value = connection.execute(one.query, {"id": identity}).fetchone()
    new = None if value is None else value[0]
    if one.rule:
        new = _recorded(connection, one, identity, new)
    if old[place] != new:
        row = (*old[:place], new, *old[place + 1 :])
        change = RowChange(table=one.table, key=(identity,), rowid=found[0], old=old, new=row)
        write(connection, [change])
        yield change


def _is_ours(connection: sqlite3.Connection, one: Filled, identity: str) -> bool:
    """A column of which it is recorded, or which is always filled; chats of reviews have no RFI."""
    if one.rule:
        query = (
            "SELECT 1 FROM migration_derived WHERE table_name = ? AND row_id = ? "
            "AND column_name = ? AND rule IN (?, ?)"
        )
        values = (one.table, identity, one.column, one.rule, _NO_TIME)
        return connection.execute(query, values).fetchone() is not None
    if one.table != "chat_messages":
        return True
    query = "SELECT 1 FROM migration_documents WHERE row_id = ? AND collection = ?"
    return connection.execute(query, (identity, _CHATS)).fetchone() is not None


def _recorded(
    connection: sqlite3.Connection, one: Filled, identity: str, value: SqlValue
) -> SqlValue:
    """The time, or the snapshot's where nothing gives one; which of both is noted."""
    rule = one.rule if value is not None else _NO_TIME
    connection.execute(
        "UPDATE migration_derived SET rule = ? "
        "WHERE table_name = ? AND row_id = ? AND column_name = ?",
        (rule, one.table, identity, one.column),
    )
    return _snapshot_time(connection) if value is None else value


def _snapshot_time(connection: sqlite3.Connection) -> SqlValue:
    query = f"SELECT value FROM {RUN.name} WHERE key = 'snapshot_time'"
    text = str(connection.execute(query).fetchone()[0])
    if timestamp_storage(connection) == "unix_seconds":
        return int(datetime.fromisoformat(text).timestamp())
    return text


@cache
def _place(table: str, column: str) -> int:
    return [one.name for one in TABLE[table].columns].index(column)
