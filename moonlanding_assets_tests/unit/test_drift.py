"""Drift between the sides: found, named, confirmed, repaired; what is on its way is none."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.errors import IncompleteRead, SyncError
from moonlanding_assets.parallel.backward.log import set_stream
from moonlanding_assets.parallel.drift.checking import only_check
from moonlanding_assets.parallel.drift.record import details, details_file, drift_file, shown
from moonlanding_assets_tests.drifting import Sides
from moonlanding_assets_tests.migrating import s
from moonlanding_assets_tests.syncing import Rig, make_rig

MAIL = "emails/ann@one.example"
OF = "SELECT row_id FROM migration_documents WHERE path = ?"
PLACES = ("friday/clients/list/", "/chat/", "/rfis/")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return make_rig(tmp_path_factory.mktemp("drift"))


@pytest.fixture
def sides(rig: Rig, tmp_path: Path) -> Iterator[Sides]:
    made = Sides(rig, tmp_path / "data")
    yield made
    made.close()


def change(sides: Sides, statement: str, *values: object) -> None:
    """Somebody writes into the new side."""
    with closing(sqlite3.connect(sides.database)) as connection, connection:
        assert connection.execute(statement, values).rowcount


def some(sides: Sides, part: str) -> str:
    """A document of which nothing else is asked."""
    return next(path for path in sorted(sides.old.documents) if part in path)


def found(sides: Sides, number: int) -> dict[str, tuple[str, list[str]]]:
    listed = details(sides.layout, number)["differences"]
    return {one["path"]: (one["kind"], one["fields"]) for one in listed}


def test_sides_that_are_equal_have_no_drift(sides: Sides) -> None:
    check = sides.drift().check("all")
    assert (check.differing, check.confirmed, check.paths) == (0, 0, ())
    assert check.compared == len(sides.old.documents)
    assert sides.clock.pauses == 0


def test_each_kind_of_difference_is_found_and_named_on_both_sides(sides: Sides) -> None:
    client, chat, rfi = (some(sides, part) for part in PLACES)
    other = sorted(path for path in sides.old.documents if path.startswith(PLACES[0]))[1]
    change(sides, f"UPDATE client SET name = 'another' WHERE id IN ({OF})", client)
    change(sides, "DELETE FROM migration_documents WHERE path = ?", chat)
    change(sides, f"DELETE FROM client WHERE id IN ({OF})", other)
    sides.old.delete(rfi)  # nobody carries it
    lost = sides.old.set(MAIL, {"subject": s("a secret word")}).path
    check = sides.drift().check("all")
    assert found(sides, check.number) == {
        client: ("fields_differ", ["name"]),
        chat: ("missing_in_new", []),
        other: ("cannot_be_rebuilt", []),
        rfi: ("missing_in_old", []),
        shown(lost): ("missing_in_new", []),
    }
    assert check.confirmed == check.differing == 5
    assert set(check.paths) == set(found(sides, check.number))


def test_nothing_kept_or_told_names_an_address_or_a_value(sides: Sides) -> None:
    sides.old.set(MAIL, {"subject": s("a secret word"), "ann@one.example": s("x")})
    sides.carry()
    change(sides, "UPDATE migration_residue SET value = '{\"stringValue\":\"another\"}' "
           "WHERE path = ? AND field LIKE '%ann@%'", MAIL)  # fmt: skip
    check = sides.drift().check("all")
    assert check.confirmed == 1
    shown_files = [drift_file(sides.layout), details_file(sides.layout, check.number)]
    for file in shown_files:
        text = file.read_text()
        assert "ann@" not in text
        assert "secret" not in text
        assert "another" not in text
        assert "emails/email#" in text


def test_what_is_on_its_way_is_waited_for_and_is_no_difference(sides: Sides) -> None:
    for _ in range(5):
        sides.old.change()
    sides.clock.meanwhile = sides.carry
    check = sides.drift().check("all")
    assert check.differing
    assert check.confirmed == 0
    assert sides.clock.pauses == 1


def test_a_document_that_changes_all_the_time_is_compared_at_its_own_version(
    sides: Sides,
) -> None:
    path = some(sides, "friday/clients/list/")
    number = 0

    def work() -> None:
        nonlocal number
        number += 1
        sides.old.set(path, {"name": s(f"client {number}")})

    def work_and_carry() -> None:
        sides.carry()  # of before: the rows are always one change behind, and never at rest
        work()
        work()
        sides.carry()
        work()

    work()
    sides.clock.meanwhile = work_and_carry
    check = sides.drift().check("all")
    assert (check.differing, check.confirmed, check.in_flight) == (1, 0, 1)
    change(sides, f"UPDATE client SET name = 'mine' WHERE id IN ({OF})", path)
    work()
    assert sides.drift().check("changed").confirmed == 0  # carried over what was mine
    sides.clock.meanwhile = list
    change(sides, f"UPDATE client SET name = 'mine' WHERE id IN ({OF})", path)
    assert sides.drift().check("changed").confirmed == 1


def test_what_never_comes_counts_after_the_limit(sides: Sides) -> None:
    sides.old.set(some(sides, "friday/clients/list/"), {"name": s("lost")})
    check = sides.drift(limit_seconds=3.0).check("all")
    assert check.confirmed == 1
    assert sides.clock.seconds == 3.0


def test_every_check_of_everything_has_an_order_of_its_own(sides: Sides) -> None:
    drift = sides.drift()
    orders, asked = set(), set()
    for _ in range(5):
        orders.add(drift.check("all").order)
        asked.add(tuple(sides.readings["friday"].asked))
        sides.readings["friday"].asked.clear()
    assert len(orders) == len(asked) == 5
    assert len({frozenset(one) for one in asked}) == 1  # the same ranges each time
    assert drift.check("changed").order == ""


def test_what_changed_is_all_that_is_read_again(sides: Sides) -> None:
    drift = sides.drift()
    assert drift.check("changed").compared == 0
    events = [sides.old.change() for _ in range(6)]
    sides.carry()
    check = drift.check("changed")
    assert check.compared == len({one.path for one in events})
    assert check.confirmed == 0
    assert drift.check("changed").compared == 0
    assert sides.readings["friday"].asked == []


def test_what_an_application_wrote_is_among_what_changed(sides: Sides) -> None:
    drift, path = sides.drift(limit_seconds=0.0), some(sides, "friday/clients/list/")
    drift.check("changed")
    with closing(sqlite3.connect(sides.database)) as connection, connection:
        set_stream(connection, "stopped")
    change(sides, f"UPDATE client SET name = 'mine' WHERE id IN ({OF})", path)
    check = drift.check("changed")
    assert (check.compared, check.paths) == (1, (path,))
    assert drift.check("changed").compared == 1  # it still differs
    change(sides, "DELETE FROM sync_changes")  # as if it had been sent
    change(sides, "INSERT INTO sync_sent (path, sha256) VALUES (?, '')", MAIL)
    check = drift.check("changed")
    assert (check.compared, check.paths) == (2, (path,))


def test_what_differed_is_looked_at_again_until_it_does_not(sides: Sides) -> None:
    drift, path = sides.drift(), some(sides, "friday/clients/list/")
    change(sides, f"UPDATE client SET name = 'mine' WHERE id IN ({OF})", path)
    change(sides, "DELETE FROM sync_changes")  # as if the triggers had missed it
    assert drift.check("changed").confirmed == 0
    assert drift.check("all").confirmed == 1
    assert drift.check("changed").confirmed == 1
    assert drift.check("changed").paths == (path,)
    sides.old.set(path, sides.old.documents[path])
    sides.carry()
    assert drift.check("changed").confirmed == 0
    assert drift.check("changed").compared == 0


def test_a_reading_that_lacks_what_is_counted_is_refused(sides: Sides) -> None:
    sides.readings["mwr"].lost = 1
    with pytest.raises(IncompleteRead, match="mwr"):
        sides.drift().check("all")
    assert not drift_file(sides.layout).exists()


def test_one_check_at_a_time(sides: Sides) -> None:
    with only_check(sides.layout), pytest.raises(SyncError, match="runs already"):
        sides.drift().check("changed")
    sides.drift().check("changed")


def test_without_a_database_there_is_nothing_to_compare(sides: Sides) -> None:
    sides.close()
    sides.database.unlink()
    with pytest.raises(SyncError, match="migrate first"):
        sides.drift()


def test_the_file_of_the_last_checks_is_for_everybody_to_read(sides: Sides) -> None:
    drift = sides.drift()
    drift.check("all")
    drift.check("changed")
    newest, before = json.loads(drift_file(sides.layout).read_text())
    assert (newest["kind"], before["kind"]) == ("changed", "all")
    assert {"at", "order", "compared", "differing", "confirmed", "paths"} <= newest.keys()
