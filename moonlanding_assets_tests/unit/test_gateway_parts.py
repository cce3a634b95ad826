"""The parts of the gateway that need no server: gate, route, token, shadow, metrics."""

import asyncio
from pathlib import Path

import pytest

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.gate import Gate, HeldTooLongError
from moonlanding_assets.parallel.gateway.http import read_admin_token
from moonlanding_assets.parallel.gateway.metrics import Metrics
from moonlanding_assets.parallel.gateway.questions import Answer, Question, ReadOne
from moonlanding_assets.parallel.gateway.route import MOST_PATHS, Route, Token, bucket, token_of
from moonlanding_assets.parallel.gateway.shadow import Shadow, judged
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.source.value import Fields

USERS = [f"user-{number}" for number in range(1000)]
PATH = "friday/clients/list/c1"


def route(state: str, *, epoch: int = 0, percent: int = 0, journal: str = "") -> Route:
    row = Row(epoch=epoch, state=state, journal=journal, evidence_digest="")
    return Route(row=row, percent=percent)


def test_who_reads_from_where() -> None:
    asked = {"user": "u", "is_fresh": True, "has_token": False}
    assert [route(f"S{n}").readers(**asked) for n in range(4)] == [("OLD",)] * 4
    assert [route(f"S{n}").readers(**asked) for n in (5, 6, 7)] == [("NEW", "OLD")] * 3
    assert [route(f"S{n}", epoch=1).readers(**asked) for n in (6, 7, 8, 9, 10)] == [
        ("NEW", "OLD")
    ] * 5
    assert route("S11", epoch=1).readers(**asked) == ("NEW",)
    assert route("S5", epoch=2).readers(**asked) == ("NEW", "OLD")


def test_a_session_never_reads_from_a_side_that_lacks_its_write() -> None:
    stale = {"user": "u", "is_fresh": False, "has_token": True}
    assert route("S5").readers(**stale) == ("OLD",)
    assert route("S4", percent=100).readers(**stale) == ("OLD",)
    assert route("S8", epoch=1).readers(**{**stale, "is_fresh": True}) == ("NEW",)


def test_the_canary_is_sticky_and_grows_without_moving_anybody_back() -> None:
    chosen = {
        share: {one for one in USERS if route("S4", percent=share).may_read_new(one)}
        for share in (0, 5, 50, 100)
    }
    assert not chosen[0]
    assert chosen[5] < chosen[50] < chosen[100] == set(USERS)
    assert 20 < len(chosen[5]) < 90
    assert 420 < len(chosen[50]) < 580
    assert bucket("user-1") == bucket("user-1")


def test_a_token_says_what_was_written_and_comes_back_from_its_text() -> None:
    token = Token().with_write(PATH, 7).with_write("a/b", 9).with_write(PATH, 8)
    assert token_of(token.text()) == token
    assert (token.version(PATH), token.version("c/d")) == (8, None)
    for number in range(MOST_PATHS):
        token = token.with_write(f"a/{number}", number)
    assert token.is_full
    assert token_of(token.text()).is_full
    assert token_of("") == Token()
    for wrong in ("nonsense", "e30=", "é"):
        with pytest.raises(ValueError, match="not a token"):
            token_of(wrong)


def test_the_gate_counts_holds_and_drains() -> None:
    async def script() -> None:
        gate = Gate()
        inside, may_end = asyncio.Event(), asyncio.Event()

        async def write(seconds: float) -> str:
            async with gate.passing(hold_seconds=seconds):
                inside.set()
                await may_end.wait()
            return "done"

        first = asyncio.create_task(write(5))
        await inside.wait()
        gate.set(False)
        assert (gate.in_flight, gate.is_open) == (1, False)
        assert not await gate.drain(seconds=0.01)
        second = asyncio.create_task(write(5))
        await asyncio.wait({second}, timeout=0.01)
        assert (gate.in_flight, gate.held) == (1, 1)
        with pytest.raises(HeldTooLongError):
            await write(0.01)
        may_end.set()
        assert await gate.drain(seconds=5)
        assert await first == "done"
        assert (gate.in_flight, gate.held) == (0, 1)
        gate.set(True)
        assert await second == "done"
        assert (gate.in_flight, gate.held) == (0, 0)

    asyncio.run(script())


