"""Going back, really done: change the result, roll back, compare, migrate again, compare.

The judged file is kept byte for byte while this goes on and takes its place again at the end, so
that the verdicts stay those of this file. A kill in the middle leaves a note; `recover` puts the
judged file back. Holds no way of its own to replace a database.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from moonlanding_assets.cutover.change import change_as_an_application
from moonlanding_assets.cutover.phases import Phase
from moonlanding_assets.errors import RollbackFailed
from moonlanding_assets.load.backup_manifest import Backup
from moonlanding_assets.load.files import create_private, sync
from moonlanding_assets.load.known_digest import known_digest
from moonlanding_assets.load.passing import passing
from moonlanding_assets.load.publish import Lease, candidate_path, clean_leftovers, publish
from moonlanding_assets.load.restore import ALLOWED_SECONDS, newest_of_phase, restore
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.collection_file import file_sha256

JUDGED = "judged.db"  # in the phase's directory, only while an exercise goes on
_FRESH = f".{JUDGED}-"

Tell = Callable[[str], None]


def in_silence(step: str) -> None:
    """Tell nobody which step begins."""


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What was done and how long it took; digests are of the content.

    `back` is the digest after rolling back ("" when there was no database before), `again` that of
    the second migration. `seconds`: step → time.
    """

    backup: str
    changed_rows: int
    result: str
    changed: str
    back: str
    again: str
    seconds: dict[str, float]
    allowed_seconds: float = ALLOWED_SECONDS

    @property
    def rollback_seconds(self) -> float:
        """From the decision to go back to the database of before."""
        return self.seconds["roll back"]


@dataclass
class _Clock:
    tell: Tell
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.tell(name)
        passing(f"exercise: {name}")
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 3)


def exercise(
    layout: Layout, phase: Phase, *, again: Callable[[], object], tell: Tell = in_silence
) -> Exercise:
    """Change, roll back, compare, migrate `again`, compare; the judged file stays in the end.

    Raises RollbackFailed when a digest is another one than it must be, or it took too long.
    """
    recover(layout, phase)
    database = layout.database(phase.fraction)
    backup = newest_of_phase(layout, phase.number, phase.fraction)
    clock = _Clock(tell)
    with clock.step("keep the judged file"):
        result = known_digest(database)
        _keep(database, layout.phase(phase.number) / JUDGED)
    with clock.step("change"):
        rows = change_as_an_application(database)
    changed = known_digest(database)
    _require(changed != result, "the change did not change the digest")
    back = _rolled_back(layout, backup, database, clock)
    with clock.step("migrate again"):
        again()
    second = known_digest(database)
    _require(second == result, "the second migration gave another database than the first")
    with clock.step("publish the judged file"):
        recover(layout, phase)
    _require(
        clock.seconds["roll back"] <= ALLOWED_SECONDS,
        f"rolling back took longer than {ALLOWED_SECONDS:.0f} s",
    )
    return Exercise(
        backup=backup.name,
        changed_rows=rows,
        result=result,
        changed=changed,
        back=back,
        again=second,
        seconds=clock.seconds,
    )


def _rolled_back(layout: Layout, backup: Backup, database: Path, clock: _Clock) -> str:
    with clock.step("roll back"):
        restore(layout, backup)
    back = known_digest(database) if database.is_file() else ""
    _require(
        back == backup.manifest.logical_digest,
        "after rolling back, the database is not the one that was backed up",
    )
    return back


def recover(layout: Layout, phase: Phase) -> bool:
    """Put the judged file back that an exercise kept; False when there is none."""
    judged = layout.phase(phase.number) / JUDGED
    for left in judged.parent.glob(f"{_FRESH}*"):  # by a kill before it had its name
        left.unlink()
    if not judged.is_file():
        return False
    passing("recover: copy")
    database = layout.database(phase.fraction)
    with Lease(database) as lease:
        clean_leftovers(lease)
        candidate = candidate_path(database)
        create_private(candidate)
        shutil.copyfile(judged, candidate)
        _require(file_sha256(candidate) == file_sha256(judged), "the copy is not the judged file")
        publish(candidate, database)
    passing("recover: forget")
    judged.unlink()
    return True


def _keep(database: Path, judged: Path) -> None:
    """Keep the bytes of a database at rest; the name comes last, so that it means all of them."""
    judged.parent.mkdir(parents=True, exist_ok=True)
    fresh = judged.with_name(f"{_FRESH}{os.getpid()}")
    fresh.unlink(missing_ok=True)
    create_private(fresh)
    passing("keep: copy")
    shutil.copyfile(database, fresh)
    sync(fresh)
    passing("keep: name")
    fresh.replace(judged)
    sync(judged.parent)


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise RollbackFailed(f"the rollback exercise failed: {otherwise}")
