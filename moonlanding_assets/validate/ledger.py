"""The ledger against the snapshot: every document once, its bytes, its outcome, its leaves.

The ledger equation is read = loaded + merged + quarantined + declared, per collection, for
documents and for leaf fields; both sides are counted here.
"""

import hashlib
from typing import Any

from moonlanding_assets.validate.documents import Document, RawDocument
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.identity import row_id
from moonlanding_assets.validate.shapes import SHAPES
from moonlanding_assets.validate.validator import Tally
from moonlanding_assets.validate.values import Fields

Line = tuple[Any, ...]  # one row of the ledger, its columns as in _COLUMNS
LEDGER = "migration_documents"
OUTCOMES = ("loaded", "merged", "quarantined", "declared")
# Collections that are not migrated on purpose; every other document must become something.
DECLARED = frozenset(
    (
        "friday/clients_document",
        "friday/engagements_document",
        "friday/client_sent_notifications",
        "friday/email_counters",
    )
)
_COLUMNS = (
    "path",
    "collection",
    "outcome",
    "sha256",
    "leaves_mapped",
    "leaves_residue",
    "leaves_quarantined",
    "leaves_declared",
    "table_name",
    "row_id",
)


def check_ledger(
    evidence: Evidence, collection: str, documents: list[tuple[RawDocument, Document]], tally: Tally
) -> list[Any]:
    """Documents of one collection against their lines; gives the numbers of these lines."""
    paths = [raw.path for raw, _ in documents]
    columns = (*_COLUMNS[1:], evidence.number(LEDGER))
    found = evidence.all_of_ids(LEDGER, paths, *columns, key="path").fetchall()
    lines = {line[0]: line for line in found}
    for raw, document in documents:
        tally.evidence += 1
        line = lines.get(raw.path)
        if line is None:
            tally.find("document_lost", path=raw.path, detail=collection)
            continue
        tally.compared += 1
        _bytes(raw, line, tally)
        _outcome(evidence, collection, line, tally)
        counted, leaves = sum(line[4:8]), leaves_in(document.fields)
        if counted != leaves or min(line[4:8]) < 0:
            detail = f"source {leaves}, ledger {counted}"
            tally.find("leaves_differ", path=raw.path, column="leaves_mapped", detail=detail)
    return [line[-1] for line in found]


def _bytes(raw: RawDocument, line: Line, tally: Tally) -> None:
    digest = hashlib.sha256(raw.text.encode()).hexdigest()
    if digest != raw.sha256 or digest != line[3]:
        tally.find("digest_differs", path=raw.path, column="sha256")


def _outcome(evidence: Evidence, collection: str, line: Line, tally: Tally) -> None:
    path, outcome = line[0], line[2]
    if collection != line[1]:
        tally.find("another_collection", path=path, column="collection", detail=collection)
    if outcome not in OUTCOMES:
        tally.find("unknown_outcome", path=path, column="outcome")
    if (outcome == "quarantined") != ((path, "", "") in evidence.quarantined):
        tally.find("outcome_without_quarantine", path=path, column="outcome", detail=str(outcome))
    if outcome == "declared" and collection not in DECLARED:
        tally.find("declared_without_leave", path=path, column="outcome", detail=collection)
    tables = SHAPES[collection].tables if collection in SHAPES else ()
    if outcome == "loaded" and tables and line[8:10] != (tables[0], row_id(path)):
        tally.find("another_row", path=path, row_id=str(line[9]), column="row_id")
    tally.counts[outcome] = tally.counts.get(outcome, 0) + 1


def leaves_in(fields: Fields) -> int:
    """How many leaf values fields hold: scalars, empty arrays and empty maps."""
    count, waiting = 0, list(fields.values())
    while waiting:
        value = waiting.pop()
        inner = None
        if "mapValue" in value:
            inner = value["mapValue"].get("fields", {}).values()
        elif "arrayValue" in value:
            inner = value["arrayValue"].get("values")
        if inner:
            waiting.extend(inner)
        else:
            count += 1
    return count
