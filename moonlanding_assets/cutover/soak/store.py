"""data/parallel/soak.db: samples, what was told, who armed the way back. Rows are only added.

What a monitor that is killed has written stays; what it was about to write is one sample less.
Holds no judgement.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.cutover.soak.sample import WALL, Counters, Sample
from moonlanding_assets.load.files import make_sure_of
from moonlanding_assets.load.opening import reading
from moonlanding_assets.settings import Layout

WAIT_SECONDS = 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS soak_sample (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, elapsed REAL NOT NULL, boot TEXT NOT NULL,
    clock TEXT NOT NULL, state TEXT NOT NULL, epoch INTEGER NOT NULL, figures TEXT NOT NULL,
    counters TEXT) STRICT;
CREATE TABLE IF NOT EXISTS soak_arming (
    number INTEGER PRIMARY KEY, is_armed INTEGER NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL)
    STRICT;
CREATE TABLE IF NOT EXISTS soak_told (
    criterion TEXT PRIMARY KEY, epoch INTEGER NOT NULL, verdict TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS soak_owed (
    number INTEGER PRIMARY KEY, recipient TEXT NOT NULL, notice TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS soak_reverse (
    epoch INTEGER PRIMARY KEY, reason TEXT NOT NULL, at TEXT NOT NULL, outcome TEXT NOT NULL)
    STRICT;
CREATE TRIGGER IF NOT EXISTS soak_sample_stays BEFORE UPDATE ON soak_sample
    BEGIN SELECT raise(ABORT, 'samples are only added'); END;
CREATE TRIGGER IF NOT EXISTS soak_sample_is_kept BEFORE DELETE ON soak_sample
    BEGIN SELECT raise(ABORT, 'samples are only added'); END;
"""
_SAMPLE = "at, elapsed, boot, clock, state, epoch, figures, counters"


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A notice that one recipient ("url" or "call") was not given yet."""

    number: int
    recipient: str
    notice: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Arming:
    """Whether the way back goes by itself, and who said so."""

    is_armed: bool
    by: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Reversed:
    """What came of going back in an epoch. outcome: begun, done, or failed with its kind."""

    reason: str
    at: str
    outcome: str


def soak_file(layout: Layout) -> Path:
    """Where everything that the soak saw is kept."""
    return layout.parallel / "soak.db"


class SoakStore:
    """The database opened to be written; from any process, each call is one transaction."""

    def __init__(self, layout: Layout) -> None:
        self.file = soak_file(layout)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        make_sure_of(self.file)
        self._connection = sqlite3.connect(self.file, timeout=WAIT_SECONDS, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Nothing is lost without it."""
        self._connection.close()

    def append(
        self,
        sample: Sample,
        *,
        told: Mapping[str, str],
        owed: Iterable[tuple[str, Mapping[str, str]]],
    ) -> None:
        """A sample with what it changes: what is told by now, and the notices that are due."""
        counters = None if sample.counters is None else _counters_text(sample.counters)
        figures = orjson.dumps(dict(sample.figures)).decode()
        with self._changing() as connection:
            connection.execute(
                f"INSERT INTO soak_sample ({_SAMPLE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (sample.at, sample.elapsed, sample.boot, sample.clock, sample.state,
                 sample.epoch, figures, counters),
            )  # fmt: skip
            connection.executemany(
                "INSERT OR REPLACE INTO soak_told VALUES (?, ?, ?)",
                [(key, sample.epoch, verdict) for key, verdict in told.items()],
            )
            _owe(connection, owed)

    def owe(self, notices: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Notices that belong to no sample."""
        with self._changing() as connection:
            _owe(connection, notices)

    def told(self, epoch: int) -> dict[str, str]:
        """Criterion → verdict, as last told in this epoch."""
        query = "SELECT criterion, verdict FROM soak_told WHERE epoch = ?"
        return dict(self._connection.execute(query, (epoch,)).fetchall())

    def owed(self) -> tuple[Owed, ...]:
        """Notices that were not delivered, the oldest first."""
        found = self._connection.execute(
            "SELECT number, recipient, notice FROM soak_owed ORDER BY number"
        )
        return tuple(
            Owed(number=number, recipient=recipient, notice=orjson.loads(notice))
            for number, recipient, notice in found.fetchall()
        )

    def delivered(self, one: Owed) -> None:
        """It need not be sent again."""
        self._connection.execute("DELETE FROM soak_owed WHERE number = ?", (one.number,))

    def arm(self, *, is_armed: bool, by: str, at: str) -> None:
        """Say whether the way back goes by itself from now on."""
        self._connection.execute(
            "INSERT INTO soak_arming (is_armed, by, at) VALUES (?, ?, ?)", (is_armed, by, at)
        )

    def arming(self) -> Arming:
        """As last said; disarmed before anybody did."""
        return _arming(self._connection)

    def reversal(self, epoch: int) -> Reversed | None:
        """What came of going back in this epoch; None when it was not begun."""
        return _reversal(self._connection, epoch)

    def note_reversal(self, epoch: int, *, reason: str, at: str, outcome: str) -> None:
        """Durable before the way back is begun, and again when it ended."""
        self._connection.execute(
            "INSERT OR REPLACE INTO soak_reverse VALUES (?, ?, ?, ?)", (epoch, reason, at, outcome)
        )

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def read_samples(layout: Layout, *, clock: str = WALL) -> tuple[Sample, ...]:
    """Every sample taken by that clock, the oldest first; none before the first monitor."""
    with _reading(layout) as connection:
        if connection is None:
            return ()
        found = connection.execute(
            f"SELECT {_SAMPLE} FROM soak_sample WHERE clock = ? ORDER BY number", (clock,)
        ).fetchall()
    return tuple(_sample(row) for row in found)


def read_arming(layout: Layout, epoch: int) -> tuple[Arming, Reversed | None]:
    """Who armed the way back, and what came of it in the epoch."""
    with _reading(layout) as connection:
        if connection is None:
            return Arming(is_armed=False, by="", at=""), None
        return _arming(connection), _reversal(connection, epoch)


@contextmanager
def _reading(layout: Layout) -> Iterator[sqlite3.Connection | None]:
    """The file to be read; None where there is none, or where it is being made just now."""
    if not soak_file(layout).is_file():
        yield None
        return
    with reading(soak_file(layout)) as connection:
        query = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'soak_%' AND type = 'table'"
        is_made = connection.execute(query).fetchone()[0] == _TABLES.count("CREATE TABLE")
        yield connection if is_made else None


def _owe(connection: sqlite3.Connection, notices: Iterable[tuple[str, Mapping[str, str]]]) -> None:
    connection.executemany(
        "INSERT INTO soak_owed (recipient, notice) VALUES (?, ?)",
        [(recipient, orjson.dumps(dict(one)).decode()) for recipient, one in notices],
    )


def _arming(connection: sqlite3.Connection) -> Arming:
    query = "SELECT is_armed, by, at FROM soak_arming ORDER BY number DESC LIMIT 1"
    found = connection.execute(query).fetchone()
    is_armed, by, at = found or (0, "", "")
    return Arming(is_armed=bool(is_armed), by=by, at=at)


def _reversal(connection: sqlite3.Connection, epoch: int) -> Reversed | None:
    query = "SELECT reason, at, outcome FROM soak_reverse WHERE epoch = ?"
    found = connection.execute(query, (epoch,)).fetchone()
    return None if found is None else Reversed(reason=found[0], at=found[1], outcome=found[2])


def _counters_text(one: Counters) -> str:
    content: dict[str, Any] = {
        "started": one.started, "codes": dict(one.codes), "bounds": one.bounds,
        "buckets": one.buckets,
    }  # fmt: skip
    return orjson.dumps(content).decode()


def _sample(row: tuple[Any, ...]) -> Sample:
    at, elapsed, boot, clock, state, epoch, figures, text = row
    counters = None
    if text is not None:
        found = orjson.loads(text)
        counters = Counters(
            started=found["started"],
            codes=found["codes"],
            bounds=tuple(found["bounds"]),
            buckets=tuple(found["buckets"]),
        )
    return Sample(
        at=at, elapsed=elapsed, boot=boot, clock=clock, state=state, epoch=epoch,
        figures=orjson.loads(figures), counters=counters,
    )  # fmt: skip
