"""The numbered steps of a phase, each with what it rests on and whether that is there.

Holds no reading of reports: the receipt says what was found.
"""

from dataclasses import dataclass

from moonlanding_assets.cutover.phases import (
    BACKUP,
    DATABASE,
    REPORT,
    ROLLBACK,
    SIGNATURE,
    SNAPSHOT,
    Phase,
)
from moonlanding_assets.cutover.receipt import PASSED, Receipt, read_receipt
from moonlanding_assets.cutover.signoff import valid_signature
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.settings import Layout

DONE, FAILED, OPEN = "done", "failed", "open"


@dataclass(frozen=True, kw_only=True)
class StepState:
    """One step: its number and title, "done", "failed" or "open", and what was found in words."""

    number: str
    title: str
    state: str
    said: str


def step_states(layout: Layout, phase: Phase) -> tuple[StepState, ...]:
    """Every step of the phase as its receipt has it; all open without one."""
    receipt = read_receipt(layout, phase.number)
    states = []
    for step in phase.steps:
        found = [_found(layout, receipt, what) for what in step.rests_on]
        worst = next((one for one in (FAILED, OPEN) if one in {name for name, _ in found}), DONE)
        said = ", ".join(dict.fromkeys(words for name, words in found if name == worst and words))
        passed = sum(name == DONE for name, _ in found)
        if len(found) > 1:
            said = f"{passed}/{len(found)} passed" + (f": {said}" if worst != DONE else "")
        states.append(StepState(number=step.number, title=step.title, state=worst, said=said))
    return tuple(states)


def _found(layout: Layout, receipt: Receipt | None, what: str) -> tuple[str, str]:
    if receipt is None:
        return OPEN, ""
    if what == SIGNATURE:
        return _signed(layout, receipt)
    if what in (SNAPSHOT, BACKUP, DATABASE, ROLLBACK, REPORT):
        return _thing(receipt, what)
    verdict = receipt.checks.get(what, "MISSING")
    return (DONE, "") if verdict == PASSED else (FAILED, f"{what} {verdict}")


def _thing(receipt: Receipt, what: str) -> tuple[str, str]:
    if what == SNAPSHOT:
        return DONE, f"{len(receipt.snapshots)} snapshots"
    if what == BACKUP:
        said = ", ".join(receipt.backups)
        return (DONE, said) if said else (FAILED, "no backup")
    if what == DATABASE:
        return DONE, f"digest {receipt.logical_digest[:8]}"
    if what == ROLLBACK:
        if receipt.rollback_seconds is None:
            return FAILED, "not exercised"
        return DONE, f"back in {receipt.rollback_seconds:.2f} s"
    return DONE, f"evidence {receipt.evidence[:8]}"


def _signed(layout: Layout, receipt: Receipt) -> tuple[str, str]:
    try:
        signature = valid_signature(layout, phase=receipt.phase, evidence=receipt.evidence)
    except SignOffRefused:
        return FAILED, "the log of signatures was changed"
    if signature is None:
        return OPEN, "nobody has signed"
    return DONE, f"{signature.by}, {signature.at}"
