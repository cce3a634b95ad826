"""Rows that somebody else writes while the old systems are the authority: both are kept."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.errors import SyncError
from moonlanding_assets.load.integrity import check_search
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.parallel.backward.log import end_log
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.forward.changes import delete_event, set_event
from moonlanding_assets.parallel.forward.strangers import put_back
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.parallel.forward.synced_database import transaction
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.backing import application, held_of
from moonlanding_assets_tests.handmade import s
from moonlanding_assets_tests.syncing import Rig, rig_of

CLIENT, OTHER = "friday/clients/list/c1", "friday/clients/list/c2"
LATER = 1_900_000_000_000_000


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    documents = {CLIENT: {"name": s("Alder")}, OTHER: {"name": s("Birch")}}
    return rig_of(tmp_path_factory.mktemp("firm"), documents)


class Firm:
    """A sync that follows, and somebody who writes beside it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.present = rig.present()
        self.sync: ForwardSync = rig.sync(self.present)
        self.sync.start()

    def close(self) -> None:
        self.sync.close()
        self.present.close()

    def stranger(self, statement: str, *values: object) -> None:
        with closing(application(self.rig.database)) as connection, connection:
            connection.execute(statement, values)

    def all(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.rig.database)) as connection:
            return connection.execute(query).fetchall()

    def conflicts(self) -> list[tuple[bool, bool]]:
        """Of each conflict, whether something was found and whether something was put back."""
        lines = self.all("SELECT found, put_back FROM sync_conflicts ORDER BY number")
        return [(found is not None, put is not None) for found, put in lines]

    def client(self, name: str) -> None:
        self.sync.apply((set_event(CLIENT, canonical({"name": s(name)}), version=LATER),))

    def names(self) -> list[str]:
        return [name for (name,) in self.all("SELECT name FROM client ORDER BY name")]


@pytest.fixture
def firm(base: Rig, tmp_path: Path) -> Iterator[Firm]:
    made = Firm(base.copied(tmp_path / "rig"))
    yield made
    made.close()


def test_a_change_of_its_document_does_not_hide_that_somebody_wrote_the_row(firm: Firm) -> None:
    firm.stranger("UPDATE client SET name = 'Mine' WHERE id = ?", row_id(CLIENT))
    firm.client("Alder and sons")
    assert firm.names() == ["Alder and sons", "Birch"]  # the authority's value stays
    ((table, found, kept),) = firm.all("SELECT table_name, found, put_back FROM sync_conflicts")
    assert (table, "Mine" in found, "Alder and sons" in kept) == ("client", True, True)
    assert not firm.sync.is_gate_open
    assert firm.sync.put_back() == 0
    assert firm.sync.sweep(is_repair=False) == ()


def test_what_somebody_wrote_changed_and_deleted_is_put_back_within_a_look(firm: Firm) -> None:
    firm.stranger("UPDATE client SET name = 'Mine' WHERE id = ?", row_id(CLIENT))
    firm.stranger("DELETE FROM client WHERE id = ?", row_id(OTHER))
    firm.stranger("INSERT INTO client (id, name, created_at) VALUES ('x', 'New', 'z')")
    assert firm.sync.put_back() == 3
    assert firm.names() == ["Alder", "Birch"]
    assert sorted(firm.conflicts()) == [(False, True), (True, False), (True, True)]
    assert not firm.sync.is_gate_open
    assert firm.sync.put_back() == 0
    assert firm.sync.sweep(is_repair=False) == ()


def test_what_was_written_and_taken_back_is_no_conflict(firm: Firm) -> None:
    for name in ("Mine", "Alder"):
        firm.stranger("UPDATE client SET name = ? WHERE id = ?", name, row_id(CLIENT))
    firm.client("Cedar")
    assert firm.sync.put_back() == 0
    assert firm.conflicts() == []
    assert firm.sync.is_gate_open


def test_what_was_written_while_no_sync_ran_is_found_by_the_next_one(
    base: Rig, tmp_path: Path
) -> None:
    rig = base.copied(tmp_path / "rig")
    with closing(application(rig.database)) as connection, connection:
        connection.execute("UPDATE client SET name = 'Mine' WHERE id = ?", (row_id(CLIENT),))
    firm = Firm(rig)
    firm.present.say("store", "another")  # nothing is certain: everything is compared
    firm.close()
    firm = Firm(rig)
    assert firm.names() == ["Alder", "Birch"]
    assert firm.conflicts() == [(True, True)]
    firm.close()


def test_rows_of_its_own_and_tables_without_documents_are_left_alone(firm: Firm) -> None:
    firm.stranger("UPDATE client SET name = 'Production' WHERE id = ?", row_id(OTHER))
    with transaction(firm.sync.connection) as connection:
        assert put_back(connection, {"client": frozenset({row_id(OTHER)})}) == 0
    assert firm.names() == ["Alder", "Production"]
    assert firm.all("SELECT count(*) FROM sync_changes") == [(0,)]


