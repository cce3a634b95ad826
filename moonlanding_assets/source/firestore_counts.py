"""What the server is asked to count, so that reading is held against it, collection by collection.

A unit is what one count can tell apart: the documents of one collection id, in one parent or
anywhere below it. Secret documents are in no unit. Holds no request and no reading.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.source.firestore_api import Counted
from moonlanding_assets.source.firestore_names import without
from moonlanding_assets.source.manifest import UNKNOWN_MARK
from moonlanding_assets.source.withholding import secret_stems


@dataclass(frozen=True, kw_only=True)
class Unit:
    """Documents of the collection id: in `parent` itself or, `is_deep`, anywhere below it."""

    parent: str
    collection: str
    is_deep: bool

    def counts(self) -> tuple[Counted, ...]:
        """The counts whose sum is the unit: one, or those around what is secret."""
        whole = Counted(parent=self.parent, collection=self.collection, is_deep=self.is_deep)
        inside = [stem for stem in secret_stems() if self._holds(stem) or self._is_above(stem)]
        if not inside:
            return (whole,)
        return tuple(
            Counted(
                parent=self.parent, collection=self.collection, is_deep=self.is_deep, inside=part
            )
            for part in without(inside)
        )

    def __str__(self) -> str:
        """`friday/users/list`, `friday/engagements/**/rfis`; ** is whatever lies between."""
        between = ("**",) if self.is_deep else ()
        return "/".join(part for part in (self.parent, *between, self.collection) if part)

    def _holds(self, path: str) -> bool:
        parent, collection, _ = ("/" + path).rsplit("/", 2)
        return (parent[1:], collection) == (self.parent, self.collection)

    def _is_above(self, path: str) -> bool:
        return self.is_deep and (not self.parent or path.startswith(f"{self.parent}/"))


@lru_cache(maxsize=2)
def declared_units(system: str) -> tuple[Unit, ...]:
    """The units of every collection that the contract declares for the system, secrets excepted."""
    units = {
        _unit(pattern): None
        for collection in COLLECTIONS
        if collection.system == system and collection.presence != "secret"
        for pattern in collection.patterns
    }
    return tuple(units)


def unknown_units(keys: Iterable[str]) -> tuple[Unit, ...]:
    """The units of these keys of undeclared collections: their ids, anywhere in the database."""
    ids: dict[str, None] = {}
    for key in keys:
        if UNKNOWN_MARK in key:
            pattern = key.partition(UNKNOWN_MARK)[2]
            ids[pattern.split("/")[-2]] = None
    return tuple(Unit(parent="", collection=name, is_deep=True) for name in ids)


class Counting:
    """Counts documents that were read, by unit."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.documents: Counter[Unit] = Counter()
        self._units = {(one.parent, one.collection, one.is_deep): one for one in units}

    def add(self, path: str) -> None:
        """Counts one document in each unit that it belongs to."""
        parts = path.split("/")
        collection = parts[-2]
        self._count(("/".join(parts[:-2]), collection, False))
        for length in range(0, len(parts) - 1, 2):
            self._count(("/".join(parts[:length]), collection, True))

    def differences(self, counted: Mapping[str, int]) -> list[str]:
        """The units of which another number was counted, by their texts, with both numbers."""
        return [
            f"{unit}: {self.documents[unit]} documents read, {counted[str(unit)]} counted"
            for unit in self._units.values()
            if self.documents[unit] != counted[str(unit)]
        ]

    def _count(self, place: tuple[str, str, bool]) -> None:
        unit = self._units.get(place)
        if unit is not None:
            self.documents[unit] += 1


def _unit(pattern: str) -> Unit:
    parts = pattern.split("/")
    collection, above = parts[-2], parts[:-2]
    fixed = next((n for n, part in enumerate(above) if part.startswith("{")), None)
    if fixed is None:
        return Unit(parent="/".join(above), collection=collection, is_deep=False)
    return Unit(parent="/".join(above[: fixed - 1]), collection=collection, is_deep=True)
