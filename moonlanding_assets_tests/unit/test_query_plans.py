"""Which scans are needless: told from real plans of real SQLite tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from moonlanding_assets.validate.query_plans import LARGE_ROWS, needless_scans
from moonlanding_assets.validate.screens import FOUND_ROWS, RANKED_ROWS, search_page_sql

OF_TEAM = "SELECT id, stage FROM engagement WHERE team_id = ? ORDER BY id"
NEWEST = "SELECT id FROM engagement ORDER BY id LIMIT 10"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """2,000 engagements of two teams, so that SQLite scans in order of the key by choice."""
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute("CREATE TABLE engagement (id TEXT PRIMARY KEY, team_id TEXT, stage TEXT)")
        opened.executemany(
            "INSERT INTO engagement VALUES (?, ?, 'open')",
            [(f"e{n:05d}", f"t{n % 2}") for n in range(2_000)],
        )
        opened.execute("CREATE INDEX of_team ON engagement (team_id)")
        opened.execute("ANALYZE")
        yield opened


def found(connection: sqlite3.Connection, sql: str, *key: str, rows: int = 2_000) -> list[str]:
    def count(_: str) -> int:
        return rows

    return needless_scans(connection, sql, key, count=count)


def test_a_scan_by_choice_is_none_while_an_index_serves_the_key(
    connection: sqlite3.Connection,
) -> None:
    plan = connection.execute(f"EXPLAIN QUERY PLAN {OF_TEAM}", ("t1",)).fetchall()
    assert "SCAN engagement USING INDEX" in plan[0][3]
    assert found(connection, OF_TEAM, "t1") == []


def test_without_the_index_it_is_found(connection: sqlite3.Connection) -> None:
    connection.execute("DROP INDEX of_team")
    [problem] = found(connection, OF_TEAM, "t1")
    assert problem.startswith("SCAN engagement")
    assert problem.endswith("2000 rows")
    assert found(connection, OF_TEAM, "t1", rows=LARGE_ROWS) == []


def test_without_a_key_following_an_index_is_none_and_a_bare_scan_is(
    connection: sqlite3.Connection,
) -> None:
    assert found(connection, NEWEST) == []
    assert len(found(connection, "SELECT stage FROM engagement ORDER BY stage LIMIT 10")) == 1


def test_the_first_page_of_a_search_ranks_the_newest_thousand_and_needs_no_scan() -> None:
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute("CREATE TABLE review (id TEXT PRIMARY KEY, name TEXT)")
        opened.execute("CREATE VIRTUAL TABLE review_fts USING fts5(name, content='review')")
        names = [f"audit {'tax ' * (n % 7)}{n}" for n in range(3_000)]
        opened.executemany("INSERT INTO review VALUES (?, ?)", enumerate(names))
        opened.execute("INSERT INTO review_fts(review_fts) VALUES ('rebuild')")
        sql = search_page_sql("review_fts", "review")
        page = [int(one) for (one,) in opened.execute(sql, ('"audit"',))]
        assert len(set(page)) == FOUND_ROWS
        assert min(page) >= 3_000 - RANKED_ROWS
        shortest = {n for n in range(2_000, 3_000) if n % 7 == 0}
        assert set(page) <= shortest  # bm25: the fewer other words, the better
        assert needless_scans(opened, sql, ('"audit"',), count=lambda _: 3_000) == []
