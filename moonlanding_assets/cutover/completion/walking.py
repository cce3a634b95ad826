"""Completing: S9 -> S10 -> S11, one state a call, and the way back until the archive is sealed.

Decommissioning begins here and nowhere earlier: no step of the switch touches the old systems but
its fence. Holds no measuring (evidence.py). Undo of S10: `give_up`; of S11: none, but the archive.
"""

from moonlanding_assets.cutover.archive.sealing import archive_evidence
from moonlanding_assets.cutover.completion.evidence import PHASE, ready
from moonlanding_assets.cutover.signoff import Signature, sign
from moonlanding_assets.errors import SignOffRefused, TransitionRefused
from moonlanding_assets.parallel.backward.log import end_log
from moonlanding_assets.parallel.state.advancing import present_row
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.evidence import Lacking
from moonlanding_assets.settings import Layout


def complete(layout: Layout, *, by: str) -> Row:
    """On to S10, or from there to S11; raises TransitionRefused naming all that is missing."""
    row = present_row(layout)
    found = ready(layout, row)
    if not found.is_open:
        raise TransitionRefused(
            f"{row.state} -> {found.target} is not open yet: {listed(found.lacks)}"
        )
    row = Control(layout.control).change(row, found.target, evidence=found.figures, by=by)
    if row.state == "S11":
        end_log(layout.database("100%"))
    return row


def give_up(layout: Layout, *, by: str, reason: str) -> Row:
    """From S10 back to S9; raises TransitionRefused once the archive is sealed."""
    row = present_row(layout)
    if row.state != "S10":
        raise TransitionRefused(f"{row.state}: there is a way back of completing only from S10")
    evidence = archive_evidence(layout)
    return Control(layout.control).change(row, "S9", evidence=evidence, by=by, reason=reason)


def approve_completion(layout: Layout, *, by: str) -> Signature:
    """Sign the soak and the archive; raises SignOffRefused naming what is missing."""
    row = present_row(layout)
    if row.state != "S9":
        raise SignOffRefused(f"phase {PHASE} is signed in S9 SOAK; the state is {row.state}")
    found = ready(layout, row)
    if not found.evidence:
        missing = tuple(one for one in found.lacks if one.key != "is_approved")
        raise SignOffRefused(f"phase {PHASE} cannot be signed: {listed(missing)}")
    return sign(layout, phase=PHASE, evidence=found.evidence, by=by)


def listed(lacks: tuple[Lacking, ...]) -> str:
    """What is missing, each with its command, on one line."""
    return "; ".join(f"{one.what} (`{one.command}`)" for one in lacks)
