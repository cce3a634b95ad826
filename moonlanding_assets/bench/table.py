"""A result as tables on the terminal. Holds rendering only."""

from collections.abc import Iterable, Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from moonlanding_assets.bench.catalogue import DAGSTER, RUNS
from moonlanding_assets.bench.result import Line, Result

_MIB = 2**20
HEADS = ("stage", "seconds", "from-to", "documents/s", "rows/s", "share", "CPU s", "on", "MiB")


def print_result(console: Console, result: Result) -> None:
    """Everything that was measured, in the order in which it was."""
    lines = result.lines.values()
    stages = [line for line in lines if not line.is_floor]
    whole = sum(line.seconds for line in stages if line.is_share)
    rounds = len(stages[0].runs)
    title = f"{result.documents:,} documents, {result.recipe['workers']} workers, medians of "
    console.print(_table(f"{title}{rounds}", stages, whole=whole))
    console.print()
    console.print(_table("Floors", [line for line in lines if line.is_floor], whole=0))
    console.print()
    for name in ("whole", "one_percent"):
        console.print(_parts(result.lines[name]))
        console.print()


def _table(title: str, lines: Iterable[Line], *, whole: float) -> Table:
    table = _empty(title, HEADS)
    for line in lines:
        share = f"{line.seconds / whole:.1%}" if line.is_share and whole else ""
        low, high = line.spread
        table.add_row(
            line.title,
            f"{line.seconds:.2f}",
            f"{low:.2f}-{high:.2f}" if len(line.runs) > 1 else "",
            f"{line.documents_a_second:,.0f}",
            f"{line.rows_a_second:,.0f}" if line.runs[0].rows else "",
            share,
            f"{line.cpu_seconds:.2f}",
            str(line.processes),
            f"{line.peak_bytes / _MIB:,.0f}",
        )
    return table


def _parts(line: Line) -> Table:
    """Where the seconds of a whole job go; what is neither a stage nor Dagster is the process."""
    table = _empty(f"{line.title}: {line.seconds:.2f} s", ("part", "seconds", "share"))
    for name, seconds in parts_of(line).items():
        table.add_row(name, f"{seconds:.2f}", f"{seconds / line.seconds:.1%}")
    return table


def parts_of(line: Line) -> Mapping[str, float]:
    """Seconds by stage, Dagster's own, and what the process takes to start and to end."""
    names = [name for name in line.runs[0].parts if name not in (DAGSTER, RUNS)]
    parts = {name: line.part(name) for name in names}
    process = line.seconds - line.part(RUNS)
    return {**parts, DAGSTER: line.part(DAGSTER), "start, summary and end": process}


def _empty(title: str, heads: Iterable[str]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        show_edge=False, pad_edge=False,
    )  # fmt: skip
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", no_wrap=True)
    return table
