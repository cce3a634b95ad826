"""What was set as targets, and whether one result meets them: every verdict from measured figures.

Declared for 250,000 documents on two cores. A smaller run gives the figure and no verdict: what
starting costs would decide it. Holds no measuring and no rendering.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from moonlanding_assets.bench.catalogue import DAGSTER, RUNS
from moonlanding_assets.bench.result import Line, Result
from moonlanding_assets.settings import SYSTEMS

FULL_DOCUMENTS = 250_000
INTO_SQLITE = ("peer_sqlite_utils", "peer_dlt", "peer_firestore_backup")
_MIB = 2**20

Verdict = Literal["met", "not met", "not measured", "too small to say"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One promise. `figure`: from a result, None where it was not measured.

    `is_of_any_size`: it does not depend on how many documents there are.
    """

    name: str
    says: str
    figure: Callable[[Result], float | None]
    bound: float
    is_least: bool = True
    is_of_any_size: bool = False


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A target, what was found, and the verdict."""

    name: str
    says: str
    bound: float
    is_least: bool
    figure: float | None
    verdict: Verdict


def judged(result: Result) -> list[Judged]:
    """Every target, in order."""
    return [_judged(target, result) for target in TARGETS]


def _judged(target: Target, result: Result) -> Judged:
    figure = target.figure(result)
    verdict: Verdict = "not measured"
    if figure is not None:
        is_met = figure >= target.bound if target.is_least else figure <= target.bound
        verdict = "met" if is_met else "not met"
        if result.documents < FULL_DOCUMENTS and not target.is_of_any_size:
            verdict = "too small to say"
    return Judged(
        name=target.name,
        says=target.says,
        bound=target.bound,
        is_least=target.is_least,
        figure=figure,
        verdict=verdict,
    )


def _reading(result: Result, processes: int) -> float | None:
    """Documents a second over both exports; None unless so many processes really read."""
    lines = [result.lines.get(f"read_{system}_{processes}") for system in SYSTEMS]
    found = [line for line in lines if line is not None and line.processes >= processes]
    if len(found) < len(SYSTEMS):
        return None
    return sum(one.runs[0].documents for one in found) / sum(one.seconds for one in found)


def _reading_alone(result: Result) -> float | None:
    return _reading(result, 1)


def _reading_together(result: Result) -> float | None:
    return _ratio(_reading(result, 2), _reading(result, 1))


def to_rows(result: Result) -> float | None:
    """Documents a second from the snapshot, where the peers begin too, to rows in their tables."""
    normalize, load = result.lines.get("normalize"), result.lines.get("load")
    if normalize is None or load is None:
        return None
    into = sum(load.part(name) for name in ("stage", "tables", "rows"))
    return normalize.runs[0].documents / (normalize.seconds + into)


def _beside(peer: str) -> Callable[[Result], float | None]:
    def figure(result: Result) -> float | None:
        return _ratio(to_rows(result), _documents_a_second(result.lines.get(peer)))

    return figure


def _rows_beside_floor(result: Result) -> float | None:
    """Rows a second of the load's own step, against the prepared insert of the same rows."""
    load, floor = result.lines.get("load"), result.lines.get("insert_prepared")
    if load is None or floor is None or not load.part("rows"):
        return None
    return (load.runs[0].rows / load.part("rows")) / floor.rows_a_second


def _load_beside_floor(result: Result) -> float | None:
    """The same of the whole load: indexes, search, checks, digest and publishing included."""
    load, floor = result.lines.get("load"), result.lines.get("insert_prepared")
    if load is None or floor is None:
        return None
    return load.rows_a_second / floor.rows_a_second


def _whole_beside_peers(result: Result) -> float | None:
    peers = [_documents_a_second(result.lines.get(name)) for name in INTO_SQLITE]
    measured = [one for one in peers if one is not None]
    fastest = max(measured) if len(measured) == len(peers) else None
    return _ratio(_documents_a_second(result.lines.get("whole")), fastest)


def _whole_seconds(result: Result) -> float | None:
    line = result.lines.get("whole")
    return None if line is None else line.seconds


def _dagster(name: str) -> Callable[[Result], float | None]:
    def figure(result: Result) -> float | None:
        line = result.lines.get(name)
        if line is None or not line.part(RUNS):
            return None
        return line.part(DAGSTER) / line.part(RUNS)

    return figure


def _one_percent(result: Result) -> float | None:
    line = result.lines.get("one_percent")
    return None if line is None else line.seconds


def _peak_mib(result: Result) -> float | None:
    """Of the largest process of any stage or job; floors and peers are not ours."""
    ours = [one for one in result.lines.values() if one.kind in ("step", "alone", "job")]
    return max(one.peak_bytes for one in ours) / _MIB if ours else None


def _documents_a_second(line: Line | None) -> float | None:
    return None if line is None else line.documents_a_second


def _ratio(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one / other


TARGETS: Sequence[Target] = (
    Target(name="reading", says="export reading, documents a second, one process",
           figure=_reading_alone, bound=40_000),
    Target(name="reading_two", says="the same with two processes, times",
           figure=_reading_together, bound=1.7),
    Target(name="rows_sqlite_utils", says="up to rows in SQLite, times sqlite-utils",
           figure=_beside("peer_sqlite_utils"), bound=3),
    Target(name="rows_dlt", says="up to rows in SQLite, times dlt",
           figure=_beside("peer_dlt"), bound=6),
    Target(name="rows_floor", says="load, its rows alone, share of the prepared insert",
           figure=_rows_beside_floor, bound=0.7),
    Target(name="load_floor", says="load with indexes, search and checks, share of the same",
           figure=_load_beside_floor, bound=0.7),
    Target(name="whole_peers", says="whole job, times the fastest peer's bare load",
           figure=_whole_beside_peers, bound=1),
    Target(name="whole", says="whole job, seconds (a minute)",
           figure=_whole_seconds, bound=60, is_least=False),
    Target(name="dagster", says="Dagster's own share of the whole job",
           figure=_dagster("whole"), bound=0.2, is_least=False),
    Target(name="dagster_1%", says="Dagster's own share at 1% of staging",
           figure=_dagster("one_percent"), bound=0.2, is_least=False, is_of_any_size=True),
    Target(name="one_percent", says="1% of staging, seconds from command to summary",
           figure=_one_percent, bound=6, is_least=False, is_of_any_size=True),
    Target(name="memory", says="peak memory of any process, MiB",
           figure=_peak_mib, bound=1024, is_least=False),
)  # fmt: skip
