"""Highlights of a review's PDF: five kinds, and every odd number that a coordinate can be.

Holds the embedded maps only. Numbers are drawn once and never rounded.
"""

import base64
import math
import random
from dataclasses import dataclass
from typing import NamedTuple

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import between, highlight_id, pick
from moonlanding_assets.synthetic.clock import in_form, later
from moonlanding_assets.synthetic.files import drive_file
from moonlanding_assets.synthetic.words import Prose, paragraph

_TEXT, _AREA, _GENERAL, _EDITOR = "text", "area", "general", "editor"
#: By (7 x number + 3 x review) modulo 25, so that every review of some size has several kinds.
_KINDS = tuple(
    {1: _AREA, 7: _AREA, 18: _AREA, 3: _GENERAL, 14: _GENERAL, 21: _EDITOR}.get(n, _TEXT)
    for n in range(25)
)


class _Page(NamedTuple):
    """A page's size, as numbers and as they are stored."""

    across: float
    down: float
    width: v.Value
    height: v.Value


def _page(across: float, down: float) -> _Page:
    """As JavaScript stores it: a whole number becomes an integer."""
    width, height = (
        v.integer(one) if isinstance(one, int) else v.double(one) for one in (across, down)
    )
    return _Page(across, down, width, height)


#: Page sizes of the capture time in pixels; the second is whole, the third a turned page.
_PAGES = (
    _page(925.2900390625, 1309.375),
    _page(892, 1262),
    _page(1309.0909090909092, 925.7142857142857),
)
#: In the units of the PDF itself.
_PDF_PAGE = _page(595.276, 841.89)
#: One coordinate each, in the reviews where odd numbers are planted.
ODD_NUMBERS = (
    -0.0, math.nan, math.inf, -math.inf, 0.1 + 0.2, -12.625, 5e-324, 1e300, 1 / 3,
)  # fmt: skip
_PNG_HEAD = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
_EMOJI = ("👍", "⚠️", "✅", "")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What all highlights of one review share; `number` is the review's position."""

    seed: int
    number: int
    review_id: str
    file_id: str
    authors: tuple[str, ...]
    start_us: int
    prose: Prose
    planted: tuple[float, ...] = ()


def highlights(rng: random.Random, sheet: Sheet, *, count: int, first: int = 0) -> v.Value:
    """So many highlights; their ids count from `first`."""
    return v.array(_highlight(rng, sheet, first + number) for number in range(count))


