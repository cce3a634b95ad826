"""The quarantine for people: what lies there, why, and what to do.

Reads a finished database; gives ids, field names and counts only. Words of reasons: reasons.py.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonlanding_assets.contract.suggest import printable
from moonlanding_assets.errors import LoadError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.proof.reasons import Words, quarantine_words

LIMIT = 50


@dataclass(frozen=True, kw_only=True)
class QuarantineGroup:
    """How often one reason occurs in one place of one collection.

    table and field are "" for whole documents; `what` is document, item or field.
    """

    reason: str
    collection: str
    what: str
    table: str
    field: str
    count: int
    documents: int
    words: Words


@dataclass(frozen=True, kw_only=True)
class QuarantineEntry:
    """One line: `locator` "" is the document itself, `field` "" the whole document or item."""

    path: str
    collection: str
    locator: str
    table: str
    field: str
    reason: str


def list_quarantine(database: Path) -> tuple[QuarantineGroup, ...]:
    """Everything in quarantine by reason, collection and field, the most frequent first.

    Replay after a fix: there is no second way in. The quarantine is an outcome of normalize, which
    is a pure function of the snapshot and the declarations, so correct the document in the source
    and take a new snapshot (or add the declaration), and migrate the fraction again. The stage is
    then the same, row for row, as if the fix had been there from the start; nothing of the earlier
    run is read. A new declaration of a collection needs a new snapshot of the same export, since
    the snapshot names collections.

    Raises LoadError when the database is missing or was not made by a migration.
    """
    query = (
        "SELECT q.reason, d.collection, CASE WHEN q.field <> '' THEN 'field' "
        "WHEN q.locator <> '' THEN 'item' ELSE 'document' END AS what, q.table_name, q.field, "
        "count(*) AS lines, count(DISTINCT q.path) "
        "FROM migration_quarantine q JOIN migration_documents d USING (path) "
        "GROUP BY 1, 2, 3, 4, 5 ORDER BY lines DESC, 1, 2, 3, 4, 5"
    )
    return tuple(
        QuarantineGroup(
            reason=reason, collection=collection, what=what, table=table, field=field,
            count=count, documents=documents, words=quarantine_words(reason),
        )
        for reason, collection, what, table, field, count, documents in _rows(database, query)
    )  # fmt: skip


def show_quarantine(
    database: Path, *, reason: str = "", collection: str = "", path: str = "", limit: int = LIMIT
) -> tuple[QuarantineEntry, ...]:
    """The first `limit` entries in the order of their paths; "" leaves a filter out.

    Raises LoadError when the database is missing or was not made by a migration.
    """
    query = (
        "SELECT q.path, d.collection, q.locator, q.table_name, q.field, q.reason "
        "FROM migration_quarantine q JOIN migration_documents d USING (path) "
        "WHERE q.reason = coalesce(nullif(?, ''), q.reason) "
        "AND d.collection = coalesce(nullif(?, ''), d.collection) "
        "AND q.path = coalesce(nullif(?, ''), q.path) ORDER BY 1, 3, 4, 5 LIMIT ?"
    )
    return tuple(
        QuarantineEntry(
            path=one[0], collection=one[1], locator=one[2], table=one[3], field=one[4],
            reason=one[5],
        )
        for one in _rows(database, query, reason, collection, path, limit)
    )  # fmt: skip


def render_groups(groups: tuple[QuarantineGroup, ...]) -> str:
    """The groups under their reasons, each reason with its meaning and remedy."""
    if not groups:
        return "Nothing is in quarantine.\n"
    lines: list[str] = []
    for reason in dict.fromkeys(one.reason for one in groups):
        words = quarantine_words(reason)
        lines += [f"{reason}: {words.meaning}", f"  to do: {words.remedy}"]
        for one in groups:
            if one.reason == reason:
                what = f"{one.table}.{one.field}" if one.field else one.table
                where = printable(f"{one.collection} {one.what} {what}".rstrip())
                noun = "document" if one.documents == 1 else "documents"
                lines.append(f"  {one.count:>8}  {where}  in {one.documents} {noun}")
    return "\n".join(lines) + "\n"


def render_entries(entries: tuple[QuarantineEntry, ...]) -> str:
    """One line an entry: path, place in it, table and field, reason."""
    if not entries:
        return "Nothing in quarantine fits.\n"
    lines = []
    for one in entries:
        place = f"#{one.locator}" if one.locator else ""
        what = ".".join(part for part in (one.table, one.field) if part)
        said = [part for part in (f"{one.path}{place}", what, one.reason) if part]
        lines.append(printable("  ".join(said)))
    return "\n".join(lines) + "\n"


def _rows(database: Path, query: str, *values: str | int) -> list[tuple[Any, ...]]:
    if not database.is_file():
        raise LoadError(f"{database} does not exist: migrate the fraction first.")
    try:
        with reading(database) as connection:
            return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError as error:
        raise LoadError(f"{database} holds no ledger of a migration: {error}.") from error
