"""Who names whom and who belongs where, as plain SQL on DuckDB over the files of a survey.

Holds no choice of documents (sampling_sql.py, sampling.py) and no reading of them (survey.py).
The tables, by the functions that make them:

doc(n, system, collection, path, root, shape)      root is null outside every aggregate  load
feature(shape, collection, feature, is_needed)     what documents of a shape show        load
edge(src, dst, by, joins)                          both documents exist                  resolve
structure(n, collection, feature)                  what only all documents show together resolve
member(n, system, unit)                            as root, and joined by edges          gather
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from moonlanding_assets.source.features import needs, plain
from moonlanding_assets.source.survey import TABLES

#: Documents of these collections go with the aggregate that they speak of.
ATTACHED = (
    "friday/recreation_logs",
    "friday/client_sent_notifications",
    "friday/rfis",
    "friday/logs",
    "mwr/logs",
)

_LOAD = """
CREATE TABLE "doc" AS
  SELECT "n", split_part("collection", '/', 1) AS "system", "collection", "path", "root", "shape"
  FROM "survey_documents"
"""

_FEATURE = """
CREATE TABLE "feature" AS
  SELECT DISTINCT s."shape", m."where" AS "collection", m."what" AS "feature", m."is_needed"
  FROM "survey_features" s
  JOIN "meaning" m ON m."collection" = s."collection" AND m."feature" = s."feature"
"""

# A name joins two documents only when one document alone bears it.
_RESOLVE = """
CREATE TABLE "named" AS
  SELECT r."n" AS "src", d."n" AS "dst", r."by", r."target", r."key", r."joins"
  FROM "survey_references" r JOIN "doc" d ON d."path" = r."path"
  WHERE r."by" IN ('path', 'parent')
  UNION ALL
  SELECT r."n", i."n", r."by", r."target", r."key", r."joins"
  FROM "survey_references" r
  JOIN "survey_identities" i ON i."by" = r."by" AND i."key" = r."key"
  WHERE r."by" = 'email'
  UNION ALL
  SELECT r."n", i."n", r."by", r."target", r."key",
    r."joins" AND count(*) OVER (PARTITION BY r."n", r."target", r."key") = 1
  FROM "survey_references" r
  JOIN "survey_identities" i
    ON i."by" = r."by" AND i."key" = r."key" AND i."target" = r."target"
  WHERE r."by" = 'name';
CREATE TABLE "edge" AS
  SELECT "src", "dst", "by", bool_or("joins") AS "joins" FROM "named"
  WHERE "src" <> "dst" GROUP BY "src", "dst", "by"
  UNION ALL
  SELECT DISTINCT a."n", b."n", 'twin', false
  FROM "survey_identities" a
  JOIN "survey_identities" b ON a."by" = 'email' AND b."by" = 'email' AND a."key" = b."key"
  WHERE a."n" <> b."n"
"""

_STRUCTURE = """
CREATE TABLE "structure" AS
  SELECT DISTINCT d."n", d."collection", 'dangling to ' || r."target" AS "feature"
  FROM "survey_references" r JOIN "doc" d USING ("n")
  WHERE r."by" <> 'parent' AND NOT EXISTS (
    SELECT 1 FROM "named" m
    WHERE m."src" = r."n" AND m."target" = r."target" AND m."key" = r."key" AND m."by" = r."by")
  UNION ALL
  SELECT "n", "collection", 'parent is missing' FROM "doc" d
  WHERE len(string_split("path", '/')) > 4 AND NOT EXISTS (
    SELECT 1 FROM "doc" p WHERE p."path" = array_to_string(string_split(d."path", '/')[:-3], '/'))
  UNION ALL
  SELECT "n", "collection", 'id is repeated' FROM (
    SELECT "n", "collection",
      count(*) OVER (PARTITION BY "collection", string_split("path", '/')[-1]) AS "bearers"
    FROM "doc" WHERE "collection" NOT LIKE '%/?%') WHERE "bearers" > 1
  UNION ALL
  SELECT DISTINCT d."n", d."collection", CASE WHEN o."system" = d."system"
    THEN 'e-mail is shared in the system' ELSE 'e-mail is shared between systems' END
  FROM "edge" e JOIN "doc" d ON d."n" = e."src" JOIN "doc" o ON o."n" = e."dst"
  WHERE e."by" = 'twin'
  UNION ALL
  SELECT DISTINCT d."n", d."collection", 'link is one-sided'
  FROM "edge" e JOIN "doc" d ON d."n" = e."src" JOIN "doc" o ON o."n" = e."dst"
  WHERE e."joins" AND d."system" <> o."system" AND NOT EXISTS (
    SELECT 1 FROM "edge" back
    WHERE back."src" = e."dst" AND back."dst" = e."src" AND back."joins")
