"""The residue of a document: what its rows do not give back, leaf by leaf, with the reason.

A leaf is a scalar, an empty array or an empty map. Holds no rule and no table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moonlanding_assets.mapping.transform import Value
from moonlanding_assets.normalize.row import Fields, Path, Segment, is_nothing

EXACT = ""
OUTCOMES = ("mapped", "residue", "quarantined", "declared")
_OUTCOME_OF = {EXACT: 0, "rejected": 2, "quarantined": 2, "declared": 3}


@dataclass
class Remainder:
    """entries: (path, reason, value) that the residue keeps. leaves: counts by OUTCOMES."""

    entries: list[tuple[Path, str, Value]] = field(default_factory=list)
    leaves: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def keep(self, path: Path, reason: str, value: Value) -> None:
        """Put a whole subtree into the residue."""
        self.entries.append((path, reason, value))
        self.leaves[_OUTCOME_OF.get(reason, 1)] += count_leaves(value)


def remainder(
    fields: Fields, claims: Mapping[Segment, Any], *, reasons: Mapping[str, str], default: str
) -> Remainder:
    """Walk a document against its claims.

    reasons: top-level field → why the residue keeps it; default: for every other field.
    """
    result = Remainder()
    for name, value in fields.items():
        _walk(value, claims.get(name), (name,), reasons.get(name, default), result)
    return result


def _walk(value: Value, node: Any, path: Path, reason: str, result: Remainder) -> None:
    if node is None:
        empty = reason == "no_column" and is_nothing(value)
        result.keep(path, "empty" if empty else reason, value)
    elif node == EXACT:
        result.leaves[0] += count_leaves(value)
    elif isinstance(node, str):
        result.keep(path, node, value)
    else:
        below = list(children(value))
        if not below:
            result.keep(path, "form", value)
        for segment, child in below:
            _walk(child, node.get(segment), (*path, segment), "no_column", result)


def children(value: Value) -> Iterator[tuple[Segment, Value]]:
    """The members of a map or array; nothing for a scalar."""
    if "mapValue" in value:
        yield from value["mapValue"]["fields"].items()
    elif "arrayValue" in value:
        yield from enumerate(value["arrayValue"]["values"])


def count_leaves(value: Value) -> int:
    """Scalars, empty arrays and empty maps inside a value."""
    held = value.get("mapValue")
    if held is not None:
        below = held["fields"].values()
    elif "arrayValue" in value:
        below = value["arrayValue"]["values"]
    else:
        return 1
    return sum(map(count_leaves, below)) if below else 1
