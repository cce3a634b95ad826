"""Sampled highlights as geometry: pages and rectangles, numbers only, no text and no file.

Holds the choice (the first by row id, which is a hash, so as good as drawn) and the SVG.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

SAMPLED = 12
_PAGE_WIDTH = 132.0
_MARGIN = 8.0
_TALLEST = 260.0

_CHOSEN = """
SELECT highlight_id, page_number, x1, y1, x2, y2, width, height
FROM migration_highlight_rects AS r
WHERE kind = ? AND typeof(x1) IN ('integer', 'real') AND typeof(y1) IN ('integer', 'real')
  AND typeof(x2) IN ('integer', 'real') AND typeof(y2) IN ('integer', 'real')
  AND typeof(width) IN ('integer', 'real') AND typeof(height) IN ('integer', 'real')
  AND width > 0 AND height > 0"""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One highlight: its page's size and its rectangles (x1, y1, x2, y2), in the page's units."""

    highlight_id: str
    page_number: str
    width: float
    height: float
    bounding: tuple[float, float, float, float]
    rects: tuple[tuple[float, float, float, float], ...]


def sampled_drawings(connection: sqlite3.Connection, count: int = SAMPLED) -> list[Drawing]:
    """The first highlights that have a bounding rectangle on a page of known size."""
    drawings = []
    chosen = connection.execute(f"{_CHOSEN} ORDER BY highlight_id LIMIT ?", ("bounding", count))
    for highlight, page, x1, y1, x2, y2, width, height in chosen.fetchall():
        rects = connection.execute(
            f"{_CHOSEN} AND highlight_id = ? ORDER BY ordinal", ("rect", highlight)
        )
        drawings.append(
            Drawing(
                highlight_id=highlight,
                page_number="" if page is None else str(page),
                width=float(width),
                height=float(height),
                bounding=(float(x1), float(y1), float(x2), float(y2)),
                rects=tuple(
                    (float(left), float(top), float(right), float(bottom))
                    for _, _, left, top, right, bottom, _, _ in rects
                ),
            )
        )
    return drawings


def drawn(drawing: Drawing) -> str:
    """The page with its rectangles as SVG; the bounding one is outlined."""
    scale = min(_PAGE_WIDTH / drawing.width, _TALLEST / drawing.height)
    width, height = drawing.width * scale, drawing.height * scale
    boxes = [_box(one, scale, "rect") for one in drawing.rects]
    boxes.append(_box(drawing.bounding, scale, "bounding"))
    label = escape(f"page {drawing.page_number}" if drawing.page_number else "page")
    return (
        f'<svg class="page" width="{width + _MARGIN:.1f}" height="{height + _MARGIN:.1f}" '
        f'viewBox="-4 -4 {width + _MARGIN:.1f} {height + _MARGIN:.1f}" role="img" '
        f'aria-label="{label}"><rect class="sheet" width="{width:.1f}" height="{height:.1f}"/>'
        f"{''.join(boxes)}</svg>"
    )


def _box(box: Iterable[float], scale: float, kind: str) -> str:
    x1, y1, x2, y2 = (value * scale for value in box)
    left, top = min(x1, x2), min(y1, y2)
    return (
        f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" '
        f'width="{max(abs(x2 - x1), 0.5):.1f}" height="{max(abs(y2 - y1), 0.5):.1f}"/>'
    )
