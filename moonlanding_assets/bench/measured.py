"""Where one size is measured: its exports, its data directories, and one run of a stage there.

Each stage runs in a process of its own that is watched from outside. Keeps nothing.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from moonlanding_assets.bench.catalogue import PREPARATIONS, STAGING
from moonlanding_assets.bench.job import Stage
from moonlanding_assets.bench.processes import Ran, run_watched
from moonlanding_assets.bench.result import Run
from moonlanding_assets.console.watch import Watch
from moonlanding_assets.console.work import has_demo_data
from moonlanding_assets.settings import SYSTEMS, Layout

_HIDDEN = ("DAGSTER_HOME", "MOONLANDING_")


class Place:
    """The directory of one size; every stage has its data in the one of its home below."""

    def __init__(self, home: Path, workers: int, watch: Watch) -> None:
        self.home = home
        self.watch = watch
        self._workers = workers

    def make_exports(self, *, documents: int, seed: int) -> None:
        """Exports of so many documents, unless they are there."""
        demo, scale = self.home / "demo", str(documents)
        if has_demo_data(scale=scale, seed=seed, out=demo):
            return
        words = ["demo-data", "--scale", scale, "--seed", str(seed), "--out", str(demo)]
        with self.watch.work("generate the exports"):
            self.watched(["-m", "moonlanding_assets.cli", "--quiet", *words], self.home)

    def run(self, stage: Stage) -> Run:
        """One run; the home of the stage is prepared before the first."""
        home = self.home / stage.home
        before, prepared = PREPARATIONS.get(stage.home), home / ".prepared"
        if before is not None and not prepared.exists():
            shutil.rmtree(home, ignore_errors=True)
            self._measured(before, home)
            prepared.touch()
        return self._measured(stage, home)

    def _measured(self, stage: Stage, home: Path) -> Run:
        home.mkdir(exist_ok=True)
        out = home / "measured.json"
        with self.watch.work(stage.title):
            ran = self.watched(["-m", "moonlanding_assets.bench.child", stage.name, str(out)], home)
        found = json.loads(out.read_text())
        outside = {"seconds": ran.seconds, "cpu_seconds": ran.cpu_seconds}
        return Run(
            **{**found, **(outside if stage.is_from_start else {})},
            peak_bytes=ran.peak_bytes,
            processes=ran.processes,
        )

    def watched(self, words: list[str], home: Path, *, python: str = sys.executable) -> Ran:
        """A Python of its own with these words, on the data directory `home`."""
        return run_watched(
            [python, *words],
            environment=self._environment(home),
            directory=home,
            said=home / "said.log",
        )

    def _environment(self, home: Path) -> Mapping[str, str]:
        """That of this process, without what a person has set for a migration of their own."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
        given = {"MOONLANDING_DATA": str(home), "MOONLANDING_WORKERS": str(self._workers)}
        if home.name != STAGING:
            exports = Layout(data=self.home)
            for system in SYSTEMS:
                place = str(exports.demo_export(system))
                given[f"MOONLANDING_{system.upper()}_EXPORT"] = place
        return {**plain, **given}
