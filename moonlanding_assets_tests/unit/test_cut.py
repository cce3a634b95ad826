"""A cut holds the planned documents of one collection, whole and in order."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from moonlanding_assets.errors import StageError
from moonlanding_assets.source.cut import cut
from moonlanding_assets.source.document import DOCUMENT_SCHEMA
from moonlanding_assets.source.sampling import PLAN_FILE, plan
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.value import string
from moonlanding_assets_tests.snapshots import snapshot_of

LOGS = "friday/logs"


def planned(tmp_path: Path, fraction: str, count: int = 900) -> tuple[Snapshot, Path, Path]:
    documents = {f"friday/logs/list/l{n}": {"message": string(str(n))} for n in range(count)}
    snapshot = snapshot_of(tmp_path, "friday", documents)
    plan({"friday": snapshot}, fraction=fraction, seed=1, directory=tmp_path / "plan")
    return snapshot, tmp_path / "plan" / PLAN_FILE, tmp_path / "source" / "logs.parquet"


def test_it_holds_what_the_plan_names(tmp_path: Path) -> None:
    snapshot, plan_file, target = planned(tmp_path, "10%")
    documents = cut(snapshot.file(LOGS), plan_file, collection=LOGS, target=target)
    table = pq.read_table(target)
    wanted = sorted(pq.read_table(plan_file).column("path").to_pylist())
    assert table.column("path").to_pylist() == wanted
    assert 50 < documents == table.num_rows < 150
    assert table.schema.equals(DOCUMENT_SCHEMA)
    whole = {row["path"]: row for row in pq.read_table(snapshot.file(LOGS)).to_pylist()}
    assert all(row == whole[row["path"]] for row in table.to_pylist())


def test_row_groups_are_shards_of_5000(tmp_path: Path) -> None:
    snapshot, plan_file, target = planned(tmp_path, "100%", count=6200)
    rows = pq.read_table(plan_file)
    pq.write_table(rows.slice(100), plan_file)
    assert cut(snapshot.file(LOGS), plan_file, collection=LOGS, target=target) == 6100
    file = pq.read_metadata(target)
    assert [file.row_group(n).num_rows for n in range(file.num_row_groups)] == [5000, 1100]


def test_all_of_it_is_the_same_file(tmp_path: Path) -> None:
    snapshot, plan_file, target = planned(tmp_path, "100%")
    for _ in range(2):
        assert cut(snapshot.file(LOGS), plan_file, collection=LOGS, target=target) == 900
    assert target.samefile(snapshot.file(LOGS))
    assert Snapshot.open(snapshot.directory)
    assert [one.name for one in target.parent.iterdir()] == ["logs.parquet"]


def test_a_cut_takes_the_place_of_a_link_without_touching_the_snapshot(tmp_path: Path) -> None:
    snapshot, plan_file, target = planned(tmp_path, "100%")
    cut(snapshot.file(LOGS), plan_file, collection=LOGS, target=target)
    plan({"friday": snapshot}, fraction="10%", seed=1, directory=plan_file.parent)
    cut(snapshot.file(LOGS), plan_file, collection=LOGS, target=target)
    assert pq.read_metadata(target).num_rows < 900
    assert Snapshot.open(snapshot.directory)


def test_a_collection_without_planned_documents_is_an_empty_file(tmp_path: Path) -> None:
    snapshot, plan_file, target = planned(tmp_path, "10%")
    key = "friday/clients"
    assert cut(snapshot.file(key), plan_file, collection=key, target=target) == 0
    assert pq.read_table(target).num_rows == 0


def test_a_plan_of_another_snapshot_is_refused(tmp_path: Path) -> None:
    _, plan_file, target = planned(tmp_path, "10%")
    other = snapshot_of(tmp_path / "other", "friday", {"friday/logs/list/x": {}})
    with pytest.raises(StageError, match="Make the plan again"):
        cut(other.file(LOGS), plan_file, collection=LOGS, target=target)
    assert not target.exists()


def test_what_a_killed_run_left_half_cut_goes(tmp_path: Path) -> None:
    snapshot, plan_file, target = planned(tmp_path, "10%")
    left = target.parent / f".{target.name}.killed"
    left.mkdir(parents=True)
    (left / target.name).write_text("half")
    cut(snapshot.file(LOGS), plan_file, collection=LOGS, target=target)
    assert not left.exists()
