"""The summary at the end: what was read, what it became, what was checked, time and places.

Holds rendering only; every figure comes from results.py or was measured by watch.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

from moonlanding_assets.console.cost import cost_cells, reading_seconds
from moonlanding_assets.console.results import FractionResult
from moonlanding_assets.console.watch import StageTime
from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.normalize.run import SOURCES_OF
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets.validate.verification_report import Verification

UI_ADDRESS = "http://127.0.0.1:3000"
REST = "Dagster itself"
COST = ("migration: read, sample, normalize, load", "eight validators", "validators / migration")


@dataclass(frozen=True, kw_only=True)
class TimedRun:
    """How long a run took in all, and its stages."""

    name: str
    seconds: float
    stages: Mapping[str, StageTime]

    @property
    def rest_seconds(self) -> float:
        """What no stage accounts for: Dagster's events, planning and bookkeeping."""
        return self.seconds - sum(one.seconds for one in self.stages.values())


def print_summary(
    console: Console,
    results: Sequence[FractionResult],
    *,
    withheld: Mapping[str, int],
    runs: Sequence[TimedRun] = (),
) -> None:
    """Everything about these fractions, the most important last."""
    for part in (
        collections_table(results),
        tables_table(results),
        outcomes_table(results),
        withheld_table(withheld),
        checks_table(results),
        *([verification_table(results)] if any(one.verification for one in results) else []),
        *([times_table(runs)] if runs else []),
        places_table(results),
    ):
        console.print(part)
        console.print()


def collections_table(results: Sequence[FractionResult]) -> RenderableType:
    """Documents read by collection, and the tables that they become."""
    becomes: dict[str, list[str]] = {}
    for name, collections in SOURCES_OF.items():
        for key in collections:
            becomes.setdefault(key, []).append(name)
    known = [one.key for one in COLLECTIONS]
    found = {key for result in results for key in result.documents}
    table = _table("Collections", ["collection", *_fractions(results), "becomes"])
    for key in [key for key in known if key in found] + sorted(found - set(known)):
        counts = [result.documents.get(key, 0) for result in results]
        other = "(kept whole)" if key in known else "(not declared: quarantined)"
        table.add_row(key, *map(_number, counts), ", ".join(becomes.get(key, [other])))
    _total(table, [sum(result.documents.values()) for result in results], last="")
    return table


def tables_table(results: Sequence[FractionResult]) -> RenderableType:
    """Rows by table; empty tables of the application are counted, not listed."""
    table = _table("Tables", ["table", *_fractions(results)])
    filled = [name for name in results[0].rows if any(result.rows[name] for result in results)]
    for name in filled:
        table.add_row(name, *(_number(result.rows[name]) for result in results))
    _total(table, [sum(result.rows.values()) for result in results])
    before = [sum(result.already_there.values()) for result in results]
    if any(before):
        table.add_row("already there, untouched", *map(_number, before))
    return table


def outcomes_table(results: Sequence[FractionResult]) -> RenderableType:
    """What became of every document: one outcome each."""
    table = _table("Documents", ["outcome", *_fractions(results)])
    for outcome in sorted({name for result in results for name in result.outcomes}):
        table.add_row(outcome, *(_number(result.outcomes.get(outcome, 0)) for result in results))
    _total(table, [sum(result.outcomes.values()) for result in results])
    return table


def withheld_table(withheld: Mapping[str, int]) -> RenderableType:
    """What was never read, because the contract declares it secret."""
    table = _table("Never read (secret)", ["what", "100%"])
    for what, count in withheld.items():
        table.add_row(what, _number(count))
    return table


def checks_table(results: Sequence[FractionResult]) -> RenderableType:
    """The verdict of every validator, with how much it compared."""
    table = _table("Checks", ["check", *_fractions(results)])
    for columns in zip(*(result.checks for result in results), strict=True):
        cells = []
        for check in columns:
            said = check.said.partition(", ")[0] if check.is_pass else check.said
            style = "green" if check.is_pass else "bold red"
            cells.append(f"{said} [{style}]{check.verdict}[/]")
        table.add_row(columns[0].title, *cells)
    return table


