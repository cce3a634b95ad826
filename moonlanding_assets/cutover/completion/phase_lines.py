"""How each phase from 3.4 to 3.10 stands, a line each, from receipts, signatures and the history.

Of 3.4 to 3.7 once the database is followed: what they judged is the database of before, so their
receipts count as they were recorded. Judges nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.cutover.completion.evidence import PHASE
from moonlanding_assets.cutover.gate import evidence_missing
from moonlanding_assets.cutover.live_phases import LIVE_PHASES, LivePhase
from moonlanding_assets.cutover.phases import PHASES, Phase
from moonlanding_assets.cutover.receipt import PASSED, read_receipt
from moonlanding_assets.cutover.signoff import Signature, believed_signature, read_signatures
from moonlanding_assets.cutover.soak.sample import WALL
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Line
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.validator import Verdict

OPEN, UNDER_WAY, STALE = "open", "under way", "STALE"


@dataclass(frozen=True, kw_only=True)
class PhaseLine:
    """One phase. verdict: PASS, FAIL, STALE, NO_EVIDENCE, "under way" or "open".

    said: what it rests on, in words. evidence: the digest that was signed, or of its receipt.
    """

    number: str
    title: str
    verdict: str
    said: str
    at: str
    evidence: str
    signed_by: str
    signed_at: str


def phase_lines(layout: Layout) -> tuple[PhaseLine, ...]:
    """All seven."""
    history = Control(layout.control).history() if layout.control.exists() else ()
    is_followed = bool(history) and history[-1].state != "S0"
    judged = [_judged(layout, one, is_followed=is_followed) for one in PHASES]
    return (*judged, *(_walked(layout, one, history) for one in LIVE_PHASES))


def _judged(layout: Layout, phase: Phase, *, is_followed: bool) -> PhaseLine:
    receipt = read_receipt(layout, phase.number)
    if receipt is None:
        return _line(phase.number, phase.title, OPEN)
    verdict = receipt.verdict
    if verdict == PASSED and not is_followed and evidence_missing(layout, phase):
        verdict = STALE
    passed = sum(one == PASSED for one in receipt.checks.values())
    return _line(
        phase.number, phase.title, verdict,
        said=f"{passed}/{len(receipt.checks)} checks of {phase.fraction}",
        at=receipt.made_at, evidence=receipt.evidence,
        signature=believed_signature(layout, phase=phase.number, evidence=receipt.evidence),
    )  # fmt: skip


def _walked(layout: Layout, phase: LivePhase, history: Sequence[Line]) -> PhaseLine:
    """By the state that the row is in now: whoever went back has not passed."""
    rank = _rank(history[-1].state) if history else -1
    if rank < _rank(phase.first):
        return _line(phase.number, phase.title, OPEN)
    if rank < _rank(phase.done):
        return _line(phase.number, phase.title, UNDER_WAY, said=history[-1].state)
    done = _entry(phase, history)
    verdict, said = _came_to(phase, history)
    return _line(
        phase.number, phase.title, verdict, said=said, at=done.at,
        evidence=done.evidence_digest, signature=_signature(layout, phase.number),
    )  # fmt: skip


def _entry(phase: LivePhase, history: Sequence[Line]) -> Line:
    """The change with which the phase was done, and has been ever since."""
    found = history[-1]
    for one in reversed(history):
        if _rank(one.state) < _rank(phase.done):
            break
        found = one
    return found


def _came_to(phase: LivePhase, history: Sequence[Line]) -> tuple[str, str]:
    if phase.number != PHASE:
        return PASSED, f"{phase.done} on measured evidence"
    approved = approved_on(history)
    said = f"{approved.get('soak_hours', 0):.1f} h watched"
    if approved.get("soak_clock") != WALL:
        return Verdict.NO_EVIDENCE, f"{said} by a clock that is not the real one"
    return PASSED, f"{said}, {approved['samples_share']:.2%} of the samples there"


def approved_on(history: Sequence[Line]) -> Mapping[str, Any]:
    """The evidence that the last change from S9 to S10 was made on; empty before it."""
    lines = (one for one in reversed(history) if (one.from_state, one.state) == ("S9", "S10"))
    return next((one.evidence for one in lines), {})


def _rank(state: str) -> int:
    return int(state.removeprefix("S"))


def _signature(layout: Layout, number: str) -> Signature | None:
    """The last one of the phase."""
    try:
        signed = [one for one in read_signatures(layout) if one.phase == number]
    except SignOffRefused:
        return None
    return signed[-1] if signed else None


def _line(
    number: str,
    title: str,
    verdict: str,
    *,
    said: str = "",
    at: str = "",
    evidence: str = "",
    signature: Signature | None = None,
) -> PhaseLine:
    return PhaseLine(
        number=number, title=title, verdict=str(verdict), said=said, at=at, evidence=evidence,
        signed_by="" if signature is None else signature.by,
        signed_at="" if signature is None else signature.at,
    )  # fmt: skip
