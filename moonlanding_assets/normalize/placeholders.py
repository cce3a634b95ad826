"""Rows for what references need and no document gives: gone users, missing parents.

Every such row is in migration_placeholders with the key that the references say and the reason.
"""

from collections.abc import Mapping

from moonlanding_assets.errors import TargetRefused
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.compiled import default_value
from moonlanding_assets.normalize.directory import Directory, Placeholder
from moonlanding_assets.schema.catalogue import TABLE

UNUSABLE = {"password_hash": "!"}  # no hash can equal it
UNKNOWN_CLIENT = "synthetic:client"
_ENGAGEMENT_SEGMENTS = 4


def add_placeholders(directory: Directory, output: Output) -> None:
    """Add the rows of every placeholder, and of those that they need themselves."""
    done: set[str] = set()
    while len(done) < len(directory.placeholders):
        for key, one in sorted(directory.placeholders.items()):
            if key not in done:
                done.add(key)
                _add(one, directory, output)
                output.add("migration_placeholders", one.table, one.row_id, key, one.reason)


def _add(one: Placeholder, directory: Directory, output: Output) -> None:
    if directory.is_taken(one.table, one.row_id):
        raise TargetRefused(
            f"{one.table}: the target has a row with the id of the placeholder {one.row_id}; it "
            "comes from an earlier migration: restore the database from before it"
        )
    if one.table == "users":
        _user(one, directory, output)
    elif one.table == "client":
        _row(output, "client", directory, id=one.row_id, name="Unknown client")
    elif one.table == "engagement":
        _engagement(one, directory, output)
    elif one.table == "rfi":
        _rfi(one, directory, output)


def _user(one: Placeholder, directory: Directory, output: Output) -> None:
    kind, _, rest = one.key.partition(":")
    email = rest if kind == "email" else f"{one.row_id}@placeholder.invalid"
    _row(
        output, "users", directory, id=one.row_id, email=email, name="Deleted user",
        status="deleted", **UNUSABLE,
    )  # fmt: skip


def _engagement(one: Placeholder, directory: Directory, output: Output) -> None:
    client = directory.placeholder("client", UNKNOWN_CLIENT, reason="engagement_without_client")
    is_synthetic = one.key.startswith("synthetic:")
    year = one.key.rpartition(":")[2] if is_synthetic else "unknown"
    name = f"Reviews {year}" if is_synthetic else "Missing engagement"
    _row(output, "engagement", directory, id=one.row_id, name=name, year=year, client_id=client)


def _rfi(one: Placeholder, directory: Directory, output: Output) -> None:
    path = "/".join(one.key.split("/")[:_ENGAGEMENT_SEGMENTS])
    engagement = directory.ids.get(path) or directory.placeholder(
        "engagement", path, reason="document_missing", collection="friday/engagements"
    )
    _row(output, "rfi", directory, id=one.row_id, title="Missing RFI", engagement_id=engagement)
    _row(output, "rfis", directory, id=one.row_id, engagement_id=engagement)
    _row(
        output, "rfi_questions", directory, id=one.row_id, rfi_id=one.row_id,
        question="Missing RFI",
    )  # fmt: skip


def _row(output: Output, table: str, directory: Directory, **held: SqlValue) -> None:
    """A row with these columns, required times from the snapshot, defaults for the rest."""
    values: dict[str, SqlValue] = {}
    for column in TABLE[table].columns:
        value = held.get(column.name, default_value(column))
        if value is None and column.not_null and column.meaning == "time":
            value = directory.snapshot_time
        values[column.name] = value
    output.add(table, *values.values())


def join(directory: Directory, found: Mapping[str, Placeholder]) -> None:
    """Take the placeholders that one shard met into the directory of the run."""
    for key, one in found.items():
        directory.placeholders.setdefault(key, one)
