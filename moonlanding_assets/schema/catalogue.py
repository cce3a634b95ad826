"""The whole target in one place, and its rendering: SQLAlchemy MetaData and SQLite DDL.

Declares no table itself (shared.py, friday.py, mwr.py, migration.py) and executes nothing.
32 base tables + 16 search indexes of 5 tables each (one virtual, four that FTS5 makes) = 112.
"""

from functools import cache
from typing import Any

import sqlalchemy
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine, UserDefinedType

from moonlanding_assets.schema import friday, mwr, shared
from moonlanding_assets.schema.columns import Column, SearchIndex, SqlType, Table, View
from moonlanding_assets.schema.migration import MIGRATION_TABLES
from moonlanding_assets.schema.search import SEARCH
from moonlanding_assets.schema.views import VIEWS

__all__ = ["BASE_TABLES", "MIGRATION_TABLES", "SEARCH", "TABLE", "VIEWS"]

# Parents first, but for rfi and rfi_response, which refer to each other.
BASE_TABLES: tuple[Table, ...] = (
    shared.USERS, shared.TEAM, shared.CLIENT, shared.CLIENT_USER, shared.SESSIONS,
    friday.ENGAGEMENT, friday.LETTER, friday.RFI_SECTION,
    friday.RFI, friday.RFI_RESPONSE, friday.RFIS, friday.RFI_QUESTIONS, friday.RFI_RESPONSES,
    friday.MESSAGE, friday.FILE, friday.EMAIL,
    shared.REVIEW_TEMPLATE, shared.TEMPLATE_SECTION,
    mwr.REVIEW, mwr.HIGHLIGHT, mwr.HIGHLIGHT_COMMENT, mwr.REMOVED_HIGHLIGHT,
    mwr.CHECKLIST, mwr.CHECKLIST_ITEM, mwr.COLLABORATOR, mwr.FLAG, mwr.TENDER,
    shared.CHAT_MESSAGES, shared.CHAT_MENTIONS,
    shared.AUDIT_LOGS, shared.PERMISSION_AUDIT, shared.JOB_EXECUTION_LOG,
)  # fmt: skip

TABLE: dict[str, Table] = {table.name: table for table in (*BASE_TABLES, *MIGRATION_TABLES)}


class _Any(UserDefinedType[object]):
    """SQLite's ANY: in a STRICT table it keeps a value exactly as it was bound."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "ANY"


_TYPES: dict[SqlType, TypeEngine[Any]] = {
    "TEXT": sqlalchemy.TEXT(),
    "INTEGER": sqlalchemy.INTEGER(),
    "REAL": sqlalchemy.REAL(),
    "BOOLEAN": sqlalchemy.BOOLEAN(),
    "ANY": _Any(),
}


@cache
def metadata() -> sqlalchemy.MetaData:
    """Base and migration tables with keys, UNIQUE constraints and indexes; no search, no views."""
    target = sqlalchemy.MetaData()
    for table in TABLE.values():
        _render(table, target)
    return target


def table_ddl(table: Table) -> str:
    """CREATE TABLE with all constraints, without secondary indexes."""
    return str(CreateTable(metadata().tables[table.name]).compile(dialect=sqlite.dialect()))


def index_ddl(table: Table) -> tuple[str, ...]:
    """One CREATE INDEX IF NOT EXISTS for each secondary index, in declared order."""
    made = {str(index.name): index for index in metadata().tables[table.name].indexes}
    return tuple(
        str(CreateIndex(made[index.name], if_not_exists=True).compile(dialect=sqlite.dialect()))
        for index in table.indexes
    )


def added_column_ddl(table: Table, column: Column) -> str:
    """ALTER TABLE ADD COLUMN for a table that exists: nullable, with default and foreign key."""
    rendered = sqlalchemy.Column(column.name, _TYPES[column.type], server_default=_default(column))
    sqlalchemy.Table(table.name, sqlalchemy.MetaData(), rendered)
    clause = str(CreateColumn(rendered).compile(dialect=sqlite.dialect()))
    for key in table.foreign_keys:
        if key.column == column.name:
            clause += f" REFERENCES {quoted(key.table)} ({quoted(key.target)})"
    return f"ALTER TABLE {quoted(table.name)} ADD COLUMN {clause}"


def search_ddl(index: SearchIndex) -> str:
    """CREATE VIRTUAL TABLE over the content table's own rowid (no content_rowid)."""
    columns = ", ".join(quoted(column) for column in index.columns)
    content = index.content.replace("'", "''")
    return f"CREATE VIRTUAL TABLE {quoted(index.name)} USING fts5({columns}, content='{content}')"


def view_ddl(view: View) -> str:
    """CREATE VIEW that shows the table under its plural name."""
    return f"CREATE VIEW {quoted(view.name)} AS SELECT * FROM {quoted(view.table)}"


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _render(table: Table, target: sqlalchemy.MetaData) -> None:
    keys = {key.column: key for key in table.foreign_keys}
    columns = [
        sqlalchemy.Column(
            column.name,
            _TYPES[column.type],
            *_foreign(keys[column.name].table, keys[column.name].target)
            if column.name in keys
            else (),
            nullable=not column.not_null,
            server_default=_default(column),
            autoincrement=False,
        )
        for column in table.columns
    ]
    constraints: list[sqlalchemy.Constraint] = [
        sqlalchemy.UniqueConstraint(*group) for group in table.unique
    ]
    if table.primary_key:
        constraints.append(sqlalchemy.PrimaryKeyConstraint(*table.primary_key))
    made = sqlalchemy.Table(
        table.name, target, *columns, *constraints, sqlite_strict=table.is_strict
    )
    for index in table.indexes:
        parts = [made.c[name] for name in index.columns]
        sqlalchemy.Index(index.name, *parts, unique=index.unique)


def _foreign(table: str, column: str) -> tuple[sqlalchemy.ForeignKey]:
    return (sqlalchemy.ForeignKey(f"{table}.{column}"),)


def _default(column: Column) -> sqlalchemy.TextClause | None:
    return None if column.default is None else sqlalchemy.text(column.default)
