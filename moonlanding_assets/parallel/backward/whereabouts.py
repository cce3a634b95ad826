"""Which documents the rows that applications touched belong to, by the ledger; and new paths.

Reads the database only. What becomes of a document is in drafting.py.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from moonlanding_assets.contract.catalogue import pattern_key
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.compiled import compiled
from moonlanding_assets.normalize.directory import rest_of
from moonlanding_assets.normalize.row import target_path
from moonlanding_assets.parallel.backward.log import ChangedKey
from moonlanding_assets.parallel.backward.places import MIXED, PLACES, Place, path_of_new, places_of
from moonlanding_assets.parallel.backward.rules import NotCarriedError
from moonlanding_assets.parallel.forward.difference import Row
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.source.taking import system_of

RowKey = tuple[str, str]
_REMOVED = "mwr/removed_highlights"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A touched row and its document. stored: as the database holds it, None of one that is gone.

    place: where it goes, of a row that no document has yet; parent: the row that encloses it.
    """

    changed: ChangedKey
    stored: Row | None
    place: Place | None = None
    parent: RowKey | None = None

    @property
    def key(self) -> RowKey:
        """Table and id."""
        return self.changed.table, self.changed.key


@dataclass
class Whereabouts:
    """by_path: document → its touched rows. stays: rows that are Moonlanding's own. done: rows that
    came and went. refused: rows that no document can have, with the reason."""

    by_path: dict[str, list[Found]] = field(default_factory=dict)
    stays: list[ChangedKey] = field(default_factory=list)
    done: list[ChangedKey] = field(default_factory=list)
    refused: dict[RowKey, str] = field(default_factory=dict)


@dataclass
class Locating:
    """Finds the documents of one batch. earlier: row id → the document that once gave the row."""

    connection: sqlite3.Connection
    earlier: Mapping[str, str]
    _new: dict[RowKey, str] = field(default_factory=dict)

    def find(self, batch: Sequence[ChangedKey]) -> Whereabouts:
        """Every row of the batch in exactly one place."""
        result = Whereabouts()
        new: list[Found] = []
        for one in batch:
            stored = self.row(one.table, one.key)
            paths = self.documents(one.table, one.key)
            for path in paths:
                result.by_path.setdefault(path, []).append(Found(changed=one, stored=stored))
            if paths:
                continue
            if stored is None:
                result.done.append(one)
            elif one.before is not None or self._is_own(one.table, stored):
                result.stays.append(one)
            else:
                new.append(Found(changed=one, stored=stored))
        self._place(new, result)
        return result

    def row(self, table: str, key: str) -> Row | None:
        """The row as it is now."""
        names = ", ".join(quoted(column.name) for column in TABLE[table].columns)
        query = f"SELECT {names} FROM {quoted(table)} WHERE id = ?"
        found: Row | None = self.connection.execute(query, (key,)).fetchone()
        return found

    def documents(self, table: str, key: str) -> list[str]:
        """The documents that the ledger names for the row; several of a merged person."""
        lines = self.connection.execute(
            "SELECT path, collection FROM migration_documents WHERE row_id = ? ORDER BY path",
            (key,),
        )
        own = [path for path, collection in lines if table in _own_tables(collection)]
        items = self.connection.execute(
            "SELECT path FROM migration_items WHERE table_name = ? AND row_id = ?", (table, key)
        )
        return own + [str(path) for (path,) in items]

    def _is_own(self, table: str, stored: Row) -> bool:
        if table not in PLACES:
            return True
        return table in MIXED and not places_of(table, _columns(table, stored))

    def _place(self, new: list[Found], result: Whereabouts) -> None:
        """Parents before children, whatever order they were written in."""
        waiting, refused = new, dict[RowKey, str]()
        while waiting:
            refused, left = {}, []
            for one in waiting:
                try:
                    path, found = self._placed(one)
                except NotCarriedError as error:
                    refused[one.key] = error.reason
                    left.append(one)
                    continue
                self._new[one.key] = path
                result.by_path.setdefault(path, []).append(found)
            if len(left) == len(waiting):
                break
            waiting = left
        result.refused |= refused

    def _placed(self, one: Found) -> tuple[str, Found]:
        table, key = one.key
        columns = _columns(table, one.stored or ())
        reason = "no_place"
        for place in places_of(table, columns):
            try:
                path, parent = self._path(place, key, columns)
            except NotCarriedError as error:
                reason = error.reason
                continue
            return path, Found(changed=one.changed, stored=one.stored, place=place, parent=parent)
        raise NotCarriedError(reason)

    def _path(
        self, place: Place, key: str, columns: Mapping[str, SqlValue]
    ) -> tuple[str, RowKey | None]:
        if place.is_twin:
            return self._path_of((_first_table(place.collection), key), place.collection), None
        column, table = place.parent
        above = ""
        parent: RowKey | None = None
        if column:
            parent = (table, str(columns[column]))
            above = self._path_of(parent, place.of)
        if place.collection == _REMOVED:
            return target_path(_REMOVED, rest_of(above), ""), None
        if place.each:
            return above, parent
        return path_of_new(place, key, above, self.earlier.get(key)), None

    def _path_of(self, row: RowKey, collection: str) -> str:
        """The document of a row that is there or comes in this batch; raises NotCarriedError."""
        paths = [self._new[row]] if row in self._new else self.documents(*row)
        for path in paths:
            if not collection or pattern_key(system_of(path), path) == collection:
                return path
        raise NotCarriedError("no_place")


def _first_table(collection: str) -> str:
    return compiled()[collection].tables[0].name


def _own_tables(collection: str) -> tuple[str, ...]:
    plan = compiled().get(collection)
    return () if plan is None else tuple(one.name for one in plan.tables if not one.mapping.each)


def _columns(table: str, stored: Row) -> dict[str, SqlValue]:
    names = [column.name for column in TABLE[table].columns]
    return dict(zip(names, stored, strict=True))
