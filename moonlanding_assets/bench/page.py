"""A result, or a curve of several, as one page that needs nothing else: tables and SVG.

Holds rendering only; its parts are those of the phases' reports.
"""

from collections.abc import Sequence
from html import escape

from moonlanding_assets.bench.result import Result
from moonlanding_assets.bench.scale import Point, curve
from moonlanding_assets.bench.table import lines_by_kind, parts_of
from moonlanding_assets.bench.targets import judged
from moonlanding_assets.cutover.page_parts import STYLE, bars, table

_MIB = 2**20
_WIDTH, _HEIGHT, _LEFT, _TOP = 620.0, 220.0, 90.0, 24.0


def page(results: Sequence[Result]) -> str:
    """The largest of the sizes in full, and the curve where there are several."""
    last = results[-1]
    parts = [*_head(last), *_plots(last), *_verdicts(last)]
    if len(results) > 1:
        parts += ["<h2>Growth</h2>", *_curves(curve(results))]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Benchmark</title>{STYLE}</head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _head(result: Result) -> list[str]:
    machine = ", ".join(f"{name} {value}" for name, value in result.machine.items())
    return [
        f"<h1>Benchmark, {result.documents:,} documents</h1>",
        f'<p class="lead">{escape(result.began_at)} to {escape(result.ended_at)}. '
        f"{escape(machine)}</p>",
    ]


def _plots(result: Result) -> list[str]:
    by_kind = lines_by_kind(result)
    ours = [*by_kind["alone"], *by_kind["step"]]
    rates = [line for line in (*ours, *by_kind["floor"], *by_kind["peer"], *by_kind["job"])]
    parts = [
        "<h2>Seconds by stage</h2>",
        bars({line.title: line.seconds for line in ours}, unit="seconds"),
    ]
    for line in by_kind["job"]:
        parts.append(f"<h2>{escape(line.title)}: {line.seconds:.2f} seconds</h2>")
        parts.append(bars(parts_of(line), unit="seconds"))
    return [
        *parts,
        "<h2>Documents a second</h2>",
        bars({line.title: round(line.documents_a_second) for line in rates}, unit="documents/s"),
        "<h2>Peak memory of any process, MiB</h2>",
        bars({line.title: line.peak_bytes // _MIB for line in rates}, unit="MiB"),
    ]


def _verdicts(result: Result) -> list[str]:
    rows = [
        (
            escape(one.says),
            "" if one.figure is None else f"{one.figure:,.2f}",
            f"{'at least' if one.is_least else 'at most'} {one.bound:,.2f}",
            escape(one.verdict),
        )
        for one in judged(result)
    ]
    return ["<h2>Targets</h2>", table(("target", "found", "bound", "verdict"), rows)]


def _curves(points: Sequence[Point]) -> list[str]:
    parts = []
    for name in dict.fromkeys(one.name for one in points):
        line = [one for one in points if one.name == name]
        times = [(one.documents, one.microseconds_a_document) for one in line]
        sizes = [(one.documents, one.peak_bytes / _MIB) for one in line]
        parts.append(_curve(f"{line[0].title}: µs a document", times))
        parts.append(_curve(f"{line[0].title}: MiB of the largest process", sizes))
    return parts


def _curve(title: str, series: Sequence[tuple[int, float]]) -> str:
    """A line from nought, so that flat looks flat; each point with its figure."""
    widest = max(at for at, _ in series)
    most = max(value for _, value in series) or 1.0
    placed = [
        (_LEFT + (_WIDTH - _LEFT) * at / widest, _TOP + _HEIGHT * (1 - value / most / 1.15))
        for at, value in series
    ]
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="bar"/>'
        f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="end">{value:,.4g}</text>'
        f'<text x="{x:.1f}" y="{_TOP + _HEIGHT + 18}" text-anchor="end">{at:,}</text>'
        for (x, y), (at, value) in zip(placed, series, strict=True)
    )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    return (
        f"<h3>{escape(title)}</h3>"
        f'<svg width="100%" viewBox="0 0 {_WIDTH + 30:.0f} {_HEIGHT + 50:.0f}" role="img" '
        f'aria-label="{escape(title)}" style="max-width:{_WIDTH + 30:.0f}px">'
        f'<polyline points="{line}" fill="none" stroke="var(--bar)" stroke-width="1.6"/>{marks}'
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{_TOP + _HEIGHT}" y2="{_TOP + _HEIGHT}" '
        'stroke="var(--line)"/></svg>'
    )
