"""Every table that people edit, back into the official emulator: exact, once, without an echo."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from moonlanding_assets.load.integrity import check_foreign_keys, check_search
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.backward.check import EDITED
from moonlanding_assets.parallel.backward.old_firestore import FirestoreOldSide
from moonlanding_assets.parallel.forward.changes import set_event
from moonlanding_assets.progress import Silent
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.firestore_loading import fill
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import canonical, parse
from moonlanding_assets_tests.backing import (
    Backed,
    backed,
    delete,
    filled,
    held,
    insert,
    some_id,
    update,
)
from moonlanding_assets_tests.backward_samples import EDITS, NEW_INSIDE, NEW_ROWS, NEW_TWINS
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.syncing import make_rig

BORN = "0b0e0d0c-1111-4222-8333-{:012d}"
INSIDE = "0b0e0d0c-inside-"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, emulator: FirestoreEmulator) -> Iterator[Backed]:
    rig = make_rig(tmp_path_factory.mktemp("backward"))
    homes = {
        system: Home(project=f"demo-back-{system}", database="(default)", emulator=emulator.address)
        for system in SYSTEMS
    }
    with rig.present() as present:
        documents = [(one.path, parse(one.fields)) for one in present.documents() if one.fields]
    for system, home in homes.items():
        mine = [one for one in documents if system_of(one[0]) == system]
        fill(mine, home, progress=Silent())
    old = FirestoreOldSide(homes)
    with backed(rig, old) as one:
        yield one
    old.close()


def sent(firm: Backed) -> set[str]:
    """The paths that a change went to; the emulator holds them as the store knows, no echo."""
    before = dict(firm.present.versions())
    for step in firm.rest():
        assert step.refused == {}
        assert step.conflicts == 0
    after = dict(firm.present.versions())
    changed = {path for path in before.keys() | after if before.get(path) != after.get(path)}
    log = firm.sql("SELECT seq FROM sqlite_sequence WHERE name = 'sync_changes'")
    for path in changed:
        known, there = firm.present.document(path), firm.old.read(path)
        assert known is not None
        assert known.fields == (None if there is None else canonical(there.fields))
        if there is not None:  # the listener says it once more, and nothing moves
            echo = set_event(path, canonical(there.fields), version=there.update_time_us)
            assert firm.back.hear([echo]) == 0
            assert firm.forward.apply([echo]).rows == {}
    assert firm.sql("SELECT seq FROM sqlite_sequence WHERE name = 'sync_changes'") == log
    assert not firm.back.step().rows
    return changed


def test_the_samples_are_every_table_that_people_edit() -> None:
    assert set(EDITS) == set(EDITED)
    twins = {table for rows in NEW_TWINS.values() for table in rows}
    assert set(NEW_ROWS) | set(NEW_INSIDE) | twins == set(EDITED)


@pytest.mark.parametrize("table", EDITS)
def test_an_edited_row_is_its_document(firm: Backed, table: str) -> None:
    identity, columns = some_id(firm, table), filled(firm, EDITS[table])
    update(firm, table, identity, columns)
    assert len(sent(firm)) >= 1
    got = held(firm, table, identity, columns)
    got, wanted = ({k: _meaning(v) for k, v in one.items()} for one in (got, columns))
    assert got == wanted


@pytest.mark.parametrize("table", NEW_ROWS)
def test_a_row_is_born_changed_deleted_and_born_again(firm: Backed, table: str) -> None:
    identity = BORN.format(list(NEW_ROWS).index(table))
    columns = filled(firm, NEW_ROWS[table])
    insert(firm, table, identity, columns)
    (path,) = sent(firm)
    if table == "flag":  # a text has no place for an id: the row has one made of its place
        assert not held(firm, table, identity, columns)
        [(identity,)] = firm.sql("SELECT id FROM flag WHERE flag_type = 'Born'")
        del columns["created_at"]
    assert held(firm, table, identity, columns) == columns
    edits = filled(firm, EDITS[table])
    update(firm, table, identity, edits)
    assert sent(firm) == {path}
    there = firm.old.read(path)
    assert there is not None
    delete(firm, table, identity)
    assert path in sent(firm)
    assert not held(firm, table, identity, columns)
    if table == "flag":
        return
    insert(firm, table, identity, columns)
    assert sent(firm) == {path}
    assert held(firm, table, identity, columns) == columns


@pytest.mark.parametrize("table", NEW_INSIDE)
def test_a_row_inside_anothers_document_is_born_changed_deleted_and_born_again(
    firm: Backed, table: str
) -> None:
    (outer, around), (_, inside) = NEW_INSIDE[table].items()
    ids = {outer: f"{INSIDE}{outer}", table: f"{INSIDE}{table}"}
    insert(firm, outer, ids[outer], filled(firm, around))
    (path,) = sent(firm)
    bare = firm.old.read(path)
    assert bare is not None
    columns = _of(inside, ids)
    insert(firm, table, ids[table], columns)
    assert sent(firm) == {path}
    assert held(firm, table, ids[table], columns) == columns
    edits = filled(firm, EDITS[table])
    edits = {name: edits[name] for name in edits if name != "client_status"}
    update(firm, table, ids[table], edits)
    assert sent(firm) == {path}
    assert held(firm, table, ids[table], edits) == edits
    delete(firm, table, ids[table])
    assert sent(firm) == {path}
    there = firm.old.read(path)
    assert there is not None
    assert there.fields == bare.fields
    insert(firm, table, ids[table], columns)
    assert sent(firm) == {path}
    assert held(firm, table, ids[table], columns) == columns


@pytest.mark.parametrize("tables", NEW_TWINS)
def test_rows_that_stand_for_one_document_are_born_and_deleted_together(
    firm: Backed, tables: str
) -> None:
    rows = NEW_TWINS[tables]
    identity = f"{INSIDE}{next(iter(rows))}"
    columns = {
        table: _of(filled(firm, row), dict.fromkeys(rows, identity)) for table, row in rows.items()
    }
    for _ in range(2):  # born, and born again
        for table in rows:
            insert(firm, table, identity, columns[table])
        (path,) = sent(firm)
        for table in rows:
            assert held(firm, table, identity, columns[table]) == columns[table], table
        for table in rows:
            edits = filled(firm, EDITS[table])
            update(firm, table, identity, edits)
            assert sent(firm) == {path}
            assert held(firm, table, identity, edits) == edits
        for table in reversed(rows):
            delete(firm, table, identity)
        assert path in sent(firm)
        assert firm.old.read(path) is None
        assert not any(held(firm, table, identity, columns[table]) for table in rows)


def _of(row: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """The columns with the ids of rows that were made here instead of "+table"."""
    return {
        name: ids[value[1:]] if isinstance(value, str) and value.startswith("+") else value
        for name, value in row.items()
    }


def test_at_rest_both_sides_and_a_fresh_migration_are_the_same(firm: Backed) -> None:
    assert firm.forward.is_gate_open
    assert firm.forward.sweep(is_repair=False) == ()
    with firm.rig.present() as present:
        for one in present.documents():
            there = firm.old.read(one.path)
            assert (None if there is None else canonical(there.fields)) == one.fields, one.path
    with reading(firm.rig.database) as connection:
        check_foreign_keys(connection)
    check_search(firm.forward.connection)


def _meaning(value: object) -> object:
    """JSON whatever its blanks are."""
    is_json = isinstance(value, str) and value[:1] in ("[", "{")
    return json.loads(str(value)) if is_json else value
