"""Documents made, replaced and deleted one by one in Moonlanding, against a whole migration."""

import random
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from moonlanding_assets.normalize.directory_build import NAMES
from moonlanding_assets.parallel.documents.document_pages import paths_of_page
from moonlanding_assets.parallel.documents.document_rows import (
    create_document,
    delete_document,
    put_document,
    read_document,
)
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.present_file import begin
from moonlanding_assets.parallel.gateway.documents import CannotCarryError, NoDocumentError
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.schema.search import SEARCH
from moonlanding_assets.source.document import Document, document_row
from moonlanding_assets.source.firestore_names import order_of
from moonlanding_assets.source.value import Fields, canonical
from moonlanding_assets_tests.syncing import OldSystems, Rig, make_rig, raw, rig_of

CHANGES = 250
CHATS = "friday/engagements/list/e1/chat"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return make_rig(tmp_path_factory.mktemp("documents"))


def opened(database: Path) -> "closing[sqlite3.Connection]":
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return closing(connection)


def done(connection: sqlite3.Connection, path: str, fields: Fields | None) -> bool:
    """Put or delete in one transaction; False when it was refused and nothing changed."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA defer_foreign_keys = ON")
    try:
        if fields is None:
            delete_document(connection, path)
        else:
            put_document(connection, path, fields)
        connection.execute("COMMIT")
    except (CannotCarryError, sqlite3.IntegrityError):
        connection.execute("ROLLBACK")
        return False
    return True


def is_copied(event: Event, before: dict[str, Fields]) -> bool:
    """Whether the change is of what rows of other documents copied: names, links to reviews."""
    collection = raw(event.path, {}).collection
    field = {"friday/engagements": "review_link"}.get(
        collection, "name" if collection in NAMES else ""
    )
    now = orjson.loads(event.payload) if event.payload else {}
    return bool(before.get(event.path, {}).get(field) != now.get(field))


def play(connection: sqlite3.Connection, old: OldSystems, number: int) -> Counter[tuple[str, bool]]:
    """So many changes; what is refused has not happened. How many of which."""
    counts: Counter[tuple[str, bool]] = Counter()
    for _ in range(number):
        before, gone = dict(old.documents), dict(old.gone)
        event = old.change()
        is_done = not is_copied(event, before) and done(
            connection, event.path, old.documents.get(event.path)
        )
        if not is_done:
            old.documents, old.gone = before, gone
        counts[event.op, is_done] += 1
    return counts


def differing_tables(one: Path, other: Path) -> Iterator[str]:
    """Tables that hold other rows, placeholders that nobody needs any more set aside."""
    with opened(one) as mine, opened(other) as theirs:
        spare = "SELECT row_id FROM migration_placeholders"
        kept = {str(row[0]) for row in theirs.execute(spare)}
        left = {str(row[0]) for row in mine.execute(spare)} - kept
        for name in TABLE:
            query = f'SELECT * FROM "{name}"'
            found = {ascii(row) for row in mine.execute(query) if not left & set(map(str, row))}
            if name != "migration_run" and found != set(map(ascii, theirs.execute(query))):
                yield name


@pytest.mark.parametrize("seed", [5, 6])
def test_what_was_written_one_by_one_is_what_a_migration_of_it_makes(
    rig: Rig, tmp_path: Path, seed: int
) -> None:
    mine = rig.copied(tmp_path / "rig")
    old = mine.old_systems(seed)
    with opened(mine.database) as connection:
        counts = play(connection, old, CHANGES)
        assert min(counts["set", True], counts["delete", True]) > 5
        run = dict(connection.execute("SELECT key, value FROM migration_run"))
        for index in SEARCH:
            connection.execute(f"INSERT INTO {index.name}({index.name}) VALUES('integrity-check')")
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for path, fields in random.Random(seed).sample(sorted(old.documents.items()), 60):
            assert canonical(read_document(connection, path) or {}) == canonical(fields)
    raws = [raw(path, fields) for path, fields in sorted(old.documents.items())]
    rows = [document_row(one.path, one.collection, one.fields) for one in raws]
    store, fresh = tmp_path / "fresh.db", tmp_path / "fresh" / "app.db"
    fresh.parent.mkdir()
    notes = {"snapshot_time": run["snapshot_time"]}
    begin(store, [(Document(**one), 1) for one in rows], notes=notes)
    with Present(store) as present:
        mine.migrate(present, fresh)
    assert list(differing_tables(mine.database, fresh)) == []


def text(value: str) -> dict[str, str]:
    return {"stringValue": value}


def message(content: str) -> Fields:
    return {
        "user_email": text("someone@one.example"), "datetime": text("2026-01-02T03:04:05.000Z"),
        "message": text(content),
    }  # fmt: skip


@pytest.fixture(scope="module", params=["iso8601", "unix_seconds"])
def few(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return rig_of(
        tmp_path_factory.mktemp("few"),
        {
            "friday/clients/list/c1": {"name": text("One")},
            "friday/engagements/list/e1": {
                "name": text("Audit"), "client_id": text("c1"), "year": text("2025"),
                "client_name": text("One"),
            },
            f"{CHATS}/m1": message("first"),
            f"{CHATS}/__id7__": message("seven"),
            f"{CHATS}/__id30__": message("thirty"),
            f"{CHATS}/a-b": message("with a hyphen"),
            "friday/users/list/u1": {"name": text("A"), "email": text("a@one.example")},
            "friday/userGroups/list/g1": {"name": text("Partner")},
        },
        storage=request.param,
    )  # fmt: skip


@pytest.fixture
def small(few: Rig, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with opened(few.copied(tmp_path / "few").database) as connection:
        yield connection


def held(dump: Iterable[str]) -> Iterator[str]:
    """What a database holds, without search indexes and without the log of who changed what."""
    aside = ("CREATE", "fts", '"sync_changes"', "sync_changes'", '"sqlite_sequence"')
    return (line for line in dump if not any(word in line for word in aside))


def test_a_document_is_made_once_and_gone_when_it_is_deleted(small: sqlite3.Connection) -> None:
    before = list(small.iterdump())
    create_document(small, f"{CHATS}/m2", message("second"))
    assert read_document(small, f"{CHATS}/m2") == message("second")
    with pytest.raises(CannotCarryError, match="already"):
        create_document(small, f"{CHATS}/m2", message("again"))
    delete_document(small, f"{CHATS}/m2")
    assert read_document(small, f"{CHATS}/m2") is None
    with pytest.raises(NoDocumentError):
        delete_document(small, f"{CHATS}/m2")
    assert [*held(small.iterdump())] == [*held(before)]


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("friday/users/list/u2", {"email": text("b@one.example")}, "merged by e-mail"),
        (f"{CHATS}/m9", {**message("x"), "unheard_of": text("x")}, "unheard_of"),
        ("friday/engagements/list/e2", {"stage": text("no such stage")}, "stage"),
        ("friday/userGroups/list/g1", {"name": text("Clerk")}, "name: the roles"),
        ("friday/nowhere/list/n1", {"name": text("x")}, "unknown_collection"),
        ("friday/clients/list/c1", None, "engagement"),
        ("friday/users/list/u1", None, "merged by e-mail"),
    ],
)
def test_what_cannot_be_carried_is_refused_by_name(
    small: sqlite3.Connection, path: str, fields: Fields | None, said: str
) -> None:
    before = list(small.iterdump())
    small.execute("BEGIN IMMEDIATE")
    small.execute("PRAGMA defer_foreign_keys = ON")
    with pytest.raises(CannotCarryError, match=said):
        delete_document(small, path) if fields is None else put_document(small, path, fields)
    small.execute("ROLLBACK")
    assert list(small.iterdump()) == before


def test_what_only_moonlanding_knows_stays_in_a_row(small: sqlite3.Connection) -> None:
    row = "(SELECT row_id FROM migration_documents WHERE path = 'friday/clients/list/c1')"
    small.execute(f"UPDATE client SET updated_at = created_at WHERE id = {row}")
    held = small.execute(f"SELECT * FROM client WHERE id = {row}").fetchone()
    put_document(small, "friday/clients/list/c1", {"name": text("One")})
    assert small.execute(f"SELECT * FROM client WHERE id = {row}").fetchone() == held


def test_pages_are_in_firestores_order_and_leave_out_what_lies_below(
    small: sqlite3.Connection,
) -> None:
    wanted = [f"{CHATS}/{name}" for name in ("__id7__", "__id30__", "a-b", "m1")]
    assert sorted(wanted, key=order_of) == wanted
    for limit in (1, 2, 3, 10):
        found: list[str] = []
        while True:
            after = found[-1].rpartition("/")[2] if found else ""
            page = paths_of_page(small, CHATS, after=after, limit=limit)
            found += page
            if len(page) < limit:
                break
        assert found == wanted
    create_document(small, "friday/engagements/list/missing/chat/m1", message("below nothing"))
    for collection, ids in (("friday/engagements/list", ["e1"]), ("friday", []), ("none", [])):
        page = paths_of_page(small, collection, after="", limit=9)
        assert [path.rpartition("/")[2] for path in page] == ids
