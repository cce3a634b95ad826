"""Every row that the target had before the migration: still there, and unchanged in every column.

Compares the copy in the snapshot with the database. A table that only the copy knows must hold
exactly the rows that it held.
"""

from collections import Counter

from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.validate.before import SCHEMA, columns_of, quoted
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.validator import Tallies, Tally

STANDING = "already_there"
_SHOWN_ROWS = 1_000


def compare_standing(evidence: Evidence, tallies: Tallies) -> None:
    """Judge all tables of the copy that hold rows; without a copy there is nothing to judge."""
    for table, columns in evidence.theirs.tables.items():
        tally = tallies[table]
        known = columns_of(evidence.connection, "main", table)
        lost = [name for name in columns if name not in known]
        if lost:
            for name in lost:
                tally.find("existing_column_lost", column=name)
            continue
        if evidence.theirs.key(table):
            _by_key(evidence, table, tuple(columns), tally)
        else:
            _as_a_whole(evidence, table, tuple(columns), tally)
        _count(evidence, table, tally)


def _count(evidence: Evidence, table: str, tally: Tally) -> None:
    """The manifest says how many rows there were; no fewer may have been looked at."""
    held = int(evidence.before.manifest["rows"].get(table, 0))
    if tally.counts.get(STANDING, 0) != held:
        detail = f"{held} rows in the manifest, {tally.counts.get(STANDING, 0)} compared"
        tally.find("existing_rows_unseen", detail=detail)


def _by_key(evidence: Evidence, table: str, columns: tuple[str, ...], tally: Tally) -> None:
    key = evidence.theirs.key(table)
    same_key = " AND ".join(f"old.{quoted(one)} = new.{quoted(one)}" for one in key)
    joined = (
        f"FROM {SCHEMA}.{quoted(table)} AS old LEFT JOIN main.{quoted(table)} AS new ON {same_key}"
    )
    (tally.counts[STANDING],) = evidence.query(f"SELECT count(*) {joined}").fetchone()
    is_lost = f"new.{quoted(key[0])} IS NULL"
    differs = [f"NOT ({_same(name)})" for name in columns]
    sql = (
        f"SELECT old.{quoted(key[0])}, {', '.join([is_lost, *differs])} {joined} "
        f"WHERE {is_lost} OR {' OR '.join(differs)} ORDER BY 1"
    )
    for row_id, was_lost, *changed in evidence.query(sql).fetchmany(_SHOWN_ROWS):
        if was_lost:
            tally.find("existing_row_lost", row_id=str(row_id))
            continue
        for name, is_changed in zip(columns, changed, strict=True):
            if is_changed:
                tally.find("existing_row_changed", row_id=str(row_id), column=name)
    if table not in TABLE:
        _added(evidence, table, key[0], tally)


def _same(name: str) -> str:
    """SQL: same storage class and same value, letter for letter."""
    old, new = f"old.{quoted(name)}", f"new.{quoted(name)}"
    return f"typeof({old}) = typeof({new}) AND {old} COLLATE BINARY IS {new} COLLATE BINARY"


def _added(evidence: Evidence, table: str, key: str, tally: Tally) -> None:
    sql = f"SELECT {quoted(key)} FROM {evidence.ours(table)} ORDER BY 1"
    for (row_id,) in evidence.query(sql).fetchmany(_SHOWN_ROWS):
        tally.find("row_invented", row_id=str(row_id))


def _as_a_whole(evidence: Evidence, table: str, columns: tuple[str, ...], tally: Tally) -> None:
    """A table without a key: the same rows, each as often as before, whatever their order."""
    listed = ", ".join(f"typeof({quoted(name)}), {quoted(name)}" for name in columns)
    before = Counter(evidence.query(f"SELECT {listed} FROM {SCHEMA}.{quoted(table)}"))
    after = Counter(evidence.query(f"SELECT {listed} FROM main.{quoted(table)}"))
    tally.counts[STANDING] = before.total()
    for _ in (before - after).elements():
        tally.find("existing_row_lost", detail="a row of a table without a key")
    for _ in (after - before).elements():
        tally.find("row_invented", detail="a row of a table without a key")
