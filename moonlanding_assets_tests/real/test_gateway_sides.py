"""The gateway before the real sides: a migrated database, and the official Firestore emulator."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from aiohttp import ClientSession

from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.gateway.documents import (
    CannotCarryError,
    Documents,
    NoDocumentError,
    StaleEpochError,
    UnavailableError,
    Write,
)
from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.gateway.questions import ReadOne
from moonlanding_assets.parallel.gateway.router import Router, Tools
from moonlanding_assets.parallel.gateway.shadow import judged
from moonlanding_assets.parallel.gateway.watched import ADMIN
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.progress import Silent
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_loading import fill
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.value import Fields, canonical
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import control_in, served, walk
from moonlanding_assets_tests.migrated_demo import migrate_fraction, snapshots_of_demo
from moonlanding_assets_tests.real.command import command, environment, moonlanding
from moonlanding_assets_tests.real.gateway_firms import Carry, Firms, Sides, Slow, documents_of

CLIENTS = 16
WRITES_A_WRITER = 12
BY = "X-Moonlanding-Answered-By"


@pytest.fixture(scope="module")
def firms(tmp_path_factory: pytest.TempPathFactory, emulator: FirestoreEmulator) -> Firms:
    layout = snapshots_of_demo(tmp_path_factory.mktemp("gateway") / "data")
    migrate_fraction(layout, "100%")
    homes = {}
    for system in SYSTEMS:
        home = Home(
            project=f"demo-gateway-{system}", database="(default)", emulator=emulator.address
        )
        fill(documents_of(layout, system), home, progress=Silent())
        homes[system] = home
    with reading(layout.database("100%")) as connection:
        found = connection.execute("SELECT path FROM migration_documents ORDER BY path")
        return Firms(layout, homes, tuple(path for (path,) in found))


@pytest.fixture
def sides(firms: Firms, tmp_path: Path) -> Iterator[Sides]:
    shutil.copyfile(firms.layout.database("100%"), tmp_path / "app.db")
    old = FirestoreDocuments(firms.homes, tmp_path / "old_side.db")
    new = MoonlandingDocuments(tmp_path / "app.db")
    yield Sides(old, new, tmp_path)
    old.close()
    new.close()


def text(value: str) -> Fields:
    return {"stringValue": value}


def test_both_sides_hold_the_same_documents_in_the_same_shape(firms: Firms, sides: Sides) -> None:
    results = [
        judged(ReadOne(path), sides.old.read(path), sides.new.read(path)) for path in firms.paths
    ]
    assert {result for result, _ in results} == {"matched", "ignored"}
    assert {reason for _, reason in results} == {"", "url_query"}
    assert sides.old.read("friday/clients/list/nobody") is None
    assert sides.new.read("friday/clients/list/nobody") is None
    assert sides.old.read("nowhere/x") is None


def test_secrets_are_not_served_by_either_side(firms: Firms, sides: Sides) -> None:
    held = dict(documents_of(firms.layout, "friday"))
    assert "keys" in held["friday/settings"]
    for side in (sides.old, sides.new):
        assert "keys" not in (side.read("friday/settings") or {})
    secret = [path for path, _ in documents_of(firms.layout, "mwr") if "/apis/" in path]
    assert secret
    assert {one.read(path) is None for one in (sides.old, sides.new) for path in secret} == {True}


@pytest.mark.parametrize("name", ["old", "new"])
def test_a_side_writes_once_in_its_epoch(firms: Firms, sides: Sides, name: str) -> None:
    side: Documents = getattr(sides, name)
    path = firms.writable("friday/engagements_chat")[0]
    before = side.read(path)
    patch = Write(path=path, fields={"message": text("Changed")}, key="key-1")
    with pytest.raises(StaleEpochError):
        side.write(patch, epoch=0)
    side.fence(2)
    assert side.accepts() == 2
    version = side.write(patch, epoch=2)
    assert before is not None
    assert canonical(side.read(path) or {}) == canonical({**before, "message": text("Changed")})
    assert side.has_seen(path, version)
    assert (side.written("key-1"), side.written("key-2")) == (version, None)
    later = Write(path=path, fields={"message": text("Later")}, key="key-2")
    assert side.write(later, epoch=2) > version
    assert side.write(patch, epoch=2) == version  # again: done already
    assert (side.read(path) or {})["message"] == text("Later")
    side.fence(None)
    with pytest.raises(StaleEpochError):
        side.write(later, epoch=2)
    side.fence(2)
    nobody = Write(path="friday/clients/list/no", fields=later.fields, key="key-3")
    with pytest.raises(NoDocumentError):
        side.write(nobody, epoch=2)


def test_a_fence_is_durable(firms: Firms, sides: Sides) -> None:
    sides.old.fence(7)
    sides.new.fence(8)
    again = FirestoreDocuments(firms.homes, sides.directory / "old_side.db")
    assert again.accepts() == 7
    again.close()
    assert MoonlandingDocuments(sides.directory / "app.db").accepts() == 8


def test_fencing_the_old_side_waits_for_the_write_under_way(firms: Firms, tmp_path: Path) -> None:
    slow = Slow(firms.homes, tmp_path / "notes.db")
    slow.fence(0)
    path = firms.writable("friday/engagements_chat")[-2]
    patch = Write(path=path, fields={"message": text("just in time")}, key="slow")
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(slow.write, patch, epoch=0)
        assert slow.inside.wait(20)
        fencing = pool.submit(slow.fence, None)
        assert not wait([fencing], timeout=0.2).done
        with pytest.raises(StaleEpochError):  # the next one is refused already
            slow.write(Write(path=path, fields=patch.fields, key="next"), epoch=0)
        slow.may_go_on.set()
        fencing.result(20)
        assert writing.done()
        assert (slow.read(path) or {})["message"] == text("just in time")
    slow.close()


def test_moonlanding_takes_what_it_gives_back_exactly_and_refuses_the_rest(
    firms: Firms, sides: Sides
) -> None:
    sides.new.fence(0)
    written: set[str] = set()
    for collection, field, value in (
        ("friday/engagements_chat", "message", "Ωne line\nand two"),
        ("friday/engagements", "stage", "Finalization"),
        ("friday/engagements", "scope", "Ωne line\nand two"),
        ("friday/engagements_sections", "color", "blue"),
        ("friday/logs", "message", "written"),
    ):
        path = firms.writable(collection)[0]
        patch = Write(path=path, fields={field: text(value)}, key=path)
        sides.new.write(patch, epoch=0)
        written.add(path)
    for path, fields in (
        (firms.writable("friday/users")[0], {"name": text("Nobody")}),
        (firms.writable("friday/engagements")[0], {"stage": text("no such stage")}),
        (firms.writable("friday/clients")[0], {"unheard_of": text("x")}),
        (firms.writable("friday/clients")[0], {"name": {"integerValue": "5"}}),
        (firms.writable("friday/engagements")[0], {"client_id": {"integerValue": "7"}}),
        (firms.writable("friday/engagements")[0], {"previous_year_review_link": text("x")}),
    ):
        before = sides.new.read(path)
        with pytest.raises(CannotCarryError):
            sides.new.write(Write(path=path, fields=fields, key=f"{path} refused"), epoch=0)
        assert sides.new.read(path) == before
    untouched = [path for path in firms.paths if path not in written]
    changed = [one for one in untouched if sides.new.read(one) != _original(firms, one)]
    assert changed == []  # no other document moved


_ORIGINALS: dict[Path, MoonlandingDocuments] = {}


def _original(firms: Firms, path: str) -> Fields | None:
    database = firms.layout.database("100%")
    return _ORIGINALS.setdefault(database, MoonlandingDocuments(database)).read(path)


def test_an_old_side_that_is_away_is_unavailable(tmp_path: Path) -> None:
    home = Home(project="p", database="(default)", emulator="127.0.0.1:1")
    away = FirestoreDocuments({"friday": home}, tmp_path / "notes.db", timeout_seconds=0.5)
    with pytest.raises(UnavailableError):
        away.read("friday/clients/list/c")
    away.close()


def test_a_row_that_was_changed_is_a_mismatch(firms: Firms, sides: Sides) -> None:
    path = firms.writable("friday/engagements_chat")[1]
    sides.new.fence(0)
    sides.new.write(Write(path=path, fields={"message": text("Rogue")}, key="rogue"), epoch=0)

    async def script() -> None:
        router = sides.router("S1 S2 S3", Tools(recheck_seconds=0))
        async with served(router, health_path=path) as client:
            async with client.get(f"/documents/{path}") as answer:
                assert answer.status == 200
            await router.settled()
        [mismatch] = router.measuring.shadow.counts.mismatches
        assert (mismatch.path, mismatch.fields) == (path, ("message",))

    asyncio.run(script())


async def write_some(client: ClientSession, path: str, done: list[tuple[str, str]]) -> None:
    """One writer on its own document; what was acknowledged and by whom, in order."""
    for number in range(WRITES_A_WRITER):
        body = {"fields": {"message": text(f"write {number}")}}
        async with client.patch(f"/documents/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            done.append((answer.headers[BY], f"write {number}"))


async def verb(client: ClientSession, name: str, **query: str) -> None:
    async with client.post(f"/admin/{name}", params=query) as answer:
        assert answer.status == 200, await answer.text()


async def switch(client: ClientSession, router: Router, carry: Carry) -> Row:
    """The thirteen steps, with `carry` in the place of the forward sync."""
    walk(router.control, "S6")
    await verb(client, "reload")  # 1
    await verb(client, "drain", seconds="20")  # 2
    await verb(client, "fence", side="OLD", epoch="none")  # 3
    await asyncio.to_thread(carry)  # 4 to 6
    walk(router.control, "S7")  # 8
    await verb(client, "fence", side="NEW", epoch="1")  # 10
    walk(router.control, "S8")  # 11
    row = walk(router.control, "S8")  # 13
    await verb(client, "reload")
    return row


def test_no_acknowledged_write_is_lost_when_the_gate_drains_under_load(
    firms: Firms, sides: Sides
) -> None:
    paths = firms.writable("friday/engagements_chat")[2 : 2 + CLIENTS]
    sides.old.fence(0)
    acknowledged: dict[str, list[tuple[str, str]]] = {path: [] for path in paths}

    async def script() -> None:
        router = sides.router("S1 S2 S3 S4 S5", Tools(hold_seconds=60, poll_seconds=30))
        async with served(router, health_path=paths[0]) as client:
            writers = [
                asyncio.create_task(write_some(client, path, acknowledged[path])) for path in paths
            ]
            while sum(map(len, acknowledged.values())) < 2 * CLIENTS:
                done, _ = await asyncio.wait(writers, timeout=0.01)
                assert not done, "a writer ended before the switch"
            row = await switch(client, router, Carry(sides, paths))
            assert (row.epoch, row.authority) == (1, "NEW")
            await asyncio.gather(*writers)

    asyncio.run(script())
    for path, done in acknowledged.items():
        assert len(done) == WRITES_A_WRITER
        to_old = [value for side, value in done if side == "OLD"]
        assert (sides.new.read(path) or {})["message"] == text(done[-1][1])
        assert [side for side, _ in done] == ["OLD"] * len(to_old) + ["NEW"] * (12 - len(to_old))
        old = (sides.old.read(path) or {})["message"]
        assert not to_old or old == text(to_old[-1])  # nothing came late
    assert {side for done in acknowledged.values() for side, _ in done} == {"OLD", "NEW"}


def test_the_verb_serves_both_sides_until_it_is_told_to_stop(firms: Firms, tmp_path: Path) -> None:
    layout = Layout(data=tmp_path / "data")
    layout.data.mkdir()
    shutil.copyfile(firms.layout.database("100%"), layout.database("100%"))
    control_in(layout.control.parent, "S1 S2")
    projects = {
        f"MOONLANDING_{system.upper()}_PROJECT": home.project
        for system, home in firms.homes.items()
    }
    address = {"FIRESTORE_EMULATOR_HOST": firms.homes["friday"].emulator}
    with subprocess.Popen(
        command(layout.data, "gateway", "--port", "0"), stdout=subprocess.PIPE, text=True,
        env={**environment(), **projects, **address},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        try:
            asyncio.run(use(said.rpartition(" ")[2].strip(), layout, firms))
        finally:
            process.terminate()
        assert process.wait(30) == 0


async def use(address: str, layout: Layout, firms: Firms) -> None:
    """A read, a write that is fenced, the fence, a write, the health."""
    file = layout.control.with_name("admin.token")
    assert file.stat().st_mode & 0o777 == 0o600
    path = firms.writable("friday/engagements_chat")[-1]
    body = {"fields": {"message": text("through the verb")}}
    async with ClientSession(address, headers={ADMIN: file.read_text().strip()}) as client:
        async with client.get(f"/documents/{path}") as answer:
            assert (answer.status, answer.headers[BY]) == (200, "OLD")
        await verb(client, "fence", side="OLD", epoch="1")
        async with client.patch(f"/documents/{path}", json=body) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        await verb(client, "fence", side="OLD", epoch="0")
        async with client.patch(f"/documents/{path}", json=body) as answer:
            assert answer.status == 200
        async with client.get(f"/documents/{path}") as answer:
            assert (await answer.json())["fields"]["message"] == text("through the verb")
        async with client.get("/healthz") as answer:
            assert (await answer.json())["sides"] == {"OLD": True, "NEW": True}


def test_the_verb_says_what_it_lacks(tmp_path: Path) -> None:
    ended = moonlanding(tmp_path / "data", "gateway", "--port", "0")
    assert ended.returncode == 3
    assert "migrate 100% first" in ended.stderr
