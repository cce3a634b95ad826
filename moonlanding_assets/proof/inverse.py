"""The proof: every document rebuilt from the database alone, and compared with the snapshot.

Holds the run over all documents and the comparison of hashes; one document is rebuild.py's.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from moonlanding_assets.collecting import no_collecting
from moonlanding_assets.errors import LoadError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.residue import count_leaves
from moonlanding_assets.progress import Progress
from moonlanding_assets.proof.rebuild import rebuild
from moonlanding_assets.proof.stored import directory_of, read_documents
from moonlanding_assets.source.value import canonical
from moonlanding_assets.workers import worker_pool

CHUNK = 4_000  # documents rebuilt at once
FIRST_DIFFERENCES = 100
SMALL = 8_000
_LINES_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class CollectionProof:
    """How the documents of one collection came back; shares are of the leaves."""

    collection: str
    documents: int
    exact: int
    leaves_mapped: int
    leaves_residue: int
    leaves_quarantined: int
    leaves_declared: int


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The result. `differences`: (path, what), where what is differs, missing or extra."""

    collections: tuple[CollectionProof, ...]
    differences: tuple[tuple[str, str], ...]
    difference_count: int

    @property
    def documents(self) -> int:
        """How many documents of the snapshot were compared."""
        return sum(one.documents for one in self.collections)

    @property
    def is_proved(self) -> bool:
        """Every document came back, bit for bit, and there was at least one."""
        return self.documents > 0 and self.difference_count == 0


def prove(
    database: Path, sources: Mapping[str, Path], *, workers: int, progress: Progress
) -> Proof:
    """Rebuild every document of `database`, compare with the raw documents of `sources`.

    sources: collection key → Parquet file of the fraction that the database was made from.
    Raises LoadError when the database is missing or was not made by a migration.
    """
    if not database.is_file():
        raise LoadError(f"{database} does not exist: migrate the fraction first.")
    ranges = list(_ranges(database))
    run = _here if workers < 2 or len(ranges) * CHUNK <= SMALL else _pool
    parts = [part for part in run(database, ranges, workers, progress)]
    return _compare(database, pa.concat_tables(parts) if parts else _table([]), sources)


def _ranges(database: Path) -> Iterator[tuple[str, str]]:
    """First and last path of each chunk of documents."""
    try:
        with reading(database) as connection:
            paths = connection.execute("SELECT path FROM migration_documents ORDER BY path")
            while chunk := paths.fetchmany(CHUNK):
                yield chunk[0][0], chunk[-1][0]
    except sqlite3.OperationalError as error:
        raise LoadError(f"{database} holds no ledger of a migration: {error}.") from error


def _here(
    database: Path, ranges: Sequence[tuple[str, str]], workers: int, progress: Progress
) -> Iterator[pa.Table]:
    del workers
    with reading(database) as connection:
        directory = directory_of(connection)
    for one in ranges:
        part = rebuild_range(database, one, directory)
        progress.advance(part.num_rows)
        yield part


def _pool(
    database: Path, ranges: Sequence[tuple[str, str]], workers: int, progress: Progress
) -> Iterator[pa.Table]:
    with worker_pool(workers, begin=_start, given=(database,)) as pool:
        for future in as_completed([pool.submit(_rebuild_here, one) for one in ranges]):
            part = future.result()
            progress.advance(part.num_rows)
            yield part


_state: dict[str, tuple[Path, Directory]] = {}


def _start(database: Path) -> None:
    """Once in each worker process: the directory is as large as the firm."""
    with reading(database) as connection:
        _state["database"] = database, directory_of(connection)


def _rebuild_here(between: tuple[str, str]) -> pa.Table:
    database, directory = _state["database"]
    return rebuild_range(database, between, directory)


