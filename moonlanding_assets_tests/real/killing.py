"""Phases that are killed at a moment, what must be sound after that, and what a whole run leaves.

Holds no choice of moments.
"""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from moonlanding_assets.cutover.gate import evidence_missing, snapshot_digests
from moonlanding_assets.cutover.phase_log import read_times
from moonlanding_assets.cutover.phases import PHASES
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.cutover.signoff import read_signatures
from moonlanding_assets.load.backup_manifest import damaged_backups, find_backups, verify_backup
from moonlanding_assets.load.digest import logical_digest
from moonlanding_assets.progress import Silent
from moonlanding_assets.settings import FRACTIONS, Layout
from moonlanding_assets.synthetic.demo import write_demo
from moonlanding_assets.synthetic.scale import scale_of
from moonlanding_assets_tests.production import production_for
from moonlanding_assets_tests.real.command import environment, moonlanding
from moonlanding_assets_tests.real.dying import Moment

SIGKILLED = -9
SIGNED = "3.5"
#: what a second run names anew, or the machine keeps for itself
_OF_RUNS = ("dagster/", "backup/")


@dataclass(frozen=True)
class Whole:
    """What a run leaves that is the same however often it was killed on its way."""

    digests: dict[str, str]
    evidence: dict[str, str]
    files: tuple[str, ...]


def source(directory: Path, scale: str) -> Layout:
    """A production database with rows of its own, exports that meet it, the three snapshots."""
    layout = Layout(data=directory / "data")
    write_demo(layout.data / "demo", scale=scale_of(scale), seed=1, progress=Silent())
    production_for(layout, layout.database("100%"))
    with closing(sqlite3.connect(layout.database("100%"))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    done(layout, "snapshot")
    return layout


def done(layout: Layout, *words: str) -> None:
    """A command that must succeed."""
    ended = moonlanding(layout.data, *words)
    assert ended.returncode == 0, (words, ended.stderr)


def noted(layout: Layout, notes: Path) -> dict[str, dict[str, Any]]:
    """Run all phases, signed in between; what each passed on its way."""
    found: dict[str, dict[str, Any]] = {}
    for phase in PHASES:
        code, said = dying(layout, {"notes": str(notes)}, "run", phase.number)
        assert code == 0, said
        if phase.number == SIGNED:
            done(layout, "approve", SIGNED, "--by", "A Tester")
        found |= json.loads(notes.read_text())
    return found


def dying(layout: Layout, asked: dict[str, Any], *words: str) -> tuple[int, str]:
    """Run a command under a listener; its exit code and what it said."""
    said = layout.data.parent / "said"
    given = {"asked": asked, "words": ["--data", str(layout.data), *words], "said": str(said)}
    process = _loaded()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{json.dumps(given)}\n")
    process.stdin.flush()
    return int(process.stdout.readline()), said.read_text()


@cache
def _loaded() -> subprocess.Popen[str]:
    """The process that becomes the commands; it ends with this one, which closes its input."""
    return subprocess.Popen(
        [sys.executable, "-m", "moonlanding_assets_tests.real.dying"],
        env=environment(),
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def killed(layout: Layout, moment: Moment) -> str:
    """Run the moment's phase to its death; the stage it died in, "" when it ended before."""
    code, said = dying(layout, asdict(moment), "run", moment.phase)
    assert code in (SIGKILLED, 0), f"{moment}: {said}"
    times = read_times(layout.phase(moment.phase))
    require_sound(layout)
    if code == 0:
        return ""
    return "begin" if times is None else times.now or "end"


def require_sound(layout: Layout) -> None:
    """What holds at any moment: every database whole, every backup, every signature."""
    for fraction in FRACTIONS:
        database = layout.database(fraction)
        if database.exists():
            with closing(sqlite3.connect(database)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for backup in find_backups(layout):
        assert verify_backup(backup.directory) == backup
    assert damaged_backups(layout) == ()
    read_signatures(layout)
    snapshot_digests(layout)


def left_by(layout: Layout) -> Whole:
    """What there is now; every phase must have passed for it."""
    receipts = {phase.number: read_receipt(layout, phase.number) for phase in PHASES}
    for phase in PHASES:
        assert evidence_missing(layout, phase) == (), phase.number
    kept = {one.name for one in find_backups(layout)}
    named = {name for one in receipts.values() if one is not None for name in one.backups}
    assert named <= kept
    paths = (one.relative_to(layout.data).as_posix() for one in layout.data.rglob("*"))
    return Whole(
        digests={fraction: logical_digest(layout.database(fraction)) for fraction in FRACTIONS},
        evidence={n: "" if one is None else one.evidence for n, one in receipts.items()},
        files=tuple(sorted(one for one in paths if not one.startswith(_OF_RUNS))),
    )
