"""Can people use what was stored? The validators of paths and of JSON.

Holds the declarations; the comparisons are in files.py and json_columns.py.
"""

from moonlanding_assets.validate import files, json_columns
from moonlanding_assets.validate.validator import Validator

FILE_PATHS = Validator(
    name="file_paths",
    title="File paths",
    tables=tuple(files.ADDRESS),
    examine=files.compare_paths,
    kind=files.Paths,
)
JSON_FIELDS = Validator(
    name="json_fields",
    title="JSON fields",
    tables=json_columns.JUDGED,
    examine=json_columns.compare_json,
    kind=json_columns.Content,
)
