"""Shadow reads on the demo firms while they change: how many, of which endpoint, what differed.

    python -m moonlanding_assets_tests.measure_shadow --reads 10000 --changes 10

The official emulator, the forward sync, and a gateway in S3, on the loopback. A second look is
taken when Moonlanding has applied what was changed before it, so the figure does not depend on how
busy the machine is (the gateway itself waits 5 s). Ends with 1 when a read still differed.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from moonlanding_assets.parallel.gateway.evidence import described
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.gateway.report import lines_of
from moonlanding_assets.parallel.gateway.router import Tools
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.kept_documents import served
from moonlanding_assets_tests.moving_firm import (
    MovingFirm,
    ask_all,
    changing,
    followed,
    moving_firm,
    shadowing,
    sides_of,
    until_followed,
)
from moonlanding_assets_tests.syncing import make_rig


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=10_000, help="that are compared, at least")
    parser.add_argument("--least", type=int, default=50, help="of each endpoint")
    parser.add_argument("--changes", type=float, default=10.0, help="of documents a second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with official.running(directory / "log.txt") as emulator:
            rig = make_rig(directory / "firm")
            firm = moving_firm(emulator, rig, name="measured", seed=1)
            with followed(firm), sides_of(firm, directory) as sides:
                mismatches = asyncio.run(_measure(firm, sides, directory, asked))
    sys.exit(1 if mismatches else 0)


async def _measure(
    firm: MovingFirm, sides: dict[str, object], directory: Path, asked: argparse.Namespace
) -> int:
    new = sides["NEW"]
    assert isinstance(new, MoonlandingDocuments)
    router = shadowing(
        firm, sides, directory, Tools(pause=until_followed(firm, new), poll_seconds=30)
    )
    started = time.monotonic()
    async with served(router, health_path="friday/settings") as client:
        with changing(firm, changes_a_second=asked.changes):
            await ask_all(client, router, firm, compared=asked.reads, least=asked.least)
    seconds = time.monotonic() - started
    counts = router.measuring.shadow.counts
    _say(f"{seconds:.0f} s, {firm.changes:,} changes of documents meanwhile")
    shadow = {**described(counts), "evidence": counts.evidence()}
    for line in lines_of({"shadow": shadow, "canary": None}):
        _say(line)
    return counts.evidence()["shadow_mismatches"]


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201, this is a program


if __name__ == "__main__":
    main()
