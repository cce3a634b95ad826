"""Parts of a switch made by hand: both sides, the router, the streams; harmed or killed at will.

Holds no expectation; unit/test_switch.py has them.
"""

from dataclasses import dataclass, field

from moonlanding_assets.cutover.switch.parts import Parts, Position
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.parallel.state.states import Side


class KilledError(BaseException):
    """The process is gone: nothing of it runs any more."""


class Clock:
    """Seconds that pass only when somebody looks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """A hundredth later than the last time."""
        self.seconds += 0.01
        return self.seconds


@dataclass
class World:
    """Both sides, the router and the streams; each call of a part is counted, `kill_at` kills."""

    control: Control
    harm: str = ""
    kill_at: int = -1
    calls: list[str] = field(default_factory=list)
    accepts: dict[Side, int | None] = field(default_factory=lambda: {"OLD": 0, "NEW": None})
    newest: int = 100
    streams: dict[Side, str] = field(default_factory=lambda: {"OLD": "running"})
    unapplied_left: int = 2
    is_gate_open: bool = True

    def called(self, name: str) -> None:
        """One more call; the process may be killed before it."""
        if len(self.calls) == self.kill_at:
            raise KilledError
        self.calls.append(name)

    @property
    def row(self) -> Row:
        """The durable row."""
        found = self.control.row()
        assert found is not None
        return found

    def parts(self) -> Parts:
        """What the switch is given."""
        return Parts(router=FakeRouter(self), fences=FakeFences(self), streams=FakeStreams(self))


@dataclass
class FakeRouter:
    """Follows the row when it is told to."""

    world: World

    def reload(self) -> bool:
        self.world.called("reload")
        self.world.is_gate_open = self.world.row.is_gate_open
        return self.world.is_gate_open or self.world.harm == "gate stays open"

    def drain(self, seconds: float) -> int:
        self.world.called("drain")
        assert not self.world.is_gate_open
        return 3 if self.world.harm == "a write hangs" else 0


@dataclass
class FakeFences:
    """One accepted epoch a side."""

    world: World

    def accept(self, side: Side, epoch: int | None) -> None:
        self.world.called(f"accept {side} {epoch}")
        self.world.accepts[side] = epoch

    def is_accepted(self, side: Side, epoch: int) -> bool:
        self.world.called(f"canary {side}")
        is_leaking = self.world.harm == "the fence leaks" and self.world.row.state == "S6"
        return self.world.accepts[side] == epoch or is_leaking

    def newest_us(self, side: Side) -> int:
        self.world.called(f"newest {side}")
        self.world.newest += self.world.harm == "somebody writes"
        self.world.newest += (
            self.world.harm == "somebody writes late" and "drift" in self.world.calls
        )
        return self.world.newest

    def noted_writes(self, side: Side) -> int:
        self.world.called(f"noted {side}")
        return 7


@dataclass
class FakeStreams:
    """Streams by the side that they read."""

    world: World

    def position(self, source: Side) -> Position:
        self.world.called(f"position {source}")
        return Position(at_us=self.world.newest, writes=(("a/b", 1),))

    def unapplied(self, source: Side, position: Position) -> int:
        self.world.called(f"unapplied {source}")
        assert position.writes == (("a/b", 1),)
        if self.world.harm != "never catches up":
            self.world.unapplied_left = max(self.world.unapplied_left - 1, 0)
        return self.world.unapplied_left

    def drift(self) -> int:
        self.world.called("drift")
        return 2 if self.world.harm == "drift" else 0

    def conflicts(self) -> int:
        self.world.called("conflicts")
        return int(self.world.harm == "a conflict")

    def create(self, source: Side) -> None:
        self.world.called(f"create {source}")
        if self.world.harm != "no stream back":
            self.world.streams.setdefault(source, "stopped")

    def exists(self, source: Side) -> bool:
        self.world.called(f"exists {source}")
        return source in self.world.streams

    def drop(self, source: Side) -> None:
        self.world.called(f"drop {source}")
        self.world.streams.pop(source, None)

    def start(self, source: Side) -> None:
        self.world.called(f"start {source}")
        if self.world.harm != "never starts":
            self.world.streams[source] = "running"

    def stop(self, source: Side) -> None:
        self.world.called(f"stop {source}")
        if self.world.harm != "never stops":
            self.world.streams.pop(source, None)

    def is_running(self, source: Side) -> bool:
        self.world.called(f"running {source}")
        return self.world.streams.get(source) == "running"
