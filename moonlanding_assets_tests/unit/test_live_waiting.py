"""Patience and pace: how often, after how long, how fast; by a clock that does not wait."""

import itertools
import random
import threading

import grpc
import pytest

from moonlanding_assets.console.watch import StageTime
from moonlanding_assets.errors import AccessRefused, LiveReadError, ReadTimeRefused
from moonlanding_assets.source.clock import StoppedError, SystemClock
from moonlanding_assets.source.firestore_refusals import PERMISSIONS, is_login_useless, refusal
from moonlanding_assets.source.firestore_retry import (
    LONGEST_WAIT_SECONDS,
    BadAnswerError,
    Pace,
    Patience,
)
from moonlanding_assets.source.firestore_wire import Home, metadata
from moonlanding_assets_tests.live_kit import Impatient

HOME = Home(project="p", database="(default)")
THEN_US = 1_770_000_000_000_000


class Answered(grpc.RpcError):
    """What a server answered."""

    def __init__(self, code: grpc.StatusCode, details: str = "") -> None:
        super().__init__()
        self._code = code
        self._details = details

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._details


class Question:
    """Fails in the ways given, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def patience(seed: int = 1) -> tuple[Patience, Impatient]:
    clock = Impatient()
    return Patience(clock=clock, pace=Pace(clock=clock), chance=random.Random(seed)), clock


def test_waits_grow_and_vary_and_have_a_ceiling() -> None:
    busy = Answered(grpc.StatusCode.UNAVAILABLE)
    ceilings = []
    for attempt in range(9):
        longest = 0.0
        for seed in range(200):
            asking, clock = patience(seed)
            assert asking.ask("a page", Question(*[busy] * 9)) == "answer"
            longest = max(longest, clock.pauses[attempt])
        ceilings.append(longest)
    assert all(half < whole for half, whole in itertools.pairwise(ceilings[:8]))
    assert 0.4 < ceilings[0] <= 0.5
    assert 50 < ceilings[-1] <= LONGEST_WAIT_SECONDS


def test_after_ten_attempts_it_gives_up_and_says_what_is_kept() -> None:
    asking, clock = patience()
    question = Question(*[BadAnswerError("documents out of order")] * 20)
    with pytest.raises(LiveReadError, match=r"out of order, 10 times in a row\. What was read is"):
        asking.ask("a page", question)
    assert question.asked == 10
    assert len(clock.pauses) == 9


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "INVALID_ARGUMENT", "NOT_FOUND"])
def test_a_refusal_is_not_asked_for_again(code: str) -> None:
    asking, clock = patience()
    question = Question(Answered(grpc.StatusCode[code]))
    with pytest.raises(Answered):
        asking.ask("a page", question)
    assert (question.asked, clock.pauses) == (1, [])


def test_pace_holds_the_average() -> None:
    clock = Impatient()
    pace = Pace(clock=clock, limit=100)
    for _ in range(20):
        pace.wait()
        pace.took(50)
    assert pace.reads == 1000
    assert clock.now == pytest.approx(9.5)  # the last page is not waited for


def test_no_limit_no_wait() -> None:
    clock = Impatient()
    pace = Pace(clock=clock)
    pace.took(10**6)
    pace.wait()
    assert clock.now == 0


def test_a_stopped_clock_ends_a_pause_that_has_begun() -> None:
    clock = SystemClock()
    timer = threading.Timer(0.05, clock.stop)
    timer.start()
    with pytest.raises(StoppedError):
        clock.pause(60)
    timer.join()


@pytest.mark.parametrize(
    ("code", "details", "read_time_us", "kind", "told"),
    [
        ("FAILED_PRECONDITION", "too old", THEN_US, ReadTimeRefused, "2026-02-02T02:40:00Z"),
        ("INVALID_ARGUMENT", "read_time cannot be", THEN_US, ReadTimeRefused, "cannot be"),
        ("INVALID_ARGUMENT", "no such field", THEN_US, LiveReadError, "INVALID_ARGUMENT"),
        ("FAILED_PRECONDITION", "too old", None, LiveReadError, "FAILED_PRECONDITION"),
        ("FAILED_PRECONDITION", "is in Datastore Mode", THEN_US, LiveReadError, "Datastore Mode"),
        ("UNAUTHENTICATED", "x", THEN_US, AccessRefused, "gcloud auth application-default login"),
        ("UNAVAILABLE", "RefreshError('gone')", THEN_US, AccessRefused, "not accepted"),
        ("PERMISSION_DENIED", "x", None, AccessRefused, "roles/datastore.viewer"),
        ("NOT_FOUND", "The database (default) does not exist", None, AccessRefused, "--database"),
    ],
)
def test_what_a_refusal_becomes(
    code: str, details: str, read_time_us: int | None, kind: type[LiveReadError], told: str
) -> None:
    error = Answered(grpc.StatusCode[code], details)
    made = refusal(error, rpc="RunQuery", home=HOME, read_time_us=read_time_us)
    assert type(made) is kind
    assert told in str(made)


def test_every_question_names_its_permissions() -> None:
    assert all(
        one.startswith("datastore.entities.") for all_ in PERMISSIONS.values() for one in all_
    )
    assert not is_login_useless(Answered(grpc.StatusCode.UNAVAILABLE, "connection refused"))


def test_a_stage_estimates_what_is_left() -> None:
    half = StageTime("read", total=100, seconds=2.0, documents=50)
    assert half.left == ", about 2 s left"
    assert StageTime("read", total=100, seconds=2.0, documents=100).left == ""
    assert StageTime("read", total=0, seconds=2.0, documents=100).left == ""
    assert StageTime("read", total=100).left == ""


def test_metadata_names_the_database_as_googles_client_does() -> None:
    sent = dict(metadata(HOME, HOME.root))
    assert sent == {
        "google-cloud-resource-prefix": "projects/p/databases/(default)",
        "x-goog-request-params": "parent=projects/p/databases/%28default%29/documents",
    }
    emulated = Home(project="p", database="(default)", emulator="127.0.0.1:1")
    assert dict(metadata(emulated, HOME.root))["authorization"] == "Bearer owner"
