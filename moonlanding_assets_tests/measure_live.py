"""How fast live reading is, how soon it goes on, how it bears faults: on the official emulator.

    python -m moonlanding_assets_tests.measure_live --documents 10000 --schedules 40

Prints one line a figure. The emulator looks at all its documents for each query, so its rates fall
with the size of the database; Firestore's do not.
"""

import argparse
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from moonlanding_assets.live_settings import Live
from moonlanding_assets.progress import Silent
from moonlanding_assets.source.firestore import open_live
from moonlanding_assets.source.snapshot import build_snapshot
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets_tests import emulator as official
from moonlanding_assets_tests import fault_proxy as faults
from moonlanding_assets_tests.fault_schedules import Place, Schedule, read_by
from moonlanding_assets_tests.live_kit import Lines, mwr

PAGE_SIZES = (300, 1000, 5000)


class StopAfter:
    """A progress that stops the run once so many documents have passed."""

    def __init__(self, documents: int) -> None:
        self.left = documents

    def advance(self, documents: int) -> None:
        """Count, and stop when there are enough."""
        self.left -= documents
        if self.left <= 0:
            raise KeyboardInterrupt


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=5000, help="of both systems together")
    parser.add_argument("--schedules", type=int, default=0, help="of random faults")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with official.running(directory / "log.txt") as emulator:
            live = _filled(emulator, directory, asked.documents)
            for page_size in PAGE_SIZES:
                _rate(Live(**{**vars(live), "page_size": page_size}), directory / f"{page_size}")
            _resumed(Live(**{**vars(live), "page_size": 300}), directory / "resumed")
            if asked.schedules:
                _schedules(emulator, directory / "faults", asked.schedules)


def _filled(emulator: official.FirestoreEmulator, directory: Path, documents: int) -> Live:
    size = scale_of(str(documents))
    report = write_demo(directory / "demo", scale=size, seed=1, progress=Silent())
    for system, export in report.directories.items():
        emulator.import_(f"demo-{system}", export / "export.overall_export_metadata")
    total = sum(report.documents.values())
    _say(f"emulator with {total:,} documents (both systems), {official.find_jar()}")
    return Live(
        friday_project="demo-friday", mwr_project="demo-mwr", emulator=emulator.address, parallel=1
    )


def _rate(live: Live, directory: Path) -> None:
    started = time.monotonic()
    with open_live("friday", live, directory, say=Lines()) as source:
        opened = time.monotonic()
        manifest = build_snapshot(source, directory, progress=Silent())
        source.finish(manifest)
    ended = time.monotonic()
    _say(
        f"pages of {live.page_size}: {manifest.documents / (ended - opened):,.0f} documents a "
        f"second, Parquet included ({manifest.documents:,} of friday in {ended - opened:.2f} s, "
        f"after {opened - started:.2f} s of counting)"
    )


def _resumed(live: Live, directory: Path) -> None:
    with (
        suppress(KeyboardInterrupt),
        open_live("friday", live, directory, say=Lines()) as source,
    ):
        build_snapshot(source, directory, progress=StopAfter(source.documents_left // 2))
    started = time.monotonic()
    with open_live("friday", live, directory, say=Lines()) as source:
        opened = time.monotonic()
        left = source.documents_left
        manifest = build_snapshot(source, directory, progress=Silent())
    ended = time.monotonic()
    _say(
        f"resumed in {opened - started:.2f} s ({manifest.documents - left:,} of "
        f"{manifest.documents:,} documents kept), whole in {ended - started:.2f} s"
    )


def _schedules(emulator: official.FirestoreEmulator, directory: Path, number: int) -> None:
    outcomes: Counter[str] = Counter()
    happened: Counter[str] = Counter()
    started = time.monotonic()
    with faults.running(emulator.address) as proxy:
        place = Place("demo-faults", emulator.address, proxy, mwr(size=16))
        place.restore()
        for seed in range(number):
            schedule = Schedule(seed, place)
            outcome, found = read_by(place, schedule, directory / f"{seed}", seed)
            if outcome == "exact" and found != place.wanted:
                outcome = "WRONG"
            outcomes[outcome] += 1
            happened += schedule.happened
    seconds = time.monotonic() - started
    _say(f"{number} schedules in {seconds:.0f} s: {dict(outcomes)}; faults: {dict(happened)}")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201, this is a program


if __name__ == "__main__":
    main()
