"""Check 11: nothing hangs in the air. Every reference, declared or not, leads to a row; every row
comes from a document, an item of one, or an entry of the ledger that owns up to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from moonlanding_assets.schema.catalogue import BASE_TABLES, TABLE, quoted
from moonlanding_assets.schema.columns import Table
from moonlanding_assets.validate.counting import WITHOUT_SOURCE
from moonlanding_assets.validate.validator import TableResult, Tally
from moonlanding_assets.validate.verification import TWIN_OF, Examined, Subject

_SHOWN_ROWS = 1_000


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A column whose values are keys of another table. `values`: SQL of (row, key) pairs."""

    table: str
    column: str
    parent: str
    values: str
    target: str = "id"

    @property
    def orphans(self) -> str:
        """SQL of the pairs whose key no row of the parent has."""
        known = f"SELECT {quoted(self.target)} FROM {quoted(self.parent)}"
        return f"SELECT named, led FROM ({self.values}) WHERE led NOT IN ({known})"

    @property
    def counted(self) -> str:
        """SQL of how many pairs there are."""
        return f"SELECT count(*) FROM ({self.values})"


def no_orphans(subject: Subject) -> Examined:
    """References table by table, then rows that nothing explains."""
    tallies = {table.name: Tally(table.name) for table in TABLE.values()}
    total = 0
    for reference in REFERENCES:
        tally = tallies[reference.table]
        (count,) = subject.evidence.query(reference.counted).fetchone()
        tally.compared += count
        total += count
        for row, key in subject.evidence.query(reference.orphans).fetchmany(_SHOWN_ROWS):
            if subject.evidence.theirs.holds(reference.table, str(row)):
                tally.counts["theirs"] = tally.counts.get("theirs", 0) + 1
                continue
            detail = f"{key} is no row of {reference.parent}"
            tally.find("orphan", row_id=str(row), column=reference.column, detail=detail)
    _enforced(subject, tallies)
    unexplained = sum(_unexplained(subject, table, tallies[table.name]) for table in BASE_TABLES)
    results = tuple(_result(subject, tally) for tally in tallies.values())
    notes = {
        "references_followed": total,
        "kinds_of_reference": len(REFERENCES),
        "rows_explained_by_a_placeholder": len(subject.evidence.placeholders),
        "rows_without_explanation": unexplained,
    }
    return Examined(tables=results, notes=notes)


def _result(subject: Subject, tally: Tally) -> TableResult:
    """Tables that the snapshot feeds must have something to look at; others need not."""
    expected = subject.called_for.get(tally.table, 0)
    tally.evidence = max(expected, tally.compared)
    return tally.result()


def _enforced(subject: Subject, tallies: dict[str, Tally]) -> None:
    """What SQLite itself finds by the keys that the file declares."""
    for table, rowid, parent, _ in subject.evidence.query("PRAGMA main.foreign_key_check"):
        tally = tallies.setdefault(table, Tally(table))
        sql = f"SELECT * FROM main.{quoted(table)} WHERE rowid = ?"
        row = subject.evidence.query(sql, rowid).fetchone() or ("",)
        if not subject.evidence.theirs.holds(table, str(row[0])):
            detail = f"rowid {rowid}: no row of {parent}"
            tally.find("foreign_key_broken", row_id=str(row[0]), detail=detail)


def _unexplained(subject: Subject, table: Table, tally: Tally) -> int:
    """Rows with neither a document nor an item nor a placeholder behind them."""
    if table.name in WITHOUT_SOURCE:
        key = WITHOUT_SOURCE[table.name]
        found = [str(row) for (row,) in subject.evidence.rows(table.name, key)]
    else:
        found = [row for row in _unknown_to_ledger(subject, table.name)]
        (count,) = subject.evidence.query(f"SELECT count(*) FROM {quoted(table.name)}").fetchone()
        tally.compared += count
    left = [row for row in found if not subject.is_owned(table.name, row)]
    for row in left:
        tally.find("row_without_explanation", row_id=row)
    return len(left)


