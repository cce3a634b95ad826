"""Rows read together with what they hang on, as a screen reads them, against what the source says.

A chain is one joined query and the rule for each of its columns. Holds the comparison; which
chains there are is in the checks.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.validate.linked_rules import Surroundings
from moonlanding_assets.validate.links import Target, ids_in
from moonlanding_assets.validate.plain import same_scalar
from moonlanding_assets.validate.reading import SourceRow, source_rows
from moonlanding_assets.validate.reference_rules import REFERENCE_LISTS, REFERENCES
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally
from moonlanding_assets.validate.verification import Subject

UNSAID = object()  # the source says nothing that this column must hold
Expected = tuple[object, ...]
Expects = Callable[[Surroundings, SourceRow], Expected]


@dataclass(frozen=True, kw_only=True)
class Chain:
    """`sql` gives the row's id first, then one value for each of `columns`, as `expects` does."""

    table: str
    columns: tuple[str, ...]
    sql: str
    expects: Expects


def compare_chains(subject: Subject, chains: Iterable[Chain]) -> tuple[TableResult, ...]:
    """Every row of the chains' tables against the source; one result a table."""
    by_table = {one.table: one for one in chains}
    tallies = Tallies(by_table)
    stored = {table: _stored(subject, one) for table, one in by_table.items()}
    for row in source_rows(subject.evidence, *by_table):
        found = stored[row.table].pop(row.row_id, None)
        _row(subject, by_table[row.table], row, found, tallies[row.table])
    for table, left in stored.items():
        for row_id in left:
            if not subject.is_owned(table, row_id):
                tallies[table].find("row_invented", row_id=row_id)
    return tallies.results()


def _stored(subject: Subject, chain: Chain) -> dict[str, tuple[Any, ...]]:
    """The rows that the migration wrote; those that were there before are nobody's here."""
    theirs = subject.evidence.theirs
    found = subject.evidence.query(chain.sql)
    return {row[0]: row[1:] for row in found if not theirs.holds(chain.table, row[0])}


def _row(
    subject: Subject, chain: Chain, row: SourceRow, found: tuple[Any, ...] | None, tally: Tally
) -> None:
    if found is None:
        if not subject.evidence.is_quarantined(row.path, row.locator, row.table):
            tally.evidence += 1
            tally.find("row_lost", row_id=row.row_id, path=row.path, locator=row.locator)
        return
    tally.evidence += 1
    tally.compared += 1
    expected = chain.expects(subject.around, row)
    for column, wanted, value in zip(chain.columns, expected, found, strict=True):
        kind = _difference(subject, wanted, value)
        if kind:
            tally.find(kind, row_id=row.row_id, path=row.path, locator=row.locator, column=column)


def _difference(subject: Subject, wanted: object, value: object) -> str:
    if wanted is UNSAID:
        return ""
    if isinstance(wanted, list):
        return "" if ids_in(value) == wanted else "another_list"
    if not isinstance(wanted, Target):
        return "" if same_scalar(wanted, value) else "value_differs"
    if wanted.row_id is None:
        return "" if value is None or value in subject.links.nobody else "invented_reference"
    if value == wanted.row_id:
        return ""
    return "chain_broken" if value is None else "wrong_parent"


def led(column: str, around: Surroundings, row: SourceRow) -> Target:
    """Where a reference column of the row must lead."""
    return REFERENCES[row.table][column].target(around.links, row)


def listed(column: str, around: Surroundings, row: SourceRow) -> list[str]:
    """The rows that a list of references must name, in the order of the source."""
    return REFERENCE_LISTS[row.table][column].targets(around.links, row) or []


def said(value: object) -> object:
    """A plain value that the column must hold; nothing when the source gives none."""
    return UNSAID if value is None else value
