"""The corruption kit: named ways to damage a migrated file, and who must notice.

Each picks one row by SQL, changes it (foreign keys off), and says which validator must find it,
naming that row. They work on any migrated file that holds such a row.
"""

import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.schema.catalogue import TABLE


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """One damage. `pick` gives the id of the row (or the path) that the findings must name.

    `change` may use it as :id. `caught_by`: the validators that must each fail and name it; others
    may notice as well (the matrix shows which do).
    """

    name: str
    pick: str
    change: tuple[str, ...]
    caught_by: tuple[str, ...]


def corrupt(file: Path, corruption: Corruption) -> str | None:
    """Damage the file; returns what was picked, None when the file holds no such row.

    Raises AssertionError when a statement changed nothing.
    """
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for function in FUNCTIONS:
            connection.create_function(function.__name__, -1, function)
        found = connection.execute(corruption.pick).fetchone()
        if found is None:
            return None
        for statement in corruption.change:
            cursor = connection.execute(statement, {"id": found[0]})
            if statement.startswith(("UPDATE", "DELETE")) and not cursor.rowcount:
                raise AssertionError(f"{corruption.name}: nothing changed by {statement}")
        connection.commit()
    return str(found[0])


def ulp(value: float) -> float:
    """The next double."""
    return math.nextafter(value, math.inf)


def later(text: str, seconds: float) -> str:
    """An ISO time moved by seconds."""
    moved = datetime.fromisoformat(text) + timedelta(seconds=seconds)
    return moved.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moved.microsecond // 1000:03d}Z"


def edited(text: str, how: str) -> str:
    """JSON text changed in one way (a name from EDITS)."""
    value = orjson.loads(text)
    EDITS[how](value)
    return orjson.dumps(value).decode()


def _first_double(rect: dict[str, Any]) -> str:
    return next(key for key, value in rect.items() if isinstance(value, float))


def _ulp_in_rect(value: dict[str, Any]) -> None:
    rect = value["boundingRect"]
    key = _first_double(rect)
    rect[key] = ulp(rect[key])


def _swap(value: dict[str, Any]) -> None:
    rect = value["boundingRect"]
    rect["x1"], rect["y1"] = rect["y1"], rect["x1"]


def _drop_key(value: dict[str, Any]) -> None:
    del value[sorted(value)[0]]


def _drop_rect(value: list[Any]) -> None:
    value.pop()


def _round_first(value: dict[str, Any]) -> None:
    rect = value["boundingRect"]
    key = _first_double(rect)
    rect[key] = round(rect[key]) + 0.25


def _page_as_double(value: dict[str, Any]) -> None:
    value["pageNumber"] = float(value["pageNumber"])


EDITS: dict[str, Callable[[Any], None]] = {
    "ulp_in_rect": _ulp_in_rect,
    "swap": _swap,
    "drop_key": _drop_key,
    "drop_rect": _drop_rect,
    "round_first": _round_first,
    "page_as_double": _page_as_double,
}
FUNCTIONS: tuple[Callable[..., Any], ...] = (ulp, later, edited)


ROWS, LINKS, KINDS, PDF = "row_count", "referential_integrity", "data_types", "pdf_coordinates"
TIMES, PATHS, JSON, FK = "timestamps", "file_paths", "json_fields", "fk_constraints"


def update(name: str, where: str, assignment: str, *caught_by: str) -> Corruption:
    """One column of one row changed. `where`: "table: condition" that picks the row."""
    table, _, condition = where.partition(": ")
    return Corruption(
        name=name,
        pick=f"SELECT id FROM {table} WHERE {condition} ORDER BY id LIMIT 1",
        change=(f"UPDATE {table} SET {assignment} WHERE id = :id",),
        caught_by=caught_by,
    )


def copied_row(table: str, **changed: str) -> str:
    """SQL that inserts a copy of the row :id with some columns changed (SQL expressions)."""
    names = [column.name for column in TABLE[table].columns]
    values = [changed.get(name, f'"{name}"') for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({listed}) SELECT {', '.join(values)} FROM {table} WHERE id = :id"
