"""Is every value what it was? The validators of positions and of times.

Holds the two declarations; the comparisons are in coordinates.py and times.py.
"""

from moonlanding_assets.validate import coordinates, times
from moonlanding_assets.validate.time_rules import TIME_FIELDS
from moonlanding_assets.validate.validator import Validator

PDF_COORDINATES = Validator(
    name="pdf_coordinates",
    title="PDF coordinates ±0 px",
    tables=(coordinates.HIGHLIGHT, coordinates.RECTS),
    examine=coordinates.compare_coordinates,
    kind=coordinates.Positions,
)
TIMESTAMPS = Validator(
    name="timestamps",
    title="Timestamps UTC",
    tables=tuple(TIME_FIELDS),
    examine=times.compare_times,
    kind=times.Clock,
)
