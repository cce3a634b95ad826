"""What a sample is worth: its size, why each document is in it, and which features it shows.

Reads the tables that the plan made; chooses nothing. Every declared field is listed, with zero
where the snapshot has none, so that a missing thing is a figure and not a silence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.source.features import declared_features

CENSUS_FILE = "census.json"

_BY_COLLECTION = """
SELECT d."system", d."collection", count(*), count(w."n")
FROM "doc" d LEFT JOIN "why" w USING ("n") GROUP BY ALL ORDER BY ALL
"""
_BY_REASON = """
SELECT d."system", w."why", count(*) FROM "why" w JOIN "doc" d USING ("n")
GROUP BY ALL ORDER BY ALL
"""
_BY_FEATURE = """
SELECT "collection", "feature", sum("documents")::BIGINT, sum("sampled")::BIGINT FROM (
  SELECT f."collection", f."feature", s."documents", s."sampled"
  FROM (SELECT d."shape", count(*) AS "documents", count(w."n") AS "sampled"
        FROM "doc" d LEFT JOIN "why" w USING ("n") GROUP BY d."shape") s
  JOIN "feature" f USING ("shape") WHERE NOT f."is_needed"
  UNION ALL
  SELECT s."collection", s."feature", 1, CASE WHEN w."n" IS NULL THEN 0 ELSE 1 END
  FROM "structure" s LEFT JOIN "why" w USING ("n"))
GROUP BY ALL ORDER BY ALL
"""
_NEEDED = """
SELECT count(*), count(*) FILTER (WHERE "is_sampled") FROM (
  SELECT "collection", "feature", bool_or("is_sampled") AS "is_sampled" FROM (
    SELECT f."collection", f."feature", s."is_sampled"
    FROM (SELECT d."shape", count(w."n") > 0 AS "is_sampled"
          FROM "doc" d LEFT JOIN "why" w USING ("n") GROUP BY d."shape") s
    JOIN "feature" f USING ("shape") WHERE f."is_needed"
    UNION ALL
    SELECT split_part(s."collection", '/', 1), s."feature", w."n" IS NOT NULL
    FROM "structure" s LEFT JOIN "why" w USING ("n"))
  GROUP BY ALL)
"""


@dataclass(frozen=True, kw_only=True)
class PlanReport:
    """What a plan came to, counts of documents by system.

    `documents` in the snapshots, `sample` in the fraction, `why` the sample by reason (coverage,
    aggregate, hash, closure; at 100% all); `features` that the snapshots show and a sample needs,
    `features_sampled` those that it has; `sha256` of plan.parquet (hex).
    """

    fraction: str
    seed: int
    snapshots: Mapping[str, str]
    documents: Mapping[str, int]
    sample: Mapping[str, int]
    why: Mapping[str, Mapping[str, int]]
    aggregates: int
    aggregates_taken: int
    features: int
    features_sampled: int
    sha256: str

    @property
    def shares(self) -> dict[str, float]:
        """The real size of the sample: for each system its part of the documents, 0 to 1."""
        return {one: self.sample[one] / (self.documents[one] or 1) for one in self.documents}


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the plan knows beside its tables."""

    fraction: str
    seed: int
    snapshots: Mapping[str, str]
    aggregates: int
    aggregates_taken: int
    sha256: str


def take_census(con: duckdb.DuckDBPyConnection, chosen: Chosen, file: Path) -> PlanReport:
    """Counts documents, reasons and features; writes them to `file` as JSON."""
    collections = con.execute(_BY_COLLECTION).fetchall()
    features = _by_key(con.execute(_BY_FEATURE).fetchall())
    ((needed, needed_sampled),) = con.execute(_NEEDED).fetchall()
    report = PlanReport(
        fraction=chosen.fraction,
        seed=chosen.seed,
        snapshots=chosen.snapshots,
        documents=_totals(chosen.snapshots, ((system, n) for system, _, n, _ in collections)),
        sample=_totals(chosen.snapshots, ((system, n) for system, _, _, n in collections)),
        why=_reasons(chosen.snapshots, con.execute(_BY_REASON).fetchall()),
        aggregates=chosen.aggregates,
        aggregates_taken=chosen.aggregates_taken,
        features=needed,
        features_sampled=needed_sampled,
        sha256=chosen.sha256,
    )
    _write(report, collections, features, file)
    return report


def _totals(systems: Iterable[str], counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    totals = dict.fromkeys(sorted(systems), 0)
    for system, documents in counts:
        totals[system] += documents
    return totals


def _reasons(
    systems: Iterable[str], rows: Iterable[tuple[str, str, int]]
) -> dict[str, dict[str, int]]:
    reasons: dict[str, dict[str, int]] = {system: {} for system in sorted(systems)}
    for system, why, documents in rows:
        reasons[system][why] = documents
    return reasons


def _by_key(rows: Iterable[tuple[str, str, int, int]]) -> dict[str, dict[str, tuple[int, int]]]:
    found: dict[str, dict[str, tuple[int, int]]] = {
        one.key: dict.fromkeys(declared_features(one), (0, 0))
        for one in COLLECTIONS
        if one.presence != "secret"
    }
    for collection, feature, documents, sampled in rows:
        found.setdefault(collection, {})[feature] = (documents, sampled)
    return found


def _write(
    report: PlanReport,
    collections: Iterable[tuple[str, str, int, int]],
    features: Mapping[str, Mapping[str, tuple[int, int]]],
    file: Path,
) -> None:
    content: dict[str, Any] = {
        "fraction": report.fraction,
        "seed": report.seed,
        "snapshots": report.snapshots,
        "plan_sha256": report.sha256,
        "aggregates": _pair(report.aggregates, report.aggregates_taken),
        "needed_features": _pair(report.features, report.features_sampled),
        "systems": {
            system: {
                "snapshot": report.documents[system],
                "sample": report.sample[system],
                "share": round(report.shares[system], 6),
                "why": report.why[system],
            }
            for system in report.documents
        },
        "collections": {key: _pair(n, m) for _, key, n, m in collections},
        "features": {
            key: {text: _pair(*counts) for text, counts in sorted(found.items())}
            for key, found in sorted(features.items())
        },
    }
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    file.write_bytes(orjson.dumps(content, option=options))


def _pair(snapshot: int, sample: int) -> dict[str, int]:
    return {"snapshot": snapshot, "sample": sample}
