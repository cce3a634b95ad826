"""Half an hour of real time before a real gateway: `make soak`. Prints figures; 1 when one grows.

The demo firms in the official emulator and in a migrated database, the gateway and the monitor as
processes of their own, people who read and write, a backup from time to time. No stream back runs
and no drift is checked, so these two criteria have no evidence; 24 hours it is not.
"""

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout

from moonlanding_assets.cutover.soak.monitor import soak_service
from moonlanding_assets.cutover.soak.sample import Sample
from moonlanding_assets.cutover.soak.store import read_samples
from moonlanding_assets.load.backup import take_backup
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.gateway.watched import ADMIN
from moonlanding_assets.progress import Silent
from moonlanding_assets.schema.sync import SYNC_TABLES
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_loading import fill
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.kept_documents import control_in, walk
from moonlanding_assets_tests.migrated_demo import migrate_fraction, snapshots_of_demo
from moonlanding_assets_tests.real.command import command, environment
from moonlanding_assets_tests.real.gateway_firms import documents_of

CLIENTS = 8
REQUESTS_A_SECOND = 40.0
WRITE_SHARE = 0.2
CALM_SECONDS = 120.0  # reads from Moonlanding before the switch: the baseline
BACKUP_SECONDS = 600.0
GROWTH = 1.2  # of memory, after the first third


class People:
    """Clients that read and write through the gateway until they are told to stop."""

    def __init__(self, session: ClientSession, paths: list[str], writable: list[str]) -> None:
        self.session, self.paths, self.writable = session, paths, writable
        self.is_over = asyncio.Event()
        self.statuses: dict[int, int] = {}

    async def live(self, number: int) -> None:
        chance = random.Random(number)
        while not self.is_over.is_set():
            try:
                await self._ask(chance)
            except OSError:
                self.statuses[0] = self.statuses.get(0, 0) + 1
            try:
                await asyncio.wait_for(self.is_over.wait(), CLIENTS / REQUESTS_A_SECOND)
            except TimeoutError:
                continue

    async def _ask(self, chance: random.Random) -> None:
        if chance.random() < WRITE_SHARE:
            value = {"stringValue": f"message {chance.randrange(10**6)}"}
            path = f"/documents/{chance.choice(self.writable)}"
            asking = self.session.patch(path, json={"fields": {"message": value}})
        else:
            asking = self.session.get(f"/documents/{chance.choice(self.paths)}")
        async with asking as answer:
            await answer.read()
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1


