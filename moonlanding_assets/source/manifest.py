"""What a snapshot says about itself: manifest.json, its words and its digest.

Holds no reading of documents and no Parquet; a manifest names no place on a disk and no time of
its own making, so the same export always gives the same bytes.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from moonlanding_assets.errors import SnapshotError

MANIFEST_FILE = "manifest.json"
MANIFEST_FORMAT = 1
UNKNOWN_MARK = "/?"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Which export a snapshot was made from; times are UTC texts, as the export states them."""

    kind: str
    project: str
    database: str
    started_at: str
    finished_at: str


@dataclass(frozen=True, kw_only=True)
class CollectionEntry:
    """One Parquet file of a snapshot.

    `sha256` is of the file's bytes; `content_sha256` of the lines "path sha256-of-fields" in the
    order of the paths, so it does not depend on how the file was written.
    """

    file: str
    documents: int
    size_bytes: int
    sha256: str
    content_sha256: str


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """What was never read or was cut off, because it is secret.

    `collections`: documents by collection key; `fields`: documents by "collection.field";
    `url_queries`: how many URLs lost everything from the question mark on.
    """

    collections: Mapping[str, int]
    fields: Mapping[str, int]
    url_queries: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A whole snapshot of one system. `unknown` lists the collections no contract declares."""

    system: str
    source: Origin
    snapshot_time: str
    collections: Mapping[str, CollectionEntry]
    unknown: tuple[str, ...]
    documents: int
    withheld: Withheld
    digest: str


def file_name(collection: str) -> str:
    """The Parquet file of a collection; an unknown one is named by a hash of its key."""
    if UNKNOWN_MARK in collection:
        return f"unknown__{hashlib.sha256(collection.encode()).hexdigest()[:12]}.parquet"
    return f"{collection.replace('/', '__')}.parquet"


def content_digest(system: str, collections: Mapping[str, CollectionEntry]) -> str:
    """SHA-256 (hex) over the system and what each collection holds; empty ones do not count."""
    digest = hashlib.sha256(f"{system}\n".encode())
    for key in sorted(collections):
        if collections[key].documents:
            digest.update(f"{key} {collections[key].content_sha256}\n".encode())
    return digest.hexdigest()


def manifest(
    *,
    system: str,
    source: Origin,
    collections: Mapping[str, CollectionEntry],
    withheld: Withheld,
) -> Manifest:
    """The manifest of these files; totals, the unknown and the digest are worked out here."""
    ordered = {key: collections[key] for key in sorted(collections)}
    return Manifest(
        system=system,
        source=source,
        snapshot_time=source.started_at,
        collections=ordered,
        unknown=tuple(key for key in ordered if UNKNOWN_MARK in key),
        documents=sum(entry.documents for entry in ordered.values()),
        withheld=withheld,
        digest=content_digest(system, ordered),
    )


def to_json(document: Manifest) -> bytes:
    """The manifest as JSON text (UTF-8, keys sorted, ends with a newline)."""
    content = {"format": MANIFEST_FORMAT, **dataclasses.asdict(document)}
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(content, option=options)


def from_json(text: bytes, *, place: str) -> Manifest:
    """The manifest of that text; raises SnapshotError naming `place` where it is none."""
    try:
        document = _read(orjson.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise _unusable(place, f"not a manifest ({type(error).__name__})") from None
    if document.digest != content_digest(document.system, document.collections):
        raise _unusable(place, "its digest does not fit what it lists")
    if document.documents != sum(one.documents for one in document.collections.values()):
        raise _unusable(place, "its count of documents does not fit what it lists")
    return document


def _unusable(place: str, what: str) -> SnapshotError:
    return SnapshotError(f"{place}: {what}. The snapshot was changed; take it again.")


def _read(content: dict[str, Any]) -> Manifest:
    if content.pop("format") != MANIFEST_FORMAT:
        raise ValueError("another format")
    return Manifest(
        system=content["system"],
        source=Origin(**content["source"]),
        snapshot_time=content["snapshot_time"],
        collections=dict(_entries(content["collections"].items())),
        unknown=tuple(content["unknown"]),
        documents=content["documents"],
        withheld=Withheld(**content["withheld"]),
        digest=content["digest"],
    )


def _entries(
    items: Iterable[tuple[str, dict[str, Any]]],
) -> Iterable[tuple[str, CollectionEntry]]:
    for key, entry in items:
        yield key, CollectionEntry(**entry)
