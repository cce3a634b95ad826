"""Shards: every document once and in order, and the same report however the work is divided."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.console.cost import cost_cells
from moonlanding_assets.console.watch import StageTime
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate import passes
from moonlanding_assets.validate import shards as dividing
from moonlanding_assets.validate.catalogue import VALIDATORS, announce, run
from moonlanding_assets.validate.digests import file_sha256
from moonlanding_assets.validate.documents import RawDocument, Shard
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.shards import shards
from moonlanding_assets.validate.validator import KEPT_FINDINGS, Tallies, Validator
from moonlanding_assets_tests.corruption_kit import CORRUPTIONS
from moonlanding_assets_tests.corruptions import corrupt
from moonlanding_assets_tests.tiny import tiny_world

BY_NAME = {one.name: one for one in VALIDATORS}
DAMAGE = (
    "line of an item lost", "response given to another RFI", "page number changed",
    "line of a merge lost", "comment lost", "file lost", "permission widened",
    "latest response forgotten by its RFI",
)  # fmt: skip


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A world with many findings in many tables."""
    evidence = tiny_world().write(tmp_path_factory.mktemp("damaged"))
    known = {one.name: one for one in CORRUPTIONS}
    for name in DAMAGE:
        assert corrupt(evidence.database, known[name]) is not None
    with closing(sqlite3.connect(evidence.database)) as connection:
        connection.execute("UPDATE highlight SET created_at = '2001-01-01T00:00:00.000Z'")
        connection.execute("UPDATE audit_logs SET after_state = '{}', action = 'nothing'")
        connection.commit()
    return evidence.layout


def judged(layout: Layout, validator: Validator, workers: int = 1) -> dict[str, object]:
    """What a report says, apart from the seconds."""
    evidence = Evidence(layout, "100%", workers=workers)
    report = run(validator, evidence)
    evidence.close()
    assert report.error == ""
    return {**vars(Report.from_json(report.to_json())), "seconds": 0}


