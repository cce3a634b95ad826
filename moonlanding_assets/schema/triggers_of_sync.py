"""The triggers of the stream back: applications' changes are logged, and stay findable.

They are there while anything is kept in step. What the sync itself writes is not logged: it says so
in sync_state (origin). Whoever keeps the search indexes himself says that there, too. No row.
"""

from collections.abc import Iterator

from moonlanding_assets.schema.catalogue import BASE_TABLES, TABLE, quoted
from moonlanding_assets.schema.columns import SearchIndex, Table
from moonlanding_assets.schema.search import SEARCH

#: Tables whose changes are logged: all that have a key.
LOGGED: tuple[Table, ...] = tuple(one for one in BASE_TABLES if one.primary_key == ("id",))

LOG_NAME = "sync_log_"  # what the names of the triggers that log begin with
_UNMARKED = "NOT EXISTS (SELECT 1 FROM sync_state WHERE key = 'origin')"
_UNKEPT = "NOT EXISTS (SELECT 1 FROM sync_state WHERE key IN ('origin', 'search'))"


def triggers() -> dict[str, str]:
    """Name of each trigger and its CREATE TRIGGER IF NOT EXISTS."""
    found = [one for table in LOGGED for one in _log(table)]
    found += [one for index in SEARCH for one in _search(index)]
    return dict(found)


def _log(table: Table) -> Iterator[tuple[str, str]]:
    old = _image(table, "OLD")
    insert = "INSERT INTO sync_changes (table_name, key, op, before)"
    name = f"'{table.name}'"
    bodies = {
        "insert": f"{insert} VALUES ({name}, NEW.id, 'insert', NULL);",
        "update": (
            f"{insert} VALUES ({name}, OLD.id, iif(OLD.id IS NEW.id, 'update', 'delete'), {old}); "
            f"{insert} SELECT {name}, NEW.id, 'insert', NULL WHERE OLD.id IS NOT NEW.id;"
        ),
        "delete": f"{insert} VALUES ({name}, OLD.id, 'delete', {old});",
    }
    for op, body in bodies.items():
        yield _trigger(f"{LOG_NAME}{table.name}_{op}", table.name, op, _UNMARKED, body)


def _image(table: Table, row: str) -> str:
    values = ", ".join(f"quote({row}.{quoted(column.name)})" for column in table.columns)
    return f"json_array({values})"


def _search(index: SearchIndex) -> Iterator[tuple[str, str]]:
    name = quoted(index.name)
    columns = ", ".join(quoted(column) for column in index.columns)
    old, new = (
        ", ".join(f"{row}.{quoted(column)}" for column in index.columns) for row in ("OLD", "NEW")
    )
    forget = f"INSERT INTO {name} ({name}, rowid, {columns}) VALUES ('delete', OLD.rowid, {old});"
    enter = f"INSERT INTO {name} (rowid, {columns}) VALUES (NEW.rowid, {new});"
    bodies = {"insert": enter, "update": f"{forget} {enter}", "delete": forget}
    for op, body in bodies.items():
        table = TABLE[index.content].name
        yield _trigger(f"sync_search_{index.name}_{op}", table, op, _UNKEPT, body)


def _trigger(name: str, table: str, op: str, when: str, body: str) -> tuple[str, str]:
    return name, (
        f"CREATE TRIGGER IF NOT EXISTS {quoted(name)} AFTER {op.upper()} ON {quoted(table)} "
        f"WHEN {when} BEGIN {body} END"
    )
