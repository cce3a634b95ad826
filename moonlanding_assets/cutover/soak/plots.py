"""Figures over time as SVG: lines, gaps left open, the bound dashed. Geometry and numbers only."""

from collections.abc import Sequence
from html import escape

from moonlanding_assets.cutover.soak.criteria import LONGEST_STEP_SECONDS

MOST_POINTS = 600
_WIDTH, _HEIGHT, _LEFT, _TOP = 900.0, 150.0, 90.0, 20.0

Series = Sequence[tuple[float, float]]


def thinned(series: Series) -> list[tuple[float, float]]:
    """At most MOST_POINTS of them; of each group the greatest value, so that no peak is lost."""
    size = -(-len(series) // MOST_POINTS) or 1
    groups = (series[place : place + size] for place in range(0, len(series), size))
    return [(group[-1][0], max(value for _, value in group)) for group in groups]


def plot(title: str, series: Series, *, unit: str, bound: float | None = None) -> str:
    """One line over hours; a part that nobody watched has no line."""
    known = [(t, value) for t, value in series if value != float("inf")]
    if not known:
        return f"<h3>{escape(title)}</h3><p>Nothing was measured.</p>"
    first, last = known[0][0], max(known[-1][0], known[0][0] + 1.0)
    top = max(value for _, value in known)
    most = max(top, bound if bound is not None and bound <= 3 * top else 0.0) or 1.0
    apart = max(LONGEST_STEP_SECONDS, 2 * (last - first) / MOST_POINTS)
    lines = "".join(
        f'<polyline points="{_points(part, first, last, most)}"/>'
        for part in _parts(thinned(known), apart)
    )
    dashed = "" if bound is None or bound > most else _dashed(bound, most)
    return (
        f"<h3>{escape(title)}</h3>"
        f'<svg class="line" width="100%" viewBox="0 0 {_WIDTH + 20:.0f} {_HEIGHT + 45:.0f}" '
        f'role="img" aria-label="{escape(title)}" style="max-width:{_WIDTH + 20:.0f}px">'
        f'<g fill="none" stroke="var(--bar)" stroke-width="1.4">{lines}</g>{dashed}'
        f'<text x="{_LEFT - 8}" y="{_TOP + 5}" text-anchor="end">{_figure(most)}</text>'
        f'<text x="{_LEFT - 8}" y="{_TOP + _HEIGHT}" text-anchor="end">0</text>'
        f'<text x="{_LEFT}" y="{_TOP + _HEIGHT + 18}">{escape(unit)}; from '
        f"{first / 3600:.2f} h to {last / 3600:.2f} h, last {_figure(known[-1][1])}, "
        f"at most {_figure(top)}</text></svg>"
    )


def _parts(series: Series, apart: float) -> list[list[tuple[float, float]]]:
    parts: list[list[tuple[float, float]]] = []
    for one in series:
        if not parts or one[0] - parts[-1][-1][0] > apart:
            parts.append([])
        parts[-1].append(one)
    return parts


def _points(series: Series, first: float, last: float, most: float) -> str:
    wide = (_WIDTH - _LEFT) / (last - first)
    return " ".join(
        f"{_LEFT + (t - first) * wide:.1f},{_TOP + _HEIGHT * (1 - max(value, 0.0) / most):.1f}"
        for t, value in series
    )


def _dashed(bound: float, most: float) -> str:
    y = _TOP + _HEIGHT * (1 - bound / most)
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--bad)" '
        'stroke-dasharray="5 4"/>'
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
