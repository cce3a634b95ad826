"""What is listened to: one target for each place that the contract declares, secrets left out.

Holds no stream. A collection that the contract does not know has no target: a reading of the
whole system (source_reading.py) finds it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from moonlanding_assets.contract.catalogue import COLLECTIONS


@dataclass(frozen=True, kw_only=True)
class Target:
    """Documents of one collection id: in `parent`, or anywhere below it; or one named document."""

    parent: str = ""
    collection: str = ""
    is_deep: bool = False
    document: str = ""

    def holds(self, path: str) -> bool:
        """Whether the document is one of the target's."""
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
        return {"query": {"parent": parent, "structuredQuery": {"from": [start]}}}


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


def finder(targets: Sequence[Target]) -> Callable[[str], list[int]]:
    """What tells the numbers, from 1 on, of the targets that hold a document."""

    def find(path: str) -> list[int]:
        return [number for number, one in enumerate(targets, 1) if one.holds(path)]

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
