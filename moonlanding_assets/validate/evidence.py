"""Both sides of a comparison, opened for reading only: snapshot Parquet and the SQLite file.

Holds no comparison. Nothing here reads what normalize wrote except the SQLite file itself.
"""

import functools
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson

from moonlanding_assets.errors import BrokenDatabase, SnapshotError
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.validate.before import TARGET, Before, Theirs, quoted
from moonlanding_assets.validate.derived import Derived
from moonlanding_assets.validate.digests import file_sha256
from moonlanding_assets.validate.documents import Documents

_CACHE_KIB = 64 * 1_024
Made = TypeVar("Made")


class Evidence(Documents):
    """What the validators read for one fraction. Making one opens nothing.

    `file_root`: where the files that paths speak of can be looked up, None when unknown.
    `workers`: how many processes may judge at once. Can be pickled: what was read is read again.
    Raises SnapshotError or BrokenDatabase from the first property that needs a missing input.
    """

    def __init__(
        self, layout: Layout, fraction: str, *, file_root: Path | None = None, workers: int = 1
    ) -> None:
        super().__init__(layout, fraction)
        self.file_root = file_root
        self.workers = workers
        self._made: dict[Callable[[Evidence], Any], Any] = {}

    def once(self, make: Callable[["Evidence"], Made]) -> Made:
        """What `make` reads of this evidence: read once, however many validators ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        again = functools.partial(Evidence, file_root=self.file_root, workers=self.workers)
        return again, (self.layout, self.fraction)

    def check_inputs(self) -> None:
        """Raise unless every input is there, whole, and the database was made from them."""
        self.once(Evidence._check_inputs)

    def _check_inputs(self) -> None:
        for key in self.collections:
            self.parquet(key)
        self.before.require(self.run, self.database)
        made_from = {system: self.run.get(f"{system}_snapshot_digest") for system in SYSTEMS}
        if any(self.snapshot_digests[system] != digest for system, digest in made_from.items()):
            raise SnapshotError(
                f"{self.database}: made from another snapshot. Normalize and load it again."
            )

    @functools.cached_property
    def snapshot_digests(self) -> dict[str, str]:
        """System to the digest of its snapshot; "moonlanding": of the target as it was before."""
        systems = {system: str(one["digest"]) for system, one in self.manifests.items()}
        return {**systems, TARGET: str(self.before.manifest["digest"])}

    # the database -----------------------------------------------------------------------------

    @functools.cached_property
    def database(self) -> Path:
        """The SQLite file that is judged."""
        file = self.layout.database(self.fraction)
        if not file.is_file():
            raise BrokenDatabase(f"{file}: no database. Load the {self.fraction} fraction first.")
        return file

    @functools.cached_property
    def database_digest(self) -> str:
        """The sha256 of the bytes of the SQLite file."""
        return file_sha256(self.database)

    @functools.cached_property
    def connection(self) -> sqlite3.Connection:
        """A read-only connection with foreign keys enforced, and the target as it was before."""
        uri = self.database.absolute().as_uri() + "?mode=ro"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self.before.attach(connection)
        return connection

    @functools.cached_property
    def before(self) -> Before:
        """What the target held before the migration."""
        return Before(self.layout.snapshot(TARGET))

    @functools.cached_property
    def theirs(self) -> Theirs:
        """The rows that were there before; all other methods speak of those that we wrote."""
        return Theirs(self.connection, is_attached=self.before.copy is not None)

    def ours(self, table: str) -> str:
        """SQL for the rows of a table that the migration wrote, in the place of its name."""
        return self.theirs.others(table)

    def number(self, table: str) -> str:
        """The column by which a row of the table is told from all others: its number, or its id."""
        return "id" if table in self.theirs.without_rowid else "rowid"

    def query(self, sql: str, *parameters: object) -> sqlite3.Cursor:
        """Run one statement; rows come as tuples."""
        return self.connection.execute(sql, parameters)

    def rows(self, table: str, *columns: str) -> sqlite3.Cursor:
        """The named columns of every row that the migration wrote, in no particular order."""
        listed = ", ".join(map(quoted, columns))
        return self.query(f"SELECT {listed} FROM {self.ours(table)}")

    def all_of_ids(
        self, table: str, ids: Sequence[str], *columns: str, key: str = "id"
    ) -> sqlite3.Cursor:
        """The key and the named columns of all rows whose key is one of the ids."""
        listed = ", ".join(map(quoted, (key, *columns)))
        wanted = "(SELECT value FROM json_each(?))"
        sql = f"SELECT {listed} FROM {self.ours(table)} WHERE {quoted(key)} IN {wanted}"
        return self.query(sql, orjson.dumps(ids).decode())

    def by_id(self, table: str, *columns: str) -> dict[str, tuple[Any, ...]]:
        """Row id to the row's values: the id first, then the named columns."""
        return {row[0]: row for row in self.rows(table, "id", *columns)}

    @functools.cached_property
    def run(self) -> dict[str, str]:
        """What the database says that it was made from."""
        return dict(self.rows("migration_run", "key", "value"))

    @functools.cached_property
    def quarantined(self) -> frozenset[tuple[str, str, str]]:
        """Path, locator and table of every document ("", "") and item that gave no row.

        Values that were refused inside a row that exists are in the same table: not these.
        """
        rows = self.query(
            "SELECT path, locator, table_name FROM migration_quarantine WHERE field = '' "
            "OR reason IN ('missing_required', 'parent_quarantined')"
        )
        return frozenset(rows)

    def is_quarantined(self, path: str, locator: str, table: str) -> bool:
        """Whether the ledger says that the document, or this item of it, gave no row."""
        return (path, "", "") in self.quarantined or (path, locator, table) in self.quarantined

    @functools.cached_property
    def derived(self) -> Derived:
        """The rule by table, row id and column, for values the source did not have."""
        return Derived(self.query, self.ours("migration_derived"))

    @functools.cached_property
    def placeholders(self) -> dict[tuple[str, str], str]:
        """Table and row id to the key, for rows invented so that a reference can hold."""
        rows = self.rows("migration_placeholders", "table_name", "row_id", "key")
        return {(table, row): key for table, row, key in rows}

    def close(self) -> None:
        """Close the connection, if there is one."""
        if "connection" in self.__dict__:
            self.connection.close()
            del self.__dict__["connection"]
