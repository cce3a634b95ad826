"""How parallel operation stands: the state, the sync, what the next states ask and what is missing.

For people and programs to read; decides nothing and changes nothing.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.parallel.service.evidence import beginning_evidence
from moonlanding_assets.parallel.service.process import last_said, running_process
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.evidence import EVIDENCE, Lacking, lacking
from moonlanding_assets.parallel.state.states import STATE, STATES
from moonlanding_assets.parallel.state.transitions import Transition, ways_on
from moonlanding_assets.settings import Layout

BYPASS = (
    "clients that speak straight to Firestore (web and mobile applications, functions, jobs) do "
    "not pass the gateway; what fences them are Firestore's rules and IAM: "
    "`moonlanding gateway fence-rules` writes both"
)
_START = "moonlanding parallel start"
_SWITCHING = "moonlanding cutover status"


@dataclass(frozen=True, kw_only=True)
class Way:
    """One change that may follow: what it asks, in words, and what of it is missing now."""

    target: str
    kind: str
    asks: tuple[str, ...]
    lacks: tuple[Lacking, ...]

    @property
    def is_open(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacks


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`said`: what the sync said last; it is of now only while `process` runs.

    figures: what every measure finds now.
    """

    row: Row
    percent: int
    process: int | None
    said: dict[str, Any]
    figures: dict[str, Any] = field(default_factory=dict)
    ways: tuple[Way, ...] = ()

    @property
    def is_followed(self) -> bool:
        """Whether the database is no longer what the phases judged: the sync moves it on."""
        return self.row.state != "S0"

    @property
    def next_step(self) -> tuple[str, str]:
        """The command that brings it on, and why; "" where nothing is left to do."""
        has_sync = STATE[self.row.state].sync in ("OLD->NEW", "draining")
        if has_sync and self.process is None:
            return _START, "the sync does not run"
        if self.row.state == STATES[-1].key:
            if self.process is None:
                return "", "parallel operation has ended"
            return "moonlanding parallel stop", "the sync carries nothing any more"
        onward = next((one for one in self.ways if one.kind == "advance"), None)
        if self.row.journal or self.row.state in ("S6", "S7"):
            return _SWITCHING, "a switch is under way, or was killed"
        if onward is None or onward.target in ("S10", "S11"):
            return "moonlanding status", "it lists what is left until the end"
        if onward.lacks and self.row.state != "S0":
            return onward.lacks[0].command or "moonlanding parallel status", onward.lacks[0].what
        by_switch = "moonlanding cutover go --by NAME" if onward.target == "S6" else ""
        advance = by_switch or f"moonlanding parallel advance {onward.target}"
        command = _START if self.row.state == "S0" else advance
        return command, f"{onward.target} {STATE[onward.target].name} is open"

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        command, because = self.next_step
        return {
            **described(self.row),
            "percent": self.percent,
            "ways_on": {one.target: list(one.asks) for one in self.ways},
            "missing": {
                one.target: [dataclasses.asdict(lack) for lack in one.lacks] for one in self.ways
            },
            "service": {"process": self.process, "said": self.said},
            "figures": self.figures,
            "next_step": command,
            "because": because,
            "bypass": BYPASS,
        }


def described(row: Row) -> dict[str, Any]:
    """The row in words: state, epoch, who reads, who writes, what is kept in step."""
    state = STATE[row.state]
    return {
        "state": f"{row.state} {state.name}",
        "epoch": row.epoch,
        "reads": state.reads,
        "writes": state.writes,
        "sync": state.sync,
    }


def read_standing(
    layout: Layout, *, signed: Callable[[Layout], bool] | None = None
) -> Standing | None:
    """How it stands now; None before it has begun (`moonlanding parallel begin`).

    signed: whether the switch is; signatures are not parallel operation's to read.
    """
    control = Control(layout.control) if layout.control.exists() else None
    row = None if control is None else control.row()
    if control is None or row is None:
        return None
    figures: dict[str, Any] = {}
    for measure in dict.fromkeys(EVIDENCE.values()):
        if measure is not beginning_evidence or row.state == "S0":  # it reads the whole database
            figures |= measure(layout)
    if signed is not None and row.state == "S5":
        figures["is_signed"] = signed(layout)
    found = ways_on(row.state, epoch=row.epoch, has_journal=bool(row.journal))
    return Standing(
        row=row,
        percent=control.percent(),
        process=running_process(layout),
        said=last_said(layout),
        figures=figures,
        ways=tuple(_way(one, figures) for one in found),
    )


def _way(one: Transition, figures: dict[str, Any]) -> Way:
    asks = tuple(bound.says for bound in one.asks)
    given = {"percent": 0} if one.target == "S4" else {}  # of the command itself
    return Way(
        target=one.target, kind=one.kind, asks=asks, lacks=lacking(one, {**figures, **given})
    )
