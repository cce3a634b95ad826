"""What documents show and what follows from a choice of them, as plain SQL on DuckDB.

Holds no hashing and no order (sampling_order.py) and no references (sampling_edges.py, whose
tables it reads). The tables, by the functions that make them:

shows(n, feature)     a view: the features of documents, by their number   number
numbered(feature, collection, text)                                        number
why(n, why)           the documents of the sample                          explain, everything
"""

import duckdb
import pyarrow as pa

# Needed features get numbers in their order, so that Python handles whole numbers only.
_NUMBER = """
CREATE TABLE "numbered" AS
  SELECT row_number() OVER (ORDER BY "collection", "text") AS "feature", "collection", "text"
  FROM (SELECT "collection", "feature" AS "text" FROM "feature" WHERE "is_needed"
        UNION SELECT split_part("collection", '/', 1), "feature" FROM "structure");
CREATE TABLE "shape_shows" AS
  SELECT f."shape", n."feature" FROM "feature" f
  JOIN "numbered" n ON n."collection" = f."collection" AND n."text" = f."feature"
  WHERE f."is_needed";
CREATE TABLE "alone_shows" AS
  SELECT s."n", n."feature" FROM "structure" s
  JOIN "numbered" n
    ON n."collection" = split_part(s."collection", '/', 1) AND n."text" = s."feature";
CREATE VIEW "shows" AS
  SELECT d."n", s."feature" FROM "doc" d JOIN "shape_shows" s USING ("shape")
  UNION ALL SELECT "n", "feature" FROM "alone_shows";
CREATE TABLE "root_shows" AS
  SELECT r."root", s."feature"
  FROM (SELECT DISTINCT "root", "shape" FROM "doc") r JOIN "shape_shows" s USING ("shape")
  WHERE r."root" IS NOT NULL
  UNION
  SELECT d."root", s."feature" FROM "doc" d JOIN "alone_shows" s USING ("n")
  WHERE d."root" IS NOT NULL
"""

_ROOT_FEATURES = """
SELECT "root", list("feature" ORDER BY "feature") FROM "root_shows" s
WHERE "feature" IN (
    SELECT "feature" FROM "root_shows" GROUP BY "feature" HAVING count(*) <= $at_most)
  AND "feature" NOT IN (
    SELECT "feature" FROM "root_shows" WHERE "root" IN (SELECT unnest($shown_by)))
GROUP BY "root"
"""

_LOOSE_FEATURES = """
SELECT d."n", d."path", list(s."feature" ORDER BY s."feature")
FROM "shows" s JOIN "doc" d USING ("n")
WHERE d."root" IS NULL
  AND s."feature" NOT IN (SELECT "feature" FROM "shows" JOIN "{shown_by}" USING ("n"))
GROUP BY d."n", d."path"
"""

_UNNAMED = """
SELECT d."n", d."path" FROM "doc" d JOIN "member" m USING ("n")
WHERE m."unit" IS NULL
  AND d."n" NOT IN (SELECT "dst" FROM "edge" WHERE "by" <> 'twin')
"""

_CLOSURE = """
WITH RECURSIVE "reached"("n") AS (
  SELECT "n" FROM "{seeds}"
  UNION
  SELECT e."dst" FROM "reached" r JOIN "edge" e ON e."src" = r."n")
SELECT "n" FROM "reached"
"""

_EXPLAIN = """
CREATE TABLE "seeds" AS
  SELECT "n", min("priority") AS "priority" FROM (
    SELECT "n", 1 AS "priority" FROM "covering"
    UNION ALL SELECT "n", 2 FROM "taken"
    UNION ALL SELECT "n", 3 FROM "by_hash") GROUP BY "n";
CREATE TABLE "sample" AS {closure};
CREATE TABLE "why" AS
  SELECT "n", CASE s."priority" WHEN 1 THEN 'coverage' WHEN 2 THEN 'aggregate'
    WHEN 3 THEN 'hash' ELSE 'closure' END AS "why"
  FROM "sample" LEFT JOIN "seeds" s USING ("n")
"""


