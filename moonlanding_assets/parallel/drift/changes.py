"""What changed since some moment, as both sides noted it: the store's events, NEW's own log.

A change that nobody noted is not found here; a check of everything finds it. Reads only.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from moonlanding_assets.parallel.drift.sides import NewSide


@dataclass(frozen=True, kw_only=True)
class Position:
    """The numbers of the last event of the store, and of the last change of an application."""

    event: int = 0
    change: int = 0


def position(store: Path, new: NewSide) -> Position:
    """Where both logs end now."""
    with _events(store) as events:
        return Position(event=_last(events), change=new.last_change())


def changed_paths(store: Path, new: NewSide, *, since: Position) -> list[str]:
    """The documents that changed on either side after a position, in order; some only touched."""
    with _events(store) as events:
        found: set[str] = set()
        if events is not None:
            query = "SELECT DISTINCT path FROM event WHERE number > ?"
            found |= {path for (path,) in events.execute(query, (since.event,))}
    return sorted(found | new.changed(after=since.change))


@contextmanager
def _events(store: Path) -> Iterator[sqlite3.Connection | None]:
    if not store.is_file():
        yield None
        return
    uri = f"{store.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        yield connection


def _last(events: sqlite3.Connection | None) -> int:
    if events is None:
        return 0
    return int(events.execute("SELECT coalesce(max(number), 0) FROM event").fetchone()[0])
