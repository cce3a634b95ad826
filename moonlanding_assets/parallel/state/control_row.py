"""What the control database holds: its tables, the state row, the lines of the history.

Holds no change of either (control.py).
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from moonlanding_assets.errors import StateMoved, TransitionRefused
from moonlanding_assets.parallel.state.states import STATE, Side, authority

TABLES = """
CREATE TABLE IF NOT EXISTS cutover_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL, state TEXT NOT NULL, journal TEXT NOT NULL,
    evidence_digest TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS cutover_history (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL, step INTEGER NOT NULL, from_state TEXT NOT NULL, state TEXT NOT NULL,
    epoch INTEGER NOT NULL, journal TEXT NOT NULL, evidence TEXT NOT NULL,
    evidence_digest TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS cutover_history_stays BEFORE UPDATE ON cutover_history
    BEGIN SELECT raise(ABORT, 'the history is only added to'); END;
CREATE TRIGGER IF NOT EXISTS cutover_history_is_kept BEFORE DELETE ON cutover_history
    BEGIN SELECT raise(ABORT, 'the history is only added to'); END;
"""
LINE = (
    "number, kind, step, from_state, state, epoch, journal, evidence, evidence_digest, reason, "
    "by, at"
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """The durable row. `journal` is "" when there is none; the digest is of the last evidence."""

    epoch: int
    state: str
    journal: str
    evidence_digest: str

    @property
    def authority(self) -> Side:
        """The side whose writes count."""
        return authority(self.epoch)

    @property
    def is_gate_open(self) -> bool:
        """Whether writes pass. Everything else about the router is derived as well."""
        return self.journal == "" and STATE[self.state].writes != "held"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the history: kind "begin", that of a transition, or "step" (of FREEZING)."""

    number: int
    kind: str
    step: int
    from_state: str
    state: str
    epoch: int
    journal: str
    evidence: dict[str, Any]
    evidence_digest: str
    reason: str
    by: str
    at: str


def read_row(connection: sqlite3.Connection) -> Row | None:
    """The row; None before the first."""
    found = connection.execute(
        "SELECT epoch, state, journal, evidence_digest FROM cutover_state"
    ).fetchone()
    if found is None:
        return None
    epoch, state, journal, digest = found
    return Row(epoch=epoch, state=state, journal=journal, evidence_digest=digest)


def read_history(connection: sqlite3.Connection) -> tuple[Line, ...]:
    """Every line, the oldest first."""
    names = LINE.replace("\n", " ").split(", ")
    found = connection.execute(f"SELECT {LINE} FROM cutover_history ORDER BY number")
    lines = (dict(zip(names, one, strict=True)) for one in found)
    return tuple(Line(**{**one, "evidence": orjson.loads(one["evidence"])}) for one in lines)


def swap(connection: sqlite3.Connection, expected: Row, row: Row) -> None:
    """The compare-and-swap; raises StateMoved when the row is not the expected one."""
    changed = connection.execute(
        "UPDATE cutover_state SET epoch = ?, state = ?, journal = ?, evidence_digest = ? "
        "WHERE epoch = ? AND state = ? AND journal = ? AND evidence_digest = ?",
        (
            row.epoch, row.state, row.journal, row.evidence_digest,
            expected.epoch, expected.state, expected.journal, expected.evidence_digest,
        ),
    ).rowcount  # fmt: skip
    if changed != 1:
        found = read_row(connection)
        now = "not begun" if found is None else f"{found.state} in epoch {found.epoch}"
        raise StateMoved(
            f"the state is not {expected.state} in epoch {expected.epoch} as expected, but {now} "
            "(or the same on other evidence): read it again and decide again"
        )


def require_where_it_came_from(connection: sqlite3.Connection, target: str) -> None:
    """An abort of FREEZING goes back to the state that it was entered from."""
    came_from = connection.execute(
        "SELECT from_state FROM cutover_history WHERE state = 'S6' AND kind <> 'step' "
        "ORDER BY number DESC LIMIT 1"
    ).fetchone()[0]
    if came_from != target:
        raise TransitionRefused(
            f"S6 -> {target}: this freeze was entered from {came_from}: abort to {came_from}"
        )


def digested(evidence: Mapping[str, Any]) -> tuple[str, str]:
    """The evidence as canonical JSON text, and its SHA-256."""
    text = orjson.dumps(dict(evidence), option=orjson.OPT_SORT_KEYS).decode()
    return text, hashlib.sha256(text.encode()).hexdigest()


def utc_now() -> str:
    """The time as the history writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
