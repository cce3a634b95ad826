"""Check 9, its main part: the file opened as the application opens it, on a copy.

Each screen's answer is compared with what the snapshot says, row by row. Searching is in
verify_search.py, writing in verify_writes.py.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.validate.coordinates import RECTS, rects_of
from moonlanding_assets.validate.plain import same_scalar
from moonlanding_assets.validate.reading import SourceRow, source_rows
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.screens import (
    DASHBOARDS,
    FEED,
    FEED_ROWS,
    PERSON,
    RECTANGLES,
    SCREENS,
    Dashboard,
    Key,
    Screen,
)
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally
from moonlanding_assets.validate.values import NOTHING, map_of
from moonlanding_assets.validate.verification import Examined, Notes, Subject, count_of, merged
from moonlanding_assets.validate.verify_logs import SYSTEM
from moonlanding_assets.validate.verify_search import Texts, compare_search
from moonlanding_assets.validate.verify_writes import try_writing

KEYS_A_SCREEN = 300
Shown = tuple[object, ...]
_SCREENS_OF = {table: [one for one in SCREENS if one.table == table] for table in TABLE}
Lists = dict[Key, dict[str, Shown]]  # key → row id → what the row shows; None: not said


def integration(subject: Subject) -> Examined:
    """Every screen, dashboard and search, then writing, on one open copy."""
    with subject.copy() as file, opened(file) as application:
        asked = _Asked(subject, application)
        notes = _settings(application)
        results = [*_soundness(application), *asked.screens(), *asked.dashboards()]
        results += [asked.people(), asked.feed(), asked.rectangles()]
        results += compare_search(subject, application, asked.texts)
        results.append(try_writing(file))
    screens = [{"screen": name, "keys": count} for name, count in asked.keys.items()]
    return Examined(tables=merged(results), notes={**notes, "screens": screens})


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection such as the application has: WAL, and foreign keys enforced."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


def _settings(application: sqlite3.Connection) -> Notes:
    names = ("journal_mode", "foreign_keys", "user_version", "application_id", "encoding",
             "page_size", "page_count", "freelist_count")  # fmt: skip
    found = {name: application.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
    return {"sqlite": sqlite3.sqlite_version, "pragmas": [found]}


def _soundness(application: sqlite3.Connection) -> Iterator[TableResult]:
    """What SQLite says of the file itself."""
    for pragma in ("integrity_check", "quick_check"):
        tally = Tally("whole file")
        tally.compared = tally.evidence = 1
        try:
            said = [str(row[0]) for row in application.execute(f"PRAGMA {pragma}")]
        except sqlite3.DatabaseError as error:
            said = [type(error).__name__]
        for line in said:
            if line != "ok":
                tally.find(pragma, detail=line.partition(" in index ")[0][:100])
        yield tally.result()


class _Asked:
    """The snapshot's rows under the keys of each screen, and the same asked of the file."""

    def __init__(self, subject: Subject, application: sqlite3.Connection) -> None:
        self.subject = subject
        self.application = application
        self.keys: dict[str, int] = {}
        self.lists: dict[str, Lists] = {one.name: defaultdict(dict) for one in SCREENS}
        self.counts = {one.name: Counter[object]() for one in DASHBOARDS}
        self.said: dict[str, set[str]] = {one.name: set() for one in DASHBOARDS}
        self.rects: dict[str, set[tuple[str, str, int]]] = defaultdict(set)
        self.texts = Texts(subject)
        tables = {one.table for one in (*SCREENS, *DASHBOARDS)} | Texts.columns.keys()
        for row in source_rows(subject.evidence, *tables):
            if not subject.evidence.is_quarantined(row.path, row.locator, row.table):
                self._note(row)

    def _note(self, row: SourceRow) -> None:
        self.texts.note(row)
        for screen in _SCREENS_OF.get(row.table, ()):
            key = screen.key(self.subject.around, row)
            if key is not None:
                self.lists[screen.name][key][row.row_id] = _shown(screen, row)
        for one in DASHBOARDS:
            if one.table == row.table and (value := _scalar(row, one.column)) is not None:
                self.counts[one.name][value] += 1
                self.said[one.name].add(row.row_id)
        if row.table == "highlight":
            position = map_of(row.fields.get("position")) or NOTHING
            for (kind, ordinal), _ in rects_of(position):
                self.rects[row.owner_id].add((row.row_id, kind, ordinal))

    def screens(self) -> tuple[TableResult, ...]:
        """Each screen under a draw of the keys that the snapshot has."""
        tallies = Tallies()
        for screen in SCREENS:
            lists = self.lists[screen.name]
            for key in self._drawn(screen.name, sorted(lists)):
                self._screen(screen, key, lists[key], tallies[screen.table])
        return tallies.results()

    def _drawn(self, name: str, keys: list[Any]) -> list[Any]:
        count = min(len(keys), KEYS_A_SCREEN)
        self.keys[name] = count
        return self.subject.chance(name).sample(keys, count)

    def _screen(self, screen: Screen, key: Key, rows: dict[str, Shown], tally: Tally) -> None:
        found = {row[0]: row[1:] for row in self.application.execute(screen.sql, key)}
        tally.evidence += len(rows)
        where = f"{screen.name} of {SYSTEM if SYSTEM in key else ' '.join(key)}"
        for row_id, expected in rows.items():
            shown = found.pop(row_id, None)
            if shown is None:
                tally.find("not_shown", row_id=row_id, detail=where)
                continue
            tally.compared += 1
            for column, wanted, value in zip(screen.shows, expected, shown, strict=True):
                if wanted is not None and not same_scalar(wanted, value):
                    tally.find("shown_otherwise", row_id=row_id, column=column, detail=where)
        for row_id in found:
            if not self.subject.is_owned(screen.table, row_id):
                tally.find("shown_without_reason", row_id=row_id, detail=where)

    def dashboards(self) -> tuple[TableResult, ...]:
        """Counts by a column, over the whole table."""
        return tuple(map(self._dashboard, DASHBOARDS))

    def _dashboard(self, one: Dashboard) -> TableResult:
        """Rows of which the source does not say the value count as they are stored."""
        expected = self.counts[one.name].copy()
        known = self.said[one.name]
        sql = f"SELECT id, {one.column} FROM {one.table}"
        for row_id, value in self.subject.evidence.query(sql):
            if row_id not in known:
                expected[value] += 1
        found = dict(self.application.execute(one.sql).fetchall())
        tally = Tally(one.table)
        tally.evidence = len(self.counts[one.name])
        for value in expected.keys() | found.keys():
            tally.compared += value in found
            if expected[value] != found.get(value, 0):
                detail = f"{one.name}: expected {expected[value]}, shown {found.get(value, 0)}"
                tally.find("count_differs", column=one.column, detail=detail)
        return tally.result()

    def people(self) -> TableResult:
        """Who signs in with an e-mail is the one person who has it."""
        tally = Tally("users")
        people = self.subject.links.people.by_email
        known = self.subject.links.known_before  # under the spelling that was there
        drawn = self._drawn("person_by_email", sorted(people.keys() - known.keys()))
        tally.evidence = len(drawn)
        for address in drawn:
            found = self.application.execute(PERSON, (address,)).fetchall()
            tally.compared += len(found) == 1
            if len(found) != 1:
                detail = f"{len(found)} people sign in with its address"
                tally.find("person_not_found", path=people[address][0].path, detail=detail)
        return tally.result()

    def feed(self) -> TableResult:
        """The newest lines of all logs: full length, and none missing between."""
        tally = Tally("audit_logs")
        found = self.application.execute(FEED).fetchall()
        wanted = min(FEED_ROWS, count_of(self.application, "audit_logs"))
        tally.evidence = int(self.subject.called_for["audit_logs"] > 0)
        tally.compared = int(bool(found))
        if len(found) != wanted or [row[1] for row in found] != sorted(
            (row[1] for row in found), reverse=True
        ):
            tally.find("feed_differs", detail=f"expected {wanted} lines, newest first")
        return tally.result()

    def rectangles(self) -> TableResult:
        """What the page of a review draws."""
        tally = Tally(RECTS)
        for review in self._drawn("rectangles_of_review", sorted(self.rects)):
            found = set(self.application.execute(RECTANGLES, (review,)).fetchall())
            tally.evidence += len(self.rects[review])
            tally.compared += len(self.rects[review] & found)
            for row_id, kind, ordinal in sorted(self.rects[review] ^ found):
                detail = f"{kind} {ordinal} of review {review}"
                tally.find("rectangle_differs", row_id=row_id, detail=detail)
        return tally.result()


def _shown(screen: Screen, row: SourceRow) -> Shown:
    return tuple(_scalar(row, column) for column in screen.shows)


def _scalar(row: SourceRow, column: str) -> object:
    rule = SCALARS[row.table].get(column)
    return None if rule is None else rule(row)
