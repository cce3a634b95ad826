"""Every time of every row: its form, its calendar, and the same instant as the source says.

Holds the comparison; how the source spells times is in instants.py, which field feeds which
column in time_rules.py.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

from moonlanding_assets.errors import BrokenDatabase
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.instants import (
    first_instant,
    instant,
    target_instant,
    to_milliseconds,
    to_seconds,
)
from moonlanding_assets.validate.met import Met
from moonlanding_assets.validate.passes import gathered
from moonlanding_assets.validate.people import people_before, people_of
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.shards import Part
from moonlanding_assets.validate.sight import Columns, Sight, Stored
from moonlanding_assets.validate.time_rules import (
    COLUMNS,
    EARLIEST_CHILD,
    FIELDS,
    REVIEW_DATE,
    TIME_FIELDS,
)
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally
from moonlanding_assets.validate.values import Fields

ISO = "iso8601"
UNIX = "unix_seconds"
_DIGITS = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_UNIX_RANGE = range(-62_135_596_800, 253_402_300_800)  # years 1 to 9999


_READ = {table: columns for table, columns in COLUMNS.items() if table != "users"}
_READ["rfi_response"] = (*COLUMNS["rfi_response"], "rfi_id")
_RESPONSE_DATE = COLUMNS["rfi_response"].index("response_date")
_LAST_RESPONSE = COLUMNS["rfi"].index("last_response_date")
Instants = list[int | None]


class Waiting(NamedTuple):
    """An RFI that is judged when the latest of its responses is known."""

    row: SourceRow
    expected: Instants
    stored: Stored | None


class Latest(NamedTuple):
    """The RFI row that a stored response belongs to, and the response's instant."""

    rfi_id: str
    instant: int | None


class Clock:
    """The comparison over one database, shard by shard; what is owned as derived counts."""

    reads: ClassVar[Columns] = _READ
    is_everywhere: ClassVar[bool] = False

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.storage = storage_of(evidence)
        self.tallies = Tallies(TIME_FIELDS)
        self.invented_rows = {row_id for _, row_id in evidence.placeholders}
        self.snapshot_instant = instant({"timestampValue": evidence.snapshot_time})
        self.earliest = {key: self._earliest(*child) for key, child in EARLIEST_CHILD.items()}
        self.latest: dict[str, int] = {}  # RFI row id → the instant of its latest response

    def _earliest(self, table: str, reference: str, column: str) -> dict[str, int]:
        """Parent row to the earliest time that one of its children has stored."""
        ours = self.evidence.ours(table)
        sql = f"SELECT {reference}, min({column}) FROM {ours} GROUP BY {reference}"
        rows = ((parent, self._stored_instant(time)) for parent, time in self.evidence.query(sql))
        return {parent: time for parent, time in rows if time is not None}

    def judge(self, sight: Sight) -> Part:
        """Compare every row of a shard; RFIs are left for when all responses are known."""
        self.tallies = Tallies()
        part = Part(self.tallies)
        sight.keep_derived_near()
        for row, stored in sight.beside(_READ).pairs():
            expected = _expected(row.table, row.fields)
            if row.table == "rfi":
                bare = row._replace(fields={}, document={})
                part.notes.append(Waiting(bare, expected, stored))
                continue
            if row.table == "rfi_response" and stored is not None:
                part.notes.append(self._response(stored, expected))
            self.judge_row(row, expected, stored)
        return part

    def judge_row(self, row: SourceRow, expected: Instants, stored: Stored | None) -> None:
        """Compare one row's times with the instants that the source gives, column by column."""
        tally = self.tallies[row.table]
        instants = len(expected) - expected.count(None)
        weight = instants or 1  # without an instant its derived time is still judged by form
        tally.evidence += weight
        if stored is None:
            if not self.evidence.is_quarantined(row.path, row.locator, row.table):
                self._find(tally, row, "row_lost", "", f"{instants} times with it")
            return
        tally.compared += weight
        name = "instants" if instants else "rows_with_derived_times_only"
        tally.counts[name] = tally.counts.get(name, 0) + weight
        for column, value, said in zip(COLUMNS[row.table], stored[1:], expected, strict=False):
            if value is not None or said is not None:
                self._column(tally, row, (column, value), said)

    def _column(
        self, tally: Tally, row: SourceRow, cell: tuple[str, Any], expected: int | None
    ) -> None:
        column, value = cell
        stored = self._stored_instant(value)
        if expected is None:
            if value is None:
                return
            if stored is None:
                self._find(tally, row, "malformed", column, _shown(value))
            elif not self._is_owned_up_to(row, column, stored):
                self._find(tally, row, "invented", column, "the source has no such time")
        elif stored is None:
            kind = "lost" if value is None else "malformed"
            self._find(tally, row, kind, column, _shown(value))
        elif stored != self._cut(expected):
            off = (stored - self._cut(expected)) / 1_000_000
            self._find(tally, row, "another_instant", column, f"off by {off} seconds")

    def _is_owned_up_to(self, row: SourceRow, column: str, stored: int) -> bool:
        """Whether a time without a source is derived in the open, by a rule that gives it."""
        if row.row_id in self.invented_rows:
            return self.snapshot_instant is not None and self._cut(self.snapshot_instant) == stored
        rule = self.evidence.derived.get((row.table, row.row_id, column))
        child = self.earliest.get((row.table, column), {}).get(row.row_id)
        known = [self.snapshot_instant, child, first_instant(row.document, REVIEW_DATE)]
        if rule is not None and rule != "snapshot_time" and child is None:
            return True
        return any(one is not None and self._cut(one) == stored for one in known)

    def _response(self, stored: Stored, expected: Instants) -> Latest:
        """A response's RFI and instant; one without a time counts as it is stored."""
        said = expected[_RESPONSE_DATE]
        when = self._stored_instant(stored[1 + _RESPONSE_DATE]) if said is None else said
        return Latest(stored[-1] or "", when)

    def judge_rfis(self, notes: Iterable[Any]) -> None:
        """The RFIs that waited, with the latest of their responses."""
        for note in notes:
            if isinstance(note, Latest) and note.instant is not None:
                known = self.latest.get(note.rfi_id, note.instant)
                self.latest[note.rfi_id] = max(known, note.instant)
        for note in notes:
            if isinstance(note, Waiting):
                note.expected[_LAST_RESPONSE] = self.latest.get(note.row.row_id)
                self.judge_row(*note)

    def judge_left_over(self, met: Met) -> None:
        """Rows that no document calls for: their times must be well formed and owned up to."""
        for table, columns in COLUMNS.items():
            for identity, *values in met.left_over(self.evidence, table, "id", *columns):
                row = SourceRow(table, identity, "", "", {}, "", {})
                for column, value in zip(columns, values, strict=True):
                    of_responses = column == "last_response_date"
                    expected = self.latest.get(identity) if of_responses else None
                    self._column(self.tallies[table], row, (column, value), expected)

    def _stored_instant(self, value: object) -> int | None:
        if self.storage == ISO:
            return target_instant(value)
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)  # the one column of time that is declared TEXT
        if isinstance(value, int) and value in _UNIX_RANGE:
            return value * 1_000_000
        return None

    def _cut(self, expected: int) -> int:
        if self.storage == ISO:
            return to_milliseconds(expected)
        return to_seconds(expected) * 1_000_000

    def _find(self, tally: Tally, row: SourceRow, kind: str, column: str, detail: str) -> None:
        tally.find(
            kind,
            row_id=row.row_id,
            path=row.path,
            locator=row.locator,
            column=column,
            detail=detail,
        )


