"""The ledger balanced: every document of the snapshot once, every leaf field once, nothing else.

Counts documents and leaves from the raw JSON itself and believes no total that the migration
wrote. Repairs nothing. The pass over the documents is accounts.py's; that documents come back bit
for bit is inverse.py's.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from moonlanding_assets.contract.catalogue import BY_KEY
from moonlanding_assets.load.opening import reading
from moonlanding_assets.proof.ledger_tables import check_tables
from moonlanding_assets.proof.raw import Raw

OUTCOMES = ("loaded", "merged", "quarantined", "declared")
LEAVES = ("mapped", "residue", "quarantined", "declared")
FIRST_FINDINGS = 100
_LINES_AT_ONCE = 20_000
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
class _Findings:
    first: list[tuple[str, str, str]] = field(default_factory=list)
    count: int = 0

    def find(self, what: str, where: str, detail: str = "") -> None:
        self.count += 1
        if len(self.first) < FIRST_FINDINGS:
            self.first.append((what, where, detail))

    def add(self, other: "_Findings") -> None:
        self.count += other.count
        self.first += other.first[: FIRST_FINDINGS - len(self.first)]


@dataclass
class Balance:
    """Documents of one collection while they are counted, and what was found wrong with them."""

    collection: str
    read: int = 0
    documents: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    leaves_read: int = 0
    leaves: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    findings: _Findings = field(default_factory=_Findings)

    def add(self, other: "Balance") -> None:
        """Take in what was counted after this, by somebody else."""
        self.read += other.read
        self.leaves_read += other.leaves_read
        self.documents = _sums(self.documents, other.documents)
        self.leaves = _sums(self.leaves, other.leaves)
        self.findings.add(other.findings)

    def result(self) -> CollectionLedger:
        """What was counted, frozen."""
        return CollectionLedger(
            collection=self.collection,
            read=self.read,
            documents=_counts(self.documents),
            leaves_read=self.leaves_read,
            leaves=_counts(self.leaves),
        )

    def compare(self, connection: sqlite3.Connection, batch: Sequence[Raw]) -> None:
        """Documents against their lines of the ledger and their residue."""
        paths = json.dumps([one.path for one in batch])
        lines: dict[str, tuple[Any, ...]] = {}
        for path, *line in connection.execute(_LINES, (paths,)):
            if path in lines:
                self.findings.find("twice_in_ledger", path)
            lines[path] = tuple(line)
        kept: dict[str, list[int]] = {}
        for path, reason, value in connection.execute(_RESIDUE, (paths,)):
            counts = kept.setdefault(path, [0, 0, 0, 0])
            counts[_LEAF_OF.get(reason, 1)] += leaves_in((orjson.loads(value),))
        for one in batch:
            leaves = leaves_in(one.fields.values())
            self.read += 1
            self.leaves_read += leaves
            found = lines.get(one.path)
            if found is None:
                self.findings.find("not_in_ledger", one.path, self.collection)
            else:
                self._line(one, leaves, found, kept.get(one.path, [0, 0, 0, 0]))

    def _line(self, raw: Raw, read: int, line: tuple[Any, ...], kept: Sequence[int]) -> None:
        collection, outcome, sha256, *leaves = line
        find = self.findings.find
        if outcome in OUTCOMES:
            self.documents[OUTCOMES.index(outcome)] += 1
        else:
            find("unknown_outcome", raw.path)
        if collection != self.collection:
            find("another_collection", raw.path, f"{collection}, read as {self.collection}")
        if sha256 != raw.sha256:
            find("another_content", raw.path, "sha256")
        declared = BY_KEY.get(self.collection)
        if outcome == "declared" and (declared is None or declared.presence != "declared"):
            find("declared_by_nobody", raw.path, self.collection)
        must = [read - sum(kept), *kept[1:]]
        for place, (name, counted, said) in enumerate(zip(LEAVES, must, leaves, strict=True)):
            self.leaves[place] += said
            if counted != said or said < 0:
                find("leaves_miscounted", raw.path, f"{name}: ledger {said}, found {counted}")


def conclude(
    database: Path, sources: Mapping[str, Path], balances: Sequence[Balance]
) -> LedgerReport:
    """What only all documents together can show, and the report.

    Raises sqlite3.OperationalError when the database holds no ledger.
    """
    findings = _Findings()
    for balance in balances:
        findings.add(balance.findings)
    with reading(database) as connection:
        for one in (*_strangers(connection, sources), *check_tables(connection)):
            findings.find(*one)
    return LedgerReport(
        collections=tuple(one.result() for one in balances),
        findings=tuple(findings.first),
        finding_count=findings.count,
    )


def _strangers(
    connection: sqlite3.Connection, sources: Mapping[str, Path]
) -> Iterator[tuple[str, str, str]]:
    """Paths that occur twice in the snapshot, and lines of the ledger that it does not have."""
    schema = pa.schema({"path": pa.string(), "collection": pa.string()})
    lines = connection.execute("SELECT path, collection FROM migration_documents")
    with duckdb.connect() as engine:
        engine.execute(f"CREATE VIEW raw AS {_every_path(sources)}")
        again = engine.execute(
            "SELECT path, list(place ORDER BY place) FROM raw "
            "GROUP BY path HAVING count(*) > 1 ORDER BY path"
        ).fetchall()
        keys = list(sources)
        for path, places in again:
            yield from (("twice_in_snapshot", path, keys[place]) for place in places[1:])
        engine.register("lines", pa.Table.from_batches(_batches(lines, schema), schema=schema))
        unread = engine.execute(
            "SELECT path, collection FROM lines ANTI JOIN raw USING (path) ORDER BY path"
        ).fetchall()
        yield from (("not_in_snapshot", path, collection) for path, collection in unread)


def _every_path(sources: Mapping[str, Path]) -> str:
    """SQL for the path of every document, and the place of its collection among the sources."""
    files = [str(file).replace("'", "''") for file in sources.values()]
    read = (
        f"SELECT path, {place} AS place FROM read_parquet('{file}')"
        for place, file in enumerate(files)
    )
    return " UNION ALL ".join(read) or "SELECT NULL AS path, 0 AS place WHERE false"


def _batches(lines: sqlite3.Cursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while chunk := lines.fetchmany(_LINES_AT_ONCE):
        yield pa.record_batch([*map(pa.array, zip(*chunk, strict=True))], schema=schema)


def _sums(left: Sequence[int], right: Sequence[int]) -> list[int]:
    return [mine + more for mine, more in zip(left, right, strict=True)]


def _counts(four: Sequence[int]) -> Counts:
    return four[0], four[1], four[2], four[3]


def leaves_in(values: Iterable[Mapping[str, Any]]) -> int:
    """How many leaves REST values hold: scalars, empty arrays and empty maps count one each."""
    count, waiting = 0, list(values)
    while waiting:
        value = waiting.pop()
        below: Any = None
        if "mapValue" in value:
            below = value["mapValue"].get("fields", {}).values()
        elif "arrayValue" in value:
            below = value["arrayValue"].get("values")
        if below:
            waiting.extend(below)
        else:
            count += 1
    return count
