"""The words in which a table is declared: Column, ForeignKey, Index, Table, SearchIndex, View.

Holds no declaration of a table and no SQL.
"""

from dataclasses import dataclass
from typing import Literal

SqlType = Literal["TEXT", "INTEGER", "REAL", "BOOLEAN", "ANY"]
Meaning = Literal[
    "key", "reference", "time", "boolean", "json", "number", "text", "path", "email", "any",
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: its declared type, and what its values mean (`meaning`).

    `default` is the SQL text of the default clause, as the schema declares it.
    """

    name: str
    type: SqlType = "TEXT"
    meaning: Meaning = "text"
    not_null: bool = False
    default: str | None = None
    primary_key: int = 0
    is_later: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """One column that must hold the id of a row in `table`."""

    column: str
    table: str
    target: str = "id"


@dataclass(frozen=True)
class Index:
    """A secondary index, made by CREATE INDEX."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True)
class Table:
    """A base table. `unique`: column groups with a UNIQUE constraint. `is_strict`: STRICT table."""

    name: str
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    is_strict: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError names the table when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The names of the key columns, in key order."""
        keyed = [column for column in self.columns if column.primary_key]
        return tuple(one.name for one in sorted(keyed, key=_key_order))


@dataclass(frozen=True)
class SearchIndex:
    """An FTS5 table over columns of a content table; a hit's rowid is the row's rowid."""

    name: str
    content: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """A second, plural name of a table."""

    name: str
    table: str


def _key_order(column: Column) -> int:
    return column.primary_key