def verification_lines(found: Verification) -> RenderableType:
    """The twelve checks of one file: verdict, how much was compared, findings."""
    table = _table(f"Verification of {found.fraction}: {found.count}", ["check", "verdict"])
    for name in ("compared", "findings", "seconds"):
        table.add_column(name, justify="right")
    for number, one in enumerate(found.checks, 1):
        report = one.report
        style = "green" if report.verdict is Verdict.PASS else "bold red"
        figures = (_number(report.compared), _number(report.finding_count), f"{report.seconds:.1f}")
        verdict = f"[{style}]{report.verdict.value}[/]"
        table.add_row(f"{number}. {report.title}", verdict, *figures)
    return table


def verification_table(results: Sequence[FractionResult]) -> RenderableType:
    """The twelve checks of each file that was verified, as they count now."""
    verified = [result for result in results if result.verification]
    counts = [f"{_passed(one)}/{len(one.verification)}" for one in verified]
    table = _table("Verification", ["check", *_fractions(verified)])
    for columns in zip(*(one.verification for one in verified), strict=True):
        verdicts = [
            f"[{'green' if one.is_pass else 'bold red'}]{one.verdict}[/]" for one in columns
        ]
        table.add_row(columns[0].title, *verdicts)
    table.add_section()
    table.add_row("passed", *counts)
    return table


def _passed(result: FractionResult) -> int:
    return sum(one.is_pass for one in result.verification)


def times_table(runs: Sequence[TimedRun]) -> RenderableType:
    """Seconds by stage and run, documents a second in brackets, and Dagster's own share."""
    table = _table("Seconds (documents a second)", ["stage", *(run.name for run in runs)])
    for stage in dict.fromkeys(name for run in runs for name in run.stages):
        table.add_row(stage, *(_time(run.stages.get(stage)) for run in runs))
    table.add_row(
        REST, *(f"{run.rest_seconds:.1f} ({run.rest_seconds / run.seconds:.0%})" for run in runs)
    )
    table.add_section()
    table.add_row("all", *(f"{run.seconds:.1f}" for run in runs))
    _cost(table, runs)
    return table


def _cost(table: Table, runs: Sequence[TimedRun]) -> None:
    """The validators beside the migration; reading the exports counts for the whole fraction."""
    read = sum(reading_seconds(run.stages) for run in runs)
    cells = [
        cost_cells(run.stages, read_seconds=read if run.name.endswith("100%") else 0)
        for run in runs
    ]
    if any(map(any, cells)):
        table.add_section()
        for title, found in zip(COST, zip(*cells, strict=True), strict=True):
            table.add_row(title, *found)


def places_table(results: Iterable[FractionResult]) -> RenderableType:
    """Where the databases and the UI are."""
    table = Table(title="Places", title_justify="left", title_style="bold", box=None)
    table.show_header, table.pad_edge = False, False
    for result in results:
        size = f"{result.size_bytes / 1_000_000:,.1f} MB"
        table.add_row(f"database {result.fraction}", _near(Path(result.database)), size)
    table.add_row("Dagster UI", UI_ADDRESS, "make dev")
    return table


def _near(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _fractions(results: Sequence[FractionResult]) -> list[str]:
    return [result.fraction for result in results]


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for name in columns:
        is_number = name.endswith("%") or name == "snapshot"
        table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number)
    return table


def _total(table: Table, counts: Sequence[int], *, last: str | None = None) -> None:
    table.add_section()
    table.add_row("all", *map(_number, counts), *([] if last is None else [last]))


def _number(count: int) -> str:
    return f"{count:,}" if count else "-"


def _time(stage: StageTime | None) -> str:
    if stage is None:
        return ""
    rate = f" ({stage.documents_a_second:,.0f})" if stage.documents else ""
    return f"{stage.seconds:.1f}{rate}"
