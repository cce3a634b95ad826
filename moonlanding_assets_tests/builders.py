"""A tiny snapshot and the database that it must become, both written by hand.

Shares nothing with normalize: ids come from the standard library's uuid5, rows are literals, so
that validators are tested against what people can read here.
"""

import hashlib
import math
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.schema.catalogue import TABLE, table_ddl
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.validate.evidence import Evidence

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://moonlanding.example/documents")
DERIVED_AT = "2026-02-05T00:00:00.000Z"
Row = dict[str, Any]
MADE_FROM = {
    "timestamp_storage": "iso8601",
    "friday_snapshot_digest": "digest of friday",
    "mwr_snapshot_digest": "digest of mwr",
}


def identity(path: str, locator: str = "") -> str:
    """The id of the row of a document or of an item in it."""
    return str(uuid.uuid5(NAMESPACE, f"{path}#{locator}" if locator else path))


@dataclass(frozen=True)
class Moment:
    """Text that is a Firestore timestamp, not a string."""

    text: str


def rest(value: Any) -> dict[str, Any]:
    """A Python value in the REST encoding; 5 is an integer, 5.0 a double."""
    if isinstance(value, dict):
        return {"mapValue": {"fields": {key: rest(inner) for key, inner in value.items()}}}
    if isinstance(value, list):
        return {"arrayValue": {"values": [rest(inner) for inner in value]}}
    if value is None:
        return {"nullValue": None}
    if isinstance(value, Moment):
        return {"timestampValue": value.text}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"integerValue": str(value)}
    if isinstance(value, float):
        named = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return {"doubleValue": value if math.isfinite(value) else named}
    return {"stringValue": value}


@dataclass
class World:
    """Documents by path, and rows by table; `write` makes files of both."""

    documents: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    run: dict[str, str] = field(default_factory=lambda: dict(MADE_FROM))

    def document(self, collection: str, path: str, **fields: Any) -> str:
        """Add a document; returns its path."""
        self.documents[path] = (collection, fields)
        return path

    def row(self, table: str, *, derived: str = "", **columns: Any) -> str:
        """Add a row; `derived` names the columns that the ledger owns up to. Returns its id."""
        self.rows.setdefault(table, []).append(columns)
        for column in derived.split():
            self.row(
                "migration_derived",
                table_name=table,
                row_id=columns["id"],
                column_name=column,
                rule="by_hand",
            )
        return str(columns.get("id", ""))

    def loaded(self, path: str, table: str, row_id: str = "", outcome: str = "loaded") -> str:
        """The ledger's line of a document that became a row; returns the row's id."""
        collection, fields = self.documents[path]
        text = canonical(fields)
        found = row_id or identity(path)
        self.row(
            "migration_documents",
            path=path,
            collection=collection,
            outcome=outcome,
            reason="" if outcome == "loaded" else "by_hand",
            table_name=table,
            row_id=found,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            leaves_mapped=leaves({key: rest(value) for key, value in fields.items()}),
            leaves_residue=0,
            leaves_quarantined=0,
            leaves_declared=0,
        )
        return found

    def item(self, table: str, path: str, locator: str) -> str:
        """The ledger's line of an array item that became a row; returns the row's id."""
        found = identity(path, locator)
        self.row(
            "migration_items",
            table_name=table,
            row_id=found,
            path=path,
            locator=locator,
            position="[]",
        )
        return found

    def write(self, data: Path) -> Evidence:
        """Write the snapshot, the 100% fraction and the database below `data`."""
        layout = Layout(data=data)
        for system in SYSTEMS:
            self._write_manifest(layout, system)
        for collection in {collection for collection, _ in self.documents.values()}:
            self._write_source(layout, collection)
        write_database(layout.database("100%"), self.rows, self.run)
        return Evidence(layout, "100%")

    def _write_manifest(self, layout: Layout, system: str) -> None:
        counts: dict[str, int] = {}
        for collection, _ in self.documents.values():
            if collection.startswith(f"{system}/"):
                counts[collection] = counts.get(collection, 0) + 1
        listed = {key: {"documents": count} for key, count in counts.items()}
        manifest = {
            "system": system,
            "collections": listed,
            "digest": f"digest of {system}",
            "snapshot_time": DERIVED_AT,
        }
        file = layout.snapshot(system) / "manifest.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps(manifest))

    def _write_source(self, layout: Layout, collection: str) -> None:
        found = sorted(
            (path, canonical(fields))
            for path, (key, fields) in self.documents.items()
            if key == collection
        )
        columns = {
            "path": [path for path, _ in found],
            "collection": [collection for _ in found],
            "fields": [text for _, text in found],
            "sha256": [hashlib.sha256(text.encode()).hexdigest() for _, text in found],
        }
        file = layout.source("100%", collection)
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), file)


def canonical(fields: dict[str, Any]) -> str:
    """The canonical text of a document's fields."""
    values = {key: rest(value) for key, value in fields.items()}
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


def leaves(fields: dict[str, Any]) -> int:
    """How many leaf values REST fields hold; an empty map or array is one."""
    count = 0
    for value in fields.values():
        if "mapValue" in value:
            count += leaves(value["mapValue"]["fields"]) or 1
        elif "arrayValue" in value:
            inner = dict(enumerate(value["arrayValue"]["values"]))
            count += leaves(inner) or 1
        else:
            count += 1
    return count


def write_database(file: Path, rows: dict[str, list[Row]], run: dict[str, str]) -> None:
    """A SQLite file with every base and migration table, and these rows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        for table in TABLE.values():
            connection.execute(table_ddl(table))
        for table_name, found in rows.items():
            for row in found:
                insert(connection, table_name, row)
        for key, value in run.items():
            insert(connection, "migration_run", {"key": key, "value": value})
        connection.commit()


def insert(connection: sqlite3.Connection, table: str, row: Row) -> None:
    """One row; columns that are not named get their defaults."""
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    values = [json_or_same(value) for value in row.values()]
    connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)


def json_or_same(value: Any) -> Any:
    """Lists and maps as canonical JSON text, everything else as it is."""
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return value
