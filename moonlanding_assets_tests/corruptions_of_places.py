"""Damage to positions: numbers, kinds, bits, rectangles, pages. Declarations only."""

from moonlanding_assets_tests.corruptions import PDF, Corruption

A_RECT = """SELECT highlight_id FROM migration_highlight_rects
    WHERE typeof(x1) = 'real' AND typeof(height) = 'integer' AND x1 <> 0 AND y1 IS NOT x1
    ORDER BY kind, highlight_id LIMIT 1"""
A_POSITION = """SELECT id FROM highlight
    WHERE json_type(scaled_position, '$.boundingRect.x1') = 'real'
    AND json_array_length(rects) > 0 AND json_type(scaled_position, '$.pageNumber') = 'integer'
    AND scaled_position ->> '$.boundingRect.x1' <> scaled_position ->> '$.boundingRect.y1'
    ORDER BY id LIMIT 1"""
ONE_RECT = """WHERE rowid = (SELECT rowid FROM migration_highlight_rects WHERE highlight_id = :id
    AND typeof(x1) = 'real' AND typeof(height) = 'integer' AND x1 <> 0 ORDER BY kind LIMIT 1)"""


def _rect(name: str, assignment: str) -> Corruption:
    return Corruption(
        name=name,
        pick=A_RECT,
        change=(f"UPDATE migration_highlight_rects SET {assignment} {ONE_RECT}",),
        caught_by=(PDF,),
    )


def _position(name: str, assignment: str) -> Corruption:
    return Corruption(
        name=name,
        pick=A_POSITION,
        change=(f"UPDATE highlight SET {assignment} WHERE id = :id",),
        caught_by=(PDF,),
    )


def _edited(name: str, column: str, how: str) -> Corruption:
    return _position(name, f"{column} = edited({column}, '{how}')")


COORDINATES = (
    _rect("coordinate one ulp off", "x1 = ulp(x1)"),
    _rect("coordinates x and y swapped", "x1 = y1, y1 = x1"),
    _rect("integer turned into a double", "height = CAST(height AS REAL)"),
    _rect("double turned into text", "x1 = CAST(x1 AS TEXT)"),
    _rect("coordinate lost", "x1 = NULL"),
    _rect("sign of a coordinate lost", "x1 = -x1"),
    _rect("rectangle moved to another page", "page_number = page_number + 1"),
    _rect("rectangle renumbered", "ordinal = ordinal + 1000"),
    Corruption(
        name="rectangle lost",
        pick=A_RECT,
        change=(f"DELETE FROM migration_highlight_rects {ONE_RECT}",),
        caught_by=(PDF,),
    ),
    Corruption(
        name="rectangle invented",
        pick=A_RECT,
        change=(
            "INSERT INTO migration_highlight_rects SELECT highlight_id, kind, 9999, page_number, "
            "x1, y1, x2, y2, width, height FROM migration_highlight_rects "
            "WHERE highlight_id = :id LIMIT 1",
        ),
        caught_by=(PDF,),
    ),
    Corruption(
        name="negative zero lost its sign",
        pick="SELECT highlight_id FROM migration_highlight_rects WHERE typeof(y1) = 'real' "
        "AND y1 = 0 ORDER BY 1 LIMIT 1",
        change=(
            "UPDATE migration_highlight_rects SET y1 = 0.0 "
            "WHERE highlight_id = :id AND typeof(y1) = 'real' AND y1 = 0",
        ),
        caught_by=(PDF,),
    ),
    Corruption(
        name="NaN became NULL",
        pick="SELECT highlight_id FROM migration_highlight_rects WHERE x1 = 'NaN' LIMIT 1",
        change=(
            "UPDATE migration_highlight_rects SET x1 = NULL WHERE highlight_id = :id "
            "AND x1 = 'NaN'",
        ),
        caught_by=(PDF,),
    ),
    _edited("position one ulp off in JSON", "scaled_position", "ulp_in_rect"),
    _edited("position swapped in JSON", "scaled_position", "swap"),
    _edited("page turned into a double in JSON", "scaled_position", "page_as_double"),
    _edited("position re-rounded in JSON", "scaled_position", "round_first"),
    _edited("JSON key of a bounding rectangle lost", "bounding_rect", "drop_key"),
    _edited("rectangle lost in JSON", "rects", "drop_rect"),
    _position("position lost", "scaled_position = NULL"),
    _position("position is no JSON", "scaled_position = substr(scaled_position, 2)"),
    _position("page number changed", "page_number = page_number + 1"),
    Corruption(
        name="positions of two highlights exchanged",
        pick=A_POSITION,
        change=(
            "UPDATE highlight SET scaled_position = (SELECT other.scaled_position FROM highlight "
            "AS other WHERE other.scaled_position <> highlight.scaled_position ORDER BY id LIMIT 1)"
            " WHERE id = :id",
        ),
        caught_by=(PDF,),
    ),
)  # fmt: skip
