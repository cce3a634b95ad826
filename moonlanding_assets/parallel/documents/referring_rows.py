"""Which tables still have a row that names another one, by a foreign key or as a mapping declares.

Reads only; what to do about it is the caller's business.
"""

import sqlite3
from collections.abc import Iterator
from functools import cache

from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import Ancestor, Reference, ReferenceList
from moonlanding_assets.schema.catalogue import TABLE, quoted


@cache
def _references() -> dict[str, tuple[tuple[str, str, bool], ...]]:
    """Table → (table, column, whether it is a JSON list) of everything that can refer to it."""
    homes = {one.collection.key: one.tables[0].table.name for one in MAPPINGS if one.tables}
    found: dict[str, dict[tuple[str, str, bool], None]] = {}
    for table in TABLE.values():
        for key in table.foreign_keys:
            found.setdefault(key.table, {})[table.name, key.column, False] = None
    for mapping in MAPPINGS:
        for one in mapping.tables:
            for column, rule in one.columns.items():
                for collection in _targets(rule):
                    line = (one.table.name, column, isinstance(rule, ReferenceList))
                    found.setdefault(homes[collection], {})[line] = None
    return {table: tuple(lines) for table, lines in found.items()}


def _targets(rule: object) -> Iterator[str]:
    if isinstance(rule, Reference):
        yield from rule.to
    elif isinstance(rule, Ancestor | ReferenceList):
        yield rule.to


def referring_tables(connection: sqlite3.Connection, table: str, identity: str) -> Iterator[str]:
    """The tables that still have a row which names this one."""
    for other, column, is_list in _references().get(table, ()):
        where = f"instr({quoted(column)}, ?)" if is_list else f"{quoted(column)} = ?"
        value = f'"{identity}"' if is_list else identity
        query = f"SELECT 1 FROM {quoted(other)} WHERE {where} LIMIT 1"
        if connection.execute(query, (value,)).fetchone():
            yield other
