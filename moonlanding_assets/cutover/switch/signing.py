"""What the sign-off of phase 3.9 is bound to: everything that led to S5, by its digests.

Figures that change by the second (lag, disk, age of the backup) are measured again by the switch
itself and not signed. A state that is left and entered again makes a signature void; a rehearsal
or an abort does not. Holds no other phase's evidence (gate.py).
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from moonlanding_assets.cutover.live_phases import SWITCH
from moonlanding_assets.cutover.signoff import Signature, sign, valid_signature
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Line
from moonlanding_assets.settings import Layout

READY = "S5"
_INTO = ("advance", "reverse")


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """What led to S5. verification: of the first line, what phase 3.7 was. digests: by state."""

    epoch: int
    verification: dict[str, Any]
    digests: tuple[tuple[str, str], ...]
    entered_at: str

    @property
    def evidence(self) -> str:
        """Hex SHA-256 over all of it."""
        content = {
            "phase": SWITCH.number,
            "epoch": self.epoch,
            "verification": self.verification,
            "digests": self.digests,
        }
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def readiness(layout: Layout) -> Readiness | None:
    """Of the present stay in S5; None where the state is another one."""
    if not layout.control.exists():
        return None
    control = Control(layout.control)
    row, history = control.row(), control.history()
    if row is None or row.state not in (READY, "S6") or row.authority != "OLD":
        return None
    last = max((place for place, one in enumerate(history) if _enters(one)), default=-1)
    if last < 0:
        return None
    lines = [one for one in history[: last + 1] if one.kind != "step"]
    return Readiness(
        epoch=row.epoch,
        verification=lines[0].evidence,
        digests=tuple((one.state, one.evidence_digest) for one in lines),
        entered_at=lines[-1].at,
    )


def sign_switch(layout: Layout, *, by: str) -> Signature:
    """Sign that the switch may be made; raises SignOffRefused outside S5."""
    ready = readiness(layout)
    if ready is None:
        raise SignOffRefused(
            f"phase {SWITCH.number} is signed in S5 READS_NEW, on what led there: "
            "`moonlanding parallel status` says what is missing"
        )
    return sign(layout, phase=SWITCH.number, evidence=ready.evidence, by=by)


def switch_signature(layout: Layout) -> Signature | None:
    """The signature under the present evidence; None without one that counts."""
    ready = readiness(layout)
    if ready is None:
        return None
    return valid_signature(layout, phase=SWITCH.number, evidence=ready.evidence)


def is_signed(layout: Layout) -> bool:
    """Whether there is one; a log of signatures that was changed has none."""
    try:
        return switch_signature(layout) is not None
    except SignOffRefused:
        return False


def _enters(one: Line) -> bool:
    return one.state == READY and one.kind in _INTO
