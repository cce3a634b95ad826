"""Short phrases made of the words of columns.py, so that a table is declared in few lines.

Holds the columns that many tables share and one phrase for each meaning. Holds no table.
"""

from dataclasses import replace

from moonlanding_assets.schema.columns import Column, ForeignKey, Index

KEY = Column("id", "TEXT", "key", primary_key=1)
CREATED_AT = Column("created_at", "INTEGER", "time", not_null=True)
UPDATED_AT = Column("updated_at", "INTEGER", "time")
ALWAYS_UPDATED_AT = Column("updated_at", "INTEGER", "time", not_null=True)
CREATED_BY = Column("created_by", "TEXT", "reference")
UPDATED_BY = Column("updated_by", "TEXT", "reference")


def text(name: str, *, required: bool = False, default: str | None = None) -> Column:
    """Free text, or one word of an enumeration."""
    return Column(name, "TEXT", "text", not_null=required, default=default)


def json(name: str, *, required: bool = False, default: str | None = None) -> Column:
    """Canonical JSON text."""
    return Column(name, "TEXT", "json", not_null=required, default=default)


def digits(name: str, *, required: bool = False, default: str | None = None) -> Column:
    """A number that the application keeps as text: 2026, 40, 5."""
    return Column(name, "TEXT", "number", not_null=required, default=default)


def whole(name: str, *, default: str | None = None) -> Column:
    """A whole number."""
    return Column(name, "INTEGER", "number", default=default)


def real(name: str) -> Column:
    """A double; SQLite turns NaN into NULL and -0.0 into 0.0 here."""
    return Column(name, "REAL", "number")


def boolean(name: str, *, default: str | None = "false") -> Column:
    """0 or 1; `false` and `true` are SQLite's keywords for them."""
    return Column(name, "INTEGER", "boolean", default=default)


def time(name: str, *, required: bool = False, default: str | None = None) -> Column:
    """A moment in UTC: ISO 8601 text or whole Unix seconds, one form in the whole database."""
    return Column(name, "INTEGER", "time", not_null=required, default=default)


def email(name: str, *, required: bool = False) -> Column:
    """One e-mail address."""
    return Column(name, "TEXT", "email", not_null=required)


def path(name: str) -> Column:
    """Where a file lies in storage, without host and query string."""
    return Column(name, "TEXT", "path")


def reference(name: str, *, required: bool = False) -> Column:
    """The id of a row in another table; the table's foreign keys say in which."""
    return Column(name, "TEXT", "reference", not_null=required)


def later(*columns: Column) -> tuple[Column, ...]:
    """Columns that the original 112 tables did not have."""
    return tuple(replace(column, is_later=True) for column in columns)


def to_users(*columns: str) -> tuple[ForeignKey, ...]:
    """Foreign keys of those columns to users.id."""
    return tuple(ForeignKey(column, "users") for column in columns)


def indexes(table: str, *columns: str) -> tuple[Index, ...]:
    """One index a column, named as the application names them: idx_TABLE_COLUMN."""
    return tuple(Index(f"idx_{table}_{column}", (column,)) for column in columns)


def later_indexes(table: str, *columns: str) -> tuple[Index, ...]:
    """One index a column that the original lacks: idx_TABLE_COLUMN_later."""
    return tuple(Index(f"idx_{table}_{column}_later", (column,)) for column in columns)
