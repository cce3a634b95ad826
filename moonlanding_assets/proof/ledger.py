"""The ledger balanced: every document of the snapshot once, every leaf field once, nothing else.

Counts documents and leaves from the raw JSON itself and believes no total that the migration
wrote. Repairs nothing. That documents come back bit for bit is inverse.py's.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.errors import LoadError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.proof.ledger_tables import check_tables

OUTCOMES = ("loaded", "merged", "quarantined", "declared")
LEAVES = ("mapped", "residue", "quarantined", "declared")
FIRST_FINDINGS = 100
_BATCH = 4_000
_LEAF_OF = {"rejected": 2, "quarantined": 2, "declared": 3}  # every other reason: residue
_LINES = (
    "SELECT path, collection, outcome, sha256, leaves_mapped, leaves_residue, "
    "leaves_quarantined, leaves_declared FROM migration_documents "
    "WHERE path IN (SELECT value FROM json_each(?))"
)
_RESIDUE = (
    "SELECT path, reason, value FROM migration_residue "
    "WHERE value IS NOT NULL AND path IN (SELECT value FROM json_each(?))"
)

Counts = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class CollectionLedger:
    """The balance of one collection. documents: by OUTCOMES; leaves: by LEAVES, of the ledger.

    read and leaves_read are counted from the raw documents.
    """

    collection: str
    read: int
    documents: Counts
    leaves_read: int
    leaves: Counts

    @property
    def is_balanced(self) -> bool:
        """Both equations hold: read = the sum of the outcomes."""
        return self.read == sum(self.documents) and self.leaves_read == sum(self.leaves)


@dataclass(frozen=True, kw_only=True)
class LedgerReport:
    """findings: (what, path or row, detail), the first 100; finding_count: all of them."""

    collections: tuple[CollectionLedger, ...]
    findings: tuple[tuple[str, str, str], ...]
    finding_count: int

    @property
    def documents(self) -> int:
        """How many documents of the snapshot were read."""
        return sum(one.read for one in self.collections)

    @property
    def is_balanced(self) -> bool:
        """Everything is accounted for, and there was at least one document."""
        holds = all(one.is_balanced for one in self.collections)
        return self.documents > 0 and self.finding_count == 0 and holds


@dataclass
class _Tally:
    """One collection while it is counted."""

    read: int = 0
    documents: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    leaves_read: int = 0
    leaves: list[int] = field(default_factory=lambda: [0, 0, 0, 0])


@dataclass
class _Findings:
    first: list[tuple[str, str, str]] = field(default_factory=list)
    count: int = 0

    def add(self, what: str, where: str, detail: str = "") -> None:
        self.count += 1
        if len(self.first) < FIRST_FINDINGS:
            self.first.append((what, where, detail))


@dataclass(frozen=True)
class _Raw:
    """One raw document: what the ledger must say about it."""

    path: str
    collection: str
    sha256: str
    leaves: int


def check_ledger(database: Path, sources: Mapping[str, Path]) -> LedgerReport:
    """The ledger of `database` against the raw documents of `sources`, both ways.

    sources: collection key → Parquet file of the fraction that the database was made from.
    Raises LoadError when the database is missing or holds no ledger.
    """
    if not database.is_file():
        raise LoadError(f"{database} does not exist: migrate the fraction first.")
    findings = _Findings()
    seen: set[str] = set()
    with reading(database) as connection:
        try:
            balances = tuple(
                _collection(connection, key, file, seen, findings) for key, file in sources.items()
            )
            for path, collection in connection.execute(
                "SELECT path, collection FROM migration_documents ORDER BY path"
            ):
                if path not in seen:
                    findings.add("not_in_snapshot", path, collection)
            for one in check_tables(connection):
                findings.add(*one)
        except sqlite3.OperationalError as error:
            raise LoadError(f"{database} holds no ledger of a migration: {error}.") from error
    return LedgerReport(
        collections=balances, findings=tuple(findings.first), finding_count=findings.count
    )


def _collection(
    connection: sqlite3.Connection, key: str, file: Path, seen: set[str], findings: _Findings
) -> CollectionLedger:
    tally = _Tally()
    for batch in _batches(file, key):
        tally.read += len(batch)
        tally.leaves_read += sum(one.leaves for one in batch)
        for one in batch:
            if one.path in seen:
                findings.add("twice_in_snapshot", one.path, key)
            seen.add(one.path)
        _compare(connection, batch, tally, findings)
    documents, leaves = tuple(tally.documents), tuple(tally.leaves)
    return CollectionLedger(
        collection=key,
        read=tally.read,
        documents=(documents[0], documents[1], documents[2], documents[3]),
        leaves_read=tally.leaves_read,
        leaves=(leaves[0], leaves[1], leaves[2], leaves[3]),
    )


def _batches(file: Path, collection: str) -> Iterator[list[_Raw]]:
    for batch in pq.ParquetFile(file).iter_batches(_BATCH, columns=["path", "fields"]):
        paths, texts = (column.to_pylist() for column in batch.columns)
        yield [
            _Raw(
                str(path),
                collection,
                hashlib.sha256(str(text).encode()).hexdigest(),
                leaves_in(orjson.loads(str(text)).values()),
            )
            for path, text in zip(paths, texts, strict=True)
        ]


def leaves_in(values: Iterable[Mapping[str, Any]]) -> int:
    """How many leaves REST values hold: scalars, empty arrays and empty maps count one each."""
    count, waiting = 0, list(values)
    while waiting:
        value = waiting.pop()
        below: Sequence[Mapping[str, Any]] = ()
        if "mapValue" in value:
            below = tuple(value["mapValue"].get("fields", {}).values())
        elif "arrayValue" in value:
            below = value["arrayValue"].get("values", ())
        waiting.extend(below)
        count += not below
    return count


def _compare(
    connection: sqlite3.Connection, batch: Sequence[_Raw], tally: _Tally, findings: _Findings
) -> None:
    paths = json.dumps([one.path for one in batch])
    lines: dict[str, tuple[Any, ...]] = {}
    for path, *line in connection.execute(_LINES, (paths,)):
        if path in lines:
            findings.add("twice_in_ledger", path)
        lines[path] = tuple(line)
    kept: dict[str, list[int]] = {}
    for path, reason, value in connection.execute(_RESIDUE, (paths,)):
        counts = kept.setdefault(path, [0, 0, 0, 0])
        counts[_LEAF_OF.get(reason, 1)] += leaves_in((orjson.loads(value),))
    for one in batch:
        found = lines.get(one.path)
        if found is None:
            findings.add("not_in_ledger", one.path, one.collection)
        else:
            _line(one, found, kept.get(one.path, [0, 0, 0, 0]), tally, findings)


def _line(
    raw: _Raw, line: tuple[Any, ...], kept: Sequence[int], tally: _Tally, findings: _Findings
) -> None:
    collection, outcome, sha256, *leaves = line
    if outcome in OUTCOMES:
        tally.documents[OUTCOMES.index(outcome)] += 1
    else:
        findings.add("unknown_outcome", raw.path)
    if collection != raw.collection:
        findings.add("another_collection", raw.path, f"{collection}, read as {raw.collection}")
    if sha256 != raw.sha256:
        findings.add("another_content", raw.path, "sha256")
    declared = BY_KEY.get(raw.collection)
    if outcome == "declared" and (declared is None or declared.presence != "declared"):
        findings.add("declared_by_nobody", raw.path, raw.collection)
    must = [raw.leaves - sum(kept), *kept[1:]]
    for place, (name, counted, said) in enumerate(zip(LEAVES, must, leaves, strict=True)):
        tally.leaves[place] += said
        if counted != said or said < 0:
            findings.add("leaves_miscounted", raw.path, f"{name}: ledger {said}, found {counted}")
