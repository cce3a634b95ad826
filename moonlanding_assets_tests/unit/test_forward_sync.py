"""Forward sync on a few hand-made documents: each kind of dependence, poison, conflict, restart."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.errors import SyncError, TargetBusy
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.normalize.compiled import compiled
from moonlanding_assets.normalize.complete import COMPLETIONS
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.parallel.forward.changes import Event, delete_event, read, set_event
from moonlanding_assets.parallel.forward.completing import HANDLED
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.parallel.service.standing import sync_standing
from moonlanding_assets.schema.triggers_of_sync import triggers
from moonlanding_assets.source.value import canonical
from moonlanding_assets_tests.migrating import a, firm, m, s
from moonlanding_assets_tests.syncing import Fields, Rig, make_rig, rig_of, shuffled

ANNA, ANNE = "friday/users/list/u1", "myworkreview/users/list/m1"
CLIENT = "friday/clients/list/gone"
ENGAGEMENT = "friday/engagements/list/e1"
RFI = f"{ENGAGEMENT}/rfis/r1"
RESPONSE = f"{ENGAGEMENT}/responses/a1"
CHAT = f"{ENGAGEMENT}/chat/c1"
TEAM = "friday/teams/list/t1"
ROLE = "friday/users/permissions/r1"
REVIEW = "myworkreview/reviews/list/w1"
OF_ENGAGEMENT = f"SELECT client_id FROM engagement WHERE id = '{row_id(ENGAGEMENT)}'"
NAMES = f"SELECT name FROM client WHERE id = '{row_id(CLIENT)}'"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    documents = {path: dict(fields) for held in firm().values() for path, fields in held.items()}
    return rig_of(tmp_path_factory.mktemp("firm"), documents)


class Following:
    """A copy of the firm, and the sync that follows it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.version = 1_900_000_000_000_000
        self.open()

    def open(self) -> None:
        self.present: Present = self.rig.present()
        self.sync: ForwardSync = self.rig.sync(self.present)
        self.started = self.sync.start()

    def close(self) -> None:
        self.sync.close()
        self.present.close()

    def again(self) -> None:
        self.close()
        self.open()

    def event(self, path: str, fields: Fields | None) -> Event:
        self.version += 1_000
        if fields is None:
            return delete_event(path, version=self.version)
        return set_event(path, canonical(fields), version=self.version)

    def put(self, path: str, **fields: Any) -> None:
        self.sync.apply((self.event(path, fields),))

    def drop(self, path: str) -> None:
        self.sync.apply((self.event(path, None),))

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.rig.database)) as connection:
            return connection.execute(query, values).fetchall()

    def write(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.rig.database)) as connection, connection:
            connection.execute(statement, values)

    def assert_fresh(self) -> None:
        fresh = self.rig.migrate(self.present, self.rig.directory / f"fresh{self.version}.db")
        assert logical_digest(self.rig.database) == logical_digest(fresh)


@pytest.fixture
def firm_followed(base: Rig, tmp_path: Path) -> Iterator[Following]:
    following = Following(base.copied(tmp_path / "rig"))
    yield following
    following.close()


def test_nothing_is_compared_when_the_store_was_followed(firm_followed: Following) -> None:
    assert not firm_followed.started.is_whole
    assert firm_followed.sync.apply(()).rows == {}


def test_completions_are_those_of_normalize() -> None:
    assert tuple((one.table, one.column, one.rule) for one in COMPLETIONS) == HANDLED


def test_a_client_that_comes_takes_the_place_of_its_placeholder(firm_followed: Following) -> None:
    placeholder = row_id(f"placeholder:{CLIENT}")
    assert firm_followed.all(OF_ENGAGEMENT) == [(placeholder,)]
    firm_followed.put(CLIENT, name=s("Alder"))
    assert firm_followed.all(OF_ENGAGEMENT) == [(row_id(CLIENT),)]
    assert firm_followed.all("SELECT id FROM client WHERE id = ?", placeholder) == []
    found = "SELECT c.name FROM client_fts f JOIN client c ON c.rowid = f.rowid WHERE client_fts "
    assert firm_followed.all(f"{found} MATCH 'alder'") == [("Alder",)]
    firm_followed.drop(CLIENT)
    assert firm_followed.all(OF_ENGAGEMENT) == [(placeholder,)]
    assert firm_followed.all(f"{found} MATCH 'alder'") == []
    firm_followed.assert_fresh()


