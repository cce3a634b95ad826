"""Rows counted on both sides: which rows the snapshot calls for, and which the tables hold.

A row may be missing only when it is in quarantine and really lacks what it needs; a row may be
there without a document only as a recorded placeholder.
"""

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.ledger import LEDGER, Ledger
from moonlanding_assets.validate.links import Links
from moonlanding_assets.validate.quarantine_rules import may_lack
from moonlanding_assets.validate.reading import SourceRow, rows_of, sibling_paths
from moonlanding_assets.validate.shapes import READ_TABLES, SHAPES, Shape
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


class _Count:
    """The stored ids by table, crossed off as the snapshot calls for them."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.tallies = Tallies(JUDGED)
        self.links = Links(evidence)
        self.ledger = Ledger(evidence, self.tallies[LEDGER])
        self.stored = {
            table: {row[0] for row in evidence.rows(table, "id")} for table in READ_TABLES
        }
        self.items = dict.fromkeys(evidence.rows(ITEMS, "table_name", "row_id"))

    def collection(self, collection: str) -> None:
        """Every document of a collection: its line in the ledger, and its rows."""
        shape = SHAPES.get(collection, Shape())
        siblings = sibling_paths(self.evidence, shape)
        for raw in self.evidence.raw_documents(collection):
            document = raw.parsed()
            self.ledger.check(collection, raw, document)
            for row in rows_of(document, shape, siblings):
                self._row(row)

    def _row(self, row: SourceRow) -> None:
        stored, tally = self.stored[row.table], self.tallies[row.table]
        is_there = _expected(self.evidence, self.links, row, stored, tally)
        if row.locator and is_there:
            _item(row, self.items, self.tallies[ITEMS])

    def left_over(self) -> None:
        """Everything that no document called for."""
        self.ledger.left_over()
        for table, left in self.stored.items():
            _left_over(self.evidence, table, left, self.tallies[table])
        for table, row_id in self.items:
            self.tallies[ITEMS].find("item_invented", row_id=row_id, detail=table)
        for table, key in WITHOUT_SOURCE.items():
            for (row_id,) in self.evidence.query(f"SELECT {key} FROM {table}"):
                self.tallies[table].find("row_invented", row_id=str(row_id))


def count_both_sides(evidence: Evidence) -> tuple[TableResult, ...]:
    """The ledger equation, then every table's rows one by one; each document is parsed once."""
    count = _Count(evidence)
    for collection in evidence.collections:
        count.collection(collection)
    _users(evidence, count.links, count.tallies["users"])
    count.left_over()
    return count.tallies.results()


def _expected(
    evidence: Evidence, links: Links, row: SourceRow, stored: set[str], tally: Tally
) -> bool:
    """Judge one row that the snapshot calls for; whether the table holds it."""
    is_there = row.row_id in stored
    stored.discard(row.row_id)
    is_quarantined = evidence.is_quarantined(row.path, row.locator, row.table)
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
        if not _is_justified(evidence, links, row):
            _find(tally, row, "quarantine_without_reason")
    return is_there


def _is_justified(evidence: Evidence, links: Links, row: SourceRow) -> bool:
    """The row itself lacks something, or the whole document or the outer item does."""
    if may_lack(links, row):
        return True
    outer = row.locator.rpartition(".")[0]
    return bool(row.locator) and any(
        (row.path, place, table) in evidence.quarantined
        for place, table in (("", ""), *((outer, table) for table in READ_TABLES if outer))
    )


def _item(row: SourceRow, items: dict[tuple[str, str], None], tally: Tally) -> None:
    """An item's row must have its line in migration_items, and only such rows."""
    tally.evidence += 1
    tally.compared += 1
    if (row.table, row.row_id) in items:
        del items[(row.table, row.row_id)]
    else:
        _find(tally, row, "item_lost")


def _users(evidence: Evidence, links: Links, tally: Tally) -> None:
    """One row for each e-mail, none for users without one."""
    stored = {row_id: address for row_id, address in evidence.rows("users", "id", "email")}
    addresses = set(stored.values())
    for address, documents in links.people.by_email.items():
        tally.evidence += 1
        if address in addresses:
            tally.compared += 1
        else:
            tally.find("row_lost", path=documents[0].path)
    for path in sorted(links.people.without_email):
        if not evidence.is_quarantined(path, "", "users"):
            tally.find("not_quarantined", path=path, detail="it has no e-mail")
    for path in links.people.email_of:
        if evidence.is_quarantined(path, "", "users"):
            tally.find("quarantine_without_reason", path=path)
    left = {row for row, address in stored.items() if address not in links.people.by_email}
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
