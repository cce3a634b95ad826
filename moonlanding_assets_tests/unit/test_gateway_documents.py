"""Create, put, delete and list over HTTP before two sides in memory; evidence on the disk."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner

from moonlanding_assets.cli import cli
from moonlanding_assets.parallel.gateway.canary import LEAST_SAMPLES, NEVER_AS_GOOD, Canary
from moonlanding_assets.parallel.gateway.evidence import (
    Kept,
    canary_evidence,
    read_shadow,
    shadow_evidence,
)
from moonlanding_assets.parallel.gateway.http import new_id
from moonlanding_assets.parallel.gateway.questions import ListPage
from moonlanding_assets.parallel.gateway.router import Router, Tools
from moonlanding_assets.parallel.gateway.shadow import ShadowCounts, endpoint_of, judged
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.kept_documents import HEALTH, KeptDocuments, control_in, served, walk

CLIENTS = "friday/clients/list"
TO_S8 = "S1 S2 S3 S4 S5 S6 S7 S8 S8"
TOKEN, KEY = "X-Moonlanding-Token", "Idempotency-Key"
BY = "X-Moonlanding-Answered-By"
QUICK = Tools(hold_seconds=0.2, poll_seconds=30, recheck_seconds=0)


def text(value: str) -> dict[str, str]:
    return {"stringValue": value}


class Firm:
    """Both sides with three clients, and a router whose evidence is kept."""

    def __init__(self, layout: Layout, targets: str, **figures: float) -> None:
        documents = {f"{CLIENTS}/c{n}": {"name": text(f"{n}")} for n in range(3)}
        documents[HEALTH] = {"n": {"nullValue": None}}
        self.layout = layout
        self.control = (
            Control(layout.control) if not targets
            else control_in(layout.control.parent, targets, **figures)
        )  # fmt: skip
        row = self.control.row()
        assert row is not None
        self.old = KeptDocuments("OLD", dict(documents))
        self.new = KeptDocuments("NEW", dict(documents))
        self.authority = {"OLD": self.old, "NEW": self.new}[row.authority]
        self.authority.fence(row.epoch)
        sides = {"OLD": self.old, "NEW": self.new}
        self.router = Router(self.control, sides, QUICK, kept=Kept(layout.parallel))  # type: ignore[arg-type]  # both are Documents


def play(directory: Path, targets: str, script: Any, **figures: float) -> None:
    async def playing() -> None:
        firm = Firm(Layout(data=directory), targets, **figures)
        async with served(firm.router) as client:
            await script(firm, client)

    asyncio.run(playing())


async def ask(
    client: ClientSession, verb: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], dict[str, Any]]:
    async with client.request(
        verb, f"/documents/{path}", json=body, headers=headers
    ) as answer:  # fmt: skip
        return answer.status, dict(answer.headers), await answer.json()


@pytest.mark.parametrize("targets", ["S1 S2", TO_S8])
def test_documents_are_made_replaced_listed_and_deleted_in_one_shape(
    tmp_path: Path, targets: str
) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        body = {"fields": {"name": text("new")}}
        status, headers, made = await ask(client, "POST", CLIENTS, body, **{KEY: "one"})
        assert (status, headers[BY]) == (201, firm.authority.side)
        assert made["path"] == f"{CLIENTS}/{new_id('one')}"
        again = await ask(client, "POST", CLIENTS, body, **{KEY: "one"})
        assert (again[0], again[2]) == (201, made)
        assert len(firm.authority.documents) == 5
        assert (await ask(client, "PUT", f"{CLIENTS}/c0", {"fields": {"a": text("b")}}))[0] == 200
        assert firm.authority.documents[f"{CLIENTS}/c0"] == {"a": text("b")}
        assert (await ask(client, "PUT", f"{CLIENTS}/c9", {"fields": {}}))[0] == 200
        assert (await ask(client, "DELETE", f"{CLIENTS}/c1"))[0] == 200
        assert (await ask(client, "DELETE", f"{CLIENTS}/c1"))[0] == 404
        wanted = sorted(path for path in firm.authority.documents if path.startswith(CLIENTS))
        found: list[str] = []
        after = ""
        while True:
            _, _, page = await ask(client, "GET", f"{CLIENTS}?limit=2&after={after}")
            found += [one["path"] for one in page["documents"]]
            if page["next"] is None:
                break
            after = page["next"]
        assert found == wanted
        assert (await ask(client, "GET", f"{CLIENTS}?limit=0"))[0] == 400
        assert (await ask(client, "POST", f"{CLIENTS}/c1", body))[0] == 400
        assert (await ask(client, "PUT", CLIENTS, body))[0] == 400

    play(tmp_path, targets, script)


def test_a_list_shows_a_session_what_it_made_and_deleted(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        _, headers, made = await ask(client, "POST", CLIENTS, {"fields": {}})
        _, headers, _ = await ask(
            client, "DELETE", f"{CLIENTS}/c1", None, **{TOKEN: headers[TOKEN]}
        )
        _, others, page = await ask(client, "GET", CLIENTS)
        assert (others[BY], len(page["documents"])) == ("NEW", 3)
        _, mine, page = await ask(client, "GET", CLIENTS, None, **{TOKEN: headers[TOKEN]})
        paths = [one["path"] for one in page["documents"]]
        assert mine[BY] == "OLD"
        assert made["path"] in paths
        assert f"{CLIENTS}/c1" not in paths

    play(tmp_path, "S1 S2 S3 S4 S5", script)


def test_pages_are_compared_by_their_documents_and_order() -> None:
    one = ListPage(CLIENTS, "", 10)
    a, b = (f"{CLIENTS}/a", {"x": text("1")}), (f"{CLIENTS}/b", {"x": text("2")})
    assert judged(one, (a, b), (a, b)) == ("matched", "")
    assert judged(one, (), ()) == ("matched", "")
    for other in ((b, a), (a,), (a, (b[0], {"x": text("3")}))):
        assert judged(one, (a, b), other)[0] == "mismatched"
    assert endpoint_of(one) == "friday/clients (list)"


def test_shadow_counts_outlive_the_gateway_and_belong_to_one_stay(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path)

    async def reads(firm: Firm, client: ClientSession) -> None:
        await ask(client, "GET", f"{CLIENTS}/c0")
        await ask(client, "GET", CLIENTS)
        await firm.router.settled()

    async def differs(firm: Firm, client: ClientSession) -> None:
        firm.new.documents[f"{CLIENTS}/c0"] = {"name": text("other")}
        await reads(firm, client)

    assert shadow_evidence(layout) == {}
    play(tmp_path, "S1 S2 S3", reads)
    assert shadow_evidence(layout) == {
        "shadow_mismatches": 0, "shadow_compared": 2, "shadow_least_per_endpoint": 1,
    }  # fmt: skip
    play(tmp_path, "", differs)
    assert shadow_evidence(layout)["shadow_mismatches"] == 2
    assert shadow_evidence(layout)["shadow_compared"] == 4
    shown = CliRunner().invoke(cli, ["--data", str(tmp_path), "shadow", "report"]).output
    assert f"MISMATCH {CLIENTS}/c0: name" in shown
    assert "other" not in shown
    told = CliRunner().invoke(cli, ["--data", str(tmp_path), "shadow", "report", "--json"]).output
    assert json.loads(told)["shadow"]["endpoints"]["friday/clients"] == {
        "matched": 1, "mismatched": 1,
    }  # fmt: skip
    walk(Control(layout.control), "S2 S3")  # another stay begins at nothing
    assert shadow_evidence(layout) == {}
    play(tmp_path, "", reads)
    assert shadow_evidence(layout)["shadow_compared"] == 2
    (layout.parallel / "shadow.json").write_text("{")
    assert read_shadow(layout) is None


def test_the_canary_is_evidence_when_both_sides_were_asked_enough(tmp_path: Path) -> None:
    layout = Layout(data=tmp_path)

    async def reads(firm: Firm, client: ClientSession) -> None:
        for number in range(20):
            await ask(client, "GET", f"{CLIENTS}/c0", None, **{"X-Moonlanding-User": f"{number}"})

    play(tmp_path, "S1 S2 S3 S4", reads, percent=50)
    assert canary_evidence(layout) == {}
    held = json.loads((layout.parallel / "canary.json").read_bytes())
    assert sum(one["reads"] for one in held["sides"].values()) == 20
    assert min(one["reads"] for one in held["sides"].values()) > 0


def test_the_canarys_figures() -> None:
    canary = Canary(is_counting=True)
    for number in range(LEAST_SAMPLES):
        canary.note("OLD", seconds=0.010, is_error=False)
        assert canary.evidence() == {}
        canary.note("NEW", seconds=0.012 if number % 10 else 0.5, is_error=False)
    assert canary.evidence()["error_rate_ratio"] == 1.0
    assert canary.evidence()["p95_ratio"] == pytest.approx(50, rel=0.03)
    canary.note("NEW", seconds=0.01, is_error=True)
    assert canary.evidence()["error_rate_ratio"] == NEVER_AS_GOOD
    canary.note("OLD", seconds=0.01, is_error=True)
    assert canary.evidence()["error_rate_ratio"] == pytest.approx(1.0)
    canary.is_counting = False
    canary.note("OLD", seconds=9, is_error=True)
    assert canary.sides["OLD"].errors == 1


def test_what_cannot_be_written_to_the_disk_does_not_stop_the_service(tmp_path: Path) -> None:
    async def script(firm: Firm, client: ClientSession) -> None:
        (firm.layout.parallel / "shadow.json.new").mkdir()
        await ask(client, "GET", f"{CLIENTS}/c0")
        firm.router.measuring.keep()
        assert firm.router.metrics.count("evidence_total", result="failed") == 1
        assert (await ask(client, "GET", f"{CLIENTS}/c0"))[0] == 200

    play(tmp_path, "S1 S2 S3", script)


def test_counts_without_an_endpoint_are_no_evidence() -> None:
    assert ShadowCounts().evidence()["shadow_least_per_endpoint"] == 0
