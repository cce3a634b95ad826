"""Every field that the mapping gives a column lives in it: only the listed ones live in residue."""

import sqlite3
from contextlib import closing
from pathlib import Path

import orjson

from moonlanding_assets.settings import Layout

LISTED = Path(__file__).parents[1] / "contract" / "fields_without_column.txt"
QUERY = """
    SELECT DISTINCT d.collection, r.field
    FROM migration_residue r JOIN migration_documents d USING (path)
    WHERE r.reason = 'no_column'"""


def without_column(database: Path) -> list[str]:
    """`collection field` of each leaf that the target has no column for; [] is any array item."""
    with closing(sqlite3.connect(database)) as connection:
        return sorted({f"{key} {_shape(field)}" for key, field in connection.execute(QUERY)})


def _shape(field: str) -> str:
    keys = ["[]" if isinstance(key, int) else key for key in orjson.loads(field)]
    return ".".join(keys).replace(".[]", "[]")


def test_only_the_listed_fields_have_no_column(demo: tuple[Layout, str]) -> None:
    listed = [line for line in LISTED.read_text().splitlines() if line and not line.startswith("#")]
    assert without_column(demo[0].database("100%")) == listed
