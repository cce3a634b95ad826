"""The switch: the thirteen steps of FREEZING, its abort, and what happens after a kill.

Before the journal every failure ends in an abort, which leaves the side that wrote writable. From
the journal on there is only the way forward, as often as it takes. The reverse switch is the same
with the sides exchanged. Holds no step's work (steps.py) and no judgement of evidence.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from moonlanding_assets.cutover.switch import steps
from moonlanding_assets.cutover.switch.parts import Parts, other
from moonlanding_assets.cutover.switch.steps import BEFORE, Evidence, Freeze, Limits
from moonlanding_assets.errors import StepFailed, SwitchAborted, TransitionRefused
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.states import FREEZING_STEPS, STATE, Side

NUMBER = {one.name: one.number for one in FREEZING_STEPS}

Tell = Callable[[str], None]
Result = TypeVar("Result")


def in_silence(step: str) -> None:
    """Tell nobody which step is done."""
    del step


@dataclass(frozen=True, kw_only=True)
class Switched:
    """What a switch came to. seconds: of each step done; hold_seconds: the gate was closed."""

    state: str
    epoch: int
    seconds: Mapping[str, float]
    hold_seconds: float


@dataclass
class Switch:
    """One controller; `by` is kept in the history. tell: called with the name of each step done."""

    control: Control
    parts: Parts
    by: str
    limits: Limits = field(default_factory=Limits)
    tell: Tell = in_silence

    def __post_init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._closed_at = self._opened_at = 0.0

    def go(self, *, evidence: Mapping[str, Any]) -> Switched:
        """From S5 to S8, or an abort back to S5. Raises SwitchAborted, TransitionRefused."""
        return self._switch(self._ready(), "S8", evidence=evidence, reason="")

    def reverse(self, *, to: str, evidence: Mapping[str, Any], reason: str) -> Switched:
        """From S8 or S9 to S2 or S5, or an abort back to where it was."""
        if to not in ("S2", "S5"):
            raise TransitionRefused("a reverse switch goes to S2 or S5")
        return self._switch(self._ready(), to, evidence=evidence, reason=reason)

    def rehearse(self, *, evidence: Mapping[str, Any], reason: str = "") -> Switched:
        """Steps 1 to 7 and the way back: everything but the journal. Nothing moves."""
        row = self._ready()
        self._freeze(row, evidence=evidence, reason=reason)
        return self._done(self.abort(reason="a rehearsal ends before the journal"))

    def recover(self) -> Row | None:
        """After a kill: roll forward where a journal is, abort where a freeze is, else None."""
        row = self._row()
        if row.journal:
            return self._forward(row)
        return self.abort(reason="the controller was killed") if row.state == "S6" else None

    @property
    def seconds(self) -> Mapping[str, float]:
        """Of each step done since the last freeze began."""
        return self._seconds

    def abort(self, *, reason: str) -> Row:
        """Back to where the freeze came from; the side that wrote takes a canary write again.

        Raises TransitionRefused where no freeze is under way, or its journal is written.
        """
        row = self._row()
        if row.state != "S6":
            raise TransitionRefused(f"{_named(row)}: there is no freeze that could be aborted")
        self.parts.fences.accept(row.authority, row.epoch)
        self.parts.streams.drop(other(row.authority))
        is_writable = self.parts.fences.is_accepted(row.authority, row.epoch)
        came_from = next(
            line.from_state
            for line in reversed(self.control.history())
            if line.state == "S6" and line.kind != "step"
        )
        evidence = {"canary_write_accepted": is_writable}
        row = self.control.change(row, came_from, evidence=evidence, by=self.by, reason=reason)
        self._open_gate(row)
        return row

    def _switch(
        self, row: Row, target: str, *, evidence: Mapping[str, Any], reason: str
    ) -> Switched:
        frozen, shown = self._freeze(row, evidence=evidence, reason=reason)
        try:
            journal = json.dumps({"to": target, "from": row.state})
            frozen = self._timed(
                "journal",
                lambda: self.control.change(
                    frozen, "S7", evidence=shown, by=self.by, journal=journal
                ),
            )
        except Exception as error:
            raise self._aborted("journal", error) from error
        return self._done(self._forward(frozen))

    def _freeze(
        self, row: Row, *, evidence: Mapping[str, Any], reason: str
    ) -> tuple[Row, Evidence]:
        """Steps 1 to 7; the row in S6, and everything that they showed."""
        self._seconds = {}
        self._closed_at = self.limits.now()
        row = self.control.change(row, "S6", evidence=evidence, by=self.by, reason=reason)
        freeze = Freeze(parts=self.parts, side=row.authority, epoch=row.epoch, limits=self.limits)
        shown: Evidence = {}
        for name, step in BEFORE.items():
            try:
                found = self._stepped(name, row, freeze, step)
            except (Exception, KeyboardInterrupt) as error:
                raise self._aborted(name, error) from error
            shown |= found
        return row, shown

    def _stepped(
        self, name: str, row: Row, freeze: Freeze, step: Callable[[Freeze], Evidence]
    ) -> Evidence:
        freeze.begin_step()
        found = self._timed(name, lambda: step(freeze), is_told=False)
        if self._seconds[name] > self.limits.step_seconds:
            raise StepFailed(f"it took {self._seconds[name]:.1f} s")
        self.control.step(row, NUMBER[name], evidence=found, by=self.by)
        self.tell(name)
        return found

    def _forward(self, row: Row) -> Row:
        """Steps 9 to 13, each as often as it takes. Raises StepFailed naming the one to redo."""
        side: Side = row.authority if row.state == "S7" else other(row.authority)
        epoch = row.epoch if row.state == "S7" else row.epoch - 1
        freeze = Freeze(parts=self.parts, side=side, epoch=epoch, limits=self.limits)
        stopped = self._redone("stop forward", freeze, steps.stop_forward)
        self._noted(row, "stop forward", stopped)
        opened = self._redone("open", freeze, steps.open_side)
        self._noted(row, "open", opened)
        if row.state == "S7":
            row = self._timed("route", lambda: self._routed(row, stopped))
        running = self._redone("start reverse", freeze, steps.start_reverse)
        row = self.control.change(row, row.state, evidence=running, by=self.by)
        self._open_gate(row)
        return row

    def _routed(self, row: Row, evidence: Evidence) -> Row:
        target = json.loads(row.journal)["to"]
        reason = "" if target == "S8" else "a reverse switch"
        row = self.control.change(row, target, evidence=evidence, by=self.by, reason=reason)
        self.parts.router.reload()
        return row

    def _redone(self, name: str, freeze: Freeze, step: Callable[[Freeze], Evidence]) -> Evidence:
        freeze.begin_step(is_forward=True)
        try:
            return self._timed(name, lambda: step(freeze))
        except Exception as error:
            raise StepFailed(
                f"step {NUMBER[name]}, {name}: {_why(error)}. The journal is written, so there is "
                "only the way forward: `moonlanding cutover recover` goes on from here"
            ) from error

    def _noted(self, row: Row, name: str, evidence: Evidence) -> None:
        """In the history, for those who watch; redone after a kill it is there twice."""
        self.control.step(row, NUMBER[name], evidence=evidence, by=self.by)

    def _open_gate(self, row: Row) -> None:
        """The row says that it is open, and a router that starts anew reads the row."""
        freeze = Freeze(parts=self.parts, side=row.authority, epoch=row.epoch, limits=self.limits)
        freeze.begin_step(is_forward=True)
        try:
            self._timed("open gate", lambda: steps.open_gate(freeze))
        except StepFailed as error:
            raise StepFailed(
                f"{_named(row)}, and {row.authority} takes writes, but {error}. The state needs "
                "nothing more; the gateway does"
            ) from error
        self._opened_at = self.limits.now()

    def _aborted(self, name: str, error: BaseException) -> SwitchAborted:
        why = f"step {NUMBER[name]}, {name}: {_why(error)}"
        gate = ""
        try:
            row = self.abort(reason=why)
        except StepFailed as closed:  # the state is back; a gateway that starts follows it
            row, gate = self._row(), f". {closed}"
        return SwitchAborted(
            f"{why}. Nothing moved: {row.authority} takes writes again, {_named(row)}{gate}"
        )

    def _timed(self, name: str, work: Callable[[], Result], *, is_told: bool = True) -> Result:
        started = self.limits.now()
        result = work()
        self._seconds[name] = self.limits.now() - started
        if is_told:
            self.tell(name)
        return result

    def _done(self, row: Row) -> Switched:
        return Switched(
            state=row.state,
            epoch=row.epoch,
            seconds=dict(self._seconds),
            hold_seconds=self._opened_at - self._closed_at,
        )

    def _ready(self) -> Row:
        row = self._row()
        if row.state in ("S6", "S7") or row.journal:
            raise TransitionRefused(
                f"{_named(row)}: a switch is under way or was killed; "
                "`moonlanding cutover recover` brings it to an end"
            )
        return row

    def _row(self) -> Row:
        row = self.control.row()
        if row is None:
            raise TransitionRefused(
                "parallel operation has not begun: `moonlanding parallel begin --by NAME`"
            )
        return row


def _named(row: Row) -> str:
    return f"{row.state} {STATE[row.state].name} in epoch {row.epoch}"


def _why(error: BaseException) -> str:
    return "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