"""

_JOINED_ROOTS = """
SELECT DISTINCT a."root", b."root"
FROM "edge" e JOIN "doc" a ON a."n" = e."src" JOIN "doc" b ON b."n" = e."dst"
WHERE e."joins" AND a."root" <> b."root" ORDER BY 1, 2
"""

_GATHER = """
CREATE TABLE "member" AS
  SELECT d."n", d."system", coalesce(u."unit", spoken."unit") AS "unit"
  FROM "doc" d
  LEFT JOIN "unit" u ON u."root" = d."root"
  LEFT JOIN (
    SELECT e."src" AS "n", min(u."unit") AS "unit"
    FROM "edge" e JOIN "doc" s ON s."n" = e."src" JOIN "doc" t ON t."n" = e."dst"
    JOIN "unit" u ON u."root" = t."root"
    WHERE e."by" = 'path' AND s."collection" IN (SELECT unnest($attached))
    GROUP BY e."src") spoken ON spoken."n" = d."n"
"""


def load(con: duckdb.DuckDBPyConnection, survey: Path) -> None:
    """Makes `doc` and `feature` from the survey's files; the other tables stay views on files."""
    for name in TABLES:
        files = str(survey / f"{name}-*.parquet").replace("'", "''")
        con.execute(f"""CREATE VIEW "survey_{name}" AS SELECT * FROM read_parquet('{files}')""")
    con.execute(_LOAD)
    seen = con.execute('SELECT DISTINCT "collection", "feature" FROM "survey_features"').fetchall()
    meanings = [
        {"collection": collection, "feature": feature, "where": where, "what": what, "is_needed": i}
        for collection, feature in seen
        for where, what, i in _meanings(collection, feature)
    ]
    con.register("meaning", pa.Table.from_pylist(meanings))
    con.execute(_FEATURE)


def _meanings(collection: str, feature: str) -> Iterator[tuple[str, str, bool]]:
    """What the census counts for a feature, and what a sample needs because of it."""
    for what in {feature, plain(feature)}:
        yield collection, what, False
    for where, what in needs(feature, collection=collection):
        yield where, what, True


def resolve(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `edge`: every reference, parent and shared e-mail between documents that exist."""
    con.execute(_RESOLVE)
    con.execute(_STRUCTURE)


def joined_roots(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The pairs of roots that are one aggregate, in a fixed order."""
    return [(a, b) for a, b in con.execute(_JOINED_ROOTS).fetchall()]


def roots(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Every root that any document hangs on, in a fixed order."""
    query = 'SELECT DISTINCT "root" FROM "doc" WHERE "root" IS NOT NULL ORDER BY 1'
    return [root for (root,) in con.execute(query).fetchall()]


def gather(con: duckdb.DuckDBPyConnection, unit_of_root: Mapping[str, str]) -> None:
    """Makes `member`: the aggregate of each document, by that of its root."""
    units = {"root": list(unit_of_root), "unit": list(unit_of_root.values())}
    schema = pa.schema({"root": pa.string(), "unit": pa.string()})
    con.register("unit", pa.Table.from_pydict(units, schema=schema))
    con.execute(_GATHER, {"attached": list(ATTACHED)})
