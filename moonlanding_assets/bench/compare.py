"""A result beside an older one of the same machine, size, seed and workers. Holds no rendering."""

from collections.abc import Iterable
from dataclasses import dataclass

from moonlanding_assets.bench.machine import SAME
from moonlanding_assets.bench.result import Line, Result

_SAME_RECIPE = ("documents", "seed", "workers")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line then and now, in seconds.

    `is_beyond_spread`: every run of now is quicker, or every one slower, than every run of then;
    with one run each that says little.
    """

    name: str
    title: str
    before_seconds: float
    seconds: float
    is_beyond_spread: bool

    @property
    def ratio(self) -> float:
        """How many times as long as before."""
        return self.seconds / self.before_seconds


def previous_of(result: Result, kept: Iterable[Result]) -> Result | None:
    """The newest older result that may be compared with this one."""
    older = [one for one in kept if one.ended_at < result.ended_at and _is_alike(one, result)]
    return max(older, key=_ended_at, default=None)


def changes(result: Result, before: Result) -> list[Change]:
    """Every line that both have."""
    return [
        _change(line, before.lines[name])
        for name, line in result.lines.items()
        if name in before.lines
    ]


def _is_alike(one: Result, other: Result) -> bool:
    same_machine = all(one.machine.get(name) == other.machine.get(name) for name in SAME)
    return same_machine and all(one.recipe[name] == other.recipe[name] for name in _SAME_RECIPE)


def _ended_at(result: Result) -> str:
    return result.ended_at


def _change(line: Line, before: Line) -> Change:
    (quickest, slowest), (quickest_before, slowest_before) = line.spread, before.spread
    return Change(
        name=line.name,
        title=line.title,
        before_seconds=before.seconds,
        seconds=line.seconds,
        is_beyond_spread=slowest < quickest_before or quickest > slowest_before,
    )
