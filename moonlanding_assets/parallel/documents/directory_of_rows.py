"""The directory of normalize, asked of a finished database entry by entry, as it is at the moment.

For one document at a time (document_rows.py, the reads of the gateway): nothing is read ahead, so
nothing grows old while somebody else writes. Roles are not here: they belong to people, who are
merged as a whole. Holds no rule.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.errors import RejectedValue, SyncError
from moonlanding_assets.mapping.people import normal_email
from moonlanding_assets.normalize.directory import Directory, rest_of
from moonlanding_assets.normalize.directory_build import NAMED, SIBLINGS, USER_COLLECTIONS
from moonlanding_assets.proof.rebuild import rebuild
from moonlanding_assets.proof.stored import read_documents
from moonlanding_assets.schema.catalogue import BASE_TABLES, quoted
from moonlanding_assets.source.taking import system_of

K = TypeVar("K")
V = TypeVar("V")

_PLACEHOLDER_TABLES = ("users", "client", "engagement", "rfi")
_WITH_ID = {one.name for one in BASE_TABLES if one.primary_key == ("id",)}
_HAVE_IDS = json.dumps([*NAMED, *USER_COLLECTIONS])
_NAMED_SO = """
    SELECT path FROM migration_documents JOIN client ON client.id = row_id
    WHERE collection = ?1 AND trim(client.name) = ?2
    UNION SELECT path FROM migration_documents JOIN migration_residue USING (path)
    WHERE collection = ?1 AND field = '["name"]'
        AND trim(json_extract(value, '$.stringValue')) = ?2"""


@dataclass(frozen=True)
class Asked(Mapping[K, V], Generic[K, V]):
    """A mapping that asks for each entry when it is looked up; it cannot be listed."""

    ask: Callable[[Any], V | None]

    def __getitem__(self, key: K) -> V:
        found = self.ask(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return self.ask(key) is not None

    def __iter__(self) -> Iterator[K]:
        raise SyncError("a directory of rows is asked entry by entry")

    def __len__(self) -> int:
        raise SyncError("a directory of rows is asked entry by entry")


def directory_of_rows(connection: sqlite3.Connection) -> Directory:
    """The answers of this connection's present view; good for rebuilding and for one `apply`."""
    run = dict(connection.execute("SELECT key, value FROM migration_run"))
    roles = json.loads(run.get("role_ids", "{}"))
    asking = _Asking(connection)
    return Directory(
        snapshot_time=run.get("snapshot_time", ""),
        ids=Asked(asking.row_id),
        documents=Asked(asking.document_id),
        users_by_email=Asked(asking.user_of_email),
        emails=Asked(asking.email),
        siblings=Asked(asking.sibling),
        names=Asked(asking.name),
        by_name=Asked(asking.named),
        engagement_of_review=Asked(asking.linked_engagement),
        role_of_email=Asked(asking.role_of_email),
        rowless=Asked(asking.rowless),
        role_ids={
            (key.partition(":")[0], key.partition(":")[2]): one for key, one in roles.items()
        },
        taken=Asked(asking.taken),
    )


def _is(held: str, address: str) -> bool:
    try:
        return normal_email(held) == address
    except RejectedValue:
        return False


@dataclass(frozen=True)
class _Taken:
    """The ids of rows of one table that belong to no document."""

    connection: sqlite3.Connection
    table: str

    def __contains__(self, identity: object) -> bool:
        if self.table not in _WITH_ID:
            return False
        query = (
            f"SELECT 1 FROM {quoted(self.table)} WHERE id = ?1 "
            "AND NOT EXISTS (SELECT 1 FROM migration_documents WHERE row_id = ?1) "
            "AND NOT EXISTS (SELECT 1 FROM migration_items WHERE table_name = ?2 AND row_id = ?1) "
            "AND NOT EXISTS "
            "(SELECT 1 FROM migration_placeholders WHERE table_name = ?2 AND row_id = ?1)"
        )
        return self.connection.execute(query, (identity, self.table)).fetchone() is not None


