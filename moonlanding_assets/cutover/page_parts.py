"""The small parts of a report page: tables, bars, badges, style. Holds no knowledge of phases."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import quote

STYLE = """<style>
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--good:#2a7d46;--bad:#b3261e;--wait:#9a6700;
--bar:#3b6fb6}
body{font:15px/1.5 system-ui,sans-serif;margin:0}main{max-width:1080px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0}h2{font-size:18px;margin:34px 0 8px;border-bottom:1px solid var(--line)}
.lead{margin:4px 0 18px;opacity:.8}table{border-collapse:collapse;width:100%;font-size:13.5px}
th{text-align:left;font-weight:600;opacity:.7}th,td{padding:3px 10px 3px 0;vertical-align:top}
tr+tr td{border-top:1px solid var(--soft)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
a{color:inherit}code{font:12.5px ui-monospace,monospace;overflow-wrap:anywhere}
.badge{font-size:12px;font-weight:700;padding:1px 8px;border-radius:9px;color:#fff}
.good{background:var(--good)}.bad{background:var(--bad)}.wait{background:var(--wait)}
.tiles{display:flex;flex-wrap:wrap;gap:12px}.tiles div{background:var(--soft);padding:10px 16px;
border-radius:8px;font-size:13px}.tiles b{display:block;font-size:22px}
.bar{fill:var(--bar)}svg text{font:12.5px system-ui,sans-serif;fill:currentColor}
.pages{display:flex;flex-wrap:wrap;gap:10px}.sheet{fill:#fff;stroke:#888}
.rect{fill:#f6c94380;stroke:#c58b00;stroke-width:.6}.bounding{fill:none;stroke:#b3261e;
stroke-width:1}
.plots{display:grid;grid-template-columns:1fr 1fr;gap:0 26px}
.failure{border-left:5px solid var(--bad);background:var(--soft);padding:4px 18px 14px;
margin:22px 0}.failure h2{border:0;margin:8px 0}
</style>"""
_GOOD, _WAITING = {"PASS", "done"}, {"open", "under way"}
_LABEL, _LENGTH, _STEP = 230, 560, 22


def badge(word: str) -> str:
    """A verdict or a state, coloured; what is neither good nor waiting is bad."""
    kind = "good" if word in _GOOD else "wait" if word in _WAITING else "bad"
    return f'<span class="badge {kind}">{escape(word)}</span>'


def number(value: float) -> str:
    """A count with commas, or a figure with two decimals."""
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def file_link(name: str) -> str:
    """A file below the data directory, from a page two directories down, on a disk and served."""
    return f'<a href="../../{quote(name)}"><code>{escape(name)}</code></a>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; columns of numbers go to the right."""
    kept = [list(row) for row in rows]
    is_number = [
        bool(kept) and all(_looks_like_a_number(row[place]) for row in kept)
        for place in range(len(heads))
    ]
    lines = [_row("th", map(escape, heads), is_number)]
    lines += [_row("td", row, is_number) for row in kept]
    return f"<table>{''.join(lines)}</table>"


def bars(values: Mapping[str, float], *, unit: str) -> str:
    """Horizontal bars as inline SVG, each with its figure."""
    if not values:
        return "<p>Nothing was counted.</p>"
    most = max(values.values()) or 1.0
    lines = []
    for place, (name, value) in enumerate(values.items()):
        top = place * _STEP
        length = max(value / most * _LENGTH, 1.0)
        shown = number(round(value, 2) if value != int(value) else int(value))
        lines.append(
            f'<text x="{_LABEL - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="bar" x="{_LABEL}" y="{top + 3}" width="{length:.1f}" height="15"/>'
            f'<text x="{_LABEL + length + 6:.1f}" y="{top + 15}">{shown}</text>'
        )
    height, width = len(values) * _STEP + 4, _LABEL + _LENGTH + 130
    return (
        f'<svg width="100%" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(unit)}" style="max-width:{width}px">{"".join(lines)}</svg>'
    )


def _looks_like_a_number(cell: str) -> bool:
    text = cell.replace(",", "").replace(".", "")
    return text.isdigit() or not text


def _row(tag: str, cells: Iterable[str], is_number: Sequence[bool]) -> str:
    pieces = (
        f"<{tag}{' class=n' if right else ''}>{cell}</{tag}>"
        for cell, right in zip(cells, is_number, strict=True)
    )
    return f"<tr>{''.join(pieces)}</tr>"
