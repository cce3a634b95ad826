"""What there is to see of a phase that runs: step, rows, speed, sizes, the end of its log.

Reads files that the run leaves; takes no lock and opens no database, so it disturbs nobody.
`moonlanding watch` shows it, and so does the log of the run in the Dagster UI.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from moonlanding_assets.cutover.phase_log import TIMES, StageTime, last_lines, read_times
from moonlanding_assets.cutover.phases import PHASES, Phase
from moonlanding_assets.settings import Layout

SHOWN_LINES = 12
SHOWN_TABLES = 8


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One look at a phase. Sizes in bytes; `rows` by table, as they are on the disk so far."""

    phase: str
    run_id: str
    is_running: bool
    now: str
    documents_a_second: float
    stages: dict[str, str]
    rows: dict[str, int]
    database_bytes: int
    wal_bytes: int
    candidate_bytes: int
    log: list[str]


def latest_phase(layout: Layout) -> Phase | None:
    """The phase that ran last; None when none ever did."""
    found = [(one, layout.phase(one.number) / TIMES) for one in PHASES]
    run = [(file.stat().st_mtime_ns, one.number, one) for one, file in found if file.is_file()]
    return max(run)[2] if run else None


def look(layout: Layout, phase: Phase) -> Seen:
    """What there is to see at this moment."""
    directory = layout.phase(phase.number)
    times = read_times(directory)
    stages = {} if times is None else times.stages
    now = "" if times is None else times.now
    working = StageTime() if times is None else times.going
    rate = working.documents / working.seconds if working.seconds else 0.0
    database = layout.database(phase.fraction)
    candidates = database.parent.glob(f".{database.name}.candidate-*")
    return Seen(
        phase=phase.number,
        run_id="" if times is None else times.run_id,
        is_running=times is not None and times.is_running,
        now=now,
        documents_a_second=round(rate, 1),
        stages={name: str(one) for name, one in stages.items()},
        rows=_rows(layout, phase),
        database_bytes=_size(database),
        wal_bytes=_size(Path(f"{database}-wal")),
        candidate_bytes=sum(map(_size, candidates)),
        log=last_lines(directory, SHOWN_LINES),
    )


def lines(seen: Seen) -> list[str]:
    """The look as lines of text."""
    doing = f"works on {seen.now}" if seen.is_running else "is not running"
    rate = f", {seen.documents_a_second:,.0f} documents a second" if seen.is_running else ""
    return [
        f"phase {seen.phase} {doing}{rate}   run {seen.run_id}",
        "",
        *(f"  {name}: {said}" for name, said in seen.stages.items()),
        "",
        *(f"  {line}" for line in held(seen)),
        "",
        *seen.log,
    ]


def held(seen: Seen) -> list[str]:
    """Rows by table and sizes, as two lines of text."""
    most = sorted(seen.rows.items(), key=_second, reverse=True)[:SHOWN_TABLES]
    return [
        f"rows {sum(seen.rows.values()):,}: " + ", ".join(f"{name} {n:,}" for name, n in most),
        f"database {seen.database_bytes / 1e6:,.1f} MB, its -wal {seen.wal_bytes / 1e6:,.1f} MB, "
        f"candidate {seen.candidate_bytes / 1e6:,.1f} MB",
    ]


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def _rows(layout: Layout, phase: Phase) -> dict[str, int]:
    counted = {}
    for file in sorted(layout.stage(phase.fraction).glob("*.parquet")):
        try:
            count = int(pq.read_metadata(file).num_rows)
        except (OSError, ValueError):  # being replaced at this moment
            continue
        if count:
            counted[file.stem] = count
    return counted


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
