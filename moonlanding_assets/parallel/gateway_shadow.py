"""Shadow reads: what OLD answered against what NEW would have, by canonical document.

A difference is looked at again after a while before it counts, since NEW follows within seconds.
Holds the declared reasons for which a difference is none, and no HTTP.
"""

import copy
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS, match, pattern_key
from moonlanding_assets.source.value import Fields, canonical
from moonlanding_assets.source.withholding import cut_signed_urls, cut_urls, url_places

MATCHED, MISMATCHED, IGNORED = "matched", "mismatched", "ignored"
REASONS = {"url_query": "the query of a link is never migrated (it may hold a signature)"}
KEPT_MISMATCHES = 100

Reader = Callable[[str], Awaitable[Fields | None]]


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """A confirmed difference: where, and in which top-level fields. Never a value."""

    path: str
    fields: tuple[str, ...]


@dataclass
class ShadowCounts:
    """What was compared. `endpoints`: (collection key, result) → how often."""

    endpoints: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    confirmed_on_recheck: int = 0  # looked different first, equal at the second look
    mismatches: list[Mismatch] = field(default_factory=list)

    def total(self, result: str) -> int:
        """Over all endpoints."""
        return sum(count for (_, found), count in self.endpoints.items() if found == result)

    @property
    def compared(self) -> int:
        """Matched and mismatched; what was ignored proves nothing."""
        return self.total(MATCHED) + self.total(MISMATCHED)

    def evidence(self) -> dict[str, int]:
        """The figures that leaving S3 asks for."""
        by_endpoint: Counter[str] = Counter()
        for (endpoint, result), count in self.endpoints.items():
            by_endpoint[endpoint] += count if result != IGNORED else 0
        return {
            "shadow_mismatches": self.total(MISMATCHED),
            "shadow_compared": self.compared,
            "shadow_least_per_endpoint": min(by_endpoint.values(), default=0),
        }


class Shadow:
    """Compares one read at a time; `pause` waits some seconds before the second look."""

    def __init__(
        self,
        *,
        old: Reader,
        new: Reader,
        pause: Callable[[float], Awaitable[None]],
        recheck_seconds: float,
    ) -> None:
        self._old = old
        self._new = new
        self._pause = pause
        self._recheck_seconds = recheck_seconds
        self.counts = ShadowCounts()

    async def compare(self, path: str, answered: Fields | None) -> str:
        """`answered` is what OLD gave; the result, counted. Raises what a reader raises."""
        result, reason = judged(path, answered, await self._new(path))
        if result == MISMATCHED:
            await self._pause(self._recheck_seconds)
            old, new = await self._old(path), await self._new(path)
            result, reason = judged(path, old, new)
            if result == MISMATCHED:
                self._keep(path, old, new)
            else:
                self.counts.confirmed_on_recheck += 1
        self.counts.endpoints[(endpoint_of(path), result)] += 1
        if reason:
            self.counts.reasons[reason] += 1
        return result

    def _keep(self, path: str, old: Fields | None, new: Fields | None) -> None:
        if len(self.counts.mismatches) < KEPT_MISMATCHES:
            self.counts.mismatches.append(Mismatch(path=path, fields=differing(old, new)))


def judged(path: str, old: Fields | None, new: Fields | None) -> tuple[str, str]:
    """The result and, when it is ignored, the declared reason."""
    if old is None or new is None:
        return (MATCHED if old is new else MISMATCHED), ""
    if canonical(old) == canonical(new):
        return MATCHED, ""
    if canonical(_without_queries(path, old)) == canonical(new):
        return IGNORED, "url_query"
    return MISMATCHED, ""


def differing(old: Fields | None, new: Fields | None) -> tuple[str, ...]:
    """The top-level fields that differ; () when one side has no document at all."""
    if old is None or new is None:
        return ()
    return tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))


def endpoint_of(path: str) -> str:
    """The collection of a path, declared or not: one endpoint for each."""
    return pattern_key(_system(path), path) if path.count("/") % 2 else "friday/?"


def _without_queries(path: str, fields: Fields) -> Fields:
    kept = copy.deepcopy(fields)
    collection = match(_system(path), path)
    if collection is not None:
        cut_urls(kept, url_places(collection))
    cut_signed_urls(kept)
    return kept


def _system(path: str) -> str:
    first = path.partition("/")[0]
    return next((system for system, roots in SYSTEM_ROOTS.items() if first in roots), "friday")
