"""What is looked at before a gate is closed: each check with what was found and what would mend it.

Looks only; what a change of state asks is transitions.py's and is asked again by the change itself.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.cutover.switch.course import Tell, in_silence
from moonlanding_assets.cutover.switch.pace import PACE_MOST_SECONDS, Patience, pace
from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.real import GatewayRouter
from moonlanding_assets.cutover.switch.signing import is_signed
from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.parallel.service.process import said_now
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.evidence import COMMANDS, evidence_for, lacking
from moonlanding_assets.parallel.state.states import STATE, Side
from moonlanding_assets.parallel.state.transitions import Transition, find
from moonlanding_assets.settings import Layout

TWELVE_CHECKS = 12
Direct = Callable[[], tuple[bool, str]]
FLOWING: Mapping[Side, str] = {"OLD": "OLD->NEW", "NEW": "NEW->OLD"}
STARTS: Mapping[str, tuple[str, ...]] = {"go": ("S5",), "reverse": ("S8", "S9")}


@dataclass(frozen=True, kw_only=True)
class Precheck:
    """One thing that must be so before the gate is closed. found: a figure or a word."""

    name: str
    says: str
    is_met: bool
    found: str
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Prechecks:
    """All of them, and the evidence that the change into S6 is given."""

    way: str
    listed: tuple[Precheck, ...]
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[Precheck, ...]:
        """Those that are not met."""
        return tuple(one for one in self.listed if not one.is_met)

    @property
    def is_open(self) -> bool:
        """Whether the switch may begin."""
        return not self.missing


def look(
    layout: Layout,
    parts: Parts,
    *,
    way: str,
    with_drift: bool = True,
    direct: Direct | None = None,
    tell: Tell = in_silence,
) -> Prechecks:
    """Every check of the way, "go" (a rehearsal asks the same) or "reverse".

    with_drift: both sides are compared now, as far as they changed; that takes a while. direct:
    whether those who bypass the gateway are fenced, and in words; None where nobody can say. tell:
    is told what is looked at and waited for, where that takes longer than a moment.
    """
    row = Control(layout.control).row() if layout.control.exists() else None
    if row is None or row.state not in STARTS[way] or row.journal:
        return Prechecks(way=way, listed=(_state(row, way),))
    one = find(row.state, "S6", epoch=row.epoch, has_journal=False)
    assert one is not None
    listed = [_state(row, way), _sync(layout, row), _gateway(parts, row)]
    if with_drift:
        listed += settled(parts, row.authority, Patience(tell=tell))
    given: dict[str, Any] = {}
    if way == "go":
        tell("asking whether clients that speak straight to Firestore are fenced")
        listed[1:1] = [_verification(layout), _direct(direct)]
        given = {"is_signed": is_signed(layout)}
    evidence = evidence_for(one, layout, given=given)
    return Prechecks(way=way, listed=(*listed, *_asked(one, evidence)), evidence=evidence)


def _state(row: Row | None, way: str) -> Precheck:
    found = "not begun" if row is None else f"{row.state} {STATE[row.state].name}"
    if row is not None and row.journal:
        found += ", with a journal"
    is_under_way = row is not None and (row.state in ("S6", "S7") or bool(row.journal))
    return Precheck(
        name="state",
        says=f"the state is {' or '.join(STARTS[way])}",
        is_met=row is not None and row.state in STARTS[way] and not row.journal,
        found=found,
        command="moonlanding cutover recover" if is_under_way else "moonlanding parallel status",
    )


def _verification(layout: Layout) -> Precheck:
    """12 of 12 and signed, as S0 was begun with, and still the receipt that is there."""
    begun = Control(layout.control).history()[0].evidence
    receipt = read_receipt(layout, "3.7")
    is_same = receipt is not None and begun.get("receipt") == receipt.evidence
    passed = begun.get("checks_passed")
    is_met = passed == TWELVE_CHECKS and begun.get("is_signed") is True and is_same
    return Precheck(
        name="verification",
        says="phase 3.7 passed 12 of 12, signed, and its receipt is the one of the beginning",
        is_met=is_met,
        found=f"{passed} of {TWELVE_CHECKS}" + ("" if is_same else ", another receipt by now"),
        command="moonlanding status",
    )


def _direct(direct: Direct | None) -> Precheck:
    is_met, found = (False, "not known") if direct is None else direct()
    return Precheck(
        name="direct",
        says="clients that speak straight to Firestore are fenced",
        is_met=is_met,
        found=found,
        command="moonlanding cutover fence --by NAME",
    )


def _sync(layout: Layout, row: Row) -> Precheck:
    said = said_now(layout)
    wanted = FLOWING[row.authority]
    found = str(said.get("flowing", "")) or ("runs" if said else "not running")
    return Precheck(
        name="sync",
        says=f"the sync runs, {wanted}",
        is_met=said.get("flowing") == wanted and said.get("doing") == "following",
        found=found,
        command="moonlanding parallel start",
    )


def _gateway(parts: Parts, row: Row) -> Precheck:
    says, command = (
        "the gateway answers, its gate is open, it knows the state",
        "moonlanding gateway",
    )
    if not isinstance(parts.router, GatewayRouter):
        return Precheck(name="gateway", says=says, is_met=True, found="not a process", command="")
    try:
        told = parts.router.status()
    except MoonlandingError as error:
        return Precheck(name="gateway", says=says, is_met=False, found=str(error), command=command)
    is_ours = (told["state"], told["epoch"]) == (row.state, row.epoch)
    return Precheck(
        name="gateway",
        says=says,
        is_met=is_ours and bool(told["is_gate_open"]),
        found=f"{told['state']}, epoch {told['epoch']}, gate "
        + ("open" if told["is_gate_open"] else "closed"),
        command=command,
    )


def settled(
    parts: Parts, side: Side, patience: Patience | None = None
) -> tuple[Precheck, Precheck]:
    """Both looks that make a switch short: what gathered is compared, little is on its way."""
    patience = patience or Patience()
    kept = _pace(parts, side, patience)  # first: what is on its way is no drift
    patience.tell("comparing what changed since the last comparison, twice")
    return kept, _drift(parts)


def _drift(parts: Parts) -> Precheck:
    """Looked at twice: the first look takes what has gathered, so that step 6 has little left."""
    says = "what changed since the last comparison is equal on both sides"
    try:
        drift = [parts.streams.drift() for _ in range(2)][-1]
    except MoonlandingError as error:
        return Precheck(
            name="drift", says=says, is_met=False, found=str(error), command="moonlanding drift"
        )
    return Precheck(
        name="drift",
        says=says,
        is_met=drift == 0,
        found=f"{drift} differ",
        command="moonlanding drift --all",
    )


def _pace(parts: Parts, side: Side, patience: Patience) -> Precheck:
    seconds = pace(parts, side, patience)
    return Precheck(
        name="pace",
        says=f"what is written now is on the other side within {PACE_MOST_SECONDS:g} s",
        is_met=seconds <= PACE_MOST_SECONDS,
        found=f"{seconds:.2f} s",
        command="moonlanding parallel status",
    )


def _asked(one: Transition, evidence: Mapping[str, Any]) -> Iterator[Precheck]:
    """Every figure that the table asks."""
    missing = {lack.key: lack for lack in lacking(one, evidence)}
    for asked in one.asks:
        found = evidence.get(asked.key, "missing")
        shown = f"{found:.3g}" if isinstance(found, float) else str(found).lower()
        yield Precheck(
            name=asked.key,
            says=asked.says,
            is_met=asked.key not in missing,
            found=f"{shown} (asked: {asked.bound})",
            command=COMMANDS.get(asked.key, ""),
        )
