"""Every reference of the source followed to its row, through the merge of users.

Finds what constraints cannot: a parent that exists and is the wrong one, an orphan hidden as NULL,
two people merged who are two. Which column follows what is in reference_rules.py.
"""

from typing import Any, ClassVar

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.identity import row_id
from moonlanding_assets.validate.known_before import compare_merges
from moonlanding_assets.validate.links import Links, Target, ids_in, links_of
from moonlanding_assets.validate.merges import MERGES, compare_merge_lines
from moonlanding_assets.validate.passes import gathered
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.reference_rules import REFERENCE_LISTS, REFERENCES
from moonlanding_assets.validate.shards import Part
from moonlanding_assets.validate.sight import Columns, Sight
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally
from moonlanding_assets.validate.values import array_of

_FOLLOWING = tuple(dict.fromkeys((*REFERENCES, *REFERENCE_LISTS)))
JUDGED = ("users", MERGES, *_FOLLOWING)
COLUMNS = {
    table: (*REFERENCES.get(table, {}), *REFERENCE_LISTS.get(table, {})) for table in _FOLLOWING
}


def compare_references(evidence: Evidence) -> tuple[TableResult, ...]:
    """Follow all references; one result a table."""
    tallies = Tallies(JUDGED)
    links = links_of(evidence)
    _people(evidence, links, tallies["users"])
    compare_merges(evidence, links, tallies["users"])
    compare_merge_lines(evidence, links, tallies[MERGES])
    _placeholders(evidence, links, tallies)
    tallies.add(gathered(evidence, Followed).tallies)
    return tallies.results()


class Followed:
    """References of the source beside the stored ones, shard by shard."""

    reads: ClassVar[Columns] = COLUMNS
    is_everywhere: ClassVar[bool] = False

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.links = links_of(evidence)

    def judge(self, sight: Sight) -> Part:
        """Compare every row of a shard."""
        part = Part()
        for row, found in sight.beside(COLUMNS).pairs():
            if found is None:
                _absent(self.evidence, self.links, row, part.tallies[row.table])
            else:
                stored = dict(zip(COLUMNS[row.table], found[1:], strict=True))
                _row(self.links, row, stored, part.tallies)
        return part


def _absent(evidence: Evidence, links: Links, row: SourceRow, tally: Tally) -> None:
    said = [rule.target(links, row) for rule in REFERENCES.get(row.table, {}).values()]
    tally.evidence += sum(one.is_said for one in said)
    if not evidence.is_quarantined(row.path, row.locator, row.table):
        _find(tally, row, "row_lost", "", "its references with it")


def _row(links: Links, row: SourceRow, found: dict[str, Any], tallies: Tallies) -> None:
    tally = tallies[row.table]
    for column, rule in REFERENCES.get(row.table, {}).items():
        target = rule.target(links, row)
        tally.evidence += target.is_said
        tally.compared += target.is_said
        value = found[column]
        if value != target.row_id and not (target.row_id is None and value in links.nobody):
            _find(tally, row, _kind(target, value), column, _shown(target.row_id, value))
    for column, listed in REFERENCE_LISTS.get(row.table, {}).items():
        expected = listed.targets(links, row)
        tally.evidence += expected is not None
        tally.compared += expected is not None
        if ids_in(found[column]) != (expected or []):
            count = f"source {len(expected or [])} references"
            _find(tally, row, "another_list", column, count)


def _kind(target: Target, value: object) -> str:
    if target.row_id is None:
        return "invented_reference"
    return "orphan_hidden" if value is None else "wrong_parent"


def _shown(expected: str | None, value: object) -> str:
    return f"expected {expected or 'NULL'}, target {value or 'NULL'}"


def _people(evidence: Evidence, links: Links, tally: Tally) -> None:
    """One row for each e-mail, and the ledger says the same of every document."""
    ledger = dict(
        evidence.query(
            "SELECT path, row_id FROM migration_documents "
            "WHERE collection IN ('friday/users', 'mwr/users')"
        )
    )
    starred = dict(evidence.rows("users", "id", "priority_reviews"))
    for address, documents in links.people.groups():
        user = links.user_rows.get(address)
        tally.evidence += len(documents)
        if user is None:
            tally.find("row_lost", path=documents[0].path, detail="no user has its e-mail")
            continue
        tally.compared += len(documents)
        for document in documents:
            if ledger.get(document.path) != user:
                detail = _shown(user, ledger.get(document.path))
                tally.find("wrong_merge", row_id=user, path=document.path, detail=detail)
        if address in links.known_before:
            continue  # the row was there: it keeps its id and its lists
        if user not in {row_id(document.path) for document in documents}:
            tally.find("another_id", row_id=user, path=documents[0].path)
        named = [array_of(document.fields.get("priorityReviews")) for document in documents]
        lists = [links.reviews(one) for one in named]
        if ids_in(starred[user]) not in ([one for one in lists if one] or [[]]):
            tally.find("another_list", row_id=user, column="priority_reviews")


def _placeholders(evidence: Evidence, links: Links, tallies: Tallies) -> None:
    """A placeholder stands for what the source does not have, under the id its key gives."""
    for (table, identity), key in evidence.placeholders.items():
        address = key.removeprefix("email:")
        is_there = links.exists(key) and key not in links.people.without_email
        if is_there or (address != key and address in links.people.by_email):
            tallies[table].find("placeholder_for_what_exists", row_id=identity)
        if identity != row_id(f"placeholder:{key}"):
            tallies[table].find("another_id", row_id=identity)


def _find(tally: Tally, row: SourceRow, kind: str, column: str, detail: str) -> None:
    tally.find(
        kind, row_id=row.row_id, path=row.path, locator=row.locator, column=column, detail=detail
    )
