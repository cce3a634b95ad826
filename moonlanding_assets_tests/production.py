"""A production database that people already use, made to meet the demo's documents.

The application's own schema of 2026-02-01 with rows of its own: people whom documents describe
too, keys that documents would take, times as Unix seconds and as ISO text, a table and a column
that the migration does not know. Holds no expectation beyond what `Meeting` says.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.validate.identity import item_keys, row_id
from moonlanding_assets_tests.stages import original_database

F, M = "friday/users/list/", "myworkreview/users/list/"
C, R = "friday/clients/list/", "myworkreview/reviews/list/"
Fields = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """Where production and the documents meet.

    same: user row of production → the paths of the documents of that person. taken: paths of
    documents whose key is taken. taken_item: path and locator of such an array item.
    """

    same: dict[str, tuple[str, ...]]
    taken: tuple[str, ...]
    taken_item: tuple[str, str]


def production_for(demo: Layout, database: Path) -> Meeting:
    """Write the database; the demo's exports must be there."""
    documents = dict(_documents(demo))
    by_email = _by_email(documents)
    both = next(paths for paths in by_email.values() if len(paths) == 2)
    alone = [paths for paths in by_email.values() if len(paths) == 1]
    friday = [paths for paths in alone if paths[0].startswith(F)]
    known = {paths: email for email, paths in by_email.items()}
    client = next(path for path in documents if path.startswith(C) and path.count("/") == 3)
    review, key = _highlight(documents)
    original_database(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        _users(connection, known[both].upper(), f" {known[friday[0]]} ", friday[1][0])
        _rows(connection, row_id(client), row_id(review, f"highlights[{key}]"))
    return Meeting(
        same={"p-both": both, "p-one": friday[0]},
        taken=(friday[1][0], client),
        taken_item=(review, f"highlights[{key}]"),
    )


def _documents(demo: Layout) -> Iterator[tuple[str, Fields]]:
    for system in SYSTEMS:
        export = ManagedExport.open(demo.demo_export(system))
        for shard in export.shards:
            for entity in export.entities(shard):
                if entity.path.startswith((F, M, C, R)):
                    yield entity.path, entity.fields()


def _by_email(documents: dict[str, Fields]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for path, fields in sorted(documents.items()):
        email = fields.get("email", {}).get("stringValue", "").strip().lower()
        if path.startswith((F, M)) and "@" in email:
            found[email] = (*found.get(email, ()), path)
    return found


def _highlight(documents: dict[str, Fields]) -> tuple[str, str]:
    """A review, and the key of one of its highlights that has responses."""
    for path, fields in sorted(documents.items()):
        held = fields.get("highlights", {}).get("arrayValue", {}).get("values", [])
        keys = item_keys(held) if path.startswith(R) else []
        for key, one in zip(keys, held, strict=False):
            inner = one.get("mapValue", {}).get("fields", {})
            if inner.get("responses", {}).get("arrayValue", {}).get("values"):
                return path, key
    raise LookupError("no highlight of the demo has a response")


def _users(connection: sqlite3.Connection, both: str, one: str, taken: str) -> None:
    rows = [
        ("p-both", both, "Known Already", "partner", 1_600_000_000),
        ("p-one", one, "Somebody Else", "clerk", "2020-09-13T12:26:40.000Z"),
        ("p-own", "own@production.example", "Own", "manager", 1_600_000_001),
        (row_id(taken), "stranger@production.example", "Stranger", "clerk", 1_600_000_002),
    ]
    connection.executemany(
        "INSERT INTO users (id, email, name, role, status, created_at, password_hash) "
        "VALUES (?, ?, ?, ?, 'active', ?, 'hash')",
        rows,
    )


def _rows(connection: sqlite3.Connection, client: str, highlight: str) -> None:
    for statement in (
        "ALTER TABLE client ADD COLUMN tax_number TEXT NOT NULL DEFAULT 'none'",
        "CREATE TABLE feature_flag (name TEXT, is_on INTEGER)",
        "INSERT INTO feature_flag VALUES ('dark', 1), ('dark', 1), ('beta', NULL)",
        f"INSERT INTO client (id, name, created_at) VALUES ('{client}', 'Theirs', 5)",
        "INSERT INTO client (id, name, created_at, created_by, tax_number) "
        "VALUES ('p-client', 'Theirs too', '2021-01-01T00:00:00.000Z', 'p-own', '7')",
        "INSERT INTO engagement (id, name, year, client_id, stage, created_at) "
        "VALUES ('p-engagement', 'Theirs', '2020', 'p-client', 'Close Out', 5)",
        "INSERT INTO rfi (id, engagement_id, title, created_at) "
        "VALUES ('p-rfi', 'p-engagement', 'Theirs', 5)",
        "INSERT INTO rfi_response (id, rfi_id, responder_id, response_text, created_at, "
        "updated_at) VALUES ('p-response', 'p-rfi', 'p-own', 'Theirs', 5, 6)",
        "INSERT INTO chat_messages (id, rfi_id, user_id, content, attachments, created_at) "
        "VALUES ('p-chat', 'p-rfi', 'p-both', 'Theirs', 'no json', 5)",
        "INSERT INTO review (id, name, engagement_id, created_at) "
        "VALUES ('p-review', 'Theirs', 'p-engagement', 5)",
        "INSERT INTO highlight (id, review_id, created_at) "
        f"VALUES ('{highlight}', 'p-review', 5), ('p-highlight', 'p-review', 'yesterday')",
        "INSERT INTO sessions (id, user_id, expires_at) VALUES ('p-session', 'p-own', 7)",
        "INSERT INTO job_execution_log (timestamp, total_jobs, executed_jobs, failed_jobs, status)"
        " VALUES (5, 1, 1, 0, 'done'), (5, 1, 1, 0, 'done')",
    ):
        connection.execute(statement)
