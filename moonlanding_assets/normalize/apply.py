"""The engine: a batch of raw documents in, rows, residue and ledger out. Pure, in any order.

Holds no file, no process and no SQL; it runs unchanged in worker processes and on a cluster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.account import Output, account
from moonlanding_assets.normalize.compiled import CompiledCollection, CompiledTable, compiled
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.normalize.places import source_rows
from moonlanding_assets.normalize.row import Reject, SourceRow, Work
from moonlanding_assets.normalize.settle import settle_best


@dataclass(frozen=True, kw_only=True)
class RawDocument:
    """One document of the snapshot: `fields` is its canonical REST JSON."""

    path: str
    collection: str
    fields: str
    sha256: str


def apply(
    documents: Sequence[RawDocument], directory: Directory, *, whole_seconds: bool = False
) -> Output:
    """Every row that the documents give: target tables and migration_* tables.

    whole_seconds: times will be stored as Unix seconds, so the residue keeps the fractions.
    """
    output = Output()
    plans = compiled()
    for document in documents:
        work = work_on(document, directory, whole_seconds=whole_seconds)
        plan = plans.get(document.collection)
        made = _Made()
        outcome = made.document(plan, work)
        for table, row in made.rows:
            output.table(table).append(row)
        if made.items:
            output.table("migration_items").extend(made.items)
        account(output, work, plan, (*outcome, *made.main), document.sha256)
    return output


def work_on(document: RawDocument, directory: Directory, *, whole_seconds: bool) -> Work:
    """The document parsed, with nothing claimed yet."""
    return Work(
        path=document.path,
        collection=document.collection,
        fields=orjson.loads(document.fields),
        directory=directory,
        whole_seconds=whole_seconds,
    )


@dataclass
class _Made:
    """The rows of one document while they are collected; nothing is kept when it fails."""

    rows: list[tuple[str, tuple[SqlValue, ...]]] = field(default_factory=list)
    items: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    main: tuple[str | None, str | None] = (None, None)

    def document(self, plan: CompiledCollection | None, work: Work) -> tuple[str, str]:
        """Make all rows of the document; its outcome and the reason."""
        if plan is None:
            return self._fail(work, "unknown_collection")
        if plan.mapping.collection.presence == "declared":
            return "declared", plan.mapping.collection.reason
        if not plan.tables:
            return "loaded", "kept_in_residue"
        merged = work.directory.user_rows.get(work.path)
        if merged is not None:
            return self._merged_user(plan, work, merged)
        identity = row_id(work.path)
        for table in plan.tables:
            failure = self._table(table, work, identity)
            if failure:
                return self._fail(work, failure)
        if plan.tables[0].mapping.each:
            return "loaded", "rows_of_items"
        self.main = (plan.tables[0].name, identity)
        return "loaded", ""

    def _merged_user(
        self, plan: CompiledCollection, work: Work, merged: Mapping[str, SqlValue]
    ) -> tuple[str, str]:
        """A user document: the merge has made its row, so only what it gives back is settled."""
        identity = str(merged["id"])
        table, *others = plan.tables
        row = SourceRow(work=work, table=table.name, id=identity, scope=work.fields)
        fill(table, row)
        work.forget_claims()
        if identity in work.directory.existing_users:
            _keep_apart(table, row)
        for column in table.columns:
            value = merged[column.name]
            if column.rule is not None and value is not None:
                settle_best(column.rule, row, value)
        for one in work.rejects:
            work.claim(row.find(one.field)[1], "rejected")
        for other in others:
            self._table(other, work, identity)
        self.main = (table.name, identity)
        is_winner = identity == row_id(work.path)
        return ("loaded", "") if is_winner else ("merged", "same_email")

    def _fail(self, work: Work, reason: str) -> tuple[str, str]:
        self.rows.clear()
        self.items.clear()
        work.forget_claims()
        work.rejects.append(Reject("", "", "", reason))
        return "quarantined", reason

    def _table(self, table: CompiledTable, work: Work, identity: str) -> str:
        """Add the rows of one table; why the document's own row cannot be made, "" if it can."""
        for row in source_rows(table.mapping, work, identity):
            before = work.mark()
            failure = self._row(table, row)
            if not failure:
                self._keep(table, row)
                continue
            if not row.locator:
                return failure
            work.forget_since(before)
            self._drop(row, failure)
        return ""

    def _row(self, table: CompiledTable, row: SourceRow) -> str:
        """Make the columns of one row; why it cannot be made, "" if it can."""
        if row.parents and row.parents[-1] in self.dropped:
            return "parent_quarantined"
        if row.work.directory.is_taken(table.name, row.id):
            return "key_clash"
        missing = fill(table, row)
        for name in missing:
            row.reject(name, "missing_required")
        return "missing_required" if missing else ""

    def _keep(self, table: CompiledTable, row: SourceRow) -> None:
        self.rows.append((table.name, tuple(row.columns.values())))
        if row.locator and "id" in row.columns:
            self.items.append((table.name, row.id, row.work.path, row.locator, row.position))

    def _drop(self, row: SourceRow, failure: str) -> None:
        self.dropped.add(row.id)
        row.work.claim(row.where, "quarantined")
        row.reject("", failure)


def _keep_apart(table: CompiledTable, row: SourceRow) -> None:
    """The row belongs to the target: the residue keeps what a column would have taken."""
    for column in table.columns:
        for name in getattr(column.rule, "names", ()):
            source, path = row.find(name)
            if source is not None:
                row.work.claim(path, "merged")


def fill(table: CompiledTable, row: SourceRow) -> list[str]:
    """Make every column of the row; the required columns that stayed empty."""
    missing: list[str] = []
    columns = row.columns = table.blank.copy()
    for name, make, default, is_required in table.made:
        value = make(row)
        if value is not None:
            columns[name] = value
        elif default is not None:
            columns[name] = default
            row.work.derived.append((row.table, row.id, name, "schema_default"))
        elif is_required:
            missing.append(name)
    return missing
