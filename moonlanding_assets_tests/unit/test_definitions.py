"""What Dagster sees: complete, in running order, partitioned, guarded."""

import warnings
from itertools import groupby

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.cutover.phases import PHASES, Phase
from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.normalize.run import LEDGER, SOURCES_OF, TABLES
from moonlanding_assets.pipeline.listing import AssetLine, asset_lines
from moonlanding_assets.pipeline.p1_source import COLLECTION_KEYS
from moonlanding_assets.pipeline.p2_normalize import TABLE_KEYS
from moonlanding_assets.pipeline.p3_load import DATABASE, WRITER_POOL
from moonlanding_assets.pipeline.p4_validate import VALIDATION_ASSETS, judged
from moonlanding_assets.settings import FRACTIONS
from moonlanding_assets.validate.catalogue import VALIDATORS

GROUPS = [
    "0_snapshot", "1_source", "2_normalize", "3_load", "4_validate", "4_verify", "5_phases",
    "6_parallel", "6_switch", "7_soak",
]  # fmt: skip
WITHOUT_PARTITIONS = {"snapshot", "phase", "signoff", "parallel", "cutover", "soak"}


@pytest.fixture(scope="module")
def graph() -> AssetGraph:
    return DEFINITIONS.resolve_asset_graph()


@pytest.fixture(scope="module")
def lines() -> list[AssetLine]:
    return list(asset_lines(DEFINITIONS))


def test_definitions_load_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dg.Definitions.validate_loadable(DEFINITIONS)


def test_groups_are_in_running_order(lines: list[AssetLine]) -> None:
    assert [group for group, _ in groupby(line.group for line in lines)] == GROUPS


def test_dependencies_never_run_backwards(graph: AssetGraph) -> None:
    place = {key: GROUPS.index(graph.get(key).group_name) for key in graph.get_all_asset_keys()}
    for key, own in place.items():
        assert all(place[parent] <= own for parent in graph.get(key).parent_keys), key


def test_every_collection_that_may_be_read_is_an_asset_and_no_secret_is() -> None:
    secret = {one.key for one in COLLECTIONS if one.presence == "secret"}
    assert secret == {"mwr/apis"}
    assert list(COLLECTION_KEYS) == [one.key for one in COLLECTIONS if one.key not in secret]
    for key, asset in COLLECTION_KEYS.items():
        assert asset.to_user_string() == key


def test_every_table_that_receives_rows_is_an_asset_with_its_lineage(graph: AssetGraph) -> None:
    assert set(TABLES) == {*SOURCES_OF, *LEDGER}
    for table, key in TABLE_KEYS.items():
        parents = {parent.to_user_string() for parent in graph.get(key).parent_keys}
        expected = set(SOURCES_OF.get(table, (*COLLECTION_KEYS, "friday/unknown", "mwr/unknown")))
        assert parents == {*expected, "snapshot/moonlanding"}  # its rows, and the keys it has


def test_all_but_snapshots_and_phases_have_the_three_fractions(graph: AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        partitions = graph.get(key).partitions_def
        if key.path[0] in WITHOUT_PARTITIONS:
            assert partitions is None
        else:
            assert partitions is not None
            assert list(partitions.get_partition_keys()) == list(FRACTIONS)


def test_the_writer_waits_in_its_pool(graph: AssetGraph) -> None:
    assert graph.get(DATABASE).pools == {WRITER_POOL}


def test_checks_are_partitioned_and_only_the_verdict_blocks(graph: AssetGraph) -> None:
    for validator, asset in zip(VALIDATORS, VALIDATION_ASSETS, strict=True):
        specs = list(asset.check_specs)
        assert all(spec.partitions_def == asset.partitions_def for spec in specs)
        assert [spec.name for spec in specs if spec.blocking] == ["passes"]
        checked = [spec.asset_key for spec in specs if spec.name == validator.name]
        assert checked == [TABLE_KEYS[table] for table in judged(validator)]
        assert checked


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.number)
def test_the_job_of_a_phase_takes_no_new_snapshot_and_closes_its_phase_alone(phase: Phase) -> None:
    job = DEFINITIONS.resolve_job_def(phase.job)
    keys = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert {key for key in keys if key.startswith("phase/")} == {f"phase/{phase.number}"}
    roots = {key.partition("/")[0] for key in keys} - {"phase"}
    written = {"friday", "mwr", "sample", "moonlanding", "database", "validation", "proof"}
    assert roots == (written if phase.is_writing else {"verification"})
    assert job.tags["dagster/partition"] == phase.fraction


def test_a_phase_is_closed_after_everything_it_rests_on(graph: AssetGraph) -> None:
    for phase in PHASES:
        parents = graph.get(dg.AssetKey(["phase", phase.number])).parent_keys
        names = {key.path[0] for key in parents}
        wanted = {"database", "validation", "proof"} if phase.is_writing else {"verification"}
        assert wanted <= names


def test_the_snapshot_job_takes_all_three() -> None:
    snapshots = DEFINITIONS.resolve_job_def("take_snapshot").asset_layer.executable_asset_keys
    assert {key.to_user_string() for key in snapshots} == {
        "snapshot/friday", "snapshot/mwr", "snapshot/moonlanding",
    }  # fmt: skip


def test_every_asset_says_what_it_is(lines: list[AssetLine]) -> None:
    assert [line.key for line in lines if not line.description or not line.kinds] == []


def test_phase_3_8_is_looked_at_without_making_anything_again() -> None:
    whole, watched, swept = (
        {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
        for job in map(DEFINITIONS.resolve_job_def, ("phase_3_8", "watch_parallel", "drift_of_all"))
    )
    assert swept == {"parallel/drift_all"}
    assert whole == watched | swept
    assert {key.partition("/")[0] for key in whole} == {"parallel"}


def test_what_looks_by_itself_begins_stopped(graph: AssetGraph) -> None:
    repository = DEFINITIONS.get_repository_def()
    assert {one.name: one.cron_schedule for one in repository.schedule_defs} == {
        "drift_of_changes_every_minute": "* * * * *",
        "drift_of_all_every_hour": "0 * * * *",
        "soak_every_minute": "* * * * *",
    }
    instigators = [*repository.schedule_defs, *repository.sensor_defs]
    assert {one.default_status.value for one in instigators} == {"STOPPED"}
    for key in graph.get_all_asset_keys():
        if key.path[0] == "parallel":
            specs = graph.get_check_keys_for_assets({key})
            assert bool(specs) == (key.path[1] != "state")
