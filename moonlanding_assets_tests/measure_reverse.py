"""Back after many writes in Moonlanding: how long it takes, and that none is lost.

    python -m moonlanding_assets_tests.measure_reverse --writes 10000

Demo firms in the emulator, sync and gateway as processes of their own. Clients write through the
gateway, in S8, until so many writes are acknowledged; then the reverse switch begins, prechecks and
all. Prints one JSON object; ends with 1 unless nothing is lost and it took less than five minutes.
"""

import argparse
import json
import sys
import time

from moonlanding_assets.cutover.switch.prechecks import settled
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets_tests.measure_switch import WRONG_WRITES, of_writes
from moonlanding_assets_tests.switch_firm import Firm, chats, firm_in_emulator
from moonlanding_assets_tests.switch_load import WRITES, Load
from moonlanding_assets_tests.sync_service_kit import until

LIMIT_SECONDS = 300.0


def reversed_after(firm: Firm, *, writes: int, rate: float) -> dict[str, object]:
    """So many writes in Moonlanding, then the way back; the figures."""
    settled(firm.parts, "OLD")
    firm.go()
    before = firm.fences.noted_writes("NEW")
    load = Load(firm.address, chats(firm, 400), rate=rate)
    load.start()
    began = time.monotonic()
    limit = time.monotonic() + 10 * writes / (rate * WRITES) + 60
    until(
        lambda: firm.fences.noted_writes("NEW") - before >= writes or time.monotonic() > limit,
        "so many writes",
    )
    seen = load.end()
    written = time.monotonic()
    checks = settled(firm.parts, "NEW")
    done = firm.reverse()
    ended = time.monotonic()
    return {
        "writes_in_moonlanding": firm.fences.noted_writes("NEW") - before,
        "writing_seconds": round(written - began, 1),
        "kept_pace_after_seconds": round(ended - written - done.hold_seconds, 1),
        "prechecks": {one.name: one.found for one in checks},
        "hold_seconds": round(done.hold_seconds, 3),
        "reverse_seconds": round(ended - written, 1),
        "state": done.state,
        **of_writes(firm, seen),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=250.0, help="requests a second meanwhile")
    parser.add_argument("--documents", default="800", help="of both systems together")
    asked = parser.parse_args()
    with firm_in_emulator("reverse", scale=scale_of(asked.documents)) as firm:
        found = reversed_after(firm, writes=asked.writes, rate=asked.rate)
    wrong = [name for name in WRONG_WRITES if found[name]]
    took = found["reverse_seconds"]
    if not isinstance(took, float) or took >= LIMIT_SECONDS:
        wrong.append("reverse_seconds")
    sys.stdout.write(f"{json.dumps({**found, 'bounds_broken': wrong}, indent=2)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
