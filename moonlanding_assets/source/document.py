"""A raw document as it is kept in Parquet: the schema, one row, and what a path says.

Holds no reading of a source and no rule about which collection a path belongs to.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("path", pa.string(), nullable=False),
    pa.field("collection", pa.string(), nullable=False),
    pa.field("document_id", pa.string(), nullable=False),
    pa.field("parent_path", pa.string(), nullable=False),
    pa.field("create_time", pa.timestamp("us", tz="UTC")),
    pa.field("update_time", pa.timestamp("us", tz="UTC")),
    pa.field("fields", pa.string(), nullable=False),
    pa.field("sha256", pa.string(), nullable=False),
]
DOCUMENT_SCHEMA = pa.schema(_FIELDS)


@dataclass(frozen=True, kw_only=True)
class Document:
    """One row of DOCUMENT_SCHEMA.

    `path` has no project prefix; `collection` is a contract key; `fields` canonical text and
    `sha256` its hex digest. The times are null where the source does not tell them (exports).
    """

    path: str
    collection: str
    document_id: str
    parent_path: str
    fields: str
    sha256: str
    create_time: datetime | None = None
    update_time: datetime | None = None


def document_row(
    path: str,
    collection: str,
    fields: str,
    *,
    create_time_us: int | None = None,
    update_time_us: int | None = None,
) -> dict[str, Any]:
    """One row of DOCUMENT_SCHEMA; `fields` is canonical text, times are us since 1970 UTC."""
    return {
        "path": path,
        "collection": collection,
        "document_id": document_id(path),
        "parent_path": parent_path(path),
        "create_time": create_time_us,
        "update_time": update_time_us,
        "fields": fields,
        "sha256": hashlib.sha256(fields.encode()).hexdigest(),
    }


def document_id(path: str) -> str:
    """The last part of a document path; numeric ids read `__id7__`."""
    return path.rsplit("/", 1)[-1]


def parent_path(path: str) -> str:
    """The path of the document that a document lies under (it may be missing); "" at the root."""
    parts = path.rsplit("/", 2)
    return parts[0] if len(parts) == 3 else ""
