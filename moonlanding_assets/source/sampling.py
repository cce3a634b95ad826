"""The plan of a sample: which documents of both snapshots belong to a fraction, and why.

Cut by aggregate, so that no reference inside a sample points to a document left outside. Holds
the course of the plan; its order is in sampling_order.py, its set work in sampling_edges.py and
sampling_sql.py, what it reports in census.py.
"""

import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.settings import SHARE
from moonlanding_assets.source import sampling_edges as edges
from moonlanding_assets.source import sampling_sql as sql
from moonlanding_assets.source.census import CENSUS_FILE, Chosen, PlanReport, take_census
from moonlanding_assets.source.collection_file import file_sha256
from moonlanding_assets.source.engine import connected
from moonlanding_assets.source.replacing import replaced
from moonlanding_assets.source.sampling_order import cover, is_below, rank, take, united
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.survey import jobs_of, survey
from moonlanding_assets.source.survey_kept import kept_survey
from moonlanding_assets.workers import worker_pool

PLAN_FILE = "plan.parquet"
DOCUMENTS_FOR_WORKERS = 20_000  # below that, starting processes costs more than it gives
RARE = 64  # a feature of so few aggregates is covered first; the others mostly come with it

_PLAN = """
SELECT d."system", d."collection", d."path", w."why"
FROM "why" w JOIN "doc" d USING ("n") ORDER BY "system", "collection", "path"
"""


def plan(
    snapshots: Mapping[str, Snapshot],
    *,
    fraction: str,
    seed: int,
    directory: Path,
    kept: Path | None = None,
    workers: int = 2,
) -> PlanReport:
    """Writes directory/plan.parquet (system, collection, path, why) and directory/census.json.

    The same snapshots, fraction and seed give the same bytes; a larger fraction holds all that a
    smaller one holds. An existing directory is replaced whole. `kept` is where the survey is kept
    for other fractions; large snapshots are surveyed by several processes. Raises SettingsError for
    a fraction that is none of FRACTIONS, NoSpace when the disk is full.
    """
    if fraction not in SHARE:
        raise SettingsError(f"fraction must be one of {', '.join(SHARE)}")
    with (
        replaced(directory) as building,
        tempfile.TemporaryDirectory(dir=building) as scratch,
        connected(Path(scratch)) as con,
    ):
        make = partial(_survey, snapshots, workers=workers)
        edges.load(con, kept_survey(snapshots, kept or Path(scratch) / "survey", make))
        taken, aggregates = _choose(con, seed=seed, share=SHARE[fraction])
        _write(con, building / PLAN_FILE)
        chosen = Chosen(
            fraction=fraction,
            seed=seed,
            snapshots={system: snapshots[system].digest for system in sorted(snapshots)},
            aggregates=aggregates,
            aggregates_taken=taken,
            sha256=file_sha256(building / PLAN_FILE),
        )
        return take_census(con, chosen, building / CENSUS_FILE)


def _survey(snapshots: Mapping[str, Snapshot], directory: Path, *, workers: int) -> None:
    files = {key: one.file(key) for one in snapshots.values() for key in one.collections}
    portions = jobs_of({key: files[key] for key in sorted(files)})
    work = partial(survey, directory=directory)
    documents = sum(one.manifest.documents for one in snapshots.values())
    if workers < 2 or documents < DOCUMENTS_FOR_WORKERS:
        for portion in portions:
            work(portion)
        return
    with worker_pool(workers) as pool:
        for _ in pool.map(work, portions):
            pass


def _choose(con: duckdb.DuckDBPyConnection, *, seed: int, share: float) -> tuple[int, int]:
    """Makes `why`; returns how many aggregates were taken, and of how many (0 for the whole)."""
    if share >= 1:
        sql.everything(con)
        return 0, 0
    edges.resolve(con)
    edges.gather(con, united(edges.roots(con), edges.joined_roots(con)))
    sql.number(con)
    sql.below(con, _covering_roots(con, seed), into="covering")
    sql.closure(con, "covering", into="covered")
    sizes = sql.unit_sizes(con)
    order = sorted(sizes, key=partial(rank, seed))
    taken = take(order, sizes, share, ahead=sql.counts(con, "covered"))
    sql.add(con, _covering_loose(con, seed), into="covering")
    sql.members(con, taken, into="taken")
    by_hash = [n for n, path in sql.unnamed(con) if is_below(rank(seed, path), share)]
    sql.add(con, by_hash, into="by_hash")
    sql.explain(con)
    return len(taken), len(sizes)


def _covering_roots(con: duckdb.DuckDBPyConnection, seed: int) -> list[str]:
    """Engagements, clients and reviews that, with all below them, show every feature."""
    weights = sql.root_sizes(con)
    ranks = {root: rank(seed, root) for root in weights}
    chosen: list[str] = []
    for at_most in (RARE, len(weights)):
        shows = sql.root_features(con, at_most=at_most, shown_by=chosen)
        chosen += cover(shows, weights, ranks)
    return chosen


def _covering_loose(con: duckdb.DuckDBPyConnection, seed: int) -> list[int]:
    """Documents that hang on no root, for the features that the roots do not lead to."""
    found = sql.loose_features(con, shown_by="covered")
    shows = {n: features for n, _, features in found}
    return cover(shows, dict.fromkeys(shows, 1), {n: rank(seed, path) for n, path, _ in found})


def _write(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    text = pa.string()
    schema = pa.schema({"system": text, "collection": text, "path": text, "why": text})
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in con.sql(_PLAN).to_arrow_reader(100_000):
            writer.write_batch(batch.cast(schema))
