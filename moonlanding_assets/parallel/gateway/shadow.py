"""Shadow reads: what OLD answered against what NEW would have, by canonical document.

A difference is looked at again after a while before it counts, since NEW follows within seconds.
Holds the declared reasons for which a difference is none, and no HTTP.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS, pattern_key
from moonlanding_assets.parallel.gateway.documents import Page, without_queries
from moonlanding_assets.parallel.gateway.questions import Answer, ListPage, Question
from moonlanding_assets.source.value import Fields, canonical

MATCHED, MISMATCHED, IGNORED = "matched", "mismatched", "ignored"
UNSETTLED = "unsettled"  # a side changed again between two looks, each time: nothing was compared
REASONS = {
    "url_query": "the query of a link is never migrated (it may hold a signature)",
}
KEPT_MISMATCHES = 100
LOOKS = 4

Reader = Callable[[Question], Awaitable[Answer]]


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
        """Matched and mismatched; what was ignored is not counted."""
        return self.total(MATCHED) + self.total(MISMATCHED)

    def keep(self, question: Question, old: Answer, new: Answer) -> None:
        """Remember where a confirmed difference was; the first ones."""
        if len(self.mismatches) < KEPT_MISMATCHES:
            found = differences(question, old, new)
            self.mismatches.append(Mismatch(path=question.path, fields=found))

    def evidence(self) -> dict[str, int]:
        """The figures that leaving S3 asks for."""
        by_endpoint: Counter[str] = Counter()
        for (endpoint, result), count in self.endpoints.items():
            # ignored: but for the query of a link everything was compared, and was equal
            by_endpoint[endpoint] += count if result != UNSETTLED else 0
        return {
            "shadow_mismatches": self.total(MISMATCHED),
            "shadow_compared": self.compared,
            "shadow_least_per_endpoint": min(by_endpoint.values(), default=0),
        }


class Shadow:
    """Compares one read at a time; `pause` waits some seconds before each further look."""

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

    async def compare(self, question: Question, answered: Answer) -> str:
        """`answered` is what OLD gave; the result, counted. Raises what a reader raises.

        A difference counts when two looks find the same one: both sides stand still.
        """
        counts = self.counts  # those of the stay in which the read was answered
        new = await self._new(question)
        result, reason = judged(question, answered, new)
        looks = 1
        while result == MISMATCHED and looks < LOOKS:
            looks += 1
            before = (answered, new)
            await self._pause(self._recheck_seconds)
            new = await self._new(question)
            answered = await self._old(question)
            result, reason = judged(question, answered, new)
            if result == MISMATCHED and (answered, new) == before:  # both stand still
                counts.keep(question, answered, new)
                break
        else:
            if result == MISMATCHED:
                result, reason = UNSETTLED, ""
        if looks > 1 and result == MATCHED:
            counts.confirmed_on_recheck += 1
        counts.endpoints[(endpoint_of(question), result)] += 1
        if reason:
            counts.reasons[reason] += 1
        return result


def judged(question: Question, old: Answer, new: Answer) -> tuple[str, str]:
    """The result and, when it is ignored, the declared reason."""
    if isinstance(question, ListPage):
        return _judged_pages(_page(old), _page(new))
    return _judged_documents(question.path, _document(old), _document(new))


def _judged_documents(path: str, old: Fields | None, new: Fields | None) -> tuple[str, str]:
    if old is None or new is None:
        return (MATCHED if old is new else MISMATCHED), ""
    if canonical(old) == canonical(new):
        return MATCHED, ""
    if canonical(without_queries(path, old)) == canonical(new):
        return IGNORED, "url_query"
    return MISMATCHED, ""


def _judged_pages(old: Page, new: Page) -> tuple[str, str]:
    """The same documents in the same order, each the same."""
    if [path for path, _ in old] != [path for path, _ in new]:
        return MISMATCHED, ""
    pairs = zip(old, new, strict=True)
    results = {_judged_documents(path, mine, other) for (path, mine), (_, other) in pairs}
    return max(results, key=_weight, default=(MATCHED, ""))


def _weight(result: tuple[str, str]) -> int:
    return (MATCHED, IGNORED, MISMATCHED).index(result[0])


def differences(question: Question, old: Answer, new: Answer) -> tuple[str, ...]:
    """Names of fields, of a page the paths of documents; what is ignored left out, no value."""
    if not isinstance(question, ListPage):
        held = _document(old)
        cut = None if held is None else without_queries(question.path, held)
        return differing(cut, _document(new))
    mine, other = dict(_page(old)), dict(_page(new))
    mine = {path: without_queries(path, fields) for path, fields in mine.items()}
    return tuple(sorted(path for path in {*mine, *other} if mine.get(path) != other.get(path)))


def differing(old: Fields | None, new: Fields | None) -> tuple[str, ...]:
    """The top-level fields that differ; () when one side has no document at all."""
    if old is None or new is None:
        return ()
    return tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))


def _document(answer: Answer) -> Fields | None:
    return None if isinstance(answer, tuple) else answer


def _page(answer: Answer) -> Page:
    return answer if isinstance(answer, tuple) else ()


def endpoint_of(question: Question) -> str:
    """The collection of a path, declared or not: one endpoint for its documents, one for lists."""
    is_list = isinstance(question, ListPage)
    path = f"{question.path}/any" if is_list else question.path
    key = pattern_key(_system(path), path) if path.count("/") % 2 else "friday/?"
    return f"{key} (list)" if is_list else key


def _system(path: str) -> str:
    first = path.partition("/")[0]
    return next((system for system, roots in SYSTEM_ROOTS.items() if first in roots), "friday")
