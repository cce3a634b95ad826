"""Writing as the application will, on the copy: rows that hang together, and their search entries.

Foreign keys must be enforced while writing, a transaction rolled back must leave nothing, and each
search index must agree with its table after every step.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from moonlanding_assets.schema.catalogue import SEARCH, TABLE, quoted
from moonlanding_assets.validate.screens import search_sql
from moonlanding_assets.validate.validator import TableResult, Tally

CLIENT, ENGAGEMENT, RFI = (f"00000000-0000-5000-8000-{number:012d}" for number in (1, 2, 3))
_WORD, _OTHER_WORD = "xylophonequartz", "zitherobsidian"
_NOW = "2026-01-01T00:00:00.000Z"
_ROWS = (
    ("client", {"id": CLIENT, "name": f"A {_WORD}", "created_at": _NOW}),
    ("engagement", {"id": ENGAGEMENT, "client_id": CLIENT, "name": "Of a client", "year": "2026",
                    "created_at": _NOW}),
    ("rfi", {"id": RFI, "engagement_id": ENGAGEMENT, "title": "Of it", "created_at": _NOW}),
)  # fmt: skip


def try_writing(file: Path) -> TableResult:
    """One result for all steps; a step that does not end as it must is a finding."""
    tally = Tally("writing")
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA foreign_keys = ON")
        before = _counts(writer)
        for name, step in _STEPS:
            tally.evidence += 1
            try:
                problem = step(writer)
            except sqlite3.Error as error:
                problem = type(error).__name__
            tally.compared += 1
            if problem:
                tally.find(name, detail=problem)
        if writer.in_transaction:
            writer.execute("ROLLBACK")
        if _counts(writer) != before:
            tally.find("rows_left_behind")
    return tally.result()


def _counts(writer: sqlite3.Connection) -> list[int]:
    tables = (*TABLE, *(index.name for index in SEARCH))
    sql = "SELECT count(*) FROM {}"
    return [writer.execute(sql.format(quoted(name))).fetchone()[0] for name in tables]


def _insert(writer: sqlite3.Connection) -> str:
    """Parent before child, in one transaction, each with its search entry."""
    writer.execute("BEGIN IMMEDIATE")
    for table, columns in _ROWS:
        names, marks = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
        values = list(columns.values())
        writer.execute(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", values)
        _enter(writer, table, str(columns["id"]))
    return "" if _found(writer, _WORD) == [CLIENT] else "the search does not find the new row"


def _update(writer: sqlite3.Connection) -> str:
    """Another name: its old words are found no more."""
    _withdraw(writer, "client", CLIENT)
    writer.execute("UPDATE client SET name = ? WHERE id = ?", (f"A {_OTHER_WORD}", CLIENT))
    _enter(writer, "client", CLIENT)
    if _found(writer, _WORD):
        return "the search still finds the old name"
    return "" if _found(writer, _OTHER_WORD) == [CLIENT] else "the search does not find the new one"


def _refuse_orphan(writer: sqlite3.Connection) -> str:
    sql = "UPDATE engagement SET client_id = 'nobody' WHERE id = ?"
    return _refused(writer, sql, ENGAGEMENT)


def _refuse_delete(writer: sqlite3.Connection) -> str:
    return _refused(writer, "DELETE FROM client WHERE id = ?", CLIENT)


def _refuse_twice(writer: sqlite3.Connection) -> str:
    sql = "INSERT INTO client (id, name, created_at) VALUES (?, 'again', '')"
    return _refused(writer, sql, CLIENT)


def _refused(writer: sqlite3.Connection, sql: str, row_id: str) -> str:
    try:
        changed = writer.execute(sql, (row_id,)).rowcount
    except sqlite3.IntegrityError:
        return ""
    return f"it was let through, {changed} rows changed"


def _consistent(writer: sqlite3.Connection) -> str:
    for table, _ in _ROWS:
        name = quoted(f"{table}_fts")
        writer.execute(f"INSERT INTO {name}({name}, rank) VALUES ('integrity-check', 1)")
    return ""


def _roll_back(writer: sqlite3.Connection) -> str:
    writer.execute("ROLLBACK")
    return "the row is still there" if _found(writer, _OTHER_WORD) else ""


def _commit(writer: sqlite3.Connection) -> str:
    """Written again and kept: another connection sees it."""
    problem = _insert(writer)
    writer.execute("COMMIT")
    place = writer.execute("PRAGMA database_list").fetchone()[2]
    with closing(sqlite3.connect(place)) as reader:
        return problem or ("" if _found(reader, _WORD) else "another connection does not see it")


def _delete(writer: sqlite3.Connection) -> str:
    """Child before parent, each with its search entry."""
    writer.execute("BEGIN IMMEDIATE")
    for table, columns in reversed(_ROWS):
        _withdraw(writer, table, str(columns["id"]))
        writer.execute(f"DELETE FROM {quoted(table)} WHERE id = ?", (columns["id"],))
    writer.execute("COMMIT")
    return "the search still finds it" if _found(writer, _WORD) else ""


_STEPS: tuple[tuple[str, Callable[[sqlite3.Connection], str]], ...] = (
    ("insert_failed", _insert),
    ("update_failed", _update),
    ("orphan_accepted", _refuse_orphan),
    ("parent_deleted", _refuse_delete),
    ("key_taken_twice", _refuse_twice),
    ("search_inconsistent", _consistent),
    ("rollback_failed", _roll_back),
    ("commit_failed", _commit),
    ("delete_failed", _delete),
    ("search_inconsistent_afterwards", _consistent),
)


def _columns(table: str) -> Iterator[str]:
    return (column for index in SEARCH if index.content == table for column in index.columns)


def _enter(writer: sqlite3.Connection, table: str, row_id: str) -> None:
    """The search entry of a row, as an index over another table's content needs it."""
    names = ", ".join(map(quoted, _columns(table)))
    sql = f"INSERT INTO {table}_fts (rowid, {names}) SELECT rowid, {names} FROM {quoted(table)}"
    writer.execute(f"{sql} WHERE id = ?", (row_id,))


def _withdraw(writer: sqlite3.Connection, table: str, row_id: str) -> None:
    """Takes the entry back; it needs the words as they were entered."""
    names = ", ".join(map(quoted, _columns(table)))
    sql = f"INSERT INTO {table}_fts ({table}_fts, rowid, {names}) SELECT 'delete', rowid, {names}"
    writer.execute(f"{sql} FROM {quoted(table)} WHERE id = ?", (row_id,))


def _found(connection: sqlite3.Connection, word: str) -> list[str]:
    return [row[0] for row in connection.execute(search_sql("client_fts", "client"), (word,))]
