"""Every legal change of the state row, as data: from where, to where, under whose authority.

Holds no row (control.py) and no state (states.py). A change that is not here does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from moonlanding_assets.parallel.state.requirements import Requirement, problems
from moonlanding_assets.parallel.state.states import (
    CANARY_ACCEPTED,
    LAG,
    READS_CANARY,
    STATE,
    Side,
    authority,
)

Kind = Literal["advance", "share", "back", "reverse", "finish"]


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One change. `under` is the authority it is made under; asks: the evidence it needs.

    adds_epoch: authority moves to the other side. `finish` clears the journal, and is the only
    change while one is there (besides leaving S7).
    """

    source: str
    target: str
    kind: Kind
    under: Side
    asks: tuple[Requirement, ...]
    adds_epoch: bool = False

    @property
    def writes_journal(self) -> bool:
        """Whether this is step 8."""
        return self.target == "S7"


def _advance(source: str, target: str, under: Side, *, adds_epoch: bool = False) -> Transition:
    asked = (*STATE[source].verified, *STATE[target].entry)
    return Transition(
        source=source,
        target=target,
        kind="advance",
        under=under,
        asks=asked,
        adds_epoch=adds_epoch,
    )


def _back(source: str, target: str, under: Side, *asks: Requirement) -> Transition:
    return Transition(source=source, target=target, kind="back", under=under, asks=asks)


def _reverse(source: str, target: str, *asks: Requirement, adds_epoch: bool = False) -> Transition:
    return Transition(
        source=source, target=target, kind="reverse", under="NEW", asks=asks, adds_epoch=adds_epoch
    )


def _finish(state: str, under: Side) -> Transition:
    asked = (Requirement(key="reverse_stream_runs", says="the stream back runs", equals=True),)
    return Transition(source=state, target=state, kind="finish", under=under, asks=asked)


_NOT_SEALED = Requirement(key="archive_sealed", says="the archive is not sealed yet", equals=False)
_NOBODY = Requirement(key="percent", says="nobody reads from NEW", equals=0)
_DISK = Requirement(key="disk_free_share", says="a fifth of the disk is free", at_least=0.2)

TRANSITIONS = (
    _advance("S0", "S1", "OLD"),
    _back("S1", "S0", "OLD"),
    _advance("S1", "S2", "OLD"),
    _back("S2", "S1", "OLD"),
    _advance("S2", "S3", "OLD"),
    _back("S3", "S2", "OLD"),
    _advance("S3", "S4", "OLD"),
    Transition(source="S4", target="S4", kind="share", under="OLD", asks=READS_CANARY.entry),
    _back("S4", "S3", "OLD"),
    _advance("S4", "S5", "OLD"),
    _back("S5", "S4", "OLD", _NOBODY),
    _advance("S5", "S6", "OLD"),
    _back("S6", "S5", "OLD", CANARY_ACCEPTED),
    _advance("S6", "S7", "OLD"),
    _advance("S7", "S8", "OLD", adds_epoch=True),
    _finish("S8", "NEW"),
    _advance("S8", "S9", "NEW"),
    _advance("S9", "S10", "NEW"),
    _back("S10", "S9", "NEW", _NOT_SEALED),
    _advance("S10", "S11", "NEW"),
    _reverse("S8", "S6", LAG, _DISK),
    _reverse("S9", "S6", LAG, _DISK),
    _back("S6", "S8", "NEW", CANARY_ACCEPTED),
    _back("S6", "S9", "NEW", CANARY_ACCEPTED),
    _advance("S6", "S7", "NEW"),
    _reverse("S7", "S2", *STATE["S7"].verified, adds_epoch=True),
    _reverse("S7", "S5", *STATE["S7"].verified, adds_epoch=True),
    _finish("S2", "OLD"),
    _finish("S5", "OLD"),
)


def find(source: str, target: str, *, epoch: int, has_journal: bool) -> Transition | None:
    """The legal change between two states under the epoch's authority, or None.

    With a journal only the way out of S7 and its finish are legal, without one they are not.
    """
    for one in TRANSITIONS:
        if (one.source, one.target, one.under) != (source, target, authority(epoch)):
            continue
        if has_journal == (source == "S7" or one.kind == "finish"):
            return one
    return None


def ways_on(state: str, *, epoch: int, has_journal: bool) -> tuple[Transition, ...]:
    """Everything that may follow, in the order of the table."""
    return tuple(
        one
        for one in TRANSITIONS
        if one.source == state
        and one is find(state, one.target, epoch=epoch, has_journal=has_journal)
    )


def missing(one: Transition, evidence: Mapping[str, Any]) -> tuple[str, ...]:
    """What the change asks and the evidence does not show, in words."""
    return problems(one.asks, evidence)