def _highlight(rng: random.Random, sheet: Sheet, number: int) -> v.Value:
    kind = _KINDS[(number * 7 + sheet.number * 3) % len(_KINDS)]
    mark = number + sheet.number
    fields: v.Fields = {
        "id": v.string(highlight_id(sheet.seed, sheet.review_id, number)),
        "position": _position(rng, sheet, kind, number),
        "comment": _comment(rng, sheet, kind, mark),
        "content": _content(rng, sheet, kind),
        "email": v.string(pick(rng, sheet.authors)),
        "fileId": v.string("general" if kind == _GENERAL else sheet.file_id),
        "responses": _responses(rng, sheet, mark),
        **_resolution(rng, sheet, mark),
    }
    if mark % 5 == 2:
        fields["ml_query"] = v.boolean(mark % 2 == 0)
    if number == 2 or mark % 11 == 4:
        fields["friday_query"] = v.boolean(number == 2)
    if mark % 9 == 3:
        fields["attachment"] = drive_file(rng)
    if mark % 4 == 1:
        fields["datetime"] = in_form(later(rng, sheet.start_us, 20), mark // 4)
    return v.map_(fields)


def _position(rng: random.Random, sheet: Sheet, kind: str, number: int) -> v.Value:
    """General comments have no rectangle and page 0; the PDF editor's queries only a page."""
    if kind == _GENERAL:
        return v.map_({"pageNumber": v.integer(0)})
    page = between(rng, 1, 60)
    if kind == _EDITOR:
        return v.map_({"pageNumber": v.integer(page), "rects": v.array(())})
    is_pdf = (number + sheet.number) % 6 == 4
    size = _PDF_PAGE if is_pdf else _PAGES[(number + sheet.number) % len(_PAGES)]
    lines = 0 if kind == _AREA else between(rng, 1, 4)
    corner = rng.random() * size.across * 0.6, rng.random() * size.down * 0.8
    fields: v.Fields = {
        "boundingRect": _rect(rng, corner, size, page),
        "rects": v.array(
            _rect(rng, (corner[0], corner[1] + 21.5 * n), size, page) for n in range(lines)
        ),
        "pageNumber": v.integer(page),
    }
    if (number + sheet.number) % 3 != 0:
        fields["usePdfCoordinates"] = v.boolean(is_pdf)
    if number == 0 and sheet.planted:
        _plant(fields, sheet.planted)
    return v.map_(fields)


def _rect(rng: random.Random, corner: tuple[float, float], page: _Page, number: int) -> v.Value:
    """A rectangle; one in twelve was dragged from right to left, one in nine is whole numbers."""
    x, y = corner
    across, down = rng.random() * page.across * 0.4, 12.0 + rng.random() * 9.0
    draw = rng.random()
    if draw < 0.08:
        across, down = -across, -down
    is_whole = draw > 0.89
    x2, y2 = x + across, y + down
    write = _whole if is_whole else v.double
    return v.map_(
        {
            "x1": write(x),
            "y1": write(y),
            "x2": write(x2),
            "y2": write(y2),
            "width": page.width,
            "height": page.height,
            "pageNumber": v.integer(number),
        }
    )


def _whole(number: float) -> v.Value:
    return v.integer(round(number))


def _plant(position: v.Fields, numbers: tuple[float, ...]) -> None:
    """Puts odd numbers into the corners of the bounding and of the first rectangle."""
    first = position["rects"]["arrayValue"]["values"][0]
    for rect in (position["boundingRect"], first):
        for name, number in zip(("x1", "y1", "x2", "y2"), numbers, strict=False):
            rect["mapValue"]["fields"][name] = v.double(number)


def _comment(rng: random.Random, sheet: Sheet, kind: str, mark: int) -> v.Value:
    if kind == _EDITOR:
        text = "PDF Editor Generated Query"
    else:
        text = paragraph(rng, sheet.prose.remarks, longest=3)
    return _worded(text, mark)


def _worded(text: str, mark: int) -> v.Value:
    """A comment's map, or now and then its bare text."""
    if mark % 31 == 5:
        return v.string(text)
    return v.map_({"text": v.string(text), "emoji": v.string(_EMOJI[mark % len(_EMOJI)])})


def _content(rng: random.Random, sheet: Sheet, kind: str) -> v.Value:
    if kind == _AREA:
        picture = base64.b64encode(_PNG_HEAD + rng.randbytes(between(rng, 300, 900)))
        return v.map_({"image": v.string(f"data:image/png;base64,{picture.decode()}")})
    if kind == _TEXT:
        return v.map_({"text": v.string(paragraph(rng, sheet.prose.answers, longest=2))})
    return v.map_({})


def _resolution(rng: random.Random, sheet: Sheet, mark: int) -> v.Fields:
    is_done = mark % 2 == 0
    solved_us = later(rng, sheet.start_us, 60)
    fields: v.Fields = {"resolved": v.boolean(is_done)}
    if is_done:
        fields["resolvedBy"] = v.string(pick(rng, sheet.authors))
        fields["resolvedDate"] = in_form(solved_us, mark // 2)
    elif mark % 4 == 1:
        fields["resolvedBy"] = v.string("")
        fields["resolvedDate"] = v.string("")
    if mark % 3 == 0:
        is_partial = mark % 6 == 0
        fields["partialResolved"] = v.boolean(is_partial)
        if is_partial:
            fields["partialResolvedBy"] = v.string(pick(rng, sheet.authors))
            fields["partialResolvedDate"] = in_form(solved_us, mark // 6)
    return fields


def _responses(rng: random.Random, sheet: Sheet, mark: int) -> v.Value:
    """Up to two answers; one in some has a place of its own, or no words but a file."""
    found = []
    for number in range(mark % 3):
        turn = mark + number
        only_file = turn % 10 == 4
        text = "" if only_file else paragraph(rng, sheet.prose.answers, longest=2)
        fields: v.Fields = {
            "id": v.string(highlight_id(sheet.seed, sheet.review_id, 1000 + mark * 3 + number)),
            "comment": _worded(text, turn),
            "email": v.string(pick(rng, sheet.authors)),
            "datetime": in_form(later(rng, sheet.start_us, 50), turn if turn % 6 == 0 else 1),
            "attachment": drive_file(rng) if only_file else v.null(),
        }
        if turn % 4 == 0:
            fields["position"] = _position(rng, sheet, _TEXT, turn)
        found.append(v.map_(fields))
    return v.array(found)
