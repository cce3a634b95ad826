"""A benchmark of one size from its data to its result: rounds over all stages, kept as they end.

What is measured is kept in a journal beside the data, so that a run that was interrupted goes on
where it was; of another code, seed or number of workers nothing is used. Holds no stage.
"""

import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moonlanding_assets.bench.catalogue import PREPARATIONS, STAGES, STAGING
from moonlanding_assets.bench.job import Stage
from moonlanding_assets.bench.machine import code_digest, describe_machine, load_average
from moonlanding_assets.bench.processes import run_watched
from moonlanding_assets.bench.result import Line, Result, Run
from moonlanding_assets.console.watch import Watch
from moonlanding_assets.console.work import has_demo_data
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.load.space import require_space
from moonlanding_assets.settings import SYSTEMS, Layout

BYTES_A_DOCUMENT = 30_000  # of all data directories of a size together, rounded up
BYTES_OF_STAGING = 600_000_000
_HIDDEN = ("DAGSTER_HOME", "MOONLANDING_")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One size to be measured. `home`: where its data lie meanwhile."""

    documents: int
    seed: int
    rounds: int
    workers: int
    home: Path

    @property
    def recipe(self) -> dict[str, Any]:
        """What makes a result comparable with another one, and the code that was measured."""
        return {
            "documents": self.documents,
            "seed": self.seed,
            "workers": self.workers,
            "code": code_digest(),
        }


class Series:
    """The rounds of one size. Raises BenchFailed, and NoSpace before it begins."""

    def __init__(self, wanted: Wanted, watch: Watch) -> None:
        self._wanted = wanted
        self._watch = watch
        self._recipe = wanted.recipe
        self._journal = wanted.home / "journal.jsonl"

    def measure(self) -> Result:
        """Everything that is not in the journal yet, and the result of it all."""
        wanted = self._wanted
        wanted.home.mkdir(parents=True, exist_ok=True)
        kept = self._kept()
        if not kept:
            self._begin()
            kept = self._kept()
        self._make_data()
        done = {(one["stage"], one["round"]) for one in kept[1:]}
        for number in range(1, wanted.rounds + 1):
            self._watch.heading(f"{wanted.documents:,} documents, round {number}/{wanted.rounds}")
            for stage in STAGES:
                if (stage.name, number) not in done:
                    self._note(stage, number, self._run(stage))
        return self._result()

    def _begin(self) -> None:
        """Start over: other code made what is here, or nothing did."""
        wanted = self._wanted
        require_space(wanted.home, wanted.documents * BYTES_A_DOCUMENT + BYTES_OF_STAGING)
        for name in ("stages", *PREPARATIONS):
            shutil.rmtree(wanted.home / name, ignore_errors=True)
        head = {"recipe": self._recipe, "began_at": _now(), "load": load_average()}
        put_in_place(self._journal, (json.dumps(head) + "\n").encode())

    def _kept(self) -> list[dict[str, Any]]:
        """The journal of exactly this recipe; [] when there is none."""
        try:
            text = self._journal.read_text()
        except OSError:
            return []
        whole = text[: text.rfind("\n") + 1]  # a kill may have cut the last line
        lines = [json.loads(line) for line in whole.splitlines()]
        return lines if lines and lines[0]["recipe"] == self._recipe else []

    def _note(self, stage: Stage, number: int, run: Run) -> None:
        line = {"stage": stage.name, "round": number, "run": asdict(run)}
        with self._journal.open("a") as journal:
            journal.write(json.dumps(line) + "\n")

    def _make_data(self) -> None:
        wanted, demo = self._wanted, self._wanted.home / "demo"
        scale = str(wanted.documents)
        if has_demo_data(scale=scale, seed=wanted.seed, out=demo):
            return
        words = ["demo-data", "--scale", scale, "--seed", str(wanted.seed), "--out", str(demo)]
        with self._watch.work("generate the exports"):
            command = [sys.executable, "-m", "moonlanding_assets.cli", "--quiet", *words]
            environment = self._environment(wanted.home)
            said = wanted.home / "said.log"
            run_watched(command, environment=environment, directory=wanted.home, said=said)

    def _run(self, stage: Stage) -> Run:
        """One run, in a process of its own; the home of the stage is prepared before the first."""
        before, prepared = PREPARATIONS.get(stage.home), self._home(stage) / ".prepared"
        if before is not None and not prepared.exists():
            shutil.rmtree(self._home(stage), ignore_errors=True)
            self._measured(before, self._home(stage))
            prepared.touch()
        return self._measured(stage, self._home(stage))

    def _home(self, stage: Stage) -> Path:
        return self._wanted.home / stage.home

    def _measured(self, stage: Stage, home: Path) -> Run:
        home.mkdir(exist_ok=True)
        out = home / "measured.json"
        command = [sys.executable, "-m", "moonlanding_assets.bench.child", stage.name, str(out)]
        with self._watch.work(stage.title):
            ran = run_watched(
                command, environment=self._environment(home), directory=home, said=home / "said.log"
            )
        found = json.loads(out.read_text())
        seconds = ran.seconds if stage.is_from_start else found.pop("seconds")
        cpu_seconds = ran.cpu_seconds if stage.is_from_start else found.pop("cpu_seconds")
        return Run(
            seconds=seconds,
            cpu_seconds=cpu_seconds,
            peak_bytes=ran.peak_bytes,
            processes=ran.processes,
            documents=found["documents"],
            rows=found["rows"],
            parts=found["parts"],
        )

    def _environment(self, home: Path) -> Mapping[str, str]:
        """That of this process, without what a person has set for a migration of their own."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
        given = {"MOONLANDING_DATA": str(home), "MOONLANDING_WORKERS": str(self._wanted.workers)}
        if home.name != STAGING:
            exports = Layout(data=self._wanted.home)
            for system in SYSTEMS:
                place = str(exports.demo_export(system))
                given[f"MOONLANDING_{system.upper()}_EXPORT"] = place
        return {**plain, **given}

    def _result(self) -> Result:
        head, *kept = self._kept()
        runs = defaultdict(list)
        for one in kept:
            runs[one["stage"]].append(Run(**one["run"]))
        loads = {"load_before": head["load"], "load_after": load_average()}
        return Result(
            recipe=self._recipe,
            machine={**describe_machine(), **loads},
            began_at=head["began_at"],
            ended_at=_now(),
            lines=_lines(STAGES, runs),
        )


def _lines(stages: Sequence[Stage], runs: Mapping[str, Sequence[Run]]) -> dict[str, Line]:
    return {
        one.name: Line(
            name=one.name,
            title=one.title,
            is_floor=one.is_floor,
            is_share=one.is_share,
            runs=tuple(runs[one.name]),
        )
        for one in stages
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
