"""Which columns the sources fill at all, gathered from every rule of the validators.

A column of a table with a source that is not here must hold NULL or its default in every row.
Holds no rule of its own.
"""

from moonlanding_assets.validate.json_rules import JSON_COLUMNS
from moonlanding_assets.validate.linked_rules import LINKED
from moonlanding_assets.validate.reference_rules import REFERENCE_LISTS, REFERENCES
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.shapes import READ_TABLES
from moonlanding_assets.validate.time_rules import TIME_FIELDS

_RULES = (TIME_FIELDS, REFERENCES, REFERENCE_LISTS, SCALARS, LINKED, JSON_COLUMNS)
_BESIDES = {  # columns with a comparison of their own
    "file": ("path", "storage_type"),
    "letter": ("path",),
    "highlight": ("page_number",),
}

FILLED: dict[str, frozenset[str]] = {
    table: frozenset(
        (
            "id",
            *_BESIDES.get(table, ()),
            *(name for rules in _RULES for name in rules.get(table, {})),
        )
    )
    for table in READ_TABLES
}
