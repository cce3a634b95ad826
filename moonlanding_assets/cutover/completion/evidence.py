"""What S9 -> S10 -> S11 ask, measured: the soak, the archive, the signature, the credentials.

Each figure is read from what was recorded or is watched now; what cannot be found is left out,
never put in by default. Holds no bound (parallel/state/states.py) and moves no state.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from moonlanding_assets.cutover.archive.sealing import archive_evidence
from moonlanding_assets.cutover.signoff import Signature, valid_signature
from moonlanding_assets.cutover.soak.whole import soak_evidence
from moonlanding_assets.errors import TransitionRefused
from moonlanding_assets.parallel.service.evidence import sync_evidence
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.evidence import Lacking, Measure, evidence_for, lacking
from moonlanding_assets.parallel.state.states import STATE
from moonlanding_assets.parallel.state.transitions import find
from moonlanding_assets.settings import Layout

PHASE = "3.10"
#: The ways of this room, by the state that each begins in.
ONWARD = {"S9": "S10", "S10": "S11"}
_APPROVED = "is_approved"
#: What a signature is about; hours and shares grow, so they are asked and not signed.
_SIGNED = ("abort_criteria_met", "archive", "archive_restored_equal", "archive_of_this_soak")

MEASURES: Mapping[str, Measure] = {
    "soak_hours": soak_evidence,
    "samples_share": soak_evidence,
    "abort_criteria_met": soak_evidence,
    "conflicts": sync_evidence,
    "archive_restored_equal": archive_evidence,
    "archive_of_this_soak": archive_evidence,
    "archive_sealed": archive_evidence,
    "credentials_revoked": archive_evidence,
}
COMMANDS: Mapping[str, str] = {
    "soak_hours": "moonlanding soak start, and wait",
    "samples_share": "moonlanding soak status",
    "abort_criteria_met": "moonlanding soak status",
    "conflicts": "moonlanding parallel conflicts list",
    "archive_restored_equal": "moonlanding archive restore --emulator HOST:PORT",
    "archive_of_this_soak": "moonlanding archive make --live --rules FILE",
    _APPROVED: f"moonlanding approve {PHASE} --by NAME",
    "archive_sealed": "moonlanding archive seal --by NAME",
    "credentials_revoked": "moonlanding archive credentials --revoked --by NAME",
}


@dataclass(frozen=True, kw_only=True)
class Ready:
    """How far the next state is. figures: everything measured; lacks: what is missing.

    evidence: the digest that a signature is about, "" while anything else is missing.
    """

    target: str
    figures: Mapping[str, Any]
    lacks: tuple[Lacking, ...]
    evidence: str = ""
    signature: Signature | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacks


def ready(layout: Layout, row: Row) -> Ready:
    """What the next state asks, and what of it there is; raises TransitionRefused elsewhere.

    Raises SignOffRefused when the log of signatures was changed.
    """
    target = ONWARD.get(row.state, "")
    one = find(row.state, target, epoch=row.epoch, has_journal=bool(row.journal))
    if one is None:
        raise TransitionRefused(
            f"{row.state} {STATE[row.state].name}: completing begins in S9 SOAK. "
            "`moonlanding status` says what is to be done"
        )
    figures = evidence_for(one, layout, measures=MEASURES)
    unsigned = [each for each in lacking(one, figures, commands=COMMANDS) if each.key != _APPROVED]
    evidence = "" if unsigned or target != "S10" else _digest(layout, row, figures)
    signature = valid_signature(layout, phase=PHASE, evidence=evidence) if evidence else None
    figures |= {} if signature is None else _approval(signature)
    lacks = lacking(one, figures, commands=COMMANDS)
    return Ready(
        target=target, figures=figures, lacks=lacks, evidence=evidence, signature=signature
    )


def soak_began(layout: Layout, epoch: int) -> int | None:
    """The line of the history with which the soak of this epoch began; None without one."""
    lines = Control(layout.control).history() if layout.control.exists() else ()
    began = (one.number for one in lines if one.epoch == epoch and one.state == "S9")
    return next(began, None)


def _digest(layout: Layout, row: Row, figures: Mapping[str, Any]) -> str:
    content = {
        "phase": PHASE,
        "epoch": row.epoch,
        "soak_began": soak_began(layout, row.epoch),
        **{key: figures[key] for key in _SIGNED},
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _approval(signature: Signature) -> dict[str, Any]:
    return {_APPROVED: True, "approved_by": signature.by, "signature": signature.hash}
