"""A sync opened for a data directory that the stages of the migration have made."""

import shutil
import sqlite3
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
    targets_of,
)
from moonlanding_assets.parallel.service.opening import open_sync
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.settings import SYSTEMS, Layout
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


def test_a_document_is_found_in_the_target_that_tells_of_it() -> None:
    find = finder(targets_of("mwr"))
    for path in ("myworkreview/reviews/list/a/chat/0", "myworkreview/reviews/list/z/chat/~"):
        (number,) = find(path)
        assert targets_of("mwr")[number - 1].collection == "chat"
    assert find("myworkreview/apis/x") == []
