"""The residue of a document: what its rows do not give back, leaf by leaf, with the reason.

A leaf is a scalar, an empty array or an empty map. Holds no rule and no table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.mapping.transform import Value
from moonlanding_assets.normalize.row import Fields, Path, Segment, is_nothing

EXACT = ""
OUTCOMES = ("mapped", "residue", "quarantined", "declared")
_OUTCOME_OF = {EXACT: 0, "rejected": 2, "quarantined": 2, "declared": 3}


@dataclass(slots=True)
class Remainder:
    """entries: (path, reason, value) that the residue keeps. leaves: counts by OUTCOMES."""

    entries: list[tuple[Path, str, Value]] = field(default_factory=list)
    leaves: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def keep(self, path: Path, reason: str, value: Value) -> None:
        """Put a whole subtree into the residue."""
        self.entries.append((path, reason, value))
        is_scalar = "mapValue" not in value and "arrayValue" not in value
        self.leaves[_OUTCOME_OF.get(reason, 1)] += 1 if is_scalar else count_leaves(value)


def remainder(
    fields: Fields, claims: Mapping[Segment, Any], *, reasons: Mapping[str, str], default: str
) -> Remainder:
    """Walk a document against its claims.

    reasons: top-level field → why the residue keeps it; default: for every other field.
    """
    result = Remainder()
    for name, value in fields.items():
        _account(value, claims.get(name), (), name, reasons.get(name, default), result)
    return result


def _account(
    value: Value, claim: Any, above: Path, segment: Segment, reason: str, result: Remainder
) -> None:
    """What becomes of the value at above + (segment,); a claim is a reason or claims inside."""
    if claim == EXACT:
        is_scalar = "mapValue" not in value and "arrayValue" not in value
        result.leaves[0] += 1 if is_scalar else count_leaves(value)
    elif claim is None:
        empty = reason == "no_column" and is_nothing(value)
        result.keep((*above, segment), "empty" if empty else reason, value)
    elif isinstance(claim, str):
        result.keep((*above, segment), claim, value)
    else:
        path, is_empty = (*above, segment), True
        for below, child in children(value):
            _account(child, claim.get(below), path, below, "no_column", result)
            is_empty = False
        if is_empty:
            result.keep(path, "form", value)


def children(value: Value) -> Iterable[tuple[Segment, Value]]:
    """The members of a map or array; nothing for a scalar."""
    held = value.get("mapValue")
    if held is not None:
        members: Iterable[tuple[Segment, Value]] = held["fields"].items()
        return members
    held = value.get("arrayValue")
    return () if held is None else enumerate(held["values"])


def count_leaves(value: Value) -> int:
    """Scalars, empty arrays and empty maps inside a value."""
    held = value.get("mapValue")
    if held is not None:
        below = held["fields"].values()
    elif "arrayValue" in value:
        below = value["arrayValue"]["values"]
    else:
        return 1
    leaves = 0
    for child in below:
        # most members are scalars: asking here spares a call for each of them
        is_scalar = "mapValue" not in child and "arrayValue" not in child
        leaves += 1 if is_scalar else count_leaves(child)
    return leaves or 1
