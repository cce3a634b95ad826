"""People whom the target had before the migration: each document of theirs merged into that row.

The row stays production's, so all that a document says must be in the residue. How the merge is on
record is judged by merges.py, that the row itself is unchanged by standing.py.
"""

from collections.abc import Iterable

import orjson

from moonlanding_assets.validate.documents import Document
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.links import Links
from moonlanding_assets.validate.shapes import SHAPES
from moonlanding_assets.validate.validator import Tally
from moonlanding_assets.validate.values import Value

Lines = dict[str, dict[str, str]]  # path → residue: field as JSON → value as JSON
MERGED = "merged"


def compare_merges(evidence: Evidence, links: Links, tally: Tally) -> None:
    """Judge every document of a person who was there before."""
    met = {
        address: documents
        for address, documents in links.people.groups()
        if address in links.known_before
    }
    if not met:
        return
    paths = [document.path for documents in met.values() for document in documents]
    outcomes = _lines(evidence, "migration_documents", "outcome", paths)
    residue = _residue(evidence, paths)
    for address, documents in met.items():
        user = links.known_before[address]
        tally.counts["merged_into_existing"] = tally.counts.get("merged_into_existing", 0) + 1
        for document in documents:
            if outcomes.get(document.path) != MERGED:
                tally.find("not_merged", row_id=user, path=document.path, column="outcome")
            for name in _missing(document, residue.get(document.path, {})):
                tally.find("value_lost", row_id=user, path=document.path, column=name)


def _missing(document: Document, lines: dict[str, str]) -> Iterable[str]:
    """The fields whose values the residue does not hold exactly; arrays with rows have those."""
    system = "mwr" if document.path.startswith("myworkreview/") else "friday"
    with_rows = {items.field for items in SHAPES.get(f"{system}/users", SHAPES["mwr/logs"]).items}
    for name, value in document.fields.items():
        text = lines.get(orjson.dumps([name]).decode())
        if name not in with_rows and (text is None or not _is_same(text, value)):
            yield name


def _is_same(text: str, value: Value) -> bool:
    return bool(orjson.loads(text) == value)


def _lines(evidence: Evidence, table: str, column: str, paths: list[str]) -> dict[str, str]:
    sql = f"SELECT path, {column} FROM {table} WHERE path IN (SELECT value FROM json_each(?))"
    return dict(evidence.query(sql, orjson.dumps(paths).decode()).fetchall())


def _residue(evidence: Evidence, paths: list[str]) -> Lines:
    sql = (
        "SELECT path, field, value FROM migration_residue "
        "WHERE path IN (SELECT value FROM json_each(?)) AND value IS NOT NULL"
    )
    found: Lines = {}
    for path, field, value in evidence.query(sql, orjson.dumps(paths).decode()):
        found.setdefault(path, {})[field] = value
    return found
