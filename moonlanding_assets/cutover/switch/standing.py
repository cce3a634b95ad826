"""How the switch stands, for people who have to decide within seconds, and for programs.

Read from the state row, its history and the controller's lease; changes nothing.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moonlanding_assets.cutover.switch.prechecks import Precheck
from moonlanding_assets.cutover.switch.preparing import said_while_preparing
from moonlanding_assets.cutover.switch.record import SwitchRecord, read_records
from moonlanding_assets.cutover.switch.running import controller_service
from moonlanding_assets.cutover.switch.steps import Limits
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Line, Row
from moonlanding_assets.parallel.state.states import (
    FREEZING_STEPS,
    JOURNAL_STEP,
    STATE,
    STATES,
    Step,
)
from moonlanding_assets.settings import Layout

_WAIT = "nothing: it ends by itself"
LAST = STATES[-1].key
RECOVER, ABORT = "moonlanding cutover recover", "moonlanding cutover abort"


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """A switch between its first step and its last.

    step: the one that is being done. since_seconds: the one before was noted. process: of the
    controller, None when it is gone.
    """

    step: Step
    since_seconds: float
    limit_seconds: float
    done: tuple[int, ...]
    process: int | None
    came_from: str

    @property
    def has_undo(self) -> bool:
        """Whether it can still be aborted."""
        return self.step.number <= JOURNAL_STEP

    @property
    def if_it_fails(self) -> str:
        """What happens then."""
        if self.has_undo:
            return (
                f"it is undone by itself: the side that wrote writes again, state {self.came_from}"
            )
        return "there is no way back any more: the step is done again, as often as it takes"

    @property
    def command(self) -> str:
        """What to type."""
        if self.process is None:
            return RECOVER
        return f"{_WAIT}; to give up: {ABORT}" if self.has_undo else _WAIT


@dataclass(frozen=True, kw_only=True)
class SwitchStanding:
    """The row, the switch that is under way or None, and the newest records.

    preparing: what a controller waits for before it closes a gate; "" when none does.
    """

    row: Row
    under_way: UnderWay | None
    records: tuple[SwitchRecord, ...]
    prechecks: tuple[Precheck, ...] = ()
    preparing: str = ""

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        under_way = self.under_way
        found: dict[str, Any] = {
            "state": f"{self.row.state} {STATE[self.row.state].name}",
            "epoch": self.row.epoch,
            "authority": self.row.authority,
            "is_gate_open": self.row.is_gate_open,
            "has_journal": bool(self.row.journal),
            "under_way": None,
            "preparing": self.preparing,
            "next_step": self.next_step,
            "prechecks": [dataclasses.asdict(one) for one in self.prechecks],
            "records": [dataclasses.asdict(one) for one in self.records],
        }
        if under_way is not None:
            found["under_way"] = {
                **dataclasses.asdict(under_way),
                "of": len(FREEZING_STEPS),
                "has_undo": under_way.has_undo,
                "if_it_fails": under_way.if_it_fails,
            }
        return found

    @property
    def next_step(self) -> str:
        """What to type now; "" once the old systems are left."""
        if self.under_way is not None:
            return self.under_way.command
        if self.preparing:
            return f"{_WAIT}, or says what is missing; to give up: {ABORT}"
        if self.row.state == LAST:
            return ""
        missing = next((one for one in self.prechecks if not one.is_met), None)
        if missing is not None and missing.command:
            return missing.command
        if self.row.state == "S5":
            return "moonlanding cutover go --by NAME"
        return "moonlanding parallel status"


def read_switch(layout: Layout) -> SwitchStanding | None:
    """How it stands now; None before parallel operation has begun. Without prechecks."""
    control = Control(layout.control) if layout.control.exists() else None
    row = None if control is None else control.row()
    if control is None or row is None:
        return None
    under_way = _under_way(layout, row, control.history())
    process = None if under_way is not None else controller_service(layout).process()
    return SwitchStanding(
        row=row,
        under_way=under_way,
        records=read_records(layout)[-10:],
        preparing=said_while_preparing(layout, process),
    )


def lines(one: SwitchStanding) -> Iterator[str]:
    """The screen."""
    state = f"{one.row.state} {STATE[one.row.state].name}, epoch {one.row.epoch}"
    if one.under_way is not None:
        yield from _under_way_lines(one.under_way, state)
        return
    if one.preparing:
        yield f"A SWITCH IS BEING PREPARED: {one.preparing}"
        yield f"  meanwhile: reads and writes are answered, nothing is held; {state}"
    else:
        yield f"no switch is under way. {state}: {one.row.authority} takes the writes"
    for each in one.prechecks:
        mend = "" if each.is_met or not each.command else f"  ->  {each.command}"
        yield f"  {'ok     ' if each.is_met else 'MISSING'}  {each.says}: {each.found}{mend}"
    for record in one.records[-3:]:
        yield _record_line(record)
    yield f"type: {one.next_step}" if one.next_step else "no switch can follow: the end"


def _under_way_lines(one: UnderWay, state: str) -> Iterator[str]:
    step, of = one.step, len(FREEZING_STEPS)
    yield (
        f"A SWITCH IS UNDER WAY: step {step.number} of {of}, {step.name}, since "
        f"{one.since_seconds:.1f} s (limit {one.limit_seconds:g} s)"
    )
    yield f"  it does: {step.does}"
    yield f"  meanwhile: writes wait at the gate, reads are answered; {state}"
    yield f"  if it fails: {one.if_it_fails}"
    names = ", ".join(
        f"{each.number} {each.name}" for each in FREEZING_STEPS if each.number in one.done
    )
    yield f"  done: {names or 'nothing yet'}"
    who = f"process {one.process}" if one.process is not None else "nobody: the process is gone"
    yield f"  done by: {who}"
    yield f"type: {one.command}"


def _record_line(one: SwitchRecord) -> str:
    hold = "" if one.hold_seconds is None else f", writes held {one.hold_seconds:.2f} s"
    return f"{one.ended_at[:19]} {one.kind}: {one.verdict}, {one.said}{hold}"


def _under_way(layout: Layout, row: Row, history: tuple[Line, ...]) -> UnderWay | None:
    if row.state not in ("S6", "S7") and not row.journal:
        return None
    begun = max(
        place for place, one in enumerate(history) if one.state == "S6" and one.kind != "step"
    )
    done = _done(history[begun:])
    number = min(max(done, default=0) + 1, len(FREEZING_STEPS))
    limits = Limits()
    is_forward = number > JOURNAL_STEP
    return UnderWay(
        step=FREEZING_STEPS[number - 1],
        since_seconds=_age_seconds(history[-1].at),
        limit_seconds=limits.forward_seconds if is_forward else limits.step_seconds,
        done=tuple(sorted(done)),
        process=controller_service(layout).process(),
        came_from=history[begun].from_state,
    )


def _done(lines_of_it: tuple[Line, ...]) -> set[int]:
    """The steps that the history shows as done: noted ones, the journal, the route."""
    done = {one.step for one in lines_of_it if one.kind == "step"}
    for one in lines_of_it[1:]:
        if one.state == "S7" and one.kind != "step":
            done.add(JOURNAL_STEP)
        if one.from_state == "S7" and one.kind != "step":
            done.add(NUMBER_OF_ROUTE)
    return done


NUMBER_OF_ROUTE = next(one.number for one in FREEZING_STEPS if one.name == "route")


def _age_seconds(at: str) -> float:
    return max((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds(), 0.0)
