"""What the file keeps of a document beside its rows: the residue, read back by place.

Holds no rule about columns and no verdict.
"""

from collections.abc import Iterator

import orjson

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.plain import canonical
from moonlanding_assets.validate.values import Fields, Value, array_of, map_of

Place = tuple[str | int, ...]  # keys of maps and indexes of arrays, from the document down


class Residue:
    """The residue of one document. `reasons` has every entry, also those without a value."""

    def __init__(self, evidence: Evidence, path: str) -> None:
        self.reasons: dict[Place, str] = {}
        self._values: dict[Place, Value] = {}
        lines = evidence.query(
            "SELECT field, reason, value FROM migration_residue WHERE path = ?", path
        )
        for field, reason, value in lines:
            place = tuple(orjson.loads(field))
            self.reasons[place] = reason
            if value is not None:
                self._values[place] = orjson.loads(value)

    def holds(self, place: Place, value: Value) -> bool:
        """Whether the residue has exactly this value there, itself or inside a larger one."""
        for length in range(len(place), 0, -1):
            kept = self._values.get(place[:length])
            if kept is not None:
                found = inside(kept, place[length:])
                return found is not None and canonical(found) == canonical(value)
        return False


def inside(value: Value, place: Place) -> Value | None:
    """The value at a place inside another one, None when there is nothing."""
    found: Value | None = value
    for step in place:
        if isinstance(step, int):
            elements = array_of(found)
            found = elements[step] if step < len(elements) else None
        else:
            found = (map_of(found) or {}).get(step)
        if found is None:
            return None
    return found


def leaves_of(fields: Fields) -> Iterator[tuple[Place, Value]]:
    """Every leaf with its place: scalars, empty arrays and empty maps."""
    for name, value in fields.items():
        yield from _leaves((name,), value)


def _leaves(place: Place, value: Value) -> Iterator[tuple[Place, Value]]:
    held = map_of(value)
    below = list(held.items()) if held else list(enumerate(array_of(value)))
    if not below:
        yield place, value
    for step, inner in below:
        yield from _leaves((*place, step), inner)
