"""What each verb does, in plain steps: make demo data, take the snapshot, migrate, show.

Holds no parsing of arguments (cli.py) and no rendering (summary.py).
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from moonlanding_assets.collecting import no_looking_at_what_is_loaded
from moonlanding_assets.console.failures import StoppedError
from moonlanding_assets.console.leaving import leaving_soon
from moonlanding_assets.console.summary import TimedRun
from moonlanding_assets.console.terminal import progress_console
from moonlanding_assets.console.watch import Watch
from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.errors import SettingsError, SnapshotError
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.pipeline.p1_target import TARGET
from moonlanding_assets.pipeline.p3_plan import EXPECTED_TAG
from moonlanding_assets.pipeline.run import RunOutcome, run_job
from moonlanding_assets.settings import SYSTEMS, Settings
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets.synthetic.scale import scale_of

RECIPE = "recipe.json"  # written last: a demo directory without it is not finished


@dataclass
class Session:
    """The settings and the terminal of one command, and the runs it has made so far."""

    settings: Settings
    watch: Watch
    runs: list[TimedRun] = field(default_factory=list)

    def run(
        self,
        job: str,
        name: str,
        fraction: str | None = None,
        *,
        plan: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> RunOutcome:
        """Run a job; raises StoppedError when anything but a check stopped it.

        plan: the digest of the only plan that the run may carry out; "": any. tags: of the run.
        """
        self.watch.heading(name)
        with open_instance(self.settings) as instance:
            outcome = run_job(
                DEFINITIONS.resolve_job_def(job),
                self.settings,
                stages=self.watch,
                instance=instance,
                fraction=fraction,
                tags={**({EXPECTED_TAG: plan} if plan else {}), **(tags or {})},
            )
        if outcome.failure is not None:
            raise StoppedError(outcome.failure)
        self.runs.append(
            TimedRun(name=name, seconds=outcome.seconds, stages=dict(self.watch.times))
        )
        return outcome


@contextmanager
def session(settings: Settings) -> Iterator[Session]:
    """A session that shows its progress on stderr, and ends soon after Ctrl-C or SIGTERM."""
    with (
        leaving_soon(),
        no_looking_at_what_is_loaded(),
        Watch(progress_console()) as watch,
    ):
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


def fill_emulator(work: Session, out: Path, address: str) -> dict[str, int]:
    """The demo's documents in the emulator, in place of what it held; documents by project."""
    from moonlanding_assets.source.firestore_loading import fill
    from moonlanding_assets.source.firestore_wire import Home

    loaded = {}
    for system in SYSTEMS:
        export = ManagedExport.open(out / system)
        home = Home(project=export.project, database=export.database, emulator=address)
        with work.watch.work(f"load {system} into emulator", export.document_count) as progress:
            documents = ((one.path, one.fields()) for one in export.all_entities())
            loaded[home.project] = fill(documents, home, progress=progress)
    return loaded


def take_snapshot(work: Session) -> None:
    """Read both systems, from exports or live, into the snapshot."""
    work.run("take_snapshot", "snapshot")


def forget_live(work: Session) -> None:
    """The next live snapshot does not go on with what a stopped one read."""
    from moonlanding_assets.source.firestore_moment import forget

    forget(work.settings.layout.snapshot(SYSTEMS[0]).parent)


def require_snapshots(settings: Settings) -> None:
    """Raise SnapshotError unless both systems' snapshots are there, and that of the target."""
    missing = [
        system
        for system in (*SYSTEMS, TARGET)
        if not (settings.layout.snapshot(system) / "manifest.json").is_file()
    ]
    if missing:
        raise SnapshotError(
            f"there is no snapshot of {' and '.join(missing)} in {settings.data}: "
            "take it first with `moonlanding snapshot`"
        )


def _entries(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []
