"""What is listened to: one target for each place that the contract declares, secrets left out.

Holds no stream. A collection that the contract does not know has no target: a reading of the
whole system (source_reading.py) finds it.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.source.firestore_names import Order, order_of

#: Documents of a range of the emulator, which lists a whole target again at each write into it.
MOST_IN_RANGE = 50


@dataclass(frozen=True, kw_only=True)
class Target:
    """Documents of one collection id: in `parent`, or anywhere below it; or one named document.

    first, end: of those only the paths from the one on, up to the other; "" is no bound.
    """

    parent: str = ""
    collection: str = ""
    is_deep: bool = False
    document: str = ""
    first: str = ""
    end: str = ""

    def holds(self, path: str) -> bool:
        """Whether the document is one of the target's, or of another range of the same."""
        if self.document:
            return path == self.document
        above, _, _ = path.rpartition("/")
        holder, _, collection = above.rpartition("/")
        if collection != self.collection:
            return False
        is_below = not self.parent or holder.startswith(f"{self.parent}/")
        return holder == self.parent or (self.is_deep and is_below)

    def request(self, root: str) -> dict[str, Any]:
        """The target in the REST form; `root` is what every name begins with."""
        if self.document:
            return {"documents": {"documents": [f"{root}/{self.document}"]}}
        parent = f"{root}/{self.parent}" if self.parent else root
        start = {"collectionId": self.collection, "allDescendants": self.is_deep}
        query: dict[str, Any] = {"from": [start]}
        if self.first or self.end:
            query["orderBy"] = [{"field": {"fieldPath": "__name__"}}]
        for bound, path in (("startAt", self.first), ("endAt", self.end)):
            if path:
                query[bound] = {"values": [{"referenceValue": f"{root}/{path}"}], "before": True}
        return {"query": {"parent": parent, "structuredQuery": query}}


@cache
def targets_of(system: str) -> tuple[Target, ...]:
    """Every target of a system, each once, in the order of the contract."""
    found = (
        _target(pattern.split("/"))
        for one in COLLECTIONS
        if one.system == system and one.presence != "secret"
        for pattern in one.patterns
    )
    return tuple(dict.fromkeys(_without_covered(list(found))))


def in_ranges(
    targets: Iterable[Target], paths: Iterable[str], *, most: int = MOST_IN_RANGE
) -> tuple[Target, ...]:
    """The same targets, cut so that none holds more of these documents; nothing is left out.

    For the emulator: it lists a whole target again at each write into it.
    """
    known = sorted(paths, key=order_of)
    return tuple(part for one in targets for part in _cut(one, known, most))


def _cut(target: Target, known: Sequence[str], most: int) -> Iterator[Target]:
    held = [] if target.document else [path for path in known if target.holds(path)]
    bounds = ["", *held[most::most], ""]
    for first, end in pairwise(bounds):
        yield replace(target, first=first, end=end)


def finder(targets: Sequence[Target]) -> Callable[[str], list[int]]:
    """What tells the numbers, from 1 on, of the targets that hold a document."""
    ranges: dict[Target, list[tuple[Order, int]]] = {}
    for number, one in enumerate(targets, 1):
        first = order_of(one.first) if one.first else ()
        ranges.setdefault(replace(one, first="", end=""), []).append((first, number))
    for held in ranges.values():
        held.sort()

    def find(path: str) -> list[int]:
        after = (order_of(path), len(targets) + 1)
        return [held[bisect(held, after) - 1][1] for one, held in ranges.items() if one.holds(path)]

    return find


def _target(parts: list[str]) -> Target:
    ids = [place for place, part in enumerate(parts) if part.startswith("{")]
    if not ids:
        return Target(document="/".join(parts))
    parent = "/".join(parts[: ids[0] - 1])
    return Target(parent=parent, collection=parts[-2], is_deep=len(ids) > 1)


def _without_covered(targets: list[Target]) -> Iterator[Target]:
    """A collection that a deep target of the same place reaches needs no target of its own."""
    deep = {(one.parent, one.collection) for one in targets if one.is_deep}
    for one in targets:
        if one.is_deep or (one.parent, one.collection) not in deep:
            yield one
