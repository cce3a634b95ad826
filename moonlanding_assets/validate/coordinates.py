"""Every number of every highlight's position, on both sides, bit for bit.

Reads `position` from the reviews themselves and compares it with three JSON columns of highlight
and with migration_highlight_rects. An integer is not a double, 0.0 is not -0.0; NaN and the
infinities are the texts 'NaN', 'Infinity' and '-Infinity'.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import orjson

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.met import Met
from moonlanding_assets.validate.passes import gathered
from moonlanding_assets.validate.plain import (
    Plain,
    differences,
    is_written,
    numbers_in,
    plain,
    same_scalar,
    shown,
)
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.scalars import decimal
from moonlanding_assets.validate.shards import Part
from moonlanding_assets.validate.sight import Columns, Sight
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally
from moonlanding_assets.validate.values import NOTHING, Fields, elements_of, map_of

HIGHLIGHT = "highlight"
RECTS = "migration_highlight_rects"
NUMBERS = ("pageNumber", "x1", "y1", "x2", "y2", "width", "height")
COLUMNS = ("page_number", "x1", "y1", "x2", "y2", "width", "height")
JSON_COLUMNS = {"scaled_position": "", "bounding_rect": "boundingRect", "rects": "rects"}
_KIND = {"bounding_rect": "mapValue", "rects": "arrayValue"}  # anything else is no rectangle

_READ = {HIGHLIGHT: (*JSON_COLUMNS, "page_number")}

RectKey = tuple[str, int]  # kind and ordinal
Rectangles = dict[str, dict[RectKey, tuple[Any, ...]]]


def compare_coordinates(evidence: Evidence) -> tuple[TableResult, ...]:
    """Compare all positions; results for highlight and migration_highlight_rects."""
    tallies = Tallies((HIGHLIGHT, RECTS))
    seen = gathered(evidence, Positions)
    tallies.add(seen.tallies)
    _left_over(evidence, seen.met, tallies)
    return tallies.results()


class Positions:
    """Positions of the source beside both places that hold them, shard by shard."""

    reads: ClassVar[Columns] = _READ
    is_everywhere: ClassVar[bool] = False

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def judge(self, sight: Sight) -> Part:
        """Compare every highlight of a shard."""
        part = Part()
        tallies = part.tallies
        rectangles, part.met[RECTS] = _rectangles(self.evidence, sight.ids.get(HIGHLIGHT, []))
        for row, found in sight.beside(_READ).pairs():
            position = map_of(row.fields.get("position"))
            in_table = rectangles.get(row.row_id, {})
            if position is None:
                _without_position(row, found, in_table, tallies)
            elif found is None:
                _without_row(row, position, self.evidence, tallies)
            else:
                _json_columns(row, found, tallies[HIGHLIGHT])
                _page(row, found, self.evidence, tallies[HIGHLIGHT])
                _in_table(row, position, in_table, tallies[RECTS])
        return part


def _rectangles(evidence: Evidence, ids: list[str]) -> tuple[Rectangles, list[Any]]:
    """The stored rectangles of these highlights, and the numbers of their rows."""
    found: Rectangles = {}
    met = []
    columns = ("kind", "ordinal", *COLUMNS, evidence.number(RECTS))
    for row in evidence.all_of_ids(RECTS, ids, *columns, key="highlight_id"):
        found.setdefault(row[0], {})[(row[1], row[2])] = row[3:-1]
        met.append(row[-1])
    return found, met


def rects_of(position: Fields) -> Iterator[tuple[RectKey, Fields]]:
    """Every rectangle of a position: the bounding one, then the lines."""
    bounding = map_of(position.get("boundingRect"))
    if bounding is not None:
        yield ("bounding", 0), bounding
    for index, element in enumerate(elements_of(position.get("rects"))):
        fields = map_of(element)
        if fields is not None:
            yield ("rect", index), fields


def numbers_of(fields: Fields) -> tuple[Plain, ...]:
    """The seven numbers as the table must hold them; None where there is no number."""
    return tuple(_number(fields, name) for name in NUMBERS)


def _number(fields: Fields, name: str) -> Plain:
    value = fields.get(name, NOTHING)
    if "integerValue" in value or "doubleValue" in value:
        return plain(value)
    return None


def _without_position(
    row: SourceRow, found: tuple[Any, ...] | None, in_table: object, tallies: Tallies
) -> None:
    for column, value in zip(JSON_COLUMNS, (found or ())[1:4], strict=False):
        if value is not None and value not in ("[]", "{}"):
            _find(tallies[HIGHLIGHT], row, "invented", column=column)
    if in_table:
        _find(tallies[RECTS], row, "invented_rectangle", detail="the source has no position")


def _without_row(row: SourceRow, position: Fields, evidence: Evidence, tallies: Tallies) -> None:
    in_rects = sum(_count(numbers_of(fields)) for _, fields in rects_of(position))
    tallies[HIGHLIGHT].evidence += numbers_in(plain(row.fields["position"]))
    tallies[RECTS].evidence += in_rects
    if evidence.is_quarantined(row.path, row.locator, HIGHLIGHT):
        counts = tallies[HIGHLIGHT].counts
        counts["in_quarantine"] = counts.get("in_quarantine", 0) + 1
    else:
        _find(tallies[HIGHLIGHT], row, "row_lost", detail=f"{in_rects} numbers with it")


def _count(numbers: tuple[Plain, ...]) -> int:
    return sum(number is not None for number in numbers)


def _json_columns(row: SourceRow, found: tuple[Any, ...], tally: Tally) -> None:
    fields = map_of(row.fields["position"]) or NOTHING
    position = plain(row.fields["position"])
    count = numbers_in(position)
    tally.evidence += count
    tally.compared += count
    for (column, part), text in zip(JSON_COLUMNS.items(), found[1:4], strict=True):
        source = position.get(part) if part else position
        if part and _KIND[column] not in (fields.get(part) or NOTHING):
            source = None
        _json_column(row, column, (source, text), tally)


def _json_column(row: SourceRow, column: str, sides: tuple[Plain, Any], tally: Tally) -> None:
    source, text = sides
    if text is None:
        if source not in (None, [], {}):
            _find(tally, row, "value_lost", column=column, detail=shown(source))
        return
    try:
        if is_written(source, text):
            return
    except ValueError:
        _find(tally, row, "not_json", column=column, detail=shown(text))
        return
    target = orjson.loads(text)
    if source is None and target in ([], {}):
        return
    for place, kind, detail in differences(source, target):
        _find(tally, row, kind, column=column, detail=f"{place}: {detail}" if place else detail)


def _page(row: SourceRow, found: tuple[Any, ...], evidence: Evidence, tally: Tally) -> None:
    """page_number is text; where the source has no page number it must be derived."""
    said = (map_of(row.fields["position"]) or NOTHING).get("pageNumber")
    page = None if said is None else decimal(said)
    if page is None:
        if (HIGHLIGHT, row.row_id, "page_number") not in evidence.derived:
            _find(tally, row, "invented", column="page_number", detail="not owned as derived")
    elif found[4] != page:
        _find(tally, row, "value_differs", column="page_number", detail=f"source {page}")


def _in_table(
    row: SourceRow, position: Fields, in_table: dict[RectKey, tuple[Any, ...]], tally: Tally
) -> None:
    for key, fields in rects_of(position):
        source = numbers_of(fields)
        count = _count(source)
        tally.evidence += count
        target = in_table.pop(key, None)
        if target is None:
            if count:
                _find(tally, row, "rectangle_lost", detail=f"{key[0]} {key[1]}: {count} numbers")
            continue
        tally.compared += count
        for column, left, right in zip(COLUMNS, source, target, strict=True):
            if not same_scalar(left, right):
                place = f"{key[0]} {key[1]}: source {shown(left)}, target {shown(right)}"
                kind = "value_differs" if type(left) is type(right) else "kind_differs"
                _find(tally, row, kind, column=column, detail=place)
    for kind_of_rect, ordinal in in_table:
        _find(tally, row, "invented_rectangle", detail=f"{kind_of_rect} {ordinal}")


def _left_over(evidence: Evidence, met: Met, tallies: Tallies) -> None:
    """Positions and rectangles of rows that no highlight of the snapshot calls for."""
    for identity, *texts in met.left_over(evidence, HIGHLIGHT, "id", *JSON_COLUMNS):
        if any(value is not None for value in texts):
            tallies[HIGHLIGHT].find("invented", row_id=identity, column="scaled_position")
    named = dict.fromkeys(row for (row,) in met.left_over(evidence, RECTS, "highlight_id"))
    for identity in named:
        tallies[RECTS].find("invented_rectangle", row_id=identity, detail="no such highlight")


def _find(tally: Tally, row: SourceRow, kind: str, *, column: str = "", detail: str = "") -> None:
    tally.find(
        kind, row_id=row.row_id, path=row.path, locator=row.locator, column=column, detail=detail
    )
