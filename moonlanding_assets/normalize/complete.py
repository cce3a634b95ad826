"""What only the whole can tell: columns filled from other rows, then every table ordered by key.

Plain SQL on DuckDB over the parts; holds no conversion of source values.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from moonlanding_assets.normalize.stage import write_rows
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.schema.columns import Table
from moonlanding_assets.source.engine import connected

ROW_GROUP = 50_000


@dataclass(frozen=True, kw_only=True)
class Completion:
    """One column filled where it is empty: `query` gives (id, value) of its table.

    `is_recorded`: the column can also come from a source field or by another rule, so each filled
    row is recorded as derived; otherwise the column is always made by this rule, as its mapping
    says.
    """

    table: str
    column: str
    rule: str
    query: str
    is_recorded: bool = False


COMPLETIONS = (
    Completion(
        table="rfi", column="last_response_date", rule="latest_response",
        query="SELECT rfi_id, max(response_date) FROM rfi_response GROUP BY rfi_id",
    ),
    Completion(
        table="rfi", column="primary_response_id", rule="latest_response",
        query="SELECT rfi_id, arg_max(id, (response_date, id)) FROM rfi_response GROUP BY rfi_id",
    ),
    Completion(
        table="chat_messages", column="rfi_id", rule="first_rfi_of_engagement",
        query="""
            SELECT chat.row_id, first.rfi FROM migration_documents chat
            JOIN (SELECT path, row_id FROM migration_documents
                  WHERE collection = 'friday/engagements' AND row_id IS NOT NULL
                  UNION ALL SELECT key, row_id FROM migration_placeholders
                  WHERE table_name = 'engagement') above
              ON above.path = array_to_string(string_split(chat.path, '/')[1:4], '/')
            JOIN (SELECT engagement_id, arg_min(id, (created_at, id)) AS rfi
                  FROM rfi GROUP BY engagement_id) first ON first.engagement_id = above.row_id
            WHERE chat.collection = 'friday/engagements_chat'""",
    ),
    Completion(
        table="review", column="starred_by", rule="users_who_prioritise",
        query="""
            SELECT starred.review, to_json(list(starred.person ORDER BY starred.person))::VARCHAR
            FROM (SELECT id AS person, unnest(from_json(priority_reviews, '["VARCHAR"]')) AS review
                  FROM users WHERE priority_reviews IS NOT NULL) starred
            GROUP BY starred.review""",
    ),
    Completion(
        table="review", column="total_highlights", rule="highlights_counted",
        query="SELECT review_id, count(*)::VARCHAR FROM highlight GROUP BY review_id",
    ),
    Completion(
        table="review", column="resolved_highlights", rule="highlights_counted",
        query="""
            SELECT review_id, count(*) FILTER (WHERE status = 'resolved')::VARCHAR
            FROM highlight GROUP BY review_id""",
    ),
    Completion(
        table="review", column="starred_by", rule="nobody", query="SELECT id, '[]' FROM review",
    ),
    Completion(
        table="review", column="total_highlights", rule="none",
        query="SELECT id, '0' FROM review",
    ),
    Completion(
        table="review", column="resolved_highlights", rule="none",
        query="SELECT id, '0' FROM review",
    ),
    Completion(
        table="engagement", column="created_at", rule="earliest_rfi", is_recorded=True,
        query="SELECT engagement_id, min(created_at) FROM rfi GROUP BY engagement_id",
    ),
    Completion(
        table="engagement", column="created_at", rule="snapshot_time", is_recorded=True,
        query="SELECT id, snapshot_time() FROM engagement",
    ),
    Completion(
        table="client", column="created_at", rule="earliest_engagement", is_recorded=True,
        query="SELECT client_id, min(created_at) FROM engagement GROUP BY client_id",
    ),
    Completion(
        table="client", column="created_at", rule="snapshot_time", is_recorded=True,
        query="SELECT id, snapshot_time() FROM client",
    ),
)  # fmt: skip


def complete(parts: Path, stage: Path, *, snapshot_time: str) -> dict[str, int]:
    """Write stage/<table>.parquet for every table, ordered by primary key; rows per table.

    Memory is bounded, whatever the parts hold: what does not fit is sorted through the disk.
    """
    with connected(stage.parent) as connection:
        connection.execute("SET preserve_insertion_order = false")
        stamp = snapshot_time.replace("'", "''")
        connection.execute(f"CREATE MACRO snapshot_time() AS '{stamp}'")
        changed = {one.table for one in COMPLETIONS} | {"migration_derived"}
        for table in TABLE.values():
            _open(connection, table, parts, is_changed=table.name in changed)
        for one in COMPLETIONS:
            _fill(connection, one)
        return {table.name: _write(connection, table, stage) for table in TABLE.values()}


def _open(
    connection: duckdb.DuckDBPyConnection, table: Table, parts: Path, *, is_changed: bool
) -> None:
    """The parts of a table as a view, or as a table where completions change it."""
    kind = "TABLE" if is_changed else "VIEW"
    files = parts / table.name
    if files.is_dir():
        source = f"SELECT * FROM read_parquet('{_quoted(files)}/*.parquet')"
    else:
        empty = files.with_suffix(".none")
        write_rows(table, (), empty)
        source = f"SELECT * FROM read_parquet('{_quoted(empty)}')"
    connection.execute(f'CREATE {kind} "{table.name}" AS {source}')


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _fill(connection: duckdb.DuckDBPyConnection, one: Completion) -> None:
    connection.execute(f"CREATE TEMP TABLE filling(id, value) AS {one.query}")
    empty = f'"{one.table}"."{one.column}" IS NULL AND filling.value IS NOT NULL'
    where = f'filling.id = "{one.table}".id AND {empty}'
    if one.is_recorded:
        connection.execute(
            f"INSERT INTO migration_derived SELECT '{one.table}', filling.id, '{one.column}', "
            f"'{one.rule}' FROM filling, \"{one.table}\" WHERE {where}"
        )
    connection.execute(
        f'UPDATE "{one.table}" SET "{one.column}" = filling.value FROM filling WHERE {where}'
    )
    connection.execute("DROP TABLE filling")


def _write(connection: duckdb.DuckDBPyConnection, table: Table, stage: Path) -> int:
    file = stage / f"{table.name}.parquet"
    order = ", ".join(f'"{name}"' for name in table.primary_key)
    columns = ", ".join(f'"{name}"' for name in _names(table))
    by = f"ORDER BY {order}" if order else "ORDER BY ALL"
    count = connection.execute(
        f"COPY (SELECT {columns} FROM \"{table.name}\" {by}) TO '{_quoted(file)}' "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    ).fetchone()
    return int(count[0]) if count else 0
