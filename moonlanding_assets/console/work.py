"""What each verb does, in plain steps: make demo data, take the snapshot, migrate, show.

Holds no parsing of arguments (cli.py) and no rendering (summary.py).
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from moonlanding_assets.console.failures import StoppedError
from moonlanding_assets.console.results import FractionResult, read_result
from moonlanding_assets.console.summary import TimedRun
from moonlanding_assets.console.watch import Watch
from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.errors import SettingsError, SnapshotError, StageError
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.pipeline.run import RunOutcome, run_job
from moonlanding_assets.settings import SYSTEMS, Settings
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets.synthetic.scale import scale_of

RECIPE = "recipe.json"  # written last: a demo directory without it is not finished


@dataclass
class Session:
    """The settings and the terminal of one command, and the runs it has made so far."""

    settings: Settings
    watch: Watch
    runs: list[TimedRun] = field(default_factory=list)

    def run(self, job: str, name: str, fraction: str | None = None) -> RunOutcome:
        """Run a job; raises StoppedError when anything but a check stopped it."""
        self.watch.heading(name)
        with open_instance(self.settings) as instance:
            outcome = run_job(
                DEFINITIONS.resolve_job_def(job),
                self.settings,
                stages=self.watch,
                instance=instance,
                fraction=fraction,
            )
        if outcome.failure is not None:
            raise StoppedError(outcome.failure)
        self.runs.append(
            TimedRun(name=name, seconds=outcome.seconds, stages=dict(self.watch.times))
        )
        return outcome


@contextmanager
def session(settings: Settings) -> Iterator[Session]:
    """A session that shows its progress on stderr."""
    with Watch(Console(stderr=True)) as watch:
        yield Session(settings, watch)


def make_demo_data(work: Session, *, scale: str, seed: int, out: Path) -> dict[str, int]:
    """Two managed exports of invented firms; documents by system.

    Raises SettingsError for a scale that is none, and for a directory that holds other things.
    """
    size = scale_of(scale)
    recipe = out / RECIPE
    strangers = [path for path in _entries(out) if path.name not in {*SYSTEMS, RECIPE}]
    if strangers:
        raise SettingsError(
            f"{out} holds {strangers[0].name}, which no demo made: choose an empty directory"
        )
    work.watch.heading(f"demo data, scale {scale}, seed {seed}")
    recipe.unlink(missing_ok=True)
    for system in SYSTEMS:
        shutil.rmtree(out / system, ignore_errors=True)
    with work.watch.work("write exports", size.friday + size.mwr) as progress:
        report = write_demo(out, scale=size, seed=seed, progress=progress)
    recipe.write_text(json.dumps({"scale": scale, "seed": seed}) + "\n")
    return {system: report.total(system) for system in SYSTEMS}


def has_demo_data(*, scale: str, seed: int, out: Path) -> bool:
    """Whether the directory holds finished demo data of this scale and seed."""
    try:
        return bool(json.loads((out / RECIPE).read_text()) == {"scale": scale, "seed": seed})
    except (OSError, ValueError):
        return False


def take_snapshot(work: Session) -> None:
    """Read both exports into the snapshot."""
    work.run("take_snapshot", "snapshot")


def migrate(work: Session, fractions: Sequence[str]) -> tuple[FractionResult, ...]:
    """Run the fractions one after the other; a fraction with a failed check is the last one."""
    missing = [
        system
        for system in SYSTEMS
        if not (work.settings.layout.snapshot(system) / "manifest.json").is_file()
    ]
    if missing:
        raise SnapshotError(
            f"there is no snapshot of {' and '.join(missing)} in {work.settings.data}: "
            "take it first with `moonlanding snapshot`"
        )
    results = []
    for fraction in fractions:
        outcome = work.run("migrate_fraction", fraction, fraction)
        result = read_result(work.settings.layout, fraction)
        if result is None:
            raise SnapshotError(f"{fraction}: the run ended and there is no database")
        if result.is_pass and not outcome.is_success:
            raise StageError(
                f"{fraction}: the run {outcome.run_id} ended red though every report passes: "
                "look at it in the UI (`moonlanding ui`)"
            )
        results.append(result)
        if not results[-1].is_pass:
            break
    return tuple(results)


def _entries(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []
