"""Which rows of the database were met: those that some document of the snapshot calls for.

Holds marks, one bit a row, and the question which rows have none; no comparison. Rows are marked
by their numbers: the ids of a whole fraction would not fit beside each other for long.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from moonlanding_assets.validate.before import quoted
from moonlanding_assets.validate.evidence import Evidence


class Marks:
    """A set of rows of one table; of a table that numbers no rows, by their ids."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._others: set[Any] = set()

    def add(self, rows: Iterable[Any]) -> None:
        """Mark rows, each as often as you like."""
        for row in rows:
            if isinstance(row, int) and row >= 0:
                place = row >> 3
                if place >= len(self._bits):
                    self._bits.extend(bytes(place - len(self._bits) + 1 + (len(self._bits) >> 3)))
                self._bits[place] |= 1 << (row & 7)
            else:
                self._others.add(row)

    def __contains__(self, row: Any) -> bool:
        if isinstance(row, int) and row >= 0:
            place = row >> 3
            return place < len(self._bits) and bool(self._bits[place] & 1 << (row & 7))
        return row in self._others


class Met:
    """The rows of each table that were met."""

    def __init__(self) -> None:
        self._marks: dict[str, Marks] = {}

    def add(self, table: str, rows: Iterable[Any]) -> None:
        """Mark rows of a table."""
        self._marks.setdefault(table, Marks()).add(rows)

    def left_over(self, evidence: Evidence, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The columns of every row that the migration wrote and that nobody met."""
        number, marks = evidence.number(table), self._marks.get(table, Marks())
        left = [row for (row,) in evidence.rows(table, number) if row not in marks]
        listed = ", ".join(map(quoted, columns))
        sql = (
            f"SELECT {listed} FROM {evidence.ours(table)} "
            f"WHERE {number} IN (SELECT value FROM json_each(?)) ORDER BY {number}"
        )
        return iter(evidence.query(sql, orjson.dumps(left).decode()) if left else ())