def test_a_reference_to_what_is_to_go_is_said_and_nothing_is_half_done(firm: Firm) -> None:
    firm.stranger("INSERT INTO client (id, name, created_at) VALUES ('x', 'New', 'z')")
    firm.stranger(
        "INSERT INTO engagement (id, client_id, name, year, stage, status, created_at) "
        "VALUES ('e', 'x', 'n', '2030', 'commencement', 'active', 'z')"
    )
    firm.stranger("DELETE FROM sync_changes WHERE table_name = 'engagement'")  # nobody tells of it
    with pytest.raises(SyncError, match="take the reference away"):
        firm.sync.put_back()
    assert "New" in firm.names()
    assert firm.conflicts() == []


def test_a_sweep_says_it_too_where_rows_that_no_document_makes_hold_on_to_what_is_to_go(
    firm: Firm,
) -> None:
    firm.stranger(
        "INSERT INTO users (id, email, name, role, type, created_at) "
        "VALUES ('x', 'x@firm.test', 'n', 'auditor', 't', 1)"
    )
    firm.stranger("INSERT INTO sessions (id, user_id, expires_at) VALUES ('s', 'x', 1)")
    with pytest.raises(SyncError, match=r"sessions: a row that no document makes .* row of users"):
        firm.sync.sweep(is_repair=True)
    assert firm.all("SELECT count(*) FROM users WHERE id = 'x'") == [(1,)]
    firm.stranger("DELETE FROM sessions")
    assert firm.sync.sweep(is_repair=True)
    assert firm.all("SELECT count(*) FROM users WHERE id = 'x'") == [(0,)]


def test_a_document_that_goes_waits_for_a_row_that_holds_on_to_it_and_is_not_lost(
    firm: Firm,
) -> None:
    firm.stranger("CREATE TABLE held (client_id TEXT REFERENCES client (id))")
    firm.stranger("INSERT INTO held VALUES (?)", row_id(OTHER))
    with pytest.raises(SyncError, match="held: a row that no document makes"):
        firm.sync.apply((delete_event(OTHER, version=LATER),))
    assert firm.names() == ["Alder", "Birch"]
    firm.stranger("DELETE FROM held")
    firm.sync.apply(())
    assert firm.names() == ["Alder"]


def test_a_stream_back_neither_sends_nor_hides_what_was_written_before_it(firm: Firm) -> None:
    firm.stranger("UPDATE client SET name = 'Mine' WHERE id = ?", row_id(CLIENT))
    old = held_of(firm.present)
    back = BackwardSync(firm.sync, old)
    back.create()
    firm.stranger("UPDATE client SET name = 'Ours' WHERE id = ?", row_id(OTHER))
    back.start()
    assert back.step().written == 1
    assert old.documents[CLIENT][0] == {"name": s("Alder")}
    back.drop(forgets=False)
    assert firm.sync.put_back() == 1
    assert firm.names() == ["Alder", "Ours"]


def test_what_others_write_while_the_way_back_is_tried_is_not_forgotten(firm: Firm) -> None:
    back = BackwardSync(firm.sync, held_of(firm.present))
    back.create()
    firm.stranger("UPDATE client SET name = 'Mine' WHERE id = ?", row_id(CLIENT))
    back.drop(forgets=False)
    assert firm.sync.put_back() == 1
    assert firm.names() == ["Alder", "Birch"]


def test_at_the_end_nothing_is_logged_and_search_goes_on(firm: Firm) -> None:
    end_log(firm.rig.database)
    firm.stranger("UPDATE client SET name = 'Application' WHERE id = ?", row_id(CLIENT))
    assert firm.all("SELECT count(*) FROM sync_changes") == [(0,)]
    check_search(firm.sync.connection)


def test_columns_that_change_in_mid_sync_stop_it_loudly_until_they_are_back(firm: Firm) -> None:
    firm.stranger("ALTER TABLE client ADD COLUMN nickname TEXT")
    with pytest.raises(SyncError, match=r"client: somebody changed its columns \(nickname\)"):
        firm.client("Cedar")
    assert firm.names() == ["Alder", "Birch"]
    firm.stranger("ALTER TABLE client DROP COLUMN nickname")
    firm.client("Cedar")  # what came meanwhile is kept, and applied
    assert firm.names() == ["Birch", "Cedar"]


def test_an_index_that_somebody_makes_is_no_other_schema(firm: Firm) -> None:
    firm.stranger("CREATE INDEX by_status ON client (status)")
    firm.client("Cedar")
    assert firm.names() == ["Birch", "Cedar"]