def _unknown_to_ledger(subject: Subject, table: str) -> list[str]:
    """A twin's line in the ledger is that of the row that it shares the id with."""
    owner = TWIN_OF.get(table, table)
    sql = (
        f"SELECT id FROM {quoted(table)} WHERE id NOT IN (SELECT row_id FROM migration_documents "
        "WHERE table_name IN (?1, ?2) AND row_id IS NOT NULL) AND id NOT IN "
        "(SELECT row_id FROM migration_items WHERE table_name IN (?1, ?2)) ORDER BY id"
    )
    return [str(row) for (row,) in subject.evidence.query(sql, table, owner)]


def _declared() -> Iterator[Reference]:
    """Every foreign key that the schema declares, whether or not the file still does."""
    for table in BASE_TABLES:
        for key in table.foreign_keys:
            yield _column(table.name, key.column, key.table, target=key.target)


def _column(
    table: str, column: str, parent: str, *, target: str = "id", where: str = "1"
) -> Reference:
    named = "id" if any(one.name == "id" for one in TABLE[table].columns) else "rowid"
    values = (
        f"SELECT {named} AS named, {quoted(column)} AS led FROM {quoted(table)} "
        f"WHERE {quoted(column)} IS NOT NULL AND {where}"
    )
    return Reference(table=table, column=column, parent=parent, values=values, target=target)


def _list(table: str, column: str, parent: str) -> Reference:
    """A column that holds a JSON list of keys; what is no JSON is another check's business."""
    values = (
        f"SELECT {quoted(table)}.id AS named, member.value AS led FROM {quoted(table)}, "
        f"json_each(CASE WHEN json_valid({quoted(column)}) THEN {quoted(column)} ELSE '[]' END) "
        "AS member"
    )
    return Reference(table=table, column=column, parent=parent, values=values)


def _ledger(table: str, key: str, *, named: str, table_name: str = "") -> Iterator[Reference]:
    """Lines of the ledger that speak of a row: of the table they name, for each base table."""
    for parent in [table_name] if table_name else [one.name for one in BASE_TABLES]:
        where = "1" if table_name else f"table_name = '{parent}'"
        if any(column.name == "id" for column in TABLE[parent].columns):
            values = (
                f"SELECT {named} AS named, {key} AS led FROM {table} "
                f"WHERE {where} AND {key} IS NOT NULL AND {key} <> ''"
            )
            yield Reference(table=table, column=key, parent=parent, values=values)


def _of_document(table: str) -> Reference:
    values = f"SELECT path AS named, path AS led FROM {table}"
    return Reference(
        table=table, column="path", parent="migration_documents", values=values, target="path"
    )


REFERENCES: tuple[Reference, ...] = (
    *_declared(),
    _column("highlight_comment", "thread_id", "highlight"),
    _column("audit_logs", "entity_id", "rfi", where="entity_type = 'rfi'"),
    _column("audit_logs", "entity_id", "engagement", where="entity_type = 'engagement'"),
    _column("audit_logs", "entity_id", "review", where="entity_type = 'review'"),
    _list("team", "users", "users"),
    _list("team", "partners", "users"),
    _list("engagement", "users", "users"),
    _list("review", "starred_by", "users"),
    _list("users", "priority_reviews", "review"),
    *_ledger("migration_highlight_rects", "highlight_id", named="highlight_id",
             table_name="highlight"),
    *_ledger("migration_documents", "row_id", named="path"),
    *_ledger("migration_items", "row_id", named="row_id"),
    *_ledger("migration_derived", "row_id", named="row_id"),
    *_ledger("migration_placeholders", "row_id", named="row_id"),
    *_ledger("migration_user_merges", "user_id", named="user_id", table_name="users"),
    _of_document("migration_items"),
    _of_document("migration_residue"),
    _of_document("migration_quarantine"),
)  # fmt: skip
