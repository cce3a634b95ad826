"""Every JSON column: that it is JSON at all, and that it says what the source says, to the bit.

Holds the comparison; which column holds what is in json_rules.py.
"""

from typing import Any, ClassVar

import orjson

from moonlanding_assets.schema.catalogue import BASE_TABLES, quoted
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.json_rules import JSON_COLUMNS
from moonlanding_assets.validate.passes import gathered
from moonlanding_assets.validate.plain import Plain, differences, is_written
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.shards import Part
from moonlanding_assets.validate.sight import Columns, Sight
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally

OF_TABLE = {
    table.name: columns
    for table in BASE_TABLES
    if (columns := tuple(one.name for one in table.columns if one.meaning == "json"))
}
JUDGED = tuple(JSON_COLUMNS)
COLUMNS = {table: tuple(rules) for table, rules in JSON_COLUMNS.items()}
_SHOWN_ROWS = 1_000


def compare_json(evidence: Evidence) -> tuple[TableResult, ...]:
    """Parse and compare all JSON; one result for each table that the sources feed."""
    tallies = Tallies(JUDGED)
    for table, names in OF_TABLE.items():
        _valid(evidence, table, names, tallies)
    tallies.add(gathered(evidence, Content).tallies)
    return tallies.results()


class Content:
    """JSON columns beside what the source says, shard by shard."""

    reads: ClassVar[Columns] = COLUMNS
    is_everywhere: ClassVar[bool] = False

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def judge(self, sight: Sight) -> Part:
        """Compare every row of a shard."""
        part = Part()
        sight.keep_derived_near()
        for row, found in sight.beside(COLUMNS).pairs():
            tally = part.tallies[row.table]
            if found is None:
                _absent(self.evidence, row, tally)
                continue
            for column, text in zip(COLUMNS[row.table], found[1:], strict=True):
                _column(self.evidence, row, (column, text), tally)
        return part


def _valid(evidence: Evidence, table: str, names: tuple[str, ...], tallies: Tallies) -> None:
    """Texts that are no JSON, in every JSON column of the base tables."""
    bad = [f"({quoted(one)} IS NOT NULL AND NOT json_valid({quoted(one)}))" for one in names]
    sql = f"SELECT id, {', '.join(bad)} FROM {evidence.ours(table)} WHERE {' OR '.join(bad)}"
    for row_id, *flags in evidence.query(sql).fetchmany(_SHOWN_ROWS):
        for name, is_bad in zip(names, flags, strict=True):
            if is_bad:
                tallies[table].find("not_json", row_id=row_id, column=name)


def _absent(evidence: Evidence, row: SourceRow, tally: Tally) -> None:
    said = sum(rule(row) is not None for rule in JSON_COLUMNS[row.table].values())
    tally.evidence += said
    if not evidence.is_quarantined(row.path, row.locator, row.table):
        _find(tally, row, "row_lost", "", "")


def _column(evidence: Evidence, row: SourceRow, cell: tuple[str, Any], tally: Tally) -> None:
    column, text = cell
    source = JSON_COLUMNS[row.table][column](row)
    if source is None:
        is_derived = (row.table, row.row_id, column) in evidence.derived
        if text not in (None, "[]", "{}") and not is_derived:
            _find(tally, row, "invented", column, "the source has no such value")
        return
    tally.evidence += 1
    tally.compared += 1
    if text is None:
        _find(tally, row, "value_lost", column, "")
        return
    _content(row, column, (source, text), tally)


def _content(row: SourceRow, column: str, sides: tuple[Plain, Any], tally: Tally) -> None:
    source, text = sides
    try:
        if is_written(source, text):
            return
    except ValueError:
        return  # found by the scan for texts that are no JSON
    for place, kind, detail in differences(source, orjson.loads(text)):
        _find(tally, row, kind, column, f"{place}: {detail}" if place else detail)


def _find(tally: Tally, row: SourceRow, kind: str, column: str, detail: str) -> None:
    tally.find(
        kind, row_id=row.row_id, path=row.path, locator=row.locator, column=column, detail=detail
    )
