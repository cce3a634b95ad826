"""How the sync stands, for others to read while it runs: what is applied, what shuts the gate.

Opens the database and the store for reading only. Decides nothing.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.schema.sync import OPEN_CONFLICTS, OPEN_QUARANTINE


@dataclass(frozen=True, kw_only=True)
class SyncStanding:
    """Counts. last_event: the number of the newest event of the store.

    missing: events that came but that the database does not note, at most a thousand ids.
    quarantined: poison events unresolved. conflicts: rows put back that somebody else had written.
    """

    last_event: int
    documents: int
    deleted: int
    pending: int
    applied: int
    quarantined: int
    conflicts: int
    missing: tuple[str, ...]

    @property
    def is_gate_open(self) -> bool:
        """Whether nothing needs a person first."""
        return not self.quarantined and not self.conflicts

    @property
    def is_in_step(self) -> bool:
        """Whether the database holds every event that came: each one, not only the newest."""
        return not self.pending and not self.missing


def sync_standing(database: Path, store: Path, *, up_to: int | None = None) -> SyncStanding:
    """How the database stands to the store; `up_to`: of the events up to that number.

    Raises sqlite3.DatabaseError where one of them is not there or was never synced.
    """
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("ATTACH ? AS app", (f"{database.resolve().as_uri()}?mode=ro",))

        def count(query: str) -> int:
            return int(connection.execute(f"SELECT count(*) FROM {query}").fetchone()[0])

        last = connection.execute("SELECT coalesce(max(number), 0) FROM event").fetchone()
        limit = last[0] if up_to is None else up_to
        missing = connection.execute(
            "SELECT event_id FROM event WHERE number <= ? AND NOT EXISTS "
            "(SELECT 1 FROM app.sync_applied a WHERE a.event_id = event.event_id) "
            "ORDER BY number LIMIT 1000",
            (limit,),
        ).fetchall()
        return SyncStanding(
            last_event=int(last[0]),
            documents=count("document WHERE fields IS NOT NULL"),
            deleted=count("document WHERE fields IS NULL"),
            pending=count("document WHERE is_pending"),
            applied=count("app.sync_applied"),
            quarantined=count(f"app.{OPEN_QUARANTINE}"),
            conflicts=count(f"app.{OPEN_CONFLICTS}"),
            missing=tuple(str(one) for (one,) in missing),
        )
