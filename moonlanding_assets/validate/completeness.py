"""Is everything there, and nothing else? The validators of rows and of references.

Holds the declarations; the comparisons are in counting.py and references.py.
"""

from moonlanding_assets.validate import counting, references
from moonlanding_assets.validate.validator import Validator

ROW_COUNT = Validator(
    name="row_count",
    title="Row count",
    tables=counting.JUDGED,
    examine=counting.count_both_sides,
    kind=counting.Rows,
)
REFERENTIAL_INTEGRITY = Validator(
    name="referential_integrity",
    title="Referential integrity",
    tables=references.JUDGED,
    examine=references.compare_references,
    kind=references.Followed,
)
