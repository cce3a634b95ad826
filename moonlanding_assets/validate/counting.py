"""Rows counted on both sides: which rows the snapshot calls for, and which the tables hold.

A row may be missing only when it is in quarantine and really lacks what it needs; a row may be
there without a document only as a recorded placeholder.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

import orjson

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.ledger import LEDGER, check_ledger
from moonlanding_assets.validate.links import Links, links_of
from moonlanding_assets.validate.met import Met
from moonlanding_assets.validate.passes import gathered
from moonlanding_assets.validate.quarantine_rules import may_lack
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.shapes import READ_TABLES
from moonlanding_assets.validate.shards import Part
from moonlanding_assets.validate.sight import Columns, Sight
from moonlanding_assets.validate.standing import compare_standing
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally

# Tables that no source feeds: a row in one of them was invented.
WITHOUT_SOURCE = {  # table → what names its rows
    "sessions": "id",
    "chat_mentions": "id",
    "permission_audit": "id",
    "job_execution_log": "rowid",
}
ITEMS = "migration_items"
JUDGED = (LEDGER, ITEMS, "users", *READ_TABLES, *WITHOUT_SOURCE)
_TWINS = {"rfis": "rfi", "rfi_questions": "rfi"}  # rows that share the placeholder of another


class Rows:
    """Rows that the snapshot calls for beside those that are stored, shard by shard."""

    reads: ClassVar[Columns] = dict.fromkeys(READ_TABLES, ())
    is_everywhere: ClassVar[bool] = True

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.links = links_of(evidence)

    def judge(self, sight: Sight) -> Part:
        """Every document of a shard: its line in the ledger, and its rows."""
        part = Part()
        part.met[LEDGER] = check_ledger(
            self.evidence, sight.collection, sight.documents, part.tallies[LEDGER]
        )
        both = sight.beside(self.reads)
        of_items = {row.row_id for row in both.rows if row.locator}
        items = {
            table: _items(self.evidence, table, of_items.intersection(stored))
            for table, stored in both.stored.items()
        }
        part.met[ITEMS] = [number for lines in items.values() for _, number in lines]
        listed = {table: {row for row, _ in lines} for table, lines in items.items()}
        for row, found in both.pairs():
            _expected(self.links, row, part.tallies[row.table], is_there=found is not None)
            if row.locator and found is not None:
                _item(row, listed[row.table], part)
        return part


def _items(evidence: Evidence, table: str, ids: Iterable[str]) -> list[tuple[str, Any]]:
    """Row id and number of the lines in migration_items that are about these rows."""
    sql = (
        f"SELECT row_id, {evidence.number(ITEMS)} FROM {evidence.ours(ITEMS)} "
        "WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))"
    )
    wanted = [*ids]
    return [*evidence.query(sql, table, orjson.dumps(wanted).decode())] if wanted else []


def count_both_sides(evidence: Evidence) -> tuple[TableResult, ...]:
    """The ledger equation, then every table's rows one by one; each document is parsed once."""
    tallies = Tallies(JUDGED)
    seen = gathered(evidence, Rows)
    tallies.add(seen.tallies)
    _users(evidence, links_of(evidence), tallies["users"])
    _all_left_over(evidence, seen.met, tallies)
    compare_standing(evidence, tallies)
    return tallies.results()


def _all_left_over(evidence: Evidence, met: Met, tallies: Tallies) -> None:
    """Everything that no document called for."""
    for path, collection in met.left_over(evidence, LEDGER, "path", "collection"):
        tallies[LEDGER].find("document_invented", path=path, detail=str(collection))
    for table in READ_TABLES:
        left = {row for (row,) in met.left_over(evidence, table, "id")}
        _left_over(evidence, table, left, tallies[table])
    for table, row_id in met.left_over(evidence, ITEMS, "table_name", "row_id"):
        tallies[ITEMS].find("item_invented", row_id=row_id, detail=table)
    for table, key in WITHOUT_SOURCE.items():
        if table in evidence.theirs.tables and key == "rowid":
            continue  # judged as a whole, with the rows that were there before
        for (row_id,) in evidence.query(f"SELECT {key} FROM {evidence.ours(table)}"):
            tallies[table].find("row_invented", row_id=str(row_id))


def _expected(links: Links, row: SourceRow, tally: Tally, *, is_there: bool) -> None:
    """Judge one row that the snapshot calls for."""
    is_quarantined = links.evidence.is_quarantined(row.path, row.locator, row.table)
    if not is_quarantined:
        tally.evidence += 1
    if is_there:
        tally.compared += 1
        if is_quarantined:
            _find(tally, row, "row_though_quarantined")
    elif not is_quarantined:
        _find(tally, row, "row_lost")
    else:
        tally.counts["quarantined"] = tally.counts.get("quarantined", 0) + 1
        if not _is_justified(links.evidence, links, row):
            _find(tally, row, "quarantine_without_reason")


def _is_justified(evidence: Evidence, links: Links, row: SourceRow) -> bool:
    """The row itself lacks something, or the whole document or the outer item does."""
    if may_lack(links, row):
        return True
    outer = row.locator.rpartition(".")[0]
    return bool(row.locator) and any(
        (row.path, place, table) in evidence.quarantined
        for place, table in (("", ""), *((outer, table) for table in READ_TABLES if outer))
    )


def _item(row: SourceRow, items: set[str], part: Part) -> None:
    """An item's row must have its line in migration_items, and only such rows."""
    tally = part.tallies[ITEMS]
    tally.evidence += 1
    tally.compared += 1
    if row.row_id not in items:
        _find(tally, row, "item_lost")


def _users(evidence: Evidence, links: Links, tally: Tally) -> None:
    """One row for each e-mail, none for users without one."""
    stored = {row_id: address for row_id, address in evidence.rows("users", "id", "email")}
    for address, documents in links.people.groups():
        tally.evidence += 1
        if address in links.user_rows:
            tally.compared += 1
        else:
            tally.find("row_lost", path=documents[0].path)
    for path in sorted(links.people.without_email | links.people.taken):
        if not evidence.is_quarantined(path, "", "users"):
            detail = "its row id was taken" if path in links.people.taken else "it has no e-mail"
            tally.find("not_quarantined", path=path, detail=detail)
    for path in links.people.email_of:
        if evidence.is_quarantined(path, "", "users"):
            tally.find("quarantine_without_reason", path=path)
    expected = links.people.by_email.keys() - links.known_before.keys()
    left = {row for row, address in stored.items() if address not in expected}
    _left_over(evidence, "users", left, tally)


def _left_over(evidence: Evidence, table: str, left: set[str], tally: Tally) -> None:
    """Rows without a document: recorded placeholders, or invented."""
    owner = _TWINS.get(table, table)
    for row_id in sorted(left):
        if (owner, row_id) in evidence.placeholders:
            tally.counts["placeholders"] = tally.counts.get("placeholders", 0) + 1
        else:
            tally.find("row_invented", row_id=row_id)


def _find(tally: Tally, row: SourceRow, kind: str) -> None:
    tally.find(kind, row_id=row.row_id, path=row.path, locator=row.locator)
