"""The soak's report: soak.json for programs, soak.html that needs nothing else for people.

Made from the samples alone, so it can be made again at any time. A course that ran on another
clock than the real one says so at its head, and is no evidence.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import orjson

from moonlanding_assets.cutover.page_parts import STYLE, badge, table
from moonlanding_assets.cutover.soak.criteria import ABORT, BY_KEY, GOALS, Criterion
from moonlanding_assets.cutover.soak.judging import Judged
from moonlanding_assets.cutover.soak.plots import plot
from moonlanding_assets.cutover.soak.sample import WALL, Clock
from moonlanding_assets.cutover.soak.standing import NOT_BEGUN, Standing, read_standing
from moonlanding_assets.cutover.soak.whole import baseline_of
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Layout

LABEL = "Taken by a clock that is not the real one: this shows how the monitor works, nothing else."


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One plot: its title, its unit, what it shows of a sample, and the criterion of its bound."""

    title: str
    unit: str
    of: Callable[[Judged], float | None]
    criterion: str = ""


def _figure(name: str) -> Callable[[Judged], float | None]:
    def of(one: Judged) -> float | None:
        return one.point.figures.get(name)

    return of


def error_share(one: Judged) -> float | None:
    """5xx of all answers of the 5 minutes before."""
    return one.answers.error_share if one.answers and one.answers.count else None


def _quantile(share: float) -> Callable[[Judged], float | None]:
    def of(one: Judged) -> float | None:
        return one.answers.quantile_seconds(share) if one.answers and one.answers.count else None

    return of


CURVES = (
    Curve(title="Error rate", unit="5xx of all answers", of=error_share, criterion="errors"),
    Curve(title="p95", unit="seconds", of=_quantile(0.95), criterion="slow"),
    Curve(title="p99", unit="seconds", of=_quantile(0.99)),
    Curve(title="Reverse lag", unit="seconds, at least", of=_figure("reverse_lag_seconds"),
          criterion="lag"),
    Curve(title="Write-ahead log", unit="bytes", of=_figure("wal_bytes"), criterion="wal"),
    Curve(title="Database", unit="bytes", of=_figure("database_bytes")),
    Curve(title="Free disk", unit="share", of=_figure("disk_free_share"), criterion="disk"),
    Curve(title="Backup", unit="seconds old", of=_figure("backup_age_seconds"),
          criterion="backup"),
    Curve(title="Open files of the gateway", unit="files", of=_figure("gateway_fds")),
    Curve(title="Memory of the gateway", unit="bytes", of=_figure("gateway_rss_bytes")),
)  # fmt: skip


def keep_report(
    layout: Layout, *, clock_name: str = WALL, clock: Clock | None = None
) -> tuple[Path, Path]:
    """Write both files; where they are. Of another clock they have its name in theirs."""
    standing = read_standing(layout, clock_name=clock_name, clock=clock)
    stem = "soak" if clock_name == WALL else f"soak-{clock_name}"
    content = orjson.dumps(standing.as_json(), option=orjson.OPT_INDENT_2)
    return (
        put_in_place(layout.parallel / f"{stem}.json", content),
        put_in_place(layout.parallel / f"{stem}.html", page(standing).encode()),
    )


def page(one: Standing) -> str:
    """The whole page."""
    body = "".join(_parts(one))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Soak</title>'
        f'<meta name="viewport" content="width=device-width">{STYLE}</head>'
        f"<body><main>{body}</main></body></html>\n"
    )


def series(one: Curve, found: tuple[Judged, ...]) -> list[tuple[float, float]]:
    """Seconds since the switch, and the figure; samples without it are not there."""
    listed = ((each.since, one.of(each)) for each in found)
    return [(t, value) for t, value in listed if value is not None]


def plots(found: tuple[Judged, ...]) -> str:
    """All curves, two in a row."""
    drawn = "".join(f"<div>{_plotted(curve, found)}</div>" for curve in CURVES)
    return f"<div class='plots'>{drawn}</div>"


def _plotted(curve: Curve, found: tuple[Judged, ...]) -> str:
    bound = _bound(BY_KEY[curve.criterion]) if curve.criterion else None
    return plot(curve.title, series(curve, found), unit=curve.unit, bound=bound)


def _parts(one: Standing) -> Iterator[str]:
    result = one.whole
    yield f"<h1>Soak of 24 hours {badge(str(result.verdict))}</h1>"
    if one.clock != WALL:
        yield f"<section class='failure'><h2>{escape(LABEL)}</h2></section>"
    if one.last is None:
        yield f"<p>{NOT_BEGUN}.</p>"
        return
    yield (
        f"<p class='lead'>{result.hours:.2f} hours since S9, epoch {one.epoch}; the last sample is "
        f"of {escape(one.last.point.at)}.</p>"
    )
    figures = {
        "of the samples there": f"{result.samples_share:.3%}",
        "samples": f"{result.samples:,}",
        "longest gap, seconds": f"{result.longest_gap_seconds:.0f}",
        "baseline of p95": escape(baseline_of(one.course)),
    }
    tiles = (f"<div><b>{value}</b>{name}</div>" for name, value in figures.items())
    yield f"<section class='tiles'>{''.join(tiles)}</section>"
    yield "<h2>Criteria for going back</h2>" + _criteria(one, ABORT)
    yield "<h2>Goals</h2>" + _criteria(one, GOALS)
    yield "<h2>Over time</h2>"
    yield plots(one.found)


def _criteria(one: Standing, criteria: tuple[Criterion, ...]) -> str:
    rows = []
    for each in criteria:
        line, now = one.whole.lines[each.key], one.now(each.key)
        figure = None if now is None else now.figure
        rows.append(
            (escape(each.says), badge(str(line.verdict)), _shown(figure), _shown(line.worst),
             escape(each.bound), str(line.failed), escape(line.why))
        )  # fmt: skip
    return table(("", "", "now", "worst", "too much", "samples that failed", ""), rows)


def _shown(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.5g}"


def _bound(one: Criterion) -> float | None:
    return one.above if one.above is not None else one.below
