"""A sync opened for a data directory that the stages of the migration have made."""

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.errors import SyncError
from moonlanding_assets.load.before import take_before
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.parallel.service.listen_targets import (
    Target,
    finder,
    in_ranges,
    targets_of,
)
from moonlanding_assets.parallel.service.opening import open_sync
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_names import Range
from moonlanding_assets_tests.migrated_demo import migrate_fraction, snapshots_of_demo
from moonlanding_assets_tests.syncing import TINY


def test_a_sync_begins_with_nothing_to_do(tmp_path: Path) -> None:
    layout = snapshots_of_demo(tmp_path / "data", scale=TINY)
    take_before(layout.snapshot("moonlanding"), database=layout.database("100%"))
    migrate_fraction(layout, "100%")
    digest = logical_digest(layout.database("100%"))
    with open_sync(layout) as sync:
        started = sync.start()
        assert started.is_whole
        assert started.rows == {}
        assert sync.is_gate_open
        sync.present.close()
    assert logical_digest(layout.database("100%")) == digest
    assert_refuses_another_beginning(layout)


def assert_refuses_another_beginning(layout: Layout) -> None:
    with closing(sqlite3.connect(layout.database("100%"))) as connection, connection:
        statement = "UPDATE migration_run SET value = 'x' WHERE key = 'mwr_snapshot_digest'"
        connection.execute(statement)
    with pytest.raises(SyncError, match="mwr_snapshot_digest"):
        open_sync(layout)
    shutil.rmtree(present_file(layout).parent)


def test_every_place_of_the_contract_is_listened_to_once_and_no_secret_is() -> None:
    targets = {system: targets_of(system) for system in SYSTEMS}
    for collection in COLLECTIONS:
        for pattern in collection.patterns:
            path = "/".join("x" if part[0] == "{" else part for part in pattern.split("/"))
            heard = [one for one in targets[collection.system] if one.holds(path)]
            assert len(heard) == (0 if collection.presence == "secret" else 1), pattern
    assert Target(collection="emails") in targets["friday"]
    assert not any(one.holds("myworkreview/apis") for one in targets["mwr"])


def test_ranges_hold_every_document_once_and_also_those_that_come() -> None:
    chats = [f"myworkreview/reviews/list/r{n % 7}/chat/c{n}" for n in range(230)]
    targets = in_ranges(targets_of("mwr"), chats, most=50)
    find = finder(targets)
    assert len(targets) == len(targets_of("mwr")) + 4
    held = Counter(number for path in chats for number in find(path))
    assert sorted(held.values()) == [30, 50, 50, 50, 50]
    for path in (
        *chats,
        "myworkreview/reviews/list/a/chat/0",
        "myworkreview/reviews/list/z/chat/~",
    ):
        (number,) = find(path)
        one = targets[number - 1]
        assert Range(first=one.first, end=one.end).holds(path)
    assert find("myworkreview/apis/x") == []


def test_a_range_is_asked_for_by_names_with_its_end_left_out() -> None:
    chats = [f"myworkreview/reviews/list/r/chat/{n}" for n in range(3)]
    first, second = (one for one in in_ranges(targets_of("mwr"), chats, most=2)
                     if one.collection == "chat")  # fmt: skip
    query = second.request("root")["query"]["structuredQuery"]
    bound = {"values": [{"referenceValue": f"root/{chats[2]}"}], "before": True}
    assert (query["startAt"], query["orderBy"]) == (bound, [{"field": {"fieldPath": "__name__"}}])
    assert first.request("root")["query"]["structuredQuery"]["endAt"] == bound
    assert "startAt" not in first.request("root")["query"]["structuredQuery"]
