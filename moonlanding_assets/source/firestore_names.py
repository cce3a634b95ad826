"""The order of document names, and ranges that divide a whole database without gap or overlap.

Firestore orders paths part by part: numeric ids (`__id7__`) first and by number, then by UTF-8
bytes; a document comes before those below it. Holds no request.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

Order = tuple[tuple[int, int, bytes], ...]

_NUMERIC_ID = re.compile(r"__id(-?[0-9]+)__")
_NEXT = "\0"  # the least that an id can be longer by


@dataclass(frozen=True, kw_only=True)
class Range:
    """All paths from `first` on (it included) up to `end` (not included); "" is no bound."""

    first: str = ""
    end: str = ""

    def holds(self, path: str) -> bool:
        """Whether the path lies in the range."""
        place = order_of(path)
        return (not self.first or order_of(self.first) <= place) and (
            not self.end or place < order_of(self.end)
        )

    def __str__(self) -> str:
        return f"from {_shown(self.first) or 'the start'} to {_shown(self.end) or 'the end'}"


EVERYTHING = Range()


def order_of(path: str) -> Order:
    """What to compare two paths by, as Firestore does."""
    return tuple(_part(part) for part in path.split("/"))


def below(stem: str) -> Range:
    """The document of that path and everything below it."""
    above, slash, last = stem.rpartition("/")
    numeric = _NUMERIC_ID.fullmatch(last)
    end = f"{above}{slash}__id{int(numeric.group(1)) + 1}__" if numeric else stem + _NEXT
    return Range(first=stem, end=end)


def without(stems: Iterable[str]) -> tuple[Range, ...]:
    """Everything but those documents and what is below them, in order."""
    ranges = []
    first = ""
    for stem in sorted(stems, key=order_of):
        ranges.append(Range(first=first, end=stem))
        first = below(stem).end
    return (*ranges, Range(first=first))


def divided(ranges: Iterable[Range], cursors: Iterable[str]) -> tuple[Range, ...]:
    """The same ranges, cut at each cursor that lies inside one; cursors in any order."""
    ordered = sorted(set(cursors), key=order_of)
    parts = []
    for one in ranges:
        rest = one
        for cursor in ordered:
            if rest.holds(cursor) and cursor != rest.first:
                parts.append(Range(first=rest.first, end=cursor))
                rest = Range(first=cursor, end=rest.end)
        parts.append(rest)
    return tuple(parts)


def _part(part: str) -> tuple[int, int, bytes]:
    numeric = _NUMERIC_ID.fullmatch(part)
    return (0, int(numeric.group(1)), b"") if numeric else (1, 0, part.encode())


def _shown(bound: str) -> str:
    return f"after {bound[:-1]}" if bound.endswith(_NEXT) else bound
