"""The phases 3.8 to 3.10, in which both systems are alive, declared once.

What they may do is the state row's (parallel/state/), so only their words are here, and the states
that they begin and end with.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LivePhase:
    """A phase with both systems alive. gate, criterion: in words; `begins`: the command.

    first, done: the states that it begins in, and with which it is behind us. asset: that shows it
    in Dagster. is_signed: a person signs it.
    """

    number: str
    title: str
    does: str
    gate: str
    begins: str
    criterion: str
    undo: str
    too_late: str
    first: str
    done: str
    asset: str
    is_signed: bool

    @property
    def job(self) -> str:
        """The name of its Dagster job."""
        return f"phase_{self.number.replace('.', '_')}"


PARALLEL = LivePhase(
    number="3.8",
    title="Both alive",
    does="follows the old systems, compares, and lets people read from Moonlanding",
    gate="3.7 passed and signed, for these data",
    begins="moonlanding parallel begin --by NAME",
    criterion="S5, each state on the evidence that it asks: in step, no drift, no mismatch",
    undo="`moonlanding parallel back --reason WHY`, state by state",
    too_late="never: the old systems hold every write",
    first="S0",
    done="S5",
    asset="parallel/state",
    is_signed=False,
)
SWITCH = LivePhase(
    number="3.9",
    title="Switch",
    does="moves writes from the old systems to Moonlanding, in thirteen steps",
    gate="S5, everything that S6 asks, signed in S5 (`moonlanding approve 3.9 --by NAME`)",
    begins="moonlanding cutover go --by NAME",
    criterion="13/13 steps, no acknowledged write lost, none late on the old side",
    undo="`moonlanding cutover abort` up to step 7; after it `moonlanding cutover reverse`",
    too_late="once the archive is sealed: from then on it is a restore",
    first="S6",
    done="S8",
    asset="phase/3.9",
    is_signed=True,
)
SOAK = LivePhase(
    number="3.10",
    title="Soak and end",
    does="watches for 24 hours, archives the old systems, and leaves them",
    gate="S8; its first 100 changes were in the old systems within 5 s",
    begins="moonlanding soak start",
    criterion="24 h green by the wall clock, an archive that came back equal, signed",
    undo="`moonlanding cutover reverse` in S9, `moonlanding cutover complete --back` in S10",
    too_late="once the archive is sealed: from then on it is a restore",
    first="S8",
    done="S11",
    asset="phase/3.10",
    is_signed=True,
)
LIVE_PHASES = (PARALLEL, SWITCH, SOAK)
