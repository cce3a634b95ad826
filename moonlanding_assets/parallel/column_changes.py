"""Which columns of a document's own row a change of its fields means, by the rules of the mapping.

Only rules whose inverse gives the very value back; everything else is refused by name of the
field. Pure: holds no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import Copy, Rule, Take
from moonlanding_assets.mapping.tables import TableMapping
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.directory_build import USER_COLLECTIONS
from moonlanding_assets.parallel.gateway_documents import CannotCarryError
from moonlanding_assets.proof.stored import StoredDocument
from moonlanding_assets.schema.catalogue import TABLE


@dataclass(frozen=True, kw_only=True)
class ChangedRow:
    """The new values of some columns of one row."""

    table: str
    row_id: str
    columns: Mapping[str, SqlValue]


def changed_row(document: StoredDocument, fields: Mapping[str, Value]) -> ChangedRow:
    """What the fields mean for the document's own row; raises CannotCarryError naming the field.

    A document that shares its row (users of both systems) is refused: the change would be one of
    the other document as well.
    """
    own = [row for row in document.rows if not row.position]
    if document.collection in USER_COLLECTIONS or len(own) != 1:
        raise CannotCarryError(f"{document.collection}: a document without a row of its own")
    mapping = _mapping(document.collection, own[0].table)
    columns: dict[str, SqlValue] = {}
    for name, value in fields.items():
        columns |= _columns(mapping, name, value)
    return ChangedRow(table=own[0].table, row_id=str(own[0].columns["id"]), columns=columns)


def _mapping(collection: str, table: str) -> TableMapping:
    return next(
        one
        for mapping in MAPPINGS
        if mapping.collection.key == collection
        for one in mapping.tables
        if one.table.name == table and not one.each
    )


def _columns(mapping: TableMapping, name: str, value: Value) -> dict[str, SqlValue]:
    """The home column of a field, and the columns that hold copies of it."""
    homes = {column: rule for column, rule in mapping.columns.items() if _is_home(rule, name)}
    if len(homes) != 1:
        raise CannotCarryError(f"{name}: no one column of {mapping.table.name} holds this field")
    found = {}
    for column, rule in mapping.columns.items():
        if column in homes or (isinstance(rule, Copy) and rule.names[0] == name):
            found[column] = _forward(rule, name, value)
            _refuse_times(mapping, column, name)
    return found


def _is_home(rule: Rule, name: str) -> bool:
    return isinstance(rule, Take) and rule.names[0] == name and not rule.by[0].one_way


def _forward(rule: Rule, name: str, value: Value) -> SqlValue:
    if not isinstance(rule, Take | Copy):
        raise CannotCarryError(f"{name}: no transform carries this field")
    try:
        return rule.by[0].forward(value)
    except RejectedValue as rejected:
        raise CannotCarryError(f"{name}: {rejected.reason}") from None


def _refuse_times(mapping: TableMapping, column: str, name: str) -> None:
    meanings = {one.name: one.meaning for one in TABLE[mapping.table.name].columns}
    if meanings[column] in ("time", "key", "reference"):
        raise CannotCarryError(f"{name}: a {meanings[column]} is not changed through the gateway")
