"""Which values are owned up to as derived: one look into the ledger for each question.

Holds no rule and no comparison. There are as many lines as rows: they are never read as a whole.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence

import orjson

Place = tuple[str, str, str]  # table, row id, column


class Derived:
    """A mapping of places to rules that stays in the database. `query` runs SQL there.

    `lines` is the SQL that stands for the table: the lines that this migration wrote.
    """

    def __init__(self, query: Callable[..., sqlite3.Cursor], lines: str) -> None:
        self._query = query
        self._lines = lines
        self._near: dict[Place, str] = {}
        self._ids: dict[str, set[str]] = {}

    def keep_near(self, ids: Mapping[str, Sequence[str]]) -> None:
        """Read what is said of these rows (table → ids) at once; forget the rows before."""
        self._ids = {table: set(rows) for table, rows in ids.items()}
        self._near = {}
        sql = (
            f"SELECT row_id, column_name, rule FROM {self._lines} "
            "WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))"
        )
        for table, rows in ids.items():
            for row_id, column, rule in self._query(sql, table, orjson.dumps(rows).decode()):
                self._near[(table, row_id, column)] = rule

    def get(self, place: Place) -> str | None:
        """The rule that gave the value at the place; None when it is not owned up to."""
        if place[1] in self._ids.get(place[0], ()):
            return self._near.get(place)
        sql = (
            f"SELECT rule FROM {self._lines} "
            "WHERE table_name = ? AND row_id = ? AND column_name = ?"
        )
        found = self._query(sql, *place).fetchone()
        return None if found is None else str(found[0])

    def __contains__(self, place: Place) -> bool:
        return self.get(place) is not None
