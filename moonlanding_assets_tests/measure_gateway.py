"""Requests a second through the gateway, before both real sides, on the loopback.

    python -m moonlanding_assets_tests.measure_gateway --seconds 5 --clients 16

Reads and writes of chat messages in S5 (reads NEW, writes OLD) and in S8 (both NEW). Gateway,
clients, emulator and database share the machine: ratios, not capacities.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from pathlib import Path

from aiohttp import ClientSession

from moonlanding_assets.parallel.gateway.router import Router, Tools
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.kept_documents import control_in, served
from moonlanding_assets_tests.moving_firm import MovingFirm, moving_firm, sides_of
from moonlanding_assets_tests.syncing import make_rig

STATES = {"S5": ("S1 S2 S3 S4 S5", "OLD", 0), "S8": ("S1 S2 S3 S4 S5 S6 S7 S8 S8", "NEW", 1)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--clients", type=int, default=16)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with official.running(directory / "log.txt") as emulator:
            firm = moving_firm(emulator, make_rig(directory / "firm"), name="speed", seed=1)
            with sides_of(firm, directory) as sides:
                for state in STATES:
                    asyncio.run(_measure(firm, sides, directory / state, state, asked))


async def _measure(
    firm: MovingFirm, sides: dict[str, object], directory: Path, state: str,
    asked: argparse.Namespace,
) -> None:  # fmt: skip
    targets, authority, epoch = STATES[state]
    control = control_in(directory, targets)
    sides[authority].fence(epoch)  # type: ignore[attr-defined]  # both are Documents
    router = Router(control, sides, Tools())  # type: ignore[arg-type]
    paths = [one for one in sorted(firm.old.documents) if "/chat/" in one]
    async with served(router, health_path="friday/settings") as client:
        for verb in ("GET", "PATCH"):
            took = await _loops(client, verb, paths, asked)
            took.sort()
            rate = len(took) / asked.seconds
            p95 = took[int(len(took) * 0.95)] * 1000
            _say(f"{state} {verb:5} {rate:6.0f} a second, p95 {p95:5.0f} ms ({len(took)} requests)")


async def _loops(
    client: ClientSession, verb: str, paths: list[str], asked: argparse.Namespace
) -> list[float]:
    """The seconds of each request; every client has its own documents."""
    took: list[float] = []
    until = time.monotonic() + asked.seconds

    async def loop(lane: int) -> None:
        mine = itertools.cycle(paths[lane :: asked.clients] or paths)
        for number in itertools.count():
            started = time.monotonic()
            if started >= until:
                return
            body = {"fields": {"message": {"stringValue": f"{lane} {number}"}}}
            async with client.request(
                verb, f"/documents/{next(mine)}", json=body if verb == "PATCH" else None
            ) as answer:
                await answer.read()
                if answer.status not in (200, 503):
                    raise AssertionError(f"{verb}: {answer.status}")
                if answer.status == 200:
                    took.append(time.monotonic() - started)

    await asyncio.gather(*(loop(lane) for lane in range(asked.clients)))
    return took


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201, this is a program


if __name__ == "__main__":
    main()
