"""Every time of every row: its form, its calendar, and the same instant as the source says.

Holds the comparison; how the source spells times is in instants.py, which field feeds which
column in time_rules.py.
"""

import re
from typing import Any

from moonlanding_assets.errors import BrokenDatabase
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.instants import (
    instant,
    target_instant,
    to_milliseconds,
    to_seconds,
)
from moonlanding_assets.validate.people import people_of
from moonlanding_assets.validate.reading import SourceRow, source_rows
from moonlanding_assets.validate.time_rules import EARLIEST_CHILD, REVIEW_DATE, TIME_FIELDS
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally
from moonlanding_assets.validate.values import Fields, at

ISO = "iso8601"
UNIX = "unix_seconds"
_DIGITS = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_UNIX_RANGE = range(-62_135_596_800, 253_402_300_800)  # years 1 to 9999


class _Clock:
    """The comparison over one database: stored rows by table, and what is owned as derived."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.storage = storage_of(evidence)
        self.tallies = Tallies(TIME_FIELDS)
        self.columns = {table: time_columns(table) for table in TIME_FIELDS}
        self.stored = {
            table: evidence.by_id(table, *columns) for table, columns in self.columns.items()
        }
        self.invented_rows = {row_id for _, row_id in evidence.placeholders}
        self.snapshot_instant = instant({"timestampValue": evidence.snapshot_time})
        self.earliest = {key: self._earliest(*child) for key, child in EARLIEST_CHILD.items()}
        self.rfi_of = dict(evidence.rows("rfi_response", "id", "rfi_id"))
        self.latest: dict[str, int] = {}  # RFI row id → the instant of its latest response

    def _earliest(self, table: str, reference: str, column: str) -> dict[str, int]:
        """Parent row to the earliest time that one of its children has stored."""
        sql = f"SELECT {reference}, min({column}) FROM {table} GROUP BY {reference}"
        rows = ((parent, self._stored_instant(time)) for parent, time in self.evidence.query(sql))
        return {parent: time for parent, time in rows if time is not None}

    def judge_row(self, row: SourceRow, expected: dict[str, int | None]) -> None:
        """Compare one row's times with the instants that the source gives, column by column."""
        tally = self.tallies[row.table]
        instants = sum(found is not None for found in expected.values())
        weight = instants or 1  # without an instant its derived time is still judged by form
        tally.evidence += weight
        stored = self.stored[row.table].pop(row.row_id, None)
        if stored is None:
            if not self.evidence.is_quarantined(row.path, row.locator, row.table):
                self._find(tally, row, "row_lost", "", f"{instants} times with it")
            return
        tally.compared += weight
        name = "instants" if instants else "rows_with_derived_times_only"
        tally.counts[name] = tally.counts.get(name, 0) + weight
        for column, value in zip(self.columns[row.table], stored[1:], strict=True):
            self._column(tally, row, (column, value), expected[column])

    def _column(
        self, tally: Tally, row: SourceRow, cell: tuple[str, Any], expected: int | None
    ) -> None:
        column, value = cell
        stored = self._stored_instant(value)
        if expected is None:
            if value is None:
                return
            if stored is None:
                self._find(tally, row, "malformed", column, self._shown(value))
            elif not self._is_owned_up_to(row, column, stored):
                self._find(tally, row, "invented", column, "the source has no such time")
        elif stored is None:
            kind = "lost" if value is None else "malformed"
            self._find(tally, row, kind, column, self._shown(value))
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

    def note_response(self, row: SourceRow, said: int | None) -> None:
        """Remember the latest response of each RFI; one without a time counts as it is stored."""
        stored = self.stored[row.table].get(row.row_id)
        if stored is None:
            return
        when = self._stored_instant(stored[1]) if said is None else said
        rfi = self.rfi_of.get(row.row_id, "")
        if when is not None and when > self.latest.get(rfi, when - 1):
            self.latest[rfi] = when

    def judge_left_over(self) -> None:
        """Rows that no document calls for: their times must be well formed and owned up to."""
        for table, rows in self.stored.items():
            for identity, stored in rows.items():
                row = SourceRow(table, identity, "", "", {}, "", {})
                for column, value in zip(self.columns[table], stored[1:], strict=True):
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

    def _shown(self, value: object) -> str:
        return f"target {type(value).__name__}" if value is not None else "target NULL"

    def _find(self, tally: Tally, row: SourceRow, kind: str, column: str, detail: str) -> None:
        tally.find(
            kind,
            row_id=row.row_id,
            path=row.path,
            locator=row.locator,
            column=column,
            detail=detail,
        )


def storage_of(evidence: Evidence) -> str:
    """How the database says it keeps times; raises BrokenDatabase when it does not say."""
    storage = evidence.run.get("timestamp_storage", "")
    if storage not in (ISO, UNIX):
        raise BrokenDatabase(
            f"{evidence.database}: migration_run does not say timestamp_storage. Load it again."
        )
    return storage


def time_columns(table: str) -> tuple[str, ...]:
    """The columns of meaning time of a table."""
    return tuple(column.name for column in TABLE[table].columns if column.meaning == "time")


def compare_times(evidence: Evidence) -> tuple[TableResult, ...]:
    """Compare all times of all tables; one result a table."""
    clock = _Clock(evidence)
    _users(clock)
    rfis: list[tuple[SourceRow, dict[str, int | None]]] = []
    for row in source_rows(evidence, *(table for table in TIME_FIELDS if table != "users")):
        expected = _expected(row.table, row.fields)
        if row.table == "rfi":  # judged when all its responses are known
            rfis.append((row._replace(fields={}, document={}), expected))
            continue
        if row.table == "rfi_response":
            clock.note_response(row, expected["response_date"])
        clock.judge_row(row, expected)
    for row, expected in rfis:
        expected["last_response_date"] = clock.latest.get(row.row_id)
        clock.judge_row(row, expected)
    clock.judge_left_over()
    return clock.tallies.results()


def _expected(table: str, fields: Fields) -> dict[str, int | None]:
    return {column: first_instant(fields, names) for column, names in TIME_FIELDS[table].items()}


def first_instant(fields: Fields, names: tuple[str, ...]) -> int | None:
    """The instant of the first of the fields that stands for one."""
    for name in names:
        found = instant(at(fields, name))
        if found is not None:
            return found
    return None


def _users(clock: _Clock) -> None:
    """A merged user was made when the earliest of the documents was."""
    people = people_of(clock.evidence)
    ids = dict(clock.evidence.rows("users", "email", "id"))
    for address, documents in people.by_email.items():
        made = [
            found
            for document in documents
            if (found := first_instant(document.fields, TIME_FIELDS["users"]["created_at"]))
            is not None
        ]
        path = documents[0].path
        row = SourceRow("users", ids.get(address, ""), path, "", {}, "", {})
        clock.judge_row(row, {"created_at": min(made, default=None), "updated_at": None})
