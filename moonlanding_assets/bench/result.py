"""What a benchmark found, as JSON keeps it: version, machine, every single run, what follows.

Holds no clock and no judgement. VERSION changes when a name or a meaning does; results of another
version are not compared.
"""

import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from moonlanding_assets.bench.job import Kind

VERSION = 1
RESULT_GLOB = "bench-*.json"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one stage. `rows`: 0 where no rows are made. `parts`: seconds of its steps."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    processes: int
    documents: int
    rows: int = 0
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Line:
    """All runs of one stage, and what the table says of them: the medians, the greatest memory."""

    name: str
    title: str
    kind: Kind
    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(one.seconds for one in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """The median, of all processes together."""
        return statistics.median(one.cpu_seconds for one in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        """The quickest and the slowest run, in seconds."""
        return min(one.seconds for one in self.runs), max(one.seconds for one in self.runs)

    @property
    def peak_bytes(self) -> int:
        """Of the largest process in any of the runs."""
        return max(one.peak_bytes for one in self.runs)

    @property
    def processes(self) -> int:
        """How many did the work, where it was fewest."""
        return min(one.processes for one in self.runs)

    @property
    def documents_a_second(self) -> float:
        """By the median."""
        return self.runs[0].documents / self.seconds

    @property
    def rows_a_second(self) -> float:
        """By the median; 0 where no rows are made."""
        return self.runs[0].rows / self.seconds

    def part(self, name: str) -> float:
        """The median of one step; 0 where there is none."""
        return statistics.median(one.parts.get(name, 0.0) for one in self.runs)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One benchmark: how it was made, on what, and its lines by name, in order.

    `notes`: who, what, and how often or why: what others lose, counted in what they made.
    """

    recipe: Mapping[str, Any]
    machine: Mapping[str, Any]
    began_at: str
    ended_at: str
    lines: Mapping[str, Line]
    notes: Mapping[str, Mapping[str, int | str]] = field(default_factory=dict)

    @property
    def documents(self) -> int:
        """How many documents it was asked for."""
        return int(self.recipe["documents"])

    def content(self) -> dict[str, Any]:
        """As the file holds it."""
        return {
            "version": VERSION,
            "recipe": dict(self.recipe),
            "machine": dict(self.machine),
            "began_at": self.began_at,
            "ended_at": self.ended_at,
            "notes": {who: dict(found) for who, found in self.notes.items()},
            "stages": [asdict(line) for line in self.lines.values()],
        }


def read_results(directory: Path) -> list[Result]:
    """Every result of this version that the directory keeps, oldest first."""
    found = (_read(file) for file in sorted(directory.glob(RESULT_GLOB)))
    return [one for one in found if one is not None]


def _read(file: Path) -> Result | None:
    try:
        content = json.loads(file.read_text())
    except ValueError:
        return None
    return from_content(content) if content.get("version") == VERSION else None


def from_content(content: Mapping[str, Any]) -> Result:
    """What `content` gave; what stands beside it follows from it."""
    lines = [
        Line(**{**line, "runs": tuple(Run(**one) for one in line["runs"])})
        for line in content["stages"]
    ]
    return Result(
        recipe=content["recipe"],
        machine=content["machine"],
        began_at=content["began_at"],
        ended_at=content["ended_at"],
        lines={line.name: line for line in lines},
        notes=content["notes"],
    )
