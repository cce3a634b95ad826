"""What a change of state asks: one measured figure each, with its bound and its words.

Holds no state and no way of measuring anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One figure of the evidence. Exactly one bound is given; without a figure it is not met.

    `says` is how a person would put it; units are in the key.
    """

    key: str
    says: str
    at_least: float | None = None
    at_most: float | None = None
    below: float | None = None
    equals: bool | int | None = None

    @property
    def bound(self) -> str:
        """The key with its bound, as the page and the messages show it."""
        if self.at_least is not None:
            return f"{self.key} >= {self.at_least:g}"
        if self.at_most is not None:
            return f"{self.key} <= {self.at_most:g}"
        if self.below is not None:
            return f"{self.key} < {self.below:g}"
        return f"{self.key} = {str(self.equals).lower()}"

    def is_met(self, evidence: Mapping[str, Any]) -> bool:
        """Whether the evidence holds the figure, inside its bound; NaN never is."""
        figure = evidence.get(self.key)
        if isinstance(self.equals, bool):
            return figure is self.equals
        if isinstance(figure, bool) or not isinstance(figure, int | float):
            return False
        if self.at_least is not None:
            return figure >= self.at_least
        if self.at_most is not None:
            return figure <= self.at_most
        if self.below is not None:
            return figure < self.below
        return figure == self.equals

    def problem(self, evidence: Mapping[str, Any]) -> str | None:
        """What is missing, in words with the figure found; None when it is met."""
        if self.is_met(evidence):
            return None
        found = evidence.get(self.key, "missing")
        shown = found if isinstance(found, bool | int | float) else "missing"
        return f"{self.says} ({self.bound}; found {str(shown).lower()})"


def problems(asked: Iterable[Requirement], evidence: Mapping[str, Any]) -> tuple[str, ...]:
    """Everything that is not met, in the order in which it is asked."""
    found = (one.problem(evidence) for one in asked)
    return tuple(one for one in found if one is not None)
