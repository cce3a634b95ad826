"""Every declared constraint on every table: foreign keys, NOT NULL, keys and UNIQUE.

Asks SQLite itself with enforcement on, and finds out whether the file still declares what the
schema declares: a constraint that was dropped finds no violation.
"""

from collections.abc import Iterator

from moonlanding_assets.errors import BrokenDatabase
from moonlanding_assets.schema.catalogue import BASE_TABLES, quoted
from moonlanding_assets.schema.columns import ForeignKey, Table
from moonlanding_assets.validate.before import SCHEMA
from moonlanding_assets.validate.called import called_for
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import TableResult, Tally

JUDGED = tuple(table.name for table in BASE_TABLES)
_SHOWN_ROWS = 1_000


def check_constraints(evidence: Evidence) -> tuple[TableResult, ...]:
    """One result for each base table that has rows, or should have some."""
    enforced = evidence.query("PRAGMA foreign_keys").fetchone()
    if enforced is None or enforced[0] != 1:
        raise BrokenDatabase("foreign keys are not enforced by this SQLite library. Use another.")
    expected = called_for(evidence)
    results = []
    for table in BASE_TABLES:
        tally = Tally(table.name)
        _declared(evidence, table, tally)
        _rows(evidence, table, tally)
        tally.evidence = expected.get(table.name, tally.compared)
        results.append(tally.result())
    return tuple(results)


def _declared(evidence: Evidence, table: Table, tally: Tally) -> None:
    """The constraints that the schema declares and the file does not have."""
    name, before = table.name, _Before(evidence, table.name)
    keys = {
        (column, parent, target or "id")
        for parent, column, target in evidence.query(
            'SELECT "table", "from", "to" FROM pragma_foreign_key_list(?)', name
        )
    }
    for key in table.foreign_keys:
        if (key.column, key.table, key.target) not in keys:
            if not before.lacked_key(key):
                tally.find("foreign_key_missing", column=key.column, detail=f"to {key.table}")
            _orphans(evidence, table, key, tally)
    _columns_declared(evidence, table, before, tally)
    unique = set(_unique_groups(evidence, name))
    for group in table.unique:
        if group not in unique:
            tally.find("unique_missing", column=", ".join(group))


def _columns_declared(evidence: Evidence, table: Table, before: "_Before", tally: Tally) -> None:
    columns = {
        column: (not_null, key)
        for column, not_null, key in evidence.query(
            'SELECT name, "notnull", pk FROM pragma_table_info(?)', table.name
        )
    }
    for column in table.columns:
        not_null, key = columns.get(column.name, (0, 0))
        if column.not_null and not not_null and not before.allowed_null(column.name):
            tally.find("not_null_missing", column=column.name)
        if column.primary_key != key:
            tally.find("primary_key_missing", column=column.name)


class _Before:
    """What production's own table declared: a constraint that it lacked cannot be added to it.

    Our rows must keep it all the same, and are asked one by one.
    """

    def __init__(self, evidence: Evidence, table: str) -> None:
        is_there = evidence.before.copy is not None
        self._columns = dict(
            evidence.query('SELECT name, "notnull" FROM pragma_table_info(?, ?)', table, SCHEMA)
            if is_there
            else ()
        )
        self._keys = set(
            evidence.query(
                'SELECT "from", "table" FROM pragma_foreign_key_list(?, ?)', table, SCHEMA
            )
            if is_there
            else ()
        )

    def lacked_key(self, key: ForeignKey) -> bool:
        """Whether the column was there, and the foreign key was not."""
        return key.column in self._columns and (key.column, key.table) not in self._keys

    def allowed_null(self, column: str) -> bool:
        """Whether the table was there, and the column was nullable or came later."""
        return bool(self._columns) and not self._columns.get(column)


def _unique_groups(evidence: Evidence, table: str) -> Iterator[tuple[str, ...]]:
    query = 'SELECT name FROM pragma_index_list(?) WHERE "unique" = 1'
    for (index,) in evidence.query(query, table).fetchall():
        found = evidence.query("SELECT name FROM pragma_index_info(?) ORDER BY seqno", index)
        yield tuple(name for (name,) in found)


def _rows(evidence: Evidence, table: Table, tally: Tally) -> None:
    """Rows that break a constraint; references are counted per foreign key."""
    columns = [key.column for key in table.foreign_keys]
    required = [column.name for column in table.columns if column.not_null or column.primary_key]
    counted = ", ".join(["count(*)", *(f"count({quoted(name)})" for name in columns)])
    found = evidence.query(f"SELECT {counted} FROM {quoted(table.name)}").fetchone()
    tally.compared = found[0]
    tally.counts = {
        f"{key.column} -> {key.table}": count
        for key, count in zip(table.foreign_keys, found[1:], strict=False)
    }
    filled = ", ".join(["count(*)", *(f"count({quoted(name)})" for name in required)])
    rows, *counts = evidence.query(f"SELECT {filled} FROM {evidence.ours(table.name)}").fetchone()
    for name, count in zip(required, counts, strict=True):
        if count != rows:
            _nulls(evidence, table, name, tally)
    _violations(evidence, table, tally)


def _nulls(evidence: Evidence, table: Table, column: str, tally: Tally) -> None:
    sql = f"SELECT {_key(table)} FROM {evidence.ours(table.name)} WHERE {quoted(column)} IS NULL"
    for (row_id,) in evidence.query(sql).fetchmany(_SHOWN_ROWS):
        tally.find("null_in_required_column", row_id=str(row_id), column=column)


def _violations(evidence: Evidence, table: Table, tally: Tally) -> None:
    """What PRAGMA foreign_key_check says, with the row named by its id."""
    columns = dict(evidence.query('SELECT id, "from" FROM pragma_foreign_key_list(?)', table.name))
    sql = "SELECT rowid, parent, fkid FROM pragma_foreign_key_check(?)"
    for rowid, parent, number in evidence.query(sql, table.name).fetchall():
        named = f"SELECT {_key(table)} FROM {quoted(table.name)} WHERE rowid = ?"
        row = evidence.query(named, rowid).fetchone()
        tally.find(
            "parent_missing",
            row_id=str(row[0]) if row else f"rowid {rowid}",
            column=columns.get(number, ""),
            detail=f"no such row in {parent}",
        )


def _orphans(evidence: Evidence, table: Table, key: ForeignKey, tally: Tally) -> None:
    """Violations of a foreign key that the file does not declare any more."""
    column, parent = quoted(key.column), quoted(key.table)
    sql = (
        f"SELECT {_key(table)} FROM {quoted(table.name)} AS child WHERE {column} IS NOT NULL AND "
        f"NOT EXISTS (SELECT 1 FROM {parent} AS parent "
        f"WHERE parent.{quoted(key.target)} = child.{column})"
    )
    for (row_id,) in evidence.query(sql).fetchmany(_SHOWN_ROWS):
        tally.find("parent_missing", row_id=str(row_id), column=key.column)


def _key(table: Table) -> str:
    """The SQL of what names a row: its id, or its rowid where the table has no key."""
    return "id" if any(column.name == "id" for column in table.columns) else "rowid"
