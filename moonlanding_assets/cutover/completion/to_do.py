"""What is left to do, from the first sample to the end: a line each, with the command that does it.

The list of `moonlanding status`. It is empty when every phase has passed and nothing of the
migration runs any more. Decides nothing; what is missing is said by gates and states.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moonlanding_assets.cutover.completion.evidence import ONWARD, ready
from moonlanding_assets.cutover.completion.phase_lines import OPEN, PhaseLine, phase_lines
from moonlanding_assets.cutover.gate import look_at
from moonlanding_assets.cutover.live_phases import LIVE_PHASES, LivePhase
from moonlanding_assets.cutover.phases import BY_NUMBER, PHASES
from moonlanding_assets.cutover.receipt import FAILED, PASSED
from moonlanding_assets.cutover.soak.monitor import soak_service
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.parallel.service.process import running_process
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.standing import read_standing
from moonlanding_assets.settings import Layout

NOTHING = "nothing left to do"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that is left, and the command that does it."""

    phase: str
    what: str
    command: str


def left_to_do(layout: Layout) -> tuple[Task, ...]:
    """Everything that is left, in order; nothing at the end of all phases."""
    row = Control(layout.control).row() if layout.control.exists() else None
    lines = {one.number: one for one in phase_lines(layout)}
    found: list[Task] = []
    if row is None or row.state == "S0":  # from then on the database is followed, not judged
        found += _judged(layout, [lines[one.number] for one in PHASES])
    else:
        failed = (lines[one.number] for one in PHASES if lines[one.number].verdict == FAILED)
        found += (
            Task(phase=one.number, what="it did not pass", command="moonlanding status --checks")
            for one in failed
        )
    for phase in LIVE_PHASES:
        found += _walked(layout, phase, lines[phase.number], row)
    if row is not None and row.state == "S11":
        found += _still_running(layout)
    return tuple(found)


def _judged(layout: Layout, lines: Sequence[PhaseLine]) -> Iterator[Task]:
    """Of the first phase that has not passed all that is missing, of the later ones a line."""
    waiting = [one for one in lines if one.verdict != PASSED]
    for place, line in enumerate(waiting):
        phase = BY_NUMBER[line.number]
        gate = look_at(layout, phase)
        for one in gate.missing if place == 0 else ():
            yield Task(phase=phase.number, what=one.what, command=one.command)
        what = phase.does if line.verdict == OPEN else f"it is {line.verdict}; {phase.does}"
        yield Task(phase=phase.number, what=what, command=f"moonlanding run {phase.number}")
    last = lines[-1]
    if not waiting and not last.signed_by:
        command = f"moonlanding approve {last.number} --by NAME"
        yield Task(phase=last.number, what="nobody has signed", command=command)


def _walked(layout: Layout, phase: LivePhase, line: PhaseLine, row: Row | None) -> Iterator[Task]:
    if line.verdict == PASSED:
        return
    if line.verdict == OPEN or row is None:
        yield Task(phase=phase.number, what=phase.does, command=phase.begins)
    elif row.state == "S11":
        yield Task(
            phase=phase.number,
            what=f"no evidence of the soak: {line.said}. Nothing makes up for it",
            command="moonlanding report",
        )
    elif row.state in ONWARD:
        yield from _completing(layout, phase.number, row)
    else:
        yield from _advancing(layout, phase.number)


def _completing(layout: Layout, number: str, row: Row) -> Iterator[Task]:
    try:
        found = ready(layout, row)
    except SignOffRefused as error:
        yield Task(phase=number, what=str(error), command="moonlanding status")
        return
    for one in found.lacks:
        yield Task(phase=number, what=one.what, command=one.command)
    command = "moonlanding cutover complete --by NAME"
    yield Task(phase=number, what=f"go on to {found.target}", command=command)
    if found.target != "S11":
        yield Task(phase=number, what="seal the archive, then leave", command=command)


def _advancing(layout: Layout, number: str) -> Iterator[Task]:
    """Of the next state all that is missing, then the change itself."""
    standing = read_standing(layout)
    if standing is None:
        return
    command, because = standing.next_step
    onward = [one for one in standing.ways if one.kind == "advance"]
    lacks = [one for way in onward for one in way.lacks if one.command]
    for one in lacks:
        yield Task(phase=number, what=one.what, command=one.command)
    if all(one.command != command for one in lacks):
        yield Task(phase=number, what=because, command=command)


def _still_running(layout: Layout) -> Iterator[Task]:
    running = {
        "the sync still runs, and carries nothing any more": (
            running_process(layout), "moonlanding parallel stop",
        ),
        "the soak is still watched": (
            soak_service(layout).process(), "moonlanding soak stop",
        ),
    }  # fmt: skip
    for what, (process, command) in running.items():
        if process is not None:
            yield Task(phase="3.10", what=what, command=command)
    if not (layout.final / "report.json").is_file():
        yield Task(phase="3.10", what="the final report", command="moonlanding report")
