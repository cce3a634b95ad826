"""Half an hour of real time of the whole: `make soak`. Prints figures; 1 when one is wrong.

The demo firms in the official emulator and in a migrated database; the gateway, the sync and the
monitor as processes of their own, clients that read and write, a drift check each minute, a backup
from time to time. A calm beginning is the baseline, then comes the switch. It ends with 1 when a
criterion was met or has no evidence, a goal was missed, a client saw a 5xx or a reset, a write was
lost, or open files, memory or the write-ahead log grow. 24 hours it is not.
"""

import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

from moonlanding_assets.cutover.soak.monitor import soak_service
from moonlanding_assets.cutover.soak.sample import Sample
from moonlanding_assets.cutover.soak.store import read_samples
from moonlanding_assets.cutover.switch.prechecks import settled
from moonlanding_assets.load.backup import take_backup
from moonlanding_assets.parallel.service.process import running_process
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.kept_documents import walk
from moonlanding_assets_tests.measure_switch import WRONG_WRITES, of_writes
from moonlanding_assets_tests.switch_firm import Firm, chats, firm_in_emulator
from moonlanding_assets_tests.switch_load import Load, Loaded

REQUESTS_A_SECOND = 40.0
CALM_SECONDS = 120.0  # reads from Moonlanding before the switch: the baseline
BACKUP_SECONDS = 600.0
GROWTH = 1.2  # of memory, after the first third
#: Figures that must not grow, and by how much; "sync_" are measured here, the others are sampled.
WATCHED = {
    "gateway_fds": 1.0, "monitor_fds": 1.0, "sync_fds": 1.0, "gateway_rss_bytes": GROWTH,
    "monitor_rss_bytes": GROWTH, "sync_rss_bytes": GROWTH, "wal_bytes": 2.0,
}  # fmt: skip


def soaked(firm: Firm, seconds: float) -> tuple[Loaded, list[dict[str, float]]]:
    """The calm, the switch, what is left of the time; what clients saw, figures of each minute."""
    load = Load(firm.address, chats(firm, 400), rate=REQUESTS_A_SECOND)
    load.start()
    try:
        minutes = [measured(firm)]
        take_backup(firm.layout, "100%", "soak")
        threading.Event().wait(min(CALM_SECONDS, seconds / 5))
        settled(firm.parts, "OLD")
        done = firm.go()
        say(f"switched: the gate was closed for {done.hold_seconds:.2f} s")
        walk(firm.control, "S9")
        minutes += watched(firm, time.monotonic() + seconds)
    finally:
        seen = load.end()
    return seen, minutes


def watched(firm: Firm, end: float) -> list[dict[str, float]]:
    """A drift check and a line a minute, a backup from time to time, until it is over."""
    backed_up, found = time.monotonic(), []
    while (left := end - time.monotonic()) > 0:
        threading.Event().wait(min(60.0, left))
        drift = firm.verb("drift")
        if drift.returncode not in (0, 1):
            say(f"drift: exit code {drift.returncode}: {drift.stderr[-300:]}")
        if time.monotonic() - backed_up >= BACKUP_SECONDS:
            take_backup(firm.layout, "100%", "soak")
            backed_up = time.monotonic()
        found.append(measured(firm))
    return found


def measured(firm: Firm) -> dict[str, float]:
    """What is watched for growth, now; said in a line."""
    samples = read_samples(firm.layout)
    last: Sample | None = samples[-1] if samples else None
    figures = dict(last.figures) if last is not None else {}
    process = running_process(firm.layout)
    if process is not None:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        figures["sync_rss_bytes"] = float(pages * os.sysconf("SC_PAGE_SIZE"))
        figures["sync_fds"] = float(len(os.listdir(f"/proc/{process}/fd")))
    shown = "  ".join(f"{name} {figures[name]:,.0f}" for name in WATCHED if name in figures)
    say(f"{'' if last is None else last.at}  {'' if last is None else last.state}  {shown}")
    return figures


def grown(minutes: list[dict[str, float]]) -> list[str]:
    """The last third against the second.

    Of files the fewest: while the whole file is checked there are some more for a moment.
    """
    third = len(minutes) // 3
    found = []
    for name, most in WATCHED.items():
        extreme = min if name.endswith("_fds") else max
        parts = [minutes[third : 2 * third], minutes[2 * third :]]
        if not all(any(name in one for one in part) for part in parts):
            found.append(f"{name} (not measured)")
            continue
        before, after = (extreme(one[name] for one in part if name in one) for part in parts)
        what = "at most" if extreme is max else "at least"
        say(f"{name}: {what} {before:,.0f} in the second third, {after:,.0f} in the last")
        if after > before * most:
            found.append(name)
    return found


def wrong_criteria(standing: dict[str, Any]) -> list[str]:
    """Criteria and goals that were ever met since the switch, or that nothing was measured for."""
    lines = [*standing["criteria"], *standing["goals"]]
    for one in lines:
        say(f"{one['key']}: {one['now_verdict']} now, {one['failed_samples']} samples failed, "
            f"worst {one['worst']}")  # fmt: skip
    return [
        one["key"]
        for one in lines
        if one["failed_samples"] or (one["now_verdict"] != "PASS" and not _is_later(one))
    ]


def _is_later(one: dict[str, Any]) -> bool:
    """The goal of the first hour cannot be judged after half of it."""
    return bool(one["key"] == "errors_1_hour")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(minutes: float) -> int:
    missing = official.what_is_missing()
    if missing is not None:
        say(missing)
        return 1
    with firm_in_emulator("soak", scale=scale_of("800")) as firm:
        started = firm.verb("soak", "start", "--gateway", firm.address)
        say(started.stdout.strip() or started.stderr.strip())
        try:
            seen, figures = soaked(firm, minutes * 60)
            standing = json.loads(firm.verb("soak", "status", "--json").stdout)
            say(firm.verb("soak", "status").stdout)
            say(firm.verb("soak", "report").stdout)
            kept = os.environ.get("MOONLANDING_SOAK_REPORT")
            for file in firm.layout.parallel.glob("soak.[jh]*") if kept else ():
                shutil.copy(file, str(kept))
        finally:
            soak_service(firm.layout).stop(wait_seconds=30)
        samples = len(read_samples(firm.layout))
        writes = of_writes(firm, seen)
    wrong = [*grown(figures), *wrong_criteria(standing)]
    wrong += [name for name in WRONG_WRITES if writes[name]]
    wrong += [name for name in ("faults", "resets") if getattr(seen, name)]
    answers = ", ".join(f"{count:,} x {code}" for code, count in sorted(seen.statuses.items()))
    say(f"{samples} samples; answers: {answers}; resets: {seen.resets}; {writes}")
    say(f"wrong: {', '.join(wrong) or 'nothing'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0))
