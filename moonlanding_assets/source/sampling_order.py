"""The order of a sample: which aggregates are one, which come first, how many are taken.

Pure functions on keys and numbers. Holds no SQL, no files and no documents.
"""

import hashlib
import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key", str, int)
Sizes = Mapping[str, int]  # system -> documents


def united(roots: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each root the aggregate that it is in, named by its smallest root (union-find)."""
    above = {root: root for root in roots}

    def top(root: str) -> str:
        while above[root] != root:
            above[root] = above[above[root]]
            root = above[root]
        return root

    for one, other in pairs:
        first, second = top(one), top(other)
        if first != second:
            above[max(first, second)] = min(first, second)
    return {root: top(root) for root in above}


def rank(seed: int, key: str) -> str:
    """Where a key stands in the order that the seed gives: a hash, as hex text."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def is_below(rank_text: str, share: float) -> bool:
    """Whether a rank lies in the first `share` (0 to 1) of all ranks."""
    return int(rank_text[:13], 16) < share * 16**13


def cover(
    shows: Mapping[Key, Collection[int]], weights: Mapping[Key, int], ranks: Mapping[Key, str]
) -> list[Key]:
    """A small choice of keys that together show every feature, in the order they were chosen.

    Greedy: the most features not yet shown for each document; among equals the lower rank.
    """
    missing = {feature for features in shows.values() for feature in features}
    heap = [(-len(features) / weights[key], ranks[key], key) for key, features in shows.items()]
    heapq.heapify(heap)
    chosen: list[Key] = []
    while missing:
        _, rank_text, key = heapq.heappop(heap)
        gain = -len(missing.intersection(shows[key])) / weights[key]
        if heap and gain > heap[0][0]:
            heapq.heappush(heap, (gain, rank_text, key))
            continue
        chosen.append(key)
        missing.difference_update(shows[key])
    return _needed(chosen, shows)


def _needed(chosen: list[Key], shows: Mapping[Key, Collection[int]]) -> list[Key]:
    """Without those whose features later choices show as well, the first choices judged first."""
    times = Counter(feature for key in chosen for feature in shows[key])
    kept: list[Key] = []
    for key in chosen:
        if all(times[feature] > 1 for feature in shows[key]):
            times.subtract(shows[key])
        else:
            kept.append(key)
    return kept


def take(
    order: Iterable[str], sizes: Mapping[str, Sizes], share: float, *, ahead: Sizes
) -> list[str]:
    """The aggregates of an order that belong to a share (0 to 1) of the documents in them all.

    One belongs to it when, for a system that it has documents of, those before it (and those
    taken `ahead` of all) do not reach the share of that system yet. So a larger share takes all
    that a smaller one takes.
    """
    totals: Counter[str] = Counter()
    for one in sizes.values():
        totals.update(one)
    before = Counter(ahead)
    taken: list[str] = []
    for key in order:
        if any(before[system] < share * totals[system] for system in sizes[key]):
            taken.append(key)
        before.update(sizes[key])
    return taken
