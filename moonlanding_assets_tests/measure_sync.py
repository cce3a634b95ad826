"""How far the sync is behind, and how soon it is in step after losses: on the official emulator.

    python -m moonlanding_assets_tests.measure_sync --documents 800 --seconds 30

Prints one line a figure, with the processor seconds that it took: those of this process (the sync),
and those of the emulator. First people do a day's work (office.py) in a process of their own, so
many changes a second, while the sync follows: the lag of each change, from its time at the server
to its rows. Then, of as many changes, three in ten are lost behind the listener, the others come
ten times and in any order within a thousand; a whole reading finds the rest. The clock runs from
the last change to both sides being equal. --worst N adds N changes of the kind that concerns
hundreds of documents each (syncing.py), as fast as people can write them.
"""

import argparse
import os
import random
import tempfile
import threading
import time
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from moonlanding_assets.live_settings import Live
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.service.following import Following
from moonlanding_assets.parallel.service.opening import follow_live, open_sync
from moonlanding_assets.parallel.service.whole_readings import WholeReading
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.office import Office
from moonlanding_assets_tests.sync_service_kit import People, Projects, make_data, old_systems
from moonlanding_assets_tests.syncing import OldSystems, raw

CHANGES_A_SECOND = 50
LOST = 0.3
COPIES = 10
WINDOW = 1000
QUIET_SECONDS = 2.0


