"""The ledger lines of one document: outcome, leaves, residue, quarantine, derived values.

Holds no rule; the rows themselves come from apply.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.compiled import CompiledCollection
from moonlanding_assets.normalize.residue import Remainder, remainder
from moonlanding_assets.normalize.row import Path, Reject, Work
from moonlanding_assets.source.value import canonical

Outcome = tuple[str, str, str | None, str | None]  # outcome, reason, table, row id


@dataclass(slots=True)
class Output:
    """Rows by table, in the order of the tables' columns."""

    rows: dict[str, list[tuple[SqlValue, ...]]] = field(default_factory=dict)

    def add(self, table: str, *row: SqlValue) -> None:
        """Append one row."""
        self.table(table).append(row)

    def table(self, name: str) -> list[tuple[SqlValue, ...]]:
        """The rows of a table, to append to."""
        rows = self.rows.get(name)
        if rows is None:
            rows = self.rows[name] = []
        return rows


def account(
    output: Output, work: Work, plan: CompiledCollection | None, outcome: Outcome, sha256: str
) -> None:
    """Write the document's lines into every table of the ledger."""
    if work.derived:
        output.table("migration_derived").extend(work.derived)
    for one in _first_reasons(work):
        output.add("migration_quarantine", work.path, one.locator, one.table, one.field, one.reason)
    left = _left(work, plan, outcome[0])
    kept: list[tuple[SqlValue, ...]] = [
        (work.path, _text(path), reason, canonical(value)) for path, reason, value in left.entries
    ]
    kept += [(work.path, _text(path), "absent", None) for path in work.absent]
    kept += [(work.path, _text(path), "alias", None) for path in work.aliases]
    if kept:
        output.table("migration_residue").extend(kept)
    output.add("migration_documents", work.path, work.collection, *outcome, sha256, *left.leaves)


def _first_reasons(work: Work) -> Iterable[Reject]:
    """One line for each place: why a value was refused says more than that it is missing then."""
    found: dict[tuple[str, str, str], Reject] = {}
    for one in work.rejects:
        found.setdefault((one.locator, one.table, one.field), one)
    return found.values()


def _left(work: Work, plan: CompiledCollection | None, outcome: str) -> Remainder:
    reasons: Mapping[str, str] = {} if plan is None else plan.reasons
    if outcome in ("quarantined", "declared"):
        return remainder(work.fields, {}, reasons={}, default=outcome)
    return remainder(work.fields, work.claims, reasons=reasons, default="unknown_field")


def _text(path: Path) -> str:
    return orjson.dumps(path).decode()
