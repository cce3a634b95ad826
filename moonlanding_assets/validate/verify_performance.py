"""Check 12: how long the main screens wait, at 100,000 rows, warm and cold, and by which plan.

A plan that looks at every row of a large table where a key is given is a finding by itself: it
says the same on any machine. Times are measured on a copy, enlarged when the file is smaller.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from moonlanding_assets.schema.catalogue import SEARCH
from moonlanding_assets.validate.cold_file import ColdFile
from moonlanding_assets.validate.enlarged import Size, base_rows, enlarge
from moonlanding_assets.validate.query_plans import Key, explained, needless_scans
from moonlanding_assets.validate.screens import (
    DASHBOARDS,
    FEED,
    PERSON,
    PERSON_KEYS,
    RECTANGLE_KEYS,
    RECTANGLES,
    SCREENS,
    search_page_sql,
    search_sql,
)
from moonlanding_assets.validate.validator import Tallies, Tally
from moonlanding_assets.validate.verification import Examined, Notes, Subject, count_of

P95_MILLISECONDS = 500.0
WARM_RUNS, WHOLE_RUNS, COLD_RUNS = 40, 20, 5
SEARCHED = {"client": "name", "engagement": "name", "rfi": "title",
            "rfi_response": "response_text", "review": "name", "email": "subject"}  # fmt: skip
_ROUNDS = 3
COMMON_WORDS = 10


def common_words_sql(index: str) -> str:
    """The words that most rows of a search index hold, asked of the index itself."""
    return (
        f"SELECT '\"' || term || '\"' FROM temp.{index}_words ORDER BY doc DESC, term "
        f"LIMIT {COMMON_WORDS}"
    )


@dataclass(frozen=True, kw_only=True)
class Question:
    """A query of the application. `keys`: SQL of what may be asked; "" for a query without key.

    `is_whole`: the answer is about every row, so that every row has to be looked at.
    """

    name: str
    table: str
    sql: str
    keys: str = ""
    is_whole: bool = False


QUESTIONS: tuple[Question, ...] = (
    *(Question(name=one.name, table=one.table, sql=one.sql, keys=one.keys) for one in SCREENS),
    *(Question(name=one.name, table=one.table, sql=one.sql, is_whole=True) for one in DASHBOARDS),
    Question(name="person_by_email", table="users", sql=PERSON, keys=PERSON_KEYS),
    Question(name="rectangles_of_review", table="highlight", sql=RECTANGLES, keys=RECTANGLE_KEYS),
    Question(name="newest_activity", table="audit_logs", sql=FEED),
    *(
        Question(
            name=f"search_{one.content}",
            table=one.content,
            sql=search_sql(one.name, one.content),
            keys=f"SELECT {SEARCHED[one.content]} FROM {one.content} "
            f"WHERE {SEARCHED[one.content]} GLOB '*[a-z][a-z][a-z][a-z]*'",
        )
        for one in SEARCH
        if one.content in SEARCHED
    ),
    *(
        Question(
            name=f"common_{one.content}",
            table=one.content,
            sql=search_page_sql(one.name, one.content),
            keys=common_words_sql(one.name),
        )
        for one in SEARCH
        if one.content in SEARCHED
    ),
)


def performance_baseline(subject: Subject) -> Examined:
    """Plans and times of every question, on a copy of at least so many rows."""
    tallies = Tallies()
    with subject.copy() as file:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            size = enlarge(connection, subject.extent.rows)
        bench = _Bench(subject, file)
        with closing(bench.connection):
            if base_rows(bench.connection) < subject.extent.rows:
                detail = f"{size.rows} rows, {subject.extent.rows} wanted"
                tallies["whole file"].find("too_few_rows", detail=detail)
            lines = [bench.measure(one, tallies[one.table]) for one in QUESTIONS]
        notes = _notes(size, bench)
    measured = [line for line in lines if line]
    return Examined(tables=tallies.results(), notes={**notes, "queries": measured})


class _Bench:
    """One large file, and the questions asked of it: keys drawn by the seed, times in ms."""

    def __init__(self, subject: Subject, file: Path) -> None:
        self.subject = subject
        self.file = file
        self.cold = ColdFile(file)
        self.connection = self._open()
        self.rows: dict[str, int] = {}

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        for one in SEARCH:
            connection.execute(
                f"CREATE VIRTUAL TABLE temp.{one.name}_words USING fts5vocab(main, {one.name}, row)"
            )
        return connection

    def measure(self, question: Question, tally: Tally) -> Notes:
        """The line of one question; {} when the file has nothing that could be asked."""
        tally.evidence += int(self.subject.called_for[question.table] > 0)
        keys = self._keys(question)
        if not keys:
            return {}
        tally.compared += 1
        plan = self._plan(question, keys[0], tally)
        warm = _best(partial(self._warm, question, keys))
        cold = _best(partial(self._cold, question, keys))
        for name, times in (("warm", warm), ("cold", cold)):
            if percentile(times, 95) >= P95_MILLISECONDS:
                detail = f"{question.name}: {name} p95 {percentile(times, 95):.0f} ms"
                tally.find("too_slow", detail=detail)
        return {"query": question.name, **_figures("warm", warm), **_figures("cold", cold),
                "plan": plan}  # fmt: skip

    def _keys(self, question: Question) -> list[Key]:
        if not question.keys:
            has_rows = self._count(question.table) > 0
            return [()] if has_rows else []
        found = self.connection.execute(question.keys).fetchall()
        drawn = self.subject.chance(question.name).sample(found, min(len(found), WARM_RUNS))
        if not question.name.startswith("search_"):
            return drawn
        return [(word,) for (text,) in drawn if (word := _a_word(text))]

    def _plan(self, question: Question, key: Key, tally: Tally) -> list[str]:
        if not question.is_whole:
            for problem in needless_scans(self.connection, question.sql, key, count=self._count):
                tally.find("full_scan", detail=f"{question.name}: {problem}")
        return explained(self.connection, question.sql, key)

    def _count(self, table: str) -> int:
        if table not in self.rows:
            self.rows[table] = count_of(self.connection, table)
        return self.rows[table]

    def _warm(self, question: Question, keys: Sequence[Key]) -> list[float]:
        runs = range(WHOLE_RUNS if question.is_whole else WARM_RUNS)
        return [self._milliseconds(self.connection, question, keys, run) for run in runs]

    def _cold(self, question: Question, keys: Sequence[Key]) -> list[float]:
        times = []
        for run in range(COLD_RUNS):
            self.cold.drop()
            with closing(self._open()) as connection:
                times.append(self._milliseconds(connection, question, keys, run))
        return times

    def _milliseconds(
        self,
        connection: sqlite3.Connection,
        question: Question,
        keys: Sequence[Key],
        run: int,
    ) -> float:
        started = time.perf_counter()
        connection.execute(question.sql, keys[run % len(keys)]).fetchall()
        return (time.perf_counter() - started) * 1_000


def _best(measured: Callable[[], list[float]]) -> list[float]:
    """A slow round is measured again: what is slow stays slow, what only waited for others not."""
    rounds = [measured()]
    while percentile(rounds[-1], 95) >= P95_MILLISECONDS and len(rounds) < _ROUNDS:
        rounds.append(measured())
    return min(rounds, key=partial(percentile, percent=95))


def percentile(times: Sequence[float], percent: int) -> float:
    """The nearest rank: the smallest time that so many percent do not exceed."""
    rank = -(-len(times) * percent // 100)
    return sorted(times)[max(rank, 1) - 1]


def _figures(name: str, times: Sequence[float]) -> dict[str, float]:
    return {f"{name}_p{one}_ms": round(percentile(times, one), 2) for one in (50, 95, 99)}


def _a_word(text: str) -> str:
    found = re.findall(r"[a-z]{4,}", text.lower())
    return f'"{max(found, key=len)}"' if found else ""


def _notes(size: Size, bench: _Bench) -> Notes:
    dropped = {True: "the system dropped the file's pages", False: "the system could not be made "
               "to drop the file's pages: cold is a fresh connection only",
               None: "nothing was measured"}[bench.cold.is_dropped]  # fmt: skip
    return {
        "rows_of_the_file": size.own_rows,
        "rows_measured_at": size.rows,
        "measured_on": f"a copy in which each row is {size.times} times, with ids of its own"
        if size.is_enlarged
        else "a copy",
        "warm": f"{WARM_RUNS} runs on one connection, {WHOLE_RUNS} of those over all rows",
        "cold": f"{COLD_RUNS} runs, each on a fresh connection; {dropped}",
    }
