"""The gateway over HTTP before two sides in memory: routing, holding, falling back, fencing."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.parallel.gateway.documents import Write
from moonlanding_assets.parallel.gateway.router import Router, Tools
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets_tests.kept_documents import HEALTH, KeptDocuments, control_in, served, walk

DOC = "friday/clients/list/c1"
TOKEN, USER = "X-Moonlanding-Token", "X-Moonlanding-User"
BY, EPOCH = "X-Moonlanding-Answered-By", "X-Moonlanding-Epoch"
TO_S5 = "S1 S2 S3 S4 S5"
TO_S8 = f"{TO_S5} S6 S7 S8 S8"
QUICK = Tools(hold_seconds=0.2, poll_seconds=30, recheck_seconds=0)
PATIENT = Tools(hold_seconds=20, poll_seconds=30, recheck_seconds=0)


class Firm:
    """Both sides, equal at first, and a router in some state."""

    def __init__(self, directory: Path, targets: str, tools: Tools, **figures: float) -> None:
        documents = {DOC: {"name": {"stringValue": "first"}}, HEALTH: {"n": {"nullValue": None}}}
        self.control = control_in(directory, targets, **figures)
        row = self.control.row()
        assert row is not None
        self.old = KeptDocuments("OLD", dict(documents))
        self.new = KeptDocuments("NEW", dict(documents))
        {"OLD": self.old, "NEW": self.new}[row.authority].fence(row.epoch)
        self.router = Router(self.control, {"OLD": self.old, "NEW": self.new}, tools)


Script = Callable[[Firm, ClientSession], Coroutine[Any, Any, None]]


def play(
    directory: Path, targets: str, script: Script, tools: Tools = QUICK, **figures: float
) -> None:
    """Serve the firm in that state and run the script as its client."""

    async def playing() -> None:
        firm = Firm(directory, targets, tools, **figures)
        async with served(firm.router) as client:
            await script(firm, client)

    asyncio.run(playing())


async def get(client: ClientSession, **headers: str) -> tuple[int, str, dict[str, Any]]:
    async with client.get(f"/documents/{DOC}", headers=headers) as answer:
        return answer.status, answer.headers.get(BY, ""), await answer.json()


async def put(
    client: ClientSession, value: str, **headers: str
) -> tuple[int, dict[str, str], dict[str, Any]]:
    body = {"fields": {"name": {"stringValue": value}}}
    async with client.patch(f"/documents/{DOC}", json=body, headers=headers) as answer:
        return answer.status, dict(answer.headers), await answer.json()


async def admin(client: ClientSession, verb: str, **query: str) -> tuple[int, dict[str, Any]]:
    async with client.post(f"/admin/{verb}", params=query) as answer:
        return answer.status, await answer.json()


def name_of(side: KeptDocuments) -> str:
    return str(side.documents[DOC]["name"]["stringValue"])


def test_old_answers_and_is_written_until_the_switch(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        status, by, body = await get(client)
        assert (status, by, body["fields"]["name"]["stringValue"]) == (200, "OLD", "first")
        status, headers, _ = await put(client, "second")
        assert (status, headers[BY], headers[EPOCH]) == (200, "OLD", "0")
        assert (name_of(firm.old), name_of(firm.new)) == ("second", "first")

    play(tmp_path, "S1 S2", script)


def test_after_the_switch_new_answers_and_is_written(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        assert (await get(client))[1] == "NEW"
        status, headers, _ = await put(client, "second")
        assert (status, headers[BY], headers[EPOCH]) == (200, "NEW", "1")
        assert (name_of(firm.old), name_of(firm.new)) == ("first", "second")

    play(tmp_path, TO_S8, script)


@pytest.mark.parametrize("targets", [TO_S5, TO_S8])
def test_reads_fall_back_and_say_so(tmp_path: Path, targets: str) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        assert (await get(client))[1] == "NEW"
        firm.new.is_down = True
        status, by, _ = await get(client)
        assert (status, by) == (200, "OLD")
        assert firm.router.metrics.count("read_fallbacks_total", side="OLD") == 1
        firm.old.is_down = True
        assert (await get(client))[0] == 503

    play(tmp_path, targets, script)


@pytest.mark.parametrize(("targets", "down"), [("S1 S2", "OLD"), (TO_S5, "OLD"), (TO_S8, "NEW")])
def test_writes_never_fall_back(tmp_path: Path, targets: str, down: str) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        firm.old.fence(firm.router.route.row.epoch)  # even where the other side would take it
        firm.new.fence(firm.router.route.row.epoch)
        (firm.old if down == "OLD" else firm.new).is_down = True
        status, headers, _ = await put(client, "lost?")
        assert (status, headers["Retry-After"]) == (503, "1")
        assert (name_of(firm.old), name_of(firm.new)) == ("first", "first")

    play(tmp_path, targets, script)


def test_a_session_reads_what_it_wrote_and_others_what_is_there(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        _, headers, _ = await put(client, "mine")
        mine = {TOKEN: headers[TOKEN]}
        status, by, body = await get(client, **mine)
        assert (by, body["fields"]["name"]["stringValue"]) == ("OLD", "mine")
        assert (await get(client))[1] == "NEW"
        firm.new.documents[DOC] = firm.old.documents[DOC]  # the sync
        firm.new.versions[DOC] = firm.old.versions[DOC]
        status, by, body = await get(client, **mine)
        assert (status, by, body["fields"]["name"]["stringValue"]) == (200, "NEW", "mine")
        assert (await get(client, **{TOKEN: "nonsense"}))[0] == 400

    play(tmp_path, TO_S5, script)


def test_a_session_that_wrote_to_new_does_not_fall_back(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        _, headers, _ = await put(client, "mine")
        firm.new.is_down = True
        assert (await get(client, **{TOKEN: headers[TOKEN]}))[0] == 503
        assert (await get(client))[1] == "OLD"

    play(tmp_path, TO_S8, script)


def test_the_canary_share_is_taken_from_the_state_and_sticks(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        first = {f"u{n}": (await get(client, **{USER: f"u{n}"}))[1] for n in range(60)}
        again = {f"u{n}": (await get(client, **{USER: f"u{n}"}))[1] for n in range(60)}
        assert first == again
        assert 8 < sum(by == "NEW" for by in first.values()) < 52
        walk(firm.control, "S4", percent=0)
        await admin(client, "reload")
        assert {(await get(client, **{USER: user}))[1] for user in first} == {"OLD"}

    play(tmp_path, "S1 S2 S3 S4", script, percent=50)


def test_held_writes_wait_then_go_to_the_side_of_the_new_epoch(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        walk(firm.control, "S6")
        await admin(client, "reload")
        waiting = [asyncio.create_task(put(client, f"w{n}")) for n in range(5)]
        while firm.router.gate.held < 5:
            await asyncio.wait(waiting, timeout=0.01)
        assert (await get(client))[0] == 200  # reads flow
        await admin(client, "fence", side="OLD", epoch="none")
        walk(firm.control, "S7")
        await admin(client, "fence", side="NEW", epoch="1")
        walk(firm.control, "S8")
        await admin(client, "reload")
        assert firm.router.gate.held == 5  # the journal is not done with
        walk(firm.control, "S8")
        await admin(client, "reload")
        answers = await asyncio.gather(*waiting)
        assert {(status, headers[BY], headers[EPOCH]) for status, headers, _ in answers} == {
            (200, "NEW", "1")
        }
        assert name_of(firm.old) == "first"

    play(tmp_path, TO_S5, script, tools=PATIENT)


def test_a_write_held_too_long_gets_503_and_was_not_written(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        status, headers, _ = await put(client, "never")
        assert (status, headers["Retry-After"]) == (503, "1")
        assert (name_of(firm.old), name_of(firm.new)) == ("first", "first")

    play(tmp_path, f"{TO_S5} S6", script)


def test_draining_waits_for_the_write_in_flight_even_when_its_client_left(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        firm.old.may_end.clear()
        write = Write(path=DOC, fields={"name": {"stringValue": "in flight"}}, key="k")
        going = asyncio.create_task(firm.router.write(write))
        while not firm.old.entered.is_set():
            await asyncio.wait({going}, timeout=0.01)
        going.cancel()
        await asyncio.wait({going})
        assert going.cancelled()
        await admin(client, "close")
        assert await admin(client, "drain", seconds="0.05") == (503, {"is_drained": False})
        firm.old.may_end.set()
        assert await admin(client, "drain", seconds="20") == (200, {"is_drained": True})
        assert name_of(firm.old) == "in flight"
        assert (await put(client, "held"))[0] == 503
        await admin(client, "open")
        assert (await put(client, "through"))[0] == 200

    play(tmp_path, TO_S5, script)


def test_a_stale_epoch_is_refused_and_tried_once_more_with_the_same_key(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        walk(firm.control, "S6 S7 S8 S8")  # the router does not know
        firm.old.fence(None)
        firm.new.fence(1)
        status, headers, _ = await put(client, "second", **{"Idempotency-Key": "k1"})
        assert (status, headers[BY], headers[EPOCH]) == (200, "NEW", "1")
        assert firm.router.metrics.count("stale_epochs_total") == 1
        assert (await put(client, "third", **{"Idempotency-Key": "k1"}))[0] == 200
        assert name_of(firm.new) == "second"  # the key was used
        for other in (None, 0, 2):
            firm.new.fence(other)
            assert (await put(client, "fourth"))[0] == 503
        assert firm.router.metrics.count("stale_epochs_total") == 7
        assert name_of(firm.new) == "second"

    play(tmp_path, TO_S5, script)


def test_a_retry_after_the_switch_of_a_write_from_before_it_writes_nothing(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        key = {"Idempotency-Key": "from before"}
        assert (await put(client, "first write", **key))[0] == 200
        firm.old.fence(None)
        firm.new.fence(1)
        walk(firm.control, "S6 S7 S8 S8")
        await admin(client, "reload")
        assert (await put(client, "somebody's later write"))[0] == 200
        status, headers, _ = await put(client, "first write", **key)
        assert (status, headers[BY]) == (200, "NEW")
        assert name_of(firm.new) == "somebody's later write"

    play(tmp_path, TO_S5, script)


def test_shadow_reads_are_compared_behind_the_answer(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        assert (await get(client))[1] == "OLD"
        await firm.router.settled()
        firm.new.documents[DOC] = {"name": {"stringValue": "other"}}
        assert (await get(client))[2]["fields"]["name"]["stringValue"] == "first"
        await firm.router.settled()
        assert firm.router.measuring.shadow.counts.evidence()["shadow_mismatches"] == 1
        firm.new.is_down = True
        assert (await get(client))[0] == 200
        await firm.router.settled()
        async with client.get("/admin/status") as answer:
            status = await answer.json()
        assert status["mismatches"] == [[DOC, ["name"]]]
        assert status["shadow"]["shadow_compared"] == 2
        count = firm.router.metrics.count
        results = ("matched", "mismatched", "unavailable")
        assert [count("shadow_reads_total", result=one) for one in results] == [1, 1, 1]

    play(tmp_path, "S1 S2 S3", script)


def test_health_is_a_real_read_of_the_authority(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        async def health() -> tuple[int, dict[str, Any]]:
            async with client.get("/healthz") as answer:
                return answer.status, await answer.json()

        assert await health() == (
            200,
            {"state": "S8", "epoch": 1, "gate": "open", "sides": {"OLD": True, "NEW": True}},
        )
        firm.old.is_down = True
        assert (await health())[0] == 200
        firm.new.documents.pop(HEALTH)
        assert (await health())[0] == 503

    play(tmp_path, TO_S8, script)


def test_admin_verbs_are_for_those_who_know_the_token(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        for token in ("", "y" * 32):
            headers = {"X-Moonlanding-Admin": token}
            for verb in ("close", "open", "reload", "drain", "fence"):
                async with client.post(f"/admin/{verb}", headers=headers) as answer:
                    assert answer.status == 403
            async with client.get("/admin/status", headers=headers) as answer:
                assert answer.status == 403
        assert firm.router.gate.is_open
        assert (await admin(client, "fence", side="NEITHER", epoch="1"))[0] == 400

    play(tmp_path, TO_S5, script)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("friday/clients/list", b'{"fields":{"a":{"nullValue":null}}}', 400),
        (DOC, b"not json", 400),
        (DOC, b'{"fields":{}}', 400),
        (DOC, b'{"fields":{"a":"b"}}', 400),
        ("friday/clients/list/none", b'{"fields":{"a":{"nullValue":null}}}', 404),
    ],
)
def test_a_write_that_is_none_is_refused(
    tmp_path: Path, path: str, body: bytes, status: int
) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        async with client.patch(f"/documents/{path}", data=body) as answer:
            assert answer.status == status

    play(tmp_path, "S1", script)


def test_metrics_show_the_state(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        await get(client)
        async with client.get("/metrics") as answer:
            lines = (await answer.text()).splitlines()
        assert "moonlanding_gateway_state 8" in lines
        assert "moonlanding_gateway_epoch 1" in lines
        assert 'moonlanding_gateway_reads_total{result="ok",side="NEW"} 1' in lines

    play(tmp_path, TO_S8, script)


def test_the_router_follows_the_row_by_itself(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        walk(firm.control, "S6")
        while firm.router.gate.is_open:
            await get(client)
        assert firm.router.route.row.state == "S6"

    play(tmp_path, TO_S5, script, tools=Tools(poll_seconds=0.01))


def test_without_a_state_row_nothing_is_served(tmp_path: Path) -> None:
    async def script() -> None:
        router = Router(Control(tmp_path / "control.db"), {})
        with pytest.raises(SettingsError, match="no state row"):
            await router.start()
        await router.stop()

    asyncio.run(script())