@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_every_document_is_in_one_shard(
    damaged: Layout, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(dividing, "SHARD_DOCUMENTS", size)
    evidence = Evidence(damaged, "100%")
    found = [
        (one.collection, raw.path)
        for one in shards(evidence, evidence.collections)
        for raw in evidence.in_shard(one)
    ]
    assert found == [(key, path) for key in evidence.collections for path in evidence.paths(key)]
    assert all(one.documents <= size for one in shards(evidence, evidence.collections))


@pytest.mark.parametrize("validator", VALIDATORS, ids=lambda one: one.name)
def test_shards_of_any_size_give_the_same_report(
    damaged: Layout, monkeypatch: pytest.MonkeyPatch, validator: Validator
) -> None:
    whole = judged(damaged, validator)
    monkeypatch.setattr(dividing, "SHARD_DOCUMENTS", 1)
    assert judged(damaged, validator) == whole


@pytest.mark.parametrize("name", ["row_count", "timestamps", "referential_integrity"])
def test_workers_give_the_same_report(
    damaged: Layout, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Those that put most together at the end, in two processes."""
    alone = judged(damaged, BY_NAME[name])
    monkeypatch.setattr(passes, "SMALL_BYTES", 0)
    assert judged(damaged, BY_NAME[name], workers=2) == alone
    assert alone["verdict"] == "FAIL"


def all_judged(layout: Layout, workers: int = 1) -> dict[str, dict[str, object]]:
    """What all eight say when the documents are read once for all of them."""
    evidence = Evidence(layout, "100%", workers=workers)
    announce(VALIDATORS, evidence)
    reports = [run(one, evidence) for one in VALIDATORS]
    evidence.close()
    return {one.name: {**vars(one), "seconds": 0} for one in reports}


@pytest.mark.parametrize("workers", [1, 2])
def test_company_changes_no_report(
    damaged: Layout, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(passes, "SMALL_BYTES", 0)
    monkeypatch.setattr(dividing, "SHARD_DOCUMENTS", 2)
    assert all_judged(damaged, workers) == {one.name: judged(damaged, one) for one in VALIDATORS}


def test_documents_are_read_once_for_all(damaged: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[str, int, int]] = []
    in_shard = Evidence.in_shard

    def counted(evidence: Evidence, shard: Shard) -> Iterator[RawDocument]:
        read.append((shard.collection, shard.row_group, shard.first))
        return in_shard(evidence, shard)

    monkeypatch.setattr(Evidence, "in_shard", counted)
    all_judged(damaged)
    assert len(read) == len(set(read)) > 1


def test_what_stops_one_stops_no_other(damaged: Layout, tmp_path: Path) -> None:
    """A table that only some of them ask for is gone: the others judge as they do alone."""
    shutil.copytree(damaged.data, tmp_path / "data")
    layout = Layout(data=tmp_path / "data")
    with closing(sqlite3.connect(layout.database("100%"))) as connection:
        connection.execute("DROP TABLE migration_highlight_rects")
        connection.commit()
    together, alone = all_judged(layout), {}
    for one in VALIDATORS:
        evidence = Evidence(layout, "100%")
        alone[one.name] = {**vars(run(one, evidence)), "seconds": 0}
        evidence.close()
    assert together == alone
    assert {name for name, one in together.items() if one["verdict"] == "ERROR"} == {
        "pdf_coordinates"
    }


def test_a_table_gone_that_all_read_stops_only_those_that_need_it(
    damaged: Layout, tmp_path: Path
) -> None:
    shutil.copytree(damaged.data, tmp_path / "data")
    layout = Layout(data=tmp_path / "data")
    with closing(sqlite3.connect(layout.database("100%"))) as connection:
        connection.execute("DROP TABLE flag")
        connection.commit()
    stopped = {name for name, one in all_judged(layout).items() if one["verdict"] == "ERROR"}
    assert "row_count" in stopped
    assert not stopped & {"pdf_coordinates", "file_paths"}


def test_rfis_are_judged_when_all_their_responses_are_known(damaged: Layout) -> None:
    evidence = Evidence(damaged, "100%")
    tables = {one.table: one for one in run(BY_NAME["timestamps"], evidence).tables}
    evidence.close()
    assert tables["rfi"].compared == tables["rfi"].evidence_in_snapshot >= 3


def test_tallies_put_together_keep_the_first_findings_and_count_all() -> None:
    first, second = Tallies(), Tallies()
    for number in range(KEPT_FINDINGS - 1):
        first["users"].find("early", row_id=str(number))
    for number in range(3):
        second["users"].find("late", row_id=str(number))
    second["file"].counts["seen"] = 2
    first.add(second)
    first.add(second)
    users, file = first.results()
    assert users.finding_count == KEPT_FINDINGS - 1 + 6
    assert [one.row_id for one in users.findings][-1] == "0"
    assert len(users.findings) == KEPT_FINDINGS
    assert file.counts == {"seen": 4}


def test_a_digest_is_of_the_bytes_of_now(tmp_path: Path) -> None:
    """Also when the size and the time of writing were put back."""
    file = tmp_path / "app.db"
    file.write_bytes(b"one")
    long_ago = 1_700_000_000
    os.utime(file, (long_ago, long_ago))
    first = file_sha256(file)
    assert file_sha256(file) == first
    file.write_bytes(b"two")
    os.utime(file, (long_ago, long_ago))
    assert file_sha256(file) != first


def test_what_the_validators_cost_beside_the_migration() -> None:
    stages = {
        name: StageTime(name, seconds=seconds)
        for name, seconds in (
            ("plan sample", 1.0), ("cut collections", 1.0), ("normalize", 10.0), ("load", 4.0),
            ("prove", 99.0), ("validate row_count", 2.0), ("validate timestamps", 3.0),
        )
    }  # fmt: skip
    assert cost_cells(stages, read_seconds=4.0) == ("20.0", "5.0", "25%")
    assert cost_cells({}, read_seconds=4.0) == ("", "", "")
