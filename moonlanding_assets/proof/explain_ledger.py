"""What the ledger's tables say of one document or row: quarantine, merges, placeholders.

Holds queries on the database; explain.py puts them together.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonlanding_assets.proof.explanation import (
    ROW_ID,
    MergeLine,
    PlaceholderLine,
    QuarantineLine,
    key_shape,
)
from moonlanding_assets.proof.reasons import PLACEHOLDER_REASONS, quarantine_words
from moonlanding_assets.proof.rebuild import StoredRow


@dataclass(frozen=True)
class Look:
    """What is looked at: the database, the one row that is asked for (None: all), how to show."""

    connection: sqlite3.Connection
    row: tuple[str, str] | None
    raw: Path | None
    show: bool

    def all(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Every row of a query."""
        return self.connection.execute(query, values).fetchall()


def quarantine(look: Look, path: str) -> tuple[QuarantineLine, ...]:
    """The quarantine of a document; for one row, of the document and of that row."""
    query = (
        "SELECT locator, table_name, field, reason FROM migration_quarantine WHERE path = ? "
        "ORDER BY 1, 2, 3"
    )
    own = (_locator(look), look.row[0] if look.row else "")
    lines = []
    for locator, table, field, reason in look.all(query, path):
        if look.row is not None and (locator, table) not in (("", ""), own):
            continue
        words = quarantine_words(reason)
        lines.append(
            QuarantineLine(
                locator=locator, table=table, field=field, reason=reason,
                meaning=words.meaning, remedy=words.remedy,
            )
        )  # fmt: skip
    return tuple(lines)


def _locator(look: Look) -> str:
    """The place of the row that is asked for; "" where it is a document's own row."""
    query = "SELECT locator FROM migration_items WHERE table_name = ? AND row_id = ?"
    found = look.all(query, *look.row) if look.row else []
    return str(found[0][0]) if found else ""


def merges(look: Look, row_id: str | None) -> tuple[MergeLine, ...]:
    """Every line of the merge that gave a user row; none for rows of other tables."""
    query = (
        "SELECT path, field, role, relation, needs_review FROM migration_user_merges "
        "WHERE user_id = ? ORDER BY path, field"
    )
    return tuple(
        MergeLine(path=path, field=field, role=role, relation=relation, needs_review=bool(review))
        for path, field, role, relation, review in look.all(query, row_id or "")
    )


def ids_in(rows: Sequence[StoredRow]) -> set[str]:
    """Every row id in the columns, also inside JSON arrays, but for the rows' own."""
    texts = (str(value) for row in rows for name, value in row.columns.items() if name != "id")
    return {found for text in texts for found in ROW_ID.findall(text)}


def invented(look: Look, ids: set[str]) -> tuple[PlaceholderLine, ...]:
    """The placeholder rows among these ids."""
    query = "SELECT table_name, row_id, key, reason FROM migration_placeholders ORDER BY 1, 2"
    return tuple(
        PlaceholderLine(
            table=table, row_id=row_id, key=key_shape(key, show=look.show), reason=reason,
            meaning=PLACEHOLDER_REASONS.get(reason, reason),
        )
        for table, row_id, key, reason in look.all(query)
        if row_id in ids
    )  # fmt: skip
