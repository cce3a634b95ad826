"""A result as tables on the terminal. Holds rendering only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from moonlanding_assets.bench.catalogue import DAGSTER, RUNS
from moonlanding_assets.bench.compare import changes
from moonlanding_assets.bench.result import Line, Result
from moonlanding_assets.bench.scale import LINEAR_WITHIN, curve
from moonlanding_assets.bench.targets import Judged, judged

_MIB = 2**20
_QUIET = 0.75  # of the cores: below that, nobody else needed them when it began
HEADS = ("stage", "seconds", "from-to", "documents/s", "rows/s", "share", "CPU s", "on", "MiB")
_STYLES = {"met": "green", "not met": "bold red"}


def print_result(console: Console, result: Result, before: Result | None) -> None:
    """Everything that was measured, then what it means."""
    by_kind = lines_by_kind(result)
    steps = by_kind["step"]
    title = f"{result.documents:,} documents, {result.recipe['workers']} workers"
    parts = [_table(title, [*by_kind["alone"], *steps, *by_kind["job"]], of=total(steps))]
    parts += [_table(name, by_kind[kind], of=0) for name, kind in
              (("Floors", "floor"), ("Others", "peer")) if by_kind[kind]]  # fmt: skip
    parts += [_parts(line) for line in by_kind["job"]]
    if result.notes:
        parts.append(_notes(result))
    if before is not None:
        parts.append(_changes(result, before))
    parts.append(_targets(judged(result)))
    console.print(load_said(result.machine), highlight=False)
    for part in parts:
        console.print(part)
        console.print()


def print_curve(console: Console, results: Sequence[Result]) -> None:
    """What a document costs at each size."""
    heads = ("stage", "documents", "seconds", "µs a document", "growth", "MiB", "growth")
    table = _empty(f"Growth; linear is within {LINEAR_WITHIN:.0%} a document", heads)
    for one in curve(results):
        style = "green" if one.is_linear else "bold red"
        table.add_row(
            one.title,
            f"{one.documents:,}",
            f"{one.seconds:.2f}",
            f"{one.microseconds_a_document:,.1f}",
            f"[{style}]{one.time_growth:+.0%}[/]",
            f"{one.peak_bytes / _MIB:,.0f}",
            f"{one.memory_growth:+.0%}",
        )
    console.print(table)


def load_said(machine: Mapping[str, Any]) -> str:
    """Whether others were at work: wall seconds are theirs too then."""
    before, after, cores = machine["load_before"], machine["load_after"], machine["cores"]
    said = f"load of the machine {before} before, {after} after, {cores} cores"
    is_busy = before > cores * _QUIET  # at the end it is our own
    return f"[bold red]{said}: others were at work, so this says little[/]" if is_busy else said


def lines_by_kind(result: Result) -> Mapping[str, list[Line]]:
    """Step, alone, floor, job, peer: the lines of each, in order."""
    found: dict[str, list[Line]] = {"step": [], "alone": [], "floor": [], "job": [], "peer": []}
    for line in result.lines.values():
        found[line.kind].append(line)
    return found


def total(lines: Iterable[Line]) -> float:
    """Seconds of all steps."""
    return sum(line.seconds for line in lines)


def _table(title: str, lines: Iterable[Line], *, of: float) -> Table:
    table = _empty(title, HEADS)
    for line in lines:
        low, high = line.spread
        table.add_row(
            line.title,
            f"{line.seconds:.2f}",
            f"{low:.2f}-{high:.2f}" if len(line.runs) > 1 else "",
            f"{line.documents_a_second:,.0f}",
            f"{line.rows_a_second:,.0f}" if line.runs[0].rows else "",
            f"{line.seconds / of:.1%}" if line.kind == "step" and of else "",
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


def _notes(result: Result) -> Table:
    """What others lose, as it was counted in their output; and who could not be measured."""
    table = _empty("What they lose, counted in what they made", ("who", "what", "how often"))
    for who, found in result.notes.items():
        for what, count in found.items():
            table.add_row(who, what, f"{count:,}" if isinstance(count, int) else str(count))
    return table


def _changes(result: Result, before: Result) -> Table:
    table = _empty(f"Beside {before.ended_at}", ("stage", "then", "now", "change", ""))
    for one in changes(result, before):
        word = ("slower" if one.ratio > 1 else "quicker") if one.is_beyond_spread else ""
        figures = (f"{one.before_seconds:.2f}", f"{one.seconds:.2f}", f"{one.ratio - 1:+.0%}")
        table.add_row(one.title, *figures, word)
    return table


def _targets(found: Iterable[Judged]) -> Table:
    table = _empty("Targets, for 250,000 documents on two cores",
                   ("target", "found", "bound", "verdict"))  # fmt: skip
    for one in found:
        figure = "" if one.figure is None else f"{one.figure:,.2f}"
        bound = f"{'≥' if one.is_least else '≤'} {one.bound:,.2f}"
        style = _STYLES.get(one.verdict, "yellow")
        table.add_row(one.says, figure, bound, f"[{style}]{one.verdict}[/]")
    return table


def _empty(title: str, heads: Iterable[str]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        show_edge=False, pad_edge=False,
    )  # fmt: skip
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", no_wrap=True)
    return table
