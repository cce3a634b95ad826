"""How fast drift checks are, and how much memory they take: the verb, on the official emulator.

    python -m moonlanding_assets_tests.measure_drift --documents 4000 --changes 300

Prints one line a figure. The emulator looks at all its documents for each query, so its rates fall
with the size of the database; Firestore's do not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from moonlanding_assets.parallel.forward.reading import missed
from moonlanding_assets.parallel.service.opening import open_sync
from moonlanding_assets.parallel.service.source_reading import live_readings
from moonlanding_assets.settings import Layout, read_settings
from moonlanding_assets.synthetic.scale import Scale
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests.sync_service_kit import (
    People,
    Projects,
    make_data,
    old_systems,
)

# Of its own memory the process itself must tell: what wait4 says includes its parent's.
_CHILD = """
import sys, time
from moonlanding_assets.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    sys.exit(ended.code) if ended.code else None
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(f"{time.process_time():.1f}", peak, file=sys.stderr)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=4000, help="of both systems together")
    parser.add_argument("--changes", type=int, default=300, help="made before the second check")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        half = asked.documents // 2
        layout = make_data(directory / "data", scale=Scale(friday=half, mwr=half))
        with official.running(directory / "log.txt") as emulator:
            projects = Projects(emulator, "measured")
            projects.fill(layout)
            people = People(projects, old_systems(layout, 1))
            _say("all", layout, projects, "--all")
            people.work(asked.changes)
            _carry(layout, projects)
            _say(f"changed, {asked.changes} changes", layout, projects, "--changed")
            people.close()


def _carry(layout: Layout, projects: Projects) -> None:
    """What the sync does, by one whole reading."""
    live = read_settings(projects.environment()).live
    with live_readings(live) as old, closing(open_sync(layout)) as sync, closing(sync.present):
        for system, one in old.items():
            moment = one.moment()
            found = missed(sync.present, one.documents(moment), system=system, read_time_us=moment)
            sync.apply(list(found))


def _say(what: str, layout: Layout, projects: Projects, *words: str) -> None:
    data = ("--data", str(layout.data))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *data, "drift", *words, "--json"],
        env={**os.environ, **projects.environment()}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = json.loads(done.stdout)
    cpu_seconds, peak = done.stderr.splitlines()[-1].split()
    rate = said["compared"] / said["seconds"]
    print(  # noqa: T201  (its output)
        f"{what}: {said['compared']} documents in {said['seconds']:.2f} s, {rate:.0f} a second, "
        f"{said['confirmed']} confirmed, {cpu_seconds} s of CPU with its start, "
        f"{int(peak) // 1024} MB"
    )


if __name__ == "__main__":
    main()
