"""Repair of drift by command, and what drift checks are worth as evidence."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.drift.evidence import (
    FRESH_SECONDS,
    SWEEP_SECONDS,
    drift_evidence,
)
from moonlanding_assets.parallel.drift.record import shown
from moonlanding_assets.parallel.drift.repair import (
    ask,
    carry_out,
    log_file,
    planned,
    take_requests,
)
from moonlanding_assets.parallel.state.requirements import problems
from moonlanding_assets.parallel.state.states import CAUGHT_UP
from moonlanding_assets_tests.drifting import Sides
from moonlanding_assets_tests.migrating import s
from moonlanding_assets_tests.syncing import Rig, make_rig

MAIL = "emails/ann@one.example"
OF = "SELECT row_id FROM migration_documents WHERE path = ?"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return make_rig(tmp_path_factory.mktemp("repair"))


@pytest.fixture
def sides(rig: Rig, tmp_path: Path) -> Iterator[Sides]:
    made = Sides(rig, tmp_path / "data")
    yield made
    made.close()


def change(sides: Sides, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(sides.database)) as connection, connection:
        assert connection.execute(statement, values).rowcount


def client(sides: Sides, number: int = 0) -> str:
    paths = sorted(path for path in sides.old.documents if path.startswith("friday/clients/list/"))
    return paths[number]


def plant(sides: Sides) -> None:
    """Each kind of difference, and an event that nobody carried."""
    change(sides, f"UPDATE client SET name = 'another' WHERE id IN ({OF})", client(sides))
    change(sides, f"DELETE FROM client WHERE id IN ({OF})", client(sides, 1))
    first, second = [path for path in sorted(sides.old.documents) if "/chat/" in path][:2]
    change(sides, "DELETE FROM migration_documents WHERE path = ?", first)
    sides.old.delete(second)
    sides.old.set(MAIL, {"subject": s("a secret word")})


def test_everything_that_differs_becomes_what_the_old_side_holds(sides: Sides) -> None:
    drift = sides.drift(limit_seconds=0.0)
    plant(sides)
    assert drift.check("all").confirmed == 5
    done = carry_out(
        sides.layout, planned(sides.layout, (), by="Tester"), sides.sync, sides.readings
    )
    assert (done.events, done.left, done.put_back) == (5, 0, 0)
    assert done.rows
    assert drift.check("all").confirmed == 0
    in_rows = [one for one in sides.sync.sweep(is_repair=False) if "_fts" not in one]
    assert in_rows == []  # (whoever planted this did not tell the search indexes)


def test_only_what_is_named_is_repaired_also_by_its_shown_name(sides: Sides) -> None:
    drift = sides.drift(limit_seconds=0.0)
    plant(sides)
    drift.check("all")
    assert shown(MAIL) != MAIL
    repair = planned(sides.layout, (shown(MAIL), client(sides)), by="Tester")
    assert repair.paths == tuple(sorted((MAIL, client(sides))))
    carry_out(sides.layout, repair, sides.sync, sides.readings)
    check = drift.check("changed")
    assert check.confirmed == 3
    assert client(sides) not in check.paths


def test_a_row_that_several_documents_share_is_put_back_and_noted_as_a_conflict(
    sides: Sides,
) -> None:
    change(sides, "UPDATE users SET role = 'another'")
    drift = sides.drift(limit_seconds=0.0)
    assert all("/users/list/" in path for path in drift.check("all").paths)
    done = carry_out(
        sides.layout, planned(sides.layout, (), by="Tester"), sides.sync, sides.readings
    )
    assert done.left == 0
    assert done.put_back >= done.events > 5
    assert drift.check("all").confirmed == 0
    assert not sides.sync.is_gate_open


def test_the_running_sync_takes_a_repair_up_by_file_and_answers(sides: Sides) -> None:
    drift = sides.drift(limit_seconds=0.0)
    plant(sides)
    drift.check("all")
    taken: list[int] = []
    sides.clock.meanwhile = lambda: taken.append(serve(sides))
    repair = planned(sides.layout, (), by="Tester")
    done = ask(sides.layout, repair, clock=sides.clock, limit_seconds=5.0)
    assert taken == [1]
    assert (done.key, done.events, done.left) == (repair.key, 5, 0)
    assert serve(sides) == 0
    assert drift.check("changed").confirmed == 0


def serve(sides: Sides) -> int:
    return take_requests(sides.layout, sides.sync, sides.readings)


def test_a_request_that_nobody_takes_is_taken_back(sides: Sides) -> None:
    repair = planned(sides.layout, (client(sides),), by="Tester")
    with pytest.raises(SyncError, match="did not take up"):
        ask(sides.layout, repair, clock=sides.clock, limit_seconds=1.0)
    assert serve(sides) == 0


def test_a_request_that_cannot_be_read_is_answered_with_its_problem(sides: Sides) -> None:
    requests = sides.layout.parallel / "requests"
    requests.mkdir()
    (requests / "bad.json").write_text("{")
    assert serve(sides) == 1
    assert json.loads((requests / "answers" / "bad.json").read_text())["problem"]
    assert serve(sides) == 0


def test_the_log_of_repairs_names_who_and_what_and_no_address(sides: Sides) -> None:
    sides.old.set(MAIL, {"subject": s("a secret word")})
    for _ in range(2):
        repair = planned(sides.layout, (MAIL,), by="Tester")
        carry_out(sides.layout, repair, sides.sync, sides.readings)
    first, second = map(json.loads, log_file(sides.layout).read_text().splitlines())
    assert (first["by"], first["paths"], first["rows"] > 0) == ("Tester", [shown(MAIL)], True)
    assert (second["events"], second["rows"]) == (1, 0)  # it was repaired already


def test_what_is_no_document_and_what_does_not_differ_is_refused(sides: Sides) -> None:
    with pytest.raises(SyncError, match="nothing to repair"):
        planned(sides.layout, (), by="Tester")
    for path in ("friday/users/list", "somewhere/else"):
        with pytest.raises(SyncError, match="no path of a document"):
            planned(sides.layout, (path,), by="Tester")


def later(**passed: float) -> datetime:
    return datetime.now(UTC) + timedelta(**passed)


def test_two_clean_checks_of_everything_in_different_orders_are_the_evidence(
    sides: Sides,
) -> None:
    assert drift_evidence(sides.layout) == {}
    drift = sides.drift(limit_seconds=0.0)
    drift.check("changed")
    assert drift_evidence(sides.layout) == {
        "drift": 0, "drift_compared": 0, "clean_sweep_orders": 0,
    }  # fmt: skip
    drift.check("all")
    drift.check("changed")
    drift.check("all")
    count = len(sides.old.documents)
    clean = {"drift": 0, "drift_compared": count, "clean_sweep_orders": 2}
    assert drift_evidence(sides.layout) == clean
    assert problems(CAUGHT_UP.verified, clean) == ()


def test_a_difference_makes_the_clean_checks_of_before_worth_nothing(sides: Sides) -> None:
    drift = sides.drift(limit_seconds=0.0)
    drift.check("all")
    sides.old.set(MAIL, {})
    assert drift.check("all").confirmed == 1
    sides.carry()
    assert drift_evidence(sides.layout)["drift"] == 1
    assert drift.check("changed").confirmed == 0
    assert drift_evidence(sides.layout)["clean_sweep_orders"] == 0
    drift.check("all")
    assert drift_evidence(sides.layout)["clean_sweep_orders"] == 1


def test_an_old_check_and_one_of_another_database_are_no_evidence(sides: Sides) -> None:
    drift = sides.drift(limit_seconds=0.0)
    drift.check("all")
    drift.check("all")
    assert drift_evidence(sides.layout, now=later(seconds=FRESH_SECONDS + 60)) == {}
    drift.check("changed")
    assert drift_evidence(sides.layout)["clean_sweep_orders"] == 2
    old = sides.layout.parallel / "drift.json"
    lines = json.loads(old.read_text())
    lines[2]["at"] = (later(seconds=-SWEEP_SECONDS - 60)).isoformat()
    old.write_text(json.dumps(lines))
    assert drift_evidence(sides.layout)["clean_sweep_orders"] == 1
    replaced = sides.database.with_name("copy.db")
    shutil.copy(sides.database, replaced)
    sides.close()
    replaced.replace(sides.database)
    assert drift_evidence(sides.layout) == {}
