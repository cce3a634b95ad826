"""The seven phases as one picture: a road with a stop for each, coloured by its verdict."""

from collections.abc import Sequence
from html import escape

from moonlanding_assets.cutover.completion.phase_lines import OPEN, UNDER_WAY, PhaseLine

ROAD_STYLE = """<style>
.road{margin:10px 0 26px}.road .line{stroke:var(--line);stroke-width:4}
.road .gone{stroke:var(--good);stroke-width:4}.road .pass{fill:var(--good)}
.road .fail{fill:var(--bad)}.road .wait{fill:var(--wait)}.road .open{fill:var(--line)}
.road text{text-anchor:middle}.road .small{font-size:11.5px;opacity:.75}
.road .mark{fill:#fff;font-weight:700;font-size:12px}h3{font-size:15px;margin:18px 0 4px}
</style>"""
_STEP, _FIRST, _Y, _RADIUS = 150, 70, 40, 17
_KINDS = {"PASS": "pass", OPEN: "open", UNDER_WAY: "wait", "NO_EVIDENCE": "wait"}


def road(phases: Sequence[PhaseLine]) -> str:
    """The picture; its text says what its colours say."""
    width = 2 * _FIRST + _STEP * (len(phases) - 1)
    lines = "".join(
        f'<line class="{"gone" if one.verdict == "PASS" else "line"}" x1="{_at(place)}" '
        f'x2="{_at(place + 1)}" y1="{_Y}" y2="{_Y}"/>'
        for place, one in enumerate(phases[:-1])
    )
    stops = "".join(_stop(place, one) for place, one in enumerate(phases))
    return (
        f'<svg class="road" width="100%" viewBox="0 0 {width} 112" role="img" '
        f'aria-label="the phases" style="max-width:{width}px">{lines}{stops}</svg>'
    )


def _at(place: int) -> int:
    return _FIRST + place * _STEP


def _stop(place: int, one: PhaseLine) -> str:
    x, kind = _at(place), _KINDS.get(one.verdict, "fail")
    when = one.at[:16].replace("T", " ") or one.verdict
    return (
        f'<circle class="{kind}" cx="{x}" cy="{_Y}" r="{_RADIUS}"/>'
        f'<text class="mark" x="{x}" y="{_Y + 4}">{escape(one.number)}</text>'
        f'<text x="{x}" y="{_Y + 38}">{escape(one.title)}</text>'
        f'<text class="small" x="{x}" y="{_Y + 55}">{escape(when)}</text>'
        f'<text class="small" x="{x}" y="{_Y + 70}">{escape(_said(one))}</text>'
    )


def _said(one: PhaseLine) -> str:
    return one.verdict if one.verdict not in (OPEN, UNDER_WAY) else ""
