"""A shard of the snapshot read once: its documents, the rows they call for, what is stored of them.

Holds structure and no comparison. However many validators judge the shard, each document is parsed
once and each stored row fetched once; each of them sees the tables and columns that it asks for.
"""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from moonlanding_assets.validate.documents import Document, RawDocument, Shard
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.reading import SourceRow, pruned, rows_of, sibling_paths
from moonlanding_assets.validate.shapes import SHAPES

Stored = tuple[Any, ...]
Columns = Mapping[str, tuple[str, ...]]  # table → the columns that somebody compares


class Beside(NamedTuple):
    """The rows that a shard calls for, beside the stored rows of those ids.

    `stored`: table to id to the stored row: its id and the columns asked for.
    """

    rows: list[SourceRow]
    stored: dict[str, dict[str, Stored]]

    def pairs(self) -> Iterator[tuple[SourceRow, Stored | None]]:
        """Each row with its stored one, or None."""
        for row in self.rows:
            yield row, self.stored[row.table].get(row.row_id)


class Sight:
    """One shard. `documents`: raw and parsed; `ids`: table to the ids of the rows called for.

    `met`: table to the numbers of the stored rows that have those ids.
    """

    def __init__(self, evidence: Evidence, shard: Shard, columns: Columns) -> None:
        self.collection = shard.collection
        self.documents = [(raw, raw.parsed()) for raw in evidence.in_shard(shard)]
        self.rows = _rows(evidence, shard.collection, self.documents, frozenset(columns))
        self.ids: dict[str, list[str]] = {}
        for row in self.rows:
            self.ids.setdefault(row.table, []).append(row.row_id)
        self.met: dict[str, list[Any]] = {}
        self._evidence = evidence
        self._columns = columns
        self._stored = {table: self._fetched(table, ids) for table, ids in self.ids.items()}
        self._is_near = False

    def _fetched(self, table: str, ids: Sequence[str]) -> dict[str, Stored]:
        evidence = self._evidence
        found = evidence.all_of_ids(table, ids, *self._columns[table], evidence.number(table))
        rows = found.fetchall()
        self.met[table] = [row[-1] for row in rows]
        return {row[0]: row for row in rows}

    def beside(self, asked: Columns) -> Beside:
        """The rows of these tables, with these of their stored columns."""
        rows = [row for row in self.rows if row.table in asked]
        return Beside(
            rows, {table: self._seen(table, asked[table]) for table in self.ids if table in asked}
        )

    def _seen(self, table: str, asked: tuple[str, ...]) -> dict[str, Stored]:
        if not asked:
            return self._stored[table]  # whether a row is there is all that is asked
        places = [self._columns[table].index(column) + 1 for column in asked]
        pick = itemgetter(0, *places)
        return {row_id: pick(row) for row_id, row in self._stored[table].items()}

    def keep_derived_near(self) -> None:
        """Read what is owned up to as derived in these rows, once."""
        if not self._is_near:
            self._evidence.derived.keep_near(self.ids)
            self._is_near = True


def together(asked: Sequence[Columns]) -> Columns:
    """Everything that several ask for, each column once."""
    found: dict[str, dict[str, None]] = {}
    for one in asked:
        for table, columns in one.items():
            found.setdefault(table, {}).update(dict.fromkeys(columns))
    return {table: tuple(columns) for table, columns in found.items()}


def _rows(
    evidence: Evidence,
    collection: str,
    documents: Sequence[tuple[RawDocument, Document]],
    wanted: frozenset[str],
) -> list[SourceRow]:
    if collection not in SHAPES:
        return []
    shape = pruned(collection, wanted)
    siblings = sibling_paths(evidence, shape)
    return [row for _, one in documents for row in rows_of(one, shape, siblings)]
