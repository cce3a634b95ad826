"""Hand-made documents through normalize and load, into a real database. Holds no assertion."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.load.target import build_candidate
from moonlanding_assets.normalize.run import TABLES, normalize
from moonlanding_assets.progress import Silent
from moonlanding_assets.source.value import canonical

NOON = "2026-02-05T12:00:00.000Z"
Documents = Mapping[str, Mapping[str, Mapping[str, Any]]]  # collection → path → fields


def write_sources(directory: Path, documents: Documents) -> dict[str, Path]:
    """One Parquet file of raw documents a collection, sorted by path."""
    directory.mkdir(parents=True, exist_ok=True)
    sources = {}
    for number, (collection, held) in enumerate(documents.items()):
        lines = [(path, canonical(dict(held[path]))) for path in sorted(held)]
        sources[collection] = directory / f"{number:02d}.parquet"
        table = pa.table(
            {
                "path": [path for path, _ in lines],
                "collection": [collection for _ in lines],
                "fields": [text for _, text in lines],
                "sha256": [hashlib.sha256(text.encode()).hexdigest() for _, text in lines],
            },
            schema=pa.schema(
                [(n, pa.string()) for n in ("path", "collection", "fields", "sha256")]
            ),
        )
        pq.write_table(table, sources[collection])
    return sources


def make_stage(sources: Mapping[str, Path], stage: Path) -> dict[str, Path]:
    """The stage files by table."""
    normalize(
        sources=sources, snapshot_time=NOON, stage=stage, workers=1,
        timestamp_storage="iso8601", progress=Silent(),
    )  # fmt: skip
    return {name: stage / f"{name}.parquet" for name in TABLES}


def migrate(sources: Mapping[str, Path], directory: Path) -> Path:
    """A finished database made from the sources."""
    database = directory / "app.db"
    build_candidate(make_stage(sources, directory / "stage"), database, run={"made": "by a test"})
    return database


def firm() -> dict[str, dict[str, dict[str, Any]]]:
    """A small firm with one of everything that the ledger can say."""
    people = {
        "friday/users/list/u1": {"email": s("Anna@One.example"), "name": s("Anna Abel"),
                                 "role": s("partner"), "uid": s("x9")},
        "friday/users/list/u2": {"name": s("Nobody Known"), "status": s("active")},
    }  # fmt: skip
    reviewers = {
        "myworkreview/users/list/m1": {"email": s(" anna@one.example"), "name": s("Anne Abel"),
                                       "photo": s("pictures/anna.png")},
    }  # fmt: skip
    engagement = {
        "client_id": s("gone"), "stage": s("Info Gathering"), "year": s("2025"),
        "deadline_date": s("31/02/26"), "createdBy": s("u1"), "scope": s("All of\nit"),
        "surprise": s("\u202eshown"), "fee_split": m(partner={"doubleValue": 0.5}),
        "engagement_letter": m(**{"client status": s("Sent")}),
    }  # fmt: skip
    review = {
        "groupName": s("Year end"), "email": s("left@one.example"),
        "highlights": a(m(id=s("h1"), email=s("anna@one.example"), comment=s("why"),
                          responses=a(m(id=s("r1"), comment=s("so")), s("not a map")))),
        "collaborators": a(m(name=s("No Address"))),
    }  # fmt: skip
    return {
        "friday/users": people,
        "friday/clients": {},
        "friday/engagements_document": {"friday/engagements": {"Commencement": m(t1=i(3))}},
        "friday/entity_types": {"friday/entityTypes/list/t": {"name": s("Trust")}},
        "friday/engagements": {"friday/engagements/list/e1": engagement},
        "friday/?friday/things/list/{}": {"friday/things/list/t1": {"name": s("new")}},
        "mwr/users": reviewers,
        "mwr/reviews": {"myworkreview/reviews/list/w1": review},
    }


def s(text: str) -> dict[str, Any]:
    return {"stringValue": text}


def i(number: int) -> dict[str, Any]:
    return {"integerValue": str(number)}


def m(**fields: Any) -> dict[str, Any]:
    return {"mapValue": {"fields": fields}}


def a(*values: Any) -> dict[str, Any]:
    return {"arrayValue": {"values": list(values)}}
