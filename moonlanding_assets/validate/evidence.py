"""Both sides of a comparison, opened for reading only: snapshot Parquet and the SQLite file.

Holds no comparison. Nothing here reads what normalize wrote except the SQLite file itself.
"""

import functools
import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow.parquet as pq

from moonlanding_assets.errors import BrokenDatabase, SnapshotError
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.validate.values import Fields

_BATCH_ROWS = 2_000


class Document(NamedTuple):
    """One document of the snapshot: its path and its top-level fields as REST values."""

    path: str
    fields: Fields


class RawDocument(NamedTuple):
    """One document of the snapshot as its file has it: canonical fields and their sha256."""

    path: str
    text: str
    sha256: str

    def parsed(self) -> Document:
        """The document with its fields as REST values."""
        return Document(self.path, orjson.loads(self.text))


class Evidence:
    """What the validators read for one fraction. Making one opens nothing.

    `file_root`: where the files that paths speak of can be looked up, None when unknown.
    Raises SnapshotError or BrokenDatabase from the first property that needs a missing input.
    """

    def __init__(self, layout: Layout, fraction: str, *, file_root: Path | None = None) -> None:
        self.layout = layout
        self.fraction = fraction
        self.file_root = file_root

    # the snapshot -----------------------------------------------------------------------------

    @functools.cached_property
    def manifests(self) -> dict[str, dict[str, Any]]:
        """The manifest of each system's snapshot."""
        return {system: self._manifest(system) for system in SYSTEMS}

    def _manifest(self, system: str) -> dict[str, Any]:
        file = self.layout.snapshot(system) / "manifest.json"
        if not file.is_file():
            raise SnapshotError(f"{file}: no manifest. Take the {system} snapshot first.")
        manifest = orjson.loads(file.read_bytes())
        if not isinstance(manifest, dict) or not isinstance(manifest.get("collections"), dict):
            raise SnapshotError(f"{file}: not a manifest. Take the {system} snapshot again.")
        return manifest

    @functools.cached_property
    def snapshot_digests(self) -> dict[str, str]:
        """System to the digest of its snapshot."""
        return {system: str(one["digest"]) for system, one in self.manifests.items()}

    @functools.cached_property
    def snapshot_time(self) -> str:
        """When the older of the snapshots was taken, as the manifests say it."""
        times = [str(one["snapshot_time"]) for one in self.manifests.values()]
        return min(times, key=datetime.fromisoformat)

    @functools.cached_property
    def collections(self) -> dict[str, int]:
        """Collection key to the number of documents that the fraction must hold."""
        whole = {
            key: int(entry["documents"])
            for manifest in self.manifests.values()
            for key, entry in manifest["collections"].items()
        }
        if self.fraction == "100%":
            return whole
        planned = Counter(self.planned_paths.values())
        return {key: planned.get(key, 0) for key in whole}

    @functools.cached_property
    def planned_paths(self) -> dict[str, str]:
        """Path to collection for every document that the sample plan takes."""
        file = self.layout.plan(self.fraction) / "plan.parquet"
        if not file.is_file():
            raise SnapshotError(f"{file}: no sample plan. Plan the {self.fraction} sample first.")
        table = pq.read_table(file, columns=["path", "collection"])
        collections = map(str, table["collection"].to_pylist())
        return dict(zip(map(str, table["path"].to_pylist()), collections, strict=True))

    def documents(self, *keys: str) -> Iterator[Document]:
        """Every document of the collections, in the order of their paths."""
        for key in keys:
            for batch in self._batches(key, ["path", "fields"]):
                texts = batch.column("fields").to_pylist()
                for path, text in zip(batch.column("path").to_pylist(), texts, strict=True):
                    yield Document(path, orjson.loads(text))

    def raw_documents(self, key: str) -> Iterator[RawDocument]:
        """Every document of a collection, unparsed, with the recorded hash."""
        for batch in self._batches(key, ["path", "fields", "sha256"]):
            yield from map(RawDocument, *(column.to_pylist() for column in batch.columns))

    def paths(self, key: str) -> list[str]:
        """The paths of a collection's documents."""
        batches = self._batches(key, ["path"])
        return [path for batch in batches for path in batch.column("path").to_pylist()]

    def _file(self, key: str) -> Any:
        """The Parquet file of a collection, None when the fraction has none of its documents."""
        expected = self.collections.get(key, 0)
        file = self.layout.source(self.fraction, key)
        if not file.is_file():
            if expected:
                raise SnapshotError(
                    f"{file}: missing, {expected} documents expected. Cut the fraction again."
                )
            return None
        parquet = pq.ParquetFile(file)
        if parquet.metadata.num_rows != expected:
            raise SnapshotError(
                f"{file}: {parquet.metadata.num_rows} documents, {expected} expected. "
                "Cut the fraction again."
            )
        return parquet

    def _batches(self, key: str, columns: list[str]) -> Iterator[Any]:
        parquet = self._file(key)
        if parquet is not None:
            yield from parquet.iter_batches(batch_size=_BATCH_ROWS, columns=columns)

    def check_inputs(self) -> None:
        """Raise unless every input is there, whole, and the database was made from them."""
        for key in self.collections:
            self._file(key)
        made_from = {system: self.run.get(f"{system}_snapshot_digest") for system in SYSTEMS}
        if made_from != self.snapshot_digests:
            raise SnapshotError(
                f"{self.database}: made from another snapshot. Normalize and load it again."
            )

    # the database -----------------------------------------------------------------------------

    @functools.cached_property
    def database(self) -> Path:
        """The SQLite file that is judged."""
        file = self.layout.database(self.fraction)
        if not file.is_file():
            raise BrokenDatabase(f"{file}: no database. Load the {self.fraction} fraction first.")
        return file

    @functools.cached_property
    def database_digest(self) -> str:
        """The sha256 of the bytes of the SQLite file."""
        with self.database.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @functools.cached_property
    def connection(self) -> sqlite3.Connection:
        """A read-only connection with foreign keys enforced."""
        uri = self.database.absolute().as_uri() + "?mode=ro"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def query(self, sql: str, *parameters: object) -> sqlite3.Cursor:
        """Run one statement; rows come as tuples."""
        return self.connection.execute(sql, parameters)

    def rows(self, table: str, *columns: str) -> sqlite3.Cursor:
        """The named columns of every row, in no particular order."""
        listed = ", ".join(f'"{column}"' for column in columns)
        return self.query(f'SELECT {listed} FROM "{table}"')

    def by_id(self, table: str, *columns: str) -> dict[str, tuple[Any, ...]]:
        """Row id to the row's values: the id first, then the named columns."""
        return {row[0]: row for row in self.rows(table, "id", *columns)}

    @functools.cached_property
    def run(self) -> dict[str, str]:
        """What the database says that it was made from."""
        return dict(self.rows("migration_run", "key", "value"))

    @functools.cached_property
    def quarantined(self) -> frozenset[tuple[str, str, str]]:
        """Path, locator and table of every document ("", "") and item that gave no row.

        Values that were refused inside a row that exists are in the same table: not these.
        """
        rows = self.query(
            "SELECT path, locator, table_name FROM migration_quarantine WHERE field = '' "
            "OR reason IN ('missing_required', 'parent_quarantined')"
        )
        return frozenset(rows)

    def is_quarantined(self, path: str, locator: str, table: str) -> bool:
        """Whether the ledger says that the document, or this item of it, gave no row."""
        return (path, "", "") in self.quarantined or (path, locator, table) in self.quarantined

    @functools.cached_property
    def derived(self) -> dict[tuple[str, str, str], str]:
        """Table, row id and column to the rule, for values the source did not have."""
        columns = ("table_name", "row_id", "column_name", "rule")
        rows = self.rows("migration_derived", *columns)
        return {(table, row, column): rule for table, row, column, rule in rows}

    @functools.cached_property
    def placeholders(self) -> dict[tuple[str, str], str]:
        """Table and row id to the key, for rows invented so that a reference can hold."""
        rows = self.rows("migration_placeholders", "table_name", "row_id", "key")
        return {(table, row): key for table, row, key in rows}

    def close(self) -> None:
        """Close the connection, if there is one."""
        if "connection" in self.__dict__:
            self.connection.close()
            del self.__dict__["connection"]
