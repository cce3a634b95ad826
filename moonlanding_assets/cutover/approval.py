"""Approving a phase: a signature under evidence that is there, whole and of this data.

Holds the only way to sign. Undo: none; a signature is void once the data change.
"""

from moonlanding_assets.cutover.gate import evidence_missing
from moonlanding_assets.cutover.phases import Phase
from moonlanding_assets.cutover.receipt import read_receipt
from moonlanding_assets.cutover.signoff import AUTOMATIC, Signature, sign
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.settings import Layout


def approve(layout: Layout, phase: Phase, *, by: str) -> Signature:
    """Sign the phase's evidence; raises SignOffRefused naming what is missing."""
    missing = evidence_missing(layout, phase)
    receipt = read_receipt(layout, phase.number)
    if missing or receipt is None:
        listed = "; ".join(f"{one.what} (`{one.command}`)" for one in missing)
        raise SignOffRefused(f"phase {phase.number} cannot be signed: {listed}")
    return sign(layout, phase=phase.number, evidence=receipt.evidence, by=by)


def approve_demo(layout: Layout, phase: Phase) -> Signature:
    """Sign a phase over invented data by itself; raises SignOffRefused for any other data."""
    return approve(layout, phase, by=AUTOMATIC)
