"""Checks 4, 5 and 6: positions, times and paths of the finished file.

What a validator already compares is compared by the same functions; besides, each is looked at as
the application will: pages as they are drawn, times as they sort, files as they are listed.
"""

import math
import re
from collections import Counter, defaultdict
from typing import Any

from moonlanding_assets.schema.catalogue import BASE_TABLES, quoted
from moonlanding_assets.schema.columns import Table
from moonlanding_assets.validate.coordinates import (
    COLUMNS,
    RECTS,
    compare_coordinates,
    numbers_of,
    rects_of,
)
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.files import ADDRESS, compare_paths
from moonlanding_assets.validate.reading import parent_path, source_rows
from moonlanding_assets.validate.storage_paths import place_of
from moonlanding_assets.validate.times import UNIX, compare_times, storage_of
from moonlanding_assets.validate.validator import TableResult, Tally
from moonlanding_assets.validate.values import NOTHING, at, map_of
from moonlanding_assets.validate.verification import Examined, Subject, merged

Drawn = dict[str, Counter[str]]  # review row → every rectangle on its pages, exactly
_SHOWN_ROWS = 1_000


def highlight_coordinates(subject: Subject) -> Examined:
    """Every number of every position, and every review's pages as they are drawn: ±0 px."""
    evidence = subject.evidence
    deviation = _Deviation(evidence)
    expected: Drawn = defaultdict(Counter)
    for row in source_rows(evidence, "highlight"):
        position = map_of(row.fields.get("position")) or NOTHING
        for (kind, ordinal), fields in rects_of(position):
            numbers = numbers_of(fields)
            deviation.see((row.row_id, kind, ordinal), numbers)
            if not evidence.is_quarantined(row.path, row.locator, "highlight"):
                expected[row.owner_id][_exactly((kind, *numbers))] += 1
    pages = _pages(evidence, expected)
    notes = {
        "rectangles": deviation.rectangles,
        "largest_deviation_px": deviation.largest,
        "reviews_drawn": pages.compared,
    }
    return Examined(tables=(*compare_coordinates(evidence), pages), notes=notes)


def _pages(evidence: Evidence, expected: Drawn) -> TableResult:
    """The rectangles that the page of each review shows, joined as the application joins them."""
    shown: Drawn = defaultdict(Counter)
    numbers = ", ".join(f"{RECTS}.{column}" for column in COLUMNS)
    sql = (
        f"SELECT review.id, {RECTS}.kind, {numbers} FROM review "
        "JOIN highlight ON highlight.review_id = review.id "
        f"JOIN {RECTS} ON {RECTS}.highlight_id = highlight.id"
    )
    for review, kind, *values in evidence.query(sql):
        shown[review][_exactly((kind, *values))] += 1
    tally = Tally("review")
    tally.evidence = len(expected)
    for review, rectangles in expected.items():
        tally.compared += review in shown
        off = sum((rectangles - shown[review]).values()) + sum(
            (shown[review] - rectangles).values()
        )
        if off:
            tally.find("page_differs", row_id=review, detail=f"{off} rectangles")
    for review in shown.keys() - expected.keys():
        tally.find("page_invented", row_id=review)
    return tally.result()


def _exactly(values: tuple[object, ...]) -> str:
    """A text that differs when a value differs in kind or in any bit."""
    return ascii(values)


class _Deviation:
    """How far a stored number is from its source, at most; 0 unless a rectangle moved."""

    def __init__(self, evidence: Evidence) -> None:
        columns = ("highlight_id", "kind", "ordinal", *COLUMNS)
        self._stored = {row[:3]: row[3:] for row in evidence.rows(RECTS, *columns)}
        self.rectangles = 0
        self.largest = 0.0

    def see(self, key: tuple[str, str, int], numbers: tuple[Any, ...]) -> None:
        stored = self._stored.get(key)
        if stored is None:
            return
        self.rectangles += 1
        for one, other in zip(numbers, stored, strict=True):
            if one != other and _is_finite(one) and _is_finite(other):
                self.largest = max(self.largest, abs(one - other))


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def timestamps_utc(subject: Subject) -> Examined:
    """Every instant against its source, and the form of every time in every table."""
    evidence = subject.evidence
    form = _UNIX_FORM if storage_of(evidence) == UNIX else _ISO_FORM
    forms = [_forms(evidence, table, form) for table in BASE_TABLES]
    notes = {
        "stored_as": storage_of(evidence),
        "times_looked_at": sum(one.counts.get("times", 0) for one in forms),
        "earliest_and_latest_creation": _span(evidence),
    }
    return Examined(tables=merged((*compare_times(evidence), *forms)), notes=notes)


