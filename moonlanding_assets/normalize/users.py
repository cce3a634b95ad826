"""Users of both systems merged by e-mail: one row a person, field by field, with a record of it.

Holds the merge alone; how a user document becomes a candidate row is its mapping's business.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.stage import arrow_type
from moonlanding_assets.schema.catalogue import TABLE

USERS = TABLE["users"]
_NAMES = tuple(column.name for column in USERS.columns)

# Which candidate wins a column, smallest first; every other column goes by standing.
_ORDER = {
    "role": "list_position(['partner','manager','clerk','client_admin','client_user'], role)",
    "status": "list_position(['active','inactive','deleted'], status)",
    "type": "list_position(['auditor','client'], type)",
    "created_at": "created_at",
}
_STANDING = (
    "(coalesce(list_position(['active','inactive','deleted'], status), 9), collection, path)"
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The row that one user document would give alone; `derived`: columns it does not hold."""

    path: str
    collection: str
    columns: Mapping[str, SqlValue]
    derived: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Merge:
    """rows: user rows by e-mail. derived: (e-mail, column) → rule, of values no source has.

    existing: the e-mails of rows that were in the target before; they stay as they are.
    """

    rows: Mapping[str, Mapping[str, SqlValue]]
    derived: Mapping[tuple[str, str], str]
    existing: frozenset[str] = frozenset()


def merge_users(
    candidates: Sequence[Candidate], existing: Mapping[str, Mapping[str, SqlValue]]
) -> Merge:
    """One row for each e-mail. A value that a source holds wins over a derived one.

    existing: rows of the target by e-mail. They win whole: nothing of them comes from a source,
    which the ledger says of each of their columns.
    """
    merge = _merged(candidates)
    kept = {email: existing[email] for email in merge.rows if email in existing}
    derived = {place: rule for place, rule in merge.derived.items() if place[0] not in kept}
    derived |= {(email, name): "existing_row" for email in kept for name in _NAMES[1:]}
    return Merge(rows={**merge.rows, **kept}, derived=derived, existing=frozenset(kept))


def _merged(candidates: Sequence[Candidate]) -> Merge:
    connection = duckdb.connect()
    connection.register("candidate", _table(candidates))
    chosen = ", ".join(_column(name) for name in _NAMES)
    query = f"SELECT {chosen} FROM candidate GROUP BY email ORDER BY email"
    rows = connection.sql(query).to_arrow_table().to_pylist()
    connection.close()
    by_email = {str(row["email"]): row for row in rows}
    return Merge(rows=by_email, derived=_derived(candidates))


def _column(name: str) -> str:
    if name == "id":
        return f"arg_min(id, {_STANDING}) AS id"
    order = f"({_ORDER[name]}, {_STANDING})" if name in _ORDER else _STANDING
    held = f"FILTER (WHERE \"{name}\" IS NOT NULL AND NOT list_contains(derived, '{name}'))"
    return f'coalesce(arg_min("{name}", {order}) {held}, arg_min("{name}", {order})) AS "{name}"'


def _table(candidates: Sequence[Candidate]) -> pa.Table:
    data: dict[str, pa.Array[Any]] = {
        column.name: pa.array(
            [one.columns[column.name] for one in candidates], type=arrow_type(column)
        )
        for column in USERS.columns
    }
    data["path"] = pa.array([one.path for one in candidates], type=pa.string())
    data["collection"] = pa.array([one.collection for one in candidates], type=pa.string())
    data["derived"] = pa.array([sorted(one.derived) for one in candidates], type=_LIST)
    return pa.table(data)


_LIST = pa.list_(pa.string())


def _derived(candidates: Iterable[Candidate]) -> dict[tuple[str, str], str]:
    """Columns that every document of a person leaves to a rule."""
    rules: dict[tuple[str, str], str] = {}
    held: set[tuple[str, str]] = set()
    for one in candidates:
        email = str(one.columns["email"])
        for name in _NAMES:
            if name in one.derived:
                rules[(email, name)] = one.derived[name]
            elif one.columns[name] is not None:
                held.add((email, name))
    return {where: rule for where, rule in rules.items() if where not in held}


def record_merges(candidates: Sequence[Candidate], merge: Merge, output: Output) -> None:
    """Rows of migration_user_merges: for each merged document, and for each of its columns.

    Where the row was in the target before, no document is the winner.
    """
    groups: dict[str, list[Candidate]] = {}
    for one in candidates:
        groups.setdefault(str(one.columns["email"]), []).append(one)
    for email, group in groups.items():
        people = {_plain(one.columns["name"]) for one in group if "name" not in one.derived}
        if email in merge.existing:
            people.add(_plain(merge.rows[email]["name"]))
        elif len(group) == 1:
            continue
        for one in group:
            _record(one, merge.rows[email], output, looks_wrong=len(people) > 1)


def _record(
    one: Candidate, merged: Mapping[str, SqlValue], output: Output, *, looks_wrong: bool
) -> None:
    identity = str(merged["id"])
    role = "winner" if one.columns["id"] == identity else "loser"
    output.add("migration_user_merges", identity, one.path, "", role, "equal", int(looks_wrong))
    for name in _NAMES[1:]:
        value = None if name in one.derived else one.columns[name]
        differs = "filled" if value is None else "conflict"
        relation = "equal" if value == merged[name] else differs
        output.add("migration_user_merges", identity, one.path, name, role, relation, 0)


def _plain(name: SqlValue) -> str:
    return " ".join(str(name).casefold().split())
