"""Mappings made ready for the engine: defaults read from the schema, required columns named.

Holds no row and no document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from moonlanding_assets.errors import DeclarationError
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import (
    Completed,
    Rule,
    Unset,
)
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.evaluate import maker
from moonlanding_assets.normalize.row import Make
from moonlanding_assets.schema.columns import Column


@dataclass(frozen=True)
class CompiledColumn:
    """One column: its rule (None: always the default), its default, and whether it must be set.

    make: the rule ready to run for a row.
    """

    name: str
    rule: Rule | None
    make: Make | None
    default: SqlValue
    is_required: bool


@dataclass(frozen=True)
class CompiledTable:
    """One table mapping with its columns in the table's order.

    blank: a row without a source: the defaults of the columns that no rule makes, None for the
    others. made: those others, each with its name, rule, default and whether it must be set.
    """

    mapping: TableMapping
    name: str
    columns: tuple[CompiledColumn, ...]
    blank: dict[str, SqlValue]
    made: tuple[tuple[str, Make, SqlValue, bool], ...]


@dataclass(frozen=True)
class CompiledCollection:
    """One collection mapping; `reasons` says why the residue keeps a top-level field."""

    mapping: CollectionMapping
    tables: tuple[CompiledTable, ...]
    reasons: Mapping[str, str]


@cache
def compiled() -> Mapping[str, CompiledCollection]:
    """Every collection mapping by collection key."""
    return {one.collection.key: _collection(one) for one in MAPPINGS}


def _collection(mapping: CollectionMapping) -> CompiledCollection:
    reasons = dict.fromkeys((one.name for one in mapping.collection.fields), "no_column")
    reasons |= dict.fromkeys(mapping.declared, "declared")
    tables = tuple(_table(one) for one in mapping.tables)
    return CompiledCollection(mapping=mapping, tables=tables, reasons=reasons)


def _table(mapping: TableMapping) -> CompiledTable:
    columns = tuple(
        _column(mapping, column, mapping.columns[column.name]) for column in mapping.table.columns
    )
    return CompiledTable(
        mapping=mapping,
        name=mapping.table.name,
        columns=columns,
        blank={one.name: one.default if one.make is None else None for one in columns},
        made=tuple(
            (one.name, one.make, one.default, one.is_required)
            for one in columns
            if one.make is not None
        ),
    )


def _column(mapping: TableMapping, column: Column, rule: Rule) -> CompiledColumn:
    default = default_value(column)
    is_completed = isinstance(rule, Completed) or bool(getattr(rule, "completed", ""))
    if isinstance(rule, Unset) and column.not_null and default is None:
        raise DeclarationError(f"{mapping.table.name}.{column.name} must not be left unset")
    is_made = not isinstance(rule, Unset | Completed)
    return CompiledColumn(
        name=column.name,
        rule=rule if is_made else None,
        make=maker(rule, column.name) if is_made else None,
        default=None if is_completed else default,
        is_required=column.not_null and not is_completed,
    )


def default_value(column: Column) -> SqlValue:
    """What SQLite would store for the column's default clause; None without a usable one."""
    clause = column.default
    if clause is None or clause == "'now()'":  # the text now() is a defect of the schema
        return None
    if clause in ("true", "false"):
        clause = "1" if clause == "true" else "0"
    text = clause.strip("'")
    return text if column.type == "TEXT" else int(text)
