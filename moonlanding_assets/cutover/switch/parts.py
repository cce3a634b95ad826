"""What a switch acts on: the router, the fences of both sides, the streams between them.

Protocols, and the two values that pass between them. real.py has the real parts. Every
method may be called again after a kill, and does nothing the second time.
"""

from dataclasses import dataclass
from typing import Protocol

from moonlanding_assets.parallel.state.states import Side


def other(side: Side) -> Side:
    """The side that is not this one."""
    return "OLD" if side == "NEW" else "NEW"


@dataclass(frozen=True, kw_only=True)
class Position:
    """The end of a side's log. writes: (path, version) of each document, through the router.

    at_us: OLD's newest of these versions; of NEW the number of the last line of its log. Firestore
    keeps no log, so of OLD each write is waited for, and all that its listeners brought.
    """

    at_us: int
    writes: tuple[tuple[str, int], ...] = ()


class Router(Protocol):
    """The gateway, asked over its admin verbs."""

    def reload(self) -> bool:
        """Follow the state row now; whether the gate is open afterwards. StepFailed: no answer."""

    def drain(self, seconds: float) -> int:
        """Wait for the writes that passed the gate; how many did not end in time."""


class Fences(Protocol):
    """What each side accepts. Firestore's is also rules and IAM, by commands of the firm."""

    def accept(self, side: Side, epoch: int | None) -> None:
        """From now on writes of this epoch only, or of none; durable on return."""

    def is_accepted(self, side: Side, epoch: int) -> bool:
        """Whether a canary write of that epoch, which changes nothing, gets through."""

    def newest_us(self, side: Side) -> int:
        """The newest update time of the side, by its own clock."""

    def noted_writes(self, side: Side) -> int:
        """How many writes through the router the side has ever taken."""


class Streams(Protocol):
    """The streams between the sides; `source` is where a stream reads."""

    def position(self, source: Side) -> Position:
        """The end of the source's log, now."""

    def unapplied(self, source: Side, position: Position) -> int:
        """How many events up to the position the other side does not have yet."""

    def drift(self) -> int:
        """How many documents differ, of all that changed since the last clean comparison."""

    def conflicts(self) -> int:
        """How many conflicts are open."""

    def create(self, source: Side) -> None:
        """The stream, stopped, at the source's present end."""

    def exists(self, source: Side) -> bool:
        """Whether it was created."""

    def drop(self, source: Side) -> None:
        """Forget the stream."""

    def start(self, source: Side) -> None:
        """Let it run."""

    def stop(self, source: Side) -> None:
        """Let it run no more."""

    def is_running(self, source: Side) -> bool:
        """Whether it runs, as whoever runs it says."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything together."""

    router: Router
    fences: Fences
    streams: Streams
