"""A benchmark of one size from its data to its result: rounds over all stages, kept as they end.

What is measured is kept in a journal beside the data, so that a run that was interrupted goes on
where it was; of another code, seed or number of workers nothing is used. Holds no stage.
"""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moonlanding_assets.bench.catalogue import PEERS, PREPARATIONS, STAGES
from moonlanding_assets.bench.job import Stage
from moonlanding_assets.bench.machine import code_digest, describe_machine, load_average
from moonlanding_assets.bench.measured import Place
from moonlanding_assets.bench.others import PeerRuns
from moonlanding_assets.bench.result import Line, Result, Run
from moonlanding_assets.console.watch import Watch
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.load.space import require_space

BYTES_A_DOCUMENT = 30_000  # of all data directories of a size together, rounded up
BYTES_OF_STAGING = 600_000_000
_DATA = ("demo", "stages", "peers", *PREPARATIONS)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One size to be measured. `home`: where its data lie meanwhile. `only`, `peers`: as asked."""

    documents: int
    seed: int
    rounds: int
    workers: int
    home: Path
    only: tuple[str, ...] = ()
    peers: Path | None = None

    @property
    def journal(self) -> Path:
        """What was measured so far."""
        return self.home / "journal.jsonl"

    def remove_data(self) -> None:
        """Everything but the journal."""
        for name in _DATA:
            shutil.rmtree(self.home / name, ignore_errors=True)

    def stages(self) -> list[Stage]:
        """What is run in a round, in order: the stages asked for, and what makes their data."""
        if not self.only:
            return list(STAGES)
        last = max(place for place, one in enumerate(STAGES) if one.name in self.only)
        steps = [one for one in STAGES[:last] if one.room in ("reading", "making")]
        needed = [one for one in steps if one.kind == "step"]
        return [one for one in STAGES if one.name in self.only or one in needed]

    def is_asked(self, stage: Stage) -> bool:
        """Whether it is measured, and not only run because another one needs its data."""
        return not self.only or stage.name in self.only


@dataclass
class Series:
    """The rounds of one size. Raises BenchFailed, and NoSpace before it begins."""

    wanted: Wanted
    watch: Watch
    recipe: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.recipe = {
            "documents": self.wanted.documents,
            "seed": self.wanted.seed,
            "workers": self.wanted.workers,
            "code": code_digest(),
        }

    def measure(self) -> Result:
        """Everything that is not in the journal yet, and the result of it all."""
        if not self._kept():
            self._begin()
        todo = list(self._todo())
        place = Place(self.wanted.home, self.wanted.workers, self.watch)
        peers = PeerRuns(self.wanted.peers, place)
        if todo:
            place.make_exports(documents=self.wanted.documents, seed=self.wanted.seed)
        heading = ""
        for number, stage in todo:
            said = f"{self.wanted.documents:,} documents, round {number}/{self.wanted.rounds}"
            if said != heading:
                self.watch.heading(said)
            heading = said
            run = peers.run(stage) if stage.kind == "peer" else place.run(stage)
            if run is not None and (stage.kind == "peer" or self.wanted.is_asked(stage)):
                self._note({"stage": stage.name, "round": number, "run": asdict(run)})
        if todo and self.wanted.peers is not None:
            self._note({"notes": peers.losses()})
        return self._result()

    def _todo(self) -> Iterator[tuple[int, Stage]]:
        """Round and stage of what is not in the journal."""
        done = {(one.get("stage"), one.get("round")) for one in self._kept()[1:]}
        peers = PEERS if self.wanted.peers is not None else ()
        for number in range(1, self.wanted.rounds + 1):
            asked = [*self.wanted.stages(), *peers]
            left = [one for one in asked if (one.name, number) not in done]
            if any(self.wanted.is_asked(one) or one in peers for one in left):
                yield from ((number, one) for one in left)

    def _begin(self) -> None:
        """Start over: other code made what is here, or nothing did."""
        self.wanted.home.mkdir(parents=True, exist_ok=True)
        needed = self.wanted.documents * BYTES_A_DOCUMENT + BYTES_OF_STAGING
        require_space(self.wanted.home, needed)
        for name in _DATA[1:]:
            shutil.rmtree(self.wanted.home / name, ignore_errors=True)
        head = {"recipe": self.recipe, "began_at": now(), "load": load_average()}
        put_in_place(self.wanted.journal, f"{json.dumps(head)}\n".encode())

    def _kept(self) -> list[dict[str, Any]]:
        """The journal of exactly this recipe; [] when there is none."""
        try:
            text = self.wanted.journal.read_text()
        except OSError:
            return []
        whole = text[: text.rfind("\n") + 1]  # a kill may have cut the last line
        lines = [json.loads(line) for line in whole.splitlines()]
        return lines if lines and lines[0]["recipe"] == self.recipe else []

    def _note(self, line: Mapping[str, Any]) -> None:
        with self.wanted.journal.open("a") as journal:
            journal.write(json.dumps({**line, "at": now(), "load": load_average()}) + "\n")

    def _result(self) -> Result:
        head, *kept = self._kept()
        runs: dict[str, list[Run]] = defaultdict(list)
        notes: dict[str, Any] = {}
        for one in kept:
            notes |= one.get("notes", {})
            if "run" in one:
                runs[one["stage"]].append(Run(**one["run"]))
        loads = {"load_before": head["load"], "load_after": kept[-1]["load"]}
        return Result(
            recipe=self.recipe,
            machine={**describe_machine(), **loads},
            began_at=head["began_at"],
            ended_at=kept[-1]["at"],
            lines=_lines((*STAGES, *PEERS), runs),
            notes=notes,
        )


def _lines(stages: Sequence[Stage], runs: Mapping[str, Sequence[Run]]) -> dict[str, Line]:
    return {
        one.name: Line(name=one.name, title=one.title, kind=one.kind, runs=tuple(runs[one.name]))
        for one in stages
        if runs.get(one.name)
    }


def now() -> str:
    """The moment as the results have it: UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
