"""A rehearsal under load: switches forward and back while people read and write.

    python -m moonlanding_assets_tests.measure_switch --switches 200 --rate 200

Demo firms in the emulator, sync and gateway as processes of their own, all on this machine. Prints
one JSON object; the exit code is 1 unless every bound holds. Counts are exact, times are of this
machine as loaded as it is.
"""

import argparse
import json
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moonlanding_assets.cutover.switch.figures import figures_of, seen_before
from moonlanding_assets.cutover.switch.pace import Patience
from moonlanding_assets.cutover.switch.prechecks import settled
from moonlanding_assets.errors import SwitchAborted
from moonlanding_assets.parallel.gateway.serving import NOTES_FILE
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets_tests.switch_firm import Firm, chats, firm_in_emulator, waited
from moonlanding_assets_tests.switch_load import Load, Loaded
from moonlanding_assets_tests.sync_service_kit import until

BETWEEN_SECONDS = 0.5
CALM_SECONDS = 10.0
SETTLE_SECONDS = 60.0
HEADROOM = 1.05  # asked for, so that the rate holds although clients start and end one by one
WRONG_WRITES = (  # figures of `of_writes`, each of which must be 0
    "acknowledged_writes_lost", "writes_done_on_both_sides", "last_values_that_differ",
    "documents_that_differ", "conflicts",
)  # fmt: skip
HOLD_P99_SECONDS, HOLD_MAX_SECONDS = 1.0, 2.0


@dataclass
class Rehearsed:
    """What the switches came to. late: writes that a side took after it had been switched away."""

    switches: int = 0
    aborted: list[str] = field(default_factory=list)
    holds: list[float] = field(default_factory=list)
    gateway_holds: list[float] = field(default_factory=list)
    late_writes: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)


def rehearse(firm: Firm, *, switches: int, rate: float) -> dict[str, Any]:
    """So many switches, forward and back in turn, under load; the figures."""
    load = Load(firm.address, chats(firm, 400), rate=rate * HEADROOM)
    load.start()
    done = Rehearsed()
    waited(BETWEEN_SECONDS * 2)
    try:
        while done.switches < switches:
            _switch(firm, done)
            waited(BETWEEN_SECONDS)
            if len(done.aborted) > switches:
                break
    finally:
        seen = load.end()
    return {**_of_load(seen), **_of_switches(done), **of_writes(firm, seen)}


def _switch(firm: Firm, done: Rehearsed) -> None:
    """One, and the writes that came after it on the side that is left."""
    before = seen_before(firm.layout, firm.parts)
    settled(firm.parts, before.side, Patience(limit_seconds=CALM_SECONDS))  # as before every switch
    try:
        switched = firm.go() if before.side == "OLD" else firm.reverse()
    except SwitchAborted as aborted:
        done.aborted.append(str(aborted))
        return
    done.switches += 1
    done.holds.append(switched.hold_seconds)
    for name, seconds in switched.seconds.items():
        done.seconds.setdefault(name, []).append(seconds)
    waited(BETWEEN_SECONDS)
    figures = figures_of(firm.layout, firm.parts, before)
    done.late_writes += figures["late_writes"]
    done.gateway_holds.append(figures.get("hold_max_seconds", 0.0))


def _of_load(seen: Loaded) -> dict[str, Any]:
    times = sorted(seen.write_seconds)
    return {
        "requests": seen.requests,
        "requests_a_second": round(seen.rate, 1),
        "seconds": round(seen.ended_at - seen.began_at, 1),
        "statuses": {str(status): count for status, count in sorted(seen.statuses.items())},
        "faults_5xx": seen.faults,
        "resets": seen.resets,
        "writes_acknowledged": len(seen.keys),
        "write_p95_seconds": round(quantile(times, 0.95), 3),
        "write_max_seconds": round(quantile(times, 1.0), 3),
    }


def _of_switches(done: Rehearsed) -> dict[str, Any]:
    return {
        "switches": done.switches,
        "aborted": len(done.aborted),
        "aborted_because": sorted(set(done.aborted))[:5],
        "late_writes": done.late_writes,
        "hold_p50_seconds": round(quantile(sorted(done.holds), 0.50), 3),
        "hold_p99_seconds": round(quantile(sorted(done.holds), 0.99), 3),
        "hold_max_seconds": round(quantile(sorted(done.holds), 1.0), 3),
        "write_waited_max_seconds": round(max(done.gateway_holds, default=0.0), 3),
        "step_p50_seconds": {
            name: round(quantile(sorted(times), 0.5), 3) for name, times in done.seconds.items()
        },
        "step_max_seconds": {name: round(max(times), 3) for name, times in done.seconds.items()},
    }


def of_writes(firm: Firm, seen: Loaded) -> dict[str, Any]:
    """Lost: a key that neither side noted, or a last text that a side does not hold at rest."""
    end = time.monotonic() + SETTLE_SECONDS
    until(lambda: _differ(firm, seen) == 0 or time.monotonic() > end, "both sides at rest")
    noted = _noted(firm)
    lost = [key for key, side, _ in seen.keys if key not in noted[_side(side)]]
    twice = noted["OLD"] & noted["NEW"]
    return {
        "acknowledged_writes_lost": len(lost),
        "writes_done_on_both_sides": len(twice),
        "last_values_that_differ": _differ(firm, seen),
        "documents_that_differ": firm.parts.streams.drift(),
        "conflicts": firm.parts.streams.conflicts(),
    }


def _side(text: str) -> Side:
    return "OLD" if text == "OLD" else "NEW"


def _differ(firm: Firm, seen: Loaded) -> int:
    wrong = 0
    for path, text in seen.acknowledged.items():
        for side in firm.fences.sides.values():
            held = (side.read(path) or {}).get("message", {}).get("stringValue")
            wrong += held != text
    return wrong


def _noted(firm: Firm) -> dict[Side, set[str]]:
    found: dict[Side, set[str]] = {}
    files: dict[Side, Path] = {
        "OLD": firm.layout.parallel / NOTES_FILE, "NEW": firm.layout.database("100%"),
    }  # fmt: skip
    for side, file in files.items():
        with closing(sqlite3.connect(file)) as connection:
            found[side] = {str(key) for (key,) in connection.execute("SELECT key FROM sync_writes")}
    return found


def quantile(ordered: list[float], share: float) -> float:
    """Of sorted figures; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def broken(figures: dict[str, Any], *, rate: float) -> list[str]:
    """The bounds that do not hold."""
    nothing = ("faults_5xx", "resets", "late_writes", "aborted", *WRONG_WRITES)
    found = [name for name in nothing if figures[name]]
    if figures["hold_p99_seconds"] > HOLD_P99_SECONDS:
        found.append("hold_p99_seconds")
    if figures["hold_max_seconds"] > HOLD_MAX_SECONDS:
        found.append("hold_max_seconds")
    if figures["requests_a_second"] < rate:
        found.append("requests_a_second")
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--switches", type=int, default=200, help="forward and back in turn")
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--documents", default="800", help="of both systems together")
    asked = parser.parse_args()
    with firm_in_emulator("rehearsal", scale=scale_of(asked.documents)) as firm:
        figures = rehearse(firm, switches=asked.switches, rate=asked.rate)
    wrong = broken(figures, rate=asked.rate)
    sys.stdout.write(f"{json.dumps({**figures, 'bounds_broken': wrong}, indent=2)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