@dataclass
class Lossy(Following):
    """A following whose events are lost, repeated and out of order before they are applied."""

    chance: random.Random = field(default_factory=random.Random)
    is_lossy: bool = False
    lost: int = 0
    _held: list[Event] = field(default_factory=list)

    def _events(self, found: dict[str, WholeReading]) -> list[Event]:
        came = super()._events(found)
        if not self.is_lossy:
            came += self._held
            self._held = []
            return came
        kept = [one for one in came if self.chance.random() >= LOST]
        self.lost += len(came) - len(kept)
        self._held += kept * COPIES
        self.chance.shuffle(self._held)
        gone, self._held = self._held[WINDOW:], self._held[:WINDOW]
        return gone


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", default="800", help="of both systems together")
    parser.add_argument("--seconds", type=int, default=30, help="of work")
    parser.add_argument("--worst", type=int, default=0, help="changes of the other kind, too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with official.running(directory / "log.txt", heap="4g") as emulator:
            layout = make_data(directory / "data", scale=scale_of(asked.documents))
            projects = Projects(emulator, "measured")
            projects.fill(layout)
            documents = old_systems(layout, 1).documents
            people = People(projects, Office(random.Random(1), documents))
            _say(f"{len(documents):,} documents in two projects of the emulator")
            _measure(layout, projects, people, asked)
            people.close()


def _measure(layout: Layout, projects: Projects, people: People, asked: argparse.Namespace) -> None:
    used = Used(projects.emulator.pid)
    live = Live(
        friday_project=projects.project("friday"), mwr_project=projects.project("mwr"),
        emulator=projects.emulator.address,
    )  # fmt: skip
    with open_sync(layout) as sync:
        made = follow_live(sync, live)
        following = Lossy(sync, made.queue, made.systems, chance=random.Random(1))
        started = time.monotonic()
        following.start()
        _say(f"started in {time.monotonic() - started:.1f} s (every row compared); {used}")
        try:
            _until_quiet(following)
            _say(f"everything listed; {used}")
            _lag(following, people, asked.seconds, used)
            _convergence(following, people, asked.seconds, used)
            if asked.worst:
                _worst(following, people, asked.worst, used)
        finally:
            following.stop()
            sync.present.close()


def _lag(following: Lossy, people: People, seconds: int, used: "Used") -> None:
    following.lag.latest.clear()
    took = _work(following, people, seconds)
    _until_quiet(following)
    figures = (following.lag.quantile(share) or 0.0 for share in (0.50, 0.95, 0.99))
    p50, p95, p99 = figures
    _say(
        f"lag at {seconds * CHANGES_A_SECOND / took:.0f} changes a second: p50 {p50:.2f} s, "
        f"p95 {p95:.2f} s, p99 {p99:.2f} s ({len(following.lag.latest):,} events); {used}"
    )


def _convergence(following: Lossy, people: People, seconds: int, used: "Used") -> None:
    following.is_lossy = True
    _work(following, people, seconds)
    following.is_lossy = False
    started = time.monotonic()
    there = {path: raw(path, one).sha256 for path, one in people.old.documents.items()}
    found = 0
    while _held(following) != there:
        found += sum(len(following.read_whole(system)) for system in SYSTEMS)
        following.step()
    _say(
        f"in step {time.monotonic() - started:.1f} s after the last change: {following.lost:,} of "
        f"{seconds * CHANGES_A_SECOND:,} changes were lost, the others came {COPIES} times, out of "
        f"order within {WINDOW:,}; whole readings brought {found:,} documents; {used}"
    )
    _until_quiet(following)
    _say(f"rows that a fresh migration would make otherwise: {_wrong(following)}; {used}")


def _worst(following: Lossy, people: People, changes: int, used: "Used") -> None:
    people.old = OldSystems(people.old.chance, people.old.documents)
    following.lag.latest.clear()
    worker = threading.Thread(target=people.work, args=(changes,), daemon=True)
    started = time.monotonic()
    worker.start()
    following.run(until=lambda: not worker.is_alive())
    wrote = time.monotonic() - started
    _until_quiet(following)
    _say(
        f"{changes:,} changes that concern many documents each, written in {wrote:.1f} s: lag "
        f"p95 {following.lag.quantile(0.95) or 0.0:.2f} s; wrong rows: {_wrong(following)}; {used}"
    )


def _wrong(following: Lossy) -> int:
    return len(following.sync.sweep(is_repair=False))


@dataclass
class Used:
    """As a text: the processor seconds since the last time, of this process and the emulator."""

    pid: int
    _before: tuple[float, float] = (0.0, 0.0)

    def __str__(self) -> str:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        now = time.process_time(), ticks / os.sysconf("SC_CLK_TCK")
        ours, theirs = (new - old for new, old in zip(now, self._before, strict=True))
        self._before = now
        return f"processor {ours:.1f} s here, {theirs:.1f} s in the emulator"


def _work(following: Lossy, people: People, seconds: int) -> float:
    """People work while the sync follows, in a process of their own; the seconds they took."""
    ours, theirs = Pipe()
    worker = get_context("spawn").Process(
        target=_paced, args=(people.projects, people.old, seconds, theirs), daemon=True
    )
    worker.start()
    following.run(until=ours.poll)  # until they are ready
    ours.recv()
    started = time.monotonic()
    ours.send("begin")
    following.run(until=ours.poll)
    took = time.monotonic() - started
    people.old = ours.recv()
    worker.join()
    return took


def _paced(projects: Projects, old: OldSystems, seconds: int, line: "Connection[Any, Any]") -> None:
    people, pause = People(projects, old), threading.Event()
    line.send("ready")
    line.recv()
    started = time.monotonic()
    for number in range(CHANGES_A_SECOND * seconds):
        pause.wait(max(0.0, started + number / CHANGES_A_SECOND - time.monotonic()))
        people.work(1)
    people.close()
    line.send(people.old)


def _until_quiet(following: Lossy) -> None:
    last = time.monotonic()

    def is_quiet() -> bool:
        nonlocal last
        if not following.queue.empty():
            last = time.monotonic()
        return following.is_current and time.monotonic() - last > QUIET_SECONDS

    following.run(until=is_quiet)


def _held(following: Lossy) -> dict[str, str]:
    known = following.sync.present.documents()
    return {one.path: one.sha256 for one in known if one.fields is not None}


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201, this is a program


if __name__ == "__main__":
    main()
