"""Other programs on the same documents: each run, watched, and what it lost counted afterwards.

They live in an environment of their own (benchmark/requirements.txt), so that ours stays as it is.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from moonlanding_assets.bench.catalogue import LOSSES, PEER_INPUT, PEER_TITLES
from moonlanding_assets.bench.job import Stage
from moonlanding_assets.bench.measured import Place
from moonlanding_assets.bench.peer_input import LINES
from moonlanding_assets.bench.result import Run
from moonlanding_assets.errors import BenchFailed
from moonlanding_assets.pipeline.instance import PROJECT_DIRECTORY

SCRIPT = PROJECT_DIRECTORY / "benchmark" / "peers.py"


class PeerRuns:
    """The peers of one size. `python`: the one that has them; None when nobody asked for them."""

    def __init__(self, python: Path | None, place: Place) -> None:
        self._python = python
        self._place = place
        self._home = place.home / "stages"
        self._failed: dict[str, str] = {}

    def run(self, stage: Stage) -> Run | None:
        """One run; None, and a note, for a program that cannot do it here."""
        name = stage.name.removeprefix("peer_")
        if not (self._home / LINES).exists():
            self._place.run(PEER_INPUT)
        out = self._home / f"out-{name}"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        result = out / "measured.json"
        words = [str(SCRIPT), name, str(self._home / LINES), str(out), str(result)]
        with self._place.watch.work(stage.title):
            ran = self._place.watched(words, self._home, python=str(self._python))
        found: dict[str, Any] = json.loads(result.read_text())
        if "failed" in found:
            self._failed[name] = found["failed"]
            return None
        return Run(
            seconds=found["seconds"],
            cpu_seconds=found["cpu_seconds"],
            peak_bytes=ran.peak_bytes,
            processes=ran.processes,
            documents=self._documents(),
        )

    def losses(self) -> dict[str, dict[str, int | str]]:
        """By program: what, and how often; or why it was not measured."""
        notes: dict[str, dict[str, int | str]] = {}
        for name, title in PEER_TITLES.items():
            if name in self._failed:
                notes[title] = {"not measured": self._failed[name]}
                continue
            try:
                self._place.run(LOSSES[name])
            except BenchFailed:
                notes[title] = {"not counted": "its result cannot be read"}
                continue
            counted = json.loads((self._home / f"out-{name}" / "losses.json").read_text())
            notes[title] = counted
        return notes

    def _documents(self) -> int:
        return sum(1 for file in (self._home / LINES).glob("*.ndjson") for _ in file.open())
