"""What an application wrote to a row, and how the engine's row of it is compared. Pure.

Holds no drafting of a document (drafting.py) and no database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.compiled import compiled
from moonlanding_assets.normalize.directory_build import USER_COLLECTIONS
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.normalize.row import Path
from moonlanding_assets.parallel.backward.document import Edit
from moonlanding_assets.parallel.backward.items import RowKey
from moonlanding_assets.parallel.backward.rules import (
    NotCarriedError,
    back_rules,
    mapping_of,
    steps,
)
from moonlanding_assets.parallel.backward.spelling import is_same, plain
from moonlanding_assets.parallel.backward.whereabouts import Found
from moonlanding_assets.parallel.forward.difference import Row
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.source.value import Fields

_USERS = "users"


@dataclass
class Trying:
    """One document while it is drafted."""

    path: str
    collection: str
    base: Fields
    old: Mapping[RowKey, Mapping[str, SqlValue]]
    positions: Mapping[RowKey, Path]
    edits: Sequence[Edit]
    refused: dict[RowKey, str] = field(default_factory=dict)


def wrong_row(
    one: Edit, rows: Mapping[str, Mapping[tuple[SqlValue, ...], Row]], trying: Trying
) -> str:
    """Why the engine's row is not what was written, "" where it is."""
    table, identity = one.key
    if table == _USERS and trying.collection in USER_COLLECTIONS:
        identity = row_id(trying.path)
    row = rows[table].get((identity,))
    if one.stored is None:
        return "" if row is None else "still_made"
    if row is None:
        return "not_made"
    made = named(table, row)
    homes = {rule.column for rule in back_rules(one.mapping) if rule.is_home}
    for column in TABLE[table].columns:
        name = column.name
        if name in one.edited & homes and not is_same(column, made[name], one.stored[name]):
            return "inexact"
    return ""


def mapping_at(trying: Trying, one: Found) -> TableMapping:
    """The mapping of a touched row; raises NotCarriedError where its collection has none."""
    table = one.key[0]
    if one.place is not None:
        keys = steps(one.place.each)
    elif one.key in trying.positions:
        keys = tuple(key for key in trying.positions[one.key] if isinstance(key, str))
    else:
        keys = ()
    found = mapping_of(trying.collection, table, keys)
    if found is None:
        raise NotCarriedError("no_place")
    return found


def is_second(collection: str, mapping: TableMapping, one: Found, found: Sequence[Found]) -> bool:
    """Whether another row stands for the same place of the document, and is still there."""
    plan = compiled()[collection]
    first = next(table for table in plan.tables if table.mapping.each == mapping.each)
    gone = {other.key for other in found if other.stored is None}
    return first.name != mapping.table.name and (first.name, one.key[1]) not in gone


def edited_columns(
    mapping: TableMapping,
    one: Found,
    old: Mapping[str, SqlValue] | None,
    now: Mapping[str, SqlValue] | None,
) -> frozenset[str]:
    """The columns that were written: by the row before; of a new one, those that hold something."""
    if now is None or one.stored is None:
        return frozenset()
    if one.changed.before is not None:
        before = named(one.key[0], one.changed.before)
        stored = named(one.key[0], one.stored)
        return frozenset(name for name in now if ascii(before[name]) != ascii(stored[name]))
    if old is None:
        return frozenset(name for name, value in now.items() if value is not None)
    filled = {name for name, rule in mapping.columns.items() if getattr(rule, "completed", "")}
    return frozenset(name for name in now if now[name] != old[name] and name not in filled)


def rows_before(
    made: Output, path: str, collection: str, found: Sequence[Found]
) -> dict[RowKey, Mapping[str, SqlValue]]:
    """The rows that are touched, as the engine makes them of the document as it was."""
    wanted = {one.key for one in found}
    rows: dict[RowKey, Mapping[str, SqlValue]] = {}
    for table in {key[0] for key in wanted}:
        for row in made.rows.get(table, ()):
            columns = named(table, row)
            key = known_key((table, str(columns["id"])), path, collection, found)
            if key in wanted:
                rows[key] = columns
    return rows


def known_key(key: RowKey, path: str, collection: str, found: Sequence[Found]) -> RowKey:
    """A person's row goes by the id of the merged row."""
    if key[0] == _USERS and collection in USER_COLLECTIONS and key[1] == row_id(path):
        return next((one.key for one in found if one.key[0] == _USERS), key)
    return key


def named(table: str, row: Sequence[SqlValue]) -> dict[str, SqlValue]:
    """A row by the names of its columns."""
    names = [column.name for column in TABLE[table].columns]
    return dict(zip(names, row, strict=True))


def iso_row(table: str, stored: Row) -> dict[str, SqlValue]:
    """A stored row as the mapping spells it: times as ISO text, JSON without blanks."""
    return {
        column.name: plain(column, value)
        for column, value in zip(TABLE[table].columns, stored, strict=True)
    }