def _shown(value: object) -> str:
    return f"target {type(value).__name__}" if value is not None else "target NULL"


def storage_of(evidence: Evidence) -> str:
    """How the database says it keeps times; raises BrokenDatabase when it does not say."""
    storage = evidence.run.get("timestamp_storage", "")
    if storage not in (ISO, UNIX):
        raise BrokenDatabase(
            f"{evidence.database}: migration_run does not say timestamp_storage. Load it again."
        )
    return storage


def compare_times(evidence: Evidence) -> tuple[TableResult, ...]:
    """Compare all times of all tables; one result a table."""
    clock, whole = Clock(evidence), Tallies(TIME_FIELDS)
    seen = gathered(evidence, Clock)
    clock.tallies = whole
    seen.met.add("users", _users(clock))
    whole.add(seen.tallies)
    clock.judge_rfis(seen.notes)
    clock.judge_left_over(seen.met)
    return whole.results()


def _expected(table: str, fields: Fields) -> Instants:
    """The instants that the source gives, in the order of the table's columns of time."""
    return [first_instant(fields, names) if names else None for names in FIELDS[table]]


def _users(clock: Clock) -> list[Any]:
    """A merged user was made when the earliest of the documents was. Gives the rows judged."""
    known_before = people_before(clock.evidence)
    number = clock.evidence.number("users")
    rows = clock.evidence.rows("users", "id", *COLUMNS["users"], number, "email")
    stored = {row[-1]: row for row in rows}
    judged: list[Any] = []
    for address, documents in people_of(clock.evidence).groups():
        if address in known_before:
            continue  # the row was there: its times are production's
        names = TIME_FIELDS["users"]["created_at"]
        made = [first_instant(document.fields, names) for document in documents]
        earliest = min((one for one in made if one is not None), default=None)
        found = stored.get(address)
        identity, path = found[0] if found else "", documents[0].path
        row = SourceRow("users", identity, path, "", {}, "", {})
        clock.judge_row(row, [earliest, None], found)
        judged.extend(found[-2:-1] if found else ())
    return judged