def rebuild_range(database: Path, between: tuple[str, str], directory: Directory) -> pa.Table:
    """path, sha256 and leaves of every document in a range of paths, as rebuilt."""
    lines = []
    with reading(database) as connection, no_collecting():
        for one in read_documents(connection, *between):
            fields = rebuild(one.collection, one.rows, one.residue, directory)
            digest = hashlib.sha256(canonical(fields).encode()).hexdigest()
            lines.append((one.path, digest, sum(map(count_leaves, fields.values()))))
    return _table(lines)


def _table(lines: Sequence[tuple[str, str, int]]) -> pa.Table:
    columns = list(zip(*lines, strict=True)) or [(), (), ()]
    names = {"path": pa.string(), "sha256": pa.string(), "leaves": pa.int64()}
    return pa.table(
        {
            name: pa.array(values, type=kind)
            for (name, kind), values in zip(names.items(), columns, strict=True)
        }
    )


def _compare(database: Path, rebuilt: pa.Table, sources: Mapping[str, Path]) -> Proof:
    """Hashes of the rebuilt documents against the snapshot's, and against the ledger's counts."""
    files = ", ".join("'" + str(file).replace("'", "''") + "'" for file in sources.values())
    with duckdb.connect() as connection, reading(database) as ledger:
        connection.register("rebuilt", rebuilt)
        connection.register("ledger", _ledger(ledger))
        connection.execute(
            f"CREATE TABLE raw AS SELECT path, collection, sha256 FROM read_parquet([{files}])"
        )
        connection.execute(
            "CREATE TABLE compared AS SELECT coalesce(raw.path, rebuilt.path) AS path, "
            "raw.collection, CASE WHEN raw.path IS NULL THEN 'extra' "
            "WHEN rebuilt.path IS NULL THEN 'missing' "
            "WHEN raw.sha256 <> rebuilt.sha256 THEN 'differs' "
            "WHEN ledger.leaves <> rebuilt.leaves THEN 'leaves miscounted' END AS what "
            "FROM raw FULL JOIN rebuilt ON raw.path = rebuilt.path "
            "LEFT JOIN ledger ON ledger.path = rebuilt.path"
        )
        totals = connection.execute(
            "SELECT collection, count(*), count(*) FILTER (WHERE what IS NULL), "
            "coalesce(sum(mapped), 0), coalesce(sum(residue), 0), "
            "coalesce(sum(quarantined), 0), coalesce(sum(declared), 0) "
            "FROM compared LEFT JOIN ledger USING (path) "
            "WHERE collection IS NOT NULL GROUP BY collection ORDER BY collection"
        ).fetchall()
        differences = connection.execute(
            "SELECT path, what FROM compared WHERE what IS NOT NULL ORDER BY path"
        ).fetchall()
    return Proof(
        collections=tuple(_collection(*line) for line in totals),
        differences=tuple(differences[:FIRST_DIFFERENCES]),
        difference_count=len(differences),
    )


def _ledger(connection: sqlite3.Connection) -> pa.Table:
    names = ("path", "mapped", "residue", "quarantined", "declared", "leaves")
    schema = pa.schema(
        [(name, pa.int64() if place else pa.string()) for place, name in enumerate(names)]
    )
    lines = connection.execute(
        "SELECT path, leaves_mapped, leaves_residue, leaves_quarantined, leaves_declared, "
        "leaves_mapped + leaves_residue + leaves_quarantined + leaves_declared "
        "FROM migration_documents"
    )
    batches = []
    while chunk := lines.fetchmany(_LINES_AT_ONCE):
        columns = zip(zip(*chunk, strict=True), schema.types, strict=True)
        arrays = [pa.array(column, type=kind) for column, kind in columns]
        batches.append(pa.record_batch(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def _collection(key: str, documents: int, exact: int, *leaves: int) -> CollectionProof:
    mapped, residue, quarantined, declared = map(int, leaves)
    return CollectionProof(
        collection=key,
        documents=documents,
        exact=exact,
        leaves_mapped=mapped,
        leaves_residue=residue,
        leaves_quarantined=quarantined,
        leaves_declared=declared,
    )