_ISO_FORM = (
    "typeof({0}) = 'text' AND length({0}) = 24 AND strftime('%Y-%m-%dT%H:%M:%fZ', {0}) IS {0}"
)
_UNIX_FORM = "typeof({0}) = 'integer' OR (typeof({0}) = 'text' AND {0} NOT GLOB '*[^-0-9]*')"


def _forms(evidence: Evidence, table: Table, form: str) -> TableResult:
    """Times that are no UTC instant in the one form of this file; also where no source says any."""
    tally = Tally(table.name)
    key = "id" if table.primary_key == ("id",) else "rowid"
    times_of = [quoted(column.name) for column in table.columns if column.meaning == "time"]
    ours = evidence.ours(table.name)
    for column in times_of:
        good = form.format(column)
        counted = f"SELECT count({column}), total(NOT ({good})) FROM {ours}"
        times, bad = evidence.query(f"{counted} WHERE {column} IS NOT NULL").fetchone()
        tally.counts["times"] = tally.counts.get("times", 0) + times
        if bad:
            sql = f"SELECT {key} FROM {ours} WHERE {column} IS NOT NULL"
            for (row_id,) in evidence.query(f"{sql} AND NOT ({good})").fetchmany(_SHOWN_ROWS):
                tally.find("not_utc", row_id=str(row_id), column=column.strip('"'))
    return tally.result()


def _span(evidence: Evidence) -> str:
    sql = f"SELECT min(created_at), max(created_at) FROM {evidence.ours('rfi')}"
    earliest, latest = evidence.query(sql).fetchone()
    return f"{earliest} to {latest} (rfi)"


def file_paths(subject: Subject) -> Examined:
    """Every path against its address, each engagement's list of files, and no signed link."""
    tables = (*compare_paths(subject.evidence), _listed(subject), *_signed_links(subject.evidence))
    return Examined(tables=merged(tables))


def _listed(subject: Subject) -> TableResult:
    """The files that each engagement lists, joined as the application joins them."""
    expected: dict[str | None, Counter[str]] = defaultdict(Counter)
    evidence = subject.evidence
    for row in source_rows(evidence, "file"):
        place = place_of(at(row.fields, ADDRESS["file"]))
        if place is not None and not evidence.is_quarantined(row.path, row.locator, "file"):
            engagement = subject.links.document(parent_path(row.path)).row_id
            expected[engagement][place.path] += 1
    shown: dict[str | None, Counter[str]] = defaultdict(Counter)
    sql = (
        "SELECT rfi.engagement_id, file.path FROM rfi "
        f"JOIN {evidence.ours('file')} AS file ON file.rfi_id = rfi.id "
        "WHERE file.path IS NOT NULL"
    )
    for engagement, path in evidence.query(sql):
        shown[engagement][path] += 1
    tally = Tally("engagement")
    tally.evidence = len(expected)
    for name in expected.keys() | shown.keys():
        tally.compared += name in expected and name in shown
        if expected[name] != shown[name]:
            off = sum((expected[name] - shown[name]).values())
            more = sum((shown[name] - expected[name]).values())
            detail = f"{off} files are not listed, {more} are listed that are not its own"
            tally.find("another_list_of_files", row_id=str(name), detail=detail)
    return tally.result()


_MARKS = ("oken=", "ignature=", "ccessId=", "redential=")  # looked for before the expression
_SIGNED = re.compile(
    r"https?://[^\s\"'<>]*[?&;](?:(?:access_)?token|(?:X-(?:Goog|Amz)-)?Signature|GoogleAccessId"
    r"|X-(?:Goog|Amz)-Credential)=",
    re.IGNORECASE,
)


def _signed_links(evidence: Evidence) -> list[TableResult]:
    """Links that let anybody in, in any text of the application's tables or of the residue."""
    texts = {
        table.name: [column.name for column in table.columns if column.type == "TEXT"]
        for table in BASE_TABLES
        if table.primary_key == ("id",)
    }
    results = [_signed(evidence, table, "id", columns) for table, columns in texts.items()]
    return [*results, _signed(evidence, "migration_residue", "path", ["value"])]


def _signed(evidence: Evidence, table: str, key: str, columns: list[str]) -> TableResult:
    tally = Tally(table)
    listed = ", ".join(map(quoted, columns))
    marked = " OR ".join(f"instr({quoted(one)}, '{mark}')" for one in columns for mark in _MARKS)
    sql = f"SELECT {key}, {listed} FROM {evidence.ours(table)} WHERE {marked}"
    for row_id, *texts in evidence.query(sql):
        for column, text in zip(columns, texts, strict=True):
            if text is not None and _SIGNED.search(str(text)):
                tally.find("signed_link", row_id=row_id, column=column)
    return tally.result()
