"""The durable state row and its history: one SQLite file, changed by compare-and-swap only.

Holds no rule about what may follow what (transitions.py). A kill at any moment leaves the row of
before or the row of after, and the history's last line is always the row's.

Undo: a change back, where the table has one; lines of the history are never changed or taken out.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from moonlanding_assets.errors import TransitionRefused
from moonlanding_assets.load.files import make_sure_of
from moonlanding_assets.parallel.state.control_row import (
    LINE,
    TABLES,
    Line,
    Row,
    digested,
    read_history,
    read_row,
    require_where_it_came_from,
    swap,
    utc_now,
)
from moonlanding_assets.parallel.state.requirements import problems
from moonlanding_assets.parallel.state.states import FREEZING_STEPS, LOADED, STATE
from moonlanding_assets.parallel.state.transitions import Transition, find, missing, ways_on

WAIT_SECONDS = 5.0


class Control:
    """The control database. Each call opens, does one thing and closes; safe from any process."""

    def __init__(self, file: Path, *, now: Callable[[], str] = utc_now) -> None:
        self.file = file
        self._now = now
        file.parent.mkdir(parents=True, exist_ok=True)
        make_sure_of(file)
        with closing(self._connected()) as connection:
            connection.executescript(TABLES)

    def row(self) -> Row | None:
        """The row as it is now; None before `begin`."""
        with closing(self._connected()) as connection:
            return read_row(connection)

    def history(self) -> tuple[Line, ...]:
        """Every line, the oldest first."""
        with closing(self._connected()) as connection:
            return read_history(connection)

    def percent(self) -> int:
        """The share of users that read from NEW in S4, as last set; 100 from S5 on, else 0."""
        row = self.row()
        if row is None or row.state in ("S0", "S1", "S2", "S3"):
            return 0
        if row.state != "S4":
            return 100
        return next(
            int(one.evidence["percent"]) for one in reversed(self.history()) if one.state == "S4"
        )

    def begin(self, *, evidence: Mapping[str, Any], by: str) -> Row:
        """The first row, S0 in epoch 0; raises TransitionRefused when there is one already."""
        _require(problems(LOADED.entry, evidence), "S0 LOADED")
        with self._changing() as connection:
            if read_row(connection) is not None:
                raise TransitionRefused(f"{self.file}: it has begun already; see its history")
            kept = digested(evidence)
            row = Row(epoch=0, state="S0", journal="", evidence_digest=kept[1])
            connection.execute(
                "INSERT INTO cutover_state VALUES (1, ?, ?, ?, ?)",
                (row.epoch, row.state, row.journal, row.evidence_digest),
            )
            self._append(connection, row, kind="begin", evidence=kept, by=by)
        return row

    def change(
        self,
        expected: Row,
        target: str,
        *,
        evidence: Mapping[str, Any],
        by: str,
        reason: str = "",
        journal: str = "",
    ) -> Row:
        """From the expected row to the target, if the row is still the expected one.

        `reason` is needed to go back; `journal` to enter S7 (step 8). Raises StateMoved when
        somebody else changed the row, TransitionRefused saying what is asked.
        """
        one = _allowed(expected, target)
        _require(missing(one, evidence), f"{target} {STATE[target].name}")
        if one.kind in ("back", "reverse") and not reason.strip():
            raise TransitionRefused(f"{one.source} -> {target}: going back needs a reason")
        if one.writes_journal != bool(journal):
            raise TransitionRefused(f"{one.source} -> {target}: only step 8 writes a journal")
        kept = digested(evidence)
        row = _after(expected, one, journal=journal, digest=kept[1])
        with self._changing() as connection:
            if one.source == "S6" and one.kind == "back":
                require_where_it_came_from(connection, target)
            swap(connection, expected, row)
            self._append(
                connection, row, kind=one.kind, evidence=kept, by=by, reason=reason,
                from_state=expected.state,
            )  # fmt: skip
        return row

    def step(self, expected: Row, number: int, *, evidence: Mapping[str, Any], by: str) -> None:
        """Note in the history that a step of FREEZING is done; the row stays as it is."""
        if not 1 <= number <= len(FREEZING_STEPS):
            raise TransitionRefused(f"step {number}: FREEZING has {len(FREEZING_STEPS)} steps")
        kept = digested(evidence)
        with self._changing() as connection:
            swap(connection, expected, expected)
            self._append(
                connection, expected, kind="step", step=number, evidence=kept, by=by,
                from_state=expected.state,
            )  # fmt: skip

    def _append(
        self, connection: sqlite3.Connection, row: Row, *, evidence: tuple[str, str], **told: Any
    ) -> None:
        line = {"step": 0, "from_state": "", "reason": "", **told}
        connection.execute(
            f"INSERT INTO cutover_history ({LINE}) VALUES "
            "((SELECT coalesce(max(number), 0) + 1 FROM cutover_history), "
            ":kind, :step, :from_state, :state, :epoch, :journal, :evidence, :evidence_digest, "
            ":reason, :by, :at)",
            {
                **line,
                "state": row.state,
                "epoch": row.epoch,
                "journal": row.journal,
                "evidence": evidence[0],
                "evidence_digest": evidence[1],
                "at": self._now(),
            },
        )

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=WAIT_SECONDS, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connected()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _allowed(expected: Row, target: str) -> Transition:
    has_journal = expected.journal != ""
    one = find(expected.state, target, epoch=expected.epoch, has_journal=has_journal)
    if one is not None:
        return one
    offered = ways_on(expected.state, epoch=expected.epoch, has_journal=has_journal)
    told = "; ".join(f"{way.target} ({way.kind}) asks: {_asked(way)}" for way in offered)
    name = f"{expected.state} {STATE[expected.state].name}"
    with_journal = " with its journal" if has_journal else ""
    raise TransitionRefused(
        f"{name} -> {target}: there is no such change in epoch {expected.epoch}{with_journal}. "
        f"From here: {told or 'nothing; this is the end'}"
    )


def _asked(one: Transition) -> str:
    return ", ".join(f"{asked.says} ({asked.bound})" for asked in one.asks) or "a reason"


def _require(lacking: tuple[str, ...], target: str) -> None:
    if lacking:
        raise TransitionRefused(
            f"{target} asks what the evidence does not show: " + "; ".join(lacking)
        )


def _after(expected: Row, one: Transition, *, journal: str, digest: str) -> Row:
    kept = "" if one.kind == "finish" else expected.journal
    return Row(
        epoch=expected.epoch + one.adds_epoch,
        state=one.target,
        journal=journal or kept,
        evidence_digest=digest,
    )