@contextmanager
def gateway_of(layout: Layout, extra: dict[str, str]) -> Iterator[str]:
    """The address of a gateway in a process of its own."""
    with subprocess.Popen(
        command(layout.data, "gateway", "--port", "0"), stdout=subprocess.PIPE, text=True,
        env={**environment(), **extra},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield process.stdout.readline().rpartition(" ")[2].strip()
        finally:
            process.terminate()


def prepared(room: Path, emulator: official.FirestoreEmulator) -> tuple[Layout, dict[str, str]]:
    """Both sides filled, the row in S5."""
    layout = snapshots_of_demo(room / "data")
    migrate_fraction(layout, "100%")
    with closing(sqlite3.connect(layout.database("100%"))) as connection:
        for statement in SYNC_TABLES.values():  # as the forward sync leaves them
            connection.execute(statement)
    extra = {"FIRESTORE_EMULATOR_HOST": emulator.address}
    for system in SYSTEMS:
        project = f"demo-soak-{system}"
        home = Home(project=project, database="(default)", emulator=emulator.address)
        fill(documents_of(layout, system), home, progress=Silent())
        extra[f"MOONLANDING_{system.upper()}_PROJECT"] = project
    control_in(layout.parallel, "S1 S2 S3 S4 S5", percent=100)
    return layout, extra


async def soak(layout: Layout, address: str, seconds: float) -> dict[int, int]:
    """The people live; after a while the switch, then what is left of the time."""
    with reading(layout.database("100%")) as connection:
        found = connection.execute("SELECT path, collection FROM migration_documents").fetchall()
    paths = sorted(path for path, _ in found)
    writable = sorted(path for path, name in found if name == "friday/engagements_chat")
    token = {ADMIN: (layout.control.with_name("admin.token")).read_text().strip()}
    async with ClientSession(address, headers=token, timeout=ClientTimeout(30)) as session:
        await verb(session, "fence", side="OLD", epoch="0")
        people = People(session, paths, writable)
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(people.live(number))
            await asyncio.sleep(min(CALM_SECONDS, seconds / 5))
            await switch(session, layout)
            await watched(layout, seconds)
            people.is_over.set()
    return people.statuses


async def switch(session: ClientSession, layout: Layout) -> None:
    """Authority to Moonlanding, without a catch-up: nobody writes in this moment."""
    control = control_in(layout.parallel, "S6")
    await verb(session, "reload")
    await verb(session, "drain", seconds="20")
    await verb(session, "fence", side="OLD", epoch="none")
    walk(control, "S7")
    await verb(session, "fence", side="NEW", epoch="1")
    walk(control, "S8 S8 S9")
    await verb(session, "reload")


async def verb(session: ClientSession, name: str, **query: str) -> None:
    async with session.post(f"/admin/{name}", params=query) as answer:
        assert answer.status == 200, name


async def watched(layout: Layout, seconds: float) -> None:
    """A line a minute, a backup from time to time, until it is over."""
    loop = asyncio.get_running_loop()
    end, backed_up = loop.time() + seconds, float("-inf")
    while loop.time() < end:
        if loop.time() - backed_up >= BACKUP_SECONDS:
            await asyncio.to_thread(take_backup, layout, "100%", "soak")
            backed_up = loop.time()
        await asyncio.sleep(min(60.0, max(end - loop.time(), 0.0)))
        samples = await asyncio.to_thread(read_samples, layout)
        if samples:
            say(line(samples[-1]))


def line(one: Sample) -> str:
    """What is watched for growth."""
    shown = (
        "gateway_fds", "gateway_rss_bytes", "monitor_fds", "monitor_rss_bytes", "wal_bytes",
        "database_bytes",
    )  # fmt: skip
    figures = "  ".join(f"{name} {one.figures.get(name, float('nan')):,.0f}" for name in shown)
    return f"{one.at}  {one.state}  {figures}"


def grown(samples: tuple[Sample, ...]) -> list[str]:
    """Open files and memory of both processes: the last third against the second.

    Of files the fewest: while the whole file is checked there are some more for a moment.
    """
    third = len(samples) // 3
    found = []
    for name, most, extreme in (
        ("gateway_fds", 1.0, min), ("monitor_fds", 1.0, min), ("gateway_rss_bytes", GROWTH, max),
        ("monitor_rss_bytes", GROWTH, max), ("wal_bytes", 2.0, max),
    ):  # fmt: skip
        parts = [samples[third : 2 * third], samples[2 * third :]]
        before, after = (extreme(one.figures.get(name, 0.0) for one in part) for part in parts)
        what = "at most" if extreme is max else "at least"
        say(f"{name}: {what} {before:,.0f} in the second third, {after:,.0f} in the last")
        if after > before * most:
            found.append(name)
    return found


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(minutes: float) -> int:
    missing = official.what_is_missing()
    if missing is not None:
        say(missing)
        return 1
    with tempfile.TemporaryDirectory() as name, official.running(Path(name) / "log") as emulator:
        layout, extra = prepared(Path(name), emulator)
        with gateway_of(layout, extra) as address:
            started = ["soak", "start", "--gateway", address]
            subprocess.run(command(layout.data, *started), check=True, env=environment())
            try:
                statuses = asyncio.run(soak(layout, address, minutes * 60))
                subprocess.run(
                    command(layout.data, "soak", "status"), check=True, env=environment()
                )
                subprocess.run(
                    command(layout.data, "soak", "report"), check=True, env=environment()
                )
                kept = os.environ.get("MOONLANDING_SOAK_REPORT")
                for file in layout.parallel.glob("soak.[jh]*") if kept else ():
                    shutil.copy(file, str(kept))
            finally:
                soak_service(layout).stop(wait_seconds=30)
            samples = read_samples(layout)
        answers = ", ".join(f"{count:,} x {code}" for code, count in sorted(statuses.items()))
        say(f"{len(samples)} samples; answers: {answers} (0: no answer)")
        growing = grown(samples)
        say(f"grew: {', '.join(growing) or 'nothing'}")
        return 1 if growing or any(code == 0 or code >= 500 for code in statuses) else 0


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0))
