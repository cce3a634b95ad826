"""The parts of the twelve checks by themselves: draws, notes, residue, doubled rows, cold files."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.schema.catalogue import BASE_TABLES, SEARCH, TABLE, index_ddl, search_ddl
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.cold_file import ColdFile
from moonlanding_assets.validate.enlarged import base_rows, enlarge
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.residue import Residue, leaves_of
from moonlanding_assets.validate.screens import DASHBOARDS, SCREENS
from moonlanding_assets.validate.spot_fields import shown
from moonlanding_assets.validate.twelve import TWELVE
from moonlanding_assets.validate.validator import TableResult, Verdict
from moonlanding_assets.validate.verification import Checked, merged, remove_copies
from moonlanding_assets.validate.verification_report import Verification, noted
from moonlanding_assets.validate.verify_performance import QUESTIONS, percentile
from moonlanding_assets.validate.verify_search import _words
from moonlanding_assets.validate.verify_spot import draw
from moonlanding_assets_tests.builders import insert, rest
from moonlanding_assets_tests.tiny import tiny_world

NAMES = (
    "user_deduplication", "engagement_client", "rfi_engagement_question", "highlight_coordinates",
    "timestamps_utc", "file_paths", "permissions", "activity_logs", "integration", "spot_check",
    "no_orphans", "performance_baseline",
)  # fmt: skip


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return tiny_world().write(tmp_path)


def test_the_twelve_have_their_names_in_their_order() -> None:
    assert tuple(check.name for check in TWELVE) == NAMES


def test_there_are_enough_questions_and_each_is_asked_of_a_table() -> None:
    assert len({one.name for one in QUESTIONS}) == len(QUESTIONS) >= 10
    assert {one.table for one in QUESTIONS} <= TABLE.keys()
    assert {one.name for one in (*SCREENS, *DASHBOARDS)} <= {one.name for one in QUESTIONS}


def test_a_draw_takes_one_of_each_collection_first() -> None:
    population = {"big": [f"b{n}" for n in range(500)], "small": ["s1"], "none": [], "few": ["f"]}
    drawn = draw(population, 10, random.Random("seed"))
    assert set(drawn.values()) == {"big", "small", "few"}
    assert len(drawn) == 10
    assert list(drawn) == sorted(drawn)
    assert draw(population, 10, random.Random("seed")) == drawn
    assert draw(population, 10, random.Random("other")) != drawn
    assert len(draw(population, 10_000, random.Random("seed"))) == 502


def test_percentiles_are_nearest_ranks() -> None:
    times = [float(n) for n in range(1, 101)]
    assert [percentile(times, one) for one in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile([7.0], 95) == 7.0
    assert percentile([1.0, 9.0], 50) == 1.0


def test_residue_holds_a_value_itself_or_inside_a_larger_one(evidence: Evidence) -> None:
    kept = rest({"a": [1, {"b": "x"}], "empty": {}})["mapValue"]["fields"]
    with closing(sqlite3.connect(evidence.database)) as connection:
        for name, value in kept.items():
            row = {"path": "p", "field": f'["{name}"]', "reason": "no_column", "value": value}
            insert(connection, "migration_residue", row)
        absent = {"path": "p", "field": '["c"]', "reason": "alias", "value": None}
        insert(connection, "migration_residue", absent)
        connection.commit()
    residue = Residue(evidence, "p")
    assert all(residue.holds(place, value) for place, value in leaves_of(kept))
    assert not residue.holds(("a", 1, "b"), rest("y"))
    assert not residue.holds(("a", 0), rest(1.0))
    assert not residue.holds(("a", 7), rest(1))
    assert not residue.holds(("c",), rest(1))
    assert residue.reasons[("c",)] == "alias"
    evidence.close()


def test_places_read_as_people_write_them() -> None:
    assert shown(("highlights", 3, "comment", "text")) == "highlights[3].comment.text"


def test_doubled_rows_have_ids_of_their_own_and_keep_their_relations(evidence: Evidence) -> None:
    with closing(sqlite3.connect(evidence.database, isolation_level=None)) as connection:
        for table in TABLE.values():
            for statement in index_ddl(table):
                connection.execute(statement)
        for index in SEARCH:
            connection.execute(search_ddl(index))
        own = base_rows(connection)
        size = enlarge(connection, 10 * own - 1)
        assert (size.own_rows, size.times, size.is_enlarged) == (own, 10, True)
        assert size.rows == base_rows(connection) == 10 * own
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        sql = "SELECT count(DISTINCT client_id), count(DISTINCT id) FROM engagement"
        assert connection.execute(sql).fetchone() == (20, 20)
        found = connection.execute("SELECT count(*) FROM client_fts WHERE client_fts MATCH 'birch'")
        assert found.fetchone() == (10,)
        assert not enlarge(connection, own).is_enlarged
    evidence.close()


def test_nothing_can_be_doubled_where_nothing_is(tmp_path: Path) -> None:
    with closing(tiny_world().write(tmp_path)) as evidence:
        file = evidence.database
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for table in BASE_TABLES:
            connection.execute(f'DELETE FROM "{table.name}"')
        assert enlarge(connection, 100).rows == 0


def test_a_cold_file_says_whether_the_system_let_go(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100_000)
    cold = ColdFile(file)
    assert cold.is_dropped is None
    cold.drop()
    assert cold.is_dropped in (True, False)


def test_words_are_taken_apart_as_the_index_does() -> None:
    assert _words("Caf\u00e9-Latte x99audit audit_plan ABC") == {"cafe", "latte", "audit", "plan"}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        connection.execute("INSERT INTO t VALUES ('Caf\u00e9-Latte x99audit audit_plan ABC')")
        for word in ("cafe", "latte", "audit", "plan"):
            found = connection.execute("SELECT count(*) FROM t WHERE t MATCH ?", (f'"{word}"',))
            assert found.fetchone() == (1,)


def test_results_of_one_table_are_put_together() -> None:
    one = TableResult(table="t", compared=2, evidence_in_snapshot=3, counts={"a": 1})
    other = TableResult(table="t", compared=1, evidence_in_snapshot=0, finding_count=1)
    (result,) = merged((one, other))
    assert (result.compared, result.evidence_in_snapshot, result.finding_count) == (3, 3, 1)
    assert result.verdict is Verdict.FAIL


def test_notes_cannot_leave_their_cells() -> None:
    text = "\n".join(noted({"lines": [{"a": "x|y\nz", "b": ["p", "q"]}], "seed": "s\n# t"}))
    assert "| x\\|y\\nz | p; q |" in text
    assert "seed: s\\n# t" in text


def report(name: str, verdict: Verdict) -> Checked:
    table = TableResult(table="t", compared=1, evidence_in_snapshot=1)
    made = Report(
        name=name, title=name, fraction="1%", verdict=verdict, tables=(table,), seconds=0.5,
        snapshot_digests={"friday": "f"}, database_digest="d",
    )  # fmt: skip
    return Checked(report=made, notes={"paths": ["a", "b"]})


def test_only_pass_counts() -> None:
    checks = tuple(report(verdict.value, verdict) for verdict in Verdict)
    found = Verification(fraction="1%", seed="s", checks=checks)
    assert (found.count, found.passed, found.seconds) == ("1/4", 1, 2.0)
    assert Verification.from_json(found.to_json()) == found
    assert "# Verification of 1%: 1/4 passed" in found.markdown()


def test_copies_that_a_killed_run_left_are_removed(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path)
    left = layout.fraction("1%") / ".verify-abc"
    left.mkdir(parents=True)
    (left / "copy.db").touch()
    remove_copies(layout, "1%")
    assert not left.exists()