def test_people_part_and_meet(firm_followed: Following) -> None:
    merged = "SELECT outcome FROM migration_documents WHERE path = ?"
    assert firm_followed.all(merged, ANNE) == [("merged",)]
    firm_followed.put(ANNE, email=s("other@one.example"), name=s("Anne"))
    assert firm_followed.all(merged, ANNE) == [("loaded",)]
    author = "SELECT created_by FROM highlight"
    assert firm_followed.all(author) == [(row_id(ANNA),)]
    firm_followed.put(ANNA, email=s("third@one.example"), name=s("Anna"))
    assert firm_followed.all(author) == [(row_id("placeholder:email:anna@one.example"),)]
    firm_followed.put(ANNE, email=s("THIRD@one.example "), name=s("Anne"))
    assert firm_followed.all(merged, ANNE) == [("merged",)]
    firm_followed.assert_fresh()


def test_two_people_swap_their_addresses_at_once(firm_followed: Following) -> None:
    firm_followed.put(ANNE, email=s("other@one.example"), name=s("Anne"))
    swap = (
        firm_followed.event(ANNE, {"email": s("anna@one.example"), "name": s("Anne")}),
        firm_followed.event(ANNA, {"email": s("other@one.example"), "name": s("Anna")}),
    )
    firm_followed.sync.apply(swap)
    emails = dict(firm_followed.all("SELECT id, email FROM users"))
    assert emails[row_id(ANNA)] == "other@one.example"
    assert emails[row_id(ANNE)] == "anna@one.example"
    firm_followed.assert_fresh()


def test_what_is_completed_follows_the_rows_it_comes_from(firm_followed: Following) -> None:
    created = "SELECT created_at FROM engagement WHERE id = ?"
    firm_followed.put(CHAT, message=s("hello"), user_email=s("anna@one.example"))
    assert firm_followed.all("SELECT rfi_id FROM chat_messages") == [(None,)]
    firm_followed.put(RFI, name=s("Leases"), date_requested=s("2025-02-10 09:15"))
    assert firm_followed.all(created, row_id(ENGAGEMENT)) == [("2025-02-10T07:15:00.000Z",)]
    assert firm_followed.all("SELECT rfi_id FROM chat_messages") == [(row_id(RFI),)]
    firm_followed.put(RESPONSE, question_id=s("r1"), text=s("so"), user=s("u1"))
    last = "SELECT primary_response_id FROM rfi"
    assert firm_followed.all(last) == [(row_id(RESPONSE),)]
    firm_followed.drop(RESPONSE)
    assert firm_followed.all(last) == [(None,)]
    firm_followed.put(ANNE, email=s("anna@one.example"), priorityReviews=a(s("w1")))
    assert firm_followed.all("SELECT starred_by FROM review") == [(f'["{row_id(ANNA)}"]',)]
    firm_followed.drop(RFI)
    assert firm_followed.all(created, row_id(ENGAGEMENT)) == [("2026-02-05T12:00:00.000Z",)]
    firm_followed.assert_fresh()


def test_items_of_a_document_come_and_go_with_it(firm_followed: Following) -> None:
    rectangle = m(x1={"doubleValue": -0.0}, y1={"integerValue": "3"})
    firm_followed.put(
        REVIEW, groupName=s("Year end"), highlights=a(m(id=s("h2"), position=m(rects=a(rectangle))))
    )
    assert firm_followed.all("SELECT count(*) FROM highlight_comment") == [(0,)]
    assert firm_followed.all("SELECT y1 FROM migration_highlight_rects") == [(3,)]
    firm_followed.drop(REVIEW)
    for table in ("review", "highlight", "migration_highlight_rects"):
        assert firm_followed.all(f"SELECT count(*) FROM {table}") == [(0,)]
    firm_followed.put(REVIEW, groupName=s("Back"), friday_link=s("e1"))
    firm_followed.assert_fresh()