@dataclass(frozen=True)
class _Asking:
    connection: sqlite3.Connection

    def row_id(self, path: str) -> str | None:
        return self._one(
            "SELECT row_id FROM migration_documents WHERE path = ? AND row_id IS NOT NULL "
            "AND collection IN (SELECT value FROM json_each(?))", path, _HAVE_IDS,
        )  # fmt: skip

    def document_id(self, key: tuple[str, str]) -> str | None:
        """As directory_of: of several documents the first path; else what a placeholder's says."""
        identity, collection = key
        path = self._one(
            "SELECT min(path) FROM migration_documents WHERE row_id = ? AND collection = ? "
            "AND collection IN (SELECT value FROM json_each(?))", identity, collection, _HAVE_IDS,
        )  # fmt: skip
        if path is None:
            path = self._placeholder(identity)
            found = match(system_of(path), path) if path else None
            path = path if found is not None and found.key == collection else None
        return None if path is None else rest_of(path)

    def _placeholder(self, identity: str) -> str | None:
        query = "SELECT key FROM migration_placeholders WHERE table_name = ? AND row_id = ?"
        keys = (self._one(query, table, identity) for table in _PLACEHOLDER_TABLES)
        return next((key for key in keys if key is not None and ":" not in key), None)

    def user_of_email(self, address: str) -> str | None:
        """People, placeholders not; production's own may be spelled otherwise."""
        return self._person("id", address)

    def role_of_email(self, address: str) -> str | None:
        return self._person("role", address)

    def _person(self, column: str, address: str) -> str | None:
        people = (
            f"SELECT email, {column} FROM users WHERE NOT EXISTS (SELECT 1 FROM "
            "migration_placeholders WHERE table_name = 'users' AND row_id = users.id)"
        )
        exact = self.connection.execute(f"{people} AND email = ?", (address,)).fetchone()
        if exact is not None:
            return str(exact[1])
        others = self.connection.execute(f"{people} ORDER BY id")
        return next((str(value) for held, value in others if _is(held, address)), None)

    def email(self, identity: str) -> str | None:
        return self._one("SELECT email FROM users WHERE id = ?", identity)

    def sibling(self, path: str) -> bool | None:
        query = (
            "SELECT 1 FROM migration_documents WHERE path = ? "
            "AND collection IN (SELECT value FROM json_each(?))"
        )
        return True if self._one(query, path, json.dumps(SIBLINGS)) else None

    def name(self, path: str) -> str | None:
        """What the document itself calls itself."""
        for one in read_documents(self.connection, path, path):
            directory = directory_of_rows(self.connection)
            fields = rebuild(one.collection, one.rows, one.residue, directory)
            return fields.get("name", {}).get("stringValue") or None
        return None

    def named(self, key: tuple[str, str]) -> str | None:
        """The one client of that name, whether it has a row or was put aside."""
        collection, name = key
        found = self.connection.execute(_NAMED_SO, (collection, name)).fetchall()
        said = [path for (path,) in found if (self.name(path) or "").strip() == name]
        return said[0] if len(said) == 1 else None

    def linked_engagement(self, review: str) -> str | None:
        """The one engagement whose review_link names the review; the link has no column."""
        query = (
            "SELECT d.row_id FROM migration_residue r JOIN migration_documents d USING (path) "
            "WHERE d.collection = 'friday/engagements' AND r.field = '[\"review_link\"]' "
            "AND r.value = json_object('stringValue', ?) AND d.row_id IS NOT NULL LIMIT 2"
        )
        found = self.connection.execute(query, (review,)).fetchall()
        return str(found[0][0]) if len(found) == 1 else None

    def rowless(self, path: str) -> bool | None:
        query = "SELECT 1 FROM migration_documents WHERE path = ? AND outcome = 'quarantined'"
        return True if self._one(query, path) else None

    def taken(self, table: str) -> Any:
        return _Taken(self.connection, table)

    def _one(self, query: str, *values: str) -> str | None:
        found = self.connection.execute(query, values).fetchone()
        return None if found is None or found[0] is None else str(found[0])