def number(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `numbered` and `shows` from `feature` and `structure`."""
    con.execute(_NUMBER)


def unit_sizes(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """For each aggregate its documents by system."""
    query = """SELECT "unit", "system", count(*) FROM "member" WHERE "unit" IS NOT NULL
        GROUP BY ALL ORDER BY ALL"""
    sizes: dict[str, dict[str, int]] = {}
    for unit, system, documents in con.execute(query).fetchall():
        sizes.setdefault(unit, {})[system] = documents
    return sizes


def root_sizes(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """For each root the documents that hang on it."""
    query = """SELECT "root", count(*) FROM "doc" WHERE "root" IS NOT NULL GROUP BY ALL"""
    return dict(con.execute(query).fetchall())


def root_features(
    con: duckdb.DuckDBPyConnection, *, at_most: int, shown_by: list[str]
) -> dict[str, list[int]]:
    """For roots the features that at most so many show, and none of `shown_by` does."""
    rows = con.execute(_ROOT_FEATURES, {"at_most": at_most, "shown_by": shown_by}).fetchall()
    return dict(rows)


def loose_features(
    con: duckdb.DuckDBPyConnection, *, shown_by: str
) -> list[tuple[int, str, list[int]]]:
    """Documents (number, path, features) outside all aggregates that show what no document of
    the table `shown_by` shows."""
    return con.execute(_LOOSE_FEATURES.format(shown_by=shown_by)).fetchall()


def unnamed(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    """Documents (number, path) outside all aggregates that no other document leads to."""
    return con.execute(_UNNAMED).fetchall()


def below(con: duckdb.DuckDBPyConnection, roots: list[str], *, into: str) -> None:
    """Makes the table `into`(n): the documents that hang on these roots."""
    query = f"""CREATE TABLE "{into}" AS
        SELECT "n" FROM "doc" WHERE "root" IN (SELECT unnest($roots))"""
    con.execute(query, {"roots": roots})


def counts(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    """The documents of a table that hang on a root, by system."""
    query = f"""SELECT "system", count(*) FROM "{table}" JOIN "doc" USING ("n")
        WHERE "root" IS NOT NULL GROUP BY ALL"""
    return dict(con.execute(query).fetchall())


def members(con: duckdb.DuckDBPyConnection, units: list[str], *, into: str) -> None:
    """Makes the table `into`(n): the documents of these aggregates."""
    query = f"""CREATE TABLE "{into}" AS
        SELECT "n" FROM "member" WHERE "unit" IN (SELECT unnest($units))"""
    con.execute(query, {"units": units})


def add(con: duckdb.DuckDBPyConnection, numbers: list[int], *, into: str) -> None:
    """Adds document numbers that Python chose to the table `into`(n); makes it if need be."""
    con.execute(f'CREATE TABLE IF NOT EXISTS "{into}" ("n" BIGINT)')
    con.register("picked", pa.table({"n": pa.array(numbers, pa.int64())}))
    con.execute(f'INSERT INTO "{into}" SELECT "n" FROM "picked"')
    con.unregister("picked")


def closure(con: duckdb.DuckDBPyConnection, seeds: str, *, into: str) -> None:
    """Makes the table `into`(n): the documents of table `seeds` and all that these lead to."""
    con.execute(f'CREATE TABLE "{into}" AS {_CLOSURE.format(seeds=seeds)}')


def explain(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `why` from the tables `covering`, `taken` and `by_hash`, and what they lead to."""
    con.execute(_EXPLAIN.format(closure=_CLOSURE.format(seeds="seeds")))


def everything(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `why` with every document in it, and no `structure`: the whole snapshot."""
    con.execute("""
        CREATE TABLE "why" AS SELECT "n", 'all' AS "why" FROM "doc";
        CREATE TABLE "structure" ("n" BIGINT, "collection" VARCHAR, "feature" VARCHAR)""")