def test_poison_is_put_aside_and_the_stream_goes_on(
    firm_followed: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = CHAT
    bad = (
        set_event(ANNA, "{", version=firm_followed.version + 1),
        firm_followed.event(odd, {"name": s("what no engine can carry")}),
    )
    good = firm_followed.event(CLIENT, {"name": s("Alder")})
    with monkeypatch.context() as broken:
        broken.setitem(compiled(), "friday/engagements_chat", object())
        firm_followed.sync.apply((*bad, good))
    aside = firm_followed.all("SELECT path, reason FROM sync_quarantine ORDER BY path")
    assert aside == [(odd, "raises_AttributeError"), (ANNA, "not_decodable")]
    assert firm_followed.all(NAMES) == [("Alder",)]
    assert not firm_followed.sync.is_gate_open
    firm_followed.put(ANNA, email=s("anna@one.example"), name=s("Anna"))
    assert not firm_followed.sync.is_gate_open
    firm_followed.drop(odd)
    assert firm_followed.sync.is_gate_open


def test_a_stop_between_store_and_rows_is_made_up_for(firm_followed: Following) -> None:
    events = (firm_followed.event(CLIENT, {"name": s("Alder")}),
              firm_followed.event(ANNE, None))  # fmt: skip
    firm_followed.present.take([read(one) for one in events])
    behind = sync_standing(firm_followed.rig.database, firm_followed.rig.store)
    assert behind.missing == tuple(one.event_id for one in events)
    assert (behind.pending, behind.is_in_step, behind.is_gate_open) == (2, False, True)
    firm_followed.again()
    standing = sync_standing(firm_followed.rig.database, firm_followed.rig.store)
    assert (standing.applied, standing.deleted, standing.is_in_step) == (2, 1, True)
    assert not firm_followed.started.is_whole
    assert firm_followed.started.documents > 1
    assert firm_followed.all(NAMES) == [("Alder",)]
    firm_followed.assert_fresh()


def test_a_stop_between_rows_and_store_is_made_up_for(firm_followed: Following) -> None:
    firm_followed.put(CLIENT, name=s("Alder"))
    with closing(sqlite3.connect(firm_followed.rig.store)) as connection, connection:
        connection.execute(
            "UPDATE document SET is_pending = 1, held_version = NULL WHERE path = ?", (CLIENT,)
        )
        connection.execute("UPDATE event SET is_noted = 0")
    firm_followed.again()
    assert not firm_followed.started.is_whole
    assert firm_followed.present.counts()["pending"] == 0
    firm_followed.put(CLIENT, name=s("Birch"))
    assert firm_followed.all(NAMES) == [("Birch",)]
    assert firm_followed.sync.sweep(is_repair=False) == ()


def test_an_older_database_is_compared_whole(base: Rig, firm_followed: Following) -> None:
    firm_followed.put(CLIENT, name=s("Alder"))
    firm_followed.drop(ANNE)
    firm_followed.close()
    firm_followed.rig.database.write_bytes(base.database.read_bytes())
    firm_followed.open()
    assert firm_followed.started.is_whole
    assert firm_followed.sync.sweep(is_repair=False) == ()


def test_a_row_that_somebody_else_wrote_is_found_and_put_back(firm_followed: Following) -> None:
    firm_followed.write("UPDATE engagement SET scope = 'mine'")
    firm_followed.write("INSERT INTO team (id, name, created_at) VALUES ('x', 'y', 'z')")
    found = firm_followed.sync.sweep(is_repair=False)
    assert len(found) == 3  # of both engagements, and of the team; its index was kept
    assert f"engagement {row_id(ENGAGEMENT)}: differs in scope" in found
    assert "team x: not of any document" in found
    scope = f"SELECT scope FROM engagement WHERE id = '{row_id(ENGAGEMENT)}'"
    assert firm_followed.all(scope) == [("mine",)]
    assert firm_followed.sync.sweep(is_repair=True) == found
    assert firm_followed.sync.sweep(is_repair=False) == ()
    assert firm_followed.all(scope) == [("All of\nit",)]
    kept = firm_followed.all("SELECT found FROM sync_conflicts WHERE table_name = 'engagement'")
    assert all("mine" in one for (one,) in kept)
    assert not firm_followed.sync.is_gate_open


def test_a_row_that_the_search_index_cannot_follow_stops_loudly(firm_followed: Following) -> None:
    names = f"SELECT name FROM team WHERE id = '{row_id(TEAM)}'"
    columns = "INSERT INTO team (id, name, created_at) VALUES (?, 'Elm', 'z')"
    for name in triggers():  # whoever writes like this takes away what would tell of him
        firm_followed.write(f"DROP TRIGGER {name}")
    firm_followed.write(columns, row_id(TEAM))
    with pytest.raises(SyncError, match="somebody else wrote it"):
        firm_followed.put(TEAM, name=s("Birch"))
    assert firm_followed.all(names) == [("Elm",)]
    firm_followed.sync.sweep(is_repair=True)
    assert firm_followed.all(names) == [("Birch",)]
    assert not firm_followed.sync.is_gate_open
    firm_followed.put(TEAM, name=s("Cedar"))
    assert firm_followed.sync.sweep(is_repair=False) == ()


def test_a_search_index_that_lies_is_found_and_made_anew(firm_followed: Following) -> None:
    firm_followed.write("INSERT INTO client_fts (rowid, name) VALUES (1, 'nobody')")
    (found,) = firm_followed.sync.sweep(is_repair=True)
    assert "client_fts" in found
    assert firm_followed.sync.sweep(is_repair=False) == ()


def test_a_role_that_is_renamed_changes_its_people(firm_followed: Following) -> None:
    firm_followed.put(ROLE, name=s("Partner"))
    firm_followed.put(ANNA, email=s("anna@one.example"), name=s("Anna"), role=s("r1"))
    role = f"SELECT role FROM users WHERE id = '{row_id(ANNA)}'"
    assert firm_followed.all(role) == [("partner",)]
    firm_followed.put(ROLE, name=s("Manager"))
    assert firm_followed.all(role) == [("manager",)]


def test_an_engagement_has_a_row_as_soon_as_its_client_has_a_name(firm_followed: Following) -> None:
    started = {"timestampValue": "2025-01-05T00:00:00Z"}
    firm_followed.put(RFI, name=s("Leases"))
    firm_followed.put(ENGAGEMENT, client_id=s("gone"), commencement_date=started)
    above = "SELECT engagement_id FROM rfi"
    assert firm_followed.all(above) == [(row_id(f"placeholder:{ENGAGEMENT}"),)]
    firm_followed.put(CLIENT, name=s("Alder"))
    assert firm_followed.all(above) == [(row_id(ENGAGEMENT),)]
    firm_followed.put(CLIENT, status=s("Active"))
    assert firm_followed.all(above) == [(row_id(f"placeholder:{ENGAGEMENT}"),)]
    firm_followed.assert_fresh()


def test_a_trigger_can_tell_the_rows_of_the_sync_from_others(firm_followed: Following) -> None:
    firm_followed.write("CREATE TABLE log (id TEXT)")
    firm_followed.write(
        "CREATE TRIGGER logged AFTER INSERT ON client "
        "WHEN NOT EXISTS (SELECT 1 FROM sync_state WHERE key = 'origin') "
        "BEGIN INSERT INTO log VALUES (new.id); END"
    )
    firm_followed.put(CLIENT, name=s("Alder"))
    firm_followed.write("INSERT INTO client (id, name, created_at) VALUES ('own', 'y', 'z')")
    assert firm_followed.all("SELECT id FROM log") == [("own",)]


def test_another_beginning_is_refused(firm_followed: Following) -> None:
    firm_followed.write(
        "UPDATE migration_run SET value = '2020-01-01T00:00:00.000Z' WHERE key = 'snapshot_time'"
    )
    firm_followed.sync.close()
    with pytest.raises(SyncError, match="different snapshots"):
        firm_followed.rig.sync(firm_followed.present)


def test_nobody_else_syncs_or_migrates_meanwhile(firm_followed: Following) -> None:
    with pytest.raises(TargetBusy):
        firm_followed.rig.sync(firm_followed.present)
    firm_followed.again()


def test_seconds_are_followed_as_seconds(tmp_path: Path) -> None:
    documents = {path: dict(fields) for held in firm().values() for path, fields in held.items()}
    following = Following(rig_of(tmp_path, documents, storage="unix_seconds"))
    following.put(RFI, name=s("Leases"), date_requested=s("2025-02-10 09:15"))
    following.put(
        RESPONSE, question_id=s("r1"), datetime={"timestampValue": "2025-03-01T00:00:00.500Z"}
    )
    assert following.all("SELECT created_at FROM rfi") == [(1739171700,)]
    following.assert_fresh()
    following.close()


def test_rows_of_production_stay_what_they_are(tmp_path: Path) -> None:
    rig = make_rig(tmp_path, is_production_there=True)
    following, old = Following(rig), rig.old_systems(5)
    own = "SELECT * FROM client WHERE name LIKE 'Theirs%' ORDER BY id"
    before = following.all(own)
    for _ in range(4):
        following.sync.apply(shuffled([old.change() for _ in range(12)], old.chance))
    known = [path for path in old.documents if path.startswith(("friday/users", "friday/clients"))]
    following.sync.apply([old.delete(path) for path in sorted(known)[::3]])
    assert len(before) == 2
    assert following.all(own) == before
    following.assert_fresh()
    following.close()
