"""Live reading through a proxy that goes wrong: the snapshot is exact, or the run fails loudly.

Schedules are drawn from seeds; documents change, go and come while they are read. Run one again
with `pytest -k "schedules and 3"`.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from moonlanding_assets.errors import AccessRefused, IncompleteRead, LiveReadError
from moonlanding_assets.progress import Silent
from moonlanding_assets.source.firestore import open_live
from moonlanding_assets_tests import fault_proxy as faults
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.fault_proxy import Call, Fault
from moonlanding_assets_tests.fault_schedules import CODES, PAGE, Place, Schedule, read_by
from moonlanding_assets_tests.live_kit import Lines, impatient, live_of, mwr, texts_of

SCHEDULES = 210
BLOCKS = 7


@pytest.fixture(scope="module")
def place(emulator: FirestoreEmulator) -> Iterator[Place]:
    with faults.running(emulator.address) as proxy:
        made = Place(f"demo-{uuid.uuid4().hex[:12]}", emulator.address, proxy, mwr(size=16))
        made.restore()
        yield made


@pytest.mark.parametrize("block", range(BLOCKS))
def test_schedules_give_everything_or_an_error(place: Place, tmp_path: Path, block: int) -> None:
    outcomes: Counter[str] = Counter()
    happened: Counter[str] = Counter()
    size = SCHEDULES // BLOCKS
    for seed in range(block * size, (block + 1) * size):
        schedule = Schedule(seed, place)
        outcome, found = read_by(place, schedule, tmp_path / f"{seed}", seed)
        outcomes[outcome] += 1
        happened += schedule.happened
        assert outcome != "exact" or found == place.wanted, f"seed {seed}"

    assert outcomes.total() == size
    assert outcomes["exact"] >= size * 0.7, outcomes
    assert set(happened) >= {"Status", "EarlyEnd", "Again", "Skip", "First"}


@pytest.mark.parametrize("code", CODES, ids=[code.name for code in CODES])
@pytest.mark.parametrize("after", [0, 1, PAGE - 1, PAGE])
def test_a_status_at_any_message_of_any_page(
    place: Place, tmp_path: Path, code: grpc.StatusCode, after: int
) -> None:
    failed: set[int] = set()

    def every_second(call: Call) -> Fault | None:
        if call.rpc != "RunQuery" or call.number % 2 == 0:
            return None
        failed.add(call.number)
        return faults.Status(code, after)

    place.proxy.reset(every_second)
    assert _exactly(place, tmp_path) == place.wanted
    assert len(failed) > 3


def test_documents_that_are_always_left_out_are_missed_loudly(place: Place, tmp_path: Path) -> None:
    place.proxy.reset(_leave_out_the_third)
    with pytest.raises(IncompleteRead, match=r"\d+ documents were read and \d+ counted"):
        _exactly(place, tmp_path)
    assert not list(tmp_path.glob("**/journal.sqlite"))


def test_a_count_that_differs_names_the_collection_and_both_numbers(
    place: Place, tmp_path: Path
) -> None:
    place.proxy.reset()
    live = live_of(place.proxy.address, place.name)
    with open_live("mwr", live, tmp_path, say=Lines(), tools=impatient()) as source:
        declared = source.journal.said("declared")
        declared["myworkreview/reviews/**/chat"] += 1
        source.journal.note({"declared": declared})
        (tmp_path / "spilled").mkdir()
        told = r"myworkreview/reviews/\*\*/chat: 48 documents read, 49 counted"
        with pytest.raises(IncompleteRead, match=told):
            source.spill(tmp_path / "spilled", progress=Silent(), workers=1)


@pytest.mark.parametrize("fault", [faults.EarlyEnd(0), faults.Again(0, 1), faults.Swap()])
def test_what_never_comes_right_ends_loudly(place: Place, tmp_path: Path, fault: Fault) -> None:
    place.proxy.reset(_always(fault))
    with pytest.raises(LiveReadError):
        _exactly(place, tmp_path)


@pytest.mark.parametrize(
    ("rpc", "code", "told"),
    [
        ("RunQuery", "PERMISSION_DENIED", "datastore.entities.get and datastore.entities.list"),
        ("ListCollectionIds", "PERMISSION_DENIED", "permission datastore.entities.list,"),
        ("RunAggregationQuery", "PERMISSION_DENIED", "RunAggregationQuery needs the permission"),
        ("RunAggregationQuery", "UNAUTHENTICATED", "credentials are not accepted"),
        ("RunAggregationQuery", "NOT_FOUND", "no such project, or it has no such database"),
    ],
)
def test_a_refusal_says_what_is_missing(
    place: Place, tmp_path: Path, rpc: str, code: str, told: str
) -> None:
    fault = faults.Status(grpc.StatusCode[code])
    place.proxy.reset(_always(fault, rpc))
    with pytest.raises(AccessRefused, match=told):
        _exactly(place, tmp_path)
    assert place.proxy.count(rpc) <= 2  # a refusal is not asked for again


def _exactly(place: Place, directory: Path) -> dict[str, str]:
    spilled = directory / "spilled"
    spilled.mkdir()
    live = live_of(place.proxy.address, place.name, page_size=PAGE)
    with open_live("mwr", live, directory, say=Lines(), tools=impatient()) as source:
        return texts_of(source.spill(spilled, progress=Silent(), workers=1).files)


def _always(fault: Fault, rpc: str = "RunQuery") -> faults.Plan:
    def plan(call: Call) -> Fault | None:
        return fault if call.rpc == rpc else None

    return plan


def _leave_out_the_third(call: Call) -> Fault | None:
    return faults.Skip(3, 1) if call.rpc == "RunQuery" else None
