"""The tables that the migration itself needs, all named migration_*: ledger, residue, rectangles.

Holds no table of the application.
"""

from moonlanding_assets.schema.columns import Column, Index, Table

DOCUMENTS = Table(
    "migration_documents",  # every document of the snapshot, with its one outcome
    (
        Column("path", not_null=True, primary_key=1),
        Column("collection", not_null=True),
        Column("outcome", not_null=True),  # loaded, merged, quarantined, declared
        Column("reason", not_null=True),  # '' when loaded
        Column("table_name"),
        Column("row_id"),
        Column("sha256", not_null=True),  # of the canonical fields
        Column("leaves_mapped", "INTEGER", "number", not_null=True),
        Column("leaves_residue", "INTEGER", "number", not_null=True),
        Column("leaves_quarantined", "INTEGER", "number", not_null=True),
        Column("leaves_declared", "INTEGER", "number", not_null=True),
    ),
    indexes=(Index("idx_migration_documents_row", ("row_id", "table_name")),),
)

ITEMS = Table(
    "migration_items",  # every row that an array item became
    (
        Column("table_name", not_null=True, primary_key=1),
        Column("row_id", not_null=True, primary_key=2),
        Column("path", not_null=True),
        Column("locator", not_null=True),  # highlights[KEY], highlights[KEY].responses[KEY]
        Column("position", not_null=True),  # JSON path: ["highlights",3,"responses",0]
    ),
    indexes=(Index("idx_migration_items_path", ("path",)),),
)

RESIDUE = Table(
    "migration_residue",  # what the inverse of the rows does not give back exactly
    (
        Column("path", not_null=True, primary_key=1),
        Column("field", not_null=True, primary_key=2),  # JSON array of keys and indexes
        Column("reason", not_null=True),  # no_column, form, alias, rejected, declared, merged, ...
        Column("value"),  # canonical REST JSON of the value
    ),
)

QUARANTINE = Table(
    "migration_quarantine",  # documents, array items and values that could not be carried
    (
        Column("path", not_null=True, primary_key=1),
        Column("locator", not_null=True, primary_key=2),  # '' for the whole document
        Column("table_name", not_null=True, primary_key=3),
        Column("field", not_null=True, primary_key=4),  # '' for the whole document or item
        Column("reason", not_null=True),
    ),
)

DERIVED = Table(
    "migration_derived",  # values that the source did not have, with the rule that gave them
    (
        Column("table_name", not_null=True, primary_key=1),
        Column("row_id", not_null=True, primary_key=2),
        Column("column_name", not_null=True, primary_key=3),
        Column("rule", not_null=True),
    ),
)

PLACEHOLDERS = Table(
    "migration_placeholders",  # rows invented so that a reference can hold
    (
        Column("table_name", not_null=True, primary_key=1),
        Column("row_id", not_null=True, primary_key=2),
        Column("key", not_null=True),  # what the references say: a path, or "email:..."
        Column("reason", not_null=True),
    ),
)

USER_MERGES = Table(
    "migration_user_merges",  # one row for each document merged into a user row, per field
    (
        Column("user_id", not_null=True, primary_key=1),
        Column("path", not_null=True, primary_key=2),
        Column("field", not_null=True, primary_key=3),  # a column of users; '' the merge itself
        Column("role", not_null=True),  # winner, loser
        Column("relation", not_null=True),  # equal, filled, conflict
        Column("needs_review", "INTEGER", "boolean", not_null=True),
    ),
)

RUN = Table(
    "migration_run",  # what this database was made from
    (Column("key", not_null=True, primary_key=1), Column("value", not_null=True)),
)

_NUMBERS = ("page_number", "x1", "y1", "x2", "y2", "width", "height")

HIGHLIGHT_RECTS = Table(
    "migration_highlight_rects",  # one row for each rectangle; numbers keep kind and every bit
    (
        Column("highlight_id", not_null=True, primary_key=1),
        Column("kind", not_null=True, primary_key=2),  # bounding, rect
        Column("ordinal", "INTEGER", "number", not_null=True, primary_key=3),
        *(Column(name, "ANY", "any") for name in _NUMBERS),
    ),
    is_strict=True,
)

MIGRATION_TABLES = (
    DOCUMENTS, ITEMS, RESIDUE, QUARANTINE, DERIVED, PLACEHOLDERS, USER_MERGES, RUN,
    HIGHLIGHT_RECTS,
)  # fmt: skip
