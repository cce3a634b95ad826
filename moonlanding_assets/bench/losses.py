"""What another program lost, counted in what it made against the census of what it was given.

A value lies at a place: the names on the way to it, however they are spelled, arrays without their
numbers. Holds no run of those programs and no text about them: every figure is counted.
"""

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from moonlanding_assets.bench.job import Done, Job
from moonlanding_assets.bench.peer_input import CENSUS, Census, place_of
from moonlanding_assets.schema.catalogue import quoted

_VARIANT = re.compile(r"__v_[a-z_]+$")  # dlt's second column for values of another kind
_WHOLE = {"tinyint", "smallint", "integer", "bigint", "hugeint", "ubigint", "uinteger"}
_TEXT = {"varchar", "json"}
INSIDE, NOWHERE = "values inside JSON text", "values in no column"
UNTIED = "tables without a foreign key"
Found = dict[str, Counter[str]]  # place → how a value is stored → how often


def count_losses(job: Job, name: str) -> Done:
    """Count them, and write them beside what the program made."""
    home = job.settings.data
    census: Census = {
        table: {place: Counter(kinds) for place, kinds in places.items()}
        for table, places in json.loads((home / CENSUS).read_text()).items()
    }
    out = home / f"out-{name}"
    counted = of_duckdb(out, census) if name == "duckdb" else of_sqlite(out / "result.db", census)
    (out / "losses.json").write_text(json.dumps({what: n for what, n in counted.items() if n}))
    return Done(documents=0)


def of_sqlite(database: Path, census: Census) -> dict[str, int]:
    """By the storage class of every value."""
    with closing(sqlite3.connect(database)) as connection:
        tables = [str(name) for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "AND name NOT LIKE '\\_dlt%' ESCAPE '\\'"
        )]  # fmt: skip
        found, moved = _stored(connection, tables, list(census))
        keys = [connection.execute(f"PRAGMA foreign_key_list({quoted(one)})").fetchall()
                for one in tables]  # fmt: skip
        twice = _people_twice(connection, tables)
    return {
        **compared(_together(census), found),
        "values in a second column, for their kind": moved,
        UNTIED: sum(not key for key in keys),
        "people who are there more than once": twice,
    }


def compared(census: Mapping[str, Counter[str]], found: Found) -> dict[str, int]:
    """What the kinds of the source are not any more in the storage classes of SQLite."""
    lost: Counter[str] = Counter()
    for leaf, kinds in census.items():
        *above, place = leaf.split(" ")
        stored = found.get(place)
        if stored is None:
            is_inside = any(one in found and found[one]["text"] for one in above)
            lost[INSIDE if is_inside else NOWHERE] += kinds.total()
            continue
        whole = max(stored["integer"] - kinds["boolean"], 0)
        lost["integers that are none any more"] += max(kinds["integer"] - whole, 0)
        lost["doubles that are none any more"] += max(kinds["double"] - stored["real"], 0)
        infinite = max(stored["real"] - kinds["double"], 0)
        lost["NaN and infinities that are no numbers any more"] += max(
            kinds["not_finite"] - infinite, 0
        )
        lost["nulls that look like missing fields"] += kinds["null"]
    return dict(lost)


def of_duckdb(out: Path, census: Census) -> dict[str, int]:
    """By the type that every column, or part of one, was given."""
    lost: Counter[str] = Counter()
    with closing(duckdb.connect(str(out / "result.duckdb"), read_only=True)) as connection:
        tied = len(connection.execute(
            "SELECT DISTINCT table_name FROM duckdb_constraints() "
            "WHERE constraint_type = 'FOREIGN KEY'"
        ).fetchall())  # fmt: skip
        for table, places in census.items():
            relation = connection.table(table)
            types: dict[str, str] = {}
            for column, kind in zip(relation.columns, relation.types, strict=True):
                types.update(_typed(place_of(column), kind))
            for leaf, kinds in places.items():
                _judge_type(types, leaf, kinds, lost)
    return {**lost, UNTIED: len(census) - tied}


def _judge_type(
    types: Mapping[str, str], leaf: str, kinds: Counter[str], lost: Counter[str]
) -> None:
    *above, place = leaf.split(" ")
    kind = types.get(place)
    if kind is None:
        is_inside = any(types.get(one) == "json" for one in above)
        lost[INSIDE if is_inside else NOWHERE] += kinds.total()
        return
    if kind not in _WHOLE:
        lost["integers that are none any more"] += kinds["integer"]
    if kind != "double":
        lost["doubles that are none any more"] += kinds["double"]
        lost["NaN and infinities that are no numbers any more"] += kinds["not_finite"]
    if kind not in _TEXT:
        lost["texts that are none any more"] += kinds["string"]
    lost["nulls that look like missing fields"] += kinds["null"]


def _typed(place: str, kind: Any) -> Iterator[tuple[str, str]]:
    """Every leaf below a column with its type; a map without fixed names is none of them."""
    word = str(kind).lower()
    if kind.id in ("struct", "list"):
        for name, child in kind.children:
            below = place + (place_of(name) if kind.id == "struct" else "")
            yield from _typed(below, child)
    else:
        yield place, "json" if word == "json" or kind.id == "map" else kind.id


def _stored(
    connection: sqlite3.Connection, tables: list[str], collections: list[str]
) -> tuple[Found, int]:
    """Storage classes by place, and how many values lie in second columns."""
    found: Found = defaultdict(Counter)
    moved = 0
    for table in tables:
        root = max((one for one in collections if table.startswith(one)), key=len, default=table)
        above = table.removeprefix(root)
        columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]
        for column in columns:
            counted = dict(connection.execute(
                f"SELECT typeof({quoted(column)}), count(*) FROM {quoted(table)} GROUP BY 1"
            ).fetchall())  # fmt: skip
            held = Counter({name: n for name, n in counted.items() if name != "null"})
            plain_name = _VARIANT.sub("", column)
            moved += held.total() if plain_name != column else 0
            is_item = above and plain_name == "value"  # of an array of plain values
            found[place_of(above, "" if is_item else plain_name)].update(held)
    return found, moved


def _together(census: Census) -> Found:
    total: Found = defaultdict(Counter)
    for places in census.values():
        for place, kinds in places.items():
            total[place].update(kinds)
    return total


def _people_twice(connection: sqlite3.Connection, tables: list[str]) -> int:
    """Rows of the users' tables with an address that another row of them has too."""
    selects = []
    for table in (one for one in tables if one.endswith("users") and "__" not in one):
        columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]
        if "email" in columns:
            selects.append(f"SELECT lower(trim(email)) AS address FROM {quoted(table)}")
    if not selects:
        return 0
    together = " UNION ALL ".join(selects)
    sql = f"SELECT count(address) - count(DISTINCT address) FROM ({together})"
    return int(connection.execute(sql).fetchone()[0])