def test_no_more_pass_than_may_be_inside_and_those_behind_them_can_still_be_held() -> None:
    """Draining must be short however many wait for a place."""

    async def script() -> None:
        gate = Gate(most=2)
        may_end = asyncio.Event()

        async def write(seconds: float = 5) -> None:
            async with gate.passing(hold_seconds=seconds):
                await may_end.wait()

        writes = [asyncio.create_task(write()) for _ in range(5)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert gate.in_flight == 2
        gate.set(False)
        may_end.set()
        assert await gate.drain(seconds=5)
        await asyncio.sleep(0)
        assert sum(one.done() for one in writes) == 2
        assert (gate.in_flight, gate.held) == (0, 3)
        gate.set(True)
        await asyncio.gather(*writes)
        figures = gate.hold_figures()
        assert (figures["writes_held"], figures["writes_refused"]) == (3, 0)
        assert 0 <= figures["hold_p99_seconds"] <= figures["hold_max_seconds"]
        gate.set(False)
        assert gate.hold_figures() == {"writes_held": 0, "writes_refused": 0}
        with pytest.raises(HeldTooLongError):
            await write(0.01)
        assert gate.hold_figures()["writes_refused"] == 1

    asyncio.run(script())


def test_the_old_side_begins_to_accept_once_and_is_not_opened_again(tmp_path: Path) -> None:
    side = FirestoreDocuments({}, tmp_path / "old_side.db")
    assert side.accepts() is None
    side.begin(0)
    assert side.accepts() == 0
    side.fence(None)
    side.begin(0)
    assert side.accepts() is None
    side.close()


def text(value: str) -> dict[str, str]:
    return {"stringValue": value}


def test_differences_are_judged_by_canonical_documents_and_declared_reasons() -> None:
    plain = {"name": text("a"), "n": {"integerValue": "1"}}
    assert (
        judged(ReadOne(PATH), plain, {"n": {"integerValue": "1"}, "name": text("a")})[0]
        == "matched"
    )
    assert judged(ReadOne(PATH), None, None)[0] == "matched"
    assert judged(ReadOne(PATH), plain, None)[0] == "mismatched"
    assert judged(ReadOne(PATH), plain, {**plain, "n": {"doubleValue": 1.0}})[0] == "mismatched"
    file = "friday/engagements/list/e1/files/f1"
    linked = {"url": text("https://x.example/a.pdf?token=1")}
    assert judged(ReadOne(file), linked, {"url": text("https://x.example/a.pdf")}) == (
        "ignored", "url_query",
    )  # fmt: skip
    assert (
        judged(ReadOne(file), linked, {"url": text("https://x.example/b.pdf")})[0] == "mismatched"
    )


def shadow_of(old: list[Fields | None], new: list[Fields | None]) -> tuple[Shadow, list[float]]:
    """A shadow whose sides answer these, in turn, and the waits that it makes."""
    waits: list[float] = []

    async def read_old(question: Question) -> Answer:
        return old.pop(0)

    async def read_new(question: Question) -> Answer:
        return new.pop(0)

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    return Shadow(old=read_old, new=read_new, pause=pause, recheck_seconds=5.0), waits


def test_a_difference_that_passes_by_itself_is_none() -> None:
    before, after = {"name": text("before")}, {"name": text("after")}
    shadow, waits = shadow_of([after], [before, after])
    assert asyncio.run(shadow.compare(ReadOne(PATH), after)) == "matched"
    assert waits == [5.0]
    assert shadow.counts.confirmed_on_recheck == 1
    assert shadow.counts.evidence()["shadow_mismatches"] == 0


def test_a_difference_that_stays_is_kept_by_path_and_fields_without_values() -> None:
    old, new = {"name": text("a"), "n": text("1")}, {"name": text("b"), "n": text("1")}
    shadow, _ = shadow_of([old], [new, new])
    assert asyncio.run(shadow.compare(ReadOne(PATH), old)) == "mismatched"
    [mismatch] = shadow.counts.mismatches
    assert (mismatch.path, mismatch.fields) == (PATH, ("name",))
    assert shadow.counts.evidence() == {
        "shadow_mismatches": 1, "shadow_compared": 1, "shadow_least_per_endpoint": 1,
    }  # fmt: skip


def test_the_least_of_the_endpoints_counts_what_was_compared_only() -> None:
    shadow, _ = shadow_of([], [{"a": text("1")}] * 3)
    for path in (PATH, PATH, "friday/teams/list/t1"):
        asyncio.run(shadow.compare(ReadOne(path), {"a": text("1")}))
    assert shadow.counts.evidence()["shadow_least_per_endpoint"] == 1
    assert shadow.counts.endpoints[("friday/clients", "matched")] == 2


def test_metrics_are_prometheus_text() -> None:
    metrics = Metrics()
    metrics.add("reads_total", side="NEW", result="ok")
    metrics.add("reads_total", side="NEW", result='o"k')
    metrics.took("read_seconds", 0.02)
    lines = metrics.text({"gate_open": 1}).splitlines()
    assert 'moonlanding_gateway_reads_total{result="ok",side="NEW"} 1' in lines
    assert 'moonlanding_gateway_reads_total{result="o\\"k",side="NEW"} 1' in lines
    assert 'moonlanding_gateway_read_seconds_bucket{le="0.01"} 0' in lines
    assert 'moonlanding_gateway_read_seconds_bucket{le="0.025"} 1' in lines
    assert "moonlanding_gateway_read_seconds_count 1" in lines
    assert "moonlanding_gateway_gate_open 1" in lines
    assert metrics.count("reads_total", side="NEW") == 2


def test_the_admin_token_is_read_from_a_private_file_only(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(SettingsError, match="0600"):
        read_admin_token(file)
    file.write_text("y" * 32 + "\n")
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="0600"):
        read_admin_token(file)
    file.chmod(0o600)
    assert read_admin_token(file) == "y" * 32
    file.write_text("short")
    with pytest.raises(SettingsError, match="32"):
        read_admin_token(file)
